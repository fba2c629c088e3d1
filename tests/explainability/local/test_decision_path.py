import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.local.decision_path import DecisionPathResult
from tests.awkward import study_of


@cache
def _frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame({
        "income": rng.normal(40_000, 9_000, n), "late": rng.integers(0, 5, n), "town": rng.choice(list("ABCDE"), n),
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
    })  # fmt: skip
    risk = (
        (frame["income"] < 35_000) * 0.3
        + (frame["late"] >= 2) * 0.3
        + (frame["town"] == "B") * 0.2
        + (frame["when"] > "2024-06-01") * 0.1
    )
    return frame.assign(y=(rng.random(n) < risk).astype(int), amount=risk + rng.normal(0, 0.05, n))


FEATURES = ["income", "late", "town", "when"]


def _days(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(when=(frame["when"] - pd.Timestamp("2024-01-01")).dt.days)


def _pipeline(tree: Any) -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    parts = (
        (StandardScaler(), ["income", "late"]),
        (OneHotEncoder(), ["town"]),
        (FunctionTransformer(_days), ["when"]),
    )
    return make_pipeline(make_column_transformer(*parts), tree)


@cache
def _study(kind: str, target: str = "y") -> mw.Study:
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    trees = {
        "tree": DecisionTreeClassifier(max_depth=4, min_samples_leaf=10, random_state=0),
        "regressor": DecisionTreeRegressor(max_depth=3, random_state=0),
        "stumps": GradientBoostingClassifier(n_estimators=5, max_depth=1, random_state=0),
        "forest": RandomForestClassifier(20, random_state=0),
    }  # fmt: skip
    frame = _frame()[[*FEATURES, target]]
    model = _pipeline(trees[kind]).fit(frame[FEATURES][:400], frame[target][:400])
    return mw.load_study(model=model, reference=frame[:400], test=frame[400:].reset_index(drop=True), target=target)


@cache
def _path(kind: str, row: int = 0, target: str = "y") -> DecisionPathResult:
    result = mw.explainability.read_decision_path(_study(kind, target), row)
    assert isinstance(result, DecisionPathResult)
    return result


@pytest.mark.parametrize("row", range(2))
def test_a_row_is_in_the_box_exactly_if_it_is_in_the_leaf(row: int) -> None:
    model = _study("tree").model.model  # type: ignore[attr-defined]  # an estimator's
    conditions = _path("tree", row).conditions
    frame = _frame()[FEATURES]
    leaves = model[-1].apply(model[:-1].transform(frame))
    inside = np.logical_and.reduce([condition.holds(frame[condition.column]) for condition in conditions])
    assert conditions
    assert np.array_equal(inside, leaves == leaves[400 + row])


def test_ends_are_the_trees_thresholds_in_the_users_units() -> None:
    model = _study("tree").model.model  # type: ignore[attr-defined]  # an estimator's
    tree, scaler = model[-1].tree_, model[0].transformers_[0][1]
    incomes = tree.threshold[tree.feature == 0] * scaler.scale_[0] + scaler.mean_[0]
    ends = [
        end for row in range(2) for each in _path("tree", row).conditions if each.column == "income"
        for end in (each.lower, each.upper) if np.isfinite(end)
    ]  # fmt: skip
    assert ends
    for end in ends:
        assert np.abs(incomes / end - 1).min() < 1e-6  # the scaled threshold is compared in single precision


def test_several_trees_share_one_box_in_which_the_answer_stays() -> None:
    result = _path("stumps")
    frame = _frame()[FEATURES]
    inside = np.logical_and.reduce([each.holds(frame[each.column]) for each in result.conditions])
    answers = _study("stumps").model.model.predict_proba(frame[inside])[:, 1]  # type: ignore[attr-defined]
    assert result.trees == 5
    assert inside.sum() > 20
    assert np.ptp(answers) == 0


def test_the_rows_that_take_the_path_are_counted_with_their_outcome() -> None:
    result = _path("tree")
    frame = _frame()
    inside = np.logical_and.reduce([each.holds(frame[each.column]) for each in result.conditions])
    learned = frame["y"][:400][inside[:400]]
    assert (result.parts[0].taking, result.parts[0].value) == (len(learned), learned.mean())
    assert result.answer == pytest.approx(learned.mean())  # what the leaf of a single tree says
    assert result.findings[1].code == "EX-DP-02"


def test_numbers_are_told_by_their_mean() -> None:
    result = _path("regressor", target="amount")
    assert not result.share
    assert result.parts[0].value == pytest.approx(result.answer)
    assert "mean amount" in result.headline


def test_a_leaf_that_says_another_share_than_later_rows_show_has_failed() -> None:
    frame = _frame()[[*FEATURES, "y"]]
    later = frame[400:].assign(y=1 - frame["y"][400:]).reset_index(drop=True)
    study = mw.load_study(model=_study("tree").model.model, reference=frame[:400], test=pd.concat([later] * 3, ignore_index=True), target="y")  # type: ignore[attr-defined]  # fmt: skip
    statuses = {mw.explainability.read_decision_path(study, row).findings[1].status for row in range(2)}
    assert "failed" in statuses


def test_many_trees_have_no_path_worth_reading() -> None:
    result = _path("forest")
    assert (result.status, result.conditions) == ("not_applicable", ())
    assert "20 trees together" in result.headline


def test_columns_that_are_mixed_before_the_tree_are_told() -> None:
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(400, 2)) @ [[1, 1], [1, -1]], columns=["a", "b"])
    frame["y"] = (frame["a"] + frame["b"] > 0).astype(int)
    model = make_pipeline(PCA(), DecisionTreeClassifier(max_depth=2, random_state=0)).fit(frame[["a", "b"]], frame["y"])
    result = mw.explainability.read_decision_path(
        mw.load_study(model=model, reference=frame, test=frame, target="y"), 0
    )
    assert result.status == "not_applicable"
    assert "mixes several columns" in result.headline


