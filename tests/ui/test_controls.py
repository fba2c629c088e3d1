import threading
from collections.abc import Callable
from typing import Any

import pytest

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import InputError
from mlops_widgets.ui.card import Card, Control
from mlops_widgets.ui.controls import GuessWidget, JobWidget
from tests.ui.conftest import Front, RecordingComm

PATIENCE = 10.0
FIRST = Card(headline="Not run yet.")


def shown(text: str) -> Card:
    return Card(headline=text)


def job(work: Callable[..., str], **options: Any) -> JobWidget[str]:
    return JobWidget(work, shown, card=FIRST, **options)


def ended(widget: JobWidget[str], front: Front, state: str) -> None:
    """Wait until the front end was told `state`."""
    told = threading.Event()
    widget.observe(lambda change: told.set() if change["new"]["state"] == state else None, "job")
    if widget.job["state"] != state:
        assert told.wait(PATIENCE), widget.job


def test_a_run_shows_progress_and_then_its_card(front: Front) -> None:
    def work(options: Any, progress: Any, cancel: Any) -> str:
        progress(0.5, "model 1 of 2")
        return f"seed {options['seed']}"

    widget = job(work)
    front.send(widget, kind="run", options={"seed": 3})
    widget.join(PATIENCE)
    assert [state["state"] for state in front.states("job")] == ["running", "running", "done"]
    assert front.states("job")[1] == {"state": "running", "share": 0.5, "text": "model 1 of 2"}
    assert front.states("message")[-1]["card"]["headline"] == "seed 3"


def test_the_new_card_and_the_end_of_the_job_arrive_together(front: Front) -> None:
    widget = job(lambda options, progress, cancel: "new")
    front.send(widget, kind="run")
    widget.join(PATIENCE)
    from tests.ui.conftest import RecordingComm

    last = RecordingComm.sent[-1][1]["state"]
    assert (last["job"]["state"], last["message"]["card"]["headline"]) == ("done", "new")


def test_progress_is_told_at_most_ten_times_a_second(front: Front) -> None:
    seconds = iter([0.0, *(k / 100 for k in range(1000))])

    def work(options: Any, progress: Any, cancel: Any) -> str:
        for k in range(100):
            progress(k / 100, "")
        return ""

    widget = job(work, clock=lambda: next(seconds))
    front.send(widget, kind="run")
    widget.join(PATIENCE)
    assert 5 <= sum(state["state"] == "running" for state in front.states("job")) <= 13


def test_cancel_stops_work_that_looks(front: Front) -> None:
    begun = threading.Event()

    def work(options: Any, progress: Any, cancel: Any) -> str:
        begun.set()
        while True:
            check_cancel(cancel)

    widget = job(work)
    front.send(widget, kind="run")
    assert begun.wait(PATIENCE)
    front.send(widget, kind="cancel")
    ended(widget, front, "cancelled")
    assert widget.job["text"] == "Stopped. Nothing was changed."
    assert front.states("message") == []


def test_work_that_never_looks_is_let_go_and_its_result_dropped(front: Front) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def work(options: Any, progress: Any, cancel: Any) -> str:
        begun.set()
        assert let_go.wait(PATIENCE)
        progress(0.9, "too late")
        return "too late"

    widget = job(work, grace_seconds=0.01)
    front.send(widget, kind="run")
    assert begun.wait(PATIENCE)
    front.send(widget, kind="cancel")
    ended(widget, front, "cancelled")
    assert "dropped" in widget.job["text"]
    let_go.set()
    widget.join(PATIENCE)
    assert widget.job["state"] == "cancelled"
    assert widget.message["card"]["headline"] == "Not run yet."


def test_the_grace_leaves_time_within_half_a_second() -> None:
    from mlops_widgets.ui.controls import GRACE_SECONDS

    assert GRACE_SECONDS < 0.5


def test_a_new_run_begins_while_an_abandoned_one_goes_on(front: Front) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def work(options: Any, progress: Any, cancel: Any) -> str:
        if options.get("slow"):
            begun.set()
            assert let_go.wait(PATIENCE)
        return "slow" if options.get("slow") else "fast"

    widget = job(work, grace_seconds=0.0)
    front.send(widget, kind="run", options={"slow": 1})
    orphan = widget._thread
    assert begun.wait(PATIENCE)
    front.send(widget, kind="cancel")
    ended(widget, front, "cancelled")
    front.send(widget, kind="run", options={})
    widget.join(PATIENCE)
    let_go.set()
    assert orphan is not None
    orphan.join(PATIENCE)
    assert widget.job["state"] == "done"
    assert widget.message["card"]["headline"] == "fast"


def test_a_second_run_is_ignored_while_one_runs(front: Front) -> None:
    begun, let_go = threading.Event(), threading.Event()
    runs = []

    def work(options: Any, progress: Any, cancel: Any) -> str:
        runs.append(1)
        begun.set()
        assert let_go.wait(PATIENCE)
        return ""

    widget = job(work)
    front.send(widget, kind="run")
    assert begun.wait(PATIENCE)
    front.send(widget, kind="run")
    let_go.set()
    widget.join(PATIENCE)
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("n_models=0. Allowed: 1 or more."), "n_models=0. Allowed: 1 or more."),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
    ],
)
def test_failing_work_shows_its_error_in_the_widget(front: Front, error: Exception, words: str) -> None:
    def work(options: Any, progress: Any, cancel: Any) -> str:
        raise error

    widget = job(work)
    front.send(widget, kind="run")
    widget.join(PATIENCE)
    assert widget.job == {"state": "failed", "share": 0.0, "text": words}


