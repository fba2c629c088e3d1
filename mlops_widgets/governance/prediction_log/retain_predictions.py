"""How long entries are kept: files past their time are listed or deleted, and the chain goes on saying what they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.statements import person, statement
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, WrongTypeError, listed
from mlops_widgets.governance.prediction_log.batch_files import (
    DELETION,
    OVERRIDES,
    PREDICTIONS,
    Batch,
    batch_of,
    deleted_in,
)
from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog
from mlops_widgets.governance.rulebooks.regime import read_regime, regimes
from mlops_widgets.records import Record

if TYPE_CHECKING:
    import pandas as pd

HOLD, RELEASE = "hold", "release"

_METHOD = "A file is due when its last entry is older than {keep} days; the record of the deletion is written first, and the file's own record stays"


@dataclass(frozen=True, kw_only=True)
class DueBatch:
    """A file of entries that is past its time.

    Parameters
    ----------
    file
        Its path within the log's folder.
    rows, days
        Entries, and the age of the last in days.
    held
        Why it is kept nevertheless; "" where nothing holds it.
    """

    file: str
    rows: int
    days: float
    held: str


@dataclass(frozen=True, kw_only=True)
class PredictionRetention(Result):
    """Which files of a prediction log are past their time, and what became of them.

    Parameters
    ----------
    name
        The log's name.
    due
        The files past their time.
    deleted
        How many of them were deleted, 0 where they were only listed.
    keep_days, least_days
        How long entries are kept, and the least that was allowed.
    kept
        Files within their time.
    waiting
        Files that hold entries past their time beside others that aren't: they go when the last is.
    """

    name: str
    due: tuple[DueBatch, ...]
    deleted: int
    keep_days: int
    least_days: int
    kept: int
    waiting: int

    def frame(self) -> "pd.DataFrame":
        """Return one row a file that is past its time."""
        import pandas as pd

        rows = [(each.file, each.rows, each.days, each.held) for each in self.due]
        return pd.DataFrame(rows, columns=["file", "entries", "days since the last", "held because"])


def retain_predictions(
    log: PredictionLog,
    *,
    keep_days: int,
    now: datetime,
    least_days: int | None = None,
    delete: bool = False,
    by: str = "",
    why: str = "",
) -> PredictionRetention:
    """List the files of a log whose entries are all older than the period; with `delete=True`, delete them.

    What was deleted stays on record: file, digest, entries, first and last time, who and why. Files under a hold are kept. Overrides that
    were logged later are files of their own, with their own age.

    Parameters
    ----------
    log
        The log.
    keep_days
        How long entries are kept.
    now
        What time it is, UTC where it has no zone.
    least_days
        The shortest period that whoever binds you allows; less is refused. By default the longest that one of `regimes()` asks for.
    delete
        Delete what is due; by default it is listed.
    by, why
        Who deletes, and on which ground. Needed to delete.

    Returns
    -------
    PredictionRetention
        Findings: GV-PL-11 what is due or was deleted, GV-PL-12 what a hold keeps.

    Raises
    ------
    InputError
        If the period is shorter than the least, `now` is before an entry's time, or nobody is named where files are to be deleted.

    Examples
    --------
    >>> import tempfile
    >>> from mlops_widgets.governance import log_predictions
    >>> with tempfile.TemporaryDirectory() as home:
    ...     log = PredictionLog(f"{home}/log")
    ...     batch = log_predictions(log, model_digest="ab" * 32, decisions=[1], at=datetime(2026, 1, 5))
    ...     retain_predictions(log, keep_days=200, now=datetime(2026, 9, 1)).due[0].days
    239.0
    """
    least, asked_by = _least(least_days)
    moment = _checked(log, keep_days, least, asked_by, now)
    holds = _holds(log.entries(HOLD, RELEASE))
    edge = moment - timedelta(days=int(keep_days))
    batches = [*log.batches(PREDICTIONS), *log.batches(OVERRIDES)]
    past = [(batch, _held(batch, holds)) for batch in batches if batch.ended < edge]
    free = [batch for batch, held in past if not held]
    if delete:
        _delete(log, free, person("by", by), statement("why", why), int(keep_days))
    due = tuple(
        DueBatch(
            file=f"{batch.kind}/{batch.file}",
            rows=batch.rows,
            days=round((moment - batch.ended) / timedelta(days=1), 2),
            held=held,
        )
        for batch, held in past
    )
    result = PredictionRetention(
        findings=(), rows=sum(batch.rows for batch in batches), method=_METHOD.format(keep=keep_days), name=log.folder.name, due=due,
        deleted=len(free) if delete else 0, keep_days=int(keep_days), least_days=least, kept=len(batches) - len(past),
        waiting=sum(batch.began < edge <= batch.ended for batch in batches),
    )  # fmt: skip
    object.__setattr__(result, "findings", _findings(result))
    return result


def hold_predictions(
    log: PredictionLog,
    *,
    by: str,
    why: str,
    first: datetime | None = None,
    last: datetime | None = None,
    at: datetime | None = None,
) -> Record:
    """Keep entries from being deleted until the hold is released, such as while a complaint is open.

    Parameters
    ----------
    log
        The log.
    by, why
        Who holds, and why.
    first, last
        Of which times entries are held, UTC without a zone; by default all.
    at
        When the hold was made; by default now.

    Returns
    -------
    Record
        Its number releases it: `release_hold(log, record.number, …)`.

    Raises
    ------
    InputError
        If nobody or no reason is named, or the times are in the wrong order.
    """
    ends = [None if each is None else _zoned(each).isoformat() for each in (first, last)]
    if first is not None and last is not None and _zoned(first) > _zoned(last):
        raise InputError(f"first={first!s} is after last={last!s}. Pass the earlier time as first=.")
    return log.records.append(HOLD, {**_told(by, why, "A hold"), "first": ends[0], "last": ends[1]}, at=at)


def release_hold(log: PredictionLog, number: int, *, by: str, why: str, at: datetime | None = None) -> Record:
    """End a hold, by the number of its record.

    Raises
    ------
    InputError
        If there is no such hold, or nobody or no reason is named.
    """
    open_holds = sorted(_holds(log.entries(HOLD, RELEASE)))
    if number not in open_holds:
        raise InputError(f"number={number!r} is no open hold. Open: {', '.join(map(str, open_holds)) or 'none'}.")
    return log.records.append(RELEASE, {**_told(by, why, "A release"), "hold": number}, at=at)


def _told(by: str, why: str, what: str) -> dict[str, str]:
    found = {"by": person("by", by), "why": statement("why", why)}
    empty = [name for name, text in found.items() if not text]
    if empty:
        raise InputError(f"{empty[0]}='' says nothing. {what} names who and why.")
    return found


def _least(given: int | None) -> tuple[int, str]:
    """Return the shortest period that is allowed, in days, and who asks for it."""
    if given is not None:
        check_counts(least_days=(given, 0))
        return int(given), ""
    asked = [(item.least_days, f"{name}/{item.id}") for name in regimes() for item in read_regime(name).items]
    longest = max(days for days, _ in asked)
    return longest, listed([name for days, name in asked if days == longest]) if longest else ""


def _checked(log: Any, keep_days: int, least_days: int, asked_by: str, now: Any) -> datetime:  # noqa: ANN401 - checked here
    if not isinstance(log, PredictionLog):
        raise WrongTypeError(f"log= is {type(log).__name__}. Allowed: a PredictionLog.")
    if not isinstance(now, datetime):
        raise WrongTypeError(f"now= is {type(now).__name__}. Allowed: a datetime.")
    check_counts(keep_days=(keep_days, 1))
    if keep_days < least_days:
        raise InputError(
            f"keep_days={keep_days} is less than least_days={least_days}{f', which {asked_by} ask for' if asked_by else ''}. Keep entries "
            "longer, or pass the least that binds you as least_days=."
        )
    moment = _zoned(now)
    later = [batch for batch in log.batches() if batch.ended > moment]
    if later:
        raise InputError(
            f"now={now!s} is before the last entry ({max(batch.last for batch in later)}). Pass what time it is."
        )
    return moment


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _holds(records: Sequence[Record]) -> dict[int, Record]:
    """Return number → hold, of those that weren't released."""
    released = {record.payload["hold"] for record in records if record.kind == RELEASE}
    return {record.number: record for record in records if record.kind == HOLD and record.number not in released}


