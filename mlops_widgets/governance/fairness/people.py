"""Who the groups are: each row's level in every column of groups, and against which level it is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.encoding import as_words
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table

Integers = npt.NDArray[np.int64]

MOST_LEVELS = 100
"""Most groups of one column."""
MISSING = "missing"
"""The group of those whose group isn't known; with a level of that name beside it, "missing (no value)"."""

Reference = str | int | float | bool | Mapping[str, object] | None


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """One column of groups on some rows.

    Parameters
    ----------
    column
        Its name.
    levels
        Names of the levels.
    codes
        (n,) position of each row's level.
    reference
        Position of the level that the others are compared with.
    declared
        Whether the user named it; else it is the largest.
    """

    column: str
    levels: tuple[str, ...]
    codes: Integers
    reference: int
    declared: bool

    def take(self, rows: Integers) -> "Grouping":
        """Return the same groups of fewer rows."""
        return Grouping(column=self.column, levels=self.levels, codes=self.codes[rows], reference=self.reference, declared=self.declared)  # fmt: skip

    def counts(self) -> Integers:
        """Return how many rows each level has."""
        return np.bincount(self.codes, minlength=len(self.levels))


def read_groupings(
    study: Study, table: Table, *, groups: str | Sequence[str] | None, reference_group: Reference
) -> tuple[Grouping, ...]:
    """Return the groups of the rows of `table`, a column each.

    Parameters
    ----------
    study
        Its groups are meant where `groups` is None.
    table
        The rows.
    groups
        Columns; the model needn't take them.
    reference_group
        A level, or a mapping from column to level; None for the largest level of each column.

    Raises
    ------
    MissingInputError
        If there is no column of groups.
    UnknownNameError
        If a column or a level doesn't exist.
    """
    named = study.roles.groups if groups is None else (groups,) if isinstance(groups, str) else tuple(groups)
    columns = tuple(dict.fromkeys(str(each) for each in named))
    if groups is None:
        columns = tuple(each for each in columns if each in table)
    if not columns:
        raise MissingInputError(
            f"groups in {table.name}", "Pass groups=, one or more columns that say which group a row belongs to."
        )
    for column in columns:
        if column not in table:
            raise UnknownNameError(
                f"Unknown column {column[:60]!r} in groups=. Columns of {table.name}: {listed(table.columns)}."
                f"{did_you_mean(column, table.columns)}"
            )
    return tuple(_grouping(table, column, _wanted(reference_group, column, columns)) for column in columns)


def _wanted(reference_group: Reference, column: str, columns: tuple[str, ...]) -> object:
    if isinstance(reference_group, Mapping):
        unknown = [name for name in reference_group if name not in columns]
        if unknown:
            raise UnknownNameError(
                f"Unknown column {str(unknown[0])[:60]!r} in reference_group=. Columns of groups: {listed(columns)}."
                f"{did_you_mean(str(unknown[0]), columns)}"
            )
        return reference_group.get(column)
    if reference_group is not None and not isinstance(reference_group, str | int | float | bool | np.generic):
        raise WrongTypeError(
            f"reference_group={type(reference_group).__name__}. Pass a level, or a mapping from column to level."
        )
    if reference_group is not None and len(columns) > 1:
        raise InputError(
            f"reference_group={str(reference_group)[:60]!r} with {len(columns)} columns of groups ({listed(columns)}). "
            "Pass a mapping: {column: level}."
        )
    return reference_group


def _grouping(table: Table, column: str, wanted: object) -> Grouping:
    cells = table[column]
    known = cells.notna()
    words = as_words(cells)
    words = words.where(known, f"{MISSING} (no value)" if (words[known] == MISSING).any() else MISSING)
    levels, codes = np.unique(words.to_numpy(dtype=str), return_inverse=True)
    names = tuple(str(each) for each in levels)
    counts = np.bincount(codes, minlength=len(names))
    if len(names) > MOST_LEVELS:
        raise InputError(
            f"groups={column[:60]!r} has {len(names):,} levels in {table.name}. Groups of people are few ({MOST_LEVELS} at most): pass "
            "a coarser column, such as bands of age, and none that names persons."
        )
    if wanted is None:
        place = int(np.argmax(counts)) if names else 0
    elif str(wanted) in names:
        place = names.index(str(wanted))
    else:
        often = [name for name, count in zip(names, counts, strict=True) if count >= FEWEST_QUOTED]
        raise UnknownNameError(
            f"No row of {table.name} has {str(wanted)[:60]!r} in {column[:60]!r}, which reference_group= names. Levels: "
            f"{listed(often) or 'none that five rows share'}.{did_you_mean(str(wanted), often)}"
        )
    return Grouping(
        column=column, levels=names, codes=codes.astype(np.int64), reference=place, declared=wanted is not None
    )
