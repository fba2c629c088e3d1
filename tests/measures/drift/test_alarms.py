"""Alarms: the null distribution is that of resampled units, the threshold keeps its rate, three sigma doesn't."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from mlops_widgets.measures.drift.alarms import (
    SIGMA_CHUNKS,
    Streams,
    alarm_rule,
    null_distances,
    null_of,
    sigma_rule_share,
    widening,
)

Counts = npt.NDArray[np.float32]


def one_hot(cells: npt.NDArray[np.int64], count: int) -> Counts:
    return np.eye(count, dtype=np.float32)[cells]


def streams(*columns: npt.NDArray[np.int64], count: int = 4, ordered: bool = True) -> Streams:
    parts = [one_hot(each, count) for each in columns]
    bounds = np.arange(len(columns) + 1) * count
    return Streams(counts=np.hstack(parts), bounds=bounds, ordered=np.full(len(columns), ordered))


def test_the_null_of_a_two_valued_column_has_the_binomial_s_moments() -> None:
    # |p̂₁ − p̂₂| of two binomial shares is half-normal: mean √(2/π) σ, σ² = p(1−p)(1/n + 1/m)
    rows = np.arange(1000) % 2
    drawn = null_distances(streams(rows, count=2), chunk_units=np.array([200]), baseline_units=1000, draws=3000)
    sigma = np.sqrt(0.25 * (1 / 200 + 1 / 1000))
    assert drawn.mean() == pytest.approx(np.sqrt(2 / np.pi) * sigma, rel=0.04)
    assert drawn.std() == pytest.approx(np.sqrt(1 - 2 / np.pi) * sigma, rel=0.06)


def test_units_of_ten_equal_rows_vary_as_rows_a_tenth_as_many() -> None:
    units = np.arange(400) % 2
    rows = null_distances(streams(units, count=2), chunk_units=np.array([40]), baseline_units=400, draws=800)
    ten = Streams(counts=10 * one_hot(units, 2), bounds=np.array([0, 2]), ordered=np.array([True]))
    whole = null_distances(ten, chunk_units=np.array([40]), baseline_units=400, draws=800)
    assert rows == pytest.approx(whole)


def test_runs_keep_what_neighbours_share() -> None:
    weeks = np.repeat(np.arange(20) % 2, 21)  # each three weeks are all of one kind
    apart, together = (
        null_distances(
            streams(weeks, count=2), chunk_units=np.array([28]), baseline_units=420, draws=600, run_units=run
        )
        for run in (1, 7)
    )
    assert 1.8 * apart.mean() < together.mean() < 1.1 * np.sqrt(7) * apart.mean()  # four draws, not 28; one error more


def test_distances_are_cumulative_where_cells_have_an_order() -> None:
    seen = Streams(counts=np.zeros((1, 6), np.float32), bounds=np.array([0, 3, 6]), ordered=np.array([True, False]))
    found = seen.distances(np.array([2, 2, 4, 2, 2, 4]), np.array([[4, 2, 2, 4, 2, 2], [2, 2, 4, 2, 2, 4]]))
    assert found.tolist() == [[0.25, 0.25], [0.0, 0.0]]


def test_the_threshold_is_exceeded_as_often_as_asked_on_fresh_draws() -> None:
    rng = np.random.default_rng(0)
    seen = streams(*(rng.integers(0, 4, 500) for _ in range(6)))
    sizes = np.array([100, 100, 300])
    null = null_of(null_distances(seen, chunk_units=sizes, baseline_units=500, draws=400), sizes)
    rule = alarm_rule(null.largest, 1 / 12)
    fresh = null_distances(seen, chunk_units=sizes, baseline_units=500, draws=400, seed=1)
    realised = (null.standardise(fresh).max(axis=-1) >= rule.threshold).mean()
    assert rule.lower < 1 / 12 < rule.upper
    assert realised == pytest.approx(1 / 12, abs=0.03)


def test_alarms_that_come_together_widen_the_interval() -> None:
    draws = np.random.default_rng(0).random((300, 1))
    alone, together = alarm_rule(draws, 0.1), alarm_rule(np.repeat(draws, 10, axis=1), 0.1)
    assert (together.upper - together.lower) == pytest.approx(alone.upper - alone.lower, rel=0.1)


def test_the_order_statistic_s_interval_is_the_beta_s() -> None:
    rule = alarm_rule(np.arange(1000.0)[:, None], 0.05)
    assert rule.threshold == 950
    lower, upper = (float(stats.beta.ppf(tail, 50, 951)) for tail in (0.025, 0.975))
    assert (rule.lower, rule.upper) == pytest.approx((lower, upper))


def test_three_sigma_of_eight_normal_chunks_alarms_ten_times_as_often_as_promised() -> None:
    drawn = np.random.default_rng(0).normal(size=(40_000, SIGMA_CHUNKS + 1, 1))
    expected = 2 * float(stats.t.sf(3 / np.sqrt(1 + 1 / 8), 7))  # .0254; 20 columns × 52 weeks: 26 alarms a year
    assert 20 * 52 * expected == pytest.approx(26.48, abs=0.01)
    assert sigma_rule_share(drawn) == pytest.approx(expected, abs=0.003)


def test_p_is_never_zero_and_one_where_nothing_stands_out() -> None:
    sizes = np.array([50])
    null = null_of(null_distances(streams(np.arange(100) % 4), chunk_units=sizes, baseline_units=100, draws=99), sizes)
    assert null.p_value(np.inf) == 0.01
    assert null.p_value(-np.inf) == 1.0


def test_a_constant_column_is_measured_in_units() -> None:
    sizes = np.array([50])
    seen = streams(np.zeros(100, dtype=np.int64))
    null = null_of(null_distances(seen, chunk_units=sizes, baseline_units=100, draws=50), sizes)
    assert null.standardise(np.array([[0.1]]))[0, 0] == pytest.approx(5.0)  # five of fifty rows are new


def test_factors_that_differ_by_chance_alone_are_drawn_together() -> None:
    rng = np.random.default_rng(0)
    found = widening(1 + rng.normal(size=200) / np.sqrt(2 * 100), runs=101)  # relative error 1/sqrt(2k)
    assert np.ptp(found) < 0.03
    assert found.mean() == pytest.approx(1 / np.sqrt(1 - 1 / 101), abs=0.02)


def test_a_factor_far_from_the_others_is_kept() -> None:
    found = widening(np.array([1.0] * 9 + [3.0]), runs=101)
    assert found[-1] > 2.8
    assert found[:9].max() < 1.2


def test_days_alike_widen_mean_and_spread_to_those_of_their_runs() -> None:
    """Days of one value each, in weeks that are all alike: a chunk of seven days is one draw of a week's value."""
    weeks = np.random.default_rng(0).integers(0, 2, 200)
    counts = np.repeat(np.eye(2, dtype=np.float32)[weeks], 7, axis=0)
    streams = Streams(counts=counts, bounds=np.array([0, 2]), ordered=np.array([False]))
    drawn = null_distances(streams, chunk_units=np.array([7]), baseline_units=1400, draws=400, run_units=7)
    assert drawn.mean() == pytest.approx(0.36, abs=0.04)  # runs start on any day: E|share - 1/2| of two weeks' mixture
