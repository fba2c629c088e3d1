import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import average_precision_score, f1_score, log_loss, roc_auc_score, root_mean_squared_error
from sklearn.tree import DecisionTreeClassifier

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.overfitting.figures.live_gap import card_of_live_gap
from mlops_widgets.overfitting.monitoring.gap_findings import _missing_rows, _pair
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, compare_live
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.over_time.stages import Settings, _folds, sample_units
from tests.awkward import (
    callable_only,
    late_labels,
    linear_svc,
    logged_predictions,
    plain,
    regression_pipeline,
    ten_rows_a_customer,
    three_classes,
)

FAST = {"draws": 100, "folds": 2}


def _compare(study: Any, **options: Any) -> LiveGapResult:
    result = compare_live(study, **{**FAST, **options})
    assert isinstance(result, LiveGapResult)
    return result


def _value(result: LiveGapResult, name: str) -> float:
    stage = result.stage(name)
    assert stage is not None
    return stage.value


def _logged(rows: int, *, drop: float = 0.0, seed: int = 0, **more: Any) -> Any:
    """A test and a production of scores with a known AUC; `drop` moves production's positives down."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 2 * rows)
    score = rng.normal(size=2 * rows) + 1.5 * y - drop * y * (np.arange(2 * rows) >= rows)
    frame = pd.DataFrame({"y": y, "s": score})
    return load_study(**{"scores": "s", "test": frame[:rows], "production": frame[rows:], "target": "y", **more})


@pytest.mark.parametrize("maker", [plain, regression_pipeline, three_classes])
def test_steps_telescope_from_train_to_production(maker: Any) -> None:
    result = _compare(maker().study)
    assert [stage.name for stage in result.stages] == ["train", "out_of_fold", "test", "production"]
    assert [step.name for step in result.steps] == ["memorised", "offline", "live"]
    sign = 1 if result.greater_is_better else -1
    whole = sign * (result.stages[0].value - result.stages[-1].value)
    assert_allclose(sum(step.harm for step in result.steps), whole, atol=1e-9)
    assert [step.paired for step in result.steps] == [True, False, False]
    for step in result.steps:
        assert step.lower <= step.harm <= step.upper


def test_every_stage_is_scikit_learns_metric_there() -> None:
    from sklearn.metrics import accuracy_score

    cases: list[tuple[Any, str, Any]] = [
        (plain(), "y", lambda m, x, y: roc_auc_score(y, m.predict_proba(x)[:, 1])),
        (three_classes(), "light", lambda m, x, y: accuracy_score(y, m.predict(x))),
        (regression_pipeline(), "price", lambda m, x, y: root_mean_squared_error(y, m.predict(x))),
    ]
    for awkward, target, score in cases:
        result = _compare(awkward.study)
        for name in ("test", "production"):
            table = awkward.arguments[name]
            expected = score(awkward.estimator, table[list(awkward.estimator.feature_names_in_)], table[target])
            stage = result.stage(name)
            assert stage is not None
            assert_allclose(stage.value, expected, rtol=1e-9)
            assert stage.rows == len(table)


def test_a_model_that_memorises_loses_that_on_unseen_folds() -> None:
    result = _compare(plain(400, model=DecisionTreeClassifier(random_state=0)).study)
    memorised = result.steps[0]
    assert result.stages[0].value == 1.0
    assert memorised.lower > 0.05
    assert memorised.paired
    assert_allclose(memorised.harm, 1.0 - result.stages[1].value)


def _refitted(awkward: Any, columns: list[str], target: str, answer: Any) -> tuple[Any, Any]:
    """Folds of the reference as `compare_live` deals them, and what refits say of the rows that they didn't see."""
    study, reference = awkward.study, awkward.arguments["reference"]
    fold = _folds(study, study.measure(study.need("reference")), Settings(folds=2, draws=100, max_fit_rows=999, seed=0))
    out = np.empty(len(reference))
    for index in range(2):
        learn = reference[fold != index]
        model = clone(awkward.estimator).fit(learn[columns], learn[target])
        out[fold == index] = answer(model, reference[fold == index][columns])
    return fold, out


