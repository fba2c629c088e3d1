"""The widgets, and the only module that knows a widget toolkit.

A widget opens a connection to the front end when it is made; so these are made on display and only where somebody looks.
Exceptions that reach the toolkit from a callback end in a log that nobody reads: every callback shows them instead.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import anywidget
import traitlets

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.errors import CancelledError, InputError, MlopsWidgetsError
from mlops_widgets.ui.card import Card, Control
from mlops_widgets.ui.show import message, program

T = TypeVar("T")
State = Literal["idle", "running", "done", "cancelled", "failed"]
Options = Mapping[str, float | str]
Work = Callable[[Options, Progress, Cancel], T]
"""Does the job: options, progress and cancel as in `core.progress`. Runs in a thread of its own."""
Buffers = Sequence["memoryview[Any]"]
"""Bytes that came with a message."""
Handle = Callable[[Mapping[str, Any], Buffers], Mapping[str, Any] | None]
"""Takes an event of a form; returns what the front end is told of a file on its way, or None."""
Answer = Mapping[str, Any]
Ask = Callable[[Mapping[str, Any]], Answer | Iterator[Answer]]
"""Answers a question of a view. The answer goes out as a message, never as state, so a saved notebook doesn't hold it.

An iterator answers better and better: where an answer holds `more`, the next one is made in a thread, until the next question
or Cancel.
"""

GRACE_SECONDS = 0.3
"""How long a cancelled job may take to stop by itself before the widget lets go of it."""
_PAUSE_SECONDS = 0.1
_DROPPED = "Stopped. One step can't be interrupted: it goes on in the background and its result is dropped."


def in_words(error: BaseException) -> str:
    """Return an error as a script shows it: ours by their sentence, others with their type before it."""
    return str(error) if isinstance(error, MlopsWidgetsError) else f"{type(error).__name__}: {error}"


class _Widget(anywidget.AnyWidget):
    """What all widgets share: the view's program, and the message that it draws."""

    _esm = traitlets.Unicode().tag(sync=True)
    message = traitlets.Dict().tag(sync=True)

    def __init__(self, first: Mapping[str, Any], **traits: object) -> None:
        super().__init__(_esm=program().module, message=dict(first), **traits)
        self.on_msg(self._receive)

    def _receive(self, _widget: object, content: Mapping[str, Any], buffers: Buffers) -> None:
        try:
            self._answer(content, buffers)
        except Exception as error:  # noqa: BLE001 - the toolkit would log it where nobody looks; it is shown instead
            self._show_error(in_words(error))

    def _answer(self, content: Mapping[str, Any], buffers: Buffers) -> None:
        raise NotImplementedError

    def _show_error(self, words: str) -> None:
        raise NotImplementedError


