"""What columns may mean, guessed from names and cells, for a person to confirm.

A wrong guess is worse than none: a role is guessed only where the name and the cells both speak for it. Whatever nothing
speaks for is a feature, as in `load_study`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from mlops_widgets.study.dates import read_dates
from mlops_widgets.study.tables import Table, as_numbers, distinct

Role = Literal[
    "feature", "target", "time", "label time", "id", "entity", "group", "weights", "score", "prediction", "decision",
    "not used",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)

_MOST_ROWS = 5_000
"""Rows looked at of a table: a guess needs no more, and a form answers at once."""
_MOST_LABELS = 20
_FEWEST_ROWS = 20
"""Below this, "each cell differs" and "few values" say little."""

_TARGET = {"target", "label", "labels", "y", "class", "outcome", "response", "y_true", "ground_truth"}
_WEIGHTS = {"weight", "weights", "sample_weight", "sample_weights"}
_SCORE = {"score", "scores", "proba", "probability", "y_score", "y_prob", "y_proba", "predicted_probability", "p1"}
_PREDICTION = {"prediction", "predictions", "predicted", "y_pred", "pred", "yhat", "y_hat"}
_DECISION = {"decision", "decided", "approved", "accepted", "granted"}
_GROUP = {"sex", "gender", "race", "ethnicity", "age_group", "nationality", "religion", "rac1p", "group", "cohort"}
_WHO = re.compile(
    r"(customer|client|user|patient|person|subject|account|machine|device|store|driver|entity)(_?id|_?no)?"
)
_ID = re.compile(r"(.*_)?(id|uuid|guid)|index|row|unnamed:_0")
_LATER = re.compile(r"known|label|outcome|result|resolved|settled|closed|arrived|delivered")
_YEAR = {"year", "yr"}


@dataclass(frozen=True)
class RoleGuess:
    """What a column may mean.

    Parameters
    ----------
    column
        Its name.
    role
        The role; "feature" where nothing speaks for another, "not used" where the model doesn't take it.
    reason
        Why, in a few words; empty where nothing speaks for anything.
    """

    column: str
    role: Role
    reason: str = ""


@dataclass(frozen=True)
class _Look:
    """One column: its name in small letters, its cells, and how many of them differ."""

    name: str
    cells: "pd.Series[Any]"
    distinct: int

    @property
    def rows(self) -> int:
        return int(self.cells.notna().sum())

    @property
    def numbers(self) -> "np.typing.NDArray[np.float64]":
        values = as_numbers(self.cells)
        return values[np.isfinite(values)]

    @property
    def is_number(self) -> bool:
        return len(self.numbers) == self.rows > 0

    @property
    def is_label_like(self) -> bool:
        return 2 <= self.distinct <= min(_MOST_LABELS, max(2, self.rows // 2)) and not self.is_date

    @property
    def is_date(self) -> bool:
        if pd.api.types.is_numeric_dtype(self.cells) or not self.rows:
            return False
        if pd.api.types.is_datetime64_any_dtype(self.cells) or isinstance(self.cells.dtype, pd.PeriodDtype):
            return True
        return bool(read_dates(self.cells).notna().sum() == self.rows)


def guess_roles(tables: Mapping[str, Table], *, model_features: Sequence[str] = ()) -> tuple[RoleGuess, ...]:
    """Return a guess for each column, in the order of the tables' columns.

    Parameters
    ----------
    tables
        The tables by name. A column is looked at in the first that has it.
    model_features
        The columns that the model says it takes; empty where it doesn't say.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": range(40), "customer_id": [1, 2] * 20, "churned": [0, 0, 0, 1] * 10})
    >>> for guess in guess_roles({"test": Table(frame, name="test")}, model_features=["age"]):
    ...     print(f"{guess.column}: {guess.role} ({guess.reason})")
    age: feature (the model takes it)
    customer_id: entity (each value comes 20 times)
    churned: target (the one column of few values that the model doesn't take)
    """
    looks = _looks(tables)
    own = {str(name) for name in model_features}
    guesses = {name: RoleGuess(name, "feature", "the model takes it") for name in looks if name in own}
    left = {name: look for name, look in looks.items() if name not in own}
    for guess in (_guess_each, _guess_times, _guess_entity, _guess_target):
        guesses |= {found.column: found for found in guess(left, knows=bool(own))}
        left = {name: look for name, look in left.items() if name not in guesses}
    rest = RoleGuess("", "not used", "the model doesn't take it") if own else RoleGuess("", "feature")
    return tuple(guesses.get(name, RoleGuess(name, rest.role, rest.reason)) for name in looks)


def _looks(tables: Mapping[str, Table]) -> dict[str, _Look]:
    found: dict[str, _Look] = {}
    for table in tables.values():
        for column in table.columns:
            if column not in found:
                cells = table[column].iloc[:_MOST_ROWS]
                found[column] = _Look(re.sub(r"\W+", "_", column.strip().lower()), cells, distinct(cells))
    return found


def _guess_each(looks: Mapping[str, _Look], *, knows: bool) -> list[RoleGuess]:
    """Return the roles that a column's own name and cells speak for."""
    found = []
    for column, look in looks.items():
        for role, speaks in _SPEAKS.items():
            reason = speaks(look)
            if reason and (role != "group" or knows):  # without the model's word, a group may well be a feature
                found.append(RoleGuess(column, role, reason))
                break
    return found


def _weights(look: _Look) -> str:
    fits = look.name in _WEIGHTS and look.is_number and look.numbers.min() >= 0
    return "its name, and no number below 0" if fits else ""


def _score(look: _Look) -> str:
    fits = look.name in _SCORE and look.is_number and look.numbers.min() >= 0 and look.numbers.max() <= 1
    return "its name, and numbers from 0 to 1" if fits else ""


def _prediction(look: _Look) -> str:
    return "its name" if look.name in _PREDICTION and look.rows else ""


def _decision(look: _Look) -> str:
    return "its name, and two values" if look.name in _DECISION and look.distinct == 2 else ""


def _group(look: _Look) -> str:
    return "its name, and few values" if look.name in _GROUP and look.is_label_like else ""


def _id(look: _Look) -> str:
    named = _ID.fullmatch(look.name) or _WHO.fullmatch(look.name)
    fits = named and look.distinct == look.rows == len(look.cells) >= _FEWEST_ROWS and not look.is_date
    return "each row has its own" if fits else ""


_SPEAKS: dict[Role, Callable[[_Look], str]] = {
    "weights": _weights, "score": _score, "prediction": _prediction, "decision": _decision, "group": _group, "id": _id,
}  # fmt: skip


def _guess_times(looks: Mapping[str, _Look], *, knows: bool) -> list[RoleGuess]:  # noqa: ARG001 - asked like its siblings
    """Return the time where one column holds dates; of two, the later is when the label came if its name says so."""
    dates = {column: look for column, look in looks.items() if look.is_date and look.distinct > 1}
    if not dates:
        years = [c for c, look in looks.items() if look.name in _YEAR and look.is_number and _are_years(look.numbers)]
        return [RoleGuess(years[0], "time", "its name, and numbers that are years")] if len(years) == 1 else []
    later = [column for column, look in dates.items() if _LATER.search(look.name)]
    first = [column for column in dates if column not in later]
    found = [RoleGuess(first[0], "time", "it holds dates")] if len(first) == 1 else []
    if len(first) == len(later) == 1 and _never_before(dates[later[0]], dates[first[0]]):
        found.append(RoleGuess(later[0], "label time", f"dates, never before {first[0]}"))
    return found


def _are_years(numbers: "np.typing.NDArray[np.float64]") -> bool:
    return bool(((numbers >= 1900) & (numbers <= 2100) & (numbers == np.round(numbers))).all())


def _never_before(later: _Look, first: _Look) -> bool:
    if len(later.cells) != len(first.cells):
        return False
    moments, starts = (read_dates(look.cells).to_numpy() for look in (later, first))
    known = ~(np.isnat(moments) | np.isnat(starts))
    return bool(known.any() and (moments[known] >= starts[known]).all())


def _guess_entity(looks: Mapping[str, _Look], *, knows: bool) -> list[RoleGuess]:  # noqa: ARG001 - asked like its siblings
    """Return the one column that names who a row is about, if its values repeat."""
    repeats = {c: look for c, look in looks.items() if 2 <= look.distinct <= look.rows / 1.5 and not look.is_date}
    who = [column for column, look in repeats.items() if _WHO.fullmatch(look.name)]
    named = who or [column for column, look in repeats.items() if _ID.fullmatch(look.name)]
    if len(named) != 1:
        return []
    times = repeats[named[0]].rows / repeats[named[0]].distinct
    return [RoleGuess(named[0], "entity", f"each value comes {times:.2g} times")]


def _guess_target(looks: Mapping[str, _Look], *, knows: bool) -> list[RoleGuess]:
    """Return the column that is named as a target, else the only one of few values that the model doesn't take."""
    named = [c for c, look in looks.items() if look.name in _TARGET and look.distinct > 1 and not look.is_date]
    if len(named) == 1:
        return [RoleGuess(named[0], "target", "its name")]
    few = [column for column, look in looks.items() if look.is_label_like]
    if knows and not named and len(few) == 1:
        return [RoleGuess(few[0], "target", "the one column of few values that the model doesn't take")]
    if knows and not few and not named and len(looks) == 1:
        (column, look), = looks.items()  # fmt: skip
        return [RoleGuess(column, "target", "the one column left, and numbers")] if look.is_number else []
    return []
