"""Whether a number along time has changed for good, and since when: a single change of its mean, dated."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.lifecycle.review.promised import FEWEST_ROWS, Promised
from mlops_widgets.measures.change_points import FEWEST_PIECES, change_point
from mlops_widgets.study.over_time.streams import run_units
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MOST_PIECES = 200
_LENGTHS = (1, 2, 3, 4, 6, 9, 13)
"""Chunks that a change may take until it is complete: models rarely break overnight."""
SERIES: Mapping[str, tuple[str, bool | None]] = {
    "loss": ("the loss per row", True), "calibration": ("outcomes less predictions", None), "value": ("the value of a decision", False),
}  # fmt: skip
"""What is looked at: its name in sentences, and whether more is worse (None: either way)."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The most likely single change of one number, from the test to the last chunk judged.

    Parameters
    ----------
    series
        "loss", "calibration" or "value".
    chunk, earliest, latest
        Places of the chunk in which the change most likely began, and of the first and last ones of the 95 % confidence set.
    length
        Over how many chunks it grew; 1 is a step.
    likely
        (chunks,) 1 for the chunks of that set.
    before, after
        Means on both sides.
    lower, upper
        95 % interval of `after - before`, at that date.
    p_value
        From random orders of the pieces.
    significant
        Whether it is below the level.
    worse
        Whether the number changed for the worse.
    """

    series: str
    chunk: int
    length: int
    earliest: int
    latest: int
    likely: Integers
    before: float
    after: float
    lower: float
    upper: float
    p_value: float
    significant: bool
    worse: bool


def find_changes(
    p: Promised, before: Mapping[str, Floats], after: Mapping[str, Floats], *, level: float, seed: int,
    cancel: Cancel | None,
) -> tuple[Change, ...]:  # fmt: skip
    """Return the most likely change of each number that both sides have, the surest first.

    Parameters
    ----------
    p
        What is compared.
    before, after
        Numbers of the test's and of production's rows by name; see `row_numbers`.
    level
        Chance of a false alarm of all numbers together.
    seed
        Of the random orders.
    cancel
        Looked at between them.
    """
    names = [name for name in SERIES if name in before and name in after]
    found = []
    for name in names:
        pieces = _pieces(p, before[name], after[name])
        found.append(_change(p, name, pieces, level=level / len(names), seed=seed, cancel=cancel))
    return tuple(
        sorted((each for each in found if each is not None), key=lambda each: (each.p_value, -abs(_sureness(each))))
    )


def _sureness(change: Change) -> float:
    return (change.after - change.before) / max(change.upper - change.lower, 1e-300)


def _change(
    p: Promised, name: str, pieces: tuple[Floats, Floats, Integers], *, level: float, seed: int, cancel: Cancel | None
) -> Change | None:
    values, weights, chunk = pieces
    lengths = [length for length in _LENGTHS if length <= max(1, p.count // 2)]
    orders = max(999, int(np.ceil(2 / level)) - 1)
    found = change_point(values, weights, chunk, lengths=lengths, permutations=orders, seed=seed, cancel=cancel)
    if found is None:
        return None
    likely = np.zeros(p.count, dtype=np.int64)
    likely[found.onsets[found.likely == 1]] = 1
    places, more_is_worse = np.flatnonzero(likely), SERIES[name][1]
    grew = found.after > found.before
    worse = abs(found.after) > abs(found.before) if more_is_worse is None else grew == more_is_worse
    return Change(
        series=name, chunk=found.onset, length=found.length, earliest=int(places[0]), latest=int(places[-1]), likely=likely,
        before=found.before, after=found.after, lower=found.lower, upper=found.upper, p_value=found.p_value,
        significant=found.p_value <= level, worse=bool(worse),
    )  # fmt: skip


def _pieces(p: Promised, before: Floats, after: Floats) -> tuple[Floats, Floats, Integers]:
    """Return mean, weight and chunk (-1 for the test) of pieces: runs of units that follow each other, each within a chunk."""
    parts = []
    if p.test is not None:
        parts.append(_rows_in_time(p, p.test, before, np.full(p.test.rows, -1), ~np.isnan(before)))
    parts.append(_rows_in_time(p, p.production, after, p.chunks.of_row, p.settled & ~np.isnan(after)))
    value, weight, chunk, unit = (np.concatenate(each) for each in zip(*parts, strict=True))
    if min(len(values) for values, *_ in parts) < FEWEST_ROWS:
        return np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
    pairs, code = np.unique(np.column_stack([chunk, unit]), axis=0, return_inverse=True)
    length = max(_run(p), -(-len(pairs) // _MOST_PIECES))
    first = np.searchsorted(pairs[:, 0], pairs[:, 0])
    keys = np.column_stack([pairs[:, 0], (np.arange(len(pairs)) - first) // length])
    kinds, piece = np.unique(keys, axis=0, return_inverse=True)
    of_row = piece[code]
    total = np.bincount(of_row, weights=weight, minlength=len(kinds)).astype(np.float64)
    mean = np.bincount(of_row, weights=weight * value, minlength=len(kinds)) / np.where(total > 0, total, 1)
    return mean[total > 0], total[total > 0].astype(np.float64), kinds[total > 0, 0].astype(np.int64)


def _run(p: Promised) -> int:
    """Return how many units a piece has at least: a week of days, fewer where that would leave too few pieces."""
    if p.study.unit != "time block" or p.test is None:
        return 1
    units = len(np.unique(p.study.units(p.test)))
    live = p.study.units(p.production)
    sizes = np.array([len(np.unique(live[p.chunks.of_row == index])) for index in range(p.count)], dtype=np.int64)
    all_units = units + int(sizes.sum())
    return min(run_units(p.study, units, sizes[sizes > 0]), max(1, all_units // FEWEST_PIECES))


def _rows_in_time(
    p: Promised, table: Table, values: Floats, chunk: Integers, kept: Mask
) -> tuple[Floats, Floats, Integers, Integers]:
    units, _ = p.in_time(table)
    return values[kept], p.study.weights(table)[kept], chunk[kept], units[kept]
