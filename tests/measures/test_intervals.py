"""Bounds from draws: closed forms, ranges, and no certainty where nothing varied."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import (
    Estimate,
    difference,
    estimate_from,
    harm,
    interval,
    measure,
    paired_difference,
)
from mlops_widgets.measures.metrics import METRICS, Metric, custom_metric
from mlops_widgets.measures.ranks import newcombe_interval
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats

REPEATABLE = settings(derandomize=True, deadline=None, max_examples=60)
NORMAL: Floats = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)


def estimated(metric: Metric, value: float, error: float, units: int = 50) -> Estimate:
    return estimate_from(metric, value, value + error * NORMAL, rows=units, units=units, events=units)


def test_percentile_interval_is_the_quantiles_of_the_defined_draws() -> None:
    draws = np.r_[np.arange(101.0), np.full(20, np.nan)]
    assert interval(draws, level=0.9, kind="percentile") == pytest.approx((5, 95))


def test_basic_interval_mirrors_the_percentile_one_at_the_estimate() -> None:
    assert interval(np.arange(101.0), level=0.9, kind="basic", estimate=40) == pytest.approx((-15, 75))
    with pytest.raises(InputError, match="pass estimate="):
        interval(np.arange(101.0), kind="basic")


def test_expanded_interval_has_the_half_width_of_student_s_t() -> None:
    # Hesterberg 2015, section 5.4: percentile levels Φ(√(n/(n-1)) t) make up for the narrow bootstrap spread.
    lower, upper = interval(NORMAL, units=10)
    assert upper == pytest.approx(np.sqrt(10 / 9) * stats.t.ppf(0.975, 9), rel=0.02)
    assert lower == pytest.approx(-upper)


def test_expanded_interval_of_many_units_is_the_percentile_interval() -> None:
    assert interval(NORMAL, units=10**7) == pytest.approx(interval(NORMAL, kind="percentile"), abs=1e-4)


def test_expanded_interval_of_one_unit_is_all_of_the_draws() -> None:
    assert interval(np.arange(11.0), units=1) == (0, 10)


def test_interval_of_mostly_undefined_draws_is_nan() -> None:
    assert np.isnan(interval(np.array([1.0, np.nan, np.nan]))).all()


def test_unbounded_metric_gets_student_s_t() -> None:
    free = custom_metric(lambda *_: 0.0, name="x", greater_is_better=True, needs="scores", tasks=frozenset())
    found = estimated(free, 3.0, 0.5, units=20)
    expected = stats.t.ppf(0.975, 19) * 0.5 * np.sqrt(20 / 19)
    assert (found.upper - 3, 3 - found.lower) == pytest.approx((expected, expected), rel=2e-3)


def test_share_gets_an_interval_symmetric_on_the_logit_scale() -> None:
    found = estimated(METRICS["accuracy"], 0.9, 0.03)
    up, down = (np.log(each / (1 - each)) - np.log(9) for each in (found.upper, found.lower))
    assert up == pytest.approx(-down)
    assert up == pytest.approx(stats.t.ppf(0.975, 49) * 0.03 * np.sqrt(50 / 49) / 0.09, rel=2e-3)


def test_loss_gets_an_interval_symmetric_on_the_log_scale() -> None:
    found = estimated(METRICS["rmse"], 2.0, 0.2)
    assert found.upper / 2 == pytest.approx(2 / found.lower)


def test_r2_gets_an_interval_symmetric_in_the_log_of_what_is_unexplained() -> None:
    found = estimated(METRICS["r2"], 0.6, 0.1)
    assert (1 - found.lower) / 0.4 == pytest.approx(0.4 / (1 - found.upper))


@REPEATABLE
@given(
    name=st.sampled_from(sorted(METRICS)), share=st.floats(0.001, 0.999), error=st.floats(1e-5, 2),
    units=st.integers(2, 100),
)  # fmt: skip
def test_interval_holds_the_value_and_stays_in_range(name: str, share: float, error: float, units: int) -> None:
    metric = METRICS[name]
    low = 0 if metric.lower is None else metric.lower
    value = low + share * ((10 if metric.upper is None else metric.upper) - low)
    found = estimated(metric, value, error, units)
    assert found.lower <= value <= found.upper
    assert metric.lower is None or found.lower >= metric.lower
    assert metric.upper is None or found.upper <= metric.upper


def perfect(metric: Metric, rows: int) -> Estimate:
    return estimate_from(metric, 1.0, np.ones(1000), rows=rows, units=rows, events=rows)


def test_accuracy_of_one_gets_the_clopper_pearson_bound() -> None:
    exact = stats.binomtest(60, 60).proportion_ci(method="exact")
    found = perfect(METRICS["accuracy"], 60)
    assert (found.lower, found.upper) == pytest.approx((exact.low, exact.high))


def test_exact_fit_in_an_unbounded_loss_has_no_upper_bound() -> None:
    y = np.arange(30.0)
    found = measure({"rmse": (METRICS["rmse"], y, y)}, Resampler(draws=50))["rmse"]
    assert (found.value, found.lower, found.upper) == (0, 0, np.inf)


def test_perfect_ranking_of_independent_rows_gets_newcombe_s_bounds() -> None:
    y = np.r_[np.zeros(40), np.ones(12)]
    found = measure({"auc": (METRICS["roc_auc"], y, y)}, Resampler(draws=50))["auc"]
    expected = newcombe_interval(np.array([1.0]), 12, 40)
    assert (found.lower, found.upper) == pytest.approx((expected[0][0], expected[1][0]))


def test_perfect_ranking_of_few_customers_is_less_certain_than_of_as_many_rows() -> None:
    y = np.tile([0.0, 1], 60)
    scored = {"auc": (METRICS["roc_auc"], y, y)}
    rows = measure(scored, Resampler(draws=50))["auc"]
    customers = measure(scored, Resampler(np.repeat(np.arange(12), 10), draws=50))["auc"]
    assert customers.lower < rows.lower < 1


def test_one_unit_gives_no_bounds_but_the_range() -> None:
    found = estimate_from(METRICS["accuracy"], 0.7, np.full(50, 0.7), rows=9, units=1, events=1)
    assert (found.lower, found.upper) == (0, 1)


def test_metric_undefined_in_most_draws_gets_no_bounds_but_the_range() -> None:
    draws = np.r_[0.6, 0.7, np.full(8, np.nan)]
    found = estimate_from(METRICS["recall"], 0.7, draws, rows=9, units=9, events=2)
    assert (found.lower, found.upper) == (0, 1)
    assert found.undefined_share == pytest.approx(0.8)


def test_measure_counts_events_units_and_undefined_draws() -> None:
    y, scores = np.array([0.0, 0, 0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.3, 0.5])
    found = measure({"auc": (METRICS["roc_auc"], y, scores)}, Resampler(np.array([0, 0, 1, 1, 2, 3])))["auc"]
    assert (found.rows, found.units, found.events) == (6, 4, 2)
    assert found.undefined_share == pytest.approx(2 * 0.5**4, abs=0.04)  # no unit of 2, 3 drawn, or none of 0, 1


def test_precision_rests_on_the_rows_called_positive() -> None:
    y, calls = np.array([0.0, 1, 1, 1, 0]), np.array([1.0, 1, 0, 0, 0])
    assert METRICS["precision"].events(y, calls).tolist() == [True, True, False, False, False]
    assert METRICS["recall"].events(y, calls).tolist() == [False, True, True, True, False]


def test_difference_of_symmetric_intervals_adds_their_squares() -> None:
    a, b = (replace(estimated(METRICS["accuracy"], 0.5, 0.1), value=v, lower=v - w, upper=v + w) for v, w in
            [(0.8, 0.03), (0.7, 0.04)])  # fmt: skip
    found = difference(a, b)
    assert (found.value, found.lower, found.upper) == pytest.approx((0.1, 0.05, 0.15))


def test_difference_of_proportions_equals_newcombe_s_published_example() -> None:
    # Newcombe 1998 (Statistics in Medicine 17:873), Table II: 56/70 - 48/80, method 10: 0.0524 to 0.3339.
    def wilson(hits: int, rows: int) -> Estimate:
        ci = stats.binomtest(hits, rows).proportion_ci(method="wilson")
        return replace(
            estimated(METRICS["accuracy"], 0.5, 0.1), value=hits / rows, lower=float(ci.low), upper=float(ci.high)
        )

    found = difference(wilson(56, 70), wilson(48, 80))
    assert (found.lower, found.upper) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_difference_of_two_perfect_scores_is_not_certain() -> None:
    found = difference(perfect(METRICS["accuracy"], 50), perfect(METRICS["accuracy"], 50))
    assert found.value == 0
    assert found.lower < -0.05 < 0.05 < found.upper


def test_difference_refuses_unequal_levels() -> None:
    a = estimated(METRICS["accuracy"], 0.8, 0.1)
    with pytest.raises(InputError, match=r"levels 0.95 and 0.9 "):
        difference(a, replace(a, level=0.9))


def test_harm_is_positive_where_it_got_worse() -> None:
    before, after = (estimated(METRICS["accuracy"], v, 0.01) for v in (0.9, 0.8))
    assert harm(METRICS["accuracy"], before, after).value == pytest.approx(0.1)
    assert harm(METRICS["rmse"], before, after).value == pytest.approx(-0.1)


def test_paired_difference_of_means_is_the_paired_t_interval() -> None:
    rng = np.random.default_rng(3)
    metric, y, shared = METRICS["mae"], np.zeros(60), rng.exponential(size=60)
    outputs = {"a": shared + rng.exponential(0.1, size=60), "b": shared}
    scored = {name: (metric, y, output) for name, output in outputs.items()}
    resampler = Resampler(draws=4000)
    found, draws = measure(scored, resampler), resampler.draws(scored)
    gap = paired_difference(metric, found["a"], found["b"], draws["a"], draws["b"])
    expected = stats.ttest_rel(outputs["a"], outputs["b"]).confidence_interval()
    assert (gap.lower, gap.upper) == pytest.approx((expected.low, expected.high), rel=0.05)


def test_paired_difference_of_equal_outputs_is_a_point_only_where_the_range_is_open() -> None:
    draws = 0.8 + 0.1 * NORMAL
    share, loss = (estimated(METRICS[name], 0.8, 0.1) for name in ("accuracy", "rmse"))
    bounded = paired_difference(METRICS["accuracy"], share, share, draws, draws)
    assert bounded.upper == -bounded.lower == pytest.approx(1 - 0.025 ** (1 / 50))
    assert paired_difference(METRICS["rmse"], loss, loss, draws, draws).upper == 0


def test_paired_difference_does_not_depend_on_the_unit_of_the_target() -> None:
    a, b = (estimated(METRICS["rmse"], value, 1e-10) for value in (3e-9, 2e-9))
    found = paired_difference(METRICS["rmse"], a, b, 3e-9 + 1e-10 * NORMAL, 2e-9 - 1e-10 * NORMAL)
    assert found.upper - found.value == pytest.approx(4.06e-10, rel=0.01)


def test_paired_difference_without_two_events_is_unbounded() -> None:
    one = replace(estimated(METRICS["accuracy"], 0.8, 0.1), events=1)
    assert paired_difference(METRICS["accuracy"], one, one, NORMAL, NORMAL).upper == np.inf
