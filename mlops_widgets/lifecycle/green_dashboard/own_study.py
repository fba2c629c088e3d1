"""The same dashboard on one's own study: the metric, calibration in the large and value, chunk by chunk against the test."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Status
from mlops_widgets.core.words import Form, estimate, known, number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.green_dashboard.dashboard_result import Panel
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.intervals import Estimate, difference
from mlops_widgets.study.over_time.maturity import measure_maturity
from mlops_widgets.study.over_time.stages import Settings, estimates_of
from mlops_widgets.study.scoring import score_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MOST_CHUNKS = (26, 13, 6, 3)
_FEWEST_EVENTS, _FEWEST_UNITS = 10, 5
_MATURED = 0.8
_WHOLE = -1
"""The place of all chunks together, among the changes from the test."""
_PROBABILITY_MARGIN, _SPREAD_MARGIN, _VALUE_MARGIN = 0.03, 0.05, 0.1


@dataclass(frozen=True, kw_only=True)
class Dial:
    """A number of labelled rows: how it is measured on any of them at some levels, and which change of it is harm.

    Parameters
    ----------
    name, label, form
        As of `Panel`.
    of
        Rows of the test or production (positions among the labelled ones) and levels → an Estimate a level.
    margin
        The largest change that doesn't matter.
    worse
        -1 where less is worse, 1 where more is, 0 where both are.
    """

    name: str
    label: str
    form: Form
    of: Callable[[Measured, tuple[float, ...]], list[Estimate]]
    margin: float
    worse: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one's own dashboard shows: panels, (panels, chunks) with 95 % intervals, the worst chunk of each in words."""

    chunks: Chunks
    panels: tuple[Panel, ...]
    values: Floats
    lower: Floats
    upper: Floats
    words: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...]
    rows: int


@dataclass(frozen=True, kw_only=True)
class Margins:
    """The largest changes that don't matter, None for the default: of the metric, of predicted less actual, of value per row."""

    metric: float | None
    calibration: float | None
    value: float | None


