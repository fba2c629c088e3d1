"""Whether a prediction log is as it was written: its chain of records, and the digest of every file."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.errors import InputError
from mlops_widgets.governance.prediction_log.batch_files import (
    OVERRIDES,
    PREDICTIONS,
    RECORDS,
    Batch,
    batch_of,
    batches_of,
    deleted_in,
    digest_of_file,
    pending,
)
from mlops_widgets.records import Problem, Record, Records
from mlops_widgets.records.store import journal_of

if TYPE_CHECKING:
    import pandas as pd

_METHOD = "Each file's SHA-256 is in a record, each record carries the SHA-256 of the one before it. Nothing was recovered or written"
_MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class PredictionLogCheck(Result):
    """Whether a prediction log is as it was written.

    Parameters
    ----------
    name
        The folder's name.
    batches
        How many files the records name.
    head
        Digest of the last record: keep it elsewhere.
    chain
        What is wrong with the records, a sentence each.
    changed, missing, added
        Files whose content isn't what was written, that are gone, and that no record names.
    unfinished
        Files that were never acknowledged, because their process was stopped.
    still_there
        Files whose deletion is recorded and that are there.
    anchored
        Whether a head was given to check against.
    """

    name: str
    batches: int
    head: str
    chain: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    unfinished: tuple[str, ...]
    still_there: tuple[str, ...]
    anchored: bool

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found that isn't as it was written."""
        return not any(finding.status == "failed" for finding in self.findings)

    def frame(self) -> "pd.DataFrame":
        """Return what is wrong, a file or sentence a row."""
        import pandas as pd

        found = {
            "record": self.chain, "changed": self.changed, "missing": self.missing, "added": self.added, "unfinished": self.unfinished,
            "deleted, still there": self.still_there,
        }  # fmt: skip
        return pd.DataFrame(
            [(kind, each) for kind, every in found.items() for each in every], columns=["what", "where"]
        )


def check_predictions(folder: str | os.PathLike[str], *, head: str | None = None) -> PredictionLogCheck:
    """Say whether a prediction log is as it was written, without recovering or changing anything.

    Parameters
    ----------
    folder
        The log's folder.
    head
        `PredictionLog.head` of an earlier day, kept elsewhere: it shows an end that was cut off and a log that was written anew.

    Returns
    -------
    PredictionLogCheck
        Findings: GV-PL-01 files and records, 02 what is unfinished, 03 what this look can't see.

    Raises
    ------
    InputError
        If there is no log.

    Examples
    --------
    >>> import tempfile
    >>> from mlops_widgets.governance import PredictionLog
    >>> with tempfile.TemporaryDirectory() as home:
    ...     log = PredictionLog(f"{home}/log")
    ...     (log.folder / "predictions" / "more.parquet").write_bytes(b"")
    ...     check_predictions(log.folder).added
    0
    ('predictions/more.parquet',)
    """
    home = Path(folder)
    if not (home / RECORDS).is_file():
        raise InputError(f"There is no prediction log in {home.name!r}. Pass the folder of a PredictionLog.")
    store = Records((home / RECORDS).resolve(), writable=False)
    wrong = [
        f"{problem.what}{' The store itself says so.' if problem.known else ''}" for problem in _problems(store, head)
    ]
    records = _readable(store)
    if records and not journal_of(store.path).is_file():
        wrong.append(f"{journal_of(store.path).name} is missing.")
    foreign = [str(error) for record in records if (error := _foreign_in(record))]
    wrong += foreign
    records = [] if foreign else records
    batches = [batch for kind in (PREDICTIONS, OVERRIDES) for batch in batches_of(records, kind)]
    wrong += _wrong_deletions(records)
    changed, missing = _of_batches(home, batches)
    named = {f"{batch.kind}/{batch.file}" for batch in batches}
    gone = set(deleted_in(records).values()) - named
    there = {f"{kind}/{each.name}" for kind in (PREDICTIONS, OVERRIDES) for each in (home / kind).glob("[!.]*")}
    result = PredictionLogCheck(
        findings=(), rows=sum(batch.rows for batch in batches if batch.kind == PREDICTIONS), method=_METHOD, reference="FIPS 180-4", name=home.name,
        batches=len(batches), head=records[-1].digest if records else "", chain=tuple(wrong), changed=changed, missing=missing,
        added=tuple(sorted(there - named - gone)), still_there=tuple(sorted(there & gone)),
        unfinished=tuple(f"{kind}/{each.name}" for kind in (PREDICTIONS, OVERRIDES) for each in pending(home / kind)), anchored=head is not None,
    )  # fmt: skip
    object.__setattr__(result, "findings", (_headline(result), *_rest(result)))
    return result


