"""Files and queries read in batches: held whole if small, else counted first and picked in a second pass."""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.entities import EntityColumn, told_apart
from mlops_widgets.study.table_files.room import Room, bytes_as_frame
from mlops_widgets.study.table_files.sources import (
    MOST_LEVELS,
    MOST_ROWS,
    BatchReader,
    Counted,
    Labels,
    Rows,
    check_names,
    count_frame,
)
from mlops_widgets.study.table_files.spooling import Spool

if TYPE_CHECKING:
    import pyarrow as pa


class BatchSource:
    """A table that `reader` hands out in batches.

    A small one is held as it is read. Of one that is larger than may be held, a first pass counts the rows and reads the
    target, and a second one picks. What can be read only once, such as a query, is laid down in a folder on disk meanwhile.

    Parameters
    ----------
    reader
        The file or query.
    name
        The argument that it was passed as.
    only
        Columns to read, where the format allows it; () for all.
    """

    def __init__(self, reader: BatchReader, *, name: str, only: Sequence[str] = ()) -> None:
        self._reader = reader
        self._name = name
        self._only = tuple(only) or None
        self._held: pd.DataFrame | None = None
        self._spool: Spool | None = None

    @property
    def reading(self) -> str:
        """What was decided while it was read."""
        return self._reader.reading

    def count(self, label: str | None, *, entity: str | None = None, most_rows: int | None, held_bytes: int) -> Counted:
        """Count the rows; hold them if they are few or small."""
        batches = self._reader.batches(self._only)
        with closing(batches):
            held, rest = _hold(batches, name=self._name, most_rows=most_rows, held_bytes=held_bytes)
            if rest is None:
                self._held = self._frame(held)
                return count_frame(self._held, label, entity=entity, most_rows=most_rows)
            if not self._reader.again:
                self._spool = Spool([*held, rest], batches, name=self._name)
        held.clear()
        return self._count_batches(label, entity)

    def pick(self, rows: Rows | None) -> pd.DataFrame:
        """Return these rows."""
        if self._held is not None:
            return self._held if rows is None else self._held.iloc[rows]
        try:
            return self._frame(list(_picked(self._passes().batches(self._only), rows, name=self._name)))
        finally:
            if self._spool is not None:
                self._spool.close()

    def _passes(self) -> "BatchReader | Spool":
        return self._reader if self._spool is None else self._spool

    def _frame(self, tables: "list[pa.Table]") -> pd.DataFrame:
        import pyarrow as pa

        if not tables:
            raise TableError(f"{self._name}= has no rows.")
        check_names(tables[0].schema.names, name=self._name)
        try:
            rows = pa.concat_tables(tables, promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:  # their words name columns and types, no cells
            raise TableError(f"{self._name}= changes its types from batch to batch: {str(error)[:200]}") from error
        return self._reader.frame(rows)

    def _count_batches(self, label: str | None, entity: str | None) -> Counted:
        import pyarrow as pa

        rows, told, entities = 0, _Told(), EntityColumn()
        with closing(
            self._passes().batches(tuple({name: None for name in (label, entity) if name is not None}))
        ) as batches:
            for batch in batches:
                rows += batch.num_rows
                if rows > MOST_ROWS:
                    raise too_many(rows, name=self._name)
                if label in batch.schema.names:
                    told.add(batch[label])
                if entity in batch.schema.names:
                    entities.add(batch[entity])
        pa.default_memory_pool().release_unused()  # what the first pass used
        return Counted(
            rows=rows,
            labels=told.labels(self._reader, label) if label is not None else None,
            entities=entities.labels(self._reader, entity) if entity is not None else None,
        )


def too_many(rows: int, *, name: str) -> TableError:
    """Return the error for a table with more rows than are ever read."""
    return TableError(f"{name}= has {rows:,} rows or more; at most {MOST_ROWS:,} are read. Sample it first.")


def _hold(
    batches: "Generator[pa.Table, None, None]", *, name: str, most_rows: int | None, held_bytes: int
) -> "tuple[list[pa.Table], pa.Table | None]":
    """Return the batches, and None; or those that may be held, and the next."""
    held: list[pa.Table] = []
    rows, room = 0, Room(name=name)
    for batch in batches:
        rows += batch.num_rows
        if most_rows is not None and rows > most_rows and room.used + bytes_as_frame(batch) > held_bytes:
            return held, batch
        room.take(batch)
        held.append(batch)
    return held, None


def _picked(batches: "Generator[pa.Table, None, None]", rows: Rows | None, *, name: str) -> "Generator[pa.Table]":
    """Yield the chosen rows of each batch; at least one table, for the columns."""
    first, room = 0, Room(name=name)
    with closing(batches):
        for number, batch in enumerate(batches):
            if rows is None:
                room.take(batch)
                yield batch
                continue
            low, high = np.searchsorted(rows, [first, first + batch.num_rows])
            if high > low or number == 0:
                chosen = batch.take(rows[low:high] - first)  # a copy: the batch goes
                room.take(chosen)
                yield chosen
            first += batch.num_rows
            if low >= len(rows):
                break


class _Told:
    """Labels told apart batch by batch, while there are few."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._levels: list[pa.Array] = []
        self._codes: list[Any] | None = []

    def add(self, column: "pa.ChunkedArray") -> None:
        chunk = told_apart(column) if self._codes is not None else None
        if chunk is None:
            self._codes = None
            return
        self._add_levels(chunk)

    def _add_levels(self, chunk: "pa.DictionaryArray") -> None:
        import pyarrow as pa

        if self._codes is None or len(chunk.dictionary) + len(self._known) > 2 * MOST_LEVELS:
            self._codes = None
            return
        names = [repr(level) for level in chunk.dictionary.to_pylist()]
        new = [i for i, level in enumerate(names) if level not in self._known]
        self._levels.append(chunk.dictionary.take(pa.array(new, pa.int64())))
        for level in names:
            self._known.setdefault(level, len(self._known))
        codes = np.array([self._known[level] for level in names], dtype=np.int32)
        self._codes.append(codes[chunk.indices.to_numpy(zero_copy_only=False)])
        if len(self._known) > MOST_LEVELS:
            self._codes = None

    def labels(self, reader: BatchReader, label: str) -> Labels | None:
        import pyarrow as pa

        if not self._codes:
            return None
        levels = pa.concat_tables([pa.table({label: each}) for each in self._levels], promote_options="permissive")
        return Labels(levels=reader.frame(levels).iloc[:, 0], codes=np.concatenate(self._codes))
