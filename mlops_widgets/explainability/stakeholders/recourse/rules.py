"""Columns that follow from others: a function of the user's own, or an expression as data, of which only arithmetic is read."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from sys import float_info
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.study.predictor import users_code
from mlops_widgets.study.tables import as_numbers

Floats = npt.NDArray[np.float64]
Given = Callable[..., Any] | str | bool | None
"""A function of the changed rows (and of the row as it was), an expression, or False where nothing follows."""

_LONGEST = 500
_MOST_PARTS = 200
_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
}  # fmt: skip
_GRAMMAR = (
    "Allowed: columns by name, column('any name'), before(column) for the row as it was, numbers, + - * /, min, max and "
    "brackets."
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How a column follows from others.

    Parameters
    ----------
    column
        The column that follows.
    text
        The rule in words: the expression, or the function's name.
    inputs
        Columns that it reads; empty where only the function knows.
    work
        (changed rows, the row as it was) → the column's cells.
    """

    column: str
    text: str
    inputs: tuple[str, ...]
    work: Callable[[pd.DataFrame, pd.DataFrame], Any]


def read_rules(given: Mapping[str, Given] | None, columns: tuple[str, ...]) -> tuple[dict[str, Rule], tuple[str, ...]]:
    """Return the rules by column, and the columns of which the user says that they follow from nothing.

    Parameters
    ----------
    given
        Column → rule.
    columns
        The model's columns.

    Raises
    ------
    InputError
        If a column is unknown, a rule is neither, an expression holds more than arithmetic, or reads a later rule's column.
    """
    rules: dict[str, Rule] = {}
    alone: list[str] = []
    for name, rule in (given or {}).items():
        column = known_column(str(name), columns, "rules")
        if rule is None or rule is False:
            alone.append(column)
        elif isinstance(rule, str):
            rules[column] = _expression(rule, column, columns)
        elif callable(rule):
            rules[column] = _function(rule, column)
        else:
            raise InputError(
                f"rules[{column!r}] is {type(rule).__name__}. Pass a function of rows, an expression as text, or False where "
                "nothing has to follow."
            )
    _check_order(rules)
    return rules, tuple(alone)


def known_column(name: str, columns: tuple[str, ...], argument: str) -> str:
    """Return the name, or raise `InputError` if the model takes no such column."""
    if name not in columns:
        raise InputError(
            f"{argument}= names {name[:60]!r}, which the model doesn't take. It takes {listed(columns)}."
            f"{did_you_mean(name, columns)}"
        )
    return name


def _check_order(rules: Mapping[str, Rule]) -> None:
    ready: set[str] = set()
    for column, rule in rules.items():
        late = [name for name in rule.inputs if name in rules and name not in ready]
        if late:
            raise InputError(
                f"rules[{column!r}] reads {late[0]!r}, which follows from a rule itself. Put that rule before it; a column "
                "can't follow from itself: before(column) is its cell as it was."
            )
        ready.add(column)


def _function(rule: Callable[..., Any], column: str) -> Rule:
    try:
        takes_row = len(signature(rule).parameters) >= 2
    except (TypeError, ValueError):  # builtins don't say
        takes_row = False
    text = getattr(rule, "__name__", type(rule).__name__)

    def work(rows: pd.DataFrame, before: pd.DataFrame) -> Any:  # noqa: ANN401 - a column
        with users_code(f"The rule of {column!r}", "on changed rows"):
            found = rule(rows, before.iloc[0]) if takes_row else rule(rows)
            return np.broadcast_to(np.asarray(found), len(rows)) if np.ndim(found) == 0 else np.asarray(found)

    return Rule(column=column, text="your rule" if text == "<lambda>" else text, inputs=(), work=work)


def _expression(text: str, column: str, columns: tuple[str, ...]) -> Rule:
    where = f"rules[{column!r}]={text[:80]!r}"
    if len(text) > _LONGEST:
        raise InputError(f"{where} … has {len(text):,} characters. Allowed: {_LONGEST}.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{where} can't be read as an expression. {_GRAMMAR}") from error
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS:
        raise InputError(f"{where} … has too many parts. {_GRAMMAR}")
    reader = _Reader(where, columns)
    value = reader.read(tree)

    def work(rows: pd.DataFrame, before: pd.DataFrame) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(np.broadcast_to(value(rows, before), len(rows)), dtype=np.float64)

    return Rule(column=column, text=text.strip(), inputs=tuple(dict.fromkeys(reader.inputs)), work=work)


Value = Callable[[pd.DataFrame, pd.DataFrame], Any]


class _Reader:
    """Reads the tree of an expression into a function, and refuses whatever isn't arithmetic."""

    def __init__(self, where: str, columns: tuple[str, ...]) -> None:
        self.where, self.columns = where, columns
        self.inputs: list[str] = []

    def read(self, node: ast.expr) -> Value:
        """Return what a part of the expression is worth."""
        if isinstance(node, ast.Constant):
            return self._constant(node.value)
        if isinstance(node, ast.Name) or self._is_call(node, "column"):
            name = self._column(node)
            self.inputs.append(name)
            return lambda rows, _: as_numbers(rows[name])
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return self._both(_OPERATORS[type(node.op)], [self.read(node.left), self.read(node.right)])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.read(node.operand)
            return lambda rows, before: -inner(rows, before)
        return self._call(node)

    def _call(self, node: ast.expr) -> Value:
        if self._is_call(node, "before") and isinstance(node, ast.Call) and len(node.args) == 1:
            name = self._column(node.args[0])
            return lambda _, before: as_numbers(before[name])[0]
        for called, work in (("min", np.minimum), ("max", np.maximum)):
            if self._is_call(node, called) and isinstance(node, ast.Call) and len(node.args) >= 2:
                return self._both(work, [self.read(each) for each in node.args])
        raise InputError(f"{self.where} holds {ast.unparse(node)[:60]!r}. {_GRAMMAR}")

    @staticmethod
    def _both(work: Callable[[Any, Any], Any], parts: list[Value]) -> Value:
        def combined(rows: pd.DataFrame, before: pd.DataFrame) -> Any:  # noqa: ANN401 - numbers
            found = parts[0](rows, before)
            for part in parts[1:]:
                found = work(found, part(rows, before))
            return found

        return combined

    @staticmethod
    def _is_call(node: ast.expr, name: str) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == name
            and not node.keywords
        )

    def _constant(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= float_info.max:
            raise InputError(f"{self.where} holds {str(value)[:40]!r}, which is no number. {_GRAMMAR}")
        return lambda _rows, _before: float(value)

    def _column(self, node: ast.expr) -> str:
        name = node.id if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Call) and self._is_call(node, "column") and len(node.args) == 1:
            inner = node.args[0]
            name = inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, str) else None
        if name is None:
            raise InputError(
                f"{self.where} holds {ast.unparse(node)[:60]!r}, where a column's name belongs. {_GRAMMAR}"
            )
        return known_column(name, self.columns, self.where)
