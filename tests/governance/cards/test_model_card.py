"""Model cards: nothing that nobody said passes, and names stay data."""

from dataclasses import replace
from functools import cache

import pytest
import yaml

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.governance.cards.model_card import FIELDS, ModelCard

SAID = {"text": "A sentence of a person", "by": "Ada King", "on": "2026-03-01"}


@cache
def _card(*, name: str = "loans", told: bool = False) -> ModelCard:
    study = replace(mw.sample("loans"), name=name)
    found = mw.governance.write_model_card(study, statements=dict.fromkeys(FIELDS, SAID) if told else None, draws=50)
    assert isinstance(found, ModelCard)
    return found


def test_an_empty_card_fails_and_a_filled_one_is_complete() -> None:
    assert _card().status == "failed"
    assert _card().missing == FIELDS
    assert not _card().complete
    assert _card(told=True).complete


@pytest.mark.parametrize("lost", ["text", "by", "on"])
def test_a_statement_without_words_name_or_day_is_missing(lost: str) -> None:
    part = {key: value for key, value in SAID.items() if key != lost}
    found = mw.governance.write_model_card(
        mw.sample("loans"), statements={**dict.fromkeys(FIELDS, SAID), "owner": part}, draws=50
    )
    assert isinstance(found, ModelCard)
    assert found.missing == ("owner",)


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'owner'"):
        mw.governance.write_model_card(mw.sample("loans"), statements={"ownr": SAID})
    with pytest.raises(InputError, match="names nobody"):
        mw.governance.write_model_card(mw.sample("loans"), statements={"owner": {**SAID, "by": "tbd"}})


@pytest.mark.parametrize(
    "name", ["a\n---\nlicense: mit", "--- ", "<script>alert(1)</script>", "x: [y, {z", "\u2028---\u2028"]
)
def test_a_hostile_name_stays_a_name_in_the_front_matter(name: str) -> None:
    text = _card(name=name).to_huggingface()
    front = yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))
    assert set(front) == {"tags", "library_name", "model-index"}
    assert front["model-index"][0]["name"] == name
    assert "<script>" not in text.split("\n---\n", 1)[1]


def test_the_front_matter_holds_the_score_of_each_table() -> None:
    study = mw.sample("loans")
    results = yaml.safe_load(_card().to_huggingface().split("\n---\n")[0])["model-index"][0]["results"]
    scores = {each["dataset"]["split"]: each["metrics"][0]["value"] for each in results}
    assert scores == {name: pytest.approx(study.measure(study.tables[name]).score) for name in ("test", "production")}


def test_the_card_survives_json() -> None:
    assert Result.from_dict(_card().to_dict()).to_dict() == _card().to_dict()
