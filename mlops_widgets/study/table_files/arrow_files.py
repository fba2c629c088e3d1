"""Arrow IPC files and streams, and Feather, which is the same."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.sources import arrow_frame

if TYPE_CHECKING:
    import pyarrow as pa


class ArrowFile:
    """One .arrow or .feather file.

    Parameters
    ----------
    path, name
        The file, and the argument that it was passed as.
    """

    again = True
    reading = ""

    def __init__(self, path: Path, *, name: str) -> None:
        with path.open("rb") as file:
            mark = file.read(6)
        if mark.startswith(b"FEA1"):
            raise TableError(f"{name}={path.name!r} is Feather of the first version. Write it again as .parquet.")
        self._path = path
        self._random = mark == b"ARROW1"

    @contextmanager
    def _opened(self) -> "Generator[pa.RecordBatchFileReader | pa.RecordBatchStreamReader, None, None]":
        import pyarrow as pa

        # Read, not mapped: a file that shrinks under a mapping ends the process.
        opened = pa.ipc.open_file if self._random else pa.ipc.open_stream
        with pa.OSFile(str(self._path)) as file, opened(file) as reader:
            yield reader

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows, a batch of the file at a time, each checked: a wrong offset would crash what uses it."""
        import pyarrow as pa

        with self._opened() as reader:
            names = reader.schema.names if columns is None else [c for c in columns if c in reader.schema.names]
            count = reader.num_record_batches if self._random else None
            yielded = 0
            while count is None or yielded < count:
                try:
                    batch = reader.get_batch(yielded) if self._random else reader.read_next_batch()
                except StopIteration:
                    break
                batch.validate(full=True)
                yielded += 1
                table = pa.Table.from_batches([batch])
                yield table if columns is None else table.select(names)
            if not yielded:
                yield reader.schema.empty_table()

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows in the types that pandas noted when it wrote them, else in Arrow's."""
        return arrow_frame(rows, own_types=True)
