"""Model cards: nothing that nobody said passes, and names stay data."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

import mlops_widgets as mw
from mlops_widgets.core.document import Grid
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import estimate
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


def _grids(card: ModelCard, title: str) -> list[tuple[str, ...]]:
    section = next(each for each in card.document.sections if each.title == title)
    return [row for block in section.blocks if isinstance(block, Grid) for row in block.rows]


def test_every_figure_in_the_text_is_the_one_that_is_computed() -> None:
    study = mw.sample("loans")
    card, fair = _card(), mw.governance.assess_fairness(study)
    assert isinstance(fair, mw.governance.FairnessResult)
    for row, metric in zip(_grids(card, "Metrics"), card.metrics, strict=True):
        table = study.tables[metric.table]
        assert metric.value == pytest.approx(study.measure(table).score)
        assert (metric.n, metric.data_hash) == (study.measure(table).n, table.fingerprint)
        assert row == (
            metric.table,
            metric.label,
            estimate(metric.value, metric.lower, metric.upper),
            f"{metric.n:,}",
            metric.data_hash,
        )
    rates = {(row["attribute"], row["group"]): row for row in fair.frame().to_dict("records")}
    for attribute, group, n, selected, rightly in _grids(card, "Groups"):
        line = rates[attribute, group]
        assert n == f"{line['n']:,}"
        for told, name in ((selected, "selection_rate"), (rightly, "accuracy")):
            assert told == estimate(line[name], line[f"{name}_lower"], line[f"{name}_upper"], "percent")
    sizes = {row[0]: row[1:] for title in ("Evaluation data", "Training data") for row in _grids(card, title)}
    assert sizes == {n: (f"{t.rows:,}", str(len(t.columns)), t.fingerprint) for n, t in study.tables.items()}


def test_other_data_give_other_figures() -> None:
    study = mw.sample("loans")
    test = study.need("test")
    turned = test.pandas().assign(**{study.outcome.target: 1 - test[study.outcome.target]})
    other = mw.governance.write_model_card(replace(study, tests={"test": test.replace(turned)}), draws=50)
    assert isinstance(other, ModelCard)
    changed = [a != b for a, b in zip(_grids(_card(), "Metrics"), _grids(other, "Metrics"), strict=True)]
    assert changed == [True, False]
    assert all(a[4] != b[4] for a, b in zip(_grids(_card(), "Groups"), _grids(other, "Groups"), strict=True))
    assert _grids(_card(), "Evaluation data")[0] != _grids(other, "Evaluation data")[0]


def test_the_command_gives_the_same_figures() -> None:
    command = _card().command
    assert command.startswith("study = mlops_widgets.sample('loans'")
    opened, _, written = command.partition("; ")
    room: dict[str, object] = {"mlops_widgets": mw}
    exec(opened, room)  # noqa: S102 - what the card says
    again = eval(written, room)  # noqa: S307 - likewise
    assert isinstance(again, ModelCard)
    assert again.metrics == _card().metrics


def test_the_command_opens_the_studys_own_file(tmp_path: Path) -> None:
    saved = mw.open_study(mw.sample("census").save(tmp_path / "study.toml").path)
    card = mw.governance.write_model_card(saved, draws=50)
    assert isinstance(card, ModelCard)
    assert card.command.startswith("study = mlops_widgets.open_study('study.toml'); ")
