"""What loading says about arguments and tables that don't fit each other."""

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, make_scorer, mean_absolute_error, median_absolute_error

from mlops_widgets.errors import InputError, ModelError, TableError, UnknownNameError, did_you_mean
from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.measures.resampling import SLOW_DRAWS, Resampler
from mlops_widgets.report.parameters import table_parameters
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, quoted


def _rows(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    y = (x[:, 0] + rng.normal(size=rows) > 0.4).astype(int)
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y, "n": 20 + 3 * x[:, 0] + rng.normal(size=rows)})


MODEL = LogisticRegression().fit(_rows(seed=9)[["a", "b"]], _rows(seed=9)["y"])
NUMBERS = LinearRegression().fit(_rows(seed=9)[["a", "b"]], _rows(seed=9)["n"])


def _load(**given: Any) -> Study:
    return load_study(**{"model": MODEL, "test": _rows(), "target": "y", **given})


def _notes(**given: Any) -> str:
    return "\n".join(_load(**given).notes)


# ---- metrics: which way


def churn_money(y_true: Any, y_pred: Any) -> float:
    return float(np.abs(y_true - y_pred).sum())


def test_a_function_that_does_not_say_which_way_is_refused_with_both_ways_to_say_it() -> None:
    for silent in (churn_money, lambda y_true, y_pred: 0.5):
        with pytest.raises(
            InputError, match=r"say which way: .*make_scorer\(f, greater_is_better=False\) or metric=\(f, 'low"
        ):
            _load(metric=silent)


@pytest.mark.parametrize(
    ("name", "greater"),
    [
        ("my_score", True), ("hitAccuracy", True), ("expected_gain", True), ("r2", True), ("logloss", False),
        ("pinball_loss", False), ("total_cost", False), ("neg_total_cost", True), ("my_rmse", False), ("MAE", False),
    ],
)  # fmt: skip
def test_the_end_of_a_functions_name_says_which_way(name: str, greater: bool) -> None:
    def metric(y_true: Any, y_pred: Any) -> float:
        return 0.5

    metric.__name__ = name
    assert _load(metric=metric).metric.greater_is_better is greater
    assert f"metric={name!r}: {'higher' if greater else 'lower'} is better" in _notes(metric=metric)


@pytest.mark.parametrize("name", ["brier_score", "loss_score", "f", "value", "overlap"])
def test_a_name_that_says_nothing_or_both_is_refused(name: str) -> None:
    def metric(y_true: Any, y_pred: Any) -> float:
        return 0.5

    metric.__name__ = name
    with pytest.raises(InputError, match="say which way"):
        _load(metric=metric)


def test_a_pair_says_which_way_whatever_the_name() -> None:
    for word, greater in (("lower", False), ("lower is better", False), ("Higher", True), ("greater is better", True)):
        assert _load(metric=(churn_money, word)).metric.greater_is_better is greater
    for wrong in ((churn_money, "up"), (churn_money,), (churn_money, True), ("roc_auc", "lower")):
        with pytest.raises(InputError, match="lower is better"):
            _load(metric=wrong)


def test_a_scorer_of_a_loss_is_shown_with_the_losss_own_sign() -> None:
    study = _load(model=NUMBERS, target="n", metric=make_scorer(median_absolute_error, greater_is_better=False))
    found = study.measure(study.need("test")).score
    theirs = median_absolute_error(_rows()["n"], NUMBERS.predict(_rows()[["a", "b"]]))
    assert_allclose(found, theirs)
    assert (study.metric.greater_is_better, study.metric.label) == (False, "median_absolute_error")
    named = _load(model=NUMBERS, target="n", metric="neg_median_absolute_error")
    assert (named.metric.name, named.metric.greater_is_better) == ("median_absolute_error", False)
    assert_allclose(named.measure(named.need("test")).score, theirs)


def test_a_scorer_that_takes_more_of_a_loss_for_better_is_refused() -> None:
    with pytest.raises(InputError, match=r"make_scorer\(mean_absolute_error, greater_is_better=False\)"):
        _load(model=NUMBERS, target="n", metric=make_scorer(mean_absolute_error))

    def my_cost(estimator: Any, X: Any, y: Any) -> float:
        return 1.0

    with pytest.raises(InputError, match="'my_cost' is a scorer"):
        _load(metric=my_cost)
    assert not _load(metric=(my_cost, "lower")).metric.greater_is_better


