"""Write a datasheet of one table: what is in it is counted, why and how it came about a person says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.document import Document, Grid, Paragraph, Section, Statement
from mlops_widgets.core.result import Finding, Result, type_name
from mlops_widgets.core.said_files import read_said
from mlops_widgets.core.statements import said
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number, short
from mlops_widgets.errors import InputError, MissingInputError, WrongTypeError, listed
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table, distinct, row_hashes
from mlops_widgets.study.timeline import times_of, written

SHEET_FIELDS = (
    "purpose", "makers", "collection", "consent", "sampling", "preparation", "earlier uses", "unsuitable uses", "sharing", "retention",
    "upkeep",
)  # fmt: skip
"""What only a person can say."""

_OF_RECORD = {
    "purpose": "purpose",
    "makers": "owner",
    "collection": "source",
    "sharing": "licence",
    "retention": "retention",
}
"""Field → what a data record calls it."""
_SECTIONS = {
    "Why it was made": ("purpose", "makers"), "How it was collected": ("collection", "consent", "sampling"), "What was done to it": ("preparation",),
    "What it is used for": ("earlier uses", "unsuitable uses"), "Who has it, and for how long": ("sharing", "retention", "upkeep"),
}  # fmt: skip
_MOST_LEVELS = 12
_DAY = len("2026-03-31")
_SINGLE_ROLES = ("entity", "time", "label_time", "weights", "decision", "predictions")
_METHOD = "Counts of the rows that the study holds. Rows are equal where every cell is, type included. Personal columns by check digits, shape and name"
_REFERENCE = (
    "Gebru et al. (2021), Datasheets for Datasets, Communications of the ACM 64(12); the questions in words of our own"
)


@dataclass(frozen=True, kw_only=True)
class SheetColumn:
    """One column: name, type, share of missing cells (0 to 1), different values, what the study takes it for, what looks personal in it."""

    name: str
    type: str
    missing: float
    distinct: int
    role: str
    personal: str = ""


@dataclass(frozen=True, kw_only=True)
class Datasheet(Result):
    """A datasheet of one table. It holds no cell that fewer than five rows share.

    Parameters
    ----------
    table, version
        Which table: its name, and 16 hex digits of the SHA-256 of its content.
    source_rows
        Rows of the source; more than `rows` where the study samples it.
    columns
        One a column.
    labelled
        Rows with an outcome.
    repeated
        Rows that are equal to an earlier one.
    shared
        Other table → rows that it holds too, in the columns that both have.
    first, last
        The days that the rows are from, of numbers the least and the greatest; "" without time.
    statements
        What people said, by field.
    document
        The text.
    fingerprint
        Of the study.
    synthetic
        Whether the data were made up.
    """

    table: str
    version: str
    source_rows: int
    columns: tuple[SheetColumn, ...]
    labelled: int
    repeated: int
    shared: Mapping[str, int]
    first: str
    last: str
    statements: Mapping[str, Statement]
    document: Document
    fingerprint: str
    synthetic: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that nobody has filled with words, name and day."""
        return tuple(name for name, each in self.statements.items() if each.source == "missing")

    def frame(self) -> pd.DataFrame:
        """Return one row a column."""
        names = ["name", "type", "missing", "distinct", "role", "personal"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.columns], columns=names)


