import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.ui.lettering import balance, cut, drawable, width, wrap


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain", "plain"),
        ("a\nb\tc", "a b c"),
        ("\x00", "□"),
        ("\ud800", "□"),
        ("漢", "□"),
        ("e\u200db\ufe0f", "eb"),
        ("שלום", "שלום"),
    ],
)
def test_what_the_font_lacks_becomes_a_box(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


@given(st.text(max_size=200), st.floats(30, 500))
def test_lines_fit_their_room(text: str, room: float) -> None:
    assert all(width(line, 12) <= room + 1e-6 for line in wrap(text, 12, room))


@given(st.text(st.characters(categories=["L"], max_codepoint=0x24F), max_size=80))
def test_wrapping_loses_no_letter_while_there_are_lines_left(text: str) -> None:
    assert "".join(wrap(text, 12, 200, most=99)) == drawable(text)


def test_too_many_lines_end_in_an_ellipsis() -> None:
    lines = wrap("word " * 100, 12, 100, most=2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")


def test_an_interval_is_never_parted() -> None:
    assert [line.replace("\u00a0", " ") for line in wrap("lower by [.07, .13]", 12, width("lower by [.07,", 12))] == [
        "lower by",
        "[.07, .13]",
    ]


def test_balanced_lines_leave_no_word_alone() -> None:
    text = "The offline score promised more than it kept, as always, alas"
    room = width("The offline score promised more than it kept, as always,", 12) + 1
    assert wrap(text, 12, room)[-1] == "alas"
    assert len(balance(text, 12, room)) == 2
    assert balance(text, 12, room)[-1] != "alas"


def test_short_text_is_not_cut() -> None:
    assert cut("short", 12, 200) == "short"


def test_a_megabyte_is_cut_before_it_is_measured() -> None:
    for lines in (wrap("M" * 1_000_000, 12, 700), balance("i " * 500_000, 12, 700), [cut("i" * 1_000_000, 12, 700)]):
        assert lines[-1].endswith("…")
        assert all(width(line, 12) <= 700 for line in lines)
