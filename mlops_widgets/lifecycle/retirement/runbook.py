"""How a model is taken out of service, step by step: who is told, how traffic is drained, what is kept, how to come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from mlops_widgets.core.document import Document, Grid, Points, Section, Statement
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.statements import day, person, said, words
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, WrongTypeError, listed
from mlops_widgets.lifecycle.retirement.bounds import check_whole, is_share
from mlops_widgets.lifecycle.retirement.decisions import DecisionRecord

DRAIN = (0.5, 0.1, 0.0)
"""Shares of traffic that are left to the model after each step, by default."""


@dataclass(frozen=True, kw_only=True)
class Runbook(Result):
    """The steps by which a model leaves service.

    Parameters
    ----------
    model, fallback
        What leaves, and what serves instead.
    tell
        Who is told → by whom or how.
    shares, dates
        Share of traffic left to the model after each step, and the day of each; "" without a first day.
    watch
        What is looked at before each next step.
    keep_days
        What is kept → for how many days.
    reinstate_when, back
        When the model may come back, and who brings it back.
    said_by, said_on
        Who says all this, and when.
    """

    model: str
    fallback: str
    tell: Mapping[str, str] = field(default_factory=dict)
    shares: tuple[float, ...]
    dates: tuple[str, ...]
    watch: tuple[str, ...]
    keep_days: Mapping[str, int] = field(default_factory=dict)
    reinstate_when: tuple[str, ...] = ()
    back: str = ""
    said_by: str = ""
    said_on: str = ""
    synthetic: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """What a person still has to say."""
        asked: dict[str, object] = {
            "what serves instead": self.fallback, "who is told": self.tell, "the first day": any(self.dates),
            "how long data are kept": self.keep_days, "when the model may come back": self.reinstate_when, "who brings it back": self.back,
        }  # fmt: skip
        return tuple(label for label, given in asked.items() if not given)

    @property
    def document(self) -> Document:
        """The runbook as a text."""
        lead = f"{self.model} leaves service in {len(self.shares)} steps."
        lead += f" Missing: {listed(self.missing)}." if self.missing else " Everything asked is said."
        sections = (_who(self), _steps(self), _kept(self), _back(self))
        return Document(title=f"Runbook: retiring {self.model}", lead=lead, small=self.method, sections=sections)


def write_runbook(
    record: DecisionRecord,
    *,
    tell: Mapping[str, str] | None = None,
    first_day: str = "",
    shares: Sequence[float] = DRAIN,
    days_between: int = 7,
    keep_days: Mapping[str, int] | None = None,
    back: str = "",
) -> Runbook:
    """Write the steps by which a model that was decided to go leaves service.

    Parameters
    ----------
    record
        The decision to retire.
    tell
        Who is told → by whom or how: {"support": "mail by Ada King"}.
    first_day
        Day of the first step, as 2026-04-01.
    shares
        Share of traffic left to the model after each step, falling to 0.
    days_between
        Days between steps, 1 or more.
    keep_days
        What is kept → for how many days: {"predictions": 365}.
    back
        Who brings the model back if a condition of reinstatement holds.

    Returns
    -------
    Runbook
        Findings: LC-RE-21 what is missing. `save` writes .json, .md, .html, .pdf and .png.

    Raises
    ------
    InputError
        If nobody decided to retire the model, or an option is out of its range.

    Examples
    --------
    >>> from mlops_widgets.lifecycle.retirement.runbook import drain_days
    >>> drain_days("2026-04-01", 3, 7)
    ('2026-04-01', '2026-04-08', '2026-04-15')
    """
    if not isinstance(record, DecisionRecord):
        raise WrongTypeError(
            f"write_runbook takes a DecisionRecord, not {type(record).__name__}: pass record_decision(result, …)."
        )
    if record.decision != "retire":
        raise InputError(
            f"The decision is to {record.decision}. A runbook is for a model that goes: decision='retire'."
        )
    steps = _shares(shares)
    check_whole("days_between", days_between, least=1)
    book = Runbook(
        findings=(), rows=0, method="Generated from the decision record; each share is what is left to the model after the step",
        model=record.model, fallback=record.fallback, tell={words("tell", who): words("tell", how) for who, how in (tell or {}).items()},
        shares=steps, dates=drain_days(day("first_day", first_day), len(steps), int(days_between)), watch=_watch(record), keep_days=_keep(keep_days),
        reinstate_when=record.reinstate_when, back=person("back", back), said_by=record.decided_by, said_on=record.decided_on,
        synthetic=record.synthetic,
    )  # fmt: skip
    missing = book.missing
    claim = f"The runbook lacks {len(missing)} of what a person must say: {listed(missing)}." if missing else (
        f"The runbook for retiring {record.model} is whole: {len(steps)} steps"
        + (f", the last on {book.dates[-1]}." if book.dates[-1] else ".")
    )  # fmt: skip
    finding = Finding(
        code="LC-RE-21", status="failed" if missing else "passed", claim=claim, evidence={"missing": len(missing), "steps": len(steps)},
        action="Have it said, and write the runbook again." if missing else "",
    )  # fmt: skip
    return replace(book, findings=(finding,))


def drain_days(first: str, steps: int, between: int) -> tuple[str, ...]:
    """Return the day of each step; "" without a first one."""
    if not first:
        return ("",) * steps
    return tuple((date.fromisoformat(first) + timedelta(days=between * each)).isoformat() for each in range(steps))


def _shares(given: Sequence[float]) -> tuple[float, ...]:
    found = tuple(given)
    if not found or not all(map(is_share, found)) or found[-1] != 0 or any(a <= b for a, b in pairwise(found)):
        raise InputError(
            f"shares={list(found)[:8]!r}. Pass falling shares below 1 that end with 0, such as (0.5, 0.1, 0)."
        )
    return tuple(float(each) for each in found)


def _keep(given: Mapping[str, int] | None) -> dict[str, int]:
    for what, days in (given or {}).items():
        check_whole(f"keep_days[{str(what)[:40]!r}]", days, least=0)
    return {words("keep_days", what): int(days) for what, days in (given or {}).items()}


def _watch(record: DecisionRecord) -> tuple[str, ...]:
    """Return what is looked at before each step: whatever made the model go must not be true of what serves instead."""
    rules = listed(record.fired) if record.fired else "no rule fired"
    return (
        "Errors and response times of what serves instead.",
        f"The signals of the rules that fired, measured on what serves instead: {rules}.",
        "Complaints and manual corrections since the last step.",
    )


def _who(r: Runbook) -> Section:
    told = Grid(columns=("who is told", "how"), rows=tuple((who, how or "–") for who, how in r.tell.items()))
    return Section(title="Who is told", blocks=(told if r.tell else said("Who is told", "", by="", on=""),))


def _steps(r: Runbook) -> Section:
    rows = tuple(
        (str(place), when or "–", number(share, "percent"), number(1 - share, "percent"))
        for place, (share, when) in enumerate(zip(r.shares, r.dates, strict=True), start=1)
    )
    grid = Grid(columns=("step", "day", "left to the model", "to what serves instead"), rows=rows)
    return Section(
        title="How traffic is drained",
        blocks=(said("What serves instead", r.fallback, by=r.said_by, on=r.said_on), grid, Statement(label="Before each step", value="look at:"), Points(items=r.watch)),
    )  # fmt: skip


def _kept(r: Runbook) -> Section:
    rows = tuple((what, f"{number(days, 'integer')} days") for what, days in r.keep_days.items())
    return Section(
        title="What is kept, and how long",
        blocks=(
            Grid(columns=("what", "how long"), rows=rows) if rows else said("How long data are kept", "", by="", on=""),
        ),
    )


def _back(r: Runbook) -> Section:
    conditions = (
        Points(items=r.reinstate_when) if r.reinstate_when else said("When the model may come back", "", by="", on="")
    )
    return Section(
        title="How to come back", blocks=(conditions, said("Who brings it back", r.back, by=r.said_by, on=r.said_on))
    )
