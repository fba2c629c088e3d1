"""Every metric gives scikit-learn's number, with ties and weights, alone, for many weightings and for many models."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning

from mlops_widgets.errors import InputError, ModelError, UnknownNameError
from mlops_widgets.measures.metrics import (
    ALIASES,
    METRICS,
    Metric,
    Task,
    custom_metric,
    default_metric,
    get_metric,
    score_many,
)

Rows = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]
Reference = Callable[..., float]

REPEATABLE = settings(derandomize=True, deadline=None, max_examples=40)

BINARY: dict[str, Reference] = {
    "roc_auc": sk.roc_auc_score,
    "gini": lambda y, s, sample_weight: 2 * sk.roc_auc_score(y, s, sample_weight=sample_weight) - 1,
    "average_precision": sk.average_precision_score,
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "mcc": sk.matthews_corrcoef,
    "f1": sk.f1_score,
    "f1_macro": lambda y, p, sample_weight: sk.f1_score(y, p, average="macro", sample_weight=sample_weight),
    "precision": sk.precision_score,
    "precision_macro": lambda y, p, sample_weight: sk.precision_score(
        y, p, average="macro", sample_weight=sample_weight
    ),
    "recall": sk.recall_score,
}
REGRESSION: dict[str, Reference] = {
    "mae": sk.mean_absolute_error,
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "mape": sk.mean_absolute_percentage_error,
    "r2": sk.r2_score,
    "pinball@0.9": lambda y, p, sample_weight: sk.mean_pinball_loss(y, p, alpha=0.9, sample_weight=sample_weight),
}
MULTICLASS: dict[str, Reference] = {
    "roc_auc": lambda y, p, sample_weight: float(
        np.mean([sk.roc_auc_score(y == k, p[:, k], sample_weight=sample_weight) for k in range(p.shape[1])])
    ),
    "gini": lambda y, p, sample_weight: 2 * MULTICLASS["roc_auc"](y, p, sample_weight=sample_weight) - 1,
    "log_loss": lambda y, p, sample_weight: sk.log_loss(y, p, sample_weight=sample_weight, labels=[0, 1, 2]),
    "brier": lambda y, p, sample_weight: sk.brier_score_loss(y, p, sample_weight=sample_weight, labels=[0, 1, 2]),
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "mcc": sk.matthews_corrcoef,
    "f1": BINARY["f1_macro"],
    "precision": BINARY["precision_macro"],
    "recall": sk.balanced_accuracy_score,
}
ALL = [
    *(("binary", name, reference) for name, reference in BINARY.items()),
    *(("regression", name, reference) for name, reference in REGRESSION.items()),
    *(("multiclass", name, reference) for name, reference in MULTICLASS.items()),
]


def made(task: Task, metric: Metric, seed: int, rows: int = 40) -> Rows:
    """Rows of every class, with tied outputs and weights 0…3."""
    rng = np.random.default_rng(seed)
    classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    weights = np.r_[np.ones(2 * classes), rng.integers(0, 4, rows - 2 * classes)]
    if task == "regression":
        y = rng.normal(100, 20, rows)
        return y, y + rng.normal(0, 10, rows), weights + (weights.sum() == 0)
    y = np.r_[np.arange(classes), np.arange(classes), rng.integers(0, classes, rows - 2 * classes)].astype(float)
    if metric.needs == "predictions":
        return y, np.where(np.arange(rows) < classes, y, rng.integers(0, classes, rows)).astype(float), weights
    raw = np.round(rng.random((rows, classes)), 1) + 0.1
    shares = raw / raw.sum(axis=1, keepdims=True)
    return y, shares if task == "multiclass" else np.round(shares[:, 1], 1), weights


@pytest.mark.parametrize(("task", "name", "reference"), ALL, ids=lambda each: each if isinstance(each, str) else "")
@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_metric_equals_scikit_learn_with_and_without_weights(
    task: Task, name: str, reference: Reference, seed: int
) -> None:
    metric = get_metric(name, task)
    y, output, weights = made(task, metric, seed)
    assert metric(y, output) == pytest.approx(reference(y, output, sample_weight=None), abs=1e-10)
    assert metric(y, output, weights) == pytest.approx(reference(y, output, sample_weight=weights), abs=1e-10)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_built_in_metric_is_compared_with_a_reference(task: Task) -> None:
    compared = {"binary": BINARY, "multiclass": MULTICLASS, "regression": REGRESSION}[task]
    names = {get_metric(name, task).name for name in compared} | {"ks", "lift_at_10"}
    assert {name for name, metric in METRICS.items() if task in metric.tasks} <= names


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_ks_equals_scipy_on_repeated_rows(seed: int) -> None:
    y, scores, weights = made("binary", METRICS["ks"], seed)
    rows = np.repeat(np.arange(len(y)), weights.astype(int))
    expected = stats.ks_2samp(scores[rows][y[rows] == 1], scores[rows][y[rows] == 0]).statistic
    assert METRICS["ks"](y, scores, weights) == pytest.approx(expected)


def test_lift_is_the_share_of_positives_at_the_top_over_their_share_everywhere() -> None:
    y = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0], dtype=float)
    scores = np.linspace(1, 0, 10)
    assert get_metric("lift@10%", "binary")(y, scores) == pytest.approx(1 / 0.3)
    assert get_metric("lift@0.5", "binary")(y, scores) == pytest.approx((3 / 5) / 0.3)


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_lift_with_ties_is_the_mean_over_random_tie_breaks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.r_[1.0, rng.integers(0, 2, 9)]
    scores = rng.integers(0, 3, 10).astype(float)
    cut = 3
    sure = scores > np.sort(scores)[-cut]
    tied = scores == np.sort(scores)[-cut]
    expected = (y[sure].sum() + y[tied].mean() * (cut - sure.sum())) / cut / y.mean()
    assert get_metric("lift@30%", "binary")(y, scores) == pytest.approx(expected)


def test_lift_of_equal_scores_is_one() -> None:
    assert METRICS["lift_at_10"](np.array([1.0, 0, 0, 1]), np.zeros(4)) == pytest.approx(1)


@pytest.mark.parametrize(("task", "name"), [*((t, n) for t, n, _ in ALL), ("binary", "ks"), ("binary", "lift@20%")])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_draws_equal_a_loop_over_the_weighted_metric(task: Task, name: str, dtype: type[np.floating]) -> None:
    metric = get_metric(name, task)
    y, output, _ = made(task, metric, seed=3)
    weights = np.random.default_rng(0).multinomial(len(y), np.full(len(y), 1 / len(y)), size=60)
    expected = [metric(y, output, each) for each in weights]
    assert metric.draws(y, output, weights.astype(dtype)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_draws_of_huge_targets_stay_finite_in_single_precision() -> None:
    y = np.array([1e25, 3e25, 2e25])
    weights = np.ones((2, 3), dtype=np.float32)
    assert METRICS["rmse"].draws(y, 1.1 * y, weights) == pytest.approx([METRICS["rmse"](y, 1.1 * y)] * 2)
    assert METRICS["r2"].draws(y, 1.1 * y, weights) == pytest.approx([METRICS["r2"](y, 1.1 * y)] * 2)


@pytest.mark.parametrize(
    "name", ["roc_auc", "gini", "ks", "average_precision", "lift_at_10", "balanced_accuracy", "mcc", "f1", "recall"]
)
def test_draw_without_a_class_is_nan_and_such_rows_alone_are_an_error(name: str) -> None:
    metric = METRICS[name]
    y, output = np.array([0.0, 0, 1]), np.array([0.0, 1, 1])
    draws = metric.draws(y, output, np.array([[1, 1, 1], [2, 1, 0]]))
    assert np.isnan(draws).tolist() == [False, True]
    with pytest.raises(InputError, match="has no value on these 2 rows"):
        metric(y[:2], output[:2])


def test_r2_of_constant_targets_is_an_error_that_says_why() -> None:
    with pytest.raises(InputError, match="every outcome is the same"):
        METRICS["r2"](np.full(5, 0.1), np.arange(5.0))


def test_precision_without_a_predicted_positive_is_zero_as_in_scikit_learn() -> None:
    y, predictions = np.array([0.0, 1]), np.zeros(2)
    with pytest.warns(UndefinedMetricWarning):
        expected = sk.precision_score(y, predictions)
    assert METRICS["precision"](y, predictions) == expected == 0


def test_log_loss_of_certain_and_wrong_probabilities_is_finite_as_in_scikit_learn() -> None:
    y, p = np.array([0.0, 1, 1]), np.array([1.0, 1, 0.5])
    assert METRICS["log_loss"](y, p) == pytest.approx(sk.log_loss(y, p))


@pytest.mark.parametrize("name", ["roc_auc", "gini", "accuracy", "log_loss", "brier", "ks", "f1"])
def test_scoring_many_models_equals_scoring_each(name: str) -> None:
    metric = METRICS[name]
    y, _, _ = made("binary", metric, seed=1)
    outputs = np.round(np.random.default_rng(1).random((7, len(y))), 1)
    outputs = np.clip(outputs.round() if metric.needs == "predictions" else outputs, 0, 1)
    assert score_many(metric, y, outputs) == pytest.approx([metric(y, each) for each in outputs])


def test_scoring_many_multiclass_models_equals_scoring_each() -> None:
    metric = get_metric("log_loss", "multiclass")
    sets = [made("multiclass", metric, seed=1)[1], made("multiclass", metric, seed=2)[1]]
    y = made("multiclass", metric, seed=1)[0]
    assert score_many(metric, y, np.stack(sets)) == pytest.approx([metric(y, each) for each in sets])


def test_scoring_many_regressors_equals_scoring_each() -> None:
    y, predictions, _ = made("regression", METRICS["rmse"], seed=1)
    outputs = np.stack([predictions, predictions + 1])
    for name in ["rmse", "mae", "r2"]:
        assert score_many(METRICS[name], y, outputs) == pytest.approx([METRICS[name](y, each) for each in outputs])


@pytest.mark.parametrize(
    ("scorer", "task"),
    [
        ("neg_mean_absolute_error", "regression"), ("neg_root_mean_squared_error", "regression"), ("r2", "regression"),
        ("neg_mean_squared_error", "regression"), ("neg_mean_absolute_percentage_error", "regression"),
        ("neg_log_loss", "binary"), ("neg_brier_score", "binary"), ("average_precision", "binary"),
        ("matthews_corrcoef", "binary"), ("roc_auc", "binary"), ("f1", "binary"), ("roc_auc_ovr", "multiclass"),
        ("neg_log_loss", "multiclass"), ("f1_macro", "multiclass"), ("recall_macro", "multiclass"),
    ],
)  # fmt: skip
def test_scikit_learn_scorer_names_are_known_and_mean_the_same_up_to_sign(scorer: str, task: Task) -> None:
    metric = get_metric(scorer, task)
    y, output, _ = made(task, metric, seed=5)
    official = sk.get_scorer(scorer)
    assert official._score_func(y, output, **official._kwargs) == pytest.approx(metric(y, output))
    assert metric.greater_is_better == (not scorer.startswith("neg_"))


def test_every_alias_leads_to_a_metric() -> None:
    assert set(ALIASES.values()) <= set(METRICS)


def test_unknown_metric_lists_those_of_the_task_and_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown metric='roc_acu'. For binary: .*Did you mean 'roc_auc'"):
        get_metric("roc_acu", "binary")


def test_metric_of_another_task_says_which_task_it_is_for() -> None:
    with pytest.raises(
        UnknownNameError, match=r"metric='rmse' is for regression; the task is binary\. For it: roc_auc"
    ):
        get_metric("rmse", "binary")


@pytest.mark.parametrize("name", ["lift@0", "lift@120%", "lift@many"])
def test_parameter_outside_zero_and_one_is_an_error(name: str) -> None:
    with pytest.raises(InputError, match="a share between 0 and 1"):
        get_metric(name, "binary")


def test_parameter_on_a_metric_that_takes_none_is_unknown() -> None:
    with pytest.raises(UnknownNameError, match="Unknown metric='mae@2'"):
        get_metric("mae@2", "regression")


def test_parameter_shows_in_name_and_label() -> None:
    assert (get_metric("Lift@5%", "binary").name, get_metric("lift@0.05", "binary").label) == (
        "lift@0.05",
        "lift at 5 %",
    )
    assert get_metric("pinball@0.9", "regression").label == "pinball loss at 0.9"


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_default_metric_fits_its_task(task: Task) -> None:
    assert task in default_metric(task).tasks


def test_margin_is_three_points_on_a_fixed_scale_and_five_percent_on_an_open_one() -> None:
    assert METRICS["roc_auc"].default_margin(0.8) == 0.03
    assert METRICS["rmse"].default_margin(40) == pytest.approx(2)


def test_gain_is_positive_where_the_first_is_better() -> None:
    assert METRICS["roc_auc"].gain(0.8, 0.7) == pytest.approx(0.1)
    assert METRICS["rmse"].gain(2.0, 3.0) == pytest.approx(1)


def test_values_lie_in_the_range_that_the_metric_states() -> None:
    for name, metric in METRICS.items():
        task = min(metric.tasks)
        value = metric(*made(task, metric, seed=9)[:2])
        assert metric.lower is None or metric.lower <= value, name
        assert metric.upper is None or value <= metric.upper, name


def test_nan_among_outputs_is_named() -> None:
    with pytest.raises(InputError, match="1 of the outputs are NaN"):
        METRICS["roc_auc"](np.array([0.0, 1]), np.array([np.nan, 1]))


def test_other_number_of_outputs_than_outcomes_is_an_error() -> None:
    with pytest.raises(InputError, match="2 outcomes and 3 outputs"):
        METRICS["roc_auc"](np.array([0.0, 1]), np.zeros(3))


def own(function: Callable[..., float]) -> Metric:
    return custom_metric(
        function, name="mine", greater_is_better=True, needs="scores", tasks=frozenset({"binary"}), lower=0, upper=1
    )


def test_custom_metric_draws_equal_the_built_in_ones() -> None:
    y, scores, _ = made("binary", METRICS["roc_auc"], seed=4)
    weights = np.random.default_rng(0).multinomial(len(y), np.full(len(y), 1 / len(y)), size=20)
    metric = own(sk.roc_auc_score)
    assert metric(y, scores) == pytest.approx(METRICS["roc_auc"](y, scores))
    assert metric.draws(y, scores, weights) == pytest.approx(METRICS["roc_auc"].draws(y, scores, weights))


def test_custom_metric_raising_value_error_in_a_draw_makes_it_nan() -> None:
    def picky(y: Any, _: Any) -> float:
        if y.sum() == 0:
            raise ValueError("no positives")
        return 1.0

    assert np.isnan(own(picky).draws(np.array([0.0, 1]), np.zeros(2), np.array([[2, 0]]))).all()


def test_custom_metric_raising_value_error_has_no_value_there() -> None:
    def picky(y: Any, _: Any) -> float:
        raise ValueError("no positives")

    with pytest.raises(InputError, match="mine has no value on these 2 rows: no positives"):
        own(picky)(np.zeros(2), np.zeros(2))


def test_an_error_that_already_names_the_metric_is_not_wrapped_again() -> None:
    def named(y: Any, _: Any) -> float:
        raise ModelError("metric='mine' raised TypeError: boom")

    with pytest.raises(ModelError, match=r"^metric='mine' raised TypeError: boom$"):
        own(named)(np.zeros(2), np.zeros(2))


def test_custom_metric_that_raises_is_reported_with_its_cause() -> None:
    def broken(y: Any, _: Any) -> float:
        return float(y["amount"])

    with pytest.raises(ModelError, match="metric='mine' raised IndexError"):
        own(broken)(np.zeros(2), np.zeros(2))


def test_custom_metric_refuses_fractional_weights() -> None:
    with pytest.raises(InputError, match="whole-number weights"):
        own(sk.roc_auc_score)(np.array([0.0, 1]), np.zeros(2), np.array([0.5, 1]))


def test_the_margin_of_a_brier_score_shrinks_with_the_base_rate() -> None:
    # With 5 % positives the base rate alone scores .0475: .03 would let a model break altogether.
    for name in ("brier", "brier_multiclass"):
        assert METRICS[name].default_margin(0.04) == pytest.approx(0.002)


def test_custom_metric_that_takes_weights_is_given_fractions() -> None:
    from sklearn.metrics import mean_absolute_error

    metric = custom_metric(
        mean_absolute_error, name="mae", greater_is_better=False, needs="predictions", tasks=frozenset({"regression"}),
        takes_weights=True,
    )  # fmt: skip
    y, output, weights = np.arange(4.0), np.array([0.0, 2.0, 2.0, 9.0]), np.array([0.5, 1.5, 0.0, 2.0])
    expected = METRICS["mae"](y, output, weights)
    np.testing.assert_allclose(metric(y, output, weights), expected)
    drawn = metric.draws(y, output, np.array([weights, 2 * weights, [1, 1, 1, 1]]))
    np.testing.assert_allclose(drawn, [expected, expected, 1.75])


def test_a_perfect_score_has_a_margin_above_rounding_errors() -> None:
    assert METRICS["rmse"].default_margin(6e-16) == 1e-6


@pytest.mark.parametrize("name", ["average_precision", "f1", "recall", "precision", "mcc", "ks", "accuracy", "r2"])
def test_the_margin_of_a_small_share_is_a_tenth_of_it(name: str) -> None:
    assert METRICS[name].default_margin(0.02) == pytest.approx(0.002)
    assert METRICS[name].default_margin(0.3) == pytest.approx(0.03)
    assert METRICS[name].default_margin(0.9) == 0.03
    assert METRICS[name].default_margin(0.0) == 1e-6


@pytest.mark.parametrize("auc", [0.5, 0.55, 0.7, 0.95])
def test_gini_has_the_margin_of_the_roc_auc_it_stands_for(auc: float) -> None:
    assert METRICS["roc_auc"].default_margin(auc) == 0.03
    assert METRICS["gini"].default_margin(2 * auc - 1) == pytest.approx(2 * 0.03)


def test_ks_is_the_metric_flagged_as_biased_on_few_rows() -> None:
    assert [name for name, metric in METRICS.items() if metric.biased_small] == ["ks"]
