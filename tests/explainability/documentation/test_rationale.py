from pathlib import Path

import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.explainability.documentation.rationale import (
    FIELDS,
    MOST_LETTERS,
    Rationale,
    Said,
    form_text,
    read_rationale,
    write_form,
)

ADA = {"text": "Credit risk", "author": "Ada", "date": "2026-03-01"}
COLUMNS = ("income", "age in years")


def test_nothing_said_leaves_every_field_empty() -> None:
    said = read_rationale(None, COLUMNS)
    assert len(said.empty) == len(FIELDS) + 2
    assert said.empty[-1] == "columns.age in years"


def test_a_statement_has_its_name_and_date() -> None:
    said = read_rationale({"owner": ADA, "columns": {"income": ADA}}, COLUMNS)
    assert said.of("owner") == Said(name="owner", text="Credit risk", author="Ada", date="2026-03-01")
    assert said.of("columns.income") is not None
    assert len(said.empty) == len(FIELDS)


def test_an_empty_text_is_nothing_said_whoever_signed_it() -> None:
    assert read_rationale({"owner": {**ADA, "text": "  "}}, COLUMNS).said == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ownr": ADA}, "Did you mean 'owner'"),
        ({"owner": {**ADA, "who": "Ada"}}, "unknown who"),
        ({"owner": {**ADA, "author": ""}}, "no author"),
        ({"owner": {**ADA, "date": "March"}}, "such as 2026-03-31"),
        ({"owner": {**ADA, "date": "2026-02-30"}}, "such as 2026-03-31"),
        ({"owner": {**ADA, "date": 20260301}}, "such as 2026-03-31"),
        ({"owner": {**ADA, "text": "x" * (MOST_LETTERS + 1)}}, "Allowed: 2,000"),
        ({"owner": {**ADA, "text": 3}}, "Write a text"),
        ({"owner": "Risk"}, "Write text, author and date"),
        ({"columns": {"incme": ADA}}, "Did you mean 'income'"),
        ({"columns": "income"}, "columns = str"),
        (3, "rationale= is int"),
        ("nowhere/notes.toml", "write_rationale_form"),
    ],
)
def test_what_cannot_be_read_is_named(given: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_rationale(given, COLUMNS)


def test_the_form_reads_back_what_was_said_of_hostile_columns(tmp_path: Path) -> None:
    columns = ('"]\n[owner]\ntext = "x', "</script>", "a.b", "\u202eltr", "")
    text = 'two\nlines, """quotes""" and \\ \u202e'
    said = read_rationale({"columns": {name: {**ADA, "text": text} for name in columns}}, columns)
    path = write_form(tmp_path / "notes.toml", said, {"owner": "evil\n[reviewer]"})
    assert read_rationale(path, columns) == said


def test_former_columns_are_kept_and_not_counted(tmp_path: Path) -> None:
    said = read_rationale({"columns": {"gone": ADA}}, COLUMNS, gone=True)
    assert [each.name for each in said.former] == ["former_columns.gone"]
    path = write_form(tmp_path / "notes.toml", said, {})
    assert read_rationale(path, COLUMNS) == said
    assert len(said.empty) == len(said.fields)


def test_what_others_recorded_fills_only_what_is_empty() -> None:
    said = read_rationale({"owner": ADA}, ())
    more = [Said(name=name, text="MLflow", author="Bo", date="2026-01-01") for name in ("owner", "purpose")]
    filled = said.filled_by(more)
    assert [filled.of(name).author for name in ("owner", "purpose")] == ["Ada", "Bo"]  # type: ignore[union-attr]


def test_a_form_has_a_toml_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end in \.toml"):
        write_form(tmp_path / "notes.txt", Rationale(), {})


def test_a_hint_is_a_comment_of_one_line() -> None:
    lines = form_text(Rationale(), {"purpose": "scores\n[loans]"}).splitlines()
    assert '# Recorded elsewhere, by nobody named: "scores\\n[loans]"' in lines
