"""Follow rows through the steps of a pipeline: what each step loses, multiplies, adds up otherwise or leaves empty."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.calendars import with_zone
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.audits.batches import read_batch
from mlops_widgets.data_quality.audits.pipeline_findings import find
from mlops_widgets.data_quality.audits.pipeline_steps import StepSeen, seen_at
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pandas as pd

StepTable = Any
"""A table of any form that a study accepts, or a function that takes the frame of the step before and returns one."""
_MOST_STEPS = 200


@dataclass(frozen=True, kw_only=True)
class PipelineCheckResult(Result):
    """The steps of a pipeline, in order, each with what it did to the rows of the one before.

    Parameters
    ----------
    steps
        One a step.
    keys
        The columns that name a row.
    totals
        The columns whose sums are followed.
    tolerance
        Largest relative change of a sum that doesn't matter, from 0 to 1.
    least_kept
        Smallest share of the keys that a step may keep, from 0 to 1.
    missing_margin
        Largest rise of a column's share of missing cells that doesn't matter.
    """

    steps: tuple[StepSeen, ...]
    keys: tuple[str, ...]
    totals: tuple[str, ...]
    tolerance: float
    least_kept: float
    missing_margin: float

    def frame(self) -> "pd.DataFrame":
        """Return one row a step: rows, keys lost, added and repeated, columns gone and new, the latest time."""
        import pandas as pd

        lines = [
            {
                "step": each.name, "rows": each.rows, "keys": each.keys, "keys_lost": each.keys_lost, "keys_added": each.keys_added,
                "rows_multiplied": each.rows_multiplied, "keys_missing": each.keys_missing, "gone": len(each.gone), "new": len(each.new),
                "latest": each.latest,
            }
            for each in self.steps
        ]  # fmt: skip
        return pd.DataFrame(lines)


@strategy("DQ-CP", takes_data=True)
def check_pipeline(
    tables: Mapping[str, StepTable],
    *,
    keys: str | Sequence[str] = (),
    totals: str | Sequence[str] = (),
    tolerance: float = 1e-6,
    least_kept: float = 1.0,
    missing_margin: float = 0.0,
    time: str | None = None,
    fresh_within: timedelta | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PipelineCheckResult:
    """Find out which step of a pipeline loses rows, multiplies them, or changes what they add up to.

    Parameters
    ----------
    tables
        Name of the step → table, in order; or a function that is given the frame of the step before and returns the next.
    keys
        Columns that name a row. Without them rows are counted and can't be told apart.
    totals
        Columns of numbers whose sum each step should keep, where both tables have the column.
    tolerance
        Largest relative change of a sum that doesn't matter, from 0 to 1.
    least_kept
        Smallest share of the keys (without keys: of the rows) that a step may keep, from 0 to 1; by default all.
    missing_margin
        Largest rise of a column's share of missing cells that doesn't matter, from 0 to 1.
    time
        Column of dates in the last step, for freshness.
    fresh_within
        How old the latest of these may be at `now`; both are needed for freshness.
    now
        What time it is, UTC where it has no zone.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    PipelineCheckResult or NoResult
        Findings: DQ-CP-01 the pipeline, DQ-CP-02 rows or keys lost, DQ-CP-03 rows multiplied by a join, DQ-CP-04 keys that aren't
        unique or are missing, DQ-CP-05 totals, DQ-CP-06 columns gone or new, DQ-CP-07 cells that went missing, DQ-CP-08 freshness.

    Raises
    ------
    WrongTypeError
        If `tables` is no map.
    UnknownNameError
        If the first step lacks a key, no step has a total, or the last lacks `time`.
    InputError, TableError
        If an option is out of its range, or a step gives no table.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"id": [1, 2, 3], "customer": [7, 7, 8], "paid": [10.0, 20.0, 5.0]})
    >>> customers = pd.DataFrame({"customer": [7, 7], "name": ["A", "B"]})
    >>> joined = lambda frame: frame.merge(customers, how="inner")
    >>> result = check_pipeline({"orders": orders, "joined": joined}, keys="id", totals="paid")
    >>> result.frame()[["step", "rows", "keys_lost", "rows_multiplied"]].to_dict("records")[1]
    {'step': 'joined', 'rows': 4, 'keys_lost': 1, 'rows_multiplied': 2}
    """
    names = _names(keys), _names(totals)
    _check(tables, tolerance=tolerance, least_kept=least_kept, missing_margin=missing_margin)
    moment = with_zone(now)
    found: list[StepSeen] = []
    before: Table | None = None
    for name, given in steps(list(tables.items()), "step", progress, cancel):
        table = _table(name, given, before)
        _check_names(table, found, keys=names[0])
        found.append(seen_at(name, table, before, keys=names[0], totals=names[1], time=time))
        before = table
    _check_used(found, before, totals=names[1], time=time)
    result = PipelineCheckResult(
        findings=(), rows=sum(each.rows for each in found), method=_METHOD, steps=tuple(found), keys=names[0], totals=names[1],
        tolerance=tolerance, least_kept=least_kept, missing_margin=missing_margin,
    )  # fmt: skip
    return _judged(result, moment, fresh_within)


def _judged(result: PipelineCheckResult, now: datetime | None, fresh_within: timedelta | None) -> PipelineCheckResult:
    limits = (result.tolerance, result.least_kept, result.missing_margin)
    findings = find(result.steps, keyed=bool(result.keys), limits=limits, now=now, fresh_within=fresh_within)
    return PipelineCheckResult(**{**vars(result), "findings": findings})


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _check(tables: object, **shares: object) -> None:
    if not isinstance(tables, Mapping):
        raise WrongTypeError(f"tables={type(tables).__name__}. Pass a map of the step's name → table, in order.")
    if not 1 <= len(tables) <= _MOST_STEPS:
        raise InputError(f"tables= holds {len(tables):,} steps. Pass 1 to {_MOST_STEPS}.")
    for option, value in shares.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InputError(f"{option}={value!r}. Pass a share from 0 to 1.")


def _table(name: str, given: StepTable, before: Table | None) -> Table:
    if callable(given):
        if before is None:
            raise InputError(f"Step {str(name)[:60]!r} comes first and is a function. Begin with a table.")
        function: Callable[..., Any] = given
        given = function(before.pandas().copy())
    return read_batch(given, str(name))


def _check_names(table: Table, found: Sequence[StepSeen], *, keys: Sequence[str]) -> None:
    gone = [name for name in keys if name not in table]
    if gone and not found:
        raise UnknownNameError(
            f"keys= names {gone[0]!r}, which isn't in {table.name}. Columns: {listed(table.columns)}.{did_you_mean(gone[0], table.columns)}"
        )


def _check_used(found: Sequence[StepSeen], last: Table | None, *, totals: Sequence[str], time: str | None) -> None:
    for name in totals:
        if not any(name in each.totals for each in found):
            raise UnknownNameError(
                f"totals= names {name!r}, which is a column of numbers in no step. Name one that is."
            )
    if time is not None and last is not None and time not in last:
        raise UnknownNameError(
            f"time={time!r} isn't in {last.name}. Columns: {listed(last.columns)}.{did_you_mean(time, last.columns)}"
        )


_METHOD = "Every row is counted; keys are compared as whole rows of the key columns, by 64-bit hashes; sums in double precision"