def test_out_of_fold_scores_all_unseen_probabilities_at_once() -> None:
    awkward = plain()
    y = awkward.arguments["reference"]["y"]
    _, out = _refitted(awkward, ["a", "b"], "y", lambda m, x: m.predict_proba(x)[:, 1])
    for metric, score in (("roc_auc", roc_auc_score), ("average_precision", average_precision_score)):
        result = _compare(plain(metric=metric).study)
        assert_allclose(_value(result, "out_of_fold"), score(y, out))
        assert "pooled" in result.method


def test_out_of_fold_of_raw_scores_is_a_mean_over_folds_and_says_so() -> None:
    awkward = linear_svc()
    reference = awkward.arguments["reference"]
    columns = list(awkward.estimator.feature_names_in_)
    fold, out = _refitted(awkward, columns, "y", lambda m, x: m.decision_function(x))
    result = _compare(awkward.study)
    means = [roc_auc_score(reference["y"][fold == i], out[fold == i]) for i in range(2)]
    assert_allclose(_value(result, "out_of_fold"), np.mean(means))
    whole = roc_auc_score(reference["y"], awkward.estimator.decision_function(reference[columns]))
    assert_allclose(_value(result, "train"), whole)
    assert "means over folds" in result.method
    assert "needn't add up" in result.method


@pytest.mark.parametrize("metric", ["average_precision", "log_loss", "f1"])
def test_train_is_the_given_models_own_score_on_all_reference_rows(metric: str) -> None:
    awkward = plain(400, model=DecisionTreeClassifier(max_depth=3, random_state=0), metric=metric)
    reference = awkward.arguments["reference"]
    model, x, y = awkward.estimator, reference[["a", "b"]], reference["y"]
    expected = {
        "average_precision": average_precision_score(y, model.predict_proba(x)[:, 1]),
        "log_loss": log_loss(y, model.predict_proba(x)),
        "f1": f1_score(y, model.predict(x)),
    }[metric]
    assert_allclose(_value(_compare(awkward.study), "train"), expected)


def test_train_rmse_is_scikit_learns() -> None:
    awkward = regression_pipeline()
    reference = awkward.arguments["reference"]
    predicted = awkward.estimator.predict(reference[list(awkward.estimator.feature_names_in_)])
    assert_allclose(_value(_compare(awkward.study), "train"), root_mean_squared_error(reference["price"], predicted))


def test_a_sampled_reference_says_how_many_of_how_many() -> None:
    result = _compare(ten_rows_a_customer().study, max_fit_rows=125)
    assert result.stages[0].label == "train (120 of 300 rows)"
    assert "train (rows it learned from)" in [stage.label for stage in _compare(ten_rows_a_customer().study).stages]


def test_a_loss_that_rises_is_harm() -> None:
    awkward = regression_pipeline()
    live = awkward.arguments["production"].assign(price=lambda f: f["price"] + 100)
    result = _compare(load_study(**{**awkward.arguments, "production": live}))
    assert not result.greater_is_better
    assert result.steps[-1].harm > 50
    assert result.status == "failed"
    assert "worse" in result.headline
    assert result.findings[0].cost == pytest.approx(result.steps[-1].harm)


def test_a_planted_drop_fails_and_none_passes() -> None:
    assert _compare(_logged(3000, drop=1.0)).status == "failed"
    fine = _compare(_logged(6000))
    assert fine.status == "passed"
    assert "within the margin" in fine.headline
    assert _compare(_logged(60)).status == "not_enough_data"


def test_an_effect_at_the_margin_is_straddled_not_called_too_few_rows() -> None:
    harm = _compare(_logged(3000, drop=0.4)).steps[-1]
    result = _compare(_logged(3000, drop=0.4), margin=harm.harm)
    assert result.status == "not_enough_data"
    assert "straddles the margin" in result.headline


