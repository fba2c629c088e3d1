"""One run of the steps: each is looked up by the key of its work, and done, kept and told where it wasn't."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.errors import InputError, MissingInputError, MlopsWidgetsError, ModelError
from mlops_widgets.pipeline.artefacts import Artefacts, Kept
from mlops_widgets.pipeline.event_log import EventLog
from mlops_widgets.pipeline.keys import code_digest, key_of
from mlops_widgets.pipeline.ledger import Ledger
from mlops_widgets.pipeline.pipeline_result import StepOutcome
from mlops_widgets.pipeline.products import Made, Product, Skipped
from mlops_widgets.pipeline.steps import Step


@dataclass(kw_only=True)
class Runner:
    """What a run knows, and what came of its steps so far.

    Parameters
    ----------
    steps
        The steps by name.
    artefacts
        Where what they make is kept.
    ledger
        Where it is written down; None in a dry run of a pipeline that never ran.
    number
        The run's number.
    log
        Where events are told.
    clock
        Gives seconds, for how long steps take.
    dry
        Whether nothing is run or written.
    progress, cancel
        The caller's callbacks.
    outcomes
        What came of each step.
    stopped
        What ended the run early: nothing more is done after it.
    """

    steps: Mapping[str, Step]
    artefacts: Artefacts
    ledger: Ledger | None
    number: int
    log: EventLog
    clock: Callable[[], float]
    dry: bool = False
    progress: Progress | None = None
    cancel: Cancel | None = None
    outcomes: dict[str, StepOutcome] = field(default_factory=dict)
    stopped: MlopsWidgetsError | None = None
    finished: dict[str, Kept] = field(init=False)

    def __post_init__(self) -> None:
        """Read what was finished before."""
        self.finished = {} if self.ledger is None else self.ledger.finished()

    def __call__(self, name: str, given: Mapping[str, Product]) -> Product:
        """Do a step's work, or say why not; what ends the run is kept in `stopped` and not raised: see `run_graph`."""
        tell(self.progress, len(self.outcomes) / len(self.steps), name)
        if self.stopped is None:
            try:
                check_cancel(self.cancel)
                return self._step(self.steps[name], given)
            except MlopsWidgetsError as error:
                self.stopped = error
        return self._told(StepOutcome(name=name, status="not run", why="The run ended before."), "failed")

    def has(self, name: str) -> bool:
        """Say whether a step made something."""
        return name in self.outcomes and bool(self.outcomes[name].file)

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever a step returned
        """Return what a step made."""
        return self.artefacts.read(self.finished[self.outcomes[name].key])

    def _step(self, step: Step, given: Mapping[str, Product]) -> Product:
        blocked = [name for name, each in given.items() if each.state == "failed"]
        if blocked:
            return self._told(
                StepOutcome(name=step.name, status="not run", why=f"{blocked[0]} gave nothing."), "failed"
            )
        lacking = [name for name, each in given.items() if each.state == "skipped" and name not in step.optional]
        if lacking:
            return self._told(
                StepOutcome(name=step.name, status="skipped", why=f"{lacking[0]} was skipped."), "skipped"
            )
        if any(each.state == "not known" for each in given.values()):
            return self._told(
                StepOutcome(name=step.name, status="would run", why="What it needs isn't known yet."), "not known"
            )
        key = key_of(step.name, code_digest(step.function), {name: each.digest for name, each in given.items()})
        kept = self.finished.get(key)
        if kept is not None and self.artefacts.holds(kept):
            return self._kept(step.name, "cached", key, kept)
        if self.dry:
            return self._told(StepOutcome(name=step.name, status="would run", key=key), "not known")
        again = "" if kept is None else "What it made before is gone or was changed, so it ran again."
        return self._work(step, given, key, again)

    def _work(self, step: Step, given: Mapping[str, Product], key: str, again: str) -> Product:
        self._write("step started", step=step.name, key=key)
        self.log.write("step started", run=self.number, step=step.name, key=key)
        start = self.clock()
        try:
            made = _called(step, {name: each.read() for name, each in given.items()})
        except MlopsWidgetsError as error:
            why = error.claim if isinstance(error, ModelError) else str(error)
            self._write("step failed", step=step.name, key=key, status="failed", why=why)
            return self._told(StepOutcome(name=step.name, status="failed", why=why, key=key), "failed")
        made = made if isinstance(made, Made) else Made(value=made, facts={})
        kept = self.artefacts.keep(made.value, made.facts, step=step.name)
        seconds = round(self.clock() - start, 3)
        status = "skipped" if kept.kind == "skipped" else "ran"
        plain = {"kind": kept.kind, "digest": kept.digest, "suffix": kept.suffix, "facts": dict(kept.facts)}
        self._write("step finished", step=step.name, key=key, status=status, seconds=seconds, kept=plain)
        self.finished[key] = kept
        return self._kept(step.name, "ran", key, kept, seconds=seconds, why=again)

    def _kept(self, name: str, status: str, key: str, kept: Kept, *, seconds: float = 0.0, why: str = "") -> Product:
        value = self.artefacts.read(kept)
        skipped = isinstance(value, Skipped)
        outcome = StepOutcome(
            name=name, status="skipped" if skipped else status, why=value.why if skipped else why, seconds=seconds, key=key,
            digest=kept.digest, file="" if skipped else kept.file,
        )  # fmt: skip
        read = (lambda: None) if skipped else partial(self.artefacts.read, kept)
        return self._told(outcome, "skipped" if skipped else "there", digest=kept.digest, read=read)

    def _told(
        self, outcome: StepOutcome, state: Any, *, digest: str = "", read: Callable[[], Any] = lambda: None  # noqa: ANN401 - a State
    ) -> Product:  # fmt: skip
        self.outcomes[outcome.name] = outcome
        if not self.dry:
            self.log.write(
                "step", run=self.number, step=outcome.name, status=outcome.status, seconds=outcome.seconds, digest=outcome.digest
            )  # fmt: skip
        return Product(digest=digest or state, read=read, state=state)

    def _write(self, event: str, **facts: Any) -> None:  # noqa: ANN401 - plain JSON
        if self.ledger is not None:
            self.ledger.write(event, self.number, **facts)


def _called(step: Step, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever a step returns
    """Return what a step's function returns; what it raises is told by type alone, since its words may quote a cell."""
    try:
        return step.function(**given)
    except MissingInputError as error:
        return Skipped(why=str(error))
    except MlopsWidgetsError:
        raise
    except Exception as error:  # a step may be the user's own function, which raises anything
        raise InputError(f"{type(error).__name__} was raised{_where(error)}.") from error


def _where(error: Exception) -> str:
    """Return the place where an error came from: the innermost, as its words aren't told."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" in line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""
