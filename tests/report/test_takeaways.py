import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.cli import _resolve_type

from mlops_widgets.core import display
from mlops_widgets.core.result import Finding
from mlops_widgets.errors import InputError
from mlops_widgets.report.takeaways import read_value, take_away, write_commands
from tests.report.fakes import finding, scored

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.floats(-9, 9)
    | st.text("ab1.\"' {}NoneTrue", max_size=8)
    | st.lists(st.integers(0, 9) | st.text("a1", max_size=2), max_size=2)
)


def test_three_sentences_say_what_failed_what_else_and_what_to_do() -> None:
    result = scored(finding("passed", "P"), finding("failed", "F", 0.2), finding("warning", "W"))
    taken = take_away([result])
    assert taken.sentences == ("F failed.", "Of 3 checks: 1 failed, 1 warning, 1 passed. Next: W warning.", "Mend F.")
    assert taken.status == "failed"
    assert display.card_of(taken).action == "Mend F."


def test_when_all_passed_the_first_sentence_says_so() -> None:
    assert take_away([scored(finding("passed"))]).headline == "Nothing failed here. XX-AA-01 passed."


def test_findings_about_invented_models_come_after_the_users_own() -> None:
    invented = Finding(
        code="OV-TO-01", status="warning", claim="Luck.", evidence={"users_own": False}, action="Choose."
    )
    taken = take_away([scored(invented, finding("not_enough_data", "N"))])
    assert taken.headline == "These data can't settle it. N not_enough_data."
    assert taken.status == "not_enough_data"
    assert taken.sentences[1].endswith("Next: Luck.")


def test_a_finding_shown_twice_counts_once() -> None:
    result = scored(finding("failed", "F"), finding("passed", "P"))
    assert take_away([result, result]).sentences[1].startswith("Of 2 checks: 1 failed, 1 passed.")


def test_takeaways_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="at least one result"):
        take_away([])


@given(VALUES)
def test_the_command_line_reads_what_the_command_says(value: Any) -> None:
    commands = write_commands({"study": "my study.py", "test": value}, number=1, notebook="01_x.ipynb", note="")
    words = shlex.split(commands.command_line)
    assert words[:7] == ["mlops-widgets", "report", "my study.py", "--chapters", "1", "--out", "report"]
    assert read_value(words[-1]) == value


@given(VALUES)
def test_papermill_reads_what_the_command_says(value: Any) -> None:
    commands = write_commands({"test": value}, number=1, notebook="01_x.ipynb", note="")
    words = shlex.split(commands.papermill)[3:]
    if words[0] == "-p":
        assert _resolve_type(words[2]) == value
    elif words[0] == "-r":
        assert words[2] == value
    else:
        assert read_value(words[1]) == {"test": value}


def test_the_commands_are_shown_with_a_copy_button() -> None:
    commands = write_commands({"study": "loans", "seed": 3}, number=1, notebook="01_x.ipynb", note="")
    assert display.card_of(commands).code.startswith("mlops-widgets report loans --chapters 1 --out report --seed 3")
    assert commands.papermill == "papermill 01_x.ipynb 01_x.out.ipynb -p study loans -p seed 3"
