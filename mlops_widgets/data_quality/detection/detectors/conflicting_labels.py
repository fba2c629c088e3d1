"""Rows that are equal in every column but the label."""

from collections.abc import Iterator

import numpy as np

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Columns, Integers
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.study.tables import row_hashes

_MOST_CLASSES = 20
_FEWEST_COLUMNS = 2
_RARE_TIES = 0.05
"""Share of rows with an equal row, up to which ties are entries of one case and not coarse columns."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect labels of equal rows that contradict each other; where coarse columns make ties natural, only note them.

    Where few rows have an equal one, equal rows are one case that was entered twice, and two labels can't both be right: each
    is as likely to be wrong, but for one that more of the rows hold. Where many have one, equal rows are different cases
    whose outcomes may differ: that is no error, and what it says is how far any model can get on these columns.
    """
    target = columns.source.target
    if target is None or not 2 <= len(columns.columns[target].levels.values) <= _MOST_CLASSES:
        return
    label = columns.columns[target].levels.codes
    compared = _compared(columns, target)
    if len(compared) < _FEWEST_COLUMNS:
        return
    rows = np.flatnonzero(label >= 0)
    case = np.unique(_keys(columns, compared)[rows], return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(case)
    counts = np.zeros((len(sizes), int(label.max()) + 1), dtype=np.int64)
    np.add.at(counts, (case, label[rows]), 1)
    mixed = (sizes > 1) & (counts.max(axis=1) < sizes)
    if not mixed.any():
        return
    tied = sizes[sizes > 1].sum() / max(len(rows), 1)
    if tied <= _RARE_TIES:
        yield from _contradicting(target, rows, label[rows], case, counts, mixed)
    yield _note(target, len(compared), counts, sizes, mixed, tied=tied)


def _compared(columns: Columns, target: str) -> list[str]:
    roles = columns.source.roles
    names = roles.features or tuple(name for name in columns.columns if name not in roles.not_inputs)
    return [name for name in names if name in columns.columns and name != target]


def _keys(columns: Columns, names: list[str]) -> "np.typing.NDArray[np.uint64]":
    total = np.zeros(columns.rows, dtype=np.uint64)
    for place, name in enumerate(names):
        total += row_hashes(columns.columns[name].cells) * np.uint64(2 * place + 3)
    return total


def _contradicting(
    target: str, rows: Integers, label: Integers, case: Integers, counts: Integers, mixed: "np.typing.NDArray[np.bool_]"
) -> Iterator[Suspicion]:
    share = counts[case, label] / counts.sum(axis=1)[case]
    most = counts.max(axis=1)[case]
    involved = mixed[case]
    minority = involved & (counts[case, label] < most)
    tie = involved & ~minority & ((counts[case] == most[:, None]).sum(axis=1) > 1)
    for chosen, confidence in ((minority, 1 - share), (tie, np.full(len(rows), 0.5))):
        if chosen.any():
            yield Suspicion(
                kind="conflicting_label", column=target, rows=rows[chosen], confidence=np.minimum(confidence[chosen], 0.9),
                reason=f"Rows that are equal in all other columns have different {short(target)}, and few rows have an equal one.",
            )  # fmt: skip


def _note(
    target: str, columns: int, counts: Integers, sizes: Integers, mixed: "np.typing.NDArray[np.bool_]", *, tied: float
) -> ColumnNote:
    together = sizes > 1
    right = counts[together].max(axis=1).sum() / sizes[together].sum()
    rare = tied <= _RARE_TIES
    told = (
        f"{int(mixed.sum()):,} of {int(together.sum()):,} groups of rows that are equal in all {columns} columns have different "
        f"{short(target)}. {number(tied, 'percent')} of the rows have an equal one"
    )  # fmt: skip
    why = (
        ": they were probably entered twice." if rare
        else f", so columns are coarse and outcomes may differ: no model can be right on more than {number(right, 'percent')} of them."
    )  # fmt: skip
    return ColumnNote(
        kind="conflicting_label", column=target, confidence=0.7 if rare else 0.3, reason=told + why,
        action="Look at these rows and keep the label that is right." if rare else "Look for a column that tells them apart.",
    )  # fmt: skip
