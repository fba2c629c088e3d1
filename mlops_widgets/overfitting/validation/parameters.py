"""Which hyper-parameter a model is tuned by, what it stands at, and which values to try around that."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A hyper-parameter that decides how closely a model follows its rows.

    `simple` says which end is the simpler model, `whole` whether it counts something, `none_is_largest` whether None sets no
    limit, `least` and `most` what may be tried.
    """

    simple: str
    whole: bool = False
    default: float = 1.0
    none_is_largest: bool = False
    least: float = 0.0
    most: float = float("inf")


_KNOWN: dict[str, _Known] = {
    "max_leaf_nodes": _Known(simple="low", whole=True, default=31, none_is_largest=True, least=2),
    "num_leaves": _Known(simple="low", whole=True, default=31, least=2),
    "max_leaves": _Known(simple="low", whole=True, default=31, least=2),
    "max_depth": _Known(simple="low", whole=True, default=6, none_is_largest=True, least=1),
    "depth": _Known(simple="low", whole=True, default=6, least=1, most=10),
    "C": _Known(simple="low"),
    "alpha": _Known(simple="high"),
    "n_neighbors": _Known(simple="high", whole=True, default=5, least=1),
    "learning_rate": _Known(simple="low", default=0.1, most=1.0),
    "min_samples_leaf": _Known(simple="high", whole=True, default=1, least=1),
    "gamma": _Known(simple="low", default=0.1),
    "var_smoothing": _Known(simple="high", default=1e-9),
    "reg_param": _Known(simple="high", default=0.1, most=1.0),
}
"""In the order in which they are looked for: what decides most comes first."""

_SPREAD, _COUNT_SPREAD = 4.0, 3.0
_FEWEST, _MOST = 2, 12
_XGBOOST_DEPTH = 6
"""What XGBoost takes for `max_depth=None`."""
_CATBOOST_DEPTH = 6
"""What CatBoost takes where no depth is given."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A hyper-parameter: its path in `set_params`, the user's value, those tried from low to high, the simpler end.

    `simple` is "low", "high" or "" where it isn't known; None among those tried is the largest. `library` is the package
    of the part of the model that it belongs to.
    """

    path: str
    own: float | None
    tried: tuple[float | None, ...]
    simple: str
    library: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("__")[2]


def find_parameter(estimator: Any, parameter: str | None, values: Sequence[Any] | None) -> Parameter:  # noqa: ANN401
    """Return the hyper-parameter to vary and the values to try.

    Parameters
    ----------
    estimator
        The model.
    parameter
        Its name, or its path in a pipeline; None for the first known one that is a number.
    values
        What to try, or None for the user's value and some around it: a third, a ninth and three times of a count, else
        a quarter, a sixteenth, four and sixteen times.

    Raises
    ------
    MissingInputError
        If none is known for this model.
    UnknownNameError
        If the model has no such parameter.
    InputError
        If it isn't a number, or `values` aren't 2 to 12 numbers.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> find_parameter(LogisticRegression(C=1.0), None, None).tried
    (0.0625, 0.25, 1.0, 4.0, 16.0)
    """
    known = _parameters(estimator)
    path = _path(estimator, known) if parameter is None else _named(known, parameter)
    rule = _KNOWN.get(path.rpartition("__")[2])
    own = known[path]
    if own is None and _library(estimator) == "xgboost" and path.endswith("max_depth"):
        own = _XGBOOST_DEPTH
    if own is not None and (isinstance(own, bool | str) or not isinstance(own, int | float) or not isfinite(own)):
        if values is None:
            raise InputError(f"parameter={path!r} stands at {own!r}, no number. Pass values= to try.")
        own = None
    largest = _none_is_largest(estimator, rule)
    tried = _around(own, rule, path, largest=largest) if values is None else _given(values)
    merged = dict.fromkeys((*tried, own)) if own is not None or largest else dict.fromkeys(tried)
    ordered = sorted(merged, key=lambda value: float("inf") if value is None else value)
    return Parameter(
        path=path,
        own=own,
        tried=tuple(ordered),
        simple="" if rule is None else rule.simple,
        library=_library_of(estimator, path),
    )


