"""One door for tables that a contract is checked on: what can be scanned stays where it is, what can't becomes Arrow."""

import os
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.sources import check_names
from mlops_widgets.study.tables import Table, read_table

if TYPE_CHECKING:
    import narwhals as nw

Family = Literal["text", "integer", "float", "decimal", "boolean", "date", "timestamp", "other"]
_LARGEST_WHOLE = 2**63


@dataclass(frozen=True)
class Checkable:
    """A table as checks read it.

    Parameters
    ----------
    frame
        The rows, lazily where their library can: narwhals over polars, DuckDB or Arrow.
    families
        Column → what its cells are.
    """

    frame: "nw.LazyFrame[Any]"
    families: dict[str, Family]


def open_frame(data: Any, *, name: str = "table") -> Checkable:  # noqa: ANN401 - any form
    """Return a table of any form, ready to be checked; DuckDB relations, lazy frames and Parquet files aren't held in memory.

    Parameters
    ----------
    data
        Whatever `load_study` takes as a table, or a table of a study; a frame of pandas, polars or Arrow may be empty.
    name
        What messages call it.

    Raises
    ------
    TableError
        If it can't be read, or column names repeat.
    """
    import narwhals as nw

    if isinstance(data, Table):
        data = data.pandas()
    if isinstance(data, str | os.PathLike) and Path(data).suffix == ".parquet" and Path(data).is_file():
        return _of_parquet(Path(data), name)
    frame = data if isinstance(data, pd.DataFrame) else nw.from_native(data, pass_through=True)
    if not isinstance(frame, pd.DataFrame | nw.DataFrame | nw.LazyFrame):
        frame = read_table(data, name=name).pandas()
    if isinstance(frame, nw.DataFrame) and isinstance(frame.to_native(), pd.DataFrame):
        frame = frame.to_native()
    if isinstance(frame, pd.DataFrame):
        frame = nw.from_native(_arrow(frame, name))
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    zoned = [column for column, kind in schema.items() if kind == nw.Datetime and getattr(kind, "time_zone", None)]
    if zoned:
        utc = (nw.col(column).dt.convert_time_zone("UTC").dt.replace_time_zone(None) for column in zoned)
        lazy = lazy.with_columns(*utc)
    return Checkable(lazy, {column: _family(kind) for column, kind in schema.items()})


def _of_parquet(path: Path, name: str) -> Checkable:
    """Scan a file through Arrow's data set: DuckDB would read `*` and `?` in its name as a search for others."""
    import duckdb
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        relation = duckdb.connect().from_arrow(ds.dataset(path, format="parquet"))
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"{name}={path.name[:80]!r} can't be read: {str(error)[:160]}.") from error
    return open_frame(nw.from_native(relation), name=name)


def _family(kind: Any) -> Family:  # noqa: ANN401, PLR0911 - a type of narwhals; one line a family
    import narwhals as nw

    if any(kind == text for text in (nw.String, nw.Categorical, nw.Enum)):
        return "text"
    if kind == nw.Boolean:
        return "boolean"
    if any(kind == large for large in (nw.Int128, nw.UInt128, nw.Decimal)):
        return "decimal"
    if kind.is_integer():
        return "integer"
    if kind.is_float():
        return "float"
    if kind == nw.Date:
        return "date"
    return "timestamp" if kind == nw.Datetime else "other"


def _arrow(frame: pd.DataFrame, name: str) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Return a pandas frame as Arrow; cells that have no type in common become text marked as such, or "other"."""
    import pyarrow as pa

    names = [str(column) for column in frame.columns]
    check_names(names, name=name)
    columns = [_arrow_column(frame.iloc[:, at]) for at in range(len(names))]
    return pa.table(dict(zip(names, columns, strict=True)))


def _arrow_column(cells: "pd.Series[Any]") -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if cells.dtype == object:
        return _of_objects(cells)
    try:
        return pa.Array.from_pandas(cells)
    except (pa.ArrowException, UnicodeEncodeError, TypeError, ValueError):  # complex numbers, halves of characters
        return _of_objects(cells.astype(object))


def _of_objects(cells: "pd.Series[Any]") -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    gone = _missing(cells)
    present = [cell for cell, absent in zip(cells, gone, strict=True) if not absent]
    convert = _converter(present)
    if convert is None:
        return _marker(gone)
    try:
        values = [None if absent else convert(cell) for cell, absent in zip(cells, gone, strict=True)]
        return pa.array(values, type=pa.string() if convert is escaped else None)
    except (pa.ArrowException, OverflowError):
        return _marker(gone)


def _marker(gone: "np.typing.NDArray[np.bool_]") -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Return a column of nothing but "there" and "missing", of a type that no rule asks for."""
    import pyarrow as pa

    return pa.array([None if absent else 0 for absent in gone], type=pa.duration("s"))


def _missing(cells: "pd.Series[Any]") -> "np.typing.NDArray[np.bool_]":
    absent = cells.isna().to_numpy()
    return np.asarray(absent, dtype=np.bool_)


def _converter(present: list[Any]) -> Any:  # noqa: ANN401 - a function, or None
    """Return what makes cells of one type of them; cells of several types have none."""
    kinds = {_kind_of(cell) for cell in present}
    if kinds <= {"whole", "number"} and kinds:
        return int if kinds == {"whole"} else float
    return _CONVERTERS.get(next(iter(kinds))) if len(kinds) == 1 else None if kinds else escaped


def _kind_of(cell: Any) -> str:  # noqa: ANN401 - any cell
    if isinstance(cell, bool | np.bool_):
        return "truth"
    if isinstance(cell, int | np.integer):
        return "whole" if abs(int(cell)) < _LARGEST_WHOLE else "number"
    if isinstance(cell, float | Decimal | np.floating):
        return "number"
    if isinstance(cell, str):
        return "text"
    return "moment" if isinstance(cell, datetime | np.datetime64) else "day" if isinstance(cell, date) else "other"


def escaped(cell: str) -> str:
    """Return a text with halves of characters, which no table of ours can hold, as the escapes that Python has for them."""
    return cell.encode("utf-8", "backslashreplace").decode()


def _moment(cell: Any) -> Any:  # noqa: ANN401 - a moment of several kinds
    moment = pd.Timestamp(cell)
    return (moment if moment.tz is None else moment.tz_convert("UTC").tz_localize(None)).to_pydatetime(warn=False)


def _same(cell: Any) -> Any:  # noqa: ANN401 - any cell
    return cell


_CONVERTERS = {"truth": bool, "text": escaped, "moment": _moment, "day": _same}
