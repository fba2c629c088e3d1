"""Bins: those of a whole are those of its parts added up, and quantiles lie within the bounds that are stated."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.sketches.bins import MOST_BINS, Bins, Scale, bins_of, floor_level, merge, rounded_outwards
from mlops_widgets.measures.sketches.quantiles import histogram, quantiles

Floats = npt.NDArray[np.float64]
CELLS = st.lists(
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-50, 50).map(float), min_size=1, max_size=60
)
SCALES: tuple[Scale, ...] = ("linear", "log")


def _bins(cells: Floats, scale: Scale) -> Bins:
    values, counts = np.unique(cells + 0.0, return_counts=True)
    return bins_of(values, counts.astype(np.int64), scale)


def _merged(a: Floats, b: Floats, scale: Scale) -> Bins:
    both = np.concatenate([a, b])
    least = floor_level(*rounded_outwards(both.min(), both.max())) if scale == "linear" else 0
    return merge(_bins(a, scale), _bins(b, scale), least=least)


def _same(a: Bins, b: Bins) -> bool:
    return a.level == b.level and a.keys.tolist() == b.keys.tolist() and a.counts.tolist() == b.counts.tolist()


@pytest.mark.parametrize("scale", SCALES)
@given(first=CELLS, second=CELLS)
@settings(max_examples=30)
def test_parts_add_up_to_the_whole_exactly(scale: Scale, first: list[float], second: list[float]) -> None:
    a, b = np.array(first), np.array(second)
    assert _same(_merged(a, b, scale), _bins(np.concatenate([a, b]), scale))
    assert _same(_merged(b, a, scale), _merged(a, b, scale))


@pytest.mark.parametrize("scale", SCALES)
@given(cells=CELLS)
@settings(max_examples=30)
def test_every_number_lies_in_its_bin(scale: Scale, cells: list[float]) -> None:
    found = _bins(np.array(cells), scale)
    place = np.searchsorted(found.lower, np.array(cells) + 0.0, side="right") - 1
    assert (found.lower[place] <= cells).all()
    assert (np.array(cells) < found.upper[place]).all()
    assert found.counts.sum() == len(cells)


ADVERSARIAL: dict[str, Callable[[np.random.Generator], Floats]] = {
    "normal": lambda rng: rng.normal(size=8_000),
    "heavy tail": lambda rng: np.exp(rng.normal(scale=4, size=8_000)),
    "far offset": lambda rng: 1e12 + rng.normal(size=8_000),
    "all magnitudes": lambda rng: np.exp2(rng.uniform(-1000, 1000, 8_000)) * rng.choice([-1.0, 1.0], 8_000),
    "one far out": lambda rng: np.append(rng.normal(size=8_000), 1e300),
    "two values": lambda rng: rng.choice([0.0, 1e-300], 8_000),
}


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_quantiles_lie_within_their_bounds_whatever_the_numbers(kind: str) -> None:
    cells = np.sort(ADVERSARIAL[kind](np.random.default_rng(0)))
    levels = np.array([0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999])
    found = quantiles([_bins(cells, scale) for scale in SCALES], levels)
    true = cells[np.maximum(np.ceil(levels * len(cells) - 1e-9).astype(int), 1) - 1]
    assert (found.lower <= true).all()
    assert (true <= found.upper).all()
    assert ((found.lower <= found.values) & (found.values <= found.upper)).all()


def test_a_normal_samples_quantiles_are_near() -> None:
    cells = np.random.default_rng(2).normal(size=50_000)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    found = quantiles([_bins(cells, scale) for scale in SCALES], levels)
    assert np.abs(found.values - np.quantile(cells, levels)).max() < 0.01
    assert (found.upper - found.lower).max() < 0.07  # a 128th of the range of nine standard deviations


@pytest.mark.parametrize("scale", SCALES)
def test_there_are_never_more_bins_than_allowed(scale: Scale) -> None:
    cells = np.exp2(np.random.default_rng(3).uniform(-1070, 1020, 5000)) * np.resize([-1.0, 1.0], 5000)
    assert len(_bins(cells, scale).keys) <= MOST_BINS


def test_a_bin_never_tells_a_number_to_more_than_its_range_allows() -> None:
    assert _bins(np.array([1.23456789, 900.0]), "linear").level >= 1
    found = _bins(np.array([123.456789]), "log")
    assert (found.upper - found.lower)[0] >= 123.456789 / 256


def test_a_histogram_keeps_every_row_and_the_empty_bins() -> None:
    edges, counts = histogram(_bins(np.array([0.0, 0.0, 100.0]), "linear"), 8)
    assert len(edges) == len(counts) + 1
    assert counts.sum() == 3
    assert (counts == 0).sum() >= 4
    assert histogram(_bins(np.zeros(0), "linear"), 8)[1].size == 0


def test_quantiles_of_nothing_are_not_a_number() -> None:
    assert np.isnan(quantiles([_bins(np.zeros(0), "log")], [0.5]).values[0])
