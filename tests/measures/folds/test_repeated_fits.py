import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.folds.repeated_fits import mean_of_fits


def test_without_sampling_noise_it_is_the_t_interval_of_the_fits() -> None:
    scores = np.array([0.70, 0.74, 0.72, 0.76])
    found = mean_of_fits(scores, np.repeat(scores[:, None], 50, axis=1), units=100, events=100, rows=100)
    low, high = stats.t.interval(0.95, 3, scores.mean(), stats.sem(scores))
    assert (found.value, found.lower, found.upper) == pytest.approx((0.73, low, high))


def test_equal_fits_leave_the_sampling_error_alone() -> None:
    rng = np.random.default_rng(0)
    draws = np.tile(rng.normal(0.7, 0.01, 4000), (3, 1))
    found = mean_of_fits(np.full(3, 0.7), draws, units=51, events=51, rows=51)
    reach = stats.t.ppf(0.975, 50) * draws[0].std() * np.sqrt(51 / 50)
    assert found.upper - found.value == pytest.approx(reach)


def test_both_variances_add_with_satterthwaites_degrees_of_freedom() -> None:
    draws = np.tile(np.array([0.0, 2.0]), (2, 1))  # variance 1, times 5/4 for five units
    scores = np.array([0.0, 2.0])  # variance 2, halved by two fits: 1
    found = mean_of_fits(scores, draws, units=5, events=5, rows=5)
    freedom = 2.25**2 / (1.25**2 / 4 + 1**2 / 1)
    assert found.upper == pytest.approx(1.0 + stats.t.ppf(0.975, freedom) * 1.5)


def test_one_deciding_unit_gives_no_bounds() -> None:
    found = mean_of_fits(np.array([0.5, 0.6]), np.zeros((2, 9)), units=1, events=1, rows=10)
    assert (found.lower, found.upper) == (-np.inf, np.inf)


def test_draws_that_are_mostly_undefined_give_no_bounds() -> None:
    draws = np.full((2, 10), np.nan)
    draws[:, 0] = 0.5
    found = mean_of_fits(np.array([0.5, 0.6]), draws, units=20, events=20, rows=20)
    assert np.isinf(found.upper)
    assert found.undefined_share == pytest.approx(0.9)
