"""The batches of an audit: tables in a list or map, or a study's production cut along time."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.source import source_of
from mlops_widgets.errors import InputError, MissingInputError, TableError
from mlops_widgets.study.study import Study
from mlops_widgets.study.table_files.forms import open_table
from mlops_widgets.study.table_files.sources import HELD_BYTES
from mlops_widgets.study.tables import Table

MOST_CHUNKS = 13
_LONGEST_LABEL = 80
_NO_ROWS = "but no rows."
"""How the error of a table ends that has columns and no rows."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One table that came.

    Parameters
    ----------
    label
        What it is called.
    start
        When: milliseconds since 1970, or another number that orders batches; NaN where nobody said.
    table
        Its rows.
    may_be_cut
        Whether it may hold a part of its time alone, as the first and the last period of a log.
    """

    label: str
    start: float
    table: Table
    may_be_cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What an audit was given.

    Parameters
    ----------
    name
        What the history is called.
    batches
        In the order in which they came.
    baseline
        What they are compared with, or None: then it is the first batch of the history.
    are_dates
        Whether `start` of the batches are dates.
    apart
        Columns whose values aren't compared: those that say whose or when a row is.
    awaited
        Columns that are filled later, as labels are: that they are missing in the last batches is no fault of these.
    synthetic
        Whether the data were made up.
    """

    name: str
    batches: tuple[Batch, ...]
    baseline: Table | None
    are_dates: bool
    apart: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    synthetic: bool = False


def delivered(given: Any, *, baseline: Any, name: str | None, first: int) -> Delivery:  # noqa: ANN401 - any batches
    """Return what is to be audited.

    Parameters
    ----------
    given
        A Study, a table, a list of tables, or a map of label → table.
    baseline
        A table to compare with, or None.
    name
        What to call the history; by default the study's name, else "batches".
    first
        Number of the first batch that has no label.
    """
    if isinstance(given, Study):
        return _of_study(given, baseline, name)
    tables = _labelled(given, first)
    starts = [_date(label) for label in tables]
    are_dates = bool(starts) and all(start is not None for start in starts)
    batches = tuple(
        Batch(
            label=label,
            start=start if are_dates and start is not None else float("nan"),
            table=read_batch(table, label),
        )
        for (label, table), start in zip(tables.items(), starts, strict=True)
    )
    if are_dates:
        batches = tuple(sorted(batches, key=lambda each: each.start))
    return Delivery(
        name=name or "batches", batches=batches, baseline=None if baseline is None else read_batch(baseline, "baseline"), are_dates=are_dates
    )  # fmt: skip


def _of_study(study: Study, baseline: Any, name: str | None) -> Delivery:  # noqa: ANN401 - any table
    if study.production is None:
        raise MissingInputError("production", "Pass production=, or a list of tables, one a batch.")
    chunks = study.chunks(study.production, most=MOST_CHUNKS)
    present = [index for index in range(len(chunks.labels)) if (chunks.of_row == index).any()]
    batches = tuple(
        Batch(
            label=chunks.labels[index], start=float(chunks.starts[index]), may_be_cut=chunks.are_dates and index in {present[0], present[-1]},
            table=study.production.take(np.flatnonzero(chunks.of_row == index), name=chunks.labels[index]),
        )
        for index in present
    )  # fmt: skip
    learned = study.reference if study.reference is not None else study.test
    return Delivery(
        name=name or study.name, batches=batches, baseline=learned if baseline is None else read_batch(baseline, "baseline"),
        are_dates=chunks.are_dates, apart=study.roles.not_inputs - {study.roles.target},
        awaited=frozenset(each for each in (study.roles.target, study.roles.label_time) if each), synthetic=study.synthetic,
    )  # fmt: skip


def _labelled(given: Any, first: int) -> dict[str, Any]:  # noqa: ANN401 - any batches
    if isinstance(given, Mapping) and not _is_query(given):
        if not given:
            raise InputError("batches={} holds no batch. Pass label → table.")
        return {_label(label): table for label, table in given.items()}
    listed = list(given) if isinstance(given, Sequence) and isinstance(given, list) else [given]
    if not listed:
        raise InputError("batches=[] holds no batch. Pass one table a batch.")
    labels: dict[str, Any] = {}
    for number, table in enumerate(listed, start=first):
        label = Path(table).stem[:_LONGEST_LABEL] if isinstance(table, str | os.PathLike) else f"batch {number}"
        labels[label if label and label not in labels else f"{label[:60]} ({number})"] = table
    return labels


def _is_query(given: Mapping[Any, Any]) -> bool:
    return set(given) == {"database", "sql"}


def _label(label: object) -> str:
    text = label.isoformat() if isinstance(label, datetime) else str(label)
    if not text.strip() or len(text) > _LONGEST_LABEL:
        raise InputError(f"batches= has a label {text[:40]!r}. Pass labels of 1 to {_LONGEST_LABEL} characters.")
    return text


def _date(label: str) -> float | None:
    """Return the moment that a label names, as milliseconds since 1970: 2024-03, 2024-03-01, 2024-03-01T10:00."""
    text = f"{label}-01" if len(label) == len("2024-03") else label
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000


def read_batch(table: Any, label: str) -> Table:  # noqa: ANN401 - any table
    """Return a table, also one with columns and no rows: a study refuses it, but an audit must tell of it.

    Raises
    ------
    TableError
        If it can't be read, or has no columns.
    """
    try:
        read = source_of(table).table
    except TableError as error:
        if not str(error).endswith(_NO_ROWS):
            raise
        return Table(_header(table, label), name=label)
    return read.replace(read.pandas(), name=label)


def _header(table: Any, label: str) -> pd.DataFrame:  # noqa: ANN401 - any table
    """Return the columns of a table without rows."""
    if isinstance(table, pd.DataFrame):
        return table
    opened = open_table(table, name=label, target=None, columns=())
    opened.count(None, most_rows=None, held_bytes=HELD_BYTES)
    return opened.pick(None)