def test_a_card_that_cannot_be_made_shows_its_error_too(front: Front) -> None:
    def broken(text: str) -> Card:
        raise KeyError("column")

    widget: JobWidget[str] = JobWidget(lambda options, progress, cancel: "", broken, card=FIRST)
    front.send(widget, kind="run")
    widget.join(PATIENCE)
    assert (widget.job["state"], widget.job["text"]) == ("failed", "KeyError: 'column'")


def test_a_message_that_makes_no_sense_is_shown_not_logged(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    widget = job(lambda options, progress, cancel: "")
    front.send(widget, kind="run", options=5)
    assert widget.job["state"] == "failed"
    assert caplog.text == ""


def test_cancel_without_a_job_changes_nothing(front: Front) -> None:
    widget = job(lambda options, progress, cancel: "")
    front.send(widget, kind="cancel")
    front.send(widget, kind="unheard of")
    assert widget.job["state"] == "idle"


def test_controls_stay_with_every_card(front: Front) -> None:
    control = Control(name="seed", label="Seed", value=0, kind="number")
    widget = job(lambda options, progress, cancel: "", controls=(control,))
    front.send(widget, kind="run")
    widget.join(PATIENCE)
    assert widget.message["controls"][0]["name"] == "seed"


def test_a_guess_that_is_refused_shows_why(front: Front) -> None:
    def refuse(value: float) -> None:
        raise InputError(f"guess={value!r}. Allowed: a number from 0 to 1.")

    widget = GuessWidget(lambda error: Card(headline="Guess first.", summary=error), refuse, lambda: None)
    front.send(widget, kind="guess", value=7)
    assert widget.message["card"]["summary"] == "guess=7. Allowed: a number from 0 to 1."


def test_a_script_that_exits_ends_the_job(front: Front) -> None:
    """In a thread `sys.exit` ends without a word, and the widget would run for ever."""

    def work(options: Any, progress: Any, cancel: Any) -> str:
        raise SystemExit("no rows")

    widget = job(work)
    front.send(widget, kind="run")
    widget.join(PATIENCE)
    assert (widget.job["state"], widget.job["text"]) == ("failed", "SystemExit: no rows")


def answers() -> list[Any]:
    return [data["content"] for _, data in RecordingComm.sent if data.get("method") == "custom"]


@pytest.mark.parametrize("asked", [{"question": []}, {"question": "x"}, {}, {"question": {}, "number": "1"}])
def test_a_question_of_another_form_is_not_asked(front: Front, asked: dict[str, Any]) -> None:
    heard: list[Any] = []

    def hear(question: Any) -> dict[str, Any]:
        heard.append(question)
        return {}

    widget = job(lambda options, progress, cancel: "", ask=hear)
    before = len(answers())
    front.send(widget, kind="ask", **{"number": 1, **asked})
    assert (heard, len(answers()), widget.job["state"]) == ([], before, "idle")


def test_a_question_that_fails_is_answered_in_words_and_the_job_goes_on(front: Front) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def work(options: Any, progress: Any, cancel: Any) -> str:
        begun.set()
        assert let_go.wait(PATIENCE)
        return "found"

    def ask(question: Any) -> dict[str, Any]:
        raise KeyError("column")

    widget = job(work, ask=ask)
    front.send(widget, kind="run")
    assert begun.wait(PATIENCE)
    front.send(widget, kind="ask", number=3, question={"slice": 0})
    assert answers()[-1] == {"kind": "answer", "number": 3, "answer": {"error": "KeyError: 'column'"}}
    assert widget.job["state"] == "running"
    let_go.set()
    widget.join(PATIENCE)
    assert widget.job["state"] == "done"


def test_an_answer_that_can_be_bettered_is_sent_again_until_the_next_question(front: Front) -> None:
    asked: list[int] = []
    bettering, go_on = threading.Event(), threading.Event()

    def ask(question: Any) -> Any:
        asked.append(question["number"])
        for step in range(3):
            yield {"step": step, "of": question["number"], "more": step < 2}
            if question["number"] == 1 and step == 0:
                bettering.set()
                assert go_on.wait(PATIENCE)

    widget = job(lambda options, progress, cancel: "", ask=ask)
    ended_ = threading.Event()
    send = widget.send

    def listen(content: Any, buffers: Any = None) -> None:
        send(content, buffers)
        if content["answer"]["of"] == 2 and content["answer"]["step"] == 2:
            ended_.set()

    widget.send = listen
    front.send(widget, kind="ask", number=1, question={"number": 1})
    assert bettering.wait(PATIENCE)
    front.send(widget, kind="ask", number=2, question={"number": 2})
    go_on.set()
    assert ended_.wait(PATIENCE)
    told = [data["content"]["answer"] for kind, data in RecordingComm.sent if data.get("method") == "custom"]
    assert [(each["of"], each["step"]) for each in told] == [(1, 0), (2, 0), (2, 1), (2, 2)]


def test_an_error_while_an_answer_is_bettered_is_told(front: Front) -> None:
    told = threading.Event()

    def ask(question: Any) -> Any:
        yield {"more": True}
        raise InputError("x=1. Allowed: 2.")

    widget = job(lambda options, progress, cancel: "", ask=ask)
    send = widget.send

    def listen(content: Any, buffers: Any = None) -> None:
        send(content, buffers)
        if content["answer"] == {"error": "x=1. Allowed: 2."}:
            told.set()

    widget.send = listen
    front.send(widget, kind="ask", number=1, question={})
    assert told.wait(PATIENCE)
