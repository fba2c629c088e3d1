"""The arguments of `load_study` before any table is read: their names, numbers and columns."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError, UnknownArgumentError, did_you_mean, listed

P = ParamSpec("P")
R = TypeVar("R")

SINGLE = ("time", "label_time", "decision", "entity", "weights", "predictions")
"""Roles that one column has."""

_OTHER_WORDS = {
    "train": "reference", "training": "reference", "valid": "test", "validation": "test", "holdout": "test",
    "prod": "production", "live": "production", "estimator": "model", "clf": "model", "y": "target", "label": "target",
    "threshold": "decision_threshold", "date": "time", "timestamp": "time", "group": "entity", "sample_weight": "weights",
    "scoring": "metric", "random_state": "seed", "pos_label": "positive", "df": "data",
}  # fmt: skip
"""What others call an argument → what it is called here."""


def check_argument_names(function: Callable[P, R]) -> Callable[P, R]:
    """Make a misspelt keyword an error that names the nearest argument; signature and help stay as they are."""
    known = tuple(signature(function).parameters)

    @wraps(function)
    def checked(*args: P.args, **given: P.kwargs) -> R:
        for name in given:
            if name not in known:
                other = _OTHER_WORDS.get(name.lower())
                hint = f" Did you mean {other!r}?" if other else did_you_mean(name, known)
                raise UnknownArgumentError(
                    f"{function.__name__} has no argument {name!r}.{hint} Arguments: {listed(known, most=40)}."
                )
        return function(*args, **given)

    return checked


def check_numbers(*, max_rows: Any, seed: Any, **shares: Any) -> None:  # noqa: ANN401 - whatever was passed
    """Raise `InputError` for a number that can't be used."""
    for argument, given, least in (("max_rows", max_rows, 1), ("seed", seed, 0)):
        if isinstance(given, bool) or not isinstance(given, Integral) or given < least:
            raise InputError(f"{argument}={given!r}. Pass a whole number, {least} or more.")
    for argument, given in shares.items():
        wrong = given is not None and (
            isinstance(given, bool) or not isinstance(given, Real) or not math.isfinite(given)
        )
        if wrong:
            raise InputError(f"{argument}={given!r}. Pass a number.")
        if argument == "margin" and given is not None and given <= 0:
            raise InputError(f"margin={given!r}. Pass the largest loss that doesn't matter, above 0.")


def asked_names(**given: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - whatever was passed
    """Return the columns named for each role, as text, as tables name them."""
    asked = {}
    for role, names in given.items():
        several = (
            names if isinstance(names, Sequence | np.ndarray | pd.Index) and not isinstance(names, str) else [names]
        )
        asked[role] = tuple(str(name) for name in several if name is not None)
        if role in SINGLE and len(asked[role]) > 1:
            raise InputError(f"{role}= names {len(asked[role])} columns: {listed(asked[role])}. Pass one.")
        if len(set(asked[role])) < len(asked[role]):
            raise InputError(f"{role}= names a column twice: {listed(asked[role])}.")
    return asked
