"""What an audit keeps of each batch: aggregates, from which the next audit goes on without reading the batch again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mlops_widgets.core.codec import from_plain, to_plain
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Finding, Status
from mlops_widgets.data_quality.audits.batches import Batch
from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
from mlops_widgets.data_quality.profiling.column_profile import ColumnProfile, for_files
from mlops_widgets.data_quality.profiling.profile_result import Profile
from mlops_widgets.data_quality.profiling.profile_table import profile
from mlops_widgets.errors import InputError
from mlops_widgets.records import Record, Records
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.files import contract_of, plain_contract
from mlops_widgets.study.tables import Table

BATCH, BASELINE = "audit batch", "audit baseline"
MOST_COLUMNS = 300
"""Columns of a table that are looked at; of the others only the names are kept."""


@dataclass(frozen=True, kw_only=True)
class RuleSeen:
    """What one rule of the contract found in a batch; as in `RuleOutcome`."""

    rule: str
    kind: str
    columns: tuple[str, ...]
    status: Status
    checked: int
    broken: int
    share: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Audited:
    """One batch as the history knows it.

    Parameters
    ----------
    label, start, are_dates
        What it is called, when it came, and whether `start` is a date.
    digest
        Of its rows, in order: two batches of one digest are the same.
    profile
        What is in it.
    others
        Columns beyond the most that are looked at.
    rules
        What the contract found, if there was one.
    audited_at
        When it was looked at, ISO 8601; "" where nobody said what time it was.
    may_be_cut
        Whether it may hold a part of its time alone.
    new
        Whether this audit looked at it, rather than an earlier one.
    """

    label: str
    start: float
    are_dates: bool
    digest: str
    profile: Profile
    others: tuple[str, ...] = ()
    rules: tuple[RuleSeen, ...] = ()
    audited_at: str = ""
    may_be_cut: bool = False
    new: bool = field(default=True)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.profile.rows

    @property
    def names(self) -> frozenset[str]:
        """Names of all its columns."""
        return frozenset((*self.profile.by_name, *self.others))


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What batches are compared with.

    Parameters
    ----------
    label, digest, profile, others
        The baseline; as in `Audited`.
    contract
        What batches must keep, where one was passed or learned.
    promised
        Whether somebody promised the contract, rather than it being learned from the baseline.
    """

    label: str
    digest: str
    profile: Profile
    others: tuple[str, ...] = ()
    contract: Contract | None = None
    promised: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Names of all its columns."""
        return frozenset((*self.profile.by_name, *self.others))


def looked_at(table: Table, known: Sequence[str] = ()) -> tuple[Table, tuple[str, ...]]:
    """Return a table's columns that are looked at, those of the baseline first, and the names of the others."""
    if len(table.columns) <= MOST_COLUMNS:
        return table, ()
    first = frozenset(known)
    kept = frozenset(sorted(table.columns, key=lambda name: name not in first)[:MOST_COLUMNS])
    frame = table.pandas()
    part = table.replace(frame[[name for name in table.columns if name in kept]])
    return part, tuple(name for name in table.columns if name not in kept)


def profiled(table: Table) -> Profile:
    """Return a table's profile with what a file holds of each column, so that a history read back gives the same numbers."""
    if not table.rows:
        return _without_rows(table)
    found = profile(table)
    if not isinstance(found, Profile):
        raise InputError(f"{table.name} can't be profiled: {found.headline}")
    return replace(found, columns=tuple(map(for_files, found.columns)), row_sample=None)


def _without_rows(table: Table) -> Profile:
    """Return the profile of a batch that came empty: its columns, and nothing in them."""
    columns = tuple(ColumnProfile(name=name, stored="", kind="empty", rows=0) for name in table.columns)
    finding = Finding(code="DQ-PR-01", status="not_enough_data", claim="The table has no rows.", evidence={"rows": 0})
    return Profile(
        findings=(finding,), rows=0, table=table.name, columns=columns, source_rows=0, repeated=0.0, repeated_lower=0.0,
        repeated_upper=0.0, compared_columns=0,
    )  # fmt: skip


def look_at(
    batches: Sequence[Batch], learned: Learned, *, are_dates: bool, now: datetime | None, progress: Progress | None,
    cancel: Cancel | None,
) -> list[Audited]:  # fmt: skip
    """Return what there is to know of new batches."""
    found = []
    for batch in steps(batches, "batch", progress, cancel):
        rules = () if learned.contract is None else _rules(batch.table, learned.contract, now)
        digest = batch.table.fingerprint
        part, others = looked_at(batch.table, tuple(learned.profile.by_name))
        found.append(Audited(
            label=batch.label, start=batch.start, are_dates=are_dates, digest=digest,
            profile=learned.profile if digest == learned.digest else profiled(part),
            others=others,
            rules=rules, audited_at="" if now is None else now.isoformat(), may_be_cut=batch.may_be_cut,
        ))  # fmt: skip
    return found


def _rules(table: Table, contract: Contract, now: datetime | None) -> tuple[RuleSeen, ...]:
    found = validate(table, contract, now=now)
    if not isinstance(found, ValidationResult):
        raise InputError(f"{table.name} can't be checked: {found.headline}")
    names = ("rule", "kind", "columns", "status", "checked", "broken", "share", "lower", "upper")
    return tuple(RuleSeen(**{name: getattr(each, name) for name in names}) for each in found.outcomes)


def keep(records: Records, name: str, audited: Sequence[Audited], at: datetime | None) -> None:
    """Write new batches to the records."""
    for each in audited:
        records.append(BATCH, {"history": name, "batch": to_plain(replace(each, new=False))}, at=at)


def keep_baseline(records: Records, name: str, learned: Learned, at: datetime | None) -> None:
    """Write what batches are compared with to the records, unless it is what they hold already."""
    known = recalled_baseline(records, name)
    if known is not None and (known.digest, known.contract) == (learned.digest, learned.contract):
        return
    kept = _Kept(
        label=learned.label, digest=learned.digest, profile=learned.profile, others=learned.others, promised=learned.promised,
        contract=None if learned.contract is None else plain_contract(learned.contract),
    )  # fmt: skip
    records.append(BASELINE, {"history": name, "baseline": to_plain(kept)}, at=at)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A baseline as a record holds it."""

    label: str
    digest: str
    profile: Profile
    others: tuple[str, ...]
    contract: Any
    promised: bool


def recalled(records: Records, name: str) -> list[Audited]:
    """Return the batches that earlier audits kept, in the order in which they were looked at."""
    kept = [record for record in records.read(BATCH) if record.payload.get("history") == name]
    return [from_plain(Audited, _payload(record, "batch")) for record in kept]


def recalled_baseline(records: Records, name: str) -> Learned | None:
    """Return what earlier audits compared with last, or None."""
    kept = [record for record in records.read(BASELINE) if record.payload.get("history") == name]
    if not kept:
        return None
    found = from_plain(_Kept, _payload(kept[-1], "baseline"))
    contract = None if found.contract is None else contract_of(found.contract, "the recorded contract")
    return Learned(
        label=found.label, digest=found.digest, profile=found.profile, others=found.others, contract=contract, promised=found.promised
    )  # fmt: skip


def _payload(record: Record, name: str) -> dict[str, Any]:
    found = record.payload.get(name)
    if not isinstance(found, dict):
        raise InputError(
            f"Record {record.number} of kind {record.kind!r} holds no {name}. It was written by something else."
        )
    return found
