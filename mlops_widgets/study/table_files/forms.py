"""Every form in which a table may be passed, and what reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import TableError, listed
from mlops_widgets.study.table_files.batches import BatchSource
from mlops_widgets.study.table_files.frames import ForeignFrame
from mlops_widgets.study.table_files.paths import FileSource, find_table
from mlops_widgets.study.table_files.queries import is_query, run_query
from mlops_widgets.study.table_files.sources import (
    Counted,
    FrameSource,
    Labels,
    Rows,
    Source,
    check_names,
    join_frames,
    labels_of,
)

FORMS = (
    "a pandas or polars frame, a pyarrow table, a DuckDB relation, (X, y), (connection or database file, 'SELECT …'), a path "
    "to .csv, .tsv, .parquet, .arrow, .feather or .jsonl, a folder of .parquet, or a list of these"
)


@runtime_checkable
class _OwnTable(Protocol):
    """A table of a study already."""

    original_names: dict[str, Any]

    def pandas(self) -> pd.DataFrame: ...


def open_table(
    data: Any,  # noqa: ANN401 - any form
    *,
    name: str,
    target: str | None,
    columns: Sequence[str],
    only: Sequence[str] = (),
) -> Source:
    """Return what reads `data`.

    Parameters
    ----------
    data
        Any form of a table.
    name
        The argument that it was passed as.
    target
        Column name that the `y` of `(X, y)` gets; None for its own name, else "target".
    columns
        Names for the columns of a plain array.
    only
        Columns to read, where the format allows it; () for all.

    Raises
    ------
    TableError
        If `data` is none of these, or can't be opened.
    """
    if hasattr(type(data), "__study_table__"):  # something of ours that holds a table in another form, such as a log
        data = data.__study_table__()
    if is_query(data):
        return BatchSource(run_query(data, name=name), name=name, only=only)
    if isinstance(data, Mapping):
        raise TableError(f"{name}= is a mapping of {listed(data) or 'nothing'}. Pass {FORMS}.")
    if isinstance(data, tuple) and len(data) == 2:
        return _Pair(data[0], data[1], name=name, target=target, columns=columns)
    if isinstance(data, list) and data and (isinstance(data[0], str | Path) or not np.isscalar(data[0])):
        opened = [open_table(each, name=name, target=target, columns=columns, only=only) for each in data]
        return _Batches(opened, name=name)
    if isinstance(data, str | Path):
        return FileSource(find_table(data, name=name), name=name, only=tuple(only))
    return _open_frame(data, name=name, columns=columns, only=only)


def _open_frame(data: Any, *, name: str, columns: Sequence[str], only: Sequence[str]) -> Source:  # noqa: ANN401
    if isinstance(data, np.ndarray):
        return FrameSource(_array_frame(data, name=name, columns=columns))
    frame = data.pandas() if isinstance(data, _OwnTable) else data
    if isinstance(frame, pd.DataFrame):  # copy-on-write: neither side sees the other's later writes
        return FrameSource(frame.copy(deep=False))
    return BatchSource(ForeignFrame(data, name=name, forms=FORMS), name=name, only=only)


def _array_frame(data: "npt.NDArray[Any]", *, name: str, columns: Sequence[str]) -> pd.DataFrame:
    if data.ndim != 2:
        raise TableError(f"{name}= is an array of shape {data.shape}. Pass two dimensions: rows × columns.")
    named = list(columns) if len(columns) == data.shape[1] else [f"x{i}" for i in range(data.shape[1])]
    return pd.DataFrame(data, columns=named)


class _Pair:
    """`(X, y)`: labels beside their rows."""

    def __init__(self, x: Any, y: Any, *, name: str, target: str | None, columns: Sequence[str]) -> None:  # noqa: ANN401
        self._source = open_table(x, name=name, target=None, columns=columns)
        self._labels = _one_column(y)
        self._label = target or label_name(y)
        self._name = name

    @property
    def reading(self) -> str:
        """What was decided while X was read."""
        return self._source.reading

    def count(self, label: str | None, *, entity: str | None = None, most_rows: int | None, held_bytes: int) -> Counted:
        """Count the rows."""
        counted = self._source.count(None, entity=entity, most_rows=most_rows, held_bytes=held_bytes)
        rows = counted.rows
        if self._labels.ndim != 1 or len(self._labels) != rows:
            raise TableError(
                f"{self._name}=(X, y): X has {rows:,} rows and y has shape {self._labels.shape}. They must match."
            )
        if label is None or most_rows is None:
            return counted
        return replace(counted, labels=labels_of(pd.DataFrame({self._label: self._labels}), label))

    def pick(self, rows: Rows | None) -> pd.DataFrame:
        """Return these rows."""
        frame = self._source.pick(rows)
        if self._label in [str(column) for column in frame.columns]:
            raise TableError(
                f"{self._name}=(X, y): X already has a column {self._label!r}. Name the labels with target=."
            )
        return frame.assign(**{self._label: self._labels if rows is None else self._labels[rows]})


def label_name(y: Any) -> str:  # noqa: ANN401 - anything with a length
    """Return what the labels of `(X, y)` call themselves, else "target"."""
    columns = list(getattr(y, "columns", ()))
    own = columns[0] if columns else getattr(y, "name", None)
    return "target" if own is None or own == "" else str(own)


def _one_column(y: Any) -> Any:  # noqa: ANN401 - anything with a length
    """Return labels without an index: scikit-learn joins X and y by position; a frame of one column is its column."""
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if isinstance(y, pd.Series):
        return y.array
    labels = np.asarray(y)
    return labels.ravel() if labels.ndim == 2 and labels.shape[1] == 1 else labels


class _Batches:
    """Tables with the same columns, below each other."""

    def __init__(self, sources: Sequence[Source], *, name: str) -> None:
        self._sources, self._name = sources, name
        self._rows: list[int] = []

    @property
    def reading(self) -> str:
        """What was decided while they were read, each sentence once."""
        return " ".join(dict.fromkeys(source.reading for source in self._sources if source.reading))

    def count(self, label: str | None, *, entity: str | None = None, most_rows: int | None, held_bytes: int) -> Counted:
        """Count the rows of all."""
        held = held_bytes // len(self._sources)
        counted = [source.count(label, entity=entity, most_rows=most_rows, held_bytes=held) for source in self._sources]
        self._rows = [each.rows for each in counted]
        return Counted(
            rows=sum(self._rows),
            labels=_all_labels([each.labels for each in counted]),
            entities=_all_labels([each.entities for each in counted]),
            held=all(each.held for each in counted),
        )

    def pick(self, rows: Rows | None) -> pd.DataFrame:
        """Return these rows."""
        edges = np.cumsum([0, *self._rows])
        frames = []
        for source, first, after in zip(self._sources, edges, edges[1:], strict=False):
            own = None if rows is None else rows[slice(*np.searchsorted(rows, [first, after]))] - first
            frames.append(source.pick(own))
        self._check(frames)
        return join_frames(frames)

    def _check(self, frames: list[pd.DataFrame]) -> None:
        first = frames[0]
        check_names(list(first.columns), name=self._name)
        for number, frame in enumerate(frames[1:], start=2):
            differ = set(first.columns) ^ set(frame.columns)
            if differ:
                raise TableError(
                    f"{self._name}=: batch {number} and batch 1 differ in columns {listed(sorted(map(str, differ)))}."
                )
            if len(frame.columns) != len(first.columns):
                raise TableError(
                    f"{self._name}=: batch {number} has repeated column names. Give each column its own name."
                )


def _all_labels(parts: list[Labels | None]) -> Labels | None:
    labels = [part for part in parts if part is not None]
    if len(labels) < len(parts):
        return None
    starts = np.cumsum([0, *(len(part.levels) for part in labels)])
    codes = [part.codes + np.int32(start) for part, start in zip(labels, starts, strict=False)]
    levels = pd.concat([part.levels for part in labels], ignore_index=True)
    return Labels(levels=levels, codes=np.concatenate(codes))
