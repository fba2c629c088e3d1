"""Distances between samples, against scipy 1.17.1 and nannyml 0.13.1."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlops_widgets.measures.drift.samples import SortedReference, ks_distance, sorted_chunks, wasserstein_distance

Floats = npt.NDArray[np.float64]
_few = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=20)


def pair() -> tuple[Floats, Floats]:
    rows = np.arange(400)
    return ((rows * 37) % 101) / 10.0, (((rows[:150] * 53) % 97) / 10.0) ** 1.1


def test_kolmogorov_smirnov_is_nannyml_s() -> None:
    assert ks_distance(*pair()) == pytest.approx(0.15333333333333332, abs=1e-12)  # nannyml 0.13.1, kolmogorov_smirnov


def test_wasserstein_is_nannyml_s() -> None:
    assert wasserstein_distance(*pair()) == pytest.approx(0.679859498665959, abs=1e-9)  # nannyml 0.13.1, wasserstein


def test_wasserstein_by_the_reference_s_sd_is_evidently_s() -> None:
    reference, values = pair()
    # evidently 0.7.23, wasserstein_distance_norm: scipy's distance / max(np.std(reference), 0.001)
    expected = stats.wasserstein_distance(reference, values) / np.std(reference)
    assert wasserstein_distance(reference, values, scale="reference sd") == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(_few, _few)
def test_both_distances_are_scipy_s_with_ties(a: list[float], b: list[float]) -> None:
    assert ks_distance(a, b) == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)
    assert wasserstein_distance(a, b) == pytest.approx(stats.wasserstein_distance(a, b), abs=1e-9)


def test_large_numbers_keep_their_digits() -> None:
    a = np.arange(5.0) + 1e9
    assert wasserstein_distance(a, a + 0.5) == pytest.approx(0.5, abs=1e-6)


def test_a_missing_value_counts_as_one_above_all_others() -> None:
    assert ks_distance([1, 2, 3, 4], [1, 2, np.nan, np.nan]) == 0.5
    assert ks_distance([1, np.nan], [np.nan, 1]) == 0.0


def test_wasserstein_leaves_missing_values_out() -> None:
    assert wasserstein_distance([1, 2, np.nan], [2, 3]) == 1.0
    assert np.isnan(wasserstein_distance([np.nan], [2, 3]))


def test_an_empty_chunk_has_no_distance_and_a_constant_reference_no_scale() -> None:
    assert np.isnan(ks_distance([1.0], []))
    assert np.isnan(wasserstein_distance([1, 1], [2], scale="reference sd"))


def test_chunks_from_one_sort_give_what_each_gives_alone() -> None:
    rng = np.random.default_rng(0)
    reference, values, of_row = rng.normal(size=200), rng.normal(size=100), rng.integers(-1, 4, 100)
    values[::9] = np.nan
    found = SortedReference(reference)
    for index, chunk in enumerate(sorted_chunks(values, of_row, 4)):
        alone = values[of_row == index]
        assert found.ks(chunk) == ks_distance(reference, alone)
        assert found.wasserstein(chunk) == wasserstein_distance(reference, alone)