# ---- metrics: cost


def test_a_scorer_of_a_known_function_is_the_built_in_only_if_it_gives_the_same() -> None:
    for function, name in ((f1_score, "f1"), (accuracy_score, "accuracy")):
        study = _load(metric=make_scorer(function))
        assert study.metric is METRICS[name]
        said = MODEL.predict(_rows()[["a", "b"]])
        assert_allclose(study.measure(study.need("test")).score, function(_rows()["y"], said))
    loss = make_scorer(mean_absolute_error, greater_is_better=False)
    assert _load(model=NUMBERS, target="n", metric=loss).metric is METRICS["mae"]
    assert _load(metric=make_scorer(f1_score, average="macro")).metric.slow
    assert _load(metric=make_scorer(f1_score), positive=0).metric.slow  # theirs is the F1 of 1 all the same


def test_a_slow_metric_gets_fewer_draws_of_the_same_kind() -> None:
    slow = _load(metric=(churn_money, "lower")).metric
    y = np.array([0.0, 1.0] * 10)
    drawn = Resampler(draws=1000).draws({"it": (slow, y, 1 - y)})["it"]
    assert len(drawn) == SLOW_DRAWS
    fast = METRICS["accuracy"]
    assert len(Resampler(draws=1000).draws({"it": (fast, y, y)})["it"]) == 1000
    assert len(Resampler(draws=50).draws({"it": (slow, y, y)})["it"]) == 50
    assert f"at most {SLOW_DRAWS} bootstrap draws" in _notes(metric=(churn_money, "lower"))


def test_weights_are_handed_on_only_to_a_function_that_means_repeated_rows_by_them() -> None:
    lengths = []

    def honest_score(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        lengths.append(len(y_true))
        return float(np.average(y_true == y_pred, weights=sample_weight))

    def deaf_score(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        return float((y_true == y_pred).mean())

    y, output = np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0])
    weights = np.array([[5.0, 0.0, 1.0]])
    metric = _load(metric=honest_score).metric
    lengths.clear()
    assert_allclose(metric.draws(y, output, weights), 5 / 6)
    assert lengths == [2]
    deaf = _load(metric=deaf_score).metric
    assert deaf.whole_weights
    assert_allclose(deaf.draws(y, output, weights), 5 / 6)


# ---- arguments


def test_a_misspelt_argument_names_the_nearest_and_help_shows_the_true_ones() -> None:
    for wrong, right in (("tset", "test"), ("train", "reference"), ("Target", "target"), ("sample_weight", "weights")):
        with pytest.raises(TypeError, match=f"no argument '{wrong}'. Did you mean '{right}'") as caught:
            load_study(**{wrong: 1})  # type: ignore[arg-type]
        assert isinstance(caught.value, UnknownNameError)
    names = tuple(inspect.signature(load_study).parameters)
    assert names[0] == "model"
    assert "unknown" not in names
    assert "test" in table_parameters()
    for unreachable in ("Values.read", "choose_metric", "default_margin"):
        assert unreachable not in str(load_study.__doc__)


def test_capitals_do_not_hide_the_nearest_name() -> None:
    assert did_you_mean("Y", ["y", "x"]) == " Did you mean 'y'?"
    with pytest.raises(UnknownNameError, match="Did you mean 'y'"):
        _load(target="Y")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"expected": 85}, "expected=85, but ROC AUC is 0 or more and 1 or less"),
        ({"expected": -0.1, "metric": "log_loss"}, "expected=-0.1"),
        ({"decision_threshold": 50}, "decision_threshold=50, but the model gives probabilities"),
        ({"values": {"tp": 1, "true_positive": 2}}, "names an outcome twice"),
        ({"values": {"tpp": 1}}, "Unknown outcome 'tpp'"),
    ],
)
def test_a_number_out_of_range_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=message):
        _load(**wrong)


