"""Every kind of model and metric behind one face."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from mlops_widgets.errors import InputError, MissingInputError, ModelError, TableError, UnknownNameError
from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.metric import answers_for
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from tests.awkward import (
    AWKWARD,
    bool_target,
    late_labels,
    linear_svc,
    logged_predictions,
    plain,
    regression_pipeline,
    three_classes,
)


def _score(arguments: dict[str, Any], metric: Any, **more: Any) -> float:
    study = load_study(**{**arguments, "metric": metric, **more})
    return study.measure(study.need("test")).score


def _by_scikit_learn(awkward: Any, scorer: Any, target: str) -> float:
    from sklearn.metrics import check_scoring

    test = awkward.arguments["test"]
    features = list(awkward.estimator.feature_names_in_)
    return float(check_scoring(awkward.estimator, scorer)(awkward.estimator, test[features], test[target]))


@pytest.mark.parametrize(
    ("maker", "metric"),
    [
        *[("plain", m) for m in ("roc_auc", "average_precision", "neg_log_loss", "neg_brier_score", "accuracy", "f1",
                                 "balanced_accuracy", "precision", "recall", "matthews_corrcoef", "jaccard",
                                 "d2_log_loss_score", "neg_negative_likelihood_ratio")],
        *[("three_classes", m) for m in ("roc_auc_ovr", "neg_log_loss", "accuracy", "f1_macro", "f1_weighted", "roc_auc_ovo",
                                         "balanced_accuracy")],
        *[("regression_pipeline", m) for m in ("neg_mean_absolute_error", "neg_root_mean_squared_error", "r2", "neg_max_error",
                                               "neg_median_absolute_error", "explained_variance")],
        *[("linear_svc", m) for m in ("roc_auc", "average_precision", "accuracy", "jaccard")],
        *[("search_cv", m) for m in ("roc_auc", "neg_log_loss")],
        *[("bool_target", m) for m in ("roc_auc", "f1")],
    ],
)  # fmt: skip
def test_our_metric_equals_scikit_learns_scorer_on_the_users_estimator(maker: str, metric: str) -> None:
    from sklearn.metrics import get_scorer_names

    if metric not in get_scorer_names():
        pytest.skip(f"this scikit-learn has no {metric}")
    awkward = AWKWARD[maker]()
    theirs = _by_scikit_learn(awkward, metric, awkward.arguments["target"])
    ours = _score(awkward.arguments, metric)
    assert_allclose(abs(ours), abs(theirs), rtol=1e-9)


def test_a_scorer_object_is_scored_as_scikit_learn_does() -> None:
    from sklearn.metrics import fbeta_score, make_scorer, mean_pinball_loss, roc_auc_score

    two, numbers, svc, three = plain(), regression_pipeline(), linear_svc(), three_classes()
    either = ("decision_function", "predict_proba")
    for awkward, scorer in (
        (two, make_scorer(fbeta_score, beta=2)),
        (two, make_scorer(roc_auc_score, response_method="predict_proba")),
        (svc, make_scorer(roc_auc_score, response_method=either)),
        (three, make_scorer(roc_auc_score, response_method="predict_proba", multi_class="ovr")),
        (numbers, make_scorer(mean_pinball_loss, alpha=0.9, greater_is_better=False)),
    ):
        theirs = _by_scikit_learn(awkward, scorer, awkward.arguments["target"])
        assert_allclose(_score(awkward.arguments, scorer), abs(theirs), rtol=1e-9)
    study = load_study(**{**two.arguments, "metric": make_scorer(fbeta_score, beta=2)})
    assert study.metric.name == "fbeta_score"


def test_a_function_gets_labels_scores_or_probabilities_by_the_name_of_its_argument() -> None:
    seen: dict[str, Any] = {}

    def share_right(y_true: Any, y_pred: Any) -> float:
        seen["labels"] = (set(y_true), set(y_pred))
        return float((y_true == y_pred).mean())

    def spread(y_true: Any, y_proba: Any) -> float:
        seen["proba"] = y_proba
        return float(np.ptp(y_proba))

    def total_loss(y_true: Any, y_pred: Any) -> float:
        return float(np.abs(y_true - y_pred).sum())

    awkward = three_classes()
    assert_allclose(_score(awkward.arguments, (share_right, "higher")), _score(awkward.arguments, "accuracy"))
    assert seen["labels"] == ({"amber", "green", "red"}, {"amber", "green", "red"})
    assert 0 < _score(plain().arguments, (spread, "higher")) < 1
    assert load_study(**plain().arguments, metric=total_loss).metric.greater_is_better is False

    def by_scorer(estimator: Any, X: Any, y: Any) -> float:
        return float((estimator.predict_proba(X)[:, 1] * y).mean())

    test = plain().arguments["test"]
    expected = (plain().estimator.predict_proba(test[["a", "b"]])[:, 1] * test["y"]).mean()
    assert_allclose(_score(plain().arguments, by_scorer), expected)


def test_functions_of_scikit_learn_are_the_built_ins() -> None:
    from sklearn.metrics import brier_score_loss, log_loss, mean_absolute_error, roc_auc_score, zero_one_loss

    arguments = plain().arguments
    for function, name in ((roc_auc_score, "roc_auc"), (log_loss, "log_loss"), (brier_score_loss, "brier")):
        assert load_study(**arguments, metric=function).metric is METRICS[name]
    assert load_study(**regression_pipeline().arguments, metric=mean_absolute_error).metric is METRICS["mae"]
    assert load_study(**arguments, metric=METRICS["gini"]).metric is METRICS["gini"]
    assert_allclose(_score(arguments, zero_one_loss), 1 - _score(arguments, "accuracy"))


def test_a_metric_that_fails_is_a_model_error_and_one_without_a_value_is_undefined() -> None:
    def wrong(y_true: Any, y_pred: Any) -> float:
        raise KeyError("oops")

    def ratio(y_true: Any, y_pred: Any) -> float:
        return 1 / int(y_true.sum() - y_true.sum())

    def looks_at_columns(estimator: Any, X: Any, y: Any) -> float:
        return float(X["a"].mean())

    with pytest.raises(ModelError, match="KeyError") as caught:
        load_study(**plain().arguments, metric=(wrong, "lower"))
    assert "oops" not in caught.value.claim
    with pytest.raises((ModelError, InputError), match="ratio"):
        _score(plain().arguments, (ratio, "lower"))
    with pytest.raises(ModelError, match="can't look at columns"):
        _score(plain().arguments, looks_at_columns)
    study = load_study(**plain().arguments, metric=(ratio, "lower is better"))
    y = np.array([0.0, 1.0])
    assert np.isnan(study.metric.draws(y, y, np.ones((1, 2)))).all()
    with pytest.raises(UnknownNameError):
        _score(plain().arguments, "no such metric")
    with pytest.raises(ModelError, match="metric='max' raised ValueError on a trial"):
        load_study(**plain().arguments, metric=(max, "higher"))


def test_a_metric_that_needs_what_the_model_lacks_says_what_is_missing() -> None:
    for awkward, metric in ((logged_predictions(), "roc_auc"), (linear_svc(), "log_loss")):
        with pytest.raises(MissingInputError, match="for metric="):
            load_study(**awkward.arguments, metric=metric)
    assert load_study(**logged_predictions().arguments).metric.name == "accuracy"


# ---- positive class and order of classes


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_the_positive_label_turns_scores_around_in_every_kind_of_model(positive: str) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    frame = plain(300).arguments["test"].assign(y=lambda f: np.where(f["y"] == 1, "yes", "no"))
    x = frame[["a", "b"]]
    logistic, svc = LogisticRegression().fit(x, frame["y"]), LinearSVC().fit(x, frame["y"])
    both = pd.DataFrame(logistic.predict_proba(x), columns=["p_no", "p_yes"])
    common: dict[str, Any] = {"test": pd.concat([frame, both], axis=1), "target": "y", "positive": positive}
    features: dict[str, Any] = {"features": ["a", "b"]}
    truth = (frame["y"] == positive).to_numpy()
    several: tuple[dict[str, Any], ...] = (
        {"model": logistic}, {"model": svc}, {"predict_proba": logistic.predict_proba, **features},
        {"model": logistic.predict_proba, **features}, {"scores": ["p_no", "p_yes"]},
        {"predict_proba": lambda f: logistic.predict_proba(f)[:, int(positive == "yes")], **features},
    )  # fmt: skip
    for arguments in several:
        study = load_study(**common, **arguments)
        scores = study.model.scores(study.need("test"))
        assert np.array_equal(study.labels(study.need("test")), truth)
        judge: Any = svc if arguments.get("model") is svc else logistic
        expected = judge.predict(x) == positive
        assert np.array_equal(scores > (0 if arguments.get("model") is svc else 0.5), expected)
        assert np.array_equal(study.model.predictions(study.need("test")), expected)


def test_a_decision_threshold_moves_the_predictions_of_models_functions_and_logged_scores() -> None:
    base = plain()
    score = base.estimator.predict_proba(base.arguments["test"][["a", "b"]])[:, 1]
    expected = (score >= 0.8).astype(float)
    test = base.arguments["test"].assign(s=score)
    for arguments in ({"model": base.estimator}, {"predict_proba": base.estimator.predict_proba, "features": ["a", "b"]},
                      {"scores": "s"}):  # fmt: skip
        study = load_study(test=test, target="y", decision_threshold=0.8, **arguments)
        assert np.array_equal(study.model.predictions(study.need("test")), expected)


def test_several_classes_by_decision_function_keep_their_columns() -> None:
    from sklearn.metrics import roc_auc_score
    from sklearn.svm import LinearSVC

    arguments = three_classes().arguments
    x = ["p", "q", "r"]
    svc = LinearSVC().fit(arguments["reference"][x], arguments["reference"]["light"])
    study = load_study(**{**arguments, "model": svc, "metric": "roc_auc"})
    assert np.array_equal(study.model.scores(study.need("test")), svc.decision_function(arguments["test"][x]))
    proper = np.exp(svc.decision_function(arguments["test"][x]))
    mean = np.mean([roc_auc_score(arguments["test"]["light"] == c, proper[:, i]) for i, c in enumerate(svc.classes_)])
    ours = np.mean([roc_auc_score(study.labels(study.need("test")) == i, study.model.scores(study.need("test"))[:, i])
                    for i in range(3)])  # fmt: skip
    assert_allclose(ours, mean)
    assert study.measure(study.need("test")).score > 0.7


def test_logged_probabilities_of_several_classes_give_predictions_and_scores() -> None:
    awkward = three_classes()
    test = awkward.arguments["test"]
    shares = pd.DataFrame(awkward.estimator.predict_proba(test[["p", "q", "r"]]), columns=["u", "v", "w"])
    study = load_study(test=pd.concat([test, shares], axis=1), target="light", scores=["u", "v", "w"])
    assert_allclose(study.measure(study.need("test")).score, _score(awkward.arguments, "accuracy"))
    assert study.model.can == {"scores", "probabilities", "predict"}
    gaps = pd.concat([test, shares.assign(v=lambda f: f["v"].where(f.index > 9))], axis=1)
    study = load_study(test=gaps, target="light", scores=["u", "v", "w"])
    assert study.measure(study.need("test")).n == len(test) - 10


def test_a_class_that_a_refit_did_not_meet_gets_probability_zero() -> None:
    study = three_classes().study
    table = study.need("reference")
    without = table.take(np.flatnonzero(table["light"] != "red"))
    refitted = study.model.refit(without)
    shares = refitted.probabilities(study.need("test"))
    assert shares.shape == (study.need("test").rows, 3)
    assert (shares[:, study.outcome.classes.index("red")] == 0).all()
    assert_allclose(shares.sum(axis=1), 1)


def test_a_refit_leaves_the_users_model_as_it_was_and_needs_an_estimator() -> None:
    awkward = plain()
    before = awkward.estimator.coef_.copy()
    study = awkward.study
    refitted = study.model.refit(study.need("test"))
    assert refitted is not study.model
    assert np.array_equal(awkward.estimator.coef_, before)
    assert not np.array_equal(refitted.model.coef_, before)  # type: ignore[attr-defined]
    for other in (late_labels().study, AWKWARD["callable_only"]().study):
        with pytest.raises(MissingInputError, match="refitted"):
            other.model.refit(other.need("test"))


def test_a_refit_on_true_false_and_missing_labels_works() -> None:
    study = bool_target().study
    refitted = study.model.refit(study.need("production"))
    assert study.measure(study.need("test"), model=refitted).score > 0.6


def test_answers_are_cached_read_only_and_forgotten_with_their_table() -> None:
    calls = []

    def counted(frame: pd.DataFrame) -> Any:
        calls.append(len(frame))
        return (frame["a"] > 0).astype(int)

    arguments = plain().arguments
    study = load_study(predict=counted, test=arguments["test"], target="y", features=["a"])
    table = study.need("test")
    first = study.model.predictions(table)
    assert study.model.predictions(table) is first
    assert calls == [100]
    assert not first.flags.writeable
    study.model.predictions(table.take(np.arange(5)))
    assert len(study.model._cache) == 1


# ---- models that misbehave


class _Fake:
    """A model of scikit-learn's look that answers what it is told to."""

    n_features_in_ = 2
    classes_ = np.array([0, 1])

    def __init__(self, answer: Any, method: str = "predict_proba") -> None:
        setattr(self, method, lambda x: answer(len(x)))
        if method != "predict":
            self.predict = lambda x: np.zeros(len(x), dtype=int)


