"""Parquet: a file, or a folder of files, also one cut by the values of columns (`year=2024/`)."""

import re
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pandas as pd

from mlops_widgets.errors import TableError, listed
from mlops_widgets.study.table_files.batches import too_many
from mlops_widgets.study.table_files.sources import BATCH_ROWS, MOST_ROWS, arrow_frame, check_names

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_ENTRIES = 100_000
"""Entries of a folder that are looked at."""

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")
"""Whole numbers that lose nothing as numbers: 07 is a text."""


class ParquetFile:
    """One .parquet file.

    Parameters
    ----------
    path, name
        The file, and the argument that it was passed as.
    """

    again = True
    reading = ""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path, self._name = path, name
        with self._opened() as file:
            self.schema: pa.Schema = file.schema_arrow
            rows = file.metadata.num_rows
        check_names(self.schema.names, name=name)
        if rows > MOST_ROWS:
            raise too_many(rows, name=name)

    def _opened(self) -> "pa.parquet.ParquetFile":
        from pyarrow import parquet

        # Read, not mapped: a file that shrinks under a mapping ends the process.
        return parquet.ParquetFile(str(self._path), memory_map=False, pre_buffer=False, buffer_size=2**20)

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows, batch by batch."""
        import pyarrow as pa

        names = self.schema.names if columns is None else columns
        kept = [column for column in names if column in self.schema.names]
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=kept, use_threads=False):
                yield pa.Table.from_batches([batch])

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows in the types that pandas noted when it wrote them, else in Arrow's."""
        return arrow_frame(rows, own_types=True)


class ParquetFolder:
    """A folder of .parquet files with the same columns, read in the order of their names.

    Folders below it called `year=2024` give their rows a column of that name.

    Parameters
    ----------
    path, name
        The folder, and the argument that it was passed as.
    """

    again = True
    reading = ""

    def __init__(self, path: Path, *, name: str) -> None:
        paths = list(_parquet_files(path, name=name))
        if not paths:
            raise TableError(f"{name}={path.name!r} is a folder without .parquet files. Name a file, or such a folder.")
        self._files = [ParquetFile(file, name=name) for file in paths]
        self._schema = _joint_schema(self._files, paths, what=f"{name}={path.name!r}")
        self._said = _said_by_folders([file.relative_to(path) for file in paths], taken=self._schema.names)

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows, batch by batch, with the values that their folder's name says."""
        import pyarrow as pa

        kept = [i for i, column in enumerate(self._schema.names) if columns is None or column in columns]
        schema = pa.schema([self._schema.field(i) for i in kept], self._schema.metadata)
        for number, file in enumerate(self._files):
            for batch in file.batches(schema.names):
                table = batch.select(schema.names).cast(schema)
                for column, values in self._said.items():
                    if columns is None or column in columns:
                        table = table.append_column(column, pa.repeat(values[number], table.num_rows))
                yield table

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows in the types that pandas noted when it wrote them, else in Arrow's."""
        return arrow_frame(rows, own_types=True)


def _joint_schema(files: list[ParquetFile], paths: list[Path], *, what: str) -> "pa.Schema":
    import pyarrow as pa

    first = files[0].schema
    for file, path in zip(files[1:], paths[1:], strict=True):
        differ = sorted(set(file.schema.names) ^ set(first.names))
        if differ:
            raise TableError(f"{what}: {path.name} and {paths[0].name} differ in columns {listed(differ)}.")
    try:
        return pa.unify_schemas([file.schema for file in files], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:  # its words name a column and two types
        raise TableError(f"{what}: its files differ in types: {str(error)[:200]}") from error


def _said_by_folders(paths: list[Path], *, taken: Sequence[str]) -> dict[str, "pa.Array"]:
    """Return what `column=value` in the names of folders says of each file: whole numbers where all are."""
    import pyarrow as pa

    pairs = [dict(part.split("=", 1) for part in path.parts[:-1] if "=" in part) for path in paths]
    said = {}
    for column in dict.fromkeys(column for pair in pairs for column in pair):
        values = [pair.get(column, _NO_VALUE) for pair in pairs]
        texts = [None if value == _NO_VALUE else unquote(value) for value in values]
        whole = all(text is None or _WHOLE.fullmatch(text) for text in texts)
        if unquote(column) not in taken:
            said[unquote(column)] = pa.array([int(t) if whole and t is not None else t for t in texts])
    return said


def _parquet_files(folder: Path, *, name: str) -> Iterator[Path]:
    """Yield a folder's files in order; no links to devices, and nothing hidden such as `_SUCCESS` and `.crc`."""
    entries = list(islice(folder.rglob("*"), _MOST_ENTRIES + 1))
    if len(entries) > _MOST_ENTRIES:
        raise TableError(f"{name}={folder.name!r} has more than {_MOST_ENTRIES:,} files. Name a folder of one table.")
    for path in sorted(entries):
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if path.suffix.lower() == ".parquet" and path.is_file() and not hidden:
            yield path
