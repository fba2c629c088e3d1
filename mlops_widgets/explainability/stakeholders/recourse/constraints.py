"""What may change and how: the user's constraints, else defaults that say why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from os import PathLike
from pathlib import Path
from sys import float_info
from typing import Any, Literal, get_args

import pandas as pd

from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.explainability.stakeholders.recourse.rules import known_column
from mlops_widgets.study.study import Study

Change = Literal["free", "immutable", "increase", "decrease"]
CHANGES: tuple[Change, ...] = get_args(Change)

_KEYS = ("change", "lower", "upper", "step", "cost", "allowed")
_PARTS = ("columns", "rules")
_WHO = re.compile(
    r"(?i)(?<![a-z])(age|sex|gender|race|ethnicity|ethnic|nationality|citizenship|religion|disability|disabled|birth|born|"
    r"birthday|ancestry|native|orientation)(?![a-z])"
)
"""Words in a column's name or label that say that it tells who somebody is."""


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """How one column may change.

    Parameters
    ----------
    change
        "free", "increase", "decrease" or "immutable".
    lower, upper
        Range of the new value; None: between the reference's 1 % and 99 % quantiles.
    step
        New values are the row's own plus whole multiples of it; None for any round value.
    cost
        Weight of a change of one unit, above 0.
    allowed
        The only new values there are; None for those of the reference.
    why
        Of a default that holds the column fixed: why; "yours" where the user said so; "" where it is free by default.
    """

    change: Change = "free"
    lower: float | None = None
    upper: float | None = None
    step: float | None = None
    cost: float = 1.0
    allowed: tuple[Any, ...] | None = None
    why: str = ""


Given = Mapping[str, Any] | str | PathLike[str] | None


def read_given(given: Given) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return constraints by column and rules by column: a mapping is the first; a TOML file holds both in sections.

    Raises
    ------
    InputError
        If the file can't be read, or holds other sections than [columns.<name>] and [rules].
    """
    if given is None or isinstance(given, Mapping):
        return given or {}, {}
    if not isinstance(given, str | PathLike):
        raise InputError(f"constraints= is {type(given).__name__}. Pass a map by column, or the path of a TOML file.")
    file = Path(given)
    found = read_toml(file, what="file of constraints", missing="Pass constraints= as a map, or write the file first.")
    for name, part in found.items():
        if name not in _PARTS or not isinstance(part, Mapping):
            raise InputError(
                f"{file.name} holds {name[:60]!r}. Allowed: sections [columns.<name>] and [rules].{did_you_mean(name, _PARTS)}"
            )
    return found.get("columns", {}), found.get("rules", {})


def constraints_of(study: Study, given: Mapping[str, Any], reference: pd.DataFrame) -> dict[str, Constraint]:
    """Return how each of the model's columns may change: as the user says, else by default.

    Raises
    ------
    InputError
        If a column is unknown or a constraint can't be used.
    """
    columns = study.model.features
    found = {column: _default(study, column, reference[column]) for column in columns}
    for name, spec in given.items():
        column = known_column(str(name), columns, "constraints")
        found[column] = _read(spec, f"constraints[{column!r}]")
    return found


def _default(study: Study, column: str, cells: "pd.Series[Any]") -> Constraint:
    roles = study.roles
    told: dict[str, set[str | None]] = {
        "it names who or which one": {*roles.ids, roles.entity}, "it says when": {roles.time, roles.label_time},
        "it is a sensitive group": set(roles.groups),
        "it isn't an input of a person's": {roles.target, roles.weights, roles.decision, roles.predictions, *roles.scores},
    }  # fmt: skip
    why = next((text for text, names in told.items() if column in names), "")
    if not why and (_WHO.search(column.replace("_", " ")) or _WHO.search(study.words.feature(column))):
        why = "its name says that it tells who somebody is"
    if not why and pd.api.types.is_datetime64_any_dtype(cells.dtype):
        why = "it is a date"
    if not why and cells.nunique() < 2:
        why = "it never varies in the reference"
    return Constraint(change="immutable" if why else "free", why=why)


def _read(spec: Any, where: str) -> Constraint:  # noqa: ANN401 - checked here
    if isinstance(spec, Constraint):
        return replace(spec, why="yours")
    if isinstance(spec, str):
        spec = {"change": spec}
    if not isinstance(spec, Mapping):
        raise InputError(
            f"{where} is {type(spec).__name__}. Pass {listed(map(repr, CHANGES))}, or a map of {listed(_KEYS)}."
        )
    for key in spec:
        if key not in _KEYS:
            raise InputError(
                f"{where} holds {str(key)[:60]!r}. Allowed: {listed(_KEYS)}.{did_you_mean(str(key), _KEYS)}"
            )
    change = spec.get("change", "free")
    if change not in CHANGES:
        raise InputError(
            f"{where}: change={change!r:.60}. Allowed: {listed(CHANGES)}.{did_you_mean(str(change), CHANGES)}"
        )
    lower, upper, step = (_number(spec, key, where) for key in ("lower", "upper", "step"))
    if lower is not None and upper is not None and lower > upper:
        raise InputError(f"{where}: lower={lower} is above upper={upper}. Swap them.")
    cost = _number(spec, "cost", where)
    for key, value in (("step", step), ("cost", cost)):
        if value is not None and value <= 0:
            raise InputError(f"{where}: {key}={value}. Pass a number above 0.")
    return Constraint(
        change=change, lower=lower, upper=upper, step=step, cost=1.0 if cost is None else cost,
        allowed=_allowed(spec.get("allowed"), where), why="yours",
    )  # fmt: skip


def _number(spec: Mapping[str, Any], key: str, where: str) -> float | None:
    value = spec.get(key)
    if value is None:
        return None
    # Not isfinite: a whole number of 400 digits is no float.
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(value) <= float_info.max:  # type: ignore[operator]  # see above
        raise InputError(f"{where}: {key}={value!r:.60}. Pass a finite number.")
    return float(value)


def _allowed(value: Any, where: str) -> tuple[Any, ...] | None:  # noqa: ANN401 - checked here
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset) or not value:
        raise InputError(f"{where}: allowed={value!r:.60}. Pass a list of one value or more.")
    return tuple(value)