def _problems(store: Records, head: str | None) -> list[Problem]:
    try:
        return store.verify(head)
    except InputError:  # some can't be read, so that the head can't be looked up
        return store.verify()


def _readable(store: Records) -> list[Record]:
    """Return the records; of a store with changed ones, none, so that no file is vouched for."""
    try:
        return store.read()
    except InputError:
        return []


def _foreign_in(record: Record) -> InputError | None:
    """Return what is wrong with a record of this log's own kinds, or None."""
    try:
        if record.kind in {PREDICTIONS, OVERRIDES}:
            batch_of(record)
        deleted_in([record])
    except InputError as error:
        return error
    return None


def _wrong_deletions(records: list[Record]) -> list[str]:
    """Return which deletions name another file than the record that they speak of."""
    written = {
        each.number: f"{each.kind}/{each.file}"
        for each in map(batch_of, (r for r in records if r.kind in {PREDICTIONS, OVERRIDES}))
    }
    return [
        f"A deletion says that record {number} named {file}, which it didn't."
        for number, file in deleted_in(records).items()
        if written.get(number) != file
    ]


def _of_batches(home: Path, batches: list[Batch]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    changed, missing = [], []
    for batch in batches:
        file = home / batch.kind / batch.file
        if not file.is_file():
            missing.append(f"{batch.kind}/{batch.file}")
        elif digest_of_file(file) != batch.sha256:
            changed.append(f"{batch.kind}/{batch.file}")
    return tuple(changed), tuple(missing)


def _headline(r: PredictionLogCheck) -> Finding:
    wrong = {
        "changed": r.changed,
        "missing": r.missing,
        "added without a record": r.added,
        "deleted by the records and still there": r.still_there,
    }
    said = [
        f"{len(files)} {'file' if len(files) == 1 else 'files'} {what} ({_named(files)})"
        for what, files in wrong.items()
        if files
    ]
    said += [each.rstrip(".") for each in r.chain[:_MOST_NAMED]]
    status: Status = "failed" if said else "passed"
    claim = (
        f"{r.name} isn't as it was written: {'; '.join(said)}."
        if said
        else f"All {r.batches:,} files of {r.name} with {r.rows:,} entries, and the records that name them, are as they were written."
    )
    evidence: dict[str, float | int | str | bool | None] = {
        "entries": r.rows, "files": r.batches, "records_wrong": len(r.chain), "changed": len(r.changed), "missing": len(r.missing),
        "added": len(r.added), "head": r.head,
    }  # fmt: skip
    action = "Keep the folder as it is, compare it with a copy, and find out who could write there." if said else ""
    return Finding(code="GV-PL-01", status=status, claim=claim, evidence=evidence, action=action)


def _rest(r: PredictionLogCheck) -> tuple[Finding, ...]:
    left = len(r.unfinished)
    one, many = "One batch was", f"{left:,} batches were"
    unfinished = Finding(
        code="GV-PL-02", status="warning" if left else "passed",
        claim=f"{one if left == 1 else many} being written when the process was stopped, and never acknowledged." if left else "No batch was left unfinished.",
        evidence={"unfinished": left}, action="Log these answers again if their caller still has them, then delete the files." if left else "",
    )  # fmt: skip
    blind = Finding(
        code="GV-PL-03", status="passed" if r.anchored else "warning",
        claim="The log goes on from the head that was kept elsewhere."
        if r.anchored and not r.chain
        else "The head that was kept elsewhere was looked for." if r.anchored
        else "This look can't see an end that was cut off with its files, or a log that was written anew.",
        action="" if r.anchored else "Keep PredictionLog.head, or a signed checkpoint, where whoever writes the log can't reach, and pass it as head=.",
    )  # fmt: skip
    return unfinished, blind


def _named(files: tuple[str, ...]) -> str:
    rest = len(files) - _MOST_NAMED
    return ", ".join(files[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
