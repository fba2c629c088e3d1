"""The study's metric along the chunks, against what the test promised."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.lifecycle.review.promised import FEWEST_ROWS, FEWEST_UNITS, Promised
from mlops_widgets.lifecycle.review.signals import (
    Sides,
    Signal,
    Worse,
    alarms_of,
    empty_sides,
    one_sided,
    smaller,
    widened,
)
from mlops_widgets.measures.intervals import Estimate, difference, estimate_from, estimate_of
from mlops_widgets.study.scoring import no_value, resampler_of, weights_of
from mlops_widgets.study.study import Measured, Study

Floats = npt.NDArray[np.float64]

_FEWEST_EVENTS = 10
_MOST_PULLS = 400


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How numbers are drawn: how often, with which seed, and the caller's callbacks."""

    draws: int
    seed: int
    progress: Progress | None = None
    cancel: Cancel | None = None


def metric_signal(p: Promised, sampling: Sampling, *, tail: float) -> Signal:
    """Return the metric along the chunks.

    The band is the test's bootstrap, scaled to the units of a chunk, on the scale where the metric has no bounds. `tail` is the
    chance of a false alarm in one chunk.

    Raises
    ------
    MissingInputError
        If the test or production gives no score.
    """
    study, test = p.study, p.study.need("test")
    before, after = study.measure(test), study.measure(p.production)
    after = after.take(p.settled[after.rows])
    worse: Worse = "lower" if study.metric.greater_is_better else "higher"
    promise, drawn = _estimated(study, before, sampling, where="in the test")
    wider = widened(p, _pulls(p, before)) if study.unit == "time block" else 1.0
    whole = _stretched(study, _estimated(study, after, sampling, where="in production")[0], wider)
    told = _stretched(study, promise, wider)
    sides = _sides(p, after, _Test(promise, drawn, wider), sampling, tail=tail)
    low, high = one_sided(sides, worse)
    change = difference(whole, told)
    return Signal(
        name="metric", label=study.metric.label, worse=worse, promise=told.value, promise_lower=told.lower,
        promise_upper=told.upper, overall=change.value, overall_lower=change.lower, overall_upper=change.upper,
        values=sides.values, errors=sides.errors, lower=sides.lower, upper=sides.upper, band_lower=low, band_upper=high,
        alarms=alarms_of(sides, worse), rows=sides.rows,
    )  # fmt: skip


@dataclass(frozen=True)
class _Test:
    """The promise, its bootstrap draws, and how much neighbouring blocks widen them."""

    promise: Estimate
    draws: Floats
    wider: float


def _estimated(
    study: Study, rows: Measured, sampling: Sampling, *, where: str, level: float = 0.95
) -> tuple[Estimate, Floats]:
    if not rows.n:
        raise MissingInputError(
            f"labelled rows {where} whose labels have all arrived",
            "Wait for the labels, or pass label_time= to the study.",
        )
    scored, weights = (rows.metric, rows.y, rows.output), weights_of(study, rows)
    drawing = resampler_of(study, rows.units, draws=sampling.draws, seed=sampling.seed)
    try:
        rows.metric(rows.y, rows.output, weights)
    except InputError as error:
        raise no_value(study, where) from error
    drawn = drawing.draws({"it": scored}, sample_weights=weights, cancel=sampling.cancel)["it"]
    return estimate_of(scored, drawn, drawing, level=level, sample_weights=weights), drawn


def _sides(p: Promised, after: Measured, test: _Test, sampling: Sampling, *, tail: float) -> Sides:
    study, sides = p.study, empty_sides(p.count)
    of_row = p.chunks.of_row[after.rows]
    cut = [after.take(of_row == index) for index in range(p.count)]
    level = 1 - 0.05 / max(sum(_enough(rows) for rows in cut), 1)
    for index, rows in enumerate(steps(cut, "chunk", sampling.progress, sampling.cancel)):
        if not _enough(rows):
            continue
        try:
            found, drawn = _estimated(study, rows, sampling, where="in a chunk", level=level)
        except MissingInputError:
            continue
        found = _stretched(study, found, test.wider)
        sides.values[index], sides.lower[index], sides.upper[index] = found.value, found.lower, found.upper
        sides.errors[index], sides.rows[index] = float(np.nanstd(drawn)) * test.wider, rows.n
        sides.band_lower[index], sides.band_upper[index] = _band(study, test, found, tail)
    return sides


def _band(study: Study, test: _Test, chunk: Estimate, tail: float) -> tuple[float, float]:
    """Return where a chunk of that size would lie had nothing changed: the test's draws, stretched by the chunk's and the test's error."""
    promise = test.promise
    times = smaller(promise.units, promise.rows, chunk.units, chunk.rows)
    stretched = promise.value + (test.draws - np.nanmean(test.draws)) * test.wider * np.sqrt(times + 1)
    perfect = promise.value in {study.metric.lower, study.metric.upper}
    events = max(2, min(promise.events, chunk.events)) if perfect else promise.events
    band = estimate_from(study.metric, promise.value, stretched, rows=promise.rows, units=promise.units, events=events,
                         level=1 - 2 * tail)  # fmt: skip
    return band.lower, band.upper


def _enough(rows: Measured) -> bool:
    if rows.n < FEWEST_ROWS or len(np.unique(rows.units)) < FEWEST_UNITS:
        return False
    deciding = rows.metric.events(rows.y, rows.output)
    return int(deciding.sum()) >= _FEWEST_EVENTS and len(np.unique(rows.units[deciding])) >= FEWEST_UNITS


def _stretched(study: Study, e: Estimate, wider: float) -> Estimate:
    """Return the estimate with an interval so much wider, within the metric's range."""
    low = -np.inf if study.metric.lower is None else study.metric.lower
    high = np.inf if study.metric.upper is None else study.metric.upper
    return replace(
        e, lower=max(low, e.value - wider * (e.value - e.lower)), upper=min(high, e.value + wider * (e.upper - e.value))
    )


def _pulls(p: Promised, before: Measured) -> Floats:
    """Return how far each unit of the test pulls the metric, in the order of time: its value less that without the unit."""
    units = np.unique(p.in_time(before.table)[0][before.rows], return_inverse=True)[1]
    count = min(int(units.max()) + 1, _MOST_PULLS)
    kernel = before.metric.prepare(before.y, before.output)
    left_out = np.array([kernel(np.where(units == unit, 0.0, before.weights)[None, :])[0] for unit in range(count)])
    pulls = before.score - left_out
    return np.asarray(np.nan_to_num(pulls - np.nanmean(pulls)))