def test_scores_without_bounds_have_thresholds_without_bounds() -> None:
    from sklearn.svm import LinearSVC

    svc = LinearSVC().fit(_rows()[["a", "b"]], _rows()["y"])
    assert _load(model=svc, decision_threshold=-1.5).decision_threshold == -1.5
    assert _load(expected=0.8).expected == 0.8


def test_short_names_of_outcomes_are_understood() -> None:
    short, long = ({"tp": 5, "FN": -1}, {"true_positive": 5, "false_negative": -1})
    assert str(_load(values=short).values) == str(_load(values=long).values)


def test_overlapping_arguments_are_noted() -> None:
    assert "'a', which is a feature of the model too" in _notes(values="a")
    noted = _notes(test=_rows().assign(p=0.5), scores="p")
    assert "The model is asked; logged answers" in noted


def test_a_positive_class_chosen_by_order_is_noted_and_whole_labels_are_whole() -> None:
    frame = _rows().assign(y=lambda f: np.where(f["y"] == 1, "stayed", "left"), p=0.5)
    logged: dict[str, Any] = {"model": None, "scores": "p", "test": frame}
    assert "Positive is 'stayed', the last of the sorted labels; pass positive= to change." in _notes(**logged)
    assert "Positive is" not in _notes(**logged, positive="stayed") + _notes()
    study = _load(
        test=_rows().astype({"y": float}), model=None, predict_proba=lambda f: np.full(len(f), 0.5), features="a"
    )
    assert "'y' = 1 " in str(study.describe())


def test_one_column_is_not_called_columns() -> None:
    one = LogisticRegression().fit(_rows()[["a"]], _rows()["y"])
    assert "The feature column is the model's own." in _notes(model=one)
    assert "the model's own 2." in _notes()


# ---- tables that contradict each other


def test_rows_shared_by_reference_and_test_are_noted() -> None:
    frame = _rows(1000)
    both = _notes(reference=frame[:800], test=frame[600:])
    assert "test: 200 of 400 rows are also in the reference" in both
    assert "also in the reference" not in _notes(reference=frame[:800], test=frame[800:])
    few = pd.DataFrame({"a": [0.0, 1.0] * 200, "b": 1.0, "y": [0, 1] * 200})
    assert "also in the reference" not in _notes(reference=few, test=few)  # such rows recur by chance
    assert "300 of 300 rows are also" in _notes(reference=_rows(), test=_rows().astype({"y": float}))


def test_a_test_before_the_reference_is_noted() -> None:
    frame = _rows(400).assign(day=pd.date_range("2023-01-01", periods=400))
    assert "test: 100 of 100 rows lie before the reference in 'day'" in _notes(
        reference=frame[100:], test=frame[:100], time="day"
    )
    shuffled = frame.sample(frac=1, random_state=0)
    for reference, test in ((frame[:300], frame[300:]), (shuffled[:300], shuffled[300:])):
        assert "lie before" not in _notes(reference=reference, test=test, time="day")


