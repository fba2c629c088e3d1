"""Rows that are equal in every column but the label."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Booleans, Columns, Integers
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
    compared = _compared(columns, target)
    if len(compared) < _FEWEST_COLUMNS:
        return
    ties = _ties(columns.columns[target].levels.codes, _keys(columns, compared))
    if not ties.mixed.any():
        return
    if ties.share <= _RARE_TIES:
        yield from _contradicting(target, ties)
    yield _note(target, len(compared), ties)


@dataclass(frozen=True)
class _Ties:
    """Rows grouped by what they are equal in.

    Parameters
    ----------
    rows, label, case
        Position, label and group of each labelled row, (n,).
    counts
        How often each group has each label, (groups, classes).
    """

    rows: Integers
    label: Integers
    case: Integers
    counts: Integers

    @cached_property
    def sizes(self) -> Integers:
        """Rows of each group, (groups,)."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def mixed(self) -> Booleans:
        """Which groups hold several labels, (groups,)."""
        return np.asarray(self.counts.max(axis=1) < self.sizes)

    @property
    def share(self) -> float:
        """Share of the rows that have an equal one."""
        return float(self.sizes[self.sizes > 1].sum() / max(len(self.rows), 1))


def _ties(label: Integers, keys: "np.typing.NDArray[np.uint64]") -> _Ties:
    rows = np.flatnonzero(label >= 0)
    case = np.unique(keys[rows], return_inverse=True)[1].astype(np.int64)
    counts = np.zeros((int(case.max(initial=-1)) + 1, int(label.max(initial=-1)) + 1), dtype=np.int64)
    np.add.at(counts, (case, label[rows]), 1)
    return _Ties(rows, label[rows], case, counts)


def _compared(columns: Columns, target: str) -> list[str]:
    """Return every column that tells one case from another, whether or not a model sees it; ids differ in any case."""
    roles = columns.source.roles
    aside = {target, *roles.ids, *roles.scores, roles.predictions, roles.decision, roles.weights, roles.label_time}
    return [name for name in columns.columns if name not in aside]


def _keys(columns: Columns, names: list[str]) -> "np.typing.NDArray[np.uint64]":
    total = np.zeros(columns.rows, dtype=np.uint64)
    for place, name in enumerate(names):
        total += row_hashes(columns.columns[name].cells) * np.uint64(2 * place + 3)
    return total


def _contradicting(target: str, ties: _Ties) -> Iterator[Suspicion]:
    own, most = ties.counts[ties.case, ties.label], ties.counts.max(axis=1)[ties.case]
    even = (ties.counts == ties.counts.max(axis=1, keepdims=True)).sum(axis=1)[ties.case] > 1
    confidence = np.minimum(np.where(even & (own == most), 0.5, 1 - own / ties.sizes[ties.case]), 0.9)
    wrong = ties.mixed[ties.case] & ((own < most) | even)
    yield Suspicion(
        kind="conflicting_label", column=target, rows=ties.rows[wrong], confidence=confidence[wrong],
        reason=f"Rows that are equal in all other columns have different {short(target)}, and few rows have an equal one.",
    )  # fmt: skip


def _note(target: str, columns: int, ties: _Ties) -> ColumnNote:
    together, rare = ties.sizes > 1, ties.share <= _RARE_TIES
    right = ties.counts[together].max(axis=1).sum() / ties.sizes[together].sum()
    told = (
        f"{int(ties.mixed.sum()):,} of {int(together.sum()):,} groups of rows that are equal in all {columns} other columns have "
        f"different {short(target)}. {number(ties.share, 'percent')} of the rows have an equal one"
    )  # fmt: skip
    why = (
        ": they were probably entered twice." if rare
        else f", so columns are coarse and outcomes may differ: no model can be right on more than {number(right, 'percent')} of them."
    )  # fmt: skip
    return ColumnNote(
        kind="conflicting_label", column=target, confidence=0.7 if rare else 0.3, reason=told + why,
        action="Look at these rows and keep the label that is right." if rare else "Look for a column that tells them apart.",
    )  # fmt: skip
