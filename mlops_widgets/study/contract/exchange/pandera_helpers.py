"""What the scripts that we write for pandera say of a column where pandera has no check of its own.

The text below goes into each script as it stands; the reader takes a script's functions for ours only if they are the same.
"""

import ast
from functools import cache

HELPERS = '''\
def of_type(column, kind, as_text):
    """Whether each present cell is of the type; text counts where numbers and dates may come written as text."""
    if column.empty:
        return True
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if column.dtype == object:
        column = column.infer_objects()
    types = pd.api.types
    text = types.is_string_dtype(column.dtype) and all(isinstance(cell, str) for cell in column)
    if text and kind in WRITTEN:
        return column.str.fullmatch(WRITTEN[kind]).astype(bool) if as_text else False
    days = column.dtype == object and all(type(cell) is datetime.date for cell in column)
    if types.is_datetime64_any_dtype(column.dtype):
        return kind == "timestamp" or (kind == "date" and column.dt.normalize().eq(column.dt.floor("s")))
    if types.is_bool_dtype(column.dtype):
        return kind == "boolean"
    if types.is_numeric_dtype(column.dtype):
        return kind == "number" or (kind == "integer" and column.eq(column.round()))
    return (text and kind == "string") or (days and kind in {"date", "timestamp"})


def comparable(column, kind):
    """The cells as numbers or ISO dates; those that are neither are missing."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    if kind in {"date", "timestamp"}:
        texts = column.astype(object).where(column.map(lambda cell: isinstance(cell, str)))
        return texts.where(texts.astype("str").str.fullmatch(WRITTEN[kind]).fillna(False).astype(bool))
    return pd.to_numeric(column, errors="coerce")


def within(column, kind, lower, upper, lower_inclusive, upper_inclusive):
    """Whether each cell lies between the bounds, where there are any."""
    cells = comparable(column, kind).dropna()
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        cells = pd.to_datetime(cells, utc=True).dt.tz_localize(None)
        lower, upper = (None if bound is None else pd.Timestamp(bound) for bound in (lower, upper))
    kept = pd.Series(True, index=cells.index)
    if lower is not None:
        kept &= cells.ge(lower) if lower_inclusive else cells.gt(lower)
    if upper is not None:
        kept &= cells.le(upper) if upper_inclusive else cells.lt(upper)
    return kept.reindex(column.index, fill_value=True)


def one_of(column, allowed, as_text):
    """Whether each cell is one of the values."""
    if as_text and not isinstance(allowed[0], str):
        column = pd.to_numeric(column, errors="coerce")
        return column.isna() | column.isin(allowed)
    return column.isin(allowed)


def reads_as(column, pattern):
    """Whether the whole of each text matches."""
    return column.astype("str").str.fullmatch(pattern).astype(bool)


def letters(column, shortest, longest):
    """Whether each text has as many letters."""
    count = column.astype("str").str.len()
    return (count >= (shortest or 0)) & (count <= (longest if longest is not None else count.max()))


def mostly(column, rule, tolerance, **options):
    """Whether at most a share of the cells breaks a rule."""
    kept = RULES[rule](column, **options)
    return kept if isinstance(kept, bool) else bool(kept.empty or (~kept).sum() / len(kept) <= tolerance)


def missing_at_most(column, share):
    """Whether at most a share of the cells is missing."""
    return column.empty or bool(column.isna().mean() <= share)


def no_repeats(cells, columns=None):
    """Whether no value, or no row of values, comes twice."""
    return ~(cells if columns is None else cells[columns]).duplicated()


def rows_between(frame, least, most):
    """Whether the table has as many rows."""
    return (least is None or len(frame) >= least) and (most is None or len(frame) <= most)


def never_above(frame, first, second, tolerance, kind):
    """Whether one column is never above the other, but for a share of the rows."""
    both = pd.DataFrame({"a": comparable(frame[first], kind), "b": comparable(frame[second], kind)}).dropna()
    return both.empty or bool((both["a"] > both["b"]).mean() <= tolerance)


def decides(frame, determinant, dependent, tolerance):
    """Whether rows that agree in some columns agree in another one, but for a share of them."""
    there = frame[[*determinant, dependent]].dropna()
    sizes = there.groupby([*determinant, dependent], observed=True).size()
    most = sizes.groupby(level=list(range(len(determinant)))).max().sum()
    return there.empty or bool((len(there) - most) / len(there) <= tolerance)


RULES = {"of_type": of_type, "within": within, "one_of": one_of, "reads_as": reads_as, "letters": letters}
'''


@cache
def helper_functions() -> dict[str, str]:
    """Return each function of `HELPERS` by its name, as its syntax tree in text: comments and layout don't count."""
    return {each.name: ast.dump(each) for each in ast.parse(HELPERS).body if isinstance(each, ast.FunctionDef)}
