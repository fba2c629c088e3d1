"""Intervals of summed differences, and thresholds from a prefix."""

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.retraining.comparisons import block_length, compare
from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.measures.retraining.policies import Policy, Terms
from mlops_widgets.measures.retraining.thresholds import alarm_share, candidates, tune


def test_blocks_grow_with_the_cube_root() -> None:
    assert [block_length(chunks) for chunks in (0, 1, 2, 6, 12, 27, 64)] == [2, 2, 2, 2, 3, 4, 5]


def test_the_spread_is_that_of_the_circular_block_sums() -> None:
    # One policy: of 12 chunks in blocks of 3, the variance of 4 drawn blocks is 4 times that of the 12 circular block sums.
    values = np.random.default_rng(0).normal(size=(1, 12))
    found = compare(values, seed=0, draws=60_000)
    sums = np.array([np.roll(values[0], -start)[:3].sum() for start in range(12)])
    reach = (found.upper - found.total)[0] / (2 * sums.std())
    drawn = np.abs(np.random.default_rng(1).choice(sums, (60_000, 4)).sum(axis=1) - values.sum()) / (2 * sums.std())
    widened = stats.t.ppf(0.975, 3) / stats.norm.ppf(0.975)  # scipy 1.17
    assert found.block == 3
    assert reach == pytest.approx(np.quantile(drawn, 0.95) * widened, rel=0.02)


def test_more_policies_make_every_interval_wider() -> None:
    values = np.random.default_rng(0).normal(size=(9, 20))
    alone, together = compare(values[:1], seed=0), compare(values, seed=0)
    assert together.upper[0] - together.lower[0] > alone.upper[0] - alone.lower[0]


def test_no_difference_is_no_interval_and_few_chunks_are_none() -> None:
    same = compare(np.zeros((2, 10)), seed=0)
    assert same.lower.tolist() == same.upper.tolist() == [0.0, 0.0]
    few = compare(np.array([[1.0, 2, 3], [0, 0, 0]]), seed=0)
    assert np.isnan(few.lower[0])
    assert few.lower[1] == 0.0


def test_the_share_of_false_alarms_is_the_t_prediction() -> None:
    readings = np.array([0.2, 0.5, 0.1, 0.4, 0.3, 0.6])
    scale = readings.std(ddof=1) * np.sqrt(1 + 1 / 6)
    expected = stats.t.sf((0.9 - readings.mean()) / scale, 5)  # scipy 1.17
    assert alarm_share(readings, 0.9) == pytest.approx(expected)
    for limit, wanted in zip(candidates(readings, 20), (0.0025, 0.005, 0.0125, 0.025, 0.05, 0.1), strict=True):
        assert alarm_share(readings, limit) == pytest.approx(wanted)


def test_exchangeable_normal_chunks_exceed_a_threshold_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = [rng.normal() > candidates(rng.normal(size=8), 20)[-1] for _ in range(4000)]
    assert np.mean(hits) == pytest.approx(0.1, abs=0.015)


def test_nothing_is_learned_from_few_or_equal_readings() -> None:
    assert candidates(np.array([1.0, 2, 3]), 10) == ()
    assert candidates(np.ones(9), 10) == ()
    assert np.isnan(alarm_share(np.ones(9), 2.0))


def drifting(*, shock: bool) -> Grid:
    """Return 20 chunks whose first model loses more from chunk 5 on, where there is a shock, and a signal that says so."""
    place = np.arange(20)
    hurt = shock * ((place[None, :] >= 5) & (place[:, None] < 5))
    mean = np.where(np.triu(np.ones((20, 20))) > 0, 1.0 + hurt, np.nan)
    signal = np.where(np.isnan(mean), np.nan, hurt * 3.0 + np.sin(7 * place)[None, :])
    zeros = np.where(np.isnan(mean), np.nan, 0)
    return Grid(sums=np.stack([mean, zeros]), counts=np.stack([np.ones(20), np.zeros(20)]), signals={"drift": signal})


def test_a_prefix_without_change_takes_the_strictest_threshold() -> None:
    tuned = tune(
        drifting(shock=False), Policy(kind="signal", signal="drift"), Terms(retrain_cost=1), end=10, chunks=10, seed=0
    )
    assert tuned is not None
    assert tuned.alarm_share == pytest.approx(0.005)


def test_a_prefix_in_which_alarms_pay_takes_a_threshold_that_alarms() -> None:
    grid = drifting(shock=True)
    tuned = tune(
        grid,
        Policy(kind="signal", signal="drift"),
        Terms(retrain_cost=0.1),
        end=10,
        chunks=10,
        seed=0,
        given=(9.0, 2.5),
    )
    assert tuned is not None
    assert tuned.policy.threshold == 2.5


def test_what_lies_behind_the_prefix_never_moves_a_threshold() -> None:
    grid = drifting(shock=True)
    sums, signal = grid.sums.copy(), grid.signals["drift"].copy()
    sums[:, :, 10:] *= 1000
    signal[:, 10:] += 500
    other = Grid(sums=sums, counts=grid.counts, signals={"drift": signal})
    for policy in (Policy(kind="signal", signal="drift"), Policy(kind="forecast", horizon=4)):
        assert tune(grid, policy, Terms(), end=10, chunks=10, seed=0) == tune(
            other, policy, Terms(), end=10, chunks=10, seed=0
        )
