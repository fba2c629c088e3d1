"""Rules: arithmetic on columns as data, functions of the user's own, and nothing else."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import InputError, MlopsWidgetsError, ModelError
from mlops_widgets.explainability.stakeholders.recourse.rules import read_rules

COLUMNS = ("debt", "income", "a b", "ratio")
ROWS = pd.DataFrame({"debt": [10.0, 20.0, 5.0], "income": [100.0, 0.0, 50.0], "a b": [1.0, 2.0, 3.0], "ratio": 0.0})
BEFORE = pd.DataFrame({"debt": [10.0], "income": [40.0], "a b": [1.0], "ratio": [0.25]})


def worked(rule: Any) -> list[float]:
    rules, _ = read_rules({"ratio": rule}, COLUMNS)
    return [float(each) for each in rules["ratio"].work(ROWS, BEFORE)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("debt / income", [0.1, np.inf, 0.1]), ("before(ratio) * before(income) / income", [0.1, np.inf, 0.2]),
        ("min(debt, 8, income)", [8.0, 0.0, 5.0]), ("max(debt, column('a b')) - 1", [9.0, 19.0, 4.0]),
        ("-(debt + 2.5) * 2", [-25.0, -45.0, -15.0]), ("3", [3.0, 3.0, 3.0]), ("before(column('a b'))", [1.0, 1.0, 1.0]),
    ],
)  # fmt: skip
def test_an_expression_is_arithmetic_on_columns(text: str, values: list[float]) -> None:
    assert worked(text) == pytest.approx(values)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "debt.__class__", "debt[0]", "(lambda: 1)()", "debt ** 999", "debt if income else 1", "[debt]",
        "'text'", "True", "1e999", "debt // 2", "before(1)", "before()", "column(debt)", "min(debt)", "max(debt, key=income)",
        "debt; income", "debt =", "", "x := 1", "debt < 1", "f'{debt}'", "9" * 400, "eval('1')", "column('a b').x", "debt and income",
    ],
)  # fmt: skip
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Allowed: columns by name"):
        worked(text)


@pytest.mark.parametrize("text", ["(" * 480 + ")" * 20, "-" * 499, "+".join(["1"] * 240), "1" * 501])
def test_an_expression_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        worked(text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="debtincom +-*/().,'12min_[]{}:=<>@!%&|^~\\\"", max_size=40))
def test_any_text_is_worked_out_or_refused_in_words(text: str) -> None:
    try:
        worked(text)
    except MlopsWidgetsError as error:
        assert "ratio" in str(error)  # noqa: PT017 - any of our errors will do


def test_unknown_columns_are_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'income'"):
        worked("debt / incom")
    with pytest.raises(InputError, match="Did you mean 'ratio'"):
        read_rules({"ratoi": "debt"}, COLUMNS)


def test_a_function_gets_the_rows_and_if_it_wants_the_row_as_it_was() -> None:
    assert worked(lambda row: row["debt"] * 2) == [20.0, 40.0, 10.0]
    assert worked(lambda row, before: row["debt"] + before["income"]) == [50.0, 60.0, 45.0]
    assert worked(lambda _: 7) == [7.0, 7.0, 7.0]


def test_a_function_that_raises_is_the_users_own_error() -> None:
    with pytest.raises(ModelError, match=r"rule of 'ratio' raised KeyError"):
        worked(lambda row: row["nothing"])


def test_rules_are_worked_out_in_their_order() -> None:
    rules, alone = read_rules({"debt": "income / 2", "ratio": "debt / income", "a b": False}, COLUMNS)
    assert (list(rules), alone, rules["ratio"].inputs) == (["debt", "ratio"], ("a b",), ("debt", "income"))
    with pytest.raises(InputError, match="Put that rule before it"):
        read_rules({"ratio": "debt / income", "debt": "income / 2"}, COLUMNS)
    with pytest.raises(InputError, match="can't follow from itself"):
        read_rules({"ratio": "ratio * 2"}, COLUMNS)


def test_a_rule_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="is int"):
        read_rules({"ratio": 3}, COLUMNS)  # type: ignore[dict-item]  # the point of the test
