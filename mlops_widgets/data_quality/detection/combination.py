"""Several suspicions of one cell as one: how sure, of what kind, why, and what belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, EVIDENCE, ColumnNote, Suspicion

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ROW = -1
"""Index of the column of a suspicion that is of a row as a whole."""
_MOST_OF_A_COLUMN = 0.5
_CROWDED = 0.4
"""Confidence that is left of suspicions of most cells of a column."""


@dataclass(frozen=True, kw_only=True)
class Suspected:
    """One line a suspected cell, the surest first.

    Parameters
    ----------
    rows, columns
        Position of each: row, and index of the column, `ROW` where the row as a whole is suspected; shape (n,).
    confidence
        How sure the detectors are together, 0 to 1, shape (n,).
    of
        Its strongest suspicion, an index into `suspicions`, shape (n,).
    repairs
        What belongs there, objects of shape (n,); None where nobody can say.
    suspicions
        All suspicions.
    """

    rows: Integers
    columns: Integers
    confidence: Floats
    of: Integers
    repairs: npt.NDArray[Any]
    suspicions: tuple[Suspicion, ...]


def combine(columns: Columns, suspicions: Sequence[Suspicion]) -> Suspected:
    """Return the suspected cells.

    Suspicions that rest on the same evidence, such as two on how a cell is written, count once, as the strongest; those on
    different evidence add up as independent ones do: 1 - (1 - p)(1 - q) (noisy-or, Pearl 1988, section 4.3).
    """
    index = {name: at for at, name in enumerate(columns.columns)}
    kept = tuple(suspicions)
    if not kept:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object)
        return Suspected(
            rows=none, columns=none, confidence=np.zeros(0), of=none, repairs=nothing, suspicions=kept
        )  # fmt: skip
    rows = np.concatenate([each.rows for each in kept]).astype(np.int64)
    sure = np.clip(np.concatenate([each.confidence for each in kept]).astype(np.float64), 0.0, 1.0)
    lengths = [len(each.rows) for each in kept]
    of = np.repeat(np.arange(len(kept)), lengths)
    column = np.array([ROW if each.column is None else index[each.column] for each in kept], dtype=np.int64)[of]
    evidence = _evidence(kept)[of]
    cell = (column - ROW) * max(columns.rows, 1) + rows
    order = np.lexsort((-sure, evidence, cell))
    strongest = order[_starts(cell[order], evidence[order])]
    starts = np.flatnonzero(_starts(cell[strongest]))
    together = 1 - np.multiply.reduceat(1 - sure[strongest], starts) if len(starts) else np.zeros(0)
    by_cell = np.lexsort((-sure, cell))
    first = by_cell[_starts(cell[by_cell])]
    repairs = _repairs(kept, cell[by_cell], by_cell, np.cumsum([0, *lengths]))
    final = np.argsort(-together, kind="stable")
    return Suspected(
        rows=rows[first][final], columns=column[first][final], confidence=together[final], of=of[first][final],
        repairs=repairs[final], suspicions=kept,
    )  # fmt: skip


def _evidence(suspicions: Sequence[Suspicion]) -> Integers:
    """Return a number for what each suspicion rests on."""
    kinds = sorted({EVIDENCE.get(each.kind, each.kind) for each in suspicions})
    return np.array([kinds.index(EVIDENCE.get(each.kind, each.kind)) for each in suspicions], dtype=np.int64)


def _starts(*sorted_keys: Integers) -> npt.NDArray[np.bool_]:
    """Return where a new run of equal keys begins."""
    new = np.zeros(len(sorted_keys[0]), dtype=bool)
    new[:1] = True
    for keys in sorted_keys:
        new[1:] |= keys[1:] != keys[:-1]
    return new


def _repairs(suspicions: Sequence[Suspicion], cells: Integers, order: Integers, offsets: Integers) -> npt.NDArray[Any]:
    """Return the repair of each cell: that of its strongest suspicion that knows one, objects of shape (cells,)."""
    told = np.empty(int(offsets[-1]), dtype=object)
    for at, each in enumerate(suspicions):
        if each.repair is not None:
            told[offsets[at] : offsets[at + 1]] = each.repair
    known = np.array([each is not None for each in told[order]], dtype=bool)
    group = np.cumsum(_starts(cells)) - 1
    found = np.empty(int(group[-1]) + 1 if len(group) else 0, dtype=object)
    where = np.flatnonzero(known)[::-1]
    found[group[where]] = told[order[where]]
    return found


def settle_crowds(
    columns: Columns, suspicions: Sequence[Suspicion]
) -> tuple[tuple[Suspicion, ...], tuple[ColumnNote, ...]]:
    """Make notes of suspicions on how most cells of a column are written: what most cells do is its format, not an error."""
    kept, notes = [], []
    for each in suspicions:
        crowd = (
            each.column is not None and not each.systematic and EVIDENCE.get(each.kind) == "writing"
            and int((each.confidence >= CERTAIN).sum()) > _MOST_OF_A_COLUMN * columns.rows
        )  # fmt: skip
        if crowd and each.column is not None:
            notes.append(_crowd_note(each, each.column, columns.rows))
            kept.append(replace(each, confidence=np.minimum(each.confidence, _CROWDED)))
        else:
            kept.append(each)
    return tuple(kept), tuple(notes)


def _crowd_note(suspicion: Suspicion, column: str, rows: int) -> ColumnNote:
    share = number(len(suspicion.rows) / rows, "percent")
    return ColumnNote(
        kind=suspicion.kind, column=column, confidence=float(suspicion.confidence.max()), action="Settle on one way of writing it.",
        reason=f"{share} of {short(column)} would be suspected, so it is how the column is written. {suspicion.reason}",
    )  # fmt: skip
