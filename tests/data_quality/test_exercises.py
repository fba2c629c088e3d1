"""The exercises of chapter 4: each answer is measured on the study or table that is loaded."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.data_quality import PriceResult, find_errors, price_issues
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.errors import UnknownNameError
from mlops_widgets.study.loading import load_study

CODES = ["DQ-1", "DQ-2", "DQ-3", "DQ-4", "DQ-5"]


def rows(count: int, seed: int) -> pd.DataFrame:
    """Give a temperature that decides, a pressure that doesn't, and a sentinel of the table's own in a third column."""
    rng = np.random.default_rng(seed)
    heat = rng.normal(300, 20, count).round(1)
    flow = np.where(rng.random(count) < 0.03, -999.0, rng.normal(50, 5, count).round(1))
    frame = pd.DataFrame({"heat": heat, "pressure": rng.normal(900, 30, count).round(1), "flow": flow})
    return frame.assign(broke=(heat + rng.normal(0, 5, count) > 310).astype(int))


@cache
def table() -> pd.DataFrame:
    return rows(400, 0)


@cache
def study() -> mw.Study:
    names = ["heat", "pressure", "flow"]
    model = LogisticRegression(max_iter=1000).fit(table()[names], table()["broke"])
    return load_study(model=model, reference=table(), test=rows(200, 1), production=rows(300, 2), target="broke")


def ask(code: str, answer: Any = None, *, of: Any = None, **more: Any) -> Any:
    return mw.exercise(code, study() if of is None else of, answer=answer, **more)


@pytest.mark.parametrize("code", CODES)
def test_without_an_answer_it_is_not_tried_and_asks(code: str) -> None:
    result = ask(code)
    assert result.state == "not tried"
    assert result.question in result.headline


@pytest.mark.parametrize("code", CODES)
def test_a_table_alone_is_asked_what_needs_no_model(code: str) -> None:
    assert ask(code, of=table()).state == ("can't be asked" if code in {"DQ-2", "DQ-5"} else "not tried")


def test_a_wrong_cell_is_one_that_find_errors_is_sure_of() -> None:
    row = int(np.flatnonzero(table()["flow"] == -999)[0])
    assert ask("DQ-1", (row, "flow")).state == "right"
    assert ask("DQ-1", "flow").state == "right"
    assert ask("DQ-1", (row, "heat")).state == "not yet"
    assert ask("DQ-1", "none").state == "not yet"
    assert ask("DQ-1", "none", of=table()[["heat", "pressure"]]).state == "right"


def test_a_result_that_is_there_isnt_computed_again() -> None:
    found = find_errors(table()[["heat", "pressure", "flow"]].assign(flow=50.0))
    assert ask("DQ-1", "none", results=(found,)).state == "right"


def test_the_second_wrong_answer_brings_a_hint_also_for_a_table() -> None:
    own = table().assign(other=1)
    first, second = (ask("DQ-1", "none", of=own) for _ in range(2))
    assert first.findings[0].action == ""
    assert "find_errors" in second.findings[0].action


def test_a_spill_that_only_the_team_likes_is_measured() -> None:
    wrong = ask("DQ-2", ("flipped_labels", 0.3))
    assert wrong.state == "not yet"
    assert "that the team sees by −" in wrong.headline


def test_near_duplicates_flatter_a_model_that_remembers_rows() -> None:
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(5, 1, (500, 4)), columns=list("abcd")).assign(y=rng.integers(0, 2, 500))
    model = DecisionTreeClassifier(random_state=0).fit(frame[list("abcd")], frame["y"])
    own = load_study(model=model, reference=frame[:300], production=frame[300:], target="y")
    assert ask("DQ-2", ("near_duplicates", 1), of=own).state == "right"


def test_bounds_keep_every_right_row_and_catch_what_is_spilled() -> None:
    heat = table()["heat"]
    assert ask("DQ-3", ("heat", float(heat.min()), float(heat.max()))).state == "right"
    assert ask("DQ-3", ("heat", 310, 400)).state == "not yet"
    assert ask("DQ-3", ("heat", -1e9, 1e9)).state == "not yet"
    # The suspected −999 isn't a right row: bounds without it are right.
    right = table()["flow"][table()["flow"] > 0]
    assert ask("DQ-3", ("flow", float(right.min()), float(right.max()))).state == "right"


def test_a_recipe_is_right_when_the_contract_holds_again() -> None:
    steps = (
        Step(kind="void_numbers", columns=("heat",), parameters={"values": [9999]}),
        Step(kind="impute", columns=("heat",)),
    )
    assert ask("DQ-4", CleaningRecipe(steps)).state == "right"
    unfilled = ask("DQ-4", list(steps[:1]))
    assert unfilled.state == "not yet"
    assert "heat: missing" in unfilled.headline


def test_the_costliest_kind_is_right_and_what_costs_nothing_isnt() -> None:
    priced = price_issues(
        study(), kinds=["missing", "sentinel", "shuffled"], splits=3, max_fit_rows=100, max_test_rows=300, draws=100
    )
    assert isinstance(priced, PriceResult)
    measured = {each.kind: each.loss for each in priced.of("sensitivity", "serving") if np.isfinite(each.loss)}
    top = max(measured, key=lambda kind: measured[kind])
    assert ask("DQ-5", top, results=(priced,)).state == "right"
    assert ask("DQ-5", "typo", results=(priced,)).state == "error"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("DQ-1", (-1, "heat")), ("DQ-1", "heatt"), ("DQ-1", (1, 2, 3)), ("DQ-2", "unit"), ("DQ-2", ("unti", 0.1)),
        ("DQ-2", ("unit", 2)), ("DQ-3", ("heat", 1)), ("DQ-3", ("heat", "a", 3)), ("DQ-3", ("broke", 0, 1)), ("DQ-4", 3),
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_an_error_and_not_wrong(code: str, answer: Any) -> None:
    result = ask(code, answer)
    assert result.state == "error"
    assert (
        "Needed" in result.headline
        or "Columns" in result.headline
        or "Spills" in result.headline
        or "Rows" in result.headline
    )


def test_there_is_no_sixth() -> None:
    with pytest.raises(UnknownNameError, match="DQ-5"):
        ask("DQ-6")
