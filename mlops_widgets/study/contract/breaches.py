"""What breaks a rule of one column or of two, as expressions that every engine evaluates alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mlops_widgets.study.contract.columns import WRITTEN, ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule
from mlops_widgets.study.contract.frames import Family, escaped
from mlops_widgets.study.contract.patterns import portable

if TYPE_CHECKING:
    import narwhals as nw

_NUMBERS: frozenset[Family] = frozenset({"integer", "float", "decimal"})
_WORDS: dict[Family, str] = {
    "text": "text", "integer": "whole numbers", "float": "numbers", "decimal": "decimal numbers", "boolean": "truth values",
    "date": "dates", "timestamp": "timestamps", "other": "cells of several or of other types",
}  # fmt: skip
_HOLDS: dict[str, frozenset[Family]] = {
    "string": frozenset({"text"}), "boolean": frozenset({"boolean"}), "number": _NUMBERS, "integer": frozenset({"integer"}),
    "date": frozenset({"date"}), "timestamp": frozenset({"date", "timestamp"}),
}  # fmt: skip
"""Type → families of which every cell is of it."""


@dataclass(frozen=True, kw_only=True)
class Breach:
    """What to sum up to know how many cells break a rule, and which cells they are.

    Parameters
    ----------
    sums
        Name → expression whose value is a count.
    present, broken, distinct
        Names in `sums`: cells that the rule is put to, cells that break it, different values; "" for none.
    mask
        Which rows break it, or None where that takes more than one row.
    wide
        Which rows break it where `mask` holds for none, though the column as such breaks it.
    whole
        Whether the column as such breaks the rule: it is missing, or of another type.
    reason
        Why, in words.
    measured
        Whether the rule can be put to the column.
    """

    sums: Mapping[str, "nw.Expr"] = field(default_factory=dict)
    present: str = ""
    broken: str = ""
    distinct: str = ""
    mask: "nw.Expr | None" = None
    wide: "nw.Expr | None" = None
    whole: bool = False
    reason: str = ""
    measured: bool = True


def breach_of(rule: Rule, contract: Contract, families: Mapping[str, Family]) -> Breach:
    """Return what breaks a rule in a table whose columns are of these families; rules of several rows have nothing here."""
    gone = [name for name in rule.columns if name not in families]
    if rule.kind == "present":
        return Breach(whole=bool(gone), reason=f"there is no column {gone[0]!r}" if gone else "")
    if gone:
        return Breach(measured=False, reason=f"there is no column {gone[0]!r}")
    if rule.kind == "order":
        return _order(rule, contract, families)
    if len(rule.columns) != 1 or rule.kind in {"key", "freshness"}:
        return Breach()
    column = contract[rule.columns[0]]
    return _CELLS[rule.kind](column, families[column.name])


def _cell(name: str, family: Family) -> "nw.Expr":
    """A column whose missing cells are null: NaN is one."""
    import narwhals as nw

    if family == "float":
        return nw.col(name).fill_nan(None)
    if family == "decimal":
        return nw.col(name).cast(nw.Float64)
    return nw.col(name).cast(nw.String) if family == "text" else nw.col(name)


def _count(mask: "nw.Expr") -> "nw.Expr":
    return mask.sum()


def _there(name: str, family: Family) -> "nw.Expr":
    return ~_cell(name, family).is_null()


def _masked(column: ColumnRules, family: Family, kind: str, mask: "nw.Expr | None") -> Breach:
    """Return the breach of the cells that `mask` holds for; it is null or false of missing ones, and None where no cell can."""
    present, name = f"{column.name}: there", f"{column.name}: {kind}"
    sums = {present: _count(_there(column.name, family))}
    if mask is None:
        return Breach(sums=sums, present=present)
    return Breach(sums=sums | {name: _count(mask)}, present=present, broken=name, mask=mask)


def _unfit(column: ColumnRules, family: Family) -> Breach:
    return Breach(measured=False, reason=f"{column.name} holds {_WORDS[family]}")


def _type(column: ColumnRules, family: Family) -> Breach:
    if family in _HOLDS[column.type or "string"]:
        return _masked(column, family, "type", None)
    wrong = _wrong_cells(column, family)
    if wrong is not None:
        return _masked(column, family, "type", wrong)
    there = _there(column.name, family)
    present, name = f"{column.name}: there", f"{column.name}: type"
    reason = f"it holds {_WORDS[family]}"
    if family != "text" or column.type not in WRITTEN:
        return Breach(sums={present: _count(there)}, present=present, whole=True, mask=there, reason=reason)
    unread = there & ~_cell(column.name, family).str.contains(f"^(?:{WRITTEN[column.type]})$")
    sums = {present: _count(there), name: _count(unread)}
    if column.as_text:
        return Breach(sums=sums, present=present, broken=name, mask=unread)
    return Breach(sums=sums, present=present, broken=name, mask=unread, wide=there, whole=True, reason=reason)


def _wrong_cells(column: ColumnRules, family: Family) -> "nw.Expr | None":
    """Return which cells aren't of the type, in a column that can hold it; None for another column."""
    kind, cell = column.type, _cell(column.name, family)
    if kind == "integer" and family in _NUMBERS:
        return cell != cell.floor()
    if kind == "date" and family == "timestamp":
        return (cell.dt.hour() * 3600 + cell.dt.minute() * 60 + cell.dt.second()) > 0
    return None