def test_logged_answers_alone_give_test_and_production() -> None:
    for awkward in (logged_predictions(), late_labels(), callable_only()):
        result = _compare(awkward.study)
        names = [stage.name for stage in result.stages]
        assert names == (
            ["train", "test", "production"] if "reference" in awkward.arguments else ["test", "production"]
        )
        assert result.steps[-1].name == "live"


def test_logged_training_scores_count_as_train_where_they_were_logged() -> None:
    frame = pd.DataFrame({"y": [0, 1] * 100, "s": np.linspace(0, 1, 200)})
    with_scores = load_study(scores="s", reference=frame, test=frame, production=frame, target="y")
    assert [s.name for s in _compare(with_scores).stages] == ["train", "test", "production"]
    without = load_study(scores="s", reference=frame.drop(columns="s"), test=frame, production=frame, target="y")
    assert [s.name for s in _compare(without).stages] == ["test", "production"]
    assert without.fingerprint != with_scores.fingerprint


def test_without_production_the_live_step_names_what_is_missing() -> None:
    arguments = {k: v for k, v in plain().arguments.items() if k != "production"}
    finding = _compare(load_study(**arguments)).findings[0]
    assert (finding.code, finding.status) == ("OV-LG-01", "not_applicable")
    assert "no production table" in finding.claim
    assert "production=" in finding.action


def test_without_a_test_production_is_compared_with_unseen_folds() -> None:
    arguments = {k: v for k, v in plain().arguments.items() if k != "test"}
    result = _compare(load_study(**arguments))
    assert result.steps[-1].before == "out_of_fold"
    assert "unseen folds" in result.headline
    only = _compare(load_study(scores="s", production=_logged(100).need("production").pandas(), target="y"))
    assert only.findings[0].status == "not_applicable"
    assert "test=" in only.findings[0].action


def test_neither_test_nor_production_is_not_applicable() -> None:
    arguments = plain().arguments
    study = load_study(model=arguments["model"], reference=arguments["reference"], target="y")
    result = compare_live(study)
    assert isinstance(result, NoResult)
    assert result.status == "not_applicable"


def test_production_of_one_class_has_no_auc_and_says_so() -> None:
    study = _logged(200)
    live = study.need("production").pandas().assign(y=0)
    result = _compare(load_study(scores="s", test=study.need("test").pandas(), production=live, target="y"))
    assert result.findings[0].status == "not_applicable"
    assert "ROC AUC in production" in result.headline
    assert "same outcome" in result.findings[0].action
    unlabelled = load_study(scores="s", test=study.need("test").pandas(), production=live.drop(columns="y"), target="y")
    assert "labels in production" in _compare(unlabelled).headline


def test_of_several_tests_the_first_is_on_the_way_and_all_are_shown() -> None:
    frame = _logged(300).need("test").pandas()
    study = load_study(scores="s", test={"holdout": frame, "winter": frame[:100]}, production=frame, target="y")
    result = _compare(study)
    assert [s.label for s in result.stages] == ["test: holdout", "test: winter", "production"]
    assert result.steps[0].before == "holdout"
    assert "the test 'holdout'" in result.headline


@pytest.mark.parametrize(
    ("shift", "digits", "status"), [(0.0, 6, "passed"), (0.0, 2, "passed"), (0.04, 6, "failed"), (0.04, 1, "failed")]
)
def test_the_expected_score_is_reproduced_to_the_decimals_stated(shift: float, digits: int, status: str) -> None:
    study = _logged(500)
    found = study.measure(study.need("test")).score
    expected = round(found + shift, digits)
    if digits == 1:
        expected = 0.8 if abs(found - 0.8) > 0.006 else 0.9  # 0.8 means 0.80
    finding = _finding(_compare(_logged(500, expected=expected)), "OV-LG-04")
    assert (finding.code, finding.status) == ("OV-LG-04", status)
    if status == "failed":
        assert finding.cost == pytest.approx(max(expected - found, 0))
        assert "Settle this first" in finding.action


