"""A cell that only a few rows hold may tell who they are: no look at a whole model says one; of a named row, its own are said."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

import mlops_widgets as mw
from tests.cells import CANARY, cells_in, rare_cells
from tests.overfitting.test_no_cells import ROWS, Rule, table

EXPLAINABILITY = mw.explainability
FEATURES = ["salary", "ratio", "children", "town", "note", "born"]
NAMED = 9


class Sloping(Rule):
    """A model whose answers follow every column."""

    def predict_proba(self, inputs: pd.DataFrame) -> Any:
        years = (inputs["born"] - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=365)
        z = inputs["ratio"].clip(-3, 3) + (inputs["town"] == "Oslo") + inputs["salary"] / 5e6 + years / 30
        p = 1 / (
            1 + np.exp(1 - (z + 0.3 * (inputs["note"] == "fine") + 0.2 * inputs["children"].clip(0, 4)).to_numpy())
        )
        return np.column_stack([1 - p, p])


def people(part: int) -> pd.DataFrame:
    """Return rows with a day of birth each, none the first of a month: that is how rounded days read."""
    days = pd.date_range("1930-01-02", periods=30_000)
    days = days[days.day > 1]
    born = np.random.default_rng(50 + part).choice(len(days), ROWS, replace=False)
    return table(part).assign(born=days[np.sort(born)][np.random.default_rng(part).permutation(ROWS)])


PARTS = [people(part) for part in range(3)]
RARE = rare_cells(PARTS, ["salary", "children", "when", "born"])
OWN = rare_cells([PARTS[1].iloc[[NAMED]]], ["salary", "children", "when", "born"])


@cache
def study() -> mw.Study:
    reference, test, production = PARTS
    return mw.load_study(
        model=Sloping(), reference=reference, test=test, production=production, target="sold", positive="yes", time="when",
        features=FEATURES,
    )  # fmt: skip


@cache
def study_of_a_tree() -> mw.Study:
    features = ["salary", "children", "town", "note"]
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town", "note"]), remainder="passthrough"
    )
    tree = make_pipeline(columns, DecisionTreeClassifier(max_depth=5, random_state=0))
    reference, test, _ = PARTS
    return mw.load_study(
        model=tree.fit(reference[features], reference["sold"]), reference=reference, test=test, target="sold", positive="yes",
        features=features,
    )  # fmt: skip


WHOLE: dict[str, Callable[[mw.Study], Any]] = {
    "importance": lambda s: EXPLAINABILITY.measure_importance(s, draws=50),
    "effects": lambda s: EXPLAINABILITY.measure_effects(s, draws=50),
    "interactions": EXPLAINABILITY.find_interactions,
    "cohorts": lambda s: EXPLAINABILITY.compare_cohorts(s, draws=100),
    "shortcuts": EXPLAINABILITY.find_shortcuts,
    "methods": EXPLAINABILITY.compare_methods,
    "audit": EXPLAINABILITY.audit_manipulation,
    "trust": EXPLAINABILITY.rate_trust,
    "document": lambda s: EXPLAINABILITY.document_model(s, explained_rows=30, draws=50),
}
ONE: dict[str, Callable[[mw.Study], Any]] = {
    "explanation": lambda s: EXPLAINABILITY.explain(s, NAMED, pairs=2, background=20),
    "what if": lambda s: EXPLAINABILITY.vary_row(s, NAMED),
    "report": lambda s: EXPLAINABILITY.write_stakeholder_report(s, NAMED, audience="regulator", background=20),
    "recourse": lambda s: EXPLAINABILITY.find_recourse(s, NAMED),
}


@pytest.mark.parametrize("run", WHOLE.values(), ids=WHOLE)
def test_no_cell_that_few_rows_hold_is_told_of_the_whole_model(run: Callable[[mw.Study], Any]) -> None:
    result = run(study())
    assert type(result).__name__ != "NoResult"
    assert cells_in(result, RARE) == set()


@pytest.mark.parametrize("run", ONE.values(), ids=ONE)
def test_of_a_named_row_its_own_cells_are_told_and_no_others(run: Callable[[mw.Study], Any]) -> None:
    result = run(study())
    assert type(result).__name__ != "NoResult"
    assert cells_in(result, RARE - OWN) == set()


def test_a_path_is_told_in_thresholds_between_the_cells() -> None:
    path = EXPLAINABILITY.read_decision_path(study_of_a_tree(), NAMED)
    assert isinstance(path, EXPLAINABILITY.DecisionPathResult)
    assert any(condition.column == "salary" for condition in path.conditions)
    assert cells_in(path, RARE - OWN) == set()


def test_the_search_for_cells_finds_those_of_the_named_row() -> None:
    told = cells_in(EXPLAINABILITY.explain(study(), NAMED, method="shap", pairs=2, background=20), RARE)
    assert told >= {float(PARTS[1]["salary"].iloc[NAMED]), f"{PARTS[1]['born'].iloc[NAMED]:%Y-%m-%d}"}
    assert not any(CANARY in str(each) for each in told)
