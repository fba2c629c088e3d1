r"""What a row of inputs is, as bytes that don't depend on who holds it, and their keyed digest.

A row is the names of its columns, sorted, and a cell for each. Equal values are equal bytes: 1 and 1.0, float32 and float64 of one value,
a category and its text, None and NaN, a moment in two zones. A truth value isn't a number, a moment with a zone isn't one without, and
text isn't what it spells. The order of the columns doesn't count, their names do.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError

MISSING = b"0:"
_VERSION = b"mlops-widgets input 1\n"
_NANOSECONDS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


def input_digests(frame: pd.DataFrame, key: bytes) -> list[str]:
    """Return the HMAC-SHA256 of each row (RFC 2104, FIPS 180-4) as 64 hex digits.

    Parameters
    ----------
    frame
        The inputs, each column named once.
    key
        What nobody may know who could try all inputs.

    Raises
    ------
    InputError
        If a column is named twice or holds cells that are neither numbers, text, truth values nor times.

    Examples
    --------
    >>> whole, broken = pd.DataFrame({"a": [1], "b": ["x"]}), pd.DataFrame({"b": ["x"], "a": [1.0]})
    >>> input_digests(whole, b"k" * 16) == input_digests(broken, b"k" * 16)
    True
    """
    named = sorted((str(column), position) for position, column in enumerate(frame.columns))
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        twice = next(a for a, b in pairwise(names) if a == b)
        raise InputError(f"inputs= names the column {twice[:60]!r} twice. Give each column its own name.")
    start = hmac.new(
        key,
        _VERSION + b"".join(_framed(name.encode("utf-8", "surrogatepass")) for name in names) + b"\n",
        hashlib.sha256,
    )
    columns = [column_bytes(frame.iloc[:, position], name) for name, position in named]
    found = []
    for cells in zip(*columns, strict=True) if columns else ((),) * len(frame):
        row = start.copy()
        row.update(b"".join(cells))
        found.append(row.hexdigest())
    return found


def column_bytes(column: "pd.Series[Any]", name: str) -> list[bytes]:
    """Return each cell as bytes: the length of what follows, a colon, a letter for the kind, and the value."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _by_level(column, name)
    told = _teller(kind)
    if told is None:
        return _objects(column, name)
    missing = column.isna().to_numpy()
    if missing.any():
        rest = iter(told(column[~missing]))
        return [MISSING if gone else next(rest) for gone in missing.tolist()]
    return told(column)


def _teller(kind: Any) -> "Callable[[pd.Series[Any]], list[bytes]] | None":  # noqa: ANN401 - any dtype
    """Return what writes a whole column of this type at once; None where cells must be looked at one by one."""
    if pd.api.types.is_bool_dtype(kind):
        return lambda column: [_framed(b"b1") if cell else _framed(b"b0") for cell in column.tolist()]
    if pd.api.types.is_integer_dtype(kind):
        return lambda column: [_framed(b"n%d" % cell) for cell in column.tolist()]
    if pd.api.types.is_float_dtype(kind):
        return lambda column: [_number(cell) for cell in column.astype(np.float64).tolist()]
    if isinstance(kind, pd.StringDtype):
        return lambda column: [_text(cell) for cell in column.tolist()]
    return _teller_of_times(kind)


def _teller_of_times(kind: Any) -> "Callable[[pd.Series[Any]], list[bytes]] | None":  # noqa: ANN401 - any dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        return lambda column: _moments(column.dt.tz_convert("UTC").dt.tz_localize(None), b"z")
    if isinstance(kind, np.dtype) and kind.kind == "M":
        return lambda column: _moments(column, b"t")
    return None


def _by_level(column: "pd.Series[Any]", name: str) -> list[bytes]:
    """Write each category once."""
    levels = [*column_bytes(pd.Series(column.cat.categories), name), MISSING]
    return [levels[code] for code in column.cat.codes.tolist()]


def _objects(column: "pd.Series[Any]", name: str) -> list[bytes]:
    known: dict[tuple[type, Any], bytes] = {}
    found = []
    for cell in column.astype(object).tolist():
        try:
            told = known.get((type(cell), cell))
            if told is None:
                told = known[type(cell), cell] = _cell(cell)
        except TypeError:
            raise InputError(
                f"inputs= holds a cell of type {type(cell).__name__} in {name[:60]!r}. Digested are numbers, text, truth values and times: "
                "leave the column out, or write it as text."
            ) from None
        found.append(told)
    return found


def _cell(cell: Any) -> bytes:  # noqa: ANN401, PLR0911 - one line a kind of value
    """Return one cell; `TypeError` where it has no bytes that equal values share."""
    if isinstance(cell, str):
        return _text(cell)
    if cell is None or (not isinstance(cell, bytes) and pd.isna(cell) is True):
        return MISSING
    if isinstance(cell, bool | np.bool_):
        return _framed(b"b1" if cell else b"b0")
    if isinstance(cell, int | np.integer):
        return _framed(b"n%d" % int(cell))
    if isinstance(cell, float | np.floating | Decimal):
        return _number(float(cell))
    if isinstance(cell, bytes):
        return _framed(b"x" + cell)
    return _time(cell)


def _time(cell: Any) -> bytes:  # noqa: ANN401 - any object
    if isinstance(cell, timedelta | np.timedelta64):
        span = pd.Timedelta(cell)
        return _framed(b"p%d" % (int(span.asm8.astype(np.int64)) * _NANOSECONDS[span.unit]))
    if isinstance(cell, datetime | date | np.datetime64):
        moment = pd.Timestamp(cell)
        return _moments(
            pd.Series([moment.tz_convert("UTC").tz_localize(None) if moment.tz else moment]),
            b"z" if moment.tz else b"t",
        )[0]
    raise TypeError(type(cell).__name__)


def _moments(column: "pd.Series[Any]", letter: bytes) -> list[bytes]:
    """Return nanoseconds since 1970: whole numbers of any size, so that no unit overflows."""
    cells = column.to_numpy()
    factor = _NANOSECONDS[np.datetime_data(cells.dtype)[0]]
    return [_framed(b"%b%d" % (letter, cell * factor)) for cell in cells.astype(np.int64).tolist()]


def _number(cell: float) -> bytes:
    if cell == cell // 1 and abs(cell) < float("inf"):
        return _framed(b"n%d" % int(cell))
    return _framed(b"n%b" % repr(cell).encode())


def _text(cell: str) -> bytes:
    return _framed(b"s" + cell.encode("utf-8", "surrogatepass"))


def _framed(content: bytes) -> bytes:
    return b"%d:%b" % (len(content), content)