def test_an_expected_score_that_is_the_training_score_is_recognised() -> None:
    study = plain(400, model=DecisionTreeClassifier(max_depth=6, random_state=0), expected=1.0).study
    train = _compare(study).stage("train")
    assert train is not None
    again = plain(400, model=DecisionTreeClassifier(max_depth=6, random_state=0), expected=round(train.value, 3)).study
    assert "rows it learned from" in _finding(_compare(again), "OV-LG-04").claim


def test_an_expected_error_is_compared_in_its_own_unit() -> None:
    awkward = regression_pipeline()
    study = awkward.study
    found = study.measure(study.need("test")).score
    finding = _compare(load_study(**awkward.arguments, expected=round(found))).findings[-1]
    assert finding.status == "passed"


def test_entities_are_resampled_whole() -> None:
    awkward = ten_rows_a_customer()
    by_entity = _compare(awkward.study, draws=300).stage("test")
    by_row = _compare(load_study(**awkward.arguments, unit="row"), draws=300).stage("test")
    assert by_entity is not None
    assert by_row is not None
    assert by_entity.value == by_row.value
    assert by_entity.upper - by_entity.lower > 1.5 * (by_row.upper - by_row.lower)


def test_a_model_that_raises_on_production_is_a_failed_finding() -> None:
    def fails(frame: pd.DataFrame) -> Any:
        if (frame["a"] > 90).any():
            raise RuntimeError("unknown sensor")
        return (frame["a"] > 0).astype(int)

    arguments = plain().arguments
    live = arguments["production"].assign(a=99.0)
    study = load_study(predict=fails, test=arguments["test"], production=live, target="y", features=["a"])
    result = compare_live(study)
    assert isinstance(result, NoResult)
    assert result.status == "failed"
    assert result.headline == "Fails raised RuntimeError in predict on production."  # what it quotes may be a cell
    assert "production" in result.headline


def test_the_same_seed_gives_the_same_result_and_another_does_not() -> None:
    study = plain().study
    assert _compare(study).to_dict() == _compare(plain().study).to_dict()
    assert _compare(study, seed=1).stages[2].lower != _compare(study).stages[2].lower


