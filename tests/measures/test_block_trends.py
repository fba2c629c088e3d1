"""The slope of a short series whose neighbours are alike."""

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.block_trends import block_trend, neighbours_likeness


def test_the_slope_is_that_of_weighted_least_squares() -> None:
    rng = np.random.default_rng(0)
    y, errors = rng.normal(size=15), rng.uniform(0.5, 2, 15)
    assert block_trend(y, errors).slope == pytest.approx(np.polyfit(np.arange(15.0), y, 1, w=1 / errors)[0])


def test_its_error_is_never_below_what_the_points_own_errors_make() -> None:
    y = 0.1 * np.arange(10)
    found = block_trend(y, np.full(10, 0.5))
    known = 0.5 / np.sqrt(((np.arange(10) - 4.5) ** 2).sum())
    # Student's t at .975 with 10 - 2 degrees of freedom: no neighbours are alike where nothing is left over
    assert found.upper - found.slope == pytest.approx(known * 2.306004, rel=1e-6)
    assert found.slope == pytest.approx(0.1)


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_series_without_trend_are_rarely_called_trends(memory: float) -> None:
    rng, calls = np.random.default_rng(1), 0
    for seed in range(200):
        noise = rng.normal(size=24)
        for at in range(1, 24):
            noise[at] = memory * noise[at - 1] + np.sqrt(1 - memory**2) * noise[at]
        calls += block_trend(noise, np.full(24, 0.1), draws=99, seed=seed).p_value < 0.05
    assert calls / 200 < (0.08 if memory == 0 else 0.13)


def test_neighbours_that_are_alike_widen_the_interval_by_what_an_autoregression_does() -> None:
    noise = np.repeat(np.random.default_rng(0).normal(size=12), 2)
    errors, x = np.full(24, 0.1), np.arange(24.0)
    r = neighbours_likeness(noise, errors)
    design = np.column_stack([np.ones(24), x])
    rest = noise - design @ np.linalg.lstsq(design, noise, rcond=None)[0]
    assert r == pytest.approx((24 * (rest[1:] @ rest[:-1]) / (rest @ rest) + 2) / 20)
    alike = r ** np.abs(np.subtract.outer(x, x))
    hat = design @ np.linalg.pinv(design)
    pull = np.linalg.pinv(design)[1]
    error = np.sqrt(rest @ rest / (24 - np.trace(hat @ alike)) * (pull @ alike @ pull))
    found = block_trend(noise, errors, draws=99)
    assert found.upper - found.slope >= error * stats.t.ppf(0.975, max(1, 24 * (1 - r) / (1 + r) - 2)) * (1 - 1e-9)
    assert np.isnan(neighbours_likeness(noise[:7], errors[:7]))


def test_seven_points_tell_nothing_and_missing_ones_are_left_out() -> None:
    assert np.isnan(block_trend(np.arange(7.0), np.ones(7)).slope)
    y = np.append(np.arange(8.0), np.nan)
    assert block_trend(y, np.ones(9)).points == 8
