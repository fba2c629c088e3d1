"""Which level of a group is watched: the one that the model served worst where it learned, never where it is judged."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 50
MOST_LEVELS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Gap:
    """Which rows are of the level (rows,), and the model's outputs for all rows."""

    inside: npt.NDArray[np.bool_]
    outputs: Floats


def learn_gap(study: Study, stream: Stream, of: str, outputs: Floats, learned: Integers) -> Gap:
    """Return the rows of a column's level: the one named as "column=level", else the one served worst on the rows learned from.

    Raises
    ------
    MissingInputError
        If there is no such column or level, or no level has fifty rows.
    """
    column, _, level = of.partition("=") if of not in stream.table else (of, "", "")
    if column not in stream.table:
        raise MissingInputError(f"column {column!r}", "Name it in groups= of the study.")
    cells = stream.table[column].astype("string").fillna("(missing)").to_numpy(dtype=object)
    if level:
        inside = cells == level
        if not inside.any():
            raise MissingInputError(f"level {level!r} in {column!r}", "Name a level that occurs.")
        return Gap(inside=inside, outputs=outputs)
    worst = _worst(study, cells, stream.y, outputs, learned)
    if worst is None:
        raise MissingInputError(f"level of {column!r} with {FEWEST_ROWS} rows", "Pass more rows, or a coarser group.")
    return Gap(inside=cells == worst, outputs=outputs)


def _worst(study: Study, cells: npt.NDArray[np.object_], y: Floats, outputs: Floats, learned: Integers) -> str | None:
    """Return the level with the worst metric on the rows learned from."""
    levels, counts = np.unique(cells[learned].astype(str), return_counts=True)
    scores = {}
    for level in levels[np.argsort(-counts, kind="stable")][:MOST_LEVELS]:
        rows = learned[cells[learned] == level]
        if FEWEST_ROWS <= len(rows) < len(learned):
            score = float(study.metric.draws(y[rows], outputs[rows], np.ones((1, len(rows))))[0])
            if not np.isnan(score):
                scores[str(level)] = score if study.metric.greater_is_better else -score
    return min(scores, key=lambda name: scores[name]) if scores else None