def test_progress_only_rises_to_the_end_and_cancel_stops_the_work() -> None:
    seen: list[float] = []
    _compare(plain().study, progress=lambda share, _: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    for limit in (0, 3, 8):
        calls = iter(range(10_000))
        with pytest.raises(CancelledError):
            _compare(plain().study, cancel=lambda calls=calls, limit=limit: next(calls) >= limit)


@pytest.mark.parametrize(
    "wrong", [{"margin": 0}, {"margin": float("nan")}, {"margin": float("inf")}, {"folds": 1}, {"draws": 99}, {"seed": -1},
              {"max_fit_rows": 1}, {"folds": 500}]
)  # fmt: skip
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        _compare(plain().study, **wrong)


# ---- how many rows are missing


def _estimate(value: float, half: float, rows: int) -> Estimate:
    return Estimate(value=value, lower=value - half, upper=value + half, level=0.95, rows=rows, units=rows, events=rows)


def test_the_rows_said_to_be_missing_make_the_interval_as_narrow_as_the_margin() -> None:
    before, after = _estimate(0.8, 0.01, 5000), _estimate(0.78, 0.05, 300)
    text = _missing_rows(0.03, before, after, ("the test", "production"), falls=True)
    needed = int(re.findall(r"about ([\d,]+) rows of production \(it has 300\)", text)[0].replace(",", ""))
    half = np.hypot(0.01, 0.05 * np.sqrt(300 / needed))
    assert_allclose(half, 0.03, rtol=0.02)
    swapped = _missing_rows(0.03, after, before, ("the test", "production"), falls=True)
    assert "rows of the test (it has 300)" in swapped


def test_where_both_sides_are_too_wide_both_need_more_rows() -> None:
    text = _missing_rows(0.03, _estimate(0.8, 0.06, 100), _estimate(0.8, 0.06, 100), ("a", "b"), falls=True)
    assert text == "about 8 times as many rows in both"  # (.06² + .06²) / .03²


def test_of_a_lopsided_interval_the_longer_side_counts() -> None:
    lopsided = Estimate(value=0.9, lower=0.7, upper=0.92, level=0.95, rows=100, units=100, events=100)
    sure = _estimate(0.9, 0.001, 10_000)
    for falls in (True, False):
        for pair in ((sure, lopsided), (lopsided, sure)):
            text = _missing_rows(0.1, *pair, ("a", "b"), falls=falls)
            assert "about 400 rows" in text  # 100 · (.2 / .1)²


def test_too_few_rows_say_how_many_would_do() -> None:
    result = _compare(_logged(60))
    assert re.search(
        r"Too few rows to tell at a margin of \.03: about .+ would make the interval as narrow as that", result.headline
    )
    needed = result.findings[0].evidence["needed_rows"]
    assert isinstance(needed, int)
    assert needed > 60


# ---- over time


def test_the_chunk_that_broke_is_named() -> None:
    rng = np.random.default_rng(0)
    frame = _logged(6000).need("production").pandas().assign(day=pd.date_range("2024-01-01", periods=6000, freq="h"))
    broken = frame["day"].dt.month == 5
    frame.loc[broken, "s"] = rng.normal(size=broken.sum())
    earlier = frame["day"] < "2024-03-01"
    study = load_study(scores="s", test=frame[earlier], production=frame[~earlier], target="y", time="day")
    finding = next(f for f in _compare(study).findings if f.code == "OV-LG-03")
    assert finding.status == "failed"
    assert "2024-05" in finding.claim
    assert "2024-05" in finding.action
    assert finding.cost_unit == "ROC AUC"


def test_chunks_of_a_loss_are_worse_not_below() -> None:
    finding = _finding(_compare(regression_pipeline().study), "OV-LG-03")
    assert "worse than the test" in finding.claim
    assert "below" not in finding.claim


def test_chunks_with_too_few_events_have_no_score() -> None:
    frame = _logged(500).need("test").pandas().assign(week=np.r_[np.zeros(490), np.ones(10)])
    result = _compare(load_study(scores="s", test=frame, production=frame, target="y", time="week"))
    assert result.chunk_rows.tolist() == [490, 10]
    assert np.isnan(result.chunk_values).tolist() == [False, True]
    assert result.chunks_by == "week"


@pytest.mark.parametrize("days", [22, 40, 90, 170])
def test_a_production_of_a_few_months_is_cut_so_that_its_chunks_have_scores(days: int) -> None:
    frame = _logged(3000).need("production").pandas()
    first = pd.Timestamp("2024-01-01")
    earlier = frame.assign(day=pd.date_range(first, periods=3000, freq="h"))
    later = frame.assign(
        day=pd.date_range(first + pd.Timedelta(days=130), periods=3000, freq=days * pd.Timedelta("1D") / 3000)
    )
    study = load_study(scores="s", test=earlier, production=later, target="y", time="day")
    assert study.unit == "time block"
    result = _compare(study)
    assert 2 * np.isfinite(result.chunk_values).sum() >= len(result.chunk_values) > 0


def test_out_of_fold_of_few_entities_is_as_uncertain_as_they_are() -> None:
    rng = np.random.default_rng(0)
    entity = np.repeat(np.arange(8), 25)
    frame = pd.DataFrame(
        {"x": rng.normal(size=200), "y": rng.normal(size=8)[entity] + rng.normal(size=200), "e": entity}
    )
    model = DummyRegressor(strategy="constant", constant=0).fit(frame[["x"]], frame["y"])
    study = load_study(
        model=model, reference=frame, test=frame.assign(e=entity + 8), target="y", entity="e", metric="mse"
    )
    result = _compare(study)
    unseen, test = result.stage("out_of_fold"), result.stage("test")
    assert unseen is not None
    assert test is not None
    assert unseen.upper - unseen.lower > 0.8 * (test.upper - test.lower)


# ---- cost


def test_the_gap_costs_the_users_own_values_where_they_are_known() -> None:
    study = _logged(2000, drop=1.5, values={"true_positive": 10.0, "false_positive": -5.0}, decision_threshold=0.8)
    finding = _compare(study).findings[0]
    test, live = (study.row_values(study.need(part)).mean() for part in ("test", "production"))
    assert finding.cost == pytest.approx((test - live) * 2000)
    assert finding.cost_unit == "value over production's rows"
    undecided = _compare(_logged(2000, drop=1.5, values={"true_positive": 10.0})).findings[0]
    assert undecided.cost_unit == "ROC AUC"


def test_whole_units_are_sampled_for_refits() -> None:
    study = ten_rows_a_customer().study
    settings = Settings(folds=2, draws=100, max_fit_rows=125, seed=0)
    table = sample_units(study, study.need("reference"), settings)
    assert table.rows == 120
    assert (table["customer"].value_counts() == 10).all()
    assert _compare(study, max_fit_rows=125).stage("train").rows == 120  # type: ignore[union-attr]


def test_a_model_fitted_with_weights_memorised_no_more_than_its_refits() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(2000, 2)), columns=["a", "b"])
    frame["w"] = np.where(frame["a"] > 0, 0.05, 4.5)
    frame["y"] = (rng.random(2000) < 1 / (1 + np.exp(-2 * frame["b"] * np.sign(frame["a"])))).astype(int)
    model = LogisticRegression().fit(frame[["a", "b"]], frame["y"], sample_weight=frame["w"])
    study = load_study(model=model, reference=frame[:1500], test=frame[1500:], target="y", weights="w")
    result = _compare(study)
    assert result.steps[0].harm < 0.02
    assert result.method.endswith("Row weights count in scores and in refits.")


