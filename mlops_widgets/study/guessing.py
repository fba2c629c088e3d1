"""What columns may mean, guessed from names and cells, for a person to confirm.

A wrong guess is worse than none: a role is guessed only where the name and the cells both speak for it, and no other
column speaks against it. Whatever nothing speaks for is a feature, as in `load_study`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from mlops_widgets.study import role_words as words
from mlops_widgets.study.dates import read_dates
from mlops_widgets.study.tables import Table, as_numbers, distinct

Role = Literal[
    "feature", "target", "time", "label time", "id", "entity", "group", "weights", "score", "prediction", "decision",
    "not used",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)

_MOST_ROWS = 5_000
"""Rows looked at, of all tables together: a guess needs no more, and a form answers at once."""
_MOST_LABELS = 20
_FEWEST_ROWS = 20
"""Below this, "each cell differs" and "few values" say little."""
_MEAN_OFF = 0.01
"""How far from 1 the mean of sample weights may lie."""


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
    """One column: its name in plain letters, the tables that have it, and cells drawn from all of these."""

    name: str
    tables: tuple[Table, ...]
    whole: "tuple[pd.Series[Any], ...]"
    cells: "pd.Series[Any]"

    @cached_property
    def distinct(self) -> int:
        return distinct(self.cells)

    @cached_property
    def rows(self) -> int:
        return int(self.cells.notna().sum())

    @cached_property
    def numbers(self) -> "np.typing.NDArray[np.float64]":
        values = as_numbers(self.cells)
        return values[np.isfinite(values)]

    @property
    def is_number(self) -> bool:
        return len(self.numbers) == self.rows > 0

    @property
    def is_label_like(self) -> bool:
        return 2 <= self.distinct <= min(_MOST_LABELS, max(2, self.rows // 2)) and not self.is_date

    @cached_property
    def is_date(self) -> bool:
        if pd.api.types.is_numeric_dtype(self.cells) or not self.rows:
            return False
        if pd.api.types.is_datetime64_any_dtype(self.cells) or isinstance(self.cells.dtype, pd.PeriodDtype):
            return True
        return bool(read_dates(self.cells).notna().sum() == self.rows)

    @cached_property
    def times(self) -> float:
        """How often a value comes in the table where it comes most often, every row counted; 0 without values."""
        return max(int(cells.notna().sum()) / max(distinct(cells), 1) for cells in self.whole)

    @property
    def is_each_rows_own(self) -> bool:
        full = all(len(cells) >= _FEWEST_ROWS and not cells.isna().any() for cells in self.whole)
        return full and self.times == 1 and not self.is_date and not self._has_fractions

    @property
    def _has_fractions(self) -> bool:
        return self.is_number and bool((self.numbers != np.round(self.numbers)).any())


_Looks = dict[str, _Look]


def guess_roles(tables: Mapping[str, Table], *, model_features: Sequence[str] = ()) -> tuple[RoleGuess, ...]:
    """Return a guess for each column, in the order of the tables' columns.

    Parameters
    ----------
    tables
        The tables by name. Cells are drawn over the whole of every table.
    model_features
        The columns that the model says it takes; empty where it doesn't say.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": range(40), "customer_id": [1, 2] * 20, "rained": [0, 0, 0, 1] * 10})
    >>> for guess in guess_roles({"test": Table(frame, name="test")}, model_features=["age"]):
    ...     print(f"{guess.column}: {guess.role} ({guess.reason})")
    age: feature (the model takes it)
    customer_id: entity (each value comes 20 times in the rows looked at)
    rained: target (the one column of few values that the model doesn't take)
    """
    looks = _looks(tables)
    own = {str(name) for name in model_features}
    guesses = {name: RoleGuess(name, "feature", "the model takes it") for name in looks if name in own}
    for guess in (_guess_each, _guess_times, _guess_entity, _guess_target, _guess_by_others):
        left = {name: look for name, look in looks.items() if name not in guesses}
        others = {found.role for found in guesses.values()}
        logged = {name for name in guesses if looks[name].name in words.LOGGED}
        guesses |= {found.column: found for found in guess(left, _Known(bool(own), others, bool(logged)))}
    rest = RoleGuess("", "not used", "the model doesn't take it") if own else RoleGuess("", "feature")
    return tuple(guesses.get(name, RoleGuess(name, rest.role, rest.reason)) for name in looks)


@dataclass(frozen=True)
class _Known:
    """What is known before a guess: whether the model named its columns, roles found, and whether answers were logged."""

    features: bool
    roles: set[Role]
    logged: bool


def _looks(tables: Mapping[str, Table]) -> _Looks:
    rng, most = np.random.default_rng(0), max(_MOST_ROWS // max(len(tables), 1), 1)
    drawn = {
        name: np.sort(rng.choice(table.rows, most, replace=False)) if table.rows > most else np.arange(table.rows)
        for name, table in tables.items()
    }
    found: _Looks = {}
    for column in dict.fromkeys(column for table in tables.values() for column in table.columns):
        having = {name: table for name, table in tables.items() if column in table}
        whole = tuple(table[column] for table in having.values())
        parts = [cells.iloc[drawn[name]] for name, cells in zip(having, whole, strict=True)]
        cells = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
        found[column] = _Look(words.plain(column), tuple(having.values()), whole, cells)
    return found


def _guess_each(looks: _Looks, known: _Known) -> list[RoleGuess]:
    """Return the roles that a column's own name and cells speak for."""
    found = []
    for column, look in looks.items():
        role, reason = _own_role(look, known)
        if role != "feature":
            found.append(RoleGuess(column, role, reason))
    return found


def _own_role(look: _Look, known: _Known) -> tuple[Role, str]:
    if _weighs(look):
        return "weights", "its name, and no number below 0"
    if look.name in words.SCORE or (look.name in words.OFTEN_SCORE and known.features):
        return ("score", "its name, and numbers from 0 to 1") if _is_share(look) else ("feature", "")
    if (look.name in words.PREDICTION or (look.name in words.OFTEN_PREDICTION and known.features)) and look.rows:
        return "prediction", "its name"
    if known.features and look.name in words.GROUP and look.is_label_like:  # else it may well be a feature
        return "group", "its name, and few values"
    named = any(pattern.fullmatch(look.name) for pattern in (words.ID, words.WHO, words.ROW))
    return ("id", "each row looked at has its own") if named and look.is_each_rows_own else ("feature", "")


def _weighs(look: _Look) -> bool:
    if look.name not in words.WEIGHTS | words.OFTEN_WEIGHTS or not look.is_number or look.numbers.min() < 0:
        return False
    return look.name in words.WEIGHTS or bool(abs(look.numbers.mean() - 1) <= _MEAN_OFF)


def _is_share(look: _Look) -> bool:
    return look.is_number and bool(look.numbers.min() >= 0 and look.numbers.max() <= 1)


def _guess_times(looks: _Looks, known: _Known) -> list[RoleGuess]:
    """Return the time where one column holds the rows' dates; another is when the label came if its name says so."""
    dates = {
        column: look for column, look in looks.items()
        if not words.OF_THE_PERSON.search(look.name) and look.is_date and look.distinct > 1
    }  # fmt: skip
    if not any(look.is_date for look in looks.values()):
        years = [c for c, look in looks.items() if look.name in words.YEAR and look.is_number and _are_years(look)]
        # Without the model's word it may as well be the year in which a car was built: a feature.
        fits = len(years) == 1 and known.features
        return [RoleGuess(years[0], "time", "its name, and numbers that are years")] if fits else []
    later = [column for column, look in dates.items() if words.LATER.search(look.name)]
    first = [column for column in dates if column not in later]
    first = [column for column in first if looks[column].name in words.TIME] or first
    found = [RoleGuess(first[0], "time", "it holds dates")] if len(first) == 1 else []
    if len(first) == len(later) == 1 and _never_before(dates[later[0]], dates[first[0]]):
        found.append(RoleGuess(later[0], "label time", f"dates, never before {first[0]}"))
    return found


def _are_years(look: _Look) -> bool:
    numbers = look.numbers
    return bool(((numbers >= 1900) & (numbers <= 2100) & (numbers == np.round(numbers))).all())


def _never_before(later: _Look, first: _Look) -> bool:
    if later.tables != first.tables:
        return False
    moments, starts = (read_dates(look.cells).to_numpy() for look in (later, first))
    known = ~(np.isnat(moments) | np.isnat(starts))
    return bool(known.any() and (moments[known] >= starts[known]).all())


def _guess_entity(looks: _Looks, known: _Known) -> list[RoleGuess]:  # noqa: ARG001 - asked like its siblings
    """Return the one column that names who a row is about, if its values repeat."""
    who = [column for column, look in looks.items() if words.WHO.fullmatch(look.name) and _repeats(look)]
    named = who or [
        column for column, look in looks.items()
        if words.ID.fullmatch(look.name) and look.distinct > _MOST_LABELS and _repeats(look)
    ]  # fmt: skip
    if len(named) != 1:
        return []
    reason = f"each value comes {looks[named[0]].times:.2g} times in the rows looked at"
    return [RoleGuess(named[0], "entity", reason)]


def _repeats(look: _Look) -> bool:
    return look.distinct >= 2 and look.times >= 1.5 and not look.is_date


def _guess_target(looks: _Looks, known: _Known) -> list[RoleGuess]:
    """Return the column that is named as a target, else the only one that the model doesn't take."""
    named = [c for c, look in looks.items() if look.name in words.TARGET and look.distinct > 1 and not look.is_date]
    named = named or _often_targets(looks, known)
    if named:
        return [RoleGuess(named[0], "target", "its name")] if len(named) == 1 else []
    open_ones = {
        c: look for c, look in looks.items()
        if look.distinct > 1 and not look.is_date and look.name.rpartition("_")[2] not in words.ASIDE
    }  # fmt: skip
    if not known.features or len(open_ones) != 1:
        return []
    (column, look), = open_ones.items()  # fmt: skip
    if look.is_label_like and look.name.partition("_")[0] not in words.FLAGS:
        return [RoleGuess(column, "target", "the one column of few values that the model doesn't take")]
    is_target = look.is_number and not look.is_label_like
    return [RoleGuess(column, "target", "the one column left, and numbers")] if is_target else []


def _often_targets(looks: _Looks, known: _Known) -> list[str]:
    """Return columns whose name is often a target's, if their cells are labels and no other column speaks against it."""
    names = {look.name for look in looks.values()}
    found = [
        column for column, look in looks.items()
        if (look.name in words.OUTCOME and look.distinct == 2)
        or (look.name in words.OFTEN_TARGET and look.is_label_like)
        or (look.name == "y" and known.features and look.is_number and look.distinct > 1)
    ]  # fmt: skip
    found = [column for column in found if looks[column].name != "y" or not names & {"x", "z"}]
    two = [column for column in found if looks[column].distinct == 2]
    if two or known.features:
        return two or found
    rivals = [c for c, look in looks.items() if look.distinct == 2 and look.name not in words.GROUP]
    return [] if rivals else found


def _guess_by_others(looks: _Looks, known: _Known) -> list[RoleGuess]:
    """Return roles that a name speaks for only beside others: a decision beside a target, answers where some are logged."""
    found = [
        RoleGuess(column, "decision", "its name, and two values") for column, look in looks.items()
        if "target" in known.roles and look.name in words.DECISION and look.distinct == 2
    ]  # fmt: skip
    answers = [c for c, look in looks.items() if look.name in words.OFTEN_SCORE | words.OFTEN_PREDICTION]
    if known.logged or ("target" in known.roles and len(answers) + len(found) == len(looks)):
        for column in answers:
            if looks[column].name in words.OFTEN_PREDICTION and looks[column].rows:
                found.append(RoleGuess(column, "prediction", "its name"))
            elif looks[column].name in words.OFTEN_SCORE and _is_share(looks[column]):
                found.append(RoleGuess(column, "score", "its name, and numbers from 0 to 1"))
    return found
