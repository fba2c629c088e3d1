"""Asking: which rows, which background, which scale; what comes back, twice the same; what is refused and in which words."""

import re
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import (
    InputError,
    MissingInputError,
    MlopsWidgetsError,
    ModelError,
    UnknownNameError,
    WrongTypeError,
)
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.sample import explain_sample
from mlops_widgets.explainability.attribution.standing import StandingExplainer
from tests.awkward import AWKWARD, study_of
from tests.explainability.attribution.brute_force import brute_force

explain, explain_function = mw.explainability.explain, mw.explainability.explain_function


def shap(study: mw.Study, rows: object = 0, **options: object) -> Explanation:
    found = explain(study, rows, method="shap", background=8, **options)  # type: ignore[arg-type]
    assert isinstance(found, Explanation), str(found)
    return found


@cache
def plain() -> mw.Study:
    return study_of("plain")


@cache
def network() -> mw.Study:
    """Return a study whose model can only be asked, of ten columns with interactions."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 10)), columns=list("abcdefghij"))

    def predict(rows: pd.DataFrame) -> "pd.Series[float]":
        return pd.Series(rows["a"] * rows["b"] * rows["c"] + np.tanh(rows.sum(axis=1)) + rows["d"])

    return mw.load_study(
        predict=predict,
        reference=frame[:40],
        test=frame[40:].assign(y=frame["a"]),
        target="y",
        features=list("abcdefghij"),
    )


@pytest.mark.parametrize("name", AWKWARD)
def test_every_awkward_study_is_explained_or_says_what_it_lacks(name: str) -> None:
    found = explain(study_of(name), [0, 1], samples=100, background=8)
    if isinstance(found, NoResult):
        assert name in {"logged_predictions", "late_labels"}
        assert found.missing == "model that can be asked"
        return
    assert found.status == "passed", str(found)
    whole = found.base + found.values.sum(axis=1)
    np.testing.assert_allclose(whole, found.prediction, atol=1e-9)
    assert found.lime is not None
    assert found.lime.scale == found.scale
    assert Result.from_dict(found.to_dict()).to_dict() == found.to_dict()


def test_the_same_seed_gives_the_same_answer_twice_in_one_process() -> None:
    study = network()
    one, other = (explain(study, [2], samples=100, background=10, pairs=2, seed=4) for _ in range(2))
    assert one.to_dict() == other.to_dict()
    another = explain(study, [2], samples=100, background=10, pairs=2, seed=5)
    assert another.to_dict() != one.to_dict()


def test_a_row_is_the_same_by_position_as_frame_and_as_mapping() -> None:
    test = plain().need("test").pandas()
    by_position = shap(plain(), 5).values
    turned = test.iloc[[5]].assign(more=1)[["more", "b", "y", "a"]]
    for way in (turned, test.iloc[5].to_dict(), test.iloc[5], -(len(test) - 5)):
        np.testing.assert_allclose(shap(plain(), way).values, by_position, atol=1e-12)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (100, "Positions in test go from 0 to 99"),
        ([0, 0.5], "rows= holds 0.5"),
        ("first", "Pass a row's position"),
        ([], "Pass a row's position"),
        ({"a": 1.0}, "rows= lacks b"),
        ({"a": 1.0, "b": "many"}, "no number in 'b'"),
        (pd.DataFrame({"a": [], "b": []}), "has no rows"),
    ],
)
def test_rows_that_can_not_be_used_are_refused(rows: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        shap(plain(), rows)


def test_options_that_can_not_be_used_are_refused() -> None:
    for words, options in {
        "Allowed: both, shap": {"method": "shapley"},
        "Did you mean 'log-odds'": {"output": "logodds"},
        "its probabilities": {"output": "score"},
        "Pass one of them": {"pairs": 3, "budget_seconds": 1.0},
        "pairs=1. Pass 2 or more": {"pairs": 1},
        "above 0": {"budget_seconds": 0},
        "background=0": {"background": 0},
        "names aa": {"groups": {"both": ["aa", "b"]}},
        "another column's name": {"groups": {"a": ["b"]}},
        "no list of columns": {"groups": {"both": "ab"}},
        "a column twice": {"groups": {"one": ["a"], "two": ["a"]}},
    }.items():
        with pytest.raises(InputError, match=words):
            explain(plain(), 0, **options)  # type: ignore[arg-type]


def test_a_table_that_there_isnt_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown table='tests'\. Tables: reference, test"):
        explain(plain(), 0, table="tests")


def test_a_group_of_columns_is_one_player() -> None:
    study = study_of("three_classes")
    found = shap(study, 0, groups={"both": ["p", "r"]})
    assert found.columns == ("both", "q")
    assert found.cells[0][0].count(", ") == 1
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.prediction, atol=1e-9)


def test_a_background_of_ones_own_is_the_baseline() -> None:
    mine = plain().need("reference").pandas().head(3)
    found = explain(plain(), 0, method="shap", background=mine, output="probability")
    assert isinstance(found, Explanation)
    answers = plain().model.model.predict_proba(mine[["a", "b"]])[:, 1]  # type: ignore[attr-defined]
    assert found.base[0, 0] == pytest.approx(answers.mean())
    assert "3 rows that were given" in found.baseline_text


def test_scales_are_what_they_are_called() -> None:
    log_odds, probability = shap(plain(), 0, output="log-odds"), shap(plain(), 0, output="probability")
    assert log_odds.prediction[0, 0] == pytest.approx(np.log(p := probability.prediction[0, 0]) - np.log1p(-p))
    assert shap(study_of("linear_svc")).scale == "score"
    decided = shap(study_of("callable_only"))
    assert decided.scale == "decision"
    assert set(decided.prediction.ravel()) <= {0, 1}
    assert shap(study_of("regression_pipeline")).scale == "price"
    with pytest.raises(InputError, match="predicts numbers"):
        shap(study_of("regression_pipeline"), output="probability")


def test_decisions_among_three_classes_are_shares_of_each_class() -> None:
    from mlops_widgets.study.loading import load_study

    study = study_of("three_classes")
    model = study.model.model  # type: ignore[attr-defined]
    labels = load_study(
        predict=model.predict, features=["p", "q", "r"], target="light", test=study.need("test").pandas(), task="multiclass"
    )  # fmt: skip
    found = shap(labels, [0, 1])
    assert found.prediction.shape == (2, 3)
    assert found.prediction.sum(axis=1).tolist() == [1, 1]


def test_missing_cells_new_words_and_whole_numbers_keep_their_types() -> None:
    study = study_of("regression_pipeline")
    row = {"sold_on": "2024-05-01", "town": "Tromsø", "size": 80}
    found = shap(study, row)
    assert found.cells[0] == ("2024-05-01", "Tromsø", "80")
    seen = study_of("categories_with_gaps")
    for colour in (None, "blue", "violet"):
        assert np.isfinite(shap(seen, {"colour": colour, "n": None}).values).all()
    with pytest.raises(InputError, match="no date in 'sold_on'"):
        shap(study, {**row, "sold_on": "yesterday evening"})


def test_integers_and_truth_values_reach_the_function_as_such() -> None:
    seen: set[str] = set()

    def predict(rows: pd.DataFrame) -> "pd.Series[float]":
        seen.update(str(kind) for kind in rows.dtypes)
        return rows["n"] * rows["yes"]

    background = pd.DataFrame({"n": [1, 2, 3], "yes": [True, False, True]})
    explain_function(predict, background, {"n": 4.0, "yes": 1}, method="shap")
    assert seen == {"int64", "bool"}


# --- the definition, on functions -------------------------------------------------------------------------------------

FUNCTIONS = {
    "product": lambda x: x["a"] * x["b"] * x["c"],
    "exclusive or": lambda x: ((x["a"] > 0) ^ (x["b"] > 0)) * 1.0,
    "tree with an unused column": lambda x: np.where(x["a"] > 0, np.where(x["b"] > 0, 3.0, 1.0), -1.0),
    "a column twice": lambda x: np.tanh(x["a"] + x["a_again"]),
    "words": lambda x: x["word"].map({"x": 1.0, "y": 5.0}) * x["a"],
    "logistic": lambda x: 1 / (1 + np.exp(-x["a"] - 2 * x["b"])),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_equal_the_definition(name: str) -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(12, 3)), columns=list("abc"))
    data = data.assign(a_again=data["a"], word=rng.choice(["x", "y"], 12))
    found = explain_function(FUNCTIONS[name], data[:10], data[10:], method="shap")
    for row in range(2):
        truth = brute_force(FUNCTIONS[name], data.iloc[[10 + row]], data[:10])
        np.testing.assert_allclose(found.values[row], truth, atol=1e-12)


numbers = st.lists(st.floats(-5, 5, width=32), min_size=5, max_size=5)


@settings(max_examples=5, deadline=None)
@given(numbers, numbers, st.permutations(["u", "v", "w"]))
def test_names_and_order_of_columns_do_not_matter_and_an_unused_column_gets_nothing(
    one: list[float], other: list[float], order: list[str]
) -> None:
    data = pd.DataFrame({"u": one, "v": other, "w": 1.0})
    found = explain_function(lambda x: x["u"] * np.abs(x["v"]), data[1:], data[:1], method="shap").to_frame()
    turned = data[order].rename(columns=str.upper)
    again = explain_function(lambda x: x["U"] * np.abs(x["V"]), turned[1:], turned[:1], method="shap").to_frame()
    np.testing.assert_allclose(again[["U", "V", "W"]], found[["u", "v", "w"]], atol=1e-9)
    assert found["w"].iloc[0] == 0


@settings(max_examples=5, deadline=None)
@given(numbers)
def test_columns_that_act_alike_get_the_same_and_sums_of_functions_sums_of_values(cells: list[float]) -> None:
    data = pd.DataFrame({"u": cells, "v": cells})
    both, alone, product = (
        explain_function(f, data[1:], data[:1], method="shap").values[0, :, 0]
        for f in (lambda x: x["u"] * x["v"] + x["u"], lambda x: x["u"] * 1.0, lambda x: x["u"] * x["v"])
    )
    np.testing.assert_allclose(both, alone + product, atol=1e-9)
    assert product[0] == pytest.approx(product[1])


def test_arrays_go_to_the_function_as_arrays() -> None:
    background = np.arange(12.0).reshape(4, 3)
    found = explain_function(
        lambda x: np.column_stack([x[:, 0], x @ [1, 2, 3]]), background, background[:2] + 1, method="shap"
    )
    assert found.columns == ("x0", "x1", "x2")
    assert found.values.shape == (2, 3, 2)
    np.testing.assert_allclose(found.values[:, :, 1].sum(axis=1) + found.base[:, 1], (background[:2] + 1) @ [1, 2, 3])


def test_a_model_in_place_of_its_function_is_refused_in_words() -> None:
    with pytest.raises(
        WrongTypeError, match=r"predict= is LinearRegression, which can't be called.*such as model\.predict"
    ):
        explain_function(LinearRegression(), np.eye(2), np.eye(2))


def test_a_predicted_number_is_told_as_a_prediction() -> None:
    table = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "price": [0.0, 2.0, 4.0, 6.0]})
    study = mw.load_study(model=LinearRegression().fit(table[["x"]], table["price"]), test=table, target="price")
    assert "the model's prediction of price is 6" in explain(study, 3, method="shap").headline


def test_a_function_may_write_into_what_it_is_given() -> None:
    def writes(frame: pd.DataFrame) -> "pd.Series[float]":
        frame["new"] = frame["a"] * 2
        frame["b"] = frame["b"] + 1
        return frame["new"] * frame["b"]

    def writes_array(array: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> object:
        array[:, 1] += 1
        return 2 * array[:, 0] * array[:, 1]

    data = pd.DataFrame(np.random.default_rng(0).normal(size=(8, 2)), columns=["a", "b"])
    truth = explain_function(lambda x: 2 * x["a"] * (x["b"] + 1), data[:6], data[6:], method="shap").values
    found = explain_function(writes, data[:6], data[6:], samples=50)
    np.testing.assert_allclose(found.values, truth)
    assert list(data.columns) == ["a", "b"]
    array = data.to_numpy()
    np.testing.assert_allclose(explain_function(writes_array, array[:6], array[6:], method="shap").values, truth)


@pytest.mark.parametrize(
    ("predict", "words"),
    [
        (lambda x: x["a"].to_numpy()[:-1], r"shape \(\d+,\) for"),
        (lambda x: 1.0, r"shape \(\)"),
        (lambda x: ["yes"] * len(x), "numbers are needed"),
        (lambda x: x["nothing"], "raised KeyError"),
        (lambda x: x["a"] * np.nan, "aren't finite"),
        (lambda x: np.zeros((len(x), 2, 2)), "one number a row"),
    ],
)  # fmt: skip
def test_a_function_that_does_not_answer_is_told_so(predict: object, words: str) -> None:
    data = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0]})
    with pytest.raises(ModelError, match=words):
        explain_function(predict, data, data[:1])  # type: ignore[arg-type]


def test_data_that_do_not_fit_are_refused() -> None:
    data = pd.DataFrame({"a": [1.0, 2.0]})
    for background, rows in ((np.zeros(3), [1.0]), (data[:0], data), (data, [1.0, 2.0]), (data, {"b": 1})):
        with pytest.raises(MlopsWidgetsError):
            explain_function(lambda x: x["a"], background, rows)  # type: ignore[arg-type]


def test_lime_alone_and_why_there_may_be_none() -> None:
    found = explain(plain(), 0, method="lime", samples=100)
    assert isinstance(found, Explanation)
    assert (found.engine, found.fit is not None) == ("lime", True)
    gaps = explain(study_of("categories_with_gaps"), 0, method="lime-library", samples=100)
    assert gaps.findings[0].status == "not_applicable"
    assert "missing cells" in gaps.findings[0].action
    with pytest.raises(MissingInputError):
        explain_function(lambda x: x["a"] * np.nan, pd.DataFrame({"a": [1.0, 2.0]}), {"a": 1.0}, method="lime")


# --- standing ready, and samples --------------------------------------------------------------------------------------


def test_refining_narrows_the_intervals_and_ends_where_asking_for_all_pairs_at_once_may() -> None:
    ready = StandingExplainer(network(), background=10, lime=False)
    row = network().need("test").pandas().head(1)
    stages = list(ready.refine(row, steps=(2, 8, 32)))
    assert [stage.pairs for stage in stages] == [2, 8, 32]
    widths = [float((stage.interval()[1] - stage.interval()[0]).mean()) for stage in stages]
    assert widths == sorted(widths, reverse=True)
    coarse = ready.explain(row, pairs=2)
    np.testing.assert_array_equal(coarse.values, stages[0].values)
    lower, upper = stages[-1].interval(0.999)
    truth = shap_of_network(row)
    assert ((lower[0] <= truth) & (truth <= upper[0])).all()


def shap_of_network(row: pd.DataFrame) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return the exact values by all coalitions."""
    from mlops_widgets.explainability.attribution.study_questions import ask_study
    from mlops_widgets.measures.attribution.shapley import exact

    return exact(ask_study(network(), row, background=10).game(0), 10).values


