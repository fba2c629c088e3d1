import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.core.codec import from_plain, to_plain
from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Section, Statement, document_of, sound
from mlops_widgets.core.markdown import escaped, markdown, unescaped
from tests.documents import DOCUMENT, HOSTILE


@given(st.text())
def test_sound_text_is_one_line_without_anything_unseen(text: str) -> None:
    told = sound(text)
    assert told == sound(told)
    assert told.splitlines() in ([], [told])
    told.encode()


def test_a_name_cannot_turn_the_writing_direction() -> None:
    assert sound("a\u202e34 %\u202c\u2066\u200f") == "a34 %"
    assert sound("नी\u200dद") == "नी\u200dद"


def test_texts_are_sound_once_they_are_in_a_document() -> None:
    grid = Grid(columns=("a\nb",), rows=(("\ud800",),))
    assert grid.columns == ("a b",)
    assert grid.rows == (("\N{REPLACEMENT CHARACTER}",),)


@given(st.text())
def test_markdown_shows_every_text_as_it_is(text: str) -> None:
    told = sound(text)
    assert unescaped(escaped(told)) == told


@pytest.mark.parametrize(
    "text",
    [
        "# title",
        "- item",
        "1. item",
        "> quote",
        "---",
        "| a | b |",
        "[x](https://e.org)",
        "<b>",
        "`x`",
        "**x**",
        "www.e.org",
    ],
)
def test_no_text_becomes_a_mark(text: str) -> None:
    told = escaped(text)
    assert told != text
    assert not told.startswith(("#", "-", "1.", ">", "|"))
    assert "://" not in told
    assert "www." not in told


def test_markdown_has_headings_lists_tables_and_says_who_said_what() -> None:
    told = markdown(DOCUMENT)
    assert told.startswith("# How the model decides\n\nIt reads two columns.\n")
    assert "## Purpose" in told
    assert "**Use:** Ranking \\*before\\* a person decides *(said by Ada on 2026-03-01)*" in told
    assert "**Owner:** *(nobody has said this yet)*" in told
    assert "**Rows:** 12 *(computed)*" in told
    assert "> **Warning.** Do not rely on this." in told
    assert "1. first\n2. second" in told
    assert "| column | share |\n| --- | --- |\n| a\\|b | 3 % |" in told
    assert told.endswith("---\n\nseed 0\n")


def test_a_hostile_document_keeps_its_lines() -> None:
    document = Document(title=HOSTILE, lead=HOSTILE, sections=(Section(title="", blocks=(Points(items=(HOSTILE,)),)),))
    assert len(markdown(document).splitlines()) == 5
    assert "<script" not in markdown(document)


def test_a_document_survives_json() -> None:
    assert from_plain(Document, json.loads(json.dumps(to_plain(DOCUMENT)))) == DOCUMENT


def test_a_statement_cannot_claim_another_source_than_it_has() -> None:
    with pytest.raises(ValueError, match="A missing statement has no value"):
        Statement(label="Owner", value="Ada", source="missing")
    with pytest.raises(ValueError, match="A missing statement has no value"):
        Statement(label="Owner", value="", source="human", author="Ada")
    with pytest.raises(ValueError, match="belong to source='human' only"):
        Statement(label="Rows", value="12", author="Ada")
    assert Statement(label="Use", value="x", source="human").origin == "said by someone who left no name"


def test_a_table_has_as_many_cells_as_columns() -> None:
    with pytest.raises(ValueError, match="A row of 1 cells in a table of 2 columns"):
        Grid(columns=("a", "b"), rows=(("1",),))


def test_only_a_document_is_a_document() -> None:
    assert document_of(object()) is None
    assert document_of(type("R", (), {"document": Paragraph(text="x")})()) is None
    assert document_of(type("R", (), {"document": DOCUMENT})()) is DOCUMENT
