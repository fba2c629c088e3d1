"""How much memory rows take, and how much they may: a file of a few kilobytes can unfold to any size."""

import os
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.errors import TableError

if TYPE_CHECKING:
    import pyarrow as pa

_CELL_BYTES = 8
_WHERE_UNKNOWN = 8 * 2**30


def most_bytes() -> int:
    """Return how many bytes of rows are held at most: half of this machine's memory."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):  # Windows
        return _WHERE_UNKNOWN


def bytes_as_frame(rows: "pa.Table") -> int:
    """Return at least how many bytes rows take as pandas: missing or repeated cells may take none in Arrow.

    Examples
    --------
    >>> import pyarrow as pa
    >>> bytes_as_frame(pa.table({"a": pa.nulls(1000)}))
    8000
    """
    texts = sum(_viewed(chunk) for column in rows.columns for chunk in column.chunks)
    return max(int(rows.nbytes) + texts, _CELL_BYTES * int(rows.num_rows) * len(rows.schema))


def _viewed(chunk: "pa.Array") -> int:
    """Return how long texts are together whose cells may all show the same bytes; 0 for any other type."""
    import pyarrow as pa

    if not (pa.types.is_string_view(chunk.type) or pa.types.is_binary_view(chunk.type)):
        return 0
    views = np.frombuffer(chunk.buffers()[1], dtype=np.int32).reshape(-1, 4)  # the first number is the length
    return int(views[chunk.offset : chunk.offset + len(chunk), 0].sum(dtype=np.int64))


class Room:
    """What is left of the memory that rows of one table may take.

    Parameters
    ----------
    name
        The argument that the table was passed as.
    """

    def __init__(self, *, name: str) -> None:
        self._name, self._most = name, most_bytes()
        self.used = 0

    def take(self, rows: "pa.Table") -> None:
        """Count rows that are about to be held.

        Raises
        ------
        TableError
            If they are more than may be held.
        """
        self.used += bytes_as_frame(rows)
        if self.used > self._most:
            raise TableError(
                f"{self._name}= takes more than {self._most / 2**30:.1f} GB of memory, half of what this machine has. Keep "
                "fewer rows (max_rows=) or leave out the columns with the longest cells."
            )