def _parameters(estimator: Any) -> dict[str, Any]:  # noqa: ANN401 - any estimator
    """Return the parameters by path; CatBoost's `get_params` leaves out what nobody gave, also the depth it grows to."""
    known: dict[str, Any] = estimator.get_params()
    inner = _inside(estimator)
    if _library(estimator) == "catboost" and not {f"{inner}depth", f"{inner}max_depth"} & set(known):
        return known | {f"{inner}depth": _CATBOOST_DEPTH}
    return known


def _library_of(estimator: Any, path: str) -> str:  # noqa: ANN401 - any estimator
    owner, _, _ = path.rpartition("__")
    part = estimator.get_params()[owner] if owner else estimator
    return type(part).__module__.partition(".")[0]


def _path(estimator: Any, known: dict[str, Any]) -> str:  # noqa: ANN401 - any estimator
    inner = _inside(estimator)
    for name, rule in _KNOWN.items():
        for path in (f"{inner}{name}", *sorted(key for key in known if key.endswith(f"__{name}"))):
            if path in known and _is_number(known[path], largest=_none_is_largest(estimator, rule)):
                return path
    if f"{inner}max_depth" in known and _library(estimator) == "xgboost":
        return f"{inner}max_depth"
    raise MissingInputError(
        "hyper-parameter known to decide how closely the model follows its rows",
        f"Pass parameter= and values=; {type(estimator).__name__} takes {listed(known)}.",
    )


def _inside(estimator: Any) -> str:  # noqa: ANN401 - any estimator
    steps = getattr(estimator, "steps", None)
    return f"{steps[-1][0]}__" if isinstance(steps, list) and steps else ""


def _is_number(value: Any, *, largest: bool) -> bool:  # noqa: ANN401 - anything
    return (
        largest if value is None else not isinstance(value, bool) and isinstance(value, int | float) and isfinite(value)
    )


def _none_is_largest(estimator: Any, rule: _Known | None) -> bool:  # noqa: ANN401 - any estimator
    """Say whether None sets no limit: XGBoost takes it for a default of its own."""
    return rule is not None and rule.none_is_largest and _library(estimator) != "xgboost"


def _library(estimator: Any) -> str:  # noqa: ANN401 - any estimator
    steps = getattr(estimator, "steps", None)
    inner = steps[-1][1] if isinstance(steps, list) and steps else estimator
    return type(inner).__module__.partition(".")[0]


def _named(known: dict[str, Any], parameter: str) -> str:
    if parameter in known:
        return parameter
    ends = [path for path in known if path.rpartition("__")[2] == parameter]
    if len(ends) == 1:
        return ends[0]
    names = sorted({path.rpartition("__")[2] for path in known})
    what = f"{len(ends)} parameters end in {parameter!r}: {listed(ends)}. Pass the whole path" if ends else (
        f"Unknown parameter {parameter!r}. Parameters: {listed(known)}"
    )  # fmt: skip
    raise UnknownNameError(f"{what}.{did_you_mean(parameter, names) if not ends else ''}")


def _given(values: Sequence[Any]) -> tuple[float | None, ...]:
    wrong = [v for v in values if v is not None and (isinstance(v, bool | str) or not isinstance(v, int | float))]
    if wrong or not _FEWEST <= len(set(values)) <= _MOST:
        raise InputError(
            f"values={str(list(values))[:80]}. Pass {_FEWEST} to {_MOST} different numbers; None counts as the largest."
        )
    return tuple(values)


def _around(own: float | None, rule: _Known | None, path: str, *, largest: bool) -> tuple[float | None, ...]:
    if rule is None and (own is None or own <= 0):
        raise InputError(f"parameter={path!r}: which values to try isn't known. Pass values=.")
    rule = rule or _Known(simple="")
    middle = float(own) if own else rule.default
    step, powers = (_COUNT_SPREAD, (-2, -1, 0, 1)) if rule.whole else (_SPREAD, (-2, -1, 0, 1, 2))
    raw = [middle * step**power for power in powers]
    within = [min(max(each, rule.least), rule.most) for each in raw]
    whole = rule.whole and (own is None or isinstance(own, int))
    found = sorted({round(each) if whole else each for each in within})
    return (*found, None) if own is None and largest else tuple(found)
