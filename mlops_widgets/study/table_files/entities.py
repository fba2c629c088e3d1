"""Entities told apart while a table is read in batches, so that whole ones can be drawn from it."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.table_files.sources import BatchReader, Labels

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_BYTES = 2**30
"""Bytes that the names and the number of each row may take; beyond, entities aren't told apart."""


def told_apart(column: "pa.ChunkedArray") -> "pa.DictionaryArray | None":
    """Return cells as numbers of the different ones, in the order in which these come first; None for lists and the like."""
    import pyarrow as pa

    if pa.types.is_dictionary(
        column.type
    ):  # it may hold some that no row has, and leaves missing ones without a number
        column = column.cast(column.type.value_type)
    try:
        chunk = pa.chunked_array(column).combine_chunks().dictionary_encode(null_encoding="encode")
    except pa.ArrowException:
        return None
    return chunk.combine_chunks() if isinstance(chunk, pa.ChunkedArray) else chunk


class EntityColumn:
    """A column of entities, of which there may be many, gathered batch by batch."""

    def __init__(self) -> None:
        self._levels: list[pa.Array] = []
        self._codes: list[npt.NDArray[Any]] = []
        self._bytes = self._count = 0
        self._told = True

    def add(self, column: "pa.ChunkedArray") -> None:
        """Add the cells of the next batch."""
        chunk = told_apart(column) if self._told else None
        if chunk is None:
            self._give_up()
            return
        codes = chunk.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        self._levels.append(chunk.dictionary)
        self._codes.append(codes + np.int32(self._count))  # an entity of several batches is several levels for now
        self._count += len(chunk.dictionary)
        self._bytes += codes.nbytes + int(chunk.dictionary.nbytes)
        if self._bytes > _MOST_BYTES:
            self._give_up()

    def _give_up(self) -> None:
        self._told = False
        self._levels.clear()
        self._codes.clear()

    def labels(self, reader: BatchReader, entity: str) -> Labels | None:
        """Return the entities as `reader` makes them pandas; None if there are none, or they weren't told apart."""
        import pyarrow as pa

        if not self._codes:
            return None
        try:
            levels = pa.concat_tables([pa.table({entity: each}) for each in self._levels], promote_options="permissive")
        except pa.ArrowException:  # types that change from batch to batch: said when rows are picked
            return None
        return Labels(levels=reader.frame(levels).iloc[:, 0], codes=np.concatenate(self._codes))
