"""CSV files: cut into cells by Arrow, all rows checked, and typed by pandas once the rows to keep are known."""

import csv
import io
import re
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_widgets.errors import TableError, listed
from mlops_widgets.study.table_files.sources import check_names
from mlops_widgets.study.table_files.text_files import MOST_LINE_BYTES, TextFile

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_HEAD_BYTES = 65_536
_HEAD_ROWS = 50
_MOST_COLUMNS = 50_000
_DECIMAL_COMMA, _DECIMAL_POINT = re.compile(r"-?\d+,\d+"), re.compile(r"\d\.\d")


class CsvFile:
    """A .csv or .tsv file; where it isn't split by what its name says, by what splits it.

    Types are those that `pandas.read_csv` finds in the rows that are kept: batches hold text.

    Parameters
    ----------
    text
        The file.
    expected
        The separator that its name says.
    """

    again = True

    def __init__(self, text: TextFile, *, expected: str) -> None:
        self._text = text
        head, cut = _head_of(text)
        self._separator = _separator(head, expected, cut=cut)
        rows = _rows_of(head, self._separator, cut=cut)
        if len(rows[0]) > _MOST_COLUMNS:
            raise TableError(f"{self._what} has {len(rows[0]):,} columns; at most {_MOST_COLUMNS:,} are read.")
        self._names, unnamed = _named(rows[0])
        check_names(self._names, name=text.name)
        self._decimal = "," if self._separator == ";" and _decimal_commas(rows[1:]) else "."
        self.reading = " ".join(self._decided(expected, unnamed))

    @property
    def _what(self) -> str:
        return f"{self._text.name}={self._text.path.name!r}"

    def _decided(self, expected: str, unnamed: list[str]) -> Generator[str, None, None]:
        file = self._text.path.name
        if self._separator != expected:
            also = ", and numbers as with a decimal comma" if self._decimal == "," else ""
            yield f"{file} is read as separated by {_NAMES[self._separator]}{also}."
        if self._text.reading:
            yield self._text.reading
        if unnamed:
            one = "A column without a name is" if len(unnamed) == 1 else f"{len(unnamed)} columns without a name are"
            yield f"{one} called {listed(unnamed, most=3)}, as pandas has it; if it counts rows, name it in ids=."

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows as text, batch by batch."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        numbers = [str(i) for i in range(len(self._names))]
        kept = [str(i) for i, column in enumerate(self._names) if columns is None or column in columns]
        ragged: list[Any] = []
        last = None
        with self._text.opened() as stream:
            try:
                reader = arrow_csv.open_csv(
                    stream,
                    read_options=arrow_csv.ReadOptions(
                        column_names=numbers, block_size=MOST_LINE_BYTES, use_threads=False
                    ),
                    parse_options=arrow_csv.ParseOptions(
                        delimiter=self._separator, newlines_in_values=True, invalid_row_handler=_Handler(ragged)
                    ),
                    convert_options=arrow_csv.ConvertOptions(
                        column_types=dict.fromkeys(numbers, pa.string()),
                        strings_can_be_null=False,
                        include_columns=kept,
                    ),
                )
                names, skipped = [self._names[int(i)] for i in kept], 1  # the header is the first row
                for batch in reader:
                    yield pa.Table.from_batches([batch.slice(skipped)]).select(kept).rename_columns(names)
                    last, skipped = batch, 0
            except pa.ArrowInvalid as error:
                raise self._complaint(error, ragged) from error
        if self._text.odd_quotes and last is not None and any("\n" in column[-1].as_py() for column in last.columns):
            raise TableError(f"{self._what}: a quotation mark is never closed. Is the file whole?")

    def _complaint(self, error: Exception, ragged: list[Any]) -> TableError:
        """Say what is wrong with a row, without its cells."""
        if ragged:
            row = ragged[0]
            where = "a row" if row.number is None else f"row {row.number:,}"
            cells = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns:,} cells"
            return TableError(
                f"{self._what}: {where} has {cells}, the header {row.expected_columns:,} (rows are "
                f"counted from the header, which is row 1; cells are separated by {_NAMES[self._separator]}). "
                "Mend the row, delete lines above the header, or read the file yourself and pass the frame."
            )
        if "straddling" in str(error) or "block" in str(error):
            return TableError(
                f"{self._what}: a row is longer than {MOST_LINE_BYTES // 2**20} MB. Is a quotation mark never closed?"
            )
        return TableError(f"{self._what} can't be cut into cells. Is it whole, and separated in one way?")

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows in the types that pandas finds in them."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        if not rows.num_rows:
            return pd.DataFrame(columns=rows.column_names)
        # Arrow writes what happens to lie in its buffer for a batch without rows.
        filled = pa.Table.from_batches([batch for batch in rows.to_batches() if batch.num_rows], rows.schema)
        sink = pa.BufferOutputStream()
        arrow_csv.write_csv(filled, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid"))
        frame: pd.DataFrame = pd.read_csv(
            pa.BufferReader(sink.getvalue()), names=list(range(rows.num_columns)), header=None, index_col=False,
            decimal=self._decimal, low_memory=False, skip_blank_lines=False,
        )  # fmt: skip
        return frame.set_axis(rows.column_names, axis=1)


class _Handler:
    """Keeps the first row of another length, and stops there; a line of blanks is no row."""

    def __init__(self, ragged: list[Any]) -> None:
        self._ragged = ragged

    def __call__(self, row: Any) -> str:  # noqa: ANN401 - pyarrow's
        if not row.text.strip():
            return "skip"
        self._ragged.append(row)
        return "error"


def _head_of(text: TextFile) -> tuple[str, bool]:
    """Return the beginning of a file, and whether there is more."""
    with text.opened() as stream:
        head, size = b"", _HEAD_BYTES
        while True:  # a header may be long
            head += stream.read(size)
            if len(head) < _HEAD_BYTES or b"\n" in head or b"\r" in head:
                return head.decode("utf-8", errors="ignore"), len(head) >= _HEAD_BYTES


def _rows_of(head: str, separator: str, *, cut: bool) -> list[list[str]]:
    """Return the first rows, without those that are blank or not whole."""
    rows = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
            if any(cell.strip() for cell in row) or len(row) > 1:
                rows.append(row)
            if len(rows) > _HEAD_ROWS:
                return rows
    except csv.Error:  # a cell that never ends
        return rows or [[]]
    return rows[:-1] if cut and len(rows) > 1 else rows or [[]]


def _separator(head: str, expected: str, *, cut: bool) -> str:
    """Return what cuts every row of the head into as many cells as the header; in doubt what the file's name says."""
    even = {}
    for separator in (expected, *_NAMES):
        widths = [len(row) for row in _rows_of(head, separator, cut=cut)]
        if widths[0] > 1:
            even[separator] = widths.count(widths[0]) / len(widths)
    whole = [separator for separator, share in even.items() if share == 1]
    if expected in whole or not even:
        return expected
    if len(whole) == 1:
        return whole[0]
    return expected if expected in even else max(whole or even, key=head.partition("\n")[0].count)


def _named(header: list[str]) -> tuple[list[str], list[str]]:
    """Return the column names, and which of them were made up for columns without one: as pandas does."""
    names, made = list(header), []
    for i, column in enumerate(header):
        if not column:
            number, names[i] = 0, f"Unnamed: {i}"
            while names.count(names[i]) > 1:
                number += 1
                names[i] = f"Unnamed: {i}.{number}"
            made.append(names[i])
    return names, made


def _decimal_commas(rows: list[list[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row]
    return any(map(_DECIMAL_COMMA.fullmatch, cells)) and not any(map(_DECIMAL_POINT.search, cells))
