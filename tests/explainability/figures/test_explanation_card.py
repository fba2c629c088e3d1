from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Finding
from mlops_widgets.explainability.attribution.explanation import Check, Explanation
from mlops_widgets.explainability.figures.explanation import MOST_STEPS, both_of, trust_of, waterfall_of
from mlops_widgets.ui.pictures import draw


@cache
def _explained(p: int = 14, n: int = 2, k: int = 1, *, scale: str = "log-odds") -> Explanation:
    rng = np.random.default_rng(0)
    values, base = rng.normal(size=(n, p, k)), np.full((n, k), -0.5)
    return Explanation(
        findings=(Finding(code="EX-AT-01", status="passed", claim="row 0"),), rows=n, engine="shap", route="permutation",
        exact=False, scale=scale, columns=tuple(f"c{j}" for j in range(p)), outputs=tuple(f"y = {j}" for j in range(k)),
        row_names=tuple(f"row {j}" for j in range(n)), cells=(("1.5",) * p,) * n, numbers=np.full((n, p), 1.5), values=values,
        standard_error=np.full((n, p, k), 0.1), base=base, prediction=base + values.sum(axis=1), pairs=10, evaluations=100,
        background_rows=100, baseline_text="the average over 100 rows",
    )  # fmt: skip


def _check(status: Any) -> Check:
    return Check(name="additivity", value=1.0, limit=0.1, status=status, text="The sum is off.")


def test_the_steps_lead_from_the_baseline_to_the_prediction() -> None:
    chart = waterfall_of(_explained(), 1, 0)
    assert chart.start + sum(row.value for row in chart.rows) == pytest.approx(chart.end, rel=1e-4)
    sizes = [abs(row.value) for row in chart.rows[:MOST_STEPS]]
    assert sizes == sorted(sizes, reverse=True)
    assert chart.rows[-1].label == "4 other columns"
    assert len(chart.rows) == MOST_STEPS + 1


def test_no_column_is_pooled_where_one_row_holds_it() -> None:
    assert len(waterfall_of(_explained(MOST_STEPS + 1), 0, 0).rows) == MOST_STEPS + 1


def test_what_the_columns_do_not_explain_is_a_step_of_its_own() -> None:
    off = replace(_explained(), prediction=_explained().prediction + 1)
    assert waterfall_of(off, 0, 0).rows[-1].label == "not explained by the columns"
    assert waterfall_of(off, 0, 0).rows[-1].value == pytest.approx(1)


def test_exact_values_have_no_error_bars() -> None:
    exact = replace(_explained(), standard_error=np.zeros_like(_explained().values), pairs=0)
    assert all(row.lower is None for row in waterfall_of(exact, 0, 0).rows)
    assert all(row.lower is not None for row in waterfall_of(_explained(), 0, 0).rows[:MOST_STEPS])


def test_only_log_odds_of_one_output_stand_for_a_probability() -> None:
    assert waterfall_of(_explained(), 0, 0).logistic
    assert not waterfall_of(_explained(k=3), 0, 0).logistic
    assert not waterfall_of(_explained(scale="probability"), 0, 0).logistic


def test_both_methods_stand_on_one_axis_in_one_order() -> None:
    both = both_of(replace(_explained(), lime=_explained()), 0, 0)
    assert both is not None
    assert [row.label for row in both.rows] == [row.label for row in both.others]
    assert both.labels == ("SHAP", "LIME")
    assert both_of(_explained(), 0, 0) is None


@pytest.mark.parametrize(
    ("statuses", "words"),
    [((), ""), (("passed",), "Can be relied on"), (("passed", "warning"), "With care"), (("warning", "failed"), "Do not rely on this")],
)  # fmt: skip
def test_the_worst_check_says_how_far_to_rely_on_it(statuses: tuple[str, ...], words: str) -> None:
    assert trust_of(replace(_explained(), checks=tuple(map(_check, statuses)))).startswith(words)


def test_every_row_and_output_has_a_page_as_far_as_they_fit() -> None:
    card = card_of(replace(_explained(n=20, k=3), lime=_explained(n=20, k=3)))
    state = card.view.state
    assert (len(state["pages"]), len(state["pages"][0]), state["left_out"]) == (8, 3, 12)
    assert state["start"][0] == _explained(n=20, k=3).prediction[0].argmax()
    assert state["pages"][0][state["start"][0]]["claim"] == ""  # the headline is about it
    assert "row 1: " in state["pages"][1][0]["claim"]
    assert draw(card).axes


def test_several_classes_and_numbers_are_shown() -> None:
    from tests.awkward import study_of

    for name in ("three_classes", "regression_pipeline", "callable_only"):
        card = card_of(mw.explainability.explain(study_of(name), [0, 1], method="shap"))
        assert card.charts
        assert card.table.rows
