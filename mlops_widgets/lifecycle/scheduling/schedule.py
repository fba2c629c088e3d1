"""A retraining policy as data: what is done when, on which evidence, by whom, and until when that holds."""

import os
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from mlops_widgets.core.result import Result, write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.scheduling.calendar_steps import after, dates_from
from mlops_widgets.lifecycle.scheduling.schedule_findings import find
from mlops_widgets.lifecycle.scheduling.schedule_text import yaml_of
from mlops_widgets.study.over_time.periods import Period

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["never", "every", "signal", "forecast"]
MOST_DATES = 12
NOT_WRITTEN = frozenset({"fingerprint", "findings"})


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is to be done now.

    Parameters
    ----------
    action
        "retrain"; "check" whether the alarm says so; "review"; "nothing"; "expired" where the evidence no longer holds.
    next_date
        When the next retrain or check is planned, as ISO text; empty where none is.
    """

    action: Literal["retrain", "check", "review", "nothing", "expired"]
    next_date: str


@dataclass(frozen=True, kw_only=True)
class RetrainingSchedule(Result):
    """When a model is retrained or looked at, written so that a program can follow it and a person can edit it.

    Parameters
    ----------
    study, study_fingerprint
        Whose model, and what it was when this was planned.
    policy, kind
        The policy's name, and its kind: "never" (reviews only), "every" so many chunks, by a "signal", or by "forecast".
    every, signal, threshold, gate, horizon, window
        Its parameters: chunks between retrains; the signal and what it must exceed; newest labelled chunks on which a challenger
        must win; chunks that a forecast looks ahead; the rows that a refit learns from.
    chunk
        Length of a chunk: "hour" to "year"; None where the timeline has no calendar.
    label_delay, deploy_delay
        Chunks after which labels arrive, and that a deployment takes.
    retrain_cost, value_per_loss, value_unit, loss_name
        What was assumed of costs.
    verdict, saving, saving_lower, saving_upper, judged_chunks
        What the policy saved against never retraining over so many judged chunks, with its 95 % interval.
    evidence_digest
        First 16 hex digits of the SHA-256 of the simulation.
    owner
        Who answers for it; empty where nobody was named.
    start, valid_until
        First date, and the day from which the evidence counts as stale; ISO text in local time, empty without a calendar.
    review_every
        Chunks between reviews.
    """

    study: str
    study_fingerprint: str
    policy: str
    kind: Kind
    every: int
    signal: str
    threshold: float
    gate: int
    horizon: int
    window: str
    chunk: Period | None
    label_delay: int
    deploy_delay: int
    retrain_cost: float
    value_per_loss: float
    value_unit: str
    loss_name: str
    verdict: str
    saving: float
    saving_lower: float
    saving_upper: float
    judged_chunks: int
    evidence_digest: str
    owner: str
    start: str
    valid_until: str
    review_every: int

    @classmethod
    def of(cls, **values: Any) -> Self:  # noqa: ANN401 - the fields
        """Return the schedule of these fields, its findings following from them."""
        return cls(findings=find(values), **{"fingerprint": values["study_fingerprint"], **values})

    @property
    def step(self) -> int:
        """Chunks from one date to the next: retrains, else checks of an alarm at every chunk, else reviews."""
        return {"every": self.every, "never": self.review_every}.get(self.kind, 1)

    def dates(self, most: int = MOST_DATES) -> tuple[str, ...]:
        """Return the first dates of retrains, checks or (where nothing is retrained) reviews, as ISO text."""
        return self._dates(self.step, most)

    def review_dates(self, most: int = MOST_DATES) -> tuple[str, ...]:
        """Return the first dates of reviews, as ISO text."""
        return self._dates(self.review_every, most)

    def _dates(self, step: int, most: int) -> tuple[str, ...]:
        if self.chunk is None or not self.start:
            return ()
        start, until = datetime.fromisoformat(self.start), datetime.fromisoformat(self.valid_until)
        return tuple(written(each) for each in islice(dates_from(start, self.chunk, step, until), most))

    def due(self, now: datetime) -> Due:
        """Return what is to be done at `now`: what is planned for the chunk that it lies in.

        Parameters
        ----------
        now
            A moment in local time; a zone, where it has one, is left out.

        Raises
        ------
        InputError
            If `now` is no moment, or the schedule has no calendar.
        """
        if not isinstance(now, datetime):
            raise InputError(f"now={str(now)[:60]!r}. Pass a moment such as datetime.now().")
        if self.chunk is None:
            raise InputError(
                "This schedule counts chunks, not dates: its timeline had no calendar. Plan it anew from a study with time=."
            )
        now = now.replace(tzinfo=None)
        if now >= datetime.fromisoformat(self.valid_until):
            return Due(action="expired", next_date="")
        planned, coming = self._around(self.step, now)
        reviews, _ = self._around(self.review_every, now)
        doing: Literal["retrain", "check", "review"] = {"every": "retrain", "never": "review"}.get(self.kind, "check")  # type: ignore[assignment]  # literals
        if planned:
            return Due(action=doing, next_date=coming)
        return Due(action="review" if reviews else "nothing", next_date=coming)

    def _around(self, step: int, now: datetime) -> tuple[bool, str]:
        """Return whether a date of every `step` chunks lies in the chunk of `now`, and the next one after it."""
        assert self.chunk is not None  # noqa: S101 - asked before
        start, until = datetime.fromisoformat(self.start), datetime.fromisoformat(self.valid_until)
        current = False
        for each in dates_from(start, self.chunk, step, until):
            if each > now:
                return current, written(each)
            current = now < after(each, self.chunk, 1)
        return current, ""

    def frame(self) -> "pd.DataFrame":
        """Return one row a planned date: what is done then."""
        import pandas as pd

        doing = {"every": "retrain", "never": "review"}.get(self.kind, "check the alarm")
        rows = [(each, doing) for each in self.dates()]
        if self.kind != "never":
            rows += [(each, "review") for each in self.review_dates()]
        return pd.DataFrame(sorted(rows), columns=["date", "what"])

    def to_yaml(self) -> str:
        """Return the schedule as YAML, which `read_schedule` reads again."""
        return yaml_of({name: getattr(self, name) for name in FIELDS}, self.dates())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the schedule to `path`, by its suffix: `.yaml` or `.yml`, or what other results are saved as.

        Raises
        ------
        InputError
            If the suffix is another one.
        """
        path = Path(path)
        if path.suffix not in {".yaml", ".yml"}:
            return super().save(path)
        write_atomically(path, self.to_yaml().encode())
        return path


def written(moment: datetime) -> str:
    """Return a moment as ISO text, midnight as its day."""
    return (
        moment.date().isoformat()
        if moment == moment.replace(hour=0, minute=0, second=0, microsecond=0)
        else moment.isoformat(timespec="minutes")
    )


FIELDS = tuple(each.name for each in fields(RetrainingSchedule) if each.name not in NOT_WRITTEN)
"""What a file holds, in its order."""
