"""Rules in words."""

from collections.abc import Callable

from mlops_widgets.core.words import number, short
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule

_MOST_LETTERS = 60
_MOST_VALUES = 8


def in_words(contract: Contract, rule: Rule) -> str:
    """Return what a rule asks, as the rest of a sentence: `"18 to 120"`, `"at most 5 % missing"`.

    Examples
    --------
    >>> contract = Contract(name="loans", columns=(ColumnRules(name="age", lower=18, upper=120),))
    >>> in_words(contract, contract.rule("age: range"))
    'from 18 to 120'
    """
    own = _OF_COLUMN.get(rule.kind)
    words = _of_table(contract, rule) if own is None else own(contract[rule.columns[0]])
    if rule.tolerance and rule.kind != "missing":
        words += f", but for {percent(rule.tolerance)}"
    return words


def percent(share: float) -> str:
    """Return a share with as many digits as it takes to see it."""
    digits = 0
    while digits < 4 and abs(round(share * 100, digits) - share * 100) > share * 2:
        digits += 1
    return number(share, "percent", digits=digits)


def bound(value: object) -> str:
    """Return a bound as it is written in a list of rules."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return (
        f"{value:,}"
        if isinstance(value, int) and abs(value) >= 10_000
        else f"{value:.6g}"
        if isinstance(value, float)
        else str(value)
    )


def _range(column: ColumnRules) -> str:
    low = "" if column.lower is None else f"{'from' if column.lower_inclusive else 'above'} {bound(column.lower)}"
    high = "" if column.upper is None else f"{'to' if low else 'up to'} {bound(column.upper)}"
    if column.upper is not None and not column.upper_inclusive:
        high = f"below {bound(column.upper)}"
    return f"{low} {high}".strip()


def _allowed(column: ColumnRules) -> str:
    shown = ", ".join(short(str(value), 24) for value in column.allowed[:_MOST_VALUES])
    more = len(column.allowed) - _MOST_VALUES
    return f"one of {shown}" + (f" and {more} more" if more > 0 else "")


def _length(column: ColumnRules) -> str:
    if column.shortest == column.longest:
        return f"{column.longest} letters"
    least = "" if column.shortest is None else f"at least {column.shortest} "
    most = "" if column.longest is None else f"at most {column.longest} "
    return f"{least}{'and ' if least and most else ''}{most}letters"


def _type(column: ColumnRules) -> str:
    return f"{column.type}, also written as text" if column.as_text else str(column.type)


def _missing(column: ColumnRules) -> str:
    return "none missing" if not column.missing_share else f"at most {percent(column.missing_share)} missing"


_OF_COLUMN: dict[str, Callable[[ColumnRules], str]] = {
    "present": lambda _column: "the column is there", "type": _type, "missing": _missing,
    "unique": lambda _column: "no value twice", "range": _range, "allowed": _allowed,
    "pattern": lambda column: f"reads as {short(column.pattern, _MOST_LETTERS)}", "length": _length,
}  # fmt: skip


def _of_table(contract: Contract, rule: Rule) -> str:
    names = [short(name) for name in rule.columns]
    if rule.kind == "rows":
        most = "" if contract.most_rows is None else f"at most {contract.most_rows:,}"
        least = "" if contract.least_rows is None else f"at least {contract.least_rows:,}"
        return f"{least}{' and ' if least and most else ''}{most} {'row' if 1 in {contract.least_rows, contract.most_rows} else 'rows'}"
    if rule.kind == "key":
        return f"no two rows share {' and '.join(names)}"
    if rule.kind == "dependency":
        return f"{' and '.join(names[:-1])} decides {names[-1]}"
    if rule.kind == "order":
        return f"{names[0]} is never above {names[1]}"
    if rule.kind == "freshness" and contract.freshness is not None:
        return f"the newest {names[0]} is at most {contract.freshness.hours:,g} hours old"
    return "no other columns"
