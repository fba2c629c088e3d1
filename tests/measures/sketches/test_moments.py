"""Moments: known answers from scipy 1.17, and sums that don't depend on how rows were cut."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_widgets.measures.sketches.moments import Moments, merge, moments_of

Floats = npt.NDArray[np.float64]
NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30).map(np.array)


def _close(a: Moments, b: Moments) -> bool:
    size = max(abs(b.mean), 1.0)
    same = [
        np.isclose(getattr(a, name), getattr(b, name), rtol=1e-6, atol=1e-6 * size**4 * b.count)
        for name in ("m2", "m3", "m4")
    ]
    return bool(a.count == b.count and np.isclose(a.mean, b.mean, atol=1e-6) and all(same))


def test_moments_are_those_of_scipy() -> None:
    cells = np.random.default_rng(0).gamma(2.0, size=500)
    found = moments_of(np.sort(cells))
    assert found.mean == pytest.approx(cells.mean(), rel=1e-12)
    assert found.sd == pytest.approx(cells.std(ddof=1), rel=1e-12)
    assert found.skewness == pytest.approx(stats.skew(cells), rel=1e-10)
    assert found.kurtosis == pytest.approx(stats.kurtosis(cells), rel=1e-10)


def test_counted_numbers_are_numbers_repeated() -> None:
    values, counts = np.array([1.0, 2.0, 5.0]), np.array([3, 1, 2])
    assert _close(moments_of(values, counts), moments_of(np.repeat(values, counts)))


def test_a_large_offset_costs_no_digits() -> None:
    cells = np.random.default_rng(1).normal(size=200)
    assert moments_of(np.sort(cells + 1e9)).sd == pytest.approx(cells.std(ddof=1), rel=1e-6)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_adding_up_gives_the_whole_in_any_order(a: Floats, b: Floats, c: Floats) -> None:
    whole = moments_of(np.concatenate([a, b, c]))
    one, two, three = map(moments_of, (a, b, c))
    assert _close(merge(merge(one, two), three), whole)
    assert _close(merge(one, merge(two, three)), whole)


def test_what_overflows_is_not_a_number() -> None:
    found = moments_of(np.array([-1e308, 0.0, 1e308]))
    assert np.isnan(found.m4)
    assert np.isnan(merge(found, found).sd)


def test_nothing_has_no_moments() -> None:
    assert moments_of(np.zeros(0)).count == 0
    assert np.isnan(moments_of(np.zeros(0)).mean)
    assert merge(Moments(), moments_of(np.array([2.0]))).mean == 2.0