def test_chunks_are_drawn_once_for_both_levels() -> None:
    calls: list[int] = []

    def right_score(y_true: Any, y_pred: Any) -> float:
        calls.append(len(y_true))
        return float((y_true == y_pred).mean())

    result = _compare(_logged(2000, metric=right_score, decision_threshold=0.7), draws=100)
    assert len(result.chunk_labels) == 10
    # test, production and the promise at the chunks' level; ten chunks; some calls outside of draws
    assert 1300 <= len(calls) < 1400


# ---- what the sentences say


def _finding(result: LiveGapResult, code: str) -> Any:
    return next(f for f in result.findings if f.code == code)


def test_out_of_fold_is_called_so_with_its_folds_and_units() -> None:
    assert "Out-of-fold (2 folds) says" in _finding(_compare(plain().study), "OV-LG-02").claim
    claim = _finding(_compare(ten_rows_a_customer().study), "OV-LG-02").claim
    assert "Out-of-fold (2 folds of whole entities (customer)) says" in claim


def test_a_score_of_zero_on_both_sides_never_passes() -> None:
    frame = pd.DataFrame({"x": np.zeros(4000), "y": (np.arange(4000) % 50 == 0).astype(int)})
    model = DummyClassifier(strategy="constant", constant=0).fit(frame[["x"]], frame["y"])
    for margin in (None, 0.2):
        study = load_study(
            model=model, reference=frame, test=frame, production=frame, target="y", metric="f1", margin=margin
        )
        result = _compare(study)
        assert [f.status for f in result.findings if f.code in {"OV-LG-01", "OV-LG-02"}] == ["warning", "warning"]
        assert "no skill" in result.headline
        assert all(f.status != "passed" for f in result.findings)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (DecisionTreeClassifier(random_state=0), "promises nothing"),
        (DecisionTreeClassifier(max_depth=1, random_state=0), "hardly memorised"),
    ],
)
def test_the_summary_says_whether_the_model_memorised(model: Any, words: str) -> None:
    assert words in card_of_live_gap(_compare(plain(3000, model=model).study, draws=200)).summary


def test_the_summary_leaves_open_what_few_rows_do_not_tell() -> None:
    model = DecisionTreeClassifier(max_depth=1, random_state=0)
    summary = card_of_live_gap(_compare(plain(3000, model=model).study, margin=1e-5)).summary
    assert "can't be told" in summary


