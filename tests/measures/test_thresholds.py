import json
from pathlib import Path

import numpy as np
import pytest

from mlops_widgets.measures.thresholds import Mistakes, count_mistakes, honest_gain, plausible, threshold_grid
from mlops_widgets.measures.weighted import Floats

FIXTURE = json.loads((Path(__file__).parents[1] / "js/fixtures/decision.json").read_text(encoding="utf-8"))
SCORES, Y, THRESHOLDS = (np.array(FIXTURE[name], dtype=np.float64) for name in ("scores", "y", "thresholds"))


def _counted(
    scores: Floats = SCORES, y: Floats = Y, thresholds: Floats = THRESHOLDS, *, draws: int = 60,
    units: "np.ndarray[tuple[int], np.dtype[np.int64]] | None" = None, prices: tuple[Floats, Floats] | None = None,
) -> Mistakes:  # fmt: skip
    ones = np.ones(len(y))
    return count_mistakes(
        scores, y, thresholds, prices=prices or (ones, ones), weights=ones, units=units, draws=draws, seed=0
    )


def test_mistakes_agree_with_the_fixture_that_javascript_reads_too() -> None:
    counted = _counted()
    np.testing.assert_allclose(counted.false_positive, FIXTURE["false_positive"], atol=1e-12)
    np.testing.assert_allclose(counted.false_negative, FIXTURE["false_negative"], atol=1e-12)
    for case in FIXTURE["cases"]:
        prices = case["positive_price"], case["negative_price"]
        np.testing.assert_allclose(counted.cost(*prices), case["cost"], atol=1e-12)
        assert counted.best(*prices) == case["cheapest"]


def test_prices_by_row_are_added_up() -> None:
    price = np.arange(1.0, len(Y) + 1)
    counted = _counted(prices=(price, 2 * price))
    at = 4
    positive = THRESHOLDS[at] <= SCORES
    assert counted.false_positive[at] == pytest.approx((price * (positive & (Y == 0))).mean())
    assert counted.false_negative[at] == pytest.approx((2 * price * (~positive & (Y == 1))).mean())


def test_draws_take_whole_units_and_their_mean_is_the_sample() -> None:
    units = np.arange(len(Y)) // 4
    counted = _counted(units=units, draws=400)
    assert counted.units == 10
    error = counted.drawn_positive.std(axis=0) / np.sqrt(400)
    assert (np.abs(counted.drawn_positive.mean(axis=0) - counted.false_positive) <= 4 * error + 1e-12).all()
    first, cross, third = counted.covariance()
    cost = 3 * counted.drawn_positive + 2 * counted.drawn_negative
    np.testing.assert_allclose(9 * first + 12 * cross + 4 * third, cost.var(axis=0, ddof=1) * 10 / 9)


def test_the_grid_runs_from_everybody_to_nobody_and_holds_the_present_threshold() -> None:
    grid = threshold_grid(SCORES, most=21, present=0.4321)
    assert (grid[0] <= SCORES).all()
    assert not (grid[-1] <= SCORES).any()
    assert 0.4321 in grid
    assert (np.diff(grid) > 0).all()


@pytest.mark.parametrize(
    "scores", [np.full(20, 0.3), np.array([0.0, 1.0] * 10), 1e6 + np.arange(20.0), -np.arange(20.0) / 1e6]
)
def test_the_grid_separates_any_scores(scores: np.ndarray) -> None:
    grid = threshold_grid(scores)
    assert (scores >= grid[0]).all()
    assert not (scores >= grid[-1]).any()
    assert len(grid) <= 101


def _large() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 3, 3000)
    return p, (rng.random(3000) < p).astype(np.float64)


def test_the_range_holds_the_ideal_threshold_of_calibrated_scores_and_leaves_out_bad_ones() -> None:
    p, y = _large()
    counted = _counted(p, y, threshold_grid(p), draws=200)
    for negative in (1, 4):
        low, high = plausible(counted, 1, negative)
        assert low <= 1 / (1 + negative) <= high  # Elkan (2001)
        assert high - low < 0.5


def test_moving_saves_nothing_from_the_cheapest_and_much_from_a_bad_threshold() -> None:
    p, y = _large()
    grid = threshold_grid(p, present=0.5)
    counted = _counted(p, y, grid, draws=200)
    assert honest_gain(counted, 1, 4, present=counted.best(1, 4)) == (0.0, 0.0, 0.0)
    at = int(np.abs(grid - 0.5).argmin())
    value, lower, upper = honest_gain(counted, 1, 4, present=at)
    seen = counted.cost(1, 4)[at] - counted.cost(1, 4).min()
    assert 0 < lower < value < upper
    assert value < seen
