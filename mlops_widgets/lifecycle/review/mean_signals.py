"""Means and gaps of single rows along the chunks: calibration, what decisions were worth, and groups."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.words import short
from mlops_widgets.lifecycle.review.promised import FEWEST_ROWS, FEWEST_UNITS, Promised
from mlops_widgets.lifecycle.review.signals import (
    Sides,
    Signal,
    Worse,
    alarms_of,
    empty_sides,
    enough,
    one_sided,
    smaller,
    widened,
)
from mlops_widgets.measures.unit_influence import Pulled, pulled_gap, pulled_mean
from mlops_widgets.study.encoding import as_words
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_MOST_LEVELS, _MOST_SHOWN = 20, 6


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A number of every row, and whose mean is watched.

    Parameters
    ----------
    name, label, worse
        As in `Signal`.
    before, after
        (rows,) the number in the test and in production; NaN where there is none.
    inside
        Marks of both tables' rows: then the gap between marked rows and the others is watched; else None.
    labelled
        Whether the number needs labels: then only chunks whose labels have arrived are judged.
    """

    name: str
    label: str
    worse: Worse
    before: Floats
    after: Floats
    inside: tuple[Mask, Mask] | None = None
    labelled: bool = True


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """The number on some rows, and how many rows and units it rests on."""

    pulled: Pulled
    rows: int
    units: int

    def interval(self, wider: float, level: float) -> tuple[float, float]:
        half = float(stats.t.ppf((1 + level) / 2, self.units - 1)) * self.pulled.error * wider
        return self.pulled.value - half, self.pulled.value + half


def mean_signal(p: Promised, w: Watched, *, tail: float) -> Signal | None:
    """Return the number along the chunks; None where the test or production gives none.

    The band is Student's t: what units of the test vary, scaled to the chunk's number of units or rows, and the test's own
    error. `tail` is the chance of a false alarm in one chunk.
    """
    usable = p.settled if w.labelled else p.chunks.of_row >= 0
    marks = (None, None) if w.inside is None else w.inside
    whole = _cell(p, p.production, w.after, usable, marks[1])
    if p.test is None or whole is None:
        return None
    promise = _cell(p, p.test, w.before, np.ones(p.test.rows, dtype=np.bool_), marks[0])
    if promise is None:
        return None
    wider = widened(p, promise.pulled.pulls)
    cells = [_cell(p, p.production, w.after, usable & (p.chunks.of_row == index), marks[1]) for index in range(p.count)]
    sides = _sides(cells, promise, wider, tail / 2 if w.worse == "either" else tail)
    low, high = one_sided(sides, w.worse)
    ends, change = promise.interval(wider, 0.95), whole.pulled.value - promise.pulled.value
    error = float(np.hypot(whole.pulled.error, promise.pulled.error)) * wider
    far = float(stats.t.ppf(0.975, min(whole.units, promise.units) - 1)) * error
    return Signal(
        name=w.name, label=w.label, worse=w.worse, promise=promise.pulled.value, promise_lower=ends[0], promise_upper=ends[1],
        overall=change, overall_lower=change - far, overall_upper=change + far, values=sides.values, errors=sides.errors,
        lower=sides.lower, upper=sides.upper, band_lower=low, band_upper=high, alarms=alarms_of(sides, w.worse), rows=sides.rows,
    )  # fmt: skip


def _sides(cells: list[_Cell | None], promise: _Cell, wider: float, tail: float) -> Sides:
    sides = empty_sides(len(cells))
    reach = float(stats.t.ppf(1 - tail, promise.units - 1))
    level = 1 - 0.05 / max(sum(cell is not None for cell in cells), 1)
    for index, cell in enumerate(cells):
        if cell is None:
            continue
        times = smaller(promise.units, promise.rows, cell.units, cell.rows)
        half = reach * wider * promise.pulled.error * np.sqrt(times + 1)
        sides.values[index], sides.errors[index] = cell.pulled.value, cell.pulled.error * wider
        sides.lower[index], sides.upper[index] = cell.interval(wider, level)
        sides.band_lower[index], sides.band_upper[index] = promise.pulled.value - half, promise.pulled.value + half
        sides.rows[index] = cell.rows
    return sides


def _cell(p: Promised, table: Table, values: Floats, chosen: Mask, side: Mask | None) -> _Cell | None:
    """Return the number on these rows, or None where they, or a side of the gap, are too few."""
    kept, (units, _) = chosen & ~np.isnan(values), p.in_time(table)
    if not enough(kept, units) or (
        side is not None and not (enough(kept & side, units) and enough(kept & ~side, units))
    ):
        return None
    code, weights = np.unique(units[kept], return_inverse=True)[1], p.study.weights(table)[kept]
    if side is None:
        found, rows = pulled_mean(values[kept], weights, code), int(kept.sum())
    else:
        found = pulled_gap(values[kept], weights, code, side[kept])
        rows = int(min((kept & side).sum(), (kept & ~side).sum()))
    units_there = len(found.pulls)
    return (
        None
        if np.isnan(found.error) or units_there < FEWEST_UNITS
        else _Cell(pulled=found, rows=rows, units=units_there)
    )


def watched_gaps(p: Promised, before: Floats, after: Floats, *, label: str, labelled: bool) -> list[Watched]:
    """Return the gaps between each large level of the study's groups and all other rows.

    Parameters
    ----------
    p
        What is compared.
    before, after
        (rows,) the number whose mean is compared, in the test and in production.
    label
        What that mean is called, such as "positive decisions".
    labelled
        Whether it needs labels.
    """
    found: list[Watched] = []
    if p.test is None:
        return found
    for column in p.study.roles.groups:
        if column not in p.test or column not in p.production:
            continue
        one, other = (as_words(table[column]).to_numpy(dtype=object) for table in (p.test, p.production))
        found.extend(
            Watched(
                name=f"gap: {column} = {short(level)}", label=f"{label} of {column} = {short(level)} less the others'",
                worse="either", before=before, after=after, inside=(one == level, other == level), labelled=labelled,
            )
            for level in _levels(one)
        )  # fmt: skip
    return found


def _levels(words: npt.NDArray[np.object_]) -> list[str]:
    """Return the levels worth a comparison, the largest first: of two one, since the other's gap is the same with another sign."""
    counted: dict[str, int] = {}
    for word in words:
        if isinstance(word, str):
            counted[word] = counted.get(word, 0) + 1
    if len(counted) > _MOST_LEVELS:
        return []
    large = sorted(
        (name for name, rows in counted.items() if rows >= FEWEST_ROWS), key=lambda name: (-counted[name], name)
    )
    return large[1:] if len(counted) == 2 else large[:_MOST_SHOWN]
