"""What a challenger learned from: rows that judge it mustn't be among them, and none of them may be from a later time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, TableError
from mlops_widgets.lifecycle.champions.contrasts import FEWEST_ROWS
from mlops_widgets.measures.twins import occurrences
from mlops_widgets.study.challengers import Challenge
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, read_table, row_hashes
from mlops_widgets.study.timeline import times_of, written

Keys = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What is known of the rows that the challenger learned from.

    Parameters
    ----------
    known
        Whether they are known at all.
    rows
        How many, 0 where unknown.
    shared
        Rows among those that would have judged that the challenger had learned from; they don't judge.
    newest, first_judged
        Its newest row and the first that judges, as text; empty where unknown, or where it learned from earlier rows only.
    """

    known: bool
    rows: int = 0
    shared: int = 0
    newest: str = ""
    first_judged: str = ""


def without_learned(study: Study, challenge: Challenge, learned_from: Any) -> tuple[Challenge, Origin]:  # noqa: ANN401 - any table
    """Take the rows that the challenger learned from out of those that judge it.

    Raises
    ------
    InputError
        If hardly any rows are left, or the tables have no columns in common.
    """
    if learned_from is None:
        return challenge, Origin(known=challenge.kind != "given", rows=challenge.learned_rows)
    learned = read_table(learned_from, name="learned_from", target=study.outcome.target)
    ours, theirs = _keys(study, challenge.table, learned)
    kept = np.flatnonzero(occurrences(ours, theirs) == 0)
    table = challenge.table
    if len(kept) < min(FEWEST_ROWS, table.rows):
        raise InputError(
            f"learned_from= holds {table.rows - len(kept):,} of the {table.rows:,} rows of {challenge.where}: too few are left to "
            "judge a challenger that learned from them. Pass rows that it hasn't seen as production= or test=, or time= and "
            "entity= where different rows look alike."
        )
    origin = Origin(known=True, rows=learned.rows, shared=table.rows - len(kept), **_hindsight(study, table, learned))
    if not origin.shared:
        return challenge, origin
    fresh = table.take(kept, source_rows=round(len(kept) / table.kept))
    return replace(challenge, table=fresh), origin


def _keys(study: Study, judged: Table, learned: Table) -> tuple[Keys, Keys]:
    roles = study.roles
    wanted = (*study.model.features, *roles.features, study.outcome.target, roles.time, roles.entity)
    names = [name for name in dict.fromkeys(wanted) if name is not None and name in judged and name in learned]
    if not names:
        raise InputError(
            "learned_from= has none of the study's columns. Pass the table that the challenger was fitted on, its columns under "
            "the names that they have here."
        )
    return _hashed(judged, names), _hashed(learned, names)


def _hashed(table: Table, names: list[str]) -> Keys:
    found = np.zeros(table.rows, dtype=np.uint64)
    for name in names:
        column = table[name]
        plain = column.astype("float64") if pd.api.types.is_numeric_dtype(column) else column.map(str).astype(object)
        found = found * _MIX + row_hashes(plain)
    return found


def _hindsight(study: Study, judged: Table, learned: Table) -> dict[str, str]:
    """Return the newest row learned from and the first that judges, where the former is the later one."""
    column = study.roles.time
    ours = study.times(judged)
    if column is None or ours is None or column not in learned or np.isnan(ours).all():
        return {}
    try:
        theirs, are_dates = times_of(learned, column)
    except TableError:
        return {}
    first = float(np.nanmin(ours))
    if np.isnan(theirs).all() or float(np.nanmax(theirs)) < first:
        return {}
    newest = float(np.nanmax(theirs))
    return {"newest": written(newest, are_dates=are_dates), "first_judged": written(first, are_dates=are_dates)}
