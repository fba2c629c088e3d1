"""What stands in the way where nothing was found: each constraint taken away by itself, and the search again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from mlops_widgets.core.progress import Progress, steps
from mlops_widgets.explainability.stakeholders.recourse.changed_rows import Asker
from mlops_widgets.explainability.stakeholders.recourse.constraints import Constraint
from mlops_widgets.explainability.stakeholders.recourse.moves import Move, move_of
from mlops_widgets.explainability.stakeholders.recourse.proposals import Block
from mlops_widgets.explainability.stakeholders.recourse.search import search
from mlops_widgets.study.wording import Wording

_MOST_COLUMNS = 15
_MOST_ROWS = 1200


def find_blocks(
    asker: Asker, constraints: Mapping[str, Constraint], following: Mapping[str, str], reference: pd.DataFrame, *,
    words: Wording, progress: Progress | None = None,
) -> tuple[Block, ...]:  # fmt: skip
    """Return the constraints of which each, if it alone were gone, would let one or two changes reach what is wanted.

    Parameters
    ----------
    asker
        The row and what may change of it.
    constraints
        What holds each column.
    following
        Columns that may not change on their own, and why.
    reference
        Rows that say what is usual: a column without its constraint stays between their 1 % and 99 % quantiles.
    words
        What columns are called.
    progress
        Callback.
    """
    freed = list(_freed(asker, constraints, following, reference, words))[:_MOST_COLUMNS]
    found = []
    for move, why in steps(freed, "constraint", progress, asker.cancel):
        others = tuple(each for each in asker.moves if each.column != move.column)
        looser = replace(asker, moves=(*others, move))
        reached = search(looser, most_changes=2, most_rows=_MOST_ROWS, must=frozenset({len(others)}))
        if len(reached.found):
            shown = float(reached.shown[int(np.argmin(reached.cost))])
            found.append(Block(column=move.column, feature=words.feature(move.column), why=why, shown=shown))
    return tuple(found)


def _freed(
    asker: Asker,
    constraints: Mapping[str, Constraint],
    following: Mapping[str, str],
    reference: pd.DataFrame,
    words: Wording,
) -> Iterator[tuple[Move, str]]:
    for column, constraint in constraints.items():
        if column in asker.rules:
            continue
        why = following.get(column) or held_by(constraint)
        move = move_of(asker.row[column], reference[column], Constraint(), words) if why else None
        if move is not None:
            yield move, why


def held_by(constraint: Constraint) -> str:
    """Return what holds a column, in words; empty where nothing does."""
    if constraint.change == "immutable":
        return "you hold it fixed" if constraint.why == "yours" else constraint.why
    if constraint.change != "free":
        return f"it may only {constraint.change}"
    if constraint.allowed is not None:
        return "only some values are allowed"
    return "its range is limited" if constraint.lower is not None or constraint.upper is not None else ""
