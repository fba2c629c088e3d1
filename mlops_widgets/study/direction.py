"""Which way a metric of the user's own points: as told, else as a scorer says, else as its name ends."""

import functools
import re
from typing import Any

from mlops_widgets.errors import InputError

_HIGHER = (
    "score", "accuracy", "auc", "auroc", "r2", "gain", "precision", "recall", "f1", "gini", "kappa", "mcc", "corrcoef",
    "correlation", "sensitivity", "specificity", "profit", "revenue", "reward", "utility", "benefit", "lift", "savings",
)  # fmt: skip
_LOWER = (
    "loss", "error", "deviance", "cost", "costs", "mae", "rmse", "mse", "mape", "smape", "rmsle", "msle", "logloss", "brier",
    "ece", "regret", "penalty", "divergence", "crps", "pinball", "err",
)  # fmt: skip
_SUFFIXES = tuple(word for word in (*_HIGHER, *_LOWER) if len(word) > 3)
"""Words that also end a name which isn't split, such as "logloss"; shorter ones are too often by chance."""


def split_pair(metric: Any) -> tuple[Any, bool | None]:  # noqa: ANN401 - anything
    """Return the metric, and of a pair such as `(f, "lower is better")` whether greater is better.

    Raises
    ------
    InputError
        If a pair's second part is neither "higher" nor "lower".
    """
    if not isinstance(metric, tuple):
        return metric, None
    function, word = metric if len(metric) == 2 else (None, None)
    first = word.lower().split()[:1] if isinstance(word, str) else []
    if not callable(function) or first not in (["higher"], ["greater"], ["lower"]):
        raise InputError("metric= is a tuple. Pass (function, 'higher is better') or (function, 'lower is better').")
    return function, first != ["lower"]


def name_of(metric: Any) -> str:  # noqa: ANN401 - any callable
    """Return a function's own name, or that of the function inside a scorer or partial."""
    inner = getattr(metric, "_score_func", metric)
    while isinstance(inner, functools.partial):
        inner = inner.func
    return str(getattr(inner, "__name__", "your metric"))


def by_name(name: str) -> bool | None:
    """Return whether greater is better by how `name` ends; None where it doesn't say, or says both.

    Examples
    --------
    >>> by_name("expected_gain"), by_name("log_loss"), by_name("brier_score"), by_name("f")
    (True, False, None, None)
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")
    if words[0] in {"neg", "negative"}:
        return True
    last = next((end for end in _SUFFIXES if words[-1].endswith(end)), words[-1])
    if last in _LOWER:
        return False
    if last in _HIGHER and not set(words) & set(_LOWER):
        return True
    return None


def direction(name: str, *, told: bool | None) -> bool:
    """Return whether greater is better of a function `f(y_true, y_pred)`.

    Raises
    ------
    InputError
        If nobody says so.
    """
    found = by_name(name) if told is None else told
    if found is None:
        raise InputError(
            "metric= is a function; say which way: sklearn.metrics.make_scorer(f, greater_is_better=False) or "
            f"metric=(f, 'lower is better'). Its name {name[:60]!r} doesn't end in score, accuracy, loss, error or the like."
        )
    return found


def scorer_direction(scorer: Any, name: str, *, told: bool | None) -> bool:  # noqa: ANN401 - any callable
    """Return whether greater is better of the function in a scorer, or of a scorer `f(estimator, X, y)` of the user's.

    Raises
    ------
    InputError
        If what is said contradicts itself.
    """
    sign = getattr(scorer, "_sign", None)
    if sign is None:
        if told is None and by_name(name) is False:
            raise InputError(
                f"metric={name!r} is a scorer f(estimator, X, y), of which higher is better, and its name says that lower "
                "is: pass (f, 'lower is better') or (f, 'higher is better')."
            )
        return True if told is None else told
    said = bool(sign > 0)
    if told is not None and told != said:
        raise InputError(f"metric= is a scorer of {name!r} that says itself which way. Pass it alone.")
    if said and by_name(name) is False:
        raise InputError(
            f"metric= is a scorer that takes more of {name!r} for better: pass make_scorer({name}, greater_is_better=False)."
        )
    return said
