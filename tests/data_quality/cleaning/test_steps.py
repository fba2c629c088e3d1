"""Steps are checked when they are made: one may come from a file."""

from typing import Any

import pytest

from mlops_widgets.data_quality.cleaning.steps import Step, describe
from mlops_widgets.errors import InputError, UnknownNameError


@pytest.mark.parametrize(
    ("kind", "parameters", "words"),
    [
        ("void_text", {}, "Did you mean 'void_texts'"),
        ("void_texts", {"text": ["?"]}, "Unknown parameter 'text'"),
        ("void_texts", {}, "lacks texts"),
        ("void_texts", {"texts": "?"}, "texts= of step void_texts"),
        ("void_texts", {"texts": [1]}, "texts= of step void_texts"),
        ("void_numbers", {"values": [float("nan")]}, "values="),
        ("void_numbers", {"values": [True]}, "values="),
        ("rescale", {"factor": "__import__('os')", "low": None, "high": None}, "factor="),
        ("void_dates", {"earliest": "now", "latest": None}, "earliest="),
        ("parse_dates", {"formats": ["no format"]}, "formats="),
        ("fill_dependency", {"by": ["a"], "least_share": 2, "fills": True}, "least_share="),
        ("fill_dependency", {"by": ["a"], "least_share": 0.5, "fills": 1}, "fills="),
        ("drop_near_duplicates", {"digits": 0}, "digits="),
        ("map_texts", {"pairs": [["a"]]}, "pairs="),
    ],
)
def test_what_is_wrong_with_a_step_is_said_by_name(kind: str, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=words.replace("(", r"\(")):
        Step(kind=kind, columns=("a",), parameters=parameters)


def test_a_step_is_about_a_column_at_least() -> None:
    with pytest.raises(InputError, match="columns="):
        Step(kind="impute", columns=())


def test_a_step_quotes_only_what_it_may() -> None:
    step = Step(kind="void_texts", columns=("a",), parameters={"texts": ["?", "n/a", "Ann Lee"]})
    assert "Ann Lee" in step.words
    assert describe(step, lambda text: text == "?").endswith("('?' and 2 more)")
    assert describe(step, lambda _: False).endswith("(3 values)")


def test_parameters_are_copied_deeply() -> None:
    texts = ["?"]
    step = Step(kind="void_texts", columns=("a",), parameters={"texts": texts})
    texts.append("x")
    assert step.parameters["texts"] == ("?",)