def test_a_missing_cell_is_a_condition() -> None:
    from sklearn.tree import DecisionTreeClassifier

    x = np.where(np.arange(300) % 3 == 0, np.nan, np.arange(300.0))
    frame = pd.DataFrame({"x": x, "y": np.isnan(x).astype(int)})
    model = DecisionTreeClassifier(max_depth=1).fit(frame[["x"]], frame["y"])
    study = mw.load_study(model=model, reference=frame, test=frame, target="y")
    texts = [mw.explainability.read_decision_path(study, row).frame()["text"].iloc[0] for row in (0, 1)]
    assert texts == ["x is missing", "x is not missing"]


def test_xgboosts_leaves_are_read_too() -> None:
    from xgboost import XGBClassifier

    frame = _frame()[["income", "late", "y"]]
    model = XGBClassifier(n_estimators=2, max_depth=2, nthread=1).fit(frame[["income", "late"]], frame["y"])
    result = mw.explainability.read_decision_path(
        mw.load_study(model=model, reference=frame, test=frame, target="y"), 1
    )
    assert isinstance(result, DecisionPathResult)
    assert result.trees == 2
    inside = np.logical_and.reduce([each.holds(frame[each.column]) for each in result.conditions])
    assert np.array_equal(
        inside, (model.apply(frame[["income", "late"]]) == model.apply(frame[["income", "late"]].iloc[[1]])).all(axis=1)
    )


@pytest.mark.parametrize("name", ["plain", "callable_only", "logged_predictions", "search_cv", "linear_svc"])
def test_models_without_leaves_are_not_applicable(name: str) -> None:
    assert mw.explainability.read_decision_path(study_of(name)).status == "not_applicable"


def test_a_margin_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match="margin"), warnings.catch_warnings():
        mw.explainability.read_decision_path(_study("tree"), 0, margin=-1)