def _held(batch: Batch, holds: dict[int, Record]) -> str:
    for number_of, hold in holds.items():
        first, last = hold.payload["first"], hold.payload["last"]
        before = last is not None and batch.began > datetime.fromisoformat(last)
        after = first is not None and batch.ended < datetime.fromisoformat(first)
        if not before and not after:
            return f"hold {number_of}: {hold.payload['why']} ({hold.payload['by']})"
    return ""


def _delete(log: PredictionLog, batches: Sequence[Batch], by: str, why: str, keep_days: int) -> None:
    """Record what is deleted, then delete it; and what an earlier deletion, stopped half-way, left."""
    if not by or not why:
        raise InputError("delete=True needs by= and why=: who deletes, and on which ground. Both go on record.")
    written = {each.number: f"{each.kind}/{each.file}" for each in map(batch_of, log.entries(PREDICTIONS, OVERRIDES))}
    for number_of, left in deleted_in(log.entries(DELETION)).items():
        if written.get(number_of) == left:
            (log.folder / left).unlink(missing_ok=True)
    if not batches:
        return
    files = [
        {"number": each.number, "file": f"{each.kind}/{each.file}", "sha256": each.sha256, "rows": each.rows, "first": each.first, "last": each.last}
        for each in batches
    ]  # fmt: skip
    log.records.append(DELETION, {"files": files, "by": by, "why": why, "keep_days": keep_days})
    for batch in batches:
        log.path_of(batch).unlink(missing_ok=True)


def _findings(r: PredictionRetention) -> tuple[Finding, ...]:
    held = [each for each in r.due if each.held]
    free = [each for each in r.due if not each.held]
    entries, files = (
        number(sum(each.rows for each in free), "integer"),
        f"{len(free)} {'file' if len(free) == 1 else 'files'}",
    )
    status: Status = "warning" if free and not r.deleted else "passed"
    if not free:
        claim = f"No file of {r.name} is free to be deleted after {r.keep_days} days."
    elif r.deleted:
        claim = f"{entries} entries in {files} of {r.name} were older than {r.keep_days} days and were deleted; who, why and their digests are on record."
    else:
        claim = f"{entries} entries in {files} of {r.name} are older than {r.keep_days} days and still there."
    evidence: dict[str, float | int | str | bool | None] = {
        "due_files": len(r.due), "deleted_files": r.deleted, "held_files": len(held), "kept_files": r.kept, "waiting_files": r.waiting,
    }  # fmt: skip
    action = "Look at the list, then call it again with delete=True, by= and why=." if status == "warning" else ""
    found = [Finding(code="GV-PL-11", status=status, claim=claim, evidence=evidence, action=action)]
    if held:
        claim = f"{len(held)} {'file' if len(held) == 1 else 'files'} past their time are kept by a hold."
        found.append(Finding(code="GV-PL-12", status="warning", claim=claim, evidence={"held_files": len(held)}, action="Release holds that ended: release_hold(log, number, by=, why=)."))  # fmt: skip
    return tuple(found)
