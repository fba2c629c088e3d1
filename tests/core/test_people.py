"""Names: one person under another spelling is the same person, and a made-up letter makes no other."""

import pytest

from mlops_widgets.core.people import named, same_person
from mlops_widgets.core.statements import statement
from mlops_widgets.errors import InputError

SAME = (
    "ada king", "KING, Ada", "Ada  King ", "Ada\u00a0King", "Ada K\u0131ng", "Ada K1ng", "Ada K\ufe0fing", "Ada\u034f King",
    "A\u034fda King", "Ada King\u3164", "Ada Ki\u115fng", "Ada King\u2800", "Ada\u200bKing", "Ada\u00adKing", "AdaKing", "ada.king",
    "\u00c1da K\u00efng", "\uff21da King", "Dr. Ada King", "Ada King (QA)", "Ada M. King", "Ada King 2", "\u0410d\u0430 King",
)  # fmt: skip
OTHERS = ("Ada Kling", "Ida King", "Ada", "King", "Bo Lee", "Адам Кинг", "金 愛達", "")


@pytest.mark.parametrize("other", SAME)
def test_another_spelling_is_the_same_person_or_refused(other: str) -> None:
    try:
        name = named("approver", other)
    except InputError:
        return
    assert same_person("Ada King", name)
    assert same_person(name, "Ada King")


@pytest.mark.parametrize("other", OTHERS)
def test_another_person_is_another_one(other: str) -> None:
    assert not same_person("Ada King", other)
    assert not same_person(other, "Ada King")


def test_an_umlaut_may_be_spelled_out() -> None:
    assert same_person("Jürgen Groß", "GROSS, Juergen")


@pytest.mark.parametrize("name", ["Łukasz Øster", "राम कुमार", "אדה קינג", "金 愛達", "Ada"])
def test_a_name_is_its_own_in_any_script(name: str) -> None:
    assert same_person(name, name.upper())


@pytest.mark.parametrize("name", ["TBD TBD", "Mr TBD", "N.N.", "\u3164\u3164", "n/a", "team", "?"])
def test_a_placeholder_names_nobody(name: str) -> None:
    with pytest.raises(InputError, match="names nobody"):
        named("by", name)


@pytest.mark.parametrize(
    "text", ["\u200d", "\u3164", "\u2800 \u115f", "…", " - ", "", "TBD", "n/a", "to-do", "[Fill in: why]"]
)
def test_what_shows_no_letter_says_nothing(text: str) -> None:
    assert statement("note", text) == ""
