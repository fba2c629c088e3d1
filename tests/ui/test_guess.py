import json
from typing import Any

import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.errors import InputError
from mlops_widgets.ui.guess import Guess, GuessResult
from mlops_widgets.ui.pictures import picture
from tests.ui.conftest import FakeScreen, Front

QUESTION = "What does the winner score in production?"


def result() -> Result:
    return Result(findings=(Finding(code="T-1", status="failed", claim="It fell."),), rows=1)


def test_headless_without_a_guess_nobody_was_asked(static: None) -> None:
    guess = Guess(QUESTION)
    assert (guess.state, guess.value) == ("not asked", None)
    answer = guess.compare(0.69, label="ROC AUC in production")
    assert answer.headline == "It was .69."
    assert not answer.asked


def test_a_guess_that_was_skipped_is_called_so(live: None) -> None:
    guess = Guess(QUESTION)
    guess.skip()
    assert guess.compare(0.69, label="ROC AUC in production").headline == "You skipped the guess; it was .69."


def test_a_parameter_locks_it(static: None) -> None:
    guess = Guess(QUESTION, guess=0.7)
    assert (guess.state, guess.value) == ("locked", 0.7)


def test_live_it_is_open_until_locked(live: None) -> None:
    guess = Guess(QUESTION)
    states = [guess.state]
    guess.lock(0.7)
    assert [*states, guess.state] == ["open", "locked"]


def test_a_script_can_skip(live: None) -> None:
    guess = Guess(QUESTION)
    guess.skip()
    assert guess.state == "skipped"


def test_skipping_after_locking_changes_nothing(live: None) -> None:
    guess = Guess(QUESTION, guess=0.7)
    guess.skip()
    assert guess.state == "locked"


@pytest.mark.parametrize("value", [1.01, -0.01, float("nan"), "0.7", True, [0.7]])
def test_a_guess_that_is_no_number_in_range_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="Allowed: a number from 0 to 1, or None to skip"):
        Guess(QUESTION, guess=value)


@pytest.mark.parametrize("ends", [{"lower": 1.0, "upper": 0.0}, {"step": 0.0}, {"step": 2.0}, {"upper": float("inf")}])
def test_a_slider_that_cannot_be_is_refused(ends: dict[str, float]) -> None:
    with pytest.raises(InputError, match="Allowed"):
        Guess(QUESTION, **ends)  # type: ignore[arg-type]  # a mapping of floats


def test_locking_twice_is_refused(static: None) -> None:
    guess = Guess(QUESTION, guess=0.7)
    with pytest.raises(InputError, match=r"locked at 0\.7"):
        guess.lock(0.8)


def test_a_click_locks_and_a_second_click_changes_nothing(front: Front, screen: FakeScreen, live: None) -> None:
    guess = Guess(QUESTION, screen=screen)
    guess._ipython_display_()
    (widget,) = screen.widgets
    front.send(widget, kind="guess", value=0.7)
    front.send(widget, kind="guess", value=0.2)
    front.send(widget, kind="skip")
    assert (guess.state, guess.value) == ("locked", 0.7)
    assert widget.message["card"]["view"]["state"]["state"] == "locked"
    assert "you said .70" in screen.shown[0][0]["text/plain"]


def test_a_click_skips(front: Front, screen: FakeScreen, live: None) -> None:
    guess = Guess(QUESTION, screen=screen)
    guess._ipython_display_()
    front.send(screen.widgets[0], kind="skip")
    assert guess.state == "skipped"
    assert screen.widgets[0].message["card"]["view"]["state"]["state"] == "skipped"


@pytest.mark.parametrize("value", [7, None, "x", float("nan")])
def test_a_wrong_number_from_the_browser_is_shown_and_leaves_it_open(
    front: Front, screen: FakeScreen, live: None, value: Any
) -> None:
    guess = Guess(QUESTION, screen=screen)
    guess._ipython_display_()
    front.send(screen.widgets[0], kind="guess", value=value)
    assert guess.state == "open"
    assert "Allowed: a number from 0 to 1" in screen.widgets[0].message["card"]["summary"]


def test_a_script_updates_what_is_shown(front: Front, screen: FakeScreen, live: None) -> None:
    guess = Guess(QUESTION, screen=screen)
    guess._ipython_display_()
    guess.lock(0.25)
    assert screen.widgets[0].message["card"]["view"]["state"]["value"] == 0.25


def test_headless_no_widget_is_made(front: Front, screen: FakeScreen, static: None) -> None:
    Guess(QUESTION, screen=screen)._ipython_display_()
    assert front.opened == 0
    assert "(not asked)" in screen.shown[0][0]["text/plain"]


def test_a_result_is_veiled_while_the_guess_is_open(live: None) -> None:
    guess = Guess(QUESTION, key="tournament")
    assert guess.veil(result()).card().veil == "tournament"
    guess.lock(0.5)
    assert guess.veil(result()).card().veil == ""


def test_headless_nothing_is_veiled(static: None) -> None:
    assert Guess(QUESTION).veil(result()).card().veil == ""


def test_a_veiled_result_keeps_its_card() -> None:
    assert Guess(QUESTION).veil(result()).card().headline == "It fell."


def test_one_question_has_one_key() -> None:
    assert Guess(QUESTION).key == Guess(QUESTION).key != Guess("Another?").key


@pytest.mark.parametrize(
    ("options", "value", "truth", "interval", "words"),
    [
        ({}, 0.76, 0.69, (None, None), "You said .76, it was .69: .07 too high."),
        ({}, 0.66, 0.69, (0.65, 0.72), "You said .66, it was .69: .03 too low, within its interval."),
        ({}, 0.69, 0.6912, (None, None), "You said .69, it was .69: spot on."),
        ({}, None, 0.69, (None, None), "It was .69."),
        ({"form": "percent"}, 0.3, 0.12, (None, None), "You said 30\u202f%, it was 12\u202f%: 18 points too high."),
        (
            {"form": "integer", "upper": 500.0, "step": 1.0, "unit": "models"},
            40.0,
            9.0,
            (None, None),
            "You said 40 models, it was 9 models: 31 models too high.",
        ),
    ],
)
@pytest.mark.usefixtures("static")
def test_guess_and_truth_in_words(
    options: dict[str, Any], value: float | None, truth: float, interval: tuple[Any, Any], words: str
) -> None:
    compared = Guess(QUESTION, guess=value, **options).compare(
        truth, label="ROC AUC", lower=interval[0], upper=interval[1]
    )
    assert compared.headline == words
    assert str(compared) == words


def test_the_comparison_has_a_card_a_picture_and_comes_back_from_json(static: None) -> None:
    compared = Guess(QUESTION, guess=0.76, key="k").compare(0.69, label="ROC AUC in production", lower=0.68, upper=0.71)
    card = card_of(compared)
    assert card.view.name == "guess_truth"
    assert set(card.view.state) == {
        "key",
        "truth",
        "label",
        "truth_lower",
        "truth_upper",
        "value",
        "lower",
        "upper",
        "unit",
        "form",
        "asked",
    }
    assert len(picture(card).png) <= 120_000
    assert GuessResult.from_dict(json.loads(json.dumps(compared.to_dict()))) == compared


def test_an_open_guess_is_not_called_skipped(live: None) -> None:
    assert Guess(QUESTION).compare(0.69, label="ROC AUC").headline == "No guess yet; it was .69."