def look(
    study: Study, margins: Margins, *, draws: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> Seen:
    """Return the study's dashboard.

    Raises
    ------
    MissingInputError
        If the study has no labelled test, or no labelled production.
    """
    if study.test is None:
        raise MissingInputError("test table", "Pass the rows that the model was tested on as test=.")
    before, after = study.measure(study.test), study.measure(study.need("production"))
    settings = Settings(folds=0, draws=draws, max_fit_rows=0, seed=seed, cancel=cancel)
    dials, lacking = _dials(study, before, settings, margins)
    chunks, cut = _cut(study, after)
    whole = _together(after, chunks, cut)
    level = 1 - 0.05 / (1 + sum(rows is not None for rows in cut))
    found = np.full((3, len(dials), len(cut)), np.nan)
    panels, words = [], []
    for at, dial in enumerate(steps(dials, "panel", progress, cancel)):
        promised = dial.of(before, (level,))[0]
        changes = {_WHOLE: difference(dial.of(whole, (level,))[0], promised)}
        for place, rows in enumerate(cut):
            if rows is None:
                continue
            shown, wide = dial.of(rows, (0.95, level))
            found[:, at, place] = shown.value, shown.lower, shown.upper
            changes[place] = difference(wide, promised)
        panels.append(_panel(dial, promised, changes))
        words.append(_words(dial, panels[-1], changes, chunks))
    return Seen(chunks=chunks, panels=tuple(panels), values=found[0], lower=found[1], upper=found[2], words=tuple(words),
                lacking=lacking, rows=before.n + after.n)  # fmt: skip


def _cut(study: Study, after: Measured) -> tuple[Chunks, list[Measured | None]]:
    """Return the finest chunks of which at least half can be measured; None for those that can't, or whose labels are still to come."""
    for most in _MOST_CHUNKS:
        chunks = study.chunks(after.table, most=most)
        mature = measure_maturity(study, chunks, matured_share=_MATURED).mature
        of_row = chunks.of_row[after.rows]
        parts = [after.take(of_row == at) for at in range(len(chunks.labels))]
        cut = [rows if fine and _enough(rows) else None for rows, fine in zip(parts, mature, strict=True)]
        if sum(rows is not None for rows in cut) * 2 >= len(cut):
            break
    if not any(rows is not None for rows in cut):
        raise MissingInputError(
            "chunk of production with labels enough", "Pass more labelled rows of production, or coarser dates."
        )
    return chunks, cut


def _together(after: Measured, chunks: Chunks, cut: list[Measured | None]) -> Measured:
    """Return the rows of all chunks that can be measured."""
    kept = [place for place, rows in enumerate(cut) if rows is not None]
    return after.take(np.isin(chunks.of_row[after.rows], kept))


def _enough(rows: Measured) -> bool:
    deciding = rows.metric.events(rows.y, rows.output) if rows.n else np.zeros(0, dtype=np.bool_)
    few = int(deciding.sum()) < _FEWEST_EVENTS or len(np.unique(rows.units[deciding])) < _FEWEST_UNITS
    return not few and bool(np.isfinite(score_of(rows)))


def _dials(
    study: Study, before: Measured, settings: Settings, margins: Margins
) -> tuple[list[Dial], tuple[tuple[str, str], ...]]:
    """Return what can be measured, the metric first, and what can't with its remedy."""
    metric = study.metric
    dials = [Dial(
        name="metric", label=metric.label, form="number", of=lambda rows, levels: estimates_of(study, rows, settings, levels),
        margin=study.accepted_loss(before.score, margins.metric), worse=-1 if metric.greater_is_better else 1,
    )]  # fmt: skip
    lacking = []
    if study.task == "regression" or "probabilities" in study.model.can:
        dials.append(_calibration(study, before, margins.calibration))
    else:
        lacking.append(("calibration", "Pass a model with predict_proba, or scores= that are probabilities."))
    if study.values is None:
        lacking.append(("value", "Pass values={'true_positive': …, 'false_positive': …}: what outcomes are worth."))
    else:
        dials.append(_value(study, before, margins.value))
    return dials, tuple(lacking)


def _calibration(study: Study, before: Measured, margin: float | None) -> Dial:
    if margin is None:
        margin = float(before.y.std()) * _SPREAD_MARGIN if study.task == "regression" else _PROBABILITY_MARGIN
    label = {
        "binary": "predicted less actual rate", "regression": "mean prediction less mean outcome",
        "multiclass": "mean top probability less accuracy",
    }[study.task]  # fmt: skip

    def gaps(table: Table) -> Floats:
        y = study.labels(table)
        if study.task == "regression":
            return study.model.predictions(table) - y
        p = study.model.probabilities(table)
        return p - y if p.ndim == 1 else p.max(axis=1) - np.where(np.isnan(y), np.nan, p.argmax(axis=1) == y)

    return Dial(name="calibration", label=label, form="number", of=_means(gaps), margin=margin, worse=0)


def _value(study: Study, before: Measured, margin: float | None) -> Dial:
    if margin is None:
        margin = float(np.nanmean(np.abs(study.row_values(before.table)))) * _VALUE_MARGIN
    return Dial(
        name="money", label="value per row", form="number", of=_means(study.row_values), margin=margin, worse=-1
    )


def _means(numbers: Callable[[Table], Floats]) -> Callable[[Measured, tuple[float, ...]], list[Estimate]]:
    """Return how the mean of a number of each row is measured, by units and under the rows' weights."""

    def of(rows: Measured, levels: tuple[float, ...]) -> list[Estimate]:
        values = numbers(rows.table)[rows.rows]
        kept = ~np.isnan(values)
        values, weights, units = values[kept], rows.weights[kept], rows.units[kept]
        mean = float(np.average(values, weights=weights))
        level_free = mean + (values - mean) * weights / weights.mean()  # its plain mean is the weighted one
        return [_estimate(level_free, units, level) for level in levels]

    return of


def _estimate(values: Floats, units: Integers, level: float) -> Estimate:
    mean, lower, upper = clustered_mean(values, units, level=level)
    count = len(np.unique(units))
    if count < 2:
        lower, upper = -np.inf, np.inf
    return Estimate(
        value=mean, lower=lower, upper=upper, level=level, rows=len(values), units=count, events=len(values)
    )


def _panel(dial: Dial, promised: Estimate, changes: dict[int, Estimate]) -> Panel:
    harms = {place: _harm(dial, change) for place, change in changes.items()}
    status: Status = "not_enough_data"
    if any(lower > dial.margin for lower, _ in harms.values()):
        status = "failed"
    elif harms[_WHOLE][1] <= dial.margin:
        status = "passed"
    return Panel(
        name=dial.name, label=dial.label, form=dial.form, promised=promised.value, margin=dial.margin, status=status
    )


def _harm(dial: Dial, change: Estimate) -> tuple[float, float]:
    """Return the least and the largest harm that the interval of a change allows; of a two-sided one its distance from 0."""
    if dial.worse:
        ends = sorted((dial.worse * change.lower, dial.worse * change.upper))
        return ends[0], ends[1]
    nearest = 0.0 if change.lower <= 0 <= change.upper else min(abs(change.lower), abs(change.upper))
    return nearest, max(abs(change.lower), abs(change.upper))


def _words(dial: Dial, panel: Panel, changes: dict[int, Estimate], chunks: Chunks) -> str:
    """Return what a panel says: its verdict, and the change whose harm is largest for certain, all chunks together first."""
    beyond = [place for place in changes if _harm(dial, changes[place])[0] > dial.margin]
    worst = _WHOLE if not beyond or _WHOLE in beyond else max(beyond, key=lambda place: _harm(dial, changes[place])[0])
    change = changes[worst]
    where = f"over all {len(changes) - 1} chunks" if worst == _WHOLE else f"in {chunks.labels[worst]}"
    told = f"{estimate(change.value, known(change.lower), known(change.upper))} from the test {where}"
    margin = number(panel.margin)
    if panel.status == "failed":
        return f"{dial.label} left its margin of {margin} ({told})"
    if panel.status == "passed":
        return f"{dial.label} stayed within its margin of {margin} ({told}), and no chunk is shown beyond it"
    return f"{dial.label} was nowhere shown beyond its margin of {margin} ({told})"