def test_few_columns_are_refined_to_exact_values() -> None:
    study = study_of("callable_only")
    ready = StandingExplainer(study, background=10, samples=100)
    *_, last = ready.refine(study.need("test").pandas().head(2))
    assert last.exact
    assert last.lime is not None
    np.testing.assert_allclose(last.base + last.values.sum(axis=1), last.prediction)


def test_a_standing_explainer_says_what_explain_says() -> None:
    ready = StandingExplainer(plain(), background=8, lime=False)
    row = plain().need("test").pandas().iloc[[3]]
    np.testing.assert_allclose(ready.explain(row).values, shap(plain(), 3).values, atol=1e-12)
    assert ready.explain(row).status == "passed"
    with pytest.raises(InputError, match="rows= lacks b"):
        ready.explain({"a": 1.0})


def test_a_sample_tells_no_cells() -> None:
    found = explain_sample(plain(), "test", most_rows=15, background_rows=8)
    assert found.values.shape == (15, 2, 1)
    assert found.cells == ()
    assert np.isnan(found.numbers).all()
    assert len(set(found.positions)) == 15
    again = shap(plain(), list(found.positions))
    np.testing.assert_allclose(found.values, again.values, atol=1e-9)
    assert set(found.frame()["cell"]) == {""}


def test_a_sample_keeps_to_its_budget_of_questions() -> None:
    found = explain_sample(network(), "test", most_rows=40, most_evaluations=1, background_rows=30)
    assert len(found.positions) == 20
    assert found.pairs == 2


