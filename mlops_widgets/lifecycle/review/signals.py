"""A number of each chunk, and the range in which it would lie had nothing changed since the test."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.lifecycle.review.promised import FEWEST_ROWS, FEWEST_UNITS, Promised
from mlops_widgets.measures.drift.alarms import widening
from mlops_widgets.measures.unit_influence import run_ratio
from mlops_widgets.study.over_time.streams import run_units

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Worse = Literal["higher", "lower", "either"]


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One number along the chunks of production, its promise, and its band.

    Parameters
    ----------
    name
        "metric", "calibration", "value", or "gap: column = level".
    label
        What it is called in sentences.
    worse
        Which direction is harm.
    promise, promise_lower, promise_upper
        The number in the test, with its 95 % interval.
    overall, overall_lower, overall_upper
        The number over all chunks judged, less the promise, with its 95 % interval.
    values, lower, upper
        (chunks,) the number, with intervals that hold for all chunks at once (95 %); NaN where a chunk isn't judged.
    errors
        (chunks,) standard errors.
    band_lower, band_upper
        (chunks,) where the number would lie had nothing changed; an end is infinite where that side is no harm.
    alarms
        (chunks,) 1 where it lies beyond.
    rows
        (chunks,) rows that the number rests on.
    """

    name: str
    label: str
    worse: Worse
    promise: float
    promise_lower: float
    promise_upper: float
    overall: float
    overall_lower: float
    overall_upper: float
    values: Floats
    lower: Floats
    upper: Floats
    errors: Floats
    band_lower: Floats
    band_upper: Floats
    alarms: Integers
    rows: Integers

    @property
    def judged(self) -> Mask:
        """(chunks,) which chunks have a number."""
        return ~np.isnan(self.values)

    @property
    def reach(self) -> float:
        """The smallest change that a typical chunk shows: half of the chunks need less, half more; NaN without a chunk."""
        if not self.judged.any():
            return float("nan")
        ends = np.array([np.abs(end - self.promise)[self.judged] for end in (self.band_lower, self.band_upper)])
        return float(np.median(np.where(np.isfinite(ends), ends, -np.inf).max(axis=0)))


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What a signal is made of, one entry a chunk: NaN where it isn't judged.

    Parameters
    ----------
    values, errors, lower, upper, band_lower, band_upper
        (chunks,) as in `Signal`, the band with both ends.
    rows
        (chunks,) rows.
    """

    values: Floats
    errors: Floats
    lower: Floats
    upper: Floats
    band_lower: Floats
    band_upper: Floats
    rows: Integers


def empty_sides(count: int) -> Sides:
    """Return sides of so many chunks, none of them judged yet."""
    nothing = [np.full(count, np.nan) for _ in range(6)]
    return Sides(values=nothing[0], errors=nothing[1], lower=nothing[2], upper=nothing[3], band_lower=nothing[4],
                 band_upper=nothing[5], rows=np.zeros(count, dtype=np.int64))  # fmt: skip


def alarms_of(sides: Sides, worse: Worse) -> Integers:
    """Return 1 for the chunks beyond their band on the side of harm."""
    low = (sides.values < sides.band_lower) & (worse != "higher")
    high = (sides.values > sides.band_upper) & (worse != "lower")
    return (low | high).astype(np.int64)


def one_sided(sides: Sides, worse: Worse) -> tuple[Floats, Floats]:
    """Return the band's ends, infinite where that side is no harm."""
    judged = ~np.isnan(sides.values)
    low = np.where(judged & (worse == "higher"), -np.inf, sides.band_lower)
    high = np.where(judged & (worse == "lower"), np.inf, sides.band_upper)
    return low, high


def enough(kept: Mask, units: Integers) -> bool:
    """Say whether these rows, and their resampling units, are enough for a number."""
    return int(kept.sum()) >= FEWEST_ROWS and len(np.unique(units[kept])) >= FEWEST_UNITS


def widened(p: Promised, pulls: Floats) -> float:
    """Return by how much neighbouring blocks of time that are alike enlarge a standard error, 1 at least.

    Measured in runs of a week of the test, an allowance for having only so many weeks included (see `widening`).
    """
    if p.study.unit != "time block":
        return 1.0
    live = p.study.units(p.production)
    sizes = [len(np.unique(live[p.chunks.of_row == index])) for index in range(p.count)]
    run = run_units(p.study, len(pulls), np.array([size for size in sizes if size] or [1], dtype=np.int64))
    return 1.0 if run == 1 else float(widening(np.array([run_ratio(pulls, run)]), runs=len(pulls) / run)[0])


def smaller(test_units: int, test_rows: int, units: int, rows: int) -> float:
    """Return how many times a chunk is smaller than the test, by units or by rows: the larger of both."""
    return max(test_units / max(units, 1), test_rows / max(rows, 1))
