"""The two widgets, and the only module that knows a widget toolkit.

A widget opens a connection to the front end when it is made; so these are made on display and only where somebody looks.
Exceptions that reach the toolkit from a callback end in a log that nobody reads: every callback shows them instead.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import anywidget
import traitlets

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.errors import CancelledError, MlopsWidgetsError
from mlops_widgets.ui.card import Card, Control
from mlops_widgets.ui.show import message, program

T = TypeVar("T")
State = Literal["idle", "running", "done", "cancelled", "failed"]
Options = Mapping[str, float | str]
Work = Callable[[Options, Progress, Cancel], T]
"""Does the job: options, progress and cancel as in `core.progress`. Runs in a thread of its own."""

GRACE_SECONDS = 0.3
"""How long a cancelled job may take to stop by itself before the widget lets go of it."""
_PAUSE_SECONDS = 0.1
_DROPPED = "Stopped. One step can't be interrupted: it goes on in the background and its result is dropped."


def in_words(error: Exception) -> str:
    """Return an error as a script shows it: ours by their sentence, others with their type before it."""
    return str(error) if isinstance(error, MlopsWidgetsError) else f"{type(error).__name__}: {error}"


class _Widget(anywidget.AnyWidget):
    """What both widgets share: the view's program, and the message that it draws."""

    _esm = traitlets.Unicode().tag(sync=True)
    message = traitlets.Dict().tag(sync=True)

    def __init__(self, first: Mapping[str, Any], **traits: object) -> None:
        super().__init__(_esm=program().module, message=dict(first), **traits)
        self.on_msg(self._receive)

    def _receive(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        try:
            self._answer(content)
        except Exception as error:  # noqa: BLE001 - the toolkit would log it where nobody looks; it is shown instead
            self._show_error(in_words(error))

    def _answer(self, content: Mapping[str, Any]) -> None:
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
    """

    job = traitlets.Dict().tag(sync=True)

    def __init__(
        self, work: Work[T], show: Callable[[T], Card], *, card: Card, controls: Sequence[Control] = (),
        grace_seconds: float = GRACE_SECONDS, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._work, self._show, self._controls = work, show, tuple(controls)
        self._grace_seconds, self._clock = grace_seconds, clock
        self._lock = threading.RLock()
        self._run_number = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._finishing = False
        super().__init__(message(card, self._controls), job={"state": "idle", "share": 0.0, "text": ""})

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

    def _answer(self, content: Mapping[str, Any]) -> None:
        kind = content.get("kind")
        if kind == "run":
            self.start(content.get("options") or {})
        elif kind == "cancel":
            self.stop()

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
            shown = message(self._show(outcome), self._controls)
        except CancelledError as stopped:
            self._end(number, "cancelled", str(stopped))
        except Exception as error:  # noqa: BLE001 - a thread's error would end in a log; the widget shows it
            self._end(number, "failed", in_words(error))
        else:
            self._end(number, "done", f"Done in {self._clock() - started:.1f} s", shown)

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

    def _end(self, number: int, state: State, text: str, shown: dict[str, Any] | None = None) -> None:
        """End the job of that number, unless it has ended already; what comes later from its thread is dropped."""
        with self._lock:
            if number != self._run_number or self.job["state"] != "running":
                return
            if state != "done":
                self._run_number += 1
            with self.hold_sync():
                if shown is not None:
                    self.message = shown
                self._tell(state, 1.0 if state == "done" else 0.0, text)

    def _tell(self, state: State, share: float, text: str) -> None:
        self.job = {"state": state, "share": share, "text": text}


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

    def _answer(self, content: Mapping[str, Any]) -> None:
        if content.get("kind") == "guess":
            self._lock(content.get("value"))  # type: ignore[arg-type]  # from outside; `lock` checks it
        elif content.get("kind") == "skip":
            self._skip()
        self.refresh()

    def _show_error(self, words: str) -> None:
        self.message = message(self._card(words))
