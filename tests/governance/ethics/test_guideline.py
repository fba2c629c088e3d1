"""A guideline: its version is in its text, its blanks are found, and what is signed is the text."""

import os
from pathlib import Path

import pytest

from mlops_widgets.core.document import Paragraph, Points
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.ethics.guideline import Guideline, read_guideline

TEXT = "# Ours\n\nVersion 2.1, 2026-03-31.\n\nBefore all.\n\n## One\n\nA line\nand its rest.\n\n- a\n- b\n\n### Two\n\n1. *kept*\n"


def test_title_version_day_and_sections_are_read_from_the_text() -> None:
    found = Guideline(text=TEXT)
    assert (found.title, found.version, found.on, found.blanks) == ("Ours", "2.1", "2026-03-31", ())
    assert [each.title for each in found.sections] == ["", "One", "Two"]
    assert found.sections[0].blocks == (Paragraph(text="Before all."),)
    assert found.sections[1].blocks == (Paragraph(text="A line and its rest."), Points(items=("a", "b")))
    assert found.sections[2].blocks == (Paragraph(text="1. *kept*"),)


def test_line_ends_and_a_byte_order_mark_make_no_other_text() -> None:
    assert Guideline(text="\ufeff" + TEXT.replace("\n", "\r\n")).digest == Guideline(text=TEXT).digest
    assert Guideline(text=TEXT.replace("kept", "left")).digest != Guideline(text=TEXT).digest


def test_blanks_are_found_in_any_case_and_only_them() -> None:
    found = Guideline(text=TEXT + "[Fill in: who] [x] [fill in] [filled in]\n")
    assert found.blanks == ("[Fill in: who]", "[fill in]")
    assert Guideline(text=TEXT + "[fill\nin: who\nelse] [ fill in: [fill in: x").blanks == (
        "[fill in: who else]",
        "[ fill in:",
        "[fill in: x",
    )
    assert len(read_guideline().blanks) == 7


@pytest.mark.parametrize(
    "text", ["", "no title\n\nVersion 1, 2026-03-31.", "# Title only", "# T\n\nVersion 1, 31.3.2026.", "# T\n\nVersion 1, 2026-02-31."]
)  # fmt: skip
def test_a_text_without_title_version_or_day_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Guideline(text=text)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongTypeError):
        Guideline(text=3)  # type: ignore[arg-type]  # as a caller might
    (tmp_path / "a.md").write_bytes(b"\xff\xfe")
    (tmp_path / "b.md").write_bytes(b"# T\n" * 60_000)
    os.mkfifo(tmp_path / "pipe.md")
    for name in ("a.md", "b.md", "none.md", ".", "pipe.md"):
        with pytest.raises(InputError):
            read_guideline(tmp_path / name)


def test_a_guideline_is_written_and_read_and_never_over_another(tmp_path: Path) -> None:
    file = Guideline(text=TEXT).write(tmp_path / "g.md")
    assert read_guideline(file) == Guideline(text=TEXT)
    with pytest.raises(InputError, match="is there already"):
        read_guideline().write(file)
    assert read_guideline().write(file, overwrite=True) == file
    with pytest.raises(InputError, match=r"must end in \.md"):
        read_guideline().write(tmp_path / "g.txt")
