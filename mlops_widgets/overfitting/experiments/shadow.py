"""What a ramp watches of two models side by side, and what the first rows alone would have told."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.experiments.ramps import Guard
from mlops_widgets.measures.influence import jackknife
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.metric import Metric
from mlops_widgets.measures.weighted import Numbers
from mlops_widgets.study.challengers import Challenge, in_time
from mlops_widgets.study.scoring import estimate_score, weights_of
from mlops_widgets.study.side_by_side import VALUE, SideBySide, decision_values
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_VALUE_MARGIN = 0.05


def guards_of(
    study: Study, challenge: Challenge, shadow: SideBySide, *, margin: float, seed: int, cancel: Cancel | None
) -> tuple[Guard, ...]:
    """Return what a ramp watches: the metric and, where the study has prices, the mean value of a decision.

    What is randomised is the entity where there is one, else the row: a ramp splits the rows of a day, and what a day does to all
    of them leaves the difference.
    """
    ours, theirs = shadow.ours, shadow.theirs
    units = ours.units if study.unit == "entity" else np.arange(ours.n)
    weights = weights_of(study, ours)

    def guard(metric: Metric, first: Numbers, second: Numbers, limit: float) -> Guard:
        parts = [
            jackknife(metric, ours.y, output, units, sample_weights=weights, seed=seed, cancel=cancel)
            for output in (first, second)
        ]
        return Guard(incumbent=parts[0], challenger=parts[1], margin=limit, sign=1 if metric.greater_is_better else -1)

    found = [guard(ours.metric, ours.output, theirs.output, margin)]
    values = decision_values(study, challenge, ours)
    if values is not None:
        limit = _VALUE_MARGIN * abs(float(np.average(values[0], weights=weights)))
        found += [guard(VALUE, *values, limit)] if limit > 0 else []
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class First:
    """What the model's first rows in production tell: their number, the metric there, and on all of production."""

    rows: int
    score: Estimate
    overall: float


def first_rows(study: Study, *, share: float, draws: int, seed: int, cancel: Cancel | None) -> First | None:
    """Return the model's score on the earliest rows of production; None where it has none there."""
    table = study.production
    if table is None or study.outcome.target not in table:
        return None
    try:
        everything = study.measure(table)
        overall = everything.metric(everything.y, everything.output, weights_of(study, everything))
        rows = everything.take(_earliest(study, everything, share))
        score = estimate_score(study, rows, draws=draws, seed=seed, cancel=cancel)
    except (InputError, MissingInputError):  # too few rows, or of one class
        return None
    return First(rows=rows.n, score=score, overall=overall)


def offline_score(study: Study, *, draws: int, seed: int, cancel: Cancel | None) -> Estimate | None:
    """Return the model's score on the test, which is what production was promised; None where it has none."""
    table: Table | None = study.test
    if table is None or study.outcome.target not in table:
        return None
    try:
        return estimate_score(study, study.measure(table), draws=draws, seed=seed, cancel=cancel)
    except (InputError, MissingInputError):
        return None


def _earliest(study: Study, rows: Measured, share: float) -> Integers:
    """Return the positions of the earliest labelled rows, whole blocks of time."""
    order = in_time(study, rows.table)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    when = place[rows.rows]
    if study.unit == "time block":
        first = np.full(int(rows.units.max()) + 1, len(order))
        np.minimum.at(first, rows.units, when)
        when = first[rows.units]
    last = np.sort(when)[max(1, round(share * rows.n)) - 1]
    return np.flatnonzero(when <= last)


def rows_a_day(study: Study, table: Table) -> float | None:
    """Return how many rows of the source a day has over the days that the table spans, where it has dates."""
    if study.roles.time is None or study.roles.time not in table or not study.chunks(table).are_dates:
        return None
    times = study.times(table)
    known = np.zeros(0) if times is None else times[~np.isnan(times)]
    days = (known.max() - known.min()) / 86_400_000 if len(known) else 0.0
    return len(known) / table.kept / (days + 1) if days >= 1 else None
