"""One answer of a model, as a row of the log: which fields there are, and how what is passed becomes them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_widgets.core.document import sound
from mlops_widgets.core.statements import words
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.outcomes import sort_key

if TYPE_CHECKING:
    import pyarrow as pa

FIELDS = {
    "row_id": "id of the row, given or random", "at": "when the model answered, UTC", "model": "SHA-256 of the model's file",
    "input_hmac": "keyed digest of the input (HMAC-SHA256)", "score": "the score; score_<class> where there are several",
    "decision": "what the model decided", "threshold": "score at which it decided", "reasons": "reason codes",
    "override": "what a person decided instead", "override_by": "who", "override_why": "why", "policy": "version of the policy in force",
}  # fmt: skip
"""The fields of an entry, in order, and what each is; columns that are kept of the inputs follow."""

CLASS_SCORE = "score_"
"""What columns of scores begin with where there is one a class."""
OVERRIDE = ("override", "override_by", "override_why")
_LONGEST_ID, _LONGEST_CODE, _MOST_CODES = 200, 100, 20
_OVERRIDE_KEYS = ("decision", "by", "why")


def entry_table(rows: int, given: Mapping[str, Any], *, kept: Mapping[str, Any]) -> "pa.Table":
    """Return entries as Arrow, without any library's notes.

    Parameters
    ----------
    rows
        How many.
    given
        Field → one value for all, or one a row; fields left out are empty.
    kept
        Column → cells, one a row.

    Raises
    ------
    InputError
        If a field has another length, or a value that can't be one.
    """
    import pyarrow as pa

    columns: dict[str, pa.Array] = {
        "row_id": pa.array(_ids(given.get("ids"), rows), pa.string()),
        "at": pa.array(_times(given.get("at"), rows), pa.timestamp("us", tz="UTC")),
        "model": pa.array([given["model"]] * rows, pa.string()),
        "input_hmac": pa.array(given.get("input_hmac") or [None] * rows, pa.string()),
    }
    columns |= _scores(given.get("scores"), given.get("classes"), rows)
    columns["decision"] = arrow(given.get("decisions"), rows, "decisions")
    columns["threshold"] = arrow(_numbers(given.get("threshold"), rows, "threshold"), rows, "threshold").cast(
        pa.float64()
    )
    columns["reasons"] = pa.array(_codes(given.get("reasons"), rows), pa.list_(pa.string()))
    columns |= overrides(given.get("overrides"), rows)
    columns["policy"] = pa.array(_texts(given.get("policy_version"), rows, "policy_version"), pa.string())
    clash = sorted(name for name in kept if name in columns or name.startswith(CLASS_SCORE))
    if clash:
        raise InputError(
            f"keep= names {listed(clash)}, which the log has itself. Rename on the way: keep={{{clash[0]!r}: 'input_{clash[0]}'}}."
        )
    return pa.table(columns | {name: arrow(cells, rows, "keep") for name, cells in kept.items()})


def overrides(given: Any, rows: int) -> "dict[str, pa.Array]":  # noqa: ANN401 - checked here
    """Return what persons decided instead, by whom and why: given as decisions, or as a mapping or frame of decision, by and why."""
    import pyarrow as pa

    if given is None:
        nothing: dict[str, Any] = {}
    elif isinstance(given, Mapping | pd.DataFrame):
        nothing = {str(name): given[name] for name in given}
    else:
        nothing = {"decision": given}
    unknown = sorted(set(nothing) - set(_OVERRIDE_KEYS))
    if unknown:
        raise UnknownNameError(
            f"overrides= has {unknown[0][:60]!r}. Allowed: decision, by, why.{did_you_mean(unknown[0], _OVERRIDE_KEYS)}"
        )
    decided = arrow(nothing.get("decision"), rows, "overrides")
    said = [_texts(nothing.get(name), rows, f"overrides[{name!r}]") for name in ("by", "why")]
    empty = decided.is_null().to_pylist()
    if any(gone and (by or why) for gone, by, why in zip(empty, *said, strict=True)):
        raise InputError(
            "overrides= names who or why of a row without saying what was decided instead. Pass its decision."
        )
    return dict(zip(OVERRIDE, (decided, *(pa.array(each, pa.string()) for each in said)), strict=True))


def arrow(given: Any, rows: int, argument: str) -> "pa.Array":  # noqa: ANN401 - any cells
    """Return cells as Arrow in a plain type: whole or broken numbers, text, truth values, times; categories as what they stand for."""
    import pyarrow as pa

    cells = _spread(given, rows, argument)
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    try:
        found = pa.Array.from_pandas(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as error:
        raise InputError(
            f"{argument}= holds cells of several kinds in one column ({type(error).__name__}). Give them one kind: numbers, text or truth values."
        ) from error
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    plain = _plain(found.type)
    return found if plain == found.type else found.cast(plain)


def _plain(kind: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa

    if pa.types.is_integer(kind):
        return pa.uint64() if kind == pa.uint64() else pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind


def as_rows(given: Any) -> int | None:  # noqa: ANN401 - any argument
    """Return how many rows an argument speaks of; None where one value stands for all."""
    if (
        given is None
        or isinstance(given, str | bytes)
        or not hasattr(given, "__len__")
        or getattr(given, "ndim", 1) == 0
    ):
        return None
    return len(given)


def _spread(given: Any, rows: int, argument: str) -> "pd.Series[Any]":  # noqa: ANN401 - any cells
    """Return one value a row, numbered from 0."""
    if as_rows(given) is None:
        return pd.Series([given] * rows, dtype=object if given is None else None)
    if len(given) != rows:
        raise InputError(f"{argument}= has {len(given):,} values for {rows:,} rows. Pass one a row, or one for all.")
    if isinstance(given, pd.Series):
        return given.reset_index(drop=True)
    cells = np.asarray(given) if isinstance(given, np.ndarray) else list(given)
    if isinstance(cells, np.ndarray) and cells.ndim != 1:
        raise InputError(f"{argument}= has the shape {cells.shape}. Pass one value a row.")
    return pd.Series(cells)


def _numbers(given: Any, rows: int, argument: str) -> "pd.Series[Any]":  # noqa: ANN401 - any cells
    cells = _spread(given, rows, argument)
    numbers = pd.to_numeric(cells, errors="coerce").astype(np.float64)
    if (numbers.isna() & cells.notna()).any():
        raise InputError(f"{argument}= holds cells that are no numbers. Pass numbers, NaN where there is none.")
    return numbers


def _scores(given: Any, classes: Sequence[Any] | None, rows: int) -> "dict[str, pa.Array]":  # noqa: ANN401 - any cells
    """Return the column "score", or one a class; NaN stays: what the model answered is logged as it was."""
    import pyarrow as pa

    many = given is not None and np.ndim(given) == 2
    if not many:
        values = _numbers(given, rows, "scores").to_numpy()
        return {"score": pa.array(values, pa.float64(), mask=np.isnan(values) if given is None else None)}
    table = np.asarray(given, dtype=np.float64)
    names = list(given.columns) if classes is None and isinstance(given, pd.DataFrame) else classes
    if names is None or len(names) != table.shape[1]:
        raise InputError(
            f"scores= has {table.shape[1]} columns. Name the class of each: classes=('low', 'high', …), or pass a frame of named columns."
        )
    if len(table) != rows:
        raise InputError(f"scores= has {len(table):,} rows for {rows:,} rows. Pass one a row.")
    in_order = sorted(range(len(names)), key=lambda number: sort_key(names[number]))
    found = {f"{CLASS_SCORE}{sound(str(names[number]))[:60]}": pa.array(table[:, number]) for number in in_order}
    if len(found) < len(names):
        raise InputError("scores= has two columns of one class. Pass one column a class.")
    return found


def _ids(given: Any, rows: int) -> list[str]:  # noqa: ANN401 - any cells
    if given is None:
        return [str(uuid.uuid4()) for _ in range(rows)]
    if as_rows(given) is None and rows > 1:
        raise InputError(f"ids= is one id for {rows:,} rows. Pass one a row.")
    cells = _spread(given, rows, "ids")
    if cells.isna().any():
        raise InputError("ids= has rows without an id. Pass one a row, or leave ids= out for random ones.")
    found = [str(cell) for cell in cells.tolist()]
    if len(set(found)) < len(found):
        raise InputError(
            f"ids= repeats {len(found) - len(set(found)):,} ids. Labels are joined by them: give each row its own."
        )
    if any(len(each) > _LONGEST_ID for each in found):
        raise InputError(f"ids= holds an id of more than {_LONGEST_ID} characters. Pass shorter ones.")
    return found


def _times(given: Any, rows: int) -> "list[datetime] | pd.Series[Any]":  # noqa: ANN401 - any cells
    """Return moments in UTC, which is what a time without a zone is taken for; by default now, for all."""
    if given is None:
        return [datetime.now(UTC)] * rows
    if isinstance(given, datetime):
        return [given.replace(tzinfo=UTC) if given.tzinfo is None else given] * rows
    try:
        found = pd.to_datetime(_spread(given, rows, "at"), utc=True)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"at= can't be read as times ({type(error).__name__}). Pass datetimes, UTC where they have no zone."
        ) from error
    if found.isna().any():
        raise InputError("at= has rows without a time. Pass one a row, or one for all.")
    return found.astype("datetime64[us, UTC]")


def _texts(given: Any, rows: int, argument: str) -> list[str | None]:  # noqa: ANN401 - any cells
    known: dict[Any, str | None] = {}
    found = []
    for cell in _spread(given, rows, argument).tolist():
        missing = cell is None or cell != cell  # noqa: PLR0124 - NaN
        if not missing and not isinstance(cell, str):
            raise WrongTypeError(f"{argument}= holds {type(cell).__name__}. Allowed: text.")
        text = None if missing else cell
        if text not in known:
            known[text] = words(argument, text) or None
        found.append(known[text])
    return found


def _codes(given: Any, rows: int) -> list[list[str] | None]:  # noqa: ANN401 - any cells
    """Return each row's reason codes: one text is one code."""
    if given is None:
        return [None] * rows
    if isinstance(given, str):
        return [[_code(given)]] * rows
    if as_rows(given) != rows:
        raise InputError(f"reasons= doesn't have one entry for each of {rows:,} rows. Pass a list of codes a row.")
    return [None if _is_nothing(each) else [_code(code) for code in _listed(each)] for each in given]


def _is_nothing(each: Any) -> bool:  # noqa: ANN401 - any cell
    return each is None or (isinstance(each, float) and each != each)  # noqa: PLR0124 - NaN


def _listed(each: Any) -> list[Any]:  # noqa: ANN401 - any cell
    codes = [each] if isinstance(each, str) or not isinstance(each, Iterable) else list(each)
    if len(codes) > _MOST_CODES:
        raise InputError(f"reasons= gives a row {len(codes):,} codes. Allowed: {_MOST_CODES}, the strongest.")
    return codes


@lru_cache(maxsize=1024)
def _sound_code(text: str) -> str:
    return sound(text)


def _code(given: Any) -> str:  # noqa: ANN401 - checked here
    text = _sound_code(str(given)[: 10 * _LONGEST_CODE])
    if not text or len(text) > _LONGEST_CODE:
        raise InputError(
            f"reasons= holds a code of {len(text):,} characters. Allowed: 1 to {_LONGEST_CODE}; a code, not a letter."
        )
    return text
