"""Validation: verdicts, findings, rows, and two editions compared."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import duckdb
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.contracts.compare import compare_contracts
from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Dependency, Freshness, Key, Order
from tests.study.contract.dirty_tables import DAMAGES, clean, contract


def _validated(data: Any, promised: Contract, **more: Any) -> ValidationResult:
    result = validate(data, promised, **more)
    assert isinstance(result, ValidationResult)
    return result


def test_a_table_that_keeps_its_contract_passes() -> None:
    result = _validated(clean(), contract())
    assert (result.status, result.broken) == ("passed", ())
    assert "keeps 45 of 45 rules" in result.headline


def test_the_worst_broken_rule_comes_first_with_its_rows() -> None:
    frame = DAMAGES["cities in capitals"](DAMAGES["a sentinel"](clean()))
    result = _validated(frame, contract().set_severity("age: range", "warning"))
    assert result.broken == ("city: allowed", "age: range")
    assert [finding.code for finding in result.findings] == ["DQ-VA-01", "DQ-VA-07", "DQ-VA-06"]
    assert [finding.status for finding in result.findings] == ["failed", "failed", "warning"]
    assert "60 of 60 cells break it" in result.headline
    assert result.failing("age: range").tolist() == [5]
    assert result.frame()["rule"].iloc[0] == "city: allowed"


def test_a_warning_alone_is_no_failure() -> None:
    assert (
        _validated(DAMAGES["a sentinel"](clean()), contract().set_severity("age: range", "warning")).status == "warning"
    )


@pytest.mark.parametrize(("broken", "status"), [(0, "passed"), (10, "passed"), (12, "not_enough_data"), (40, "failed")])
def test_a_tolerance_is_exceeded_when_the_interval_lies_beyond_it(broken: int, status: str) -> None:
    promised = Contract(name="t", columns=(ColumnRules(name="a", lower=0, tolerance=0.05),))
    result = _validated(pd.DataFrame({"a": [-1] * broken + [1] * (200 - broken)}), promised)
    outcome = next(each for each in result.outcomes if each.kind == "range")
    assert (outcome.status, result.status) == (status, status)
    # Clopper and Pearson's 95 % interval of 12 of 200, by scipy.stats.binomtest(12, 200).proportion_ci(0.95), scipy 1.17.1.
    if broken == 12:
        assert [outcome.lower, outcome.upper] == pytest.approx([0.0313840, 0.1024618], abs=1e-6)


def test_a_rule_without_tolerance_is_broken_by_one_row() -> None:
    promised = Contract(name="t", columns=(ColumnRules(name="a", lower=0),))
    assert _validated(pd.DataFrame({"a": [-1] + [1] * 9999}), promised).status == "failed"


def test_each_kind_of_rule_has_its_code_and_says_what_to_do() -> None:
    promised = Contract(
        name="t", columns=(
            ColumnRules(name="a", type="integer", missing_share=0, unique=True, lower=0), ColumnRules(name="b", allowed=("x",), pattern="x", longest=1),
            ColumnRules(name="c"), ColumnRules(name="d", type="string"), ColumnRules(name="e"),
        ),
        least_rows=9, keys=(Key(columns=("b",)),), dependencies=(Dependency(determinant=("b",), dependent="d"),),
        orders=(Order(first="d", second="a"),), freshness=Freshness(column="e", hours=1), closed=True,
    )  # fmt: skip
    frame = pd.DataFrame(
        {
            "a": [-0.5, -0.5, None],
            "b": ["yy", "yy", "x"],
            "d": [1, 2, 2],
            "e": pd.to_datetime(["2024-01-01"] * 3),
            "f": [0, 0, 0],
        }
    )
    result = _validated(frame, promised, now=dt.datetime(2024, 1, 2, tzinfo=dt.UTC))
    codes = {finding.code for finding in result.findings}
    assert codes == {f"DQ-VA-{number:02d}" for number in range(1, 16)}
    assert all(finding.action and finding.claim.endswith(".") for finding in result.findings)


def test_no_cell_stands_in_a_file() -> None:
    frame = DAMAGES["another city"](DAMAGES["a code with a blank"](clean()))
    result = _validated(frame, contract())
    text = json.dumps(result.to_dict())
    assert "Basel" not in text
    assert "AB-005" not in text
    back = Result.from_dict(json.loads(text))
    assert isinstance(back, ValidationResult)
    with pytest.raises(InputError, match="read from a file"):
        back.failing("city: allowed")


def test_an_empty_table_settles_nothing() -> None:
    result = _validated(clean().iloc[:0], replace(contract(), least_rows=None))
    assert result.status == "not_enough_data"
    assert "no rows" in result.headline
    assert _validated(clean().iloc[:0], contract()).broken == ("rows",)


def test_freshness_needs_to_be_told_the_time() -> None:
    promised = replace(contract(), freshness=Freshness(column="end", hours=24))
    statuses = {each.rule: each.status for each in _validated(clean(), promised).outcomes}
    assert statuses["freshness: end"] == "not_run"
    with pytest.raises(InputError, match="now='today'"):
        validate(clean(), promised, now="today")  # type: ignore[arg-type]  # the point of the test


def test_a_study_is_checked_in_production_or_where_it_is_said() -> None:
    study = mw.sample("census")
    promised = Contract(name="census", columns=(ColumnRules(name="AGEP", lower=0, upper=120),))
    assert (_validated(study, promised).table, _validated(study, promised, table="test").rows) == ("production", 5000)
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        validate(study, promised, table="tset")
    with pytest.raises(InputError, match="names a table of a study"):
        validate(clean(), promised, table="test")
    with pytest.raises(WrongTypeError, match="contract=dict"):
        validate(study, {})  # type: ignore[arg-type]  # the point of the test


def test_a_relation_is_scanned_where_it_is() -> None:
    relation = duckdb.sql("select range as id, case when range = 77777 then -1 else 1 end as x from range(100000)")
    promised = Contract(name="t", columns=(ColumnRules(name="id", unique=True), ColumnRules(name="x", lower=0)))
    result = _validated(relation, promised)
    assert (result.rows, result.failing("x: range").tolist()) == (100_000, [77_777])


def test_a_card_names_every_rule_and_its_verdict_in_shape_and_word() -> None:
    card = card_of(_validated(DAMAGES["a sentinel"](clean()), contract()))
    assert len(card.table.rows) == 45
    assert card.table.rows[0][2] == "■ failed"
    assert card.code == "result.failing('age: range')"


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a wider range": ({"lower": 0, "upper": 9}, {"lower": 0, "upper": 10}, "loosened"), "no upper bound": ({"upper": 9, "lower": 0}, {"lower": 0}, "loosened"),
    "a tighter range": ({"lower": 0}, {"lower": 0, "upper": 9}, "tightened"), "an excluded bound": ({"lower": 0}, {"lower": 0, "lower_inclusive": False}, "tightened"),
    "a moved range": ({"lower": 0, "upper": 9}, {"lower": 5, "upper": 12}, "changed"), "a new range": ({}, {"lower": 0}, "added"), "no range": ({"lower": 0}, {}, "removed"),
    "more values": ({"allowed": (1, 2)}, {"allowed": (1, 2, 3)}, "loosened"), "fewer values": ({"allowed": (1, 2)}, {"allowed": (1,)}, "tightened"), "other values": ({"allowed": (1,)}, {"allowed": (2,)}, "changed"),
    "fractions": ({"type": "integer"}, {"type": "number"}, "loosened"), "whole numbers": ({"type": "number"}, {"type": "integer"}, "tightened"), "text": ({"type": "number"}, {"type": "string"}, "changed"),
    "written as text": ({"type": "number"}, {"type": "number", "as_text": True}, "loosened"), "more gaps": ({"missing_share": 0.0}, {"missing_share": 0.1}, "loosened"), "any gaps": ({"missing_share": 0.1}, {}, "removed"),
    "another pattern": ({"pattern": "a"}, {"pattern": "b"}, "changed"), "longer": ({"longest": 3}, {"longest": 4}, "loosened"), "a tolerance": ({"lower": 0}, {"lower": 0, "tolerance": 0.1}, "loosened"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_breaking_if_a_reader_may_meet_what_it_was_promised_not_to(change: str) -> None:
    before, after, kind = CHANGES[change]
    a, b = (Contract(name="t", columns=(ColumnRules(name="a", **rules),)) for rules in (before, after))
    diff = compare_contracts(a, b)
    assert [each.change for each in diff.changes] == [kind]
    assert diff.breaking == (kind in {"loosened", "removed", "changed"})


def test_two_equal_contracts_promise_the_same() -> None:
    diff = compare_contracts(contract(), contract())
    assert (diff.changes, diff.status) == ((), "passed")


def test_a_breaking_change_wants_a_new_major_version() -> None:
    looser = replace(
        contract().set_column("age", upper=120).set_severity("city: allowed", "off"), most_rows=None, closed=False
    )
    diff = compare_contracts(contract(), looser)
    assert [each.rule for each in diff.changes] == ["age: range", "city: allowed", "rows", "closed"]
    assert [finding.code for finding in diff.findings if finding.status == "failed"] == ["DQ-CC-01", "DQ-CC-03"]
    assert compare_contracts(contract(), replace(looser, version="3.0.0")).status == "warning"
    with pytest.raises(WrongTypeError, match="after=str"):
        compare_contracts(contract(), "x")  # type: ignore[arg-type]  # the point of the test
