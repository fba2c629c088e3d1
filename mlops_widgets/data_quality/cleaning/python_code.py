"""A recipe as plain Python: the functions that its steps need, as they stand in this package, and `clean`, which calls them."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from types import CodeType

from mlops_widgets.data_quality.cleaning import actions
from mlops_widgets.data_quality.cleaning.steps import KINDS, Step

_HEAD = '''"""Clean a table, step by step; needs numpy and pandas alone."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
'''
_CLEAN = '''
def clean(frame: pd.DataFrame, *, training: bool = False) -> pd.DataFrame:
    """Return a clean copy of the frame; rows are dropped for training only."""
    frame = frame.copy()
    if not all(isinstance(name, str) for name in frame.columns):
        frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
'''


def python_code(steps: Sequence[Step]) -> str:
    """Return the code of the steps that are on; every text of the user's in it is an ASCII literal, so none can act."""
    acting = [step for step in steps if step.on]
    functions = _with_helpers(KINDS[step.kind].action for step in acting)
    sources = [f"\n{inspect.getsource(function)}" for function in functions]
    lines = [line for step in acting for line in _lines(step)]
    return "\n".join([_HEAD, *sources, _CLEAN.rstrip(), *lines, "    return frame", ""])


def _lines(step: Step) -> list[str]:
    named = [f"{name}={_literal(value)}" for name, value in step.arguments.items()]
    call = f"frame = {KINDS[step.kind].action.__name__}({', '.join(['frame', _literal(step.columns), *named])})"
    return ["    if training:", f"        {call}"] if step.scope == "rows" else [f"    {call}"]


def _literal(value: object) -> str:
    """Return Python code of plain data; `ascii` leaves no character that could look like another or turn the line."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return ascii(value)


def _with_helpers(wanted: Iterable[Callable[..., object]]) -> list[Callable[..., object]]:
    """Return the functions and all those of their module that they call, in the module's order."""
    found: set[str] = set()
    open_names = {function.__name__ for function in wanted}
    while open_names:
        found |= open_names
        called = {name for each in open_names for name in _names(getattr(actions, each).__code__)}
        open_names = {name for name in called if inspect.isfunction(getattr(actions, name, None))} - found
    return [function for name, function in vars(actions).items() if name in found]


def _names(code: CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return {*code.co_names, *(name for each in inner for name in _names(each))}