@strategy("GV-DS")
def write_datasheet(
    study: Study, *, table: str | None = None, statements: "str | PathLike[str] | Mapping[str, Any] | None" = None,
    record: Any = None,  # noqa: ANN401 - a DataRecord, of another chapter
) -> Datasheet:  # fmt: skip
    """Write a datasheet of one table of the study: what it holds, and what only a person can say of it.

    Parameters
    ----------
    study
        The study.
    table
        Which of its tables; by default the first in the order of a model's life.
    statements
        Field → {"text": …, "by": …, "on": …}, or the path of a TOML file of this form. Fields: purpose, makers, collection, consent,
        sampling, preparation, earlier uses, unsuitable uses, sharing, retention, upkeep. One without words, name or day counts as empty.
    record
        What `record_data` returned for this table: it fills purpose, makers, collection, sharing and retention where `statements` doesn't.

    Returns
    -------
    Datasheet or NoResult
        Findings: GV-DS-01 empty fields, GV-DS-02 what the table holds, GV-DS-03 personal columns.

    Raises
    ------
    InputError
        If there is no such table, a statement can't be used, or the record is of another table.

    References
    ----------
    Gebru et al. (2021), Datasheets for Datasets.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> sheet = write_datasheet(mw.sample("loans"), table="test")
    >>> sheet.rows, sheet.missing[0], sheet.shared["reference"]
    (3996, 'purpose', 0)
    """
    chosen = next(iter(study.tables.values()), None) if table is None else study.table(table)
    if chosen is None:
        raise MissingInputError("table", "Pass test= with rows.")
    told = {**_of_record(record, chosen), **_spoken(read_said("statements", statements, SHEET_FIELDS))}
    told = {name: told.get(name) or said(name, "", by="", on="") for name in SHEET_FIELDS}
    columns = tuple(_column(study, chosen, name) for name in chosen.columns)
    hashes = _hashes(chosen, chosen.columns)
    shared = {name: _shared(chosen, other) for name, other in study.tables.items() if name != chosen.name}
    labelled = 0 if study.outcome.target not in chosen else int((~np.isnan(study.labels(chosen))).sum())
    repeated = chosen.rows - len(np.unique(hashes))
    first, last = _ends(study, chosen)
    facts = _Facts(
        table=chosen, columns=columns, labelled=labelled, repeated=repeated, shared=shared, first=first, last=last
    )
    return Datasheet(
        findings=_find(told, facts), rows=chosen.rows, method=_METHOD, reference=_REFERENCE, table=chosen.name, version=chosen.fingerprint,
        source_rows=chosen.source_rows, columns=columns, labelled=labelled, repeated=repeated, shared=shared, first=first, last=last,
        statements=told, document=_document(study, told, facts), fingerprint=study.fingerprint, synthetic=study.synthetic,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What was counted."""

    table: Table
    columns: tuple[SheetColumn, ...]
    labelled: int
    repeated: int
    shared: Mapping[str, int]
    first: str
    last: str


def _spoken(told: Mapping[str, Statement]) -> dict[str, Statement]:
    return {name: each for name, each in told.items() if each.source == "human"}


def _of_record(given: Any, table: Table) -> dict[str, Statement]:  # noqa: ANN401 - checked here
    """Return what a data record says; its type belongs to another chapter, so that it is known by name."""
    if given is None:
        return {}
    if not isinstance(given, Result) or type_name(type(given)) != "data_quality.DataRecord":
        raise WrongTypeError(
            f"record= is {type(given).__name__}. Pass what record_data(study, table={table.name!r}) returned."
        )
    record: Any = given
    if record.version.version != table.fingerprint:
        raise InputError(
            f"record= is of {short(record.version.name)!r}, version {record.version.version}; the table {table.name!r} is version "
            f"{table.fingerprint}. Pass record_data(study, table={table.name!r}, …)."
        )
    if not (record.said_by and record.said_on):
        return {}
    pairs = {field: getattr(record, name) for field, name in _OF_RECORD.items()}
    return {field: said(field, text, by=record.said_by, on=record.said_on) for field, text in pairs.items() if text}


def _column(study: Study, table: Table, name: str) -> SheetColumn:
    column = table[name]
    kinds = study.personal.columns.get(name, ())
    return SheetColumn(
        name=name, type=str(column.dtype), missing=float(column.isna().mean()), distinct=distinct(column), role=_role(study, name),
        personal=", ".join(dict.fromkeys(each.kind for each in kinds)),
    )  # fmt: skip


def _role(study: Study, name: str) -> str:
    roles = study.roles
    found = ["outcome"] if name == study.outcome.target else []
    found += [role.replace("_", " ") for role in _SINGLE_ROLES if getattr(roles, role) == name]
    found += [
        word for word, names in (("id", roles.ids), ("group", roles.groups), ("score", roles.scores)) if name in names
    ]
    found += ["input"] if name in study.model.features else []
    return ", ".join(found) or "not used"


def _hashes(table: Table, columns: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return a number for each row, the same for rows that are equal in these columns."""
    if not columns:
        return np.zeros(table.rows, dtype=np.uint64)
    cells = pd.DataFrame({place: row_hashes(table[name]) for place, name in enumerate(columns)})
    return np.asarray(pd.util.hash_pandas_object(cells, index=False).to_numpy(), dtype=np.uint64)


def _shared(table: Table, other: Table) -> int:
    both = [name for name in table.columns if name in other]
    return int(np.isin(_hashes(table, both), _hashes(other, both)).sum()) if both else 0


def _ends(study: Study, table: Table) -> tuple[str, str]:
    if study.roles.time is None or study.roles.time not in table:
        return "", ""
    times, are_dates = times_of(table, study.roles.time)
    if np.isnan(times).all():
        return "", ""
    ends = (written(end, are_dates=are_dates) for end in (np.nanmin(times), np.nanmax(times)))
    first, last = (end[:_DAY] if are_dates else end for end in ends)  # the minute could be one row's alone
    return first, last


def _find(told: Mapping[str, Statement], facts: _Facts) -> tuple[Finding, ...]:
    empty = [name for name, each in told.items() if each.source == "missing"]
    claim = (
        f"The datasheet of {facts.table.name} lacks {len(empty)} of {len(told)} statements that only a person can make: {listed(empty, most=12)}."
        if empty
        else f"All {len(told)} statements of the datasheet of {facts.table.name} are made."
    )
    said_all = Finding(
        code="GV-DS-01", status="failed" if empty else "passed", claim=claim, evidence={"empty": len(empty), "fields": len(told)},
        action="Pass statements={field: {'text': …, 'by': …, 'on': …}}." if empty else "",
    )  # fmt: skip
    return said_all, _holding(facts), _personal(facts)


def _holding(facts: _Facts) -> Finding:
    table, gaps = facts.table, [each for each in facts.columns if each.missing > 0]
    parts = [f"{table.name} holds {table.rows:,} rows of {len(facts.columns)} columns"]
    parts += [f"of {table.source_rows:,} in the source"] if table.source_rows > table.rows else []
    worst = max(gaps, key=lambda each: each.missing, default=None)
    parts += (
        []
        if worst is None
        else [f"{len(gaps)} columns have gaps, most of them {short(worst.name)} ({number(worst.missing, 'percent')})"]
    )
    parts += [f"{facts.repeated:,} rows repeat an earlier one"] if facts.repeated else []
    parts += [f"{count:,} rows stand in {name} too" for name, count in facts.shared.items() if count]
    evidence = {
        "rows": table.rows, "columns": len(facts.columns), "labelled": facts.labelled, "with_gaps": len(gaps), "repeated": facts.repeated,
        "shared": sum(facts.shared.values()),
    }  # fmt: skip
    action = (
        "mw.overfitting.find_leaks(study) says whether rows that stand in two tables matter."
        if any(facts.shared.values())
        else ""
    )
    return Finding(code="GV-DS-02", status="passed", claim=f"{'; '.join(parts)}.", evidence=evidence, action=action)


def _personal(facts: _Facts) -> Finding:
    found = [each for each in facts.columns if each.personal]
    if not found:
        return Finding(code="GV-DS-03", status="passed", claim="No column looks personal.", evidence={"personal": 0})
    told = listed([f"{short(each.name)} ({each.personal})" for each in found], most=6)
    return Finding(
        code="GV-DS-03", status="warning", claim=f"{len(found)} {'column looks' if len(found) == 1 else 'columns look'} personal: {told}.",
        evidence={"personal": len(found)}, action="Keep none without need, and say under “retention” when they are deleted.",
    )  # fmt: skip


def _document(study: Study, told: Mapping[str, Statement], facts: _Facts) -> Document:
    table = facts.table
    counted = [
        Statement(label="Rows", value=number(table.rows, "integer") + (f" of {table.source_rows:,}, sampled" if table.kept < 1 else "")),
        Statement(label="Rows with an outcome", value=number(facts.labelled, "integer")),
        Statement(label="Rows that repeat an earlier one", value=number(facts.repeated, "integer")),
        *(Statement(label=f"Rows that stand in {name} too", value=number(count, "integer")) for name, count in facts.shared.items()),
        *([Statement(label="Time", value=f"{facts.first} to {facts.last}")] if facts.first else []),
        Statement(label="Content", value=f"SHA-256 {table.fingerprint} (16 digits)"),
    ]  # fmt: skip
    columns = Grid(
        columns=("column", "type", "missing", "different values", "taken for", "looks personal"),
        rows=tuple(
            (each.name, each.type, number(each.missing, "percent"), number(each.distinct, "integer"), each.role, each.personal or "–")
            for each in facts.columns
        ),
    )  # fmt: skip
    sections = [Section(title="What it holds", blocks=(*counted, columns))]
    sections += [Section(title=title, blocks=(grid,)) for title, grid in _breakdown(study, table)]
    sections += [Section(title=title, blocks=tuple(told[name] for name in names)) for title, names in _SECTIONS.items()]
    empty = sum(each.source == "missing" for each in told.values())
    lead = f"{table.rows:,} rows, counted. {'Every statement is made by a person with a name.' if not empty else f'{empty} statements are still missing.'}"
    return Document(
        title=f"Datasheet: {table.name} of {study.name}", lead=lead, sections=tuple(sections),
        small=f"Study {study.fingerprint}{', synthetic data' if study.synthetic else ''}. Values that fewer than {FEWEST_QUOTED} rows share aren't named.",
    )  # fmt: skip


def _breakdown(study: Study, table: Table) -> list[tuple[str, Grid | Paragraph]]:
    """Return rows by outcome, where it is a class, and by each column of groups."""
    names = [*([study.outcome.target] if study.task != "regression" else []), *study.roles.groups]
    return [
        (f"Rows by {study.words.feature(name)}", _counts(study, table, name))
        for name in dict.fromkeys(names)
        if name in table
    ]


def _counts(study: Study, table: Table, name: str) -> Grid:
    column = table[name]
    counted = column.map(str).where(column.notna()).value_counts()
    often = [(str(level), int(count)) for level, count in counted.items() if count >= FEWEST_QUOTED]
    cells = dict(zip(column.map(str), column, strict=True))
    rows = [
        (study.words.value(name, cells[level]), f"{count:,}", number(count / table.rows, "percent"))
        for level, count in often[:_MOST_LEVELS]
    ]
    rest = int(counted.sum()) - sum(count for _, count in often[:_MOST_LEVELS])
    if rest:
        others = len(counted) - len(often[:_MOST_LEVELS])
        rows.append(
            (
                f"{others} other {'value' if others == 1 else 'values'}",
                f"{rest:,}",
                number(rest / table.rows, "percent"),
            )
        )
    gaps = int(column.isna().sum())
    rows += [("missing", f"{gaps:,}", number(gaps / table.rows, "percent"))] if gaps else []
    return Grid(columns=("value", "rows", "share"), rows=tuple(rows))
