"""Each step of a pipeline tells what it lost, multiplied and changed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality.audits.check_pipeline import PipelineCheckResult, check_pipeline
from mlops_widgets.errors import InputError, TableError, UnknownNameError, WrongTypeError

ORDERS = pd.DataFrame(
    {"id": range(100), "customer": np.arange(100) % 10, "paid": np.arange(100) * 1.5, "day": "2024-03-01"}
)
CUSTOMERS = pd.DataFrame({"customer": range(10), "city": ["Bern"] * 10})


def checked(steps: dict[str, Any], **options: Any) -> PipelineCheckResult:
    result = check_pipeline(steps, **{"keys": "id", "totals": "paid"} | options)
    assert isinstance(result, PipelineCheckResult)
    return result


def failed(result: PipelineCheckResult) -> list[str]:
    return [each.code for each in result.findings[1:] if each.status == "failed"]


def test_a_join_with_one_partner_each_changes_nothing() -> None:
    result = checked({"orders": ORDERS, "joined": lambda frame: frame.merge(CUSTOMERS)})
    assert (result.status, failed(result)) == ("passed", [])
    step = result.steps[1]
    assert (step.keys_lost, step.rows_multiplied, step.new, step.totals) == (0, 0, ("city",), {"paid": 7425.0})


def test_a_join_with_several_partners_multiplies_rows_and_totals() -> None:
    twice = pd.concat([CUSTOMERS, CUSTOMERS[:3]])
    result = checked({"orders": ORDERS, "joined": lambda frame: frame.merge(twice)})
    assert failed(result) == ["DQ-CP-04", "DQ-CP-03", "DQ-CP-05"]
    assert result.steps[1].rows_multiplied == 30
    assert result.steps[1].totals["paid"] == pytest.approx(7425 + ORDERS[ORDERS["customer"] < 3]["paid"].sum())


def test_an_inner_join_without_a_partner_loses_keys_and_a_left_join_empties_cells() -> None:
    inner = checked({"orders": ORDERS, "joined": lambda frame: frame.merge(CUSTOMERS[:8])})
    assert (failed(inner), inner.steps[1].keys_lost) == (["DQ-CP-02", "DQ-CP-05"], 20)
    left = checked({
        "orders": ORDERS.assign(city="Bern"), "joined": lambda frame: frame.drop(columns="city").merge(CUSTOMERS[:8], how="left"),
    })  # fmt: skip
    assert left.steps[1].missing_rise == {"city": pytest.approx(0.2)}
    assert [each.status for each in left.findings if each.code == "DQ-CP-07"] == ["warning"]


def test_a_loss_that_hides_a_multiplication_is_found_by_the_keys() -> None:
    after = pd.concat([ORDERS[10:], ORDERS[10:20]])
    result = checked({"orders": ORDERS, "after": after}, totals=())
    assert (result.steps[1].rows, result.steps[1].keys_lost, result.steps[1].rows_multiplied) == (100, 10, 10)
    assert check_pipeline({"orders": ORDERS, "after": after}).status == "passed"


def test_keys_repeated_or_missing_are_counted() -> None:
    frame = pd.DataFrame({"id": [1, 1, 1, None, None], "paid": 1.0})
    step = checked({"only": frame}).steps[0]
    assert (step.keys, step.keys_repeated, step.keys_missing) == (1, 2, 2)


def test_a_key_is_the_same_whatever_its_number_type_and_not_beyond_what_a_double_holds() -> None:
    assert checked({"a": ORDERS, "b": ORDERS.assign(id=ORDERS["id"].astype(float))}).steps[1].keys_lost == 0
    big = pd.DataFrame({"id": [2**60, 2**60 + 1], "paid": 1.0})
    assert checked({"a": big}).steps[0].keys == 2


def test_a_key_of_several_columns_is_compared_as_a_whole() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2], "b": [1, 2, 1]})
    swapped = frame.rename(columns={"a": "b", "b": "a"})
    assert check_pipeline({"x": frame, "y": frame[::-1]}, keys=["a", "b"]).steps[1].keys_lost == 0  # type: ignore[union-attr]  # it has them
    assert check_pipeline({"x": frame[:2], "y": swapped[:2]}, keys=["a", "b"]).steps[1].keys_lost == 1  # type: ignore[union-attr]  # it has them


def test_rows_may_be_dropped_on_purpose_and_totals_within_a_tolerance() -> None:
    steps = {"orders": ORDERS, "kept": ORDERS[5:]}
    assert failed(checked(steps, totals=(), least_kept=0.95)) == []
    assert failed(checked(steps, totals=(), least_kept=0.96)) == ["DQ-CP-02"]
    assert failed(checked(steps, least_kept=0.9, tolerance=0.01)) == []


@pytest.mark.parametrize(
    ("now", "status"),
    [(datetime(2024, 3, 2), "passed"), (datetime(2024, 3, 4, tzinfo=UTC), "failed"), (None, "not_run")],  # noqa: DTZ001
)
def test_freshness_is_the_age_of_the_latest_row(now: datetime | None, status: str) -> None:
    result = checked({"orders": ORDERS}, time="day", fresh_within=timedelta(days=2), now=now)
    assert [each.status for each in result.findings if each.code == "DQ-CP-08"] == [status]


def test_a_key_that_a_step_drops_is_told() -> None:
    result = checked({"orders": ORDERS, "model input": ORDERS[["paid"]]})
    assert [each.status for each in result.findings if each.code == "DQ-CP-04"] == ["warning"]
    assert result.frame()["keys"].tolist() == [100, -1]


def test_a_function_cannot_change_the_step_before() -> None:
    def spoil(frame: pd.DataFrame) -> pd.DataFrame:
        frame["paid"] = 0.0
        return frame

    result = checked({"orders": ORDERS, "spoilt": spoil})
    assert result.steps[1].totals_before == {"paid": 7425.0}
    assert ORDERS["paid"].sum() == 7425.0
    assert card_of(result).headline == result.headline


@pytest.mark.parametrize(
    ("steps", "options", "error", "words"),
    [
        ([ORDERS], {}, WrongTypeError, "tables=list"), ({}, {}, InputError, "0 steps"),
        ({"a": lambda frame: frame}, {}, InputError, "comes first"), ({"a": ORDERS}, {"keys": "idd"}, UnknownNameError, "Did you mean 'id'"),
        ({"a": ORDERS}, {"totals": "day"}, UnknownNameError, "totals="), ({"a": ORDERS}, {"time": "when"}, UnknownNameError, "time='when'"),
        ({"a": ORDERS}, {"tolerance": 2}, InputError, "tolerance=2"), ({"a": ORDERS, "b": lambda _: 3}, {}, TableError, "Pass a pandas"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_named(steps: Any, options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        check_pipeline(steps, **options)
