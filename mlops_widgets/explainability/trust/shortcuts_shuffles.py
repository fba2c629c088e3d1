"""What the model leans on in one table: each column shuffled within that table, its answers and its score looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.measures.attribution.shares import Drawn, drawn_shares
from mlops_widgets.study.scoring import resampler_of, score_of, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Leaning:
    """What shuffling each column of a table did.

    Parameters
    ----------
    table, rows
        Name of the table and how many of its rows were asked about.
    lean
        Each column's share of how far the answers move; 0 for all where nothing moves them.
    importance
        How much worse the score gets, in the metric's unit; None where the table has no labels.
    score
        The score as it is; NaN without labels.
    """

    table: str
    rows: int
    lean: Drawn
    importance: Drawn | None
    score: float


def shuffle_columns(
    study: Study, table: Table, columns: Sequence[str], *, most_rows: int, draws: int, seed: int,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> Leaning:  # fmt: skip
    """Return what the model leans on in `table`.

    A column is shuffled among the rows of the same table, so that one that is constant there can't be leaned on. Each
    row's partner is drawn once, and resamples take rows with their partners: the draw's noise is in the interval.

    Parameters
    ----------
    study
        With a model that can be asked.
    table
        The table.
    columns
        The columns to shuffle.
    most_rows
        Rows asked about: a sample of the labelled ones, where there are any.
    draws, seed
        Resamples; seed of sample, shuffles and resamples.
    progress, cancel
        Callbacks.
    """
    rng = np.random.default_rng(seed)
    part = _sample(study, table, most_rows, rng)
    frame = part.pandas()
    answers = _answers(study, part)
    measured = _measured(study, part)
    moved = np.empty((part.rows, len(columns)))
    outputs = []
    for place, column in enumerate(steps(columns, f"column of {table.name}", progress, cancel)):
        cells = frame[column].take(rng.permutation(part.rows)).set_axis(frame.index)
        shuffled = part.replace(frame.assign(**{column: cells}))
        moved[:, place] = _distance(answers, _answers(study, shuffled))
        if measured is not None:
            outputs.append(study.output(shuffled)[measured.rows])
    return Leaning(
        table=table.name, rows=part.rows, lean=drawn_shares(moved, resampler_of(study, study.units(part), draws=draws, seed=seed)),
        importance=None if measured is None else _importance(study, measured, outputs, draws=draws, seed=seed),
        score=float("nan") if measured is None else score_of(measured),
    )  # fmt: skip


def _sample(study: Study, table: Table, most_rows: int, rng: np.random.Generator) -> Table:
    known = np.arange(table.rows)
    if _labelled(study, table):
        known = np.flatnonzero(~np.isnan(study.labels(table)))
    return table.take(np.sort(rng.permutation(known)[:most_rows]))


def _measured(study: Study, table: Table) -> Measured | None:
    """Return the labelled rows, or None where there are none, or none on which the metric has a value."""
    if not _labelled(study, table):
        return None
    measured = study.measure(table)
    return measured if np.isfinite(score_of(measured)) else None


def _labelled(study: Study, table: Table) -> bool:
    return study.outcome.target in table and not np.isnan(study.labels(table)).all()


def _answers(study: Study, table: Table) -> Floats:
    """Return what the model says, (rows, outputs): scores where it has any, else predictions, classes as 0/1 columns."""
    if study.task != "regression" and "scores" in study.model.can:
        return study.model.scores(table).reshape(table.rows, -1)
    said = study.model.predictions(table)
    if study.task == "regression":
        return said.reshape(-1, 1)
    return np.asarray(said[:, None] == np.arange(len(study.outcome.classes)), dtype=np.float64)


def _distance(before: Floats, after: Floats) -> Floats:
    same = before == after  # a class that a model can't answer has −∞ twice
    return np.asarray(
        np.where(same, 0.0, np.abs(np.where(same, 0.0, after) - np.where(same, 0.0, before))).mean(axis=1)
    )


def _importance(study: Study, measured: Measured, outputs: list[Floats], *, draws: int, seed: int) -> Drawn:
    metric, own = measured.metric, weights_of(study, measured)
    drawing = resampler_of(study, measured.units, draws=draws, seed=seed)
    scored = {str(place): (metric, measured.y, output) for place, output in enumerate([measured.output, *outputs])}
    drawn = drawing.draws(scored, sample_weights=own)
    ones = (np.ones(measured.n) if own is None else own)[None, :]
    values = np.array([float(metric.draws(measured.y, output, ones)[0]) for _, _, output in scored.values()])
    found = np.column_stack([drawn[name] for name in scored])
    return Drawn(
        values=metric.gain(values[0], values[1:]), draws=metric.gain(found[:, :1], found[:, 1:]),
        units=drawing.count(metric.events(measured.y, measured.output)),
    )  # fmt: skip
