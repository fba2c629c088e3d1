"""Audit batch after batch: which checks fail, what drifts without a false alarm, what changed first, when to look again."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np

from mlops_widgets.core.calendars import check_calendar, with_zone
from mlops_widgets.core.options import check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import NoResult
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.audits.audit_findings import Judged, find
from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult, next_due
from mlops_widgets.data_quality.audits.batches import Batch, Delivery, delivered
from mlops_widgets.data_quality.audits.check_trends import find_trends
from mlops_widgets.data_quality.audits.checks import Cell, Limits, check_history, watched
from mlops_widgets.data_quality.audits.first_change import first_changes
from mlops_widgets.data_quality.audits.history import (
    Audited,
    Learned,
    keep,
    keep_baseline,
    look_at,
    looked_at,
    profiled,
    recalled,
    recalled_baseline,
)
from mlops_widgets.data_quality.contracts.compare import ContractDiff, compare_contracts
from mlops_widgets.data_quality.contracts.infer import infer_contract
from mlops_widgets.errors import CheckFailedError, InputError, WrongTypeError
from mlops_widgets.records import Records, open_records
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.tables import Table

_YEAR_MS = 365.25 * 86_400_000.0
_MOST_OFTEN, _UNDATED = 0.1, 0.05
_LONGEST_NAME = 120

Learn = Literal["baseline", "each batch", "nothing"]


@strategy("DQ-AB", takes_data=True)
def audit_batches(
    batches: Any,  # noqa: ANN401 - a study, or tables of any form
    contract: Contract | None = None,
    *,
    baseline: Any = None,  # noqa: ANN401 - any form of table
    records: Records | str | os.PathLike[str] | None = None,
    name: str | None = None,
    learn: Learn = "baseline",
    calendar: int | None = None,
    now: datetime | None = None,
    margin: float = 0.1,
    missing_margin: float = 0.02,
    false_alarms_a_year: float = 1.0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> BatchAuditResult:
    """Find out which batches break their contract, which columns changed and since when, and when to look again.

    Parameters
    ----------
    batches
        A Study (its production, cut along time, against its reference), a table, a list of tables, or a map of label → table.
        Where all labels are dates (2024-03, 2024-03-01), batches are put in their order.
    contract
        What each batch must keep; by default the one that the records hold, else one learned from the baseline.
    baseline
        A table to compare with; by default the one that the records hold, a study's reference, or the first batch.
    records
        A store of records, or its path. Each batch is kept there as aggregates, so that the next audit continues the history
        without reading it again; a batch whose rows are there already isn't counted twice.
    name
        What to call the history within the records; by default the study's name, else "batches".
    learn
        "baseline": learn a contract there where none is given. "each batch": and one from each new batch, to tell what it would
        promise otherwise. "nothing": compare profiles alone.
    calendar
        Days between audits, 1 or more; or None.
    now
        What time it is, UTC where it has no zone: for the calendar and rules of freshness. Without it, neither is judged.
    margin
        The largest distance between distributions that doesn't matter, above 0.
    missing_margin
        The largest change in the share of missing cells that doesn't matter, above 0.
    false_alarms_a_year
        Accepted batches a year that alarm though nothing changed, above 0. At most one batch in ten does, and where batches have
        no date, one in twenty.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    BatchAuditResult or NoResult
        Findings: DQ-AB-01 the new batches, DQ-AB-02 what changed first, DQ-AB-03 one a check beyond its margin, DQ-AB-04 trends,
        DQ-AB-05 what a contract learned from a batch would change, DQ-AB-06 the calendar, DQ-AB-07 batches that came twice,
        DQ-AB-08 false alarms, DQ-AB-09 columns that aren't compared, DQ-AB-10 damaged records.

    Raises
    ------
    InputError, TableError
        If an option is out of its range, a batch can't be read, or the records can't be used.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> def week(missing):
    ...     return pd.DataFrame({"age": np.where(np.arange(900) < missing, np.nan, np.arange(900) % 60)})
    >>> result = audit_batches({"2024-01": week(0), "2024-02": week(0), "2024-03": week(300)})
    >>> result.changes[0].check, result.batches[result.changes[0].latest], result.exit_code
    ('age: missing share', '2024-03', 1)
    """
    at = _checked(contract, name, learn=learn, calendar=calendar, now=now, alarms=false_alarms_a_year)
    check_margin(margin, "the largest distance between distributions that doesn't matter")
    check_margin(missing_margin, "the largest change in the share of missing cells that doesn't matter")
    store = open_records(records) if isinstance(records, str | os.PathLike) else records
    settled = _continued(batches, baseline, store, name)
    share, a_year = _error_share(settled, false_alarms_a_year)
    limits = Limits(margin=margin, missing_margin=missing_margin, error_share=share)
    tell(progress, 0.0, "baseline")
    learned = _learned(settled, contract, limits, learn)
    found = look_at(
        settled.fresh, learned, are_dates=settled.given.are_dates, now=at, progress=part(progress, 0.2, 0.9), cancel=cancel
    )  # fmt: skip
    diffs = _diffs(settled.fresh, learned, limits) if learn == "each batch" else ()
    if store is not None:
        keep_baseline(store, settled.given.name, learned, at)
        keep(store, settled.given.name, found, at)
    tell(progress, 1.0, "audited")
    return _result(
        settled, [*settled.history, *found], learned, limits, diffs, a_year=a_year, calendar=calendar, now=at
    )


def audit_step(
    table: Any,  # noqa: ANN401 - any form of table
    contract: Contract | None = None,
    *,
    records: Records | str | os.PathLike[str],
    batch: str | None = None,
    **options: Any,  # noqa: ANN401 - of audit_batches
) -> Any:  # noqa: ANN401 - the table as it came
    """Audit a table as a step of a pipeline: return it as it came, or stop the pipeline where a check fails.

    Parameters
    ----------
    table
        The batch.
    contract, records
        As in `audit_batches`.
    batch
        Its label; by default "batch" and its number.
    **options
        Further options of `audit_batches`.

    Raises
    ------
    CheckFailedError
        If a finding failed; its text is the findings that did.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> table = pd.DataFrame({"age": [20, 30, 40]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     audit_step(table, records=f"{folder}/audits.db") is table
    True
    """
    result = audit_batches(table if batch is None else {batch: table}, contract, records=records, **options)
    failed = [finding for finding in result.findings if finding.status == "failed"]
    if isinstance(result, NoResult) or failed:
        raise CheckFailedError("\n".join(map(str, failed or result.findings)))
    return table


def _checked(
    contract: object, name: object, *, learn: object, calendar: object, now: object, alarms: object
) -> datetime | None:
    if contract is not None and not isinstance(contract, Contract):
        raise WrongTypeError(
            f"contract={type(contract).__name__}. Pass a Contract: infer_contract(table) or read_contract(path)."
        )
    if name is not None and (not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME):
        raise InputError(f"name={str(name)[:60]!r}. Pass a text of 1 to {_LONGEST_NAME} characters.")
    if learn not in {"baseline", "each batch", "nothing"}:
        raise InputError(f"learn={str(learn)[:40]!r}. Pass 'baseline', 'each batch' or 'nothing'.")
    if isinstance(alarms, bool) or not isinstance(alarms, int | float) or not 0 < alarms < float("inf"):
        raise InputError(f"false_alarms_a_year={alarms!r}. Pass a number above 0, such as 1 or 0.5.")
    check_calendar(calendar)
    return with_zone(now)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What was given, what the records held, and which batches are new."""

    given: Delivery
    history: tuple[Audited, ...]
    known: Learned | None
    fresh: tuple[Batch, ...]
    twice: tuple[tuple[str, str], ...]
    recovered: tuple[str, ...] = ()


def _continued(given: Any, baseline: Any, store: Records | None, name: str | None) -> Settled:  # noqa: ANN401 - any tables
    read = delivered(given, baseline=baseline, name=name, first=1)
    history = [] if store is None else [replace(each, new=False) for each in recalled(store, read.name)]
    if history and not read.are_dates and read.batches[0].label == "batch 1":
        read = delivered(given, baseline=baseline, name=name, first=len(history) + 1)
    known = {each.digest: each.label for each in history}
    fresh, twice = [], []
    for batch in read.batches:
        digest = batch.table.fingerprint
        if digest in known:
            twice.append((batch.label, known[digest]))
        else:
            fresh.append(batch)
            known[digest] = batch.label
    return Settled(
        given=read, history=tuple(history), known=None if store is None else recalled_baseline(store, read.name), fresh=tuple(fresh),
        twice=tuple(twice), recovered=() if store is None else store.recovered,
    )  # fmt: skip


def _error_share(settled: Settled, accepted: float) -> tuple[float, float]:
    """Return the chance of a false alarm that each batch may use up, and what that is a year; NaN where batches have no dates."""
    starts = np.array([*(each.start for each in settled.history), *(each.start for each in settled.given.batches)])
    dated = settled.given.are_dates and all(each.are_dates for each in settled.history)
    apart = np.diff(np.unique(starts)) if dated else np.array([])
    if not len(apart):
        return _UNDATED, float("nan")
    a_year = _YEAR_MS / float(np.median(apart))
    share = min(accepted / a_year, _MOST_OFTEN)
    return share, share * a_year


def _learned(settled: Settled, contract: Contract | None, limits: Limits, learn: Learn) -> Learned:
    """Return baseline and contract: what was passed, else what the records hold, else what is learned here."""
    table = settled.given.baseline
    known = settled.known
    if known is not None and (table is None or table.fingerprint == known.digest):
        return known if contract is None else replace(known, contract=contract, promised=True)
    table = settled.given.batches[0].table if table is None else table
    part, others = looked_at(table)
    used = _inferred(part, limits) if contract is None and learn != "nothing" else contract
    return Learned(
        label=table.name, digest=table.fingerprint, profile=profiled(part), others=others, contract=used, promised=contract is not None
    )  # fmt: skip


def _inferred(table: Table, limits: Limits) -> Contract | None:
    if not table.rows:
        return None
    return infer_contract(table, name=table.name, false_alarm_share=limits.of_contract)


def _diffs(fresh: Sequence[Batch], learned: Learned, limits: Limits) -> tuple[tuple[str, ContractDiff], ...]:
    """Return what a contract learned from each new batch would promise otherwise than the one before it."""
    before, found = learned.contract, []
    for batch in fresh:
        after = _inferred(looked_at(batch.table, tuple(learned.profile.by_name))[0], limits)
        if before is not None and after is not None:
            found.append((batch.label, compare_contracts(before, after)))
        before = after or before
    return tuple(found)


def _result(
    settled: Settled, history: Sequence[Audited], learned: Learned, limits: Limits, diffs: Sequence[tuple[str, ContractDiff]], *,
    a_year: float, calendar: int | None, now: datetime | None,
) -> BatchAuditResult:  # fmt: skip
    given = settled.given
    are_dates = given.are_dates and all(each.are_dates for each in history)
    if are_dates:
        history = sorted(history, key=lambda each: each.start)
    seen = watched(learned, history, given.apart, given.awaited)
    cells = check_history(history, learned, seen, limits)
    judged = Judged(
        history=tuple(history), cells=tuple(cells), changes=tuple(first_changes(cells, limits)),
        trends=tuple(find_trends(history, learned.profile, seen, limits)), seen=seen, limits=limits, learned=learned, diffs=tuple(diffs),
        twice=settled.twice, recovered=settled.recovered, per_year=not bool(np.isnan(a_year)), yearly=limits.error_share if np.isnan(a_year) else a_year, calendar=calendar,
        now=now, last=max((each.audited_at for each in settled.history), default=""),
    )  # fmt: skip
    return BatchAuditResult(
        findings=find(judged), rows=sum(each.rows for each in history), method=_METHOD, reference=_REFERENCE, name=given.name,
        baseline=learned.label, batches=tuple(each.label for each in history), starts=np.array([each.start for each in history]),
        are_dates=are_dates, batch_rows=np.array([each.rows for each in history], dtype=np.int64),
        new=np.array([each.new for each in history], dtype=np.int64), **_grid(cells, len(history)), changes=judged.changes,
        trends=judged.trends, margin=limits.margin, missing_margin=limits.missing_margin, false_alarms=judged.yearly, per_year=judged.per_year,
        due=next_due(now, calendar), calendar=calendar or 0, audited_at="" if now is None else now.isoformat(), synthetic=given.synthetic,
    )  # fmt: skip


def _grid(cells: Sequence[Cell], batches: int) -> dict[str, Any]:
    """Return the cells as a grid of checks × batches."""
    heads = {cell.check: (cell.kind, cell.column) for cell in cells}
    place = {check: index for index, check in enumerate(heads)}
    values, lower, upper = (np.full((len(heads), batches), np.nan) for _ in range(3))
    statuses = [[""] * batches for _ in heads]
    for cell in cells:
        at = place[cell.check], cell.batch
        values[at], lower[at], upper[at] = cell.value, cell.lower, cell.upper
        statuses[at[0]][at[1]] = cell.status
    return {
        "checks": tuple(heads), "kinds": tuple(kind for kind, _ in heads.values()), "columns": tuple(name for _, name in heads.values()),
        "statuses": tuple(map(tuple, statuses)), "values": values, "lower": lower, "upper": upper,
    }  # fmt: skip


_METHOD = (
    "Profiles of each batch against the baseline and the batch before: Kolmogorov–Smirnov over bins with the Dvoretzky–Kiefer–Wolfowitz "
    "bound, shares with Newcombe's intervals, widened by how much consecutive batches differ more than rows alike would; an alarm where "
    "the interval lies beyond its margin; the chance of a false alarm shared out among all checks of a batch (Bonferroni); trends by "
    "Theil and Sen with Kendall's test, Holm over checks; rows within a batch and batches count as independent otherwise"
)
_REFERENCE = "Massart 1990; Newcombe 1998; Laney 2002; Sen 1968; Mann 1945; Holm 1979"