def _missing(column: ColumnRules, family: Family) -> Breach:
    gone = _cell(column.name, family).is_null()
    name = f"{column.name}: missing"
    return Breach(sums={name: _count(gone)}, broken=name, mask=gone)


def _unique(column: ColumnRules, family: Family) -> Breach:
    if family == "other":
        return _unfit(column, family)
    import narwhals as nw

    cell = _cell(column.name, family)
    there = ~cell.is_null()
    present, name = f"{column.name}: there", f"{column.name}: distinct"
    distinct = cell.n_unique().cast(nw.Int64) - cell.is_null().cast(nw.Int64).max()  # null counts as a value
    return Breach(sums={present: _count(there), name: distinct}, present=present, distinct=name)


def number_of(column: ColumnRules, family: Family) -> "nw.Expr | None":
    """Return the cells of a column as what bounds are compared with, null where they can't be; None for no such column."""
    import narwhals as nw

    cell = _cell(column.name, family)
    if column.type in {"date", "timestamp"}:
        if family == "text":
            return nw.when(cell.str.contains(f"^(?:{WRITTEN[column.type]})$")).then(cell)
        return cell if family in {"date", "timestamp"} else None
    if family == "text":
        return nw.when(cell.str.contains(f"^(?:{WRITTEN['number']})$")).then(cell).cast(nw.Float64)
    return cell if family in _NUMBERS else None


def _range(column: ColumnRules, family: Family) -> Breach:
    cell = number_of(column, family)
    if cell is None:
        return _unfit(column, family)
    outside: nw.Expr | None = None
    if column.lower is not None:
        bound = _bound(column.lower, family, column)
        outside = cell < bound if column.lower_inclusive else cell <= bound
    if column.upper is not None:
        bound = _bound(column.upper, family, column)
        above = cell > bound if column.upper_inclusive else cell >= bound
        outside = above if outside is None else outside | above
    return _masked(column, family, "range", outside)


def _bound(bound: Any, family: Family, column: ColumnRules) -> Any:  # noqa: ANN401 - a number, a text or a moment
    """Return a bound in the form of the cells: ISO texts compare as dates do."""
    if column.type not in {"date", "timestamp"} or family == "text":
        return bound
    moment = datetime.fromisoformat(bound)
    return date(moment.year, moment.month, moment.day) if family == "date" else moment.replace(tzinfo=None)


def _allowed(column: ColumnRules, family: Family) -> Breach:
    first = column.allowed[0]
    cell: nw.Expr | None = _cell(column.name, family)
    values: list[Any] = list(column.allowed)
    if isinstance(first, str | bool):
        if family != ("text" if isinstance(first, str) else "boolean"):
            return _unfit(column, family)
        values = [escaped(value) if isinstance(value, str) else value for value in values]
    elif family == "integer":
        values = [int(value) for value in values if float(value).is_integer()]
    else:
        cell, values = number_of(column, family), [float(value) for value in values]
    if cell is None:
        return _unfit(column, family)
    return _masked(column, family, "allowed", ~cell.is_null() & ~cell.is_in(values))


def _pattern(column: ColumnRules, family: Family) -> Breach:
    if family != "text":
        return _unfit(column, family)
    return _masked(column, family, "pattern", ~_cell(column.name, family).str.contains(portable(column.pattern)))


def _length(column: ColumnRules, family: Family) -> Breach:
    if family != "text":
        return _unfit(column, family)
    letters = _cell(column.name, family).str.len_chars()
    short = None if column.shortest is None else letters < column.shortest
    long = None if column.longest is None else letters > column.longest
    return _masked(column, family, "length", short if long is None else long if short is None else short | long)


def _order(rule: Rule, contract: Contract, families: Mapping[str, Family]) -> Breach:
    scales = {_scale(contract[name], families[name]) for name in rule.columns}
    first, second = (_on_scale(contract[name], families[name]) for name in rule.columns)
    if first is None or second is None or len(scales) > 1:
        return Breach(measured=False, reason="the two can't be compared")
    there = ~first.is_null() & ~second.is_null()
    present, name = f"{rule.id}: there", f"{rule.id}: broken"
    above = there & (first > second)
    return Breach(sums={present: _count(there), name: _count(above)}, present=present, broken=name, mask=above)


def _scale(column: ColumnRules, family: Family) -> str:
    """Return what a column's cells are compared as: moments, ISO texts or numbers."""
    if family in {"date", "timestamp"}:
        return "moments"
    return "texts" if column.type in {"date", "timestamp"} else "numbers"


def _on_scale(column: ColumnRules, family: Family) -> "nw.Expr | None":
    import narwhals as nw

    if family in {"date", "timestamp"}:
        return nw.col(column.name).cast(nw.Datetime("us"))
    return number_of(column, family)


_CELLS = {
    "type": _type, "missing": _missing, "unique": _unique, "range": _range, "allowed": _allowed, "pattern": _pattern,
    "length": _length,
}  # fmt: skip
