"""Rates of groups: against counting, the four-fifths examples of the agencies, and what chance alone does."""

from fractions import Fraction

import numpy as np
import pytest

from mlops_widgets.measures.group_rates import (
    RATES,
    below_by_chance,
    count_cells,
    draw_cells,
    hits_and_trials,
    is_adverse,
    rate_of,
    smallest_ratio,
)
from mlops_widgets.measures.proportions import ratio_chi2, ratio_interval

GROUPS = np.array([0, 0, 0, 1, 1, 1, 1])
TRUTH = np.array([1, 0, np.nan, 1, 1, 0, 0.0])
SELECTED = np.array([True, False, True, True, False, True, False])


def test_cells_and_rates_are_those_that_one_counts_by_hand() -> None:
    cells = count_cells(GROUPS, TRUTH, SELECTED, n_groups=2)
    assert cells.tolist() == [[[1, 0], [0, 1], [0, 1]], [[1, 1], [1, 1], [0, 0]]]
    by_hand = {
        "selection_rate": [2 / 3, 1 / 2], "true_positive_rate": [1, 1 / 2], "false_positive_rate": [0, 1 / 2],
        "precision": [1, 1 / 2], "accuracy": [1, 1 / 2],
    }  # fmt: skip
    assert {rate: rate_of(cells, rate).tolist() for rate in RATES} == by_hand


def test_weights_are_added_up_and_a_share_of_nothing_is_unknown() -> None:
    cells = count_cells(GROUPS, TRUTH, SELECTED, n_groups=3, weights=np.arange(1.0, 8.0))
    assert [each.tolist() for each in hits_and_trials(cells, "selection_rate")] == [[4, 10, 0], [6, 22, 0]]
    assert np.isnan(rate_of(cells, "precision")[2])


@pytest.mark.parametrize(
    ("selected", "rows", "best_selected", "best_rows", "adverse"),
    [
        (12, 40, 48, 80, True),  # 30 % against 60 %, question 12 of the agencies' answers on 29 CFR 1607 (1979)
        (48, 100, 60, 100, False),  # exactly four fifths isn't less
        (47, 100, 60, 100, True),
        (0, 5, 0, 9, False),  # nobody is selected: none less often
        (0.8, 1, 1, 1, False),
        (0.1 + 0.2, 1, 0.375, 1, False),  # 0.30000000000000004 was meant as .3
        (Fraction(4, 15), Fraction(1), Fraction(1, 3), Fraction(1), False),
        (4 / 15 - 1e-6, 1, 1 / 3, 1, True),
    ],
)
def test_four_fifths_is_compared_exactly(
    selected: float, rows: float, best_selected: float, best_rows: float, adverse: bool
) -> None:  # fmt: skip
    assert is_adverse(selected, rows, best_selected, best_rows) is adverse


def test_the_multinomial_draws_are_the_bootstrap_of_rows() -> None:
    rng = np.random.default_rng(1)
    groups, truth = rng.integers(0, 3, 400), rng.integers(0, 2, 400).astype(float)
    selected = rng.random(400) < 0.3 + 0.1 * groups
    cells = count_cells(groups, truth, selected, n_groups=3)
    drawn = smallest_ratio(rate_of(draw_cells(cells, draws=4000, seed=0), "selection_rate"))
    rows = rng.integers(0, 400, (4000, 400))
    by_rows = np.array([
        smallest_ratio(rate_of(count_cells(groups[at], truth[at], selected[at], n_groups=3), "selection_rate")) for at in rows
    ])  # fmt: skip
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(by_rows, [0.1, 0.5, 0.9]), abs=0.012)


def test_six_equal_groups_of_100_fall_below_four_fifths_in_most_draws_by_chance() -> None:
    assert below_by_chance([100] * 6, 0.5) == pytest.approx(0.6055, abs=0.012)  # 200,000 draws of binomial counts
    assert below_by_chance([10_000, 10_000], 0.5) == 0.0
    assert below_by_chance([20, 20], 0.0) == 0.0


def test_koopmans_bounds_are_where_the_statistic_is_critical() -> None:
    """Bounds of 36/40 over 80/80 by an independent search: scipy 1.17 brentq on a profile found by minimize_scalar."""
    lower, upper = ratio_interval((np.array([80]), np.array([80])), (np.array([36]), np.array([40])))
    assert (float(lower[0]), float(upper[0])) == pytest.approx((0.7694823, 0.9604205), abs=1e-6)
    at = ratio_chi2(
        (np.array([48.0]), np.array([80.0])), (np.array([56.0]), np.array([70.0])), np.array([1.0798215, 1.6708056])
    )
    assert at == pytest.approx([3.8414588, 3.8414588], abs=1e-4)


def test_a_ratio_has_bounds_at_every_count() -> None:
    zero, one, ten = np.array([0]), np.array([1]), np.array([10])
    assert [float(end[0]) for end in ratio_interval((zero, ten), (zero, ten))] == [0.0, np.inf]
    lower, upper = ratio_interval((zero, ten), (ten, ten))
    assert 1 < float(lower[0]) < np.inf == float(upper[0])
    lower, upper = ratio_interval((one, one), (one, one))
    assert float(lower[0]) < 1 < float(upper[0])
    assert float(lower[0]) == pytest.approx(1 / float(upper[0]))


def test_the_ratio_turned_round_has_the_bounds_turned_round() -> None:
    a, b = (np.array([5, 17]), np.array([30, 20])), (np.array([9, 3]), np.array([40, 50]))
    (low, high), (low_turned, high_turned) = ratio_interval(a, b), ratio_interval(b, a)
    assert low == pytest.approx(1 / high_turned, rel=1e-6)
    assert high == pytest.approx(1 / low_turned, rel=1e-6)