def test_two_scores_are_written_so_that_their_difference_is_the_harm_written() -> None:
    def at(value: float, half: float) -> Estimate:
        return Estimate(value=value, lower=value - half, upper=value + half, level=0.95, rows=9, units=9, events=9)

    wide = _pair(at(50.64, 3), at(53.36, 3), at(2.72, 4))
    assert wide == ("50.6 [47.6, 53.6]", "53.4 [50.4, 56.4]", "3 worse [−1, 7]")  # not 51 and 53
    near = _pair(at(0.69758, 0.02), at(0.71262, 0.02), at(-0.01504, 0.03))
    assert near == (".698 [.678, .718]", ".713 [.693, .733]", ".02 better [−.01, .05]")  # not .70 and .71


@pytest.mark.parametrize("seed", range(20))
def test_a_reader_who_subtracts_gets_the_harm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 100, 2)
    one, two, lost = _pair(_estimate(a, 3, 9), _estimate(b, 2, 9), _estimate(a - b, 4, 9))
    x, y, harm = (float(text.split(" ")[0].removeprefix("−")) for text in (one, two, lost))
    decimals = len(lost.split(" ")[0].partition(".")[2])
    assert f"{abs(x - y):.{decimals}f}" == f"{harm:.{decimals}f}"


def test_too_few_events_are_named_rather_than_rows_that_nobody_believes() -> None:
    y = np.r_[np.ones(4), np.zeros(600)].astype(int)
    frame = pd.DataFrame({"y": y, "s": np.random.default_rng(0).normal(size=604) + y})
    result = _compare(load_study(scores="s", test=frame, production=frame, target="y"))
    assert "Too few rows of the rarer class (4)" in result.headline
    assert "about" not in result.headline


def test_dropped_chunks_are_counted_and_a_pass_rests_on_the_whole() -> None:
    frame = _logged(6000).need("test").pandas()
    week = np.r_[np.repeat(np.arange(5), 1190), np.repeat([5, 6], 25)]
    live = frame.assign(week=week)
    live.loc[live["week"] > 4, "y"] = 0
    result = _compare(load_study(scores="s", test=live, production=live, target="y", time="week", unit="row"))
    finding = _finding(result, "OV-LG-03")
    assert "5 of 7 chunks of production (by week) have enough labelled rows to be scored" in finding.claim
    assert finding.status == "passed"
    assert "as a whole" in finding.action


def test_chunks_whose_interval_says_nothing_count_as_too_small() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=520)
    frame = pd.DataFrame({"p": x, "y": x + rng.standard_t(2, size=520) * 2, "t": np.repeat(np.arange(26), 20)})
    study = load_study(scores=None, predictions="p", test=frame, production=frame, target="y", time="t", metric="r2",
                       unit="row")  # fmt: skip
    result = _compare(study)
    known = ~np.isnan(result.chunk_values)
    assert ((result.chunk_upper - result.chunk_lower)[known] < 2).all()


def test_ks_of_unequal_sizes_is_not_judged_where_its_bias_may_decide() -> None:
    equal = _compare(_logged(9000, metric="ks", margin=0.1))
    assert equal.status == "passed"
    assert "biased upward" in equal.headline
    assert "biased upward" in equal.method
    frame = _logged(9000).need("test").pandas()
    study = load_study(scores="s", test=frame, production=frame[:4000], target="y", metric="ks", margin=0.2)
    withheld = _compare(study)
    assert withheld.status == "not_enough_data"
    assert "rows of the rarer class: KS is biased" in withheld.headline
    larger = load_study(scores="s", test=frame[:4000], production=frame, target="y", metric="ks", margin=0.2)
    assert _compare(larger).status == "passed"  # the bias flatters the test: no false pass comes of it


def test_the_end_of_the_line_names_its_last_chunk_and_not_production() -> None:
    result = _compare(mw.sample("loans"))
    (line,) = card_of_live_gap(result).charts[1:]
    (series,) = line.series
    assert series.label == "production"
    assert series.end == "Dec 2024"
    by_rows = _compare(_logged(500))
    assert card_of_live_gap(by_rows).charts[1].series[0].end == by_rows.chunk_labels[-1]
