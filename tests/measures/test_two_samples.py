import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp, mannwhitneyu

from mlops_widgets.errors import CancelledError
from mlops_widgets.measures.two_samples import auc_permutation_p, compare_columns, largest_differences


def test_the_permutation_p_of_rows_is_near_that_of_the_rank_sum_test() -> None:
    rng = np.random.default_rng(0)
    later = np.arange(120) < 50
    scores = rng.normal(size=120) + 0.35 * later
    expected = mannwhitneyu(scores[later], scores[~later], alternative="greater").pvalue
    found = auc_permutation_p(scores, later, np.arange(120), draws=4999)
    assert_allclose(found, expected, atol=0.01)


def test_scores_that_follow_the_unit_are_no_evidence() -> None:
    # Eight units of fifty rows: as rows nearly certain, as units not.
    rng = np.random.default_rng(5)
    unit = np.repeat(np.arange(8), 50)
    scores, later = rng.normal(size=8)[unit], unit >= 4
    by_rows = auc_permutation_p(scores, later, np.arange(400), draws=999)
    by_units = auc_permutation_p(scores, later, unit, draws=999)
    assert by_units > 0.1
    assert min(by_rows, auc_permutation_p(-scores, later, np.arange(400), draws=999)) == 0.001


def test_distance_of_ordered_cells_is_kolmogorov_and_smirnovs() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 6, 90), rng.integers(1, 6, 60)
    counts = [np.bincount(each, minlength=6).astype(float)[None, :] for each in (a, b)]
    assert_allclose(largest_differences(counts[0], counts[1], [True], [6])[0, 0], ks_2samp(a, b).statistic)


def test_distance_of_levels_is_half_the_sum_of_differences() -> None:
    one, two = np.array([[5.0, 3.0, 2.0]]), np.array([[2.0, 3.0, 5.0]])
    assert_allclose(largest_differences(one, two, [False], [3]), [[0.3]])


def test_p_values_hold_under_the_null_and_are_adjusted_for_all_columns() -> None:
    rng = np.random.default_rng(2)
    alarms, single = 0, []
    for seed in range(40):
        cells, later = rng.integers(0, 5, (80, 6)), np.arange(80) < 40
        _, p, adjusted = compare_columns(cells, later, np.arange(80), [True] * 3 + [False] * 3, draws=99, seed=seed)
        alarms += int((adjusted <= 0.05).any())
        single += list(p <= 0.05)
        assert np.all(adjusted >= p - 0.03)
    assert alarms <= 6  # 5 % of 40 is 2; more than 6 has a chance below 1 %
    assert 0.02 <= float(np.mean(single)) <= 0.09


def test_a_moved_column_is_found_among_still_ones() -> None:
    rng = np.random.default_rng(4)
    later = np.arange(400) < 200
    cells = np.column_stack([rng.integers(0, 5, 400) for _ in range(5)])
    cells[later, 2] = cells[later, 2] + 1
    distances, _, adjusted = compare_columns(cells, later, np.arange(400), [True] * 5, draws=199)
    assert int(np.argmax(distances)) == 2
    assert adjusted[2] <= 0.01
    assert np.delete(adjusted, 2).min() > 0.05


def test_shuffling_stops_when_asked() -> None:
    with pytest.raises(CancelledError):
        auc_permutation_p(np.arange(9.0), np.arange(9) > 4, np.arange(9), cancel=lambda: True)