@pytest.mark.parametrize(
    ("method", "answer", "message"),
    [
        ("predict_proba", lambda n: np.full((n + 1, 2), 0.5), "answers for the 100 rows"),
        ("predict_proba", lambda n: np.full((n, 3), 0.5), "one column for each"),
        ("predict_proba", lambda n: [["a", "b"]] * n, "ValueError"),
        ("predict_proba", lambda n: [[1], [1, 2]] * n, "ValueError"),
        ("decision_function", lambda n: np.zeros((n, 2)), "shape"),
        ("predict", lambda n: np.zeros((n, 2)), "shape"),
        ("predict", lambda n: 1, "shape"),
        ("predict", lambda n: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_answers_of_another_shape_or_kind_are_model_errors(method: str, answer: Any, message: str) -> None:
    arguments = plain().arguments
    study = load_study(model=_Fake(answer, method), test=arguments["test"], target="y", features=["a", "b"])
    with pytest.raises(ModelError, match=message):
        study.measure(study.need("test"))


def test_predicted_labels_that_are_no_class_are_refused() -> None:
    arguments = logged_predictions().arguments
    arguments["test"] = arguments["test"].assign(said="maybe")
    with pytest.raises(TableError, match="maybe"):
        load_study(**arguments)


def test_a_model_of_several_targets_is_refused() -> None:
    fake = _Fake(np.zeros)
    fake.classes_ = [np.array([0, 1]), np.array([0, 1, 2])]  # type: ignore[assignment]
    with pytest.raises(InputError, match="2 targets"):
        load_study(model=fake, test=plain().arguments["test"], target="y")


def test_a_model_without_scikit_learns_tags_is_taken_by_its_methods() -> None:
    class Own:
        _estimator_type = "regressor"

        def fit(self, x: Any, y: Any) -> "Own":
            return self

        def predict(self, x: Any) -> Any:
            return x["a"].to_numpy()

    study = load_study(model=Own(), test=plain().arguments["test"], target="y", features=["a"])
    assert study.task == "regression"
    assert study.model.can == {"predict"}


def test_a_function_is_asked_once_whether_it_gives_probabilities() -> None:
    base = plain()
    common: dict[str, Any] = {"test": base.arguments["test"], "target": "y", "features": ["a", "b"]}
    assert "probabilities" in load_study(model=base.estimator.predict_proba, **common).model.can
    assert "probabilities" in load_study(model=lambda f: 1 / (1 + np.exp(-f["a"])), **common).model.can
    assert load_study(model=base.estimator.predict, **common).model.can == {"predict"}
    both = load_study(predict=base.estimator.predict, predict_proba=base.estimator.predict_proba, **common)
    assert both.model.can == {"predict", "probabilities", "scores"}
    by_share = load_study(model=lambda f: 1 / (1 + np.exp(-f["a"])), metric="accuracy", **common)
    assert by_share.measure(by_share.need("test")).score > 0.6
    numbers = load_study(model=lambda f: f["a"], task="regression", **common)
    assert numbers.model.can == {"predict"}


def test_a_challenger_is_measured_on_the_same_rows() -> None:
    base = plain()
    study = load_study(**base.arguments, challenger=lambda f: 1 / (1 + np.exp(-f["b"])))
    table = study.need("test")
    assert study.challenger is not None
    assert study.measure(table, model=study.challenger).score < study.measure(table).score
    with pytest.raises(InputError, match="challenger="):
        load_study(**base.arguments, challenger=3)


def test_a_predictor_that_promises_what_it_lacks_is_a_bug() -> None:
    class Empty(Predictor):
        can = frozenset({"predict", "scores", "probabilities", "refit"})

    study = plain().study
    empty, table = Empty(outcome=study.outcome, name="empty", features=()), study.need("test")
    for ask in (empty.predictions, empty.scores, empty.probabilities, empty.refit):
        with pytest.raises(NotImplementedError):
            ask(table)
    with pytest.raises(NotImplementedError):
        Predictor(outcome=study.outcome, name="bare", features=()).can  # noqa: B018


def test_repeated_answers_are_a_fitted_estimator_for_scikit_learn() -> None:
    from sklearn.utils.validation import check_is_fitted

    answers = answers_for("predictions")(plain().study.outcome, np.array([1.0, 0.0]))
    check_is_fitted(answers)
    assert answers.fit(None) is answers
    assert answers.predict(np.array([[1], [0]])).tolist() == [0, 1]


# ---- values, weights, units


def test_values_add_up_by_outcome_column_matrix_and_decision() -> None:
    rows = pd.DataFrame({"y": [0, 0, 1, 1, None], "said": [0, 1, 0, 1, 1], "gain": [5.0, 6, 7, 8, 9],
                         "did": [1, 1, 1, 1, 1]})  # fmt: skip
    common: dict[str, Any] = {"predictions": "said", "test": rows, "target": "y"}
    for values, expected in (
        ({"true_positive": 10, "false_positive": "gain"}, [0, 6, 0, 10]),
        ([[1, 2], [3, 4]], [1, 2, 3, 4]),
        (np.array([[1, 2], [3, 4]]), [1, 2, 3, 4]),
        ("gain", [0, 6, 0, 8]),
    ):
        study = load_study(**common, values=values)
        assert study.row_values(study.need("test"))[:4].tolist() == expected
        assert np.isnan(study.row_values(study.need("test"))[4])
    study = load_study(**common, values=[[1, 2], [3, 4]], decision="did")
    assert study.row_values(study.need("test"))[:4].tolist() == [2, 2, 4, 4]
    with pytest.raises(InputError, match="two classes"):
        load_study(predictions="gain", test=rows, target="said", task="regression", values="gain")
    with pytest.raises(UnknownNameError, match="values"):
        load_study(**common, production=rows.drop(columns="gain"), values="gain")


def test_weights_count_in_the_metric_and_must_be_usable() -> None:
    base = plain()
    test = base.arguments["test"].assign(w=lambda f: np.where(f["a"] > 0, 2.0, 0.0))
    study = load_study(model=base.estimator, test=test, target="y", weights="w", metric="accuracy")
    heavy = test[test["w"] > 0]
    assert_allclose(study.measure(study.need("test")).score, base.estimator.score(heavy[["a", "b"]], heavy["y"]))
    for bad in (-1.0, np.nan, np.inf, 0.0):
        with pytest.raises(InputError, match="weights="):
            load_study(model=base.estimator, test=test.assign(w=bad), target="y", weights="w")


def test_the_unit_is_the_entity_else_the_day_else_the_row() -> None:
    frame = plain(400).arguments["test"].assign(who=np.arange(100) // 5, s=0.5)
    frame["at"] = pd.date_range("2024-01-01", periods=100, freq="7h")
    common: dict[str, Any] = {"scores": "s", "test": frame, "target": "y"}
    wanted: dict[str, dict[str, Any]] = {
        "row": {}, "entity": {"entity": "who", "time": "at"}, "day": {"time": "at"}, "told": {"time": "at", "unit": "row"},
    }  # fmt: skip
    by = {name: load_study(**common, **more) for name, more in wanted.items()}
    assert [study.unit_name for study in by.values()] == ["row", "entity (who)", "time block (day)", "row"]
    counts = [len(np.unique(study.units(study.need("test")))) for study in by.values()]
    assert counts == [100, 20, 29, 100]
    short = load_study(
        **{**common, "test": frame.assign(at=pd.date_range("2024-01-01", periods=100, freq="15min"))}, time="at"
    )
    assert short.unit_name == "time block (hour)"


def test_a_refit_of_an_unseeded_model_gives_the_same_twice() -> None:
    from sklearn.ensemble import RandomForestClassifier

    study = plain(model=RandomForestClassifier(5)).study
    first, second = (study.model.refit(study.need("reference")).scores(study.need("test")) for _ in range(2))
    assert np.array_equal(first, second)
    assert isinstance(study.model, EstimatorPredictor)
    assert study.model.model.random_state is None


def test_unknown_classes_and_numbers_that_are_not_finite_are_model_errors_that_quote_no_cell() -> None:
    arguments = plain().arguments
    strange = _Fake(lambda n: np.where(np.arange(n) < n - 1, 1, 70707), "predict")
    study = load_study(model=strange, test=arguments["test"], target="y", features=["a", "b"], metric="accuracy")
    with pytest.raises(ModelError, match="predictions on test aren't all among the 2 classes of 'y'") as caught:
        study.measure(study.need("test"))
    assert "70707" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert study.fingerprint
    for wrong in (np.inf, np.nan):
        wild = load_study(
            predict=partial(lambda number, frame: np.full(len(frame), number), wrong), target="a", test=arguments["test"],
            features=["b"], task="regression",
        )  # fmt: skip
        with pytest.raises(ModelError, match="predictions on test aren't all finite numbers"):
            wild.measure(wild.need("test"))


def test_a_table_that_lacks_a_feature_is_a_table_error_and_not_the_models() -> None:
    study = plain().study
    test = study.need("test")
    bare = test.replace(test.pandas().drop(columns="a"))
    for asked in (study.model.predictions, study.model.refit):
        with pytest.raises(TableError, match="which test lacks"):
            asked(bare)


def test_a_metric_of_ones_own_takes_fractional_weights_as_sample_weight_or_is_refused() -> None:
    from sklearn.metrics import accuracy_score, get_scorer, make_scorer

    base = plain()
    test = base.arguments["test"].assign(w=lambda f: np.where(f["a"] > 0, 0.5, 1.75))

    def share(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        return float(np.average(y_true == y_pred, weights=sample_weight))

    expected = accuracy_score(test["y"], base.estimator.predict(test[["a", "b"]]), sample_weight=test["w"])
    common: dict[str, Any] = {"model": base.estimator, "test": test, "target": "y", "weights": "w"}
    for metric in ((share, "higher"), get_scorer("accuracy"), make_scorer(share)):
        study = load_study(**common, metric=metric)
        assert_allclose(study.measure(study.need("test")).score, expected)
    for metric in ((lambda y_true, y_pred: 0.5, "lower"), lambda estimator, X, y: 0.5):
        with pytest.raises(InputError, match="holds fractions, which metric="):
            load_study(**common, metric=metric)
        assert load_study(**{**common, "test": test.assign(w=2.0)}, metric=metric).metric.whole_weights
