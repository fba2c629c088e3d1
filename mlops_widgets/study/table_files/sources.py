"""A table before it is read: it says how many rows it has and hands out the rows that are asked for."""

import json
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import TableError, listed

if TYPE_CHECKING:
    import pyarrow as pa

Rows = npt.NDArray[np.intp]

HELD_BYTES = 64 * 2**20
"""Bytes of a table that are held before it is read in batches instead."""

BATCH_ROWS = 32_768
"""Rows of a batch, where the format lets us choose."""

MOST_ROWS = 1_000_000_000
"""A file of a few bytes can claim any number of rows; beyond this many it isn't read."""

MOST_LEVELS = 10_000
"""Different labels that are kept while rows are counted; a target with more is a number, and isn't stratified by."""

NOTED_TYPES = b"mlops_widgets_types"
"""Key of a saved study's Parquet files under which they say which types pandas' own note leaves out, by column."""

_NOTED = re.compile(r"object|(?:datetime|timedelta)64\[(?:s|ms|us|ns)(?:, [\w/+:-]+)?\]")


@dataclass(frozen=True, kw_only=True)
class Labels:
    """A column of labels or entities, told apart.

    Parameters
    ----------
    levels
        The different cells, in the order in which they first come; one may come again.
    codes
        Which of them each row has, shape (rows,).
    """

    levels: "pd.Series[Any]"
    codes: npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What the first look at a table tells.

    Parameters
    ----------
    rows
        How many there are.
    labels
        The target column; None where there is none, or where it has too many different values to stratify by.
    entities
        The column of entities; None where there is none, or where they are too many to tell apart.
    held
        Whether all rows are in memory.
    """

    rows: int
    labels: Labels | None
    entities: Labels | None = None
    held: bool = False


class Source(Protocol):
    """A table that can be looked at before it is read."""

    def count(self, label: str | None, *, entity: str | None = None, most_rows: int | None, held_bytes: int) -> Counted:
        """Count rows, tell apart labels and entities; more than `most_rows` are never all held, beyond `held_bytes`."""
        ...

    def pick(self, rows: Rows | None) -> pd.DataFrame:
        """Return these rows, positions in ascending order; None for all. Called once, after `count`."""
        ...

    @property
    def reading(self) -> str:
        """What was decided while it was read, in sentences, or ""."""
        ...


class BatchReader(Protocol):
    """A file or query that hands out its rows as Arrow, batch by batch.

    Attributes
    ----------
    reading
        What was decided while it was opened, in sentences, or "".
    again
        Whether `batches` may be called more than once, with the same rows in the same order.
    """

    reading: str
    again: bool

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield all rows in order; with `columns`, only those of them that there are, where the format knows them."""
        ...

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows of `batches` as pandas."""
        ...


class FrameSource:
    """A frame that is in memory already.

    Parameters
    ----------
    frame
        The rows; shared copy-on-write.
    """

    reading = ""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def count(self, label: str | None, *, entity: str | None = None, most_rows: int | None, held_bytes: int) -> Counted:  # noqa: ARG002
        """Count the rows; nothing more is held than there was."""
        return count_frame(self._frame, label, entity=entity, most_rows=most_rows)

    def pick(self, rows: Rows | None) -> pd.DataFrame:
        """Return these rows."""
        return self._frame if rows is None else self._frame.iloc[rows]


def count_frame(frame: pd.DataFrame, label: str | None, *, entity: str | None = None, most_rows: int | None) -> Counted:
    """Return what a frame tells; labels and entities are told apart only where rows may have to be chosen."""
    if most_rows is None:
        return Counted(rows=len(frame), labels=None, held=True)
    return Counted(
        rows=len(frame),
        labels=labels_of(frame, label) if label is not None else None,
        entities=labels_of(frame, entity, most=len(frame)) if entity is not None else None,
        held=True,
    )


def labels_of(frame: pd.DataFrame, label: str, *, most: int = MOST_LEVELS) -> Labels | None:
    """Return the labels of a frame told apart; None if it has no such column, or if they can't be, or are too many."""
    found = [column for column in frame.columns if str(column) == label]
    if len(found) != 1:
        return None
    try:
        codes, levels = pd.factorize(frame[found[0]], use_na_sentinel=False)
    except TypeError:  # cells such as lists
        return None
    if len(levels) > most:
        return None
    return Labels(levels=pd.Series(levels), codes=codes.astype(np.int32))


def arrow_frame(rows: "pa.Table", *, own_types: bool = False) -> pd.DataFrame:
    """Return Arrow rows as pandas: decimals as floats, dates as datetime64, dictionaries as categories.

    Parameters
    ----------
    rows
        The rows.
    own_types
        Whether to follow what pandas noted of its types when it wrote them.
    """
    import pyarrow as pa

    for i, column in enumerate(rows.schema):  # to_pandas makes Python objects of decimals, which no model takes
        if pa.types.is_decimal(column.type):
            rows = rows.set_column(i, column.name, rows[i].cast(pa.float64()))
    if own_types:
        try:
            return _with_noted_types(pd.DataFrame(rows.to_pandas(date_as_object=False)), rows)
        except Exception:  # noqa: BLE001, S110 - the note is text that anyone can have written; the rows don't need it
            pass
    return pd.DataFrame(rows.to_pandas(ignore_metadata=True, date_as_object=False))


def _with_noted_types(frame: pd.DataFrame, rows: "pa.Table") -> pd.DataFrame:
    noted = json.loads((rows.schema.metadata or {}).get(NOTED_TYPES, b"{}"))
    return frame.astype({
        name: kind for name, kind in noted.items() if name in frame.columns and _NOTED.fullmatch(kind)
    })  # fmt: skip


def check_names(names: Sequence[object], *, name: str) -> None:
    """Raise `TableError` if column names come twice."""
    texts = [str(column) for column in names]
    repeated = sorted({column for column in texts if texts.count(column) > 1}) if len(set(texts)) < len(texts) else []
    if repeated:
        raise TableError(f"{name}= has repeated column names: {listed(repeated)}. Give each column its own name.")


def join_frames(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return frames below each other, all with the columns of the first; an empty one has no say in the types."""
    columns = list(frames[0].columns)
    filled = [frame[columns] for frame in frames if len(frame)] or frames[:1]
    if len(filled) == 1:
        return filled[0]
    return pd.concat(_same_categories(filled), ignore_index=True)


def _same_categories(batches: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Give every batch the categories of all: pandas makes plain objects of columns whose categories differ."""
    for column in batches[0].columns:
        kinds = [batch[column].dtype for batch in batches]
        if all(isinstance(kind, pd.CategoricalDtype) for kind in kinds) and len(set(kinds)) > 1:
            levels = pd.Index(dict.fromkeys(level for batch in batches for level in batch[column].cat.categories))
            batches = [batch.assign(**{column: batch[column].cat.set_categories(levels)}) for batch in batches]
    return batches