# --- what is imported -------------------------------------------------------------------------------------------------


def test_nothing_of_shap_lime_or_numba_is_imported_by_an_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("shap", "lime", "numba"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it raises
    assert explain(plain(), 0, samples=100, background=8).lime is not None  # type: ignore[union-attr]
    assert explain_sample(network(), "test", most_rows=2, most_evaluations=1, background_rows=2).pairs == 2
    with pytest.raises(ImportError):
        explain(plain(), 0, method="shap-library", background=8)


def test_no_module_of_the_chapter_imports_shap_lime_numba_or_matplotlib_when_it_is_loaded() -> None:
    root = Path(mw.__file__).parent
    modules = [*(root / "explainability").rglob("*.py"), *(root / "measures" / "attribution").rglob("*.py")]
    at_load = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)  # those in functions and for types alone are indented
    loaded = {name for path in modules for name in at_load.findall(path.read_text())}
    assert {"numpy", "mlops_widgets"} <= loaded
    assert not loaded & {"shap", "lime", "numba", "matplotlib", "anywidget"}


def test_a_sample_of_a_wide_table_takes_a_smaller_background_and_stays_within_the_budget() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 40)), columns=[f"x{k}" for k in range(40)])
    study = mw.load_study(
        predict=lambda rows: np.tanh(rows.to_numpy()).sum(axis=1),
        test=frame.assign(y=frame["x0"]),
        target="y",
        task="regression",
    )
    found = explain_sample(study, "test", most_rows=30, most_evaluations=40_000)
    assert (len(found.row_names), found.background_rows) == (21, 12)
    assert found.evaluations <= 40_000
