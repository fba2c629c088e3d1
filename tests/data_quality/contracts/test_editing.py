"""The contract editor: what can be typed, what is refused, what each edit means for the table, and back."""

import json
from typing import Any

import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality import ContractEditor
from mlops_widgets.data_quality.contracts.editing import EditedContract, apply_edit
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from tests.study.contract.dirty_tables import DAMAGES, clean, contract


def _editor() -> ContractEditor:
    return ContractEditor(contract(), DAMAGES["a sentinel"](clean()))


def test_an_edit_says_what_the_table_makes_of_it_and_can_be_undone() -> None:
    editor = _editor()
    assert editor.edit("age: range", upper="30").startswith("would fail ")
    assert editor.edit("age: range", lower="-999", upper="99") == "all keep it"
    assert editor.edit("age: range", severity="off") == "not checked"
    for _ in range(3):
        editor.undo()
    assert editor.contract == contract()
    assert isinstance(editor.result, EditedContract)
    assert [line.rule for line in editor.result.lines if line.broken] == ["age: range"]
    with pytest.raises(InputError, match="no edit to undo"):
        editor.undo()


@pytest.mark.parametrize(("rule", "name", "typed", "kept"), [
    ("age: range", "lower", " 7 ", 7), ("price: range", "upper", "1e3", 1000), ("price: range", "lower", "", None), ("start: range", "lower", "2021-02-03", "2021-02-03"),
    ("city: allowed", "allowed", 'Bern, "a, b", Genf', ("Bern", "a, b", "Genf")), ("city: missing", "missing_percent", "12.5", 0.125),
    ("code: pattern", "pattern", r"\d+", "[0-9]+"), ("code: length", "longest", "9", 9), ("age: type", "type", "number", "number"),
])  # fmt: skip
def test_what_is_typed_is_read(rule: str, name: str, typed: str, kept: Any) -> None:
    column = rule.partition(":")[0]
    field = "missing_share" if name == "missing_percent" else name
    assert getattr(apply_edit(contract(), rule, name, typed)[column], field) == kept


@pytest.mark.parametrize(("rule", "name", "typed", "said"), [
    ("age: range", "lower", "x", "lower='x' is no number"), ("age: range", "lower", "nan", "finite"), ("age: range", "lower", "100", "above upper=99"),
    ("start: range", "lower", "", "Switch it off instead"), ("city: allowed", "allowed", "", "Switch it off instead"), ("city: allowed", "allowed", '"a', "can't be read"),
    ("city: missing", "missing_percent", "101", "from 0 to 100"), ("code: pattern", "pattern", "(?=a)", "pattern="), ("age: type", "type", "int", "Did you mean 'integer'"),
    ("age: range", "severity", "bad", "Allowed: failed"), ("age: range", "uper", "3", "Did you mean 'upper'"), ("age: rang", "upper", "3", "Did you mean 'age: range'"),
])  # fmt: skip
def test_what_is_wrong_is_refused_and_nothing_changes(rule: str, name: str, typed: str, said: str) -> None:
    editor = ContractEditor(contract())
    with pytest.raises((InputError, UnknownNameError), match=said):
        editor.edit(rule, **{name: typed})
    assert editor.contract == contract()


def test_every_field_reads_what_it_shows() -> None:
    editor = ContractEditor(contract().set_column("city", allowed=("Bern", 'a "b", c', " d")))
    before = editor.contract
    assert isinstance(editor.result, EditedContract)
    for line in editor.result.lines:
        for name, text in line.fields.items():
            assert apply_edit(before, line.rule, name, text) == before, (line.rule, name)


def test_questions_of_the_form_are_answered_with_its_lines() -> None:
    editor = _editor()
    told = editor._told({"rule": "age: range", "field": "lower", "value": "-999"})
    assert told["edits"] == 1
    assert "keeps contract 'orders'" in told["headline"]
    assert json.dumps(told)
    assert editor._told({"undo": True})["edits"] == 0


def test_without_a_table_nothing_is_said_of_one() -> None:
    editor = ContractEditor(contract())
    assert editor.edit("age: range", lower=0) == ""
    assert "No table" in str(editor)
    with pytest.raises(WrongTypeError, match="contract=str"):
        ContractEditor("x")  # type: ignore[arg-type]  # the point of the test


def test_a_study_is_tried_on_production() -> None:
    promised = mw.data_quality.Contract(name="c", columns=(mw.data_quality.ColumnRules(name="AGEP", upper=0),))
    assert (
        ContractEditor(promised, mw.sample("census")).edit("AGEP: range", upper=1)
        == "would fail 10,000 of 10,000 cells"
    )


def test_the_card_is_a_form_with_a_picture_beside_it_and_holds_no_cell() -> None:
    frame = clean()
    frame.loc[5, "city"] = "Basel"
    card = card_of(ContractEditor(contract(), frame).result)
    assert (card.view.name, len(card.charts), len(card.table.rows)) == ("contract", 1, len(card.view.state["lines"]))
    assert "Basel" not in repr(card)
    assert pd.Series([line["rule"] for line in card.view.state["lines"] if line["broken"]]).tolist() == [
        "city: allowed"
    ]