class JobWidget(_Widget, Generic[T]):
    """A card with options, Run and Cancel, whose work runs in a thread.

    The numbers of threads that libraries use are left alone: limits on them hold for the whole process, and two jobs that
    overlap would restore them in the wrong order. Whoever fits many small models limits them around the fit.

    Parameters
    ----------
    work
        The job; see `Work`.
    show
        Makes the card of what `work` returned. Not called for a job that was cancelled.
    card
        What to show before the first run.
    controls
        The options that a person can set.
    grace_seconds
        How long after Cancel a job may go on before the widget is free again and the result is dropped.
    clock
        Seconds, for the pace of progress messages.
    run
        What the button says that starts the job.
    lock
        Held while the job's state and the message change; whoever shares the state that `show` reads gives their own.
    ask
        Answers questions of the view, such as one for rows of the user's; None where it has none.
    """

    job = traitlets.Dict().tag(sync=True)

    def __init__(
        self, work: Work[T], show: Callable[[T], Card], *, card: Card, controls: Sequence[Control] = (),
        grace_seconds: float = GRACE_SECONDS, clock: Callable[[], float] = time.monotonic,
        run: str = "Run", lock: "threading.RLock | None" = None, ask: Ask | None = None,
    ) -> None:  # fmt: skip
        self._work, self._show, self._controls, self._ask = work, show, tuple(controls), ask
        self._grace_seconds, self._clock, self._run_words = grace_seconds, clock, run
        self._lock = lock or threading.RLock()
        self._run_number = 0
        self._stop, self._asked_anew = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._finishing = False
        super().__init__(self._message(card), job={"state": "idle", "share": 0.0, "text": ""})

    def start(self, options: Options) -> None:
        """Start the job, unless one runs."""
        with self._lock:
            if self.job["state"] == "running":
                return
            self._run_number += 1
            self._stop, self._finishing = threading.Event(), False
            self._tell("running", 0.0, "Starting")
            job = (self._run_number, dict(options), self._stop)
            self._thread = threading.Thread(target=self._run, args=job, name="mlops-widgets-job", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ask the running job to stop; where it doesn't within the grace, let go of it."""
        with self._lock:
            if self.job["state"] != "running" or self._finishing or self._stop.is_set():
                return
            self._stop.set()
            timer = threading.Timer(self._grace_seconds, self._let_go, (self._run_number,))
            timer.daemon = True
            timer.start()

    def join(self, seconds: float) -> None:
        """Wait until the last job's thread has ended, at most `seconds`."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _answer(self, content: Mapping[str, Any], buffers: Buffers) -> None:  # noqa: ARG002 - only forms take bytes
        kind = content.get("kind")
        if kind == "run":
            options = content.get("options") or {}
            if not isinstance(options, Mapping):
                raise InputError(f"options={type(options).__name__}. Pass a map of names and values.")
            self.start(options)
        elif kind == "cancel":
            self._asked_anew.set()
            self.stop()
        elif kind == "ask" and self._ask is not None:
            self._reply(self._ask, content)

    def _reply(self, ask: Ask, content: Mapping[str, Any]) -> None:
        question, number = content.get("question"), content.get("number")
        if not isinstance(question, Mapping) or type(number) is not int:
            return  # no view of ours asks so
        self._asked_anew.set()  # whoever still betters the last answer stops
        self._asked_anew = threading.Event()
        answers = _answers(ask, question)
        if self._send_next(number, answers):
            better = (number, answers, self._asked_anew)
            threading.Thread(target=self._better, args=better, name="mlops-widgets-answer", daemon=True).start()

    def _better(self, number: int, answers: Iterator[dict[str, Any]], stop: threading.Event) -> None:
        while not stop.is_set() and self._send_next(number, answers, stop):
            pass

    def _send_next(self, number: int, answers: Iterator[dict[str, Any]], stop: "threading.Event | None" = None) -> bool:
        """Send the next answer, unless another question came meanwhile; return whether a better one can be made."""
        told = next(answers, None)
        if told is None or (stop is not None and stop.is_set()):
            return False
        self.send({"kind": "answer", "number": number, "answer": told})
        return bool(told.get("more"))

    def _show_error(self, words: str) -> None:
        self._tell("failed", 0.0, words)

    def _run(self, number: int, options: Options, stop: threading.Event) -> None:
        started = self._clock()
        try:
            outcome = self._work(options, self._progress(number), stop.is_set)
            with self._lock:
                if number != self._run_number or stop.is_set():
                    raise CancelledError("Stopped. Nothing was changed.")  # noqa: TRY301 - one place says how a job ends
                self._finishing = True
            shown = self._message(self._show(outcome))
        except CancelledError as stopped:
            self._end(number, "cancelled", str(stopped))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a thread's error would end in a log; the widget shows it
            self._end(number, "failed", in_words(error))
        else:
            self._end(number, "done", self._done_words(outcome, self._clock() - started), shown)

    def _message(self, card: Card) -> dict[str, Any]:
        return message(card, self._controls) | {"run": self._run_words}

    def _done_words(self, _outcome: T, seconds: float) -> str:
        return f"Done in {seconds:.1f} s"

    def _progress(self, number: int) -> Progress:
        """Return a callback that tells the front end at most ten times a second, and nothing once the job is let go."""
        last = -_PAUSE_SECONDS

        def progress(share: float, text: str) -> None:
            nonlocal last
            with self._lock:
                if number == self._run_number and not self._stop.is_set() and self._clock() - last >= _PAUSE_SECONDS:
                    last = self._clock()
                    self._tell("running", min(max(share, 0.0), 1.0), text)

        return progress

    def _let_go(self, number: int) -> None:
        self._end(number, "cancelled", _DROPPED)

    def _end(self, number: int, state: State, text: str, shown: dict[str, Any] | None = None) -> bool:
        """End the job of that number, and return True, unless it has ended already; what comes later is dropped."""
        with self._lock:
            if number != self._run_number or self.job["state"] != "running":
                return False
            if state != "done":
                self._run_number += 1
            with self.hold_sync():
                if shown is not None:
                    self.message = shown
                self._tell(state, 1.0 if state == "done" else 0.0, text)
            return True

    def _tell(self, state: State, share: float, text: str) -> None:
        self.job = {"state": state, "share": share, "text": text}


def _answers(ask: Ask, question: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the answers to a question, or what went wrong: it is said where it was asked, and a job that runs goes on."""
    try:
        told = ask(question)
        for each in (told,) if isinstance(told, Mapping) else told:
            yield dict(each)
    except Exception as error:  # noqa: BLE001 - see above
        yield {"error": in_words(error)}


Finish = Callable[[], str]
"""Puts into effect what a form's job has made, and returns what to say."""


class FormWidget(JobWidget[Finish]):
    """A form, and the job that reads it: what a person enters comes as events, and the card follows.

    Parameters
    ----------
    work
        The job. It changes nothing that Cancel should leave alone; what it returns is called once it can't be cancelled.
    card
        Makes the card of the form as it stands.
    handle
        Takes an event and the bytes that came with it; returns what the front end is told of a file on its way, or None.
    settled
        Is called with the widget after each event, and with how it ended after each job.
    run, lock
        As in `JobWidget`.
    """

    transfer = traitlets.Dict().tag(sync=True)

    def __init__(
        self, work: Work[Finish], card: Callable[[], Card], handle: Handle, *,
        settled: Callable[["FormWidget", State], None], run: str, lock: "threading.RLock",
    ) -> None:  # fmt: skip
        self._card, self._handle, self._settled, self._said = card, handle, settled, ""
        super().__init__(work, self._put_into_effect, card=card(), run=run, lock=lock)

    @property
    def is_running(self) -> bool:
        """Whether a job runs."""
        return bool(self.job["state"] == "running")

    def refresh(self) -> None:
        """Show the form as it stands now."""
        with self._lock:
            self.message = self._message(self._card())

    def _answer(self, content: Mapping[str, Any], buffers: Buffers) -> None:
        if content.get("kind") != "form":
            super()._answer(content, buffers)
            return
        told = self._handle(content, buffers)
        if told is not None:
            self.transfer = dict(told)
        if told is None or told.get("state") != "receiving":  # while a file comes, nothing else has changed
            with self._lock:
                if not self.is_running:
                    self._tell("idle", 0.0, "")  # what the last job said was about the form before this event
            self.refresh()
            self._settled(self, "idle")

    def _put_into_effect(self, finish: Finish) -> Card:
        self._said = finish()
        return self._card()

    def _done_words(self, _outcome: Finish, _seconds: float) -> str:
        return self._said

    def _end(self, number: int, state: State, text: str, shown: dict[str, Any] | None = None) -> bool:
        """End as any job; then show what events changed meanwhile, and what went wrong beside its field."""
        ended = super()._end(number, state, text, shown)
        if ended:
            self._settled(self, state)
        self.refresh()
        return ended


class GuessWidget(_Widget):
    """A question with one number, locked or skipped by a message from the front end.

    Parameters
    ----------
    card
        Makes the card of the question as it stands; its argument is an error to show, or the empty text.
    lock
        Takes the number that was locked; raises `InputError` for one that isn't allowed.
    skip
        Is called where the question was skipped.
    """

    def __init__(self, card: Callable[[str], Card], lock: Callable[[float], None], skip: Callable[[], None]) -> None:
        self._card, self._lock, self._skip = card, lock, skip
        super().__init__(message(card("")))

    def refresh(self) -> None:
        """Show the question as it stands now."""
        self.message = message(self._card(""))

    def _answer(self, content: Mapping[str, Any], buffers: Buffers) -> None:  # noqa: ARG002 - asked like its siblings
        if content.get("kind") == "guess":
            self._lock(content.get("value"))  # type: ignore[arg-type]  # from outside; `lock` checks it
        elif content.get("kind") == "skip":
            self._skip()
        self.refresh()

    def _show_error(self, words: str) -> None:
        self.message = message(self._card(words))
