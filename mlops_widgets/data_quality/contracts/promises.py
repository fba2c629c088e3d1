"""Which of two promises is the stronger: one that every table keeps that keeps the other."""

import math
from collections.abc import Callable
from typing import Any, Literal

from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Rule

Direction = Literal["same", "more", "less", "other"]
_WITHIN = {("integer", "number"), ("date", "timestamp")}


def direction_of(before: Rule, a: Contract, after: Rule, b: Contract) -> Direction:
    """Return whether a rule promises the same, more, less or something else than before."""
    parts = [
        _ranked(before.tolerance, after.tolerance),
        _ranked(before.severity != "failed", after.severity != "failed"),
    ]
    if before.kind in _OF_COLUMN:
        parts += _OF_COLUMN[before.kind](a[before.columns[0]], b[after.columns[0]])
    elif before.kind == "rows":
        parts.append(
            _interval(((a.least_rows, True), (a.most_rows, True)), ((b.least_rows, True), (b.most_rows, True)))
        )
    elif before.kind == "freshness" and a.freshness is not None and b.freshness is not None:
        parts.append(_ranked(a.freshness.hours, b.freshness.hours))
    elif before.kind == "closed":
        names = [{column.name for column in each.columns} for each in (a, b)]
        parts.append(_sets(*names))
    return _joined(parts)


def _joined(parts: list[Direction]) -> Direction:
    said = set(parts) - {"same"}
    if not said:
        return "same"
    return said.pop() if len(said) == 1 else "other"


def _ranked(before: Any, after: Any) -> Direction:  # noqa: ANN401 - what compares
    """Return the direction of what promises less the larger it is."""
    return "same" if before == after else "less" if after > before else "more"


def _sets(before: set[Any], after: set[Any]) -> Direction:
    if before == after:
        return "same"
    return "more" if after < before else "less" if after > before else "other"


def _type(before: ColumnRules, after: ColumnRules) -> list[Direction]:
    text = _ranked(before.as_text, after.as_text)
    if before.type == after.type:
        return [text]
    pair = (str(before.type), str(after.type))
    return [text, "less" if pair in _WITHIN else "more" if pair[::-1] in _WITHIN else "other"]


End = tuple[Any, bool]


def _interval(before: tuple[End, End], after: tuple[End, End]) -> Direction:
    lower = _end(before[0], after[0], upper=False)
    upper = _end(before[1], after[1], upper=True)
    return _joined([lower, upper])


def _end(before: End, after: End, *, upper: bool) -> Direction:
    if before == after or (before[0] is None and after[0] is None):
        return "same"
    if before[0] is None or after[0] is None:
        return "more" if before[0] is None else "less"
    if before[0] == after[0]:
        return _ranked(before[1], after[1])
    if isinstance(before[0], str) != isinstance(after[0], str):
        return "other"
    wider = after[0] > before[0] if upper else after[0] < before[0]
    return "less" if wider else "more"


def _range(before: ColumnRules, after: ColumnRules) -> list[Direction]:
    ends = [((each.lower, each.lower_inclusive), (each.upper, each.upper_inclusive)) for each in (before, after)]
    return [_interval(*ends)]


def _length(before: ColumnRules, after: ColumnRules) -> list[Direction]:
    first, second = (
        ((each.shortest or 0, True), (math.inf if each.longest is None else each.longest, True))
        for each in (before, after)
    )
    return [_interval(first, second)]


_OF_COLUMN: dict[str, Callable[[ColumnRules, ColumnRules], list[Direction]]] = {
    "type": _type, "range": _range, "length": _length,
    "allowed": lambda before, after: [_sets(set(before.allowed), set(after.allowed))],
    "pattern": lambda before, after: ["same" if before.pattern == after.pattern else "other"],
}  # fmt: skip
