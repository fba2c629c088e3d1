"""JSON lines: an object a line; what is nested stays a list or mapping in its cell."""

import io
import json
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.sources import BATCH_ROWS
from mlops_widgets.study.table_files.text_files import MOST_LINE_BYTES, TextFile

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_BYTES = 16 * 2**20
_MOST_COLUMNS = 50_000


class JsonLines:
    """A .jsonl or .ndjson file: batches hold its lines, which are taken apart once the rows to keep are known.

    Parameters
    ----------
    text
        The file.
    """

    again = True

    def __init__(self, text: TextFile) -> None:
        self._text = text
        self.reading = text.reading

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield lines, batch by batch; with `columns` objects of these alone, in a column of the first one's name."""
        import pyarrow as pa

        called = columns[0] if columns else "line"
        lines: list[bytes] = []
        size = 0
        with self._text.opened() as stream:
            for number, line in _numbered(stream):
                if len(line) > MOST_LINE_BYTES:
                    raise self._complaint(number, f"is longer than {MOST_LINE_BYTES // 2**20} MB")
                row = line.strip()
                if not row:
                    continue
                if row == b"[" or row.startswith(b"[{"):
                    raise self._complaint(number, "begins a list; write each row as an object on a line of its own")
                lines.append(row if columns is None else self._part(row, columns, number))
                size += len(row)
                if len(lines) >= BATCH_ROWS or size > _BATCH_BYTES:
                    yield pa.table({called: pa.array(lines, pa.large_binary())})
                    lines, size = [], 0
        if lines:
            yield pa.table({called: pa.array(lines, pa.large_binary())})

    def _part(self, line: bytes, columns: Sequence[str], number: int) -> bytes:
        row = self._object(line, number)
        return json.dumps({column: row[column] for column in columns if column in row}).encode()

    def _object(self, line: bytes, number: int | None = None) -> dict[str, Any]:
        try:
            row = json.loads(line, object_pairs_hook=_without_repeats)
        except (ValueError, RecursionError) as error:  # a number too long, brackets too deep
            raise self._complaint(number or self._line_of(line), "is no JSON" if not isinstance(
                error, _RepeatedError) else "names a column twice") from error  # fmt: skip
        if not isinstance(row, dict):
            raise self._complaint(number or self._line_of(line), 'is no object, such as {"a": 1}')
        return row

    def _line_of(self, wanted: bytes) -> int:
        with self._text.opened() as stream:
            return next((number for number, line in _numbered(stream) if line.strip() == wanted), 0)

    def _complaint(self, number: int, what: str) -> TableError:
        return TableError(f"{self._text.name}={self._text.path.name!r}: line {number:,} {what}.")

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return lines as rows: a column for each key, in the order in which they first come."""
        records = [self._object(line) for line in rows.column(0).to_pylist()]
        names = list(dict.fromkeys(key for record in records for key in record))
        if len(names) > _MOST_COLUMNS:
            raise TableError(
                f"{self._text.name}={self._text.path.name!r} has {len(names):,} columns; at most {_MOST_COLUMNS:,} are read."
            )
        cells = {column: [record.get(column) for record in records] for column in names}
        return pd.DataFrame({column: _typed(values) for column, values in cells.items()}, index=range(len(records)))


def _typed(values: list[Any]) -> "pd.Series[Any]":
    column = pd.Series(values, dtype=object)
    try:
        return column.infer_objects()
    except (UnicodeEncodeError, OverflowError):  # halves of characters; numbers beyond all bounds
        return column


def _numbered(stream: io.BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers; of one that is too long, its beginning."""
    return enumerate(iter(partial(stream.readline, MOST_LINE_BYTES + 1), b""), start=1)


class _RepeatedError(ValueError):
    pass


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise _RepeatedError
    return row