def test_entities_in_both_tables_are_noted() -> None:
    frame = _rows(400).assign(cust=np.arange(400) // 4)
    shared = _notes(reference=frame[::2], test=frame[1::2], entity="cust")
    assert "test: 100 of 100 'cust' are in the reference too" in shared
    assert "in the reference too" not in _notes(reference=frame[:200], test=frame[200:], entity="cust")


def test_leaks_are_estimated_where_only_a_share_of_the_reference_is_kept() -> None:
    frame = _rows(6000).assign(cust=np.arange(6000) // 4)
    again = frame[:3000].sample(frac=1, random_state=0)
    said: dict[float, list[str]] = {}
    for share in (1.0, 0.5, 0.0):
        test = pd.concat([again[: int(share * 3000)], frame[3000 : int(6000 - share * 3000)]])
        notes = _notes(reference=frame[:3000], test=test, max_rows=600).split("\n")
        said[share] = [note for note in notes if "also in the reference" in note]
    assert not said[0.0]
    for share in (0.5, 1.0):
        (note,) = said[share]
        found = re.fullmatch(
            r"test: an estimated (\d+) of 600 rows are also in the reference.*600 of 3,000 rows were kept.*", note
        )
        assert found, note
        assert abs(int(found[1]) / 600 - share) < 0.15
    one = pd.concat([frame[:1], frame[3000:]])
    assert "also in the reference" not in _notes(reference=frame[:3000], test=one, max_rows=100)


def test_entities_found_in_a_sampled_reference_are_the_least_there_are() -> None:
    frame = _rows(2000).assign(cust=np.arange(2000) // 4)
    notes = _notes(reference=frame[::2], test=frame[1::2], entity="cust", max_rows=500)
    assert re.search(
        r"test: at least \d+ of 250 'cust' are in the reference too, of which 500 of 1,000 rows were kept: it", notes
    )
    assert "at least" not in _notes(reference=frame[::2], test=frame[1::2], entity="cust")


def test_an_unused_column_that_looks_like_an_entity_is_noted() -> None:
    frame = _rows(400).assign(
        cust=np.arange(400) // 10, day=pd.date_range("2024-01-01", periods=40).repeat(10).astype(str)
    )
    assert "Each 'cust' has about 10 rows, and rows count as independent: entity='cust'?" in _notes(test=frame)
    for told in ({"entity": "cust"}, {"ids": "cust"}, {"groups": "cust"}):
        assert "entity='" not in _notes(test=frame, **told)
    aged = frame.drop(columns="cust").assign(age=np.arange(400) // 10, p=0.5)
    assert "entity='" not in _notes(model=None, scores="p", test=aged, features=())


# ---- files


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_separator_is_found_and_said(mark: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    _rows().to_csv(path, sep=mark, index=False)
    study = _load(test=str(path))
    assert f"test: log.csv is read as separated by {word}." in study.notes
    assert study.need("test").columns == ("a", "b", "y", "n")


def test_decimal_commas_beside_semicolons_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    _rows().to_csv(path, sep=";", decimal=",", index=False)
    study = _load(test=path)
    assert_allclose(study.need("test")["a"], _rows()["a"])
    assert any("decimal comma" in note for note in study.notes)


def test_a_file_with_one_column_and_plain_files_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    _rows().to_csv(path, index=False)
    assert not any("separated" in note for note in _load(test=path).notes)
    (tmp_path / "one.csv").write_text("y\n0\n1\n")
    with pytest.raises(TableError, match="which test lacks"):
        _load(test=tmp_path / "one.csv")


# ---- privacy


def test_a_cell_is_quoted_only_if_it_recurs() -> None:
    assert quoted(pd.Series(["unknown"] * 5 + ["Jane Doe"])) == "unknown"
    assert quoted(pd.Series(["Jane Doe", "John Roe"], index=[3, 7])) == "2 cells (str), the first in row 4"


def test_errors_quote_no_rare_cell() -> None:
    secret = "Jane Doe, 1 Main St"
    cells = pd.Series([secret, *["1"] * 299], dtype=object)
    wrong: list[dict[str, Any]] = [
        {"test": _rows().assign(w=cells), "weights": "w"},
        {"test": _rows().assign(w=cells), "values": "w"},
        {"test": _rows().assign(y=_rows()["y"].astype(object).where(cells == "1", secret))},
        {"test": _rows().assign(t=pd.Series([secret, *[None] * 299])), "time": "t"},
        {"test": None, "data": _rows().assign(part=pd.Series([secret, *["test"] * 299])), "split": "part"},
        {"test": _rows().assign(n=cells), "target": "n", "model": NUMBERS},
    ]
    for arguments in wrong:
        with pytest.raises((InputError, ModelError)) as caught:
            _load(**arguments)
        assert "Jane" not in str(caught.value), arguments
        assert "1 cell (str), the first in row 1" in str(caught.value)


def test_late_labels_say_nothing_of_a_table_with_labels_of_its_own() -> None:
    frame = _rows().assign(id=np.arange(300))
    live = frame.assign(id=frame["id"] + 1000)
    arrived = live[["id", "y"]][:100]
    notes = _notes(test=frame, production=live.drop(columns="y"), labels=arrived, ids="id")
    assert "production: 100 of 300 rows got a label" in notes
    assert "test: 0 of 300" not in notes


def test_a_table_keeps_how_it_was_read() -> None:
    table = Table(_rows(), name="test")
    table.reading = "test: so."
    assert table.take(np.array([0])).reading == "test: so."
