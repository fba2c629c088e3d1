"""A study's score on labelled rows, drawn by its resampling unit and under its row weights."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.intervals import Estimate, estimate_of, paired_difference
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.study import Measured, Study

Floats = npt.NDArray[np.float64]


def resampler_of(study: Study, units: npt.NDArray[np.int64], *, draws: int, seed: int) -> Resampler:
    """Return resamples of rows of these units (n,); without the units where each row is its own, which is faster."""
    return Resampler(None if study.unit == "row" else units, draws=draws, seed=seed)


def weights_of(study: Study, rows: Measured) -> Floats | None:
    """Return the weights of these rows (n,), or None where the study has none."""
    return None if study.roles.weights is None else rows.weights


def estimate_score(study: Study, rows: Measured, *, draws: int, seed: int, cancel: Cancel | None = None) -> Estimate:
    """Return the metric on these rows with its 95 % interval."""
    drawing, weights = resampler_of(study, rows.units, draws=draws, seed=seed), weights_of(study, rows)
    scored = (rows.metric, rows.y, rows.output)
    found = drawing.draws({"score": scored}, sample_weights=weights, cancel=cancel)["score"]
    return estimate_of(scored, found, drawing, sample_weights=weights)


def score_tables(
    study: Study, *, draws: int, seed: int
) -> tuple[dict[str, tuple[Measured, Estimate]], dict[str, MissingInputError]]:
    """Return rows and metric of each table but the one that the model learned from, and of others why they weren't measured."""
    found, without = dict[str, tuple[Measured, Estimate]](), dict[str, MissingInputError]()
    for name, table in study.tables.items():
        if name == "reference":
            continue
        try:
            rows = study.measure(table)
        except MissingInputError as error:
            without[name] = error
            continue
        found[name] = rows, estimate_score(study, rows, draws=draws, seed=seed)
    return found, without


def compare_scores(
    study: Study,
    a: Measured,
    b: Measured,
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
    cancel: Cancel | None = None,
) -> tuple[Estimate, Estimate, Estimate]:
    """Return the metric by two models' answers to the same rows, and the first minus the second, from the same draws.

    Parameters
    ----------
    study
        The study.
    a, b
        The answers, of the same rows in the same order; see `on_common_rows`.
    draws, seed
        Resamples, and their seed.
    level
        Coverage aimed at, of each interval alone.
    cancel
        Looked at between batches of resamples.
    """
    drawing, weights = resampler_of(study, a.units, draws=draws, seed=seed), weights_of(study, a)
    scored = {"a": (a.metric, a.y, a.output), "b": (a.metric, b.y, b.output)}
    drawn = drawing.draws(scored, sample_weights=weights, cancel=cancel)
    one, other = (
        estimate_of(scored[name], drawn[name], drawing, level=level, sample_weights=weights) for name in ("a", "b")
    )
    return one, other, paired_difference(a.metric, one, other, drawn["a"], drawn["b"])


def on_common_rows(a: Measured, b: Measured) -> tuple[Measured, Measured]:
    """Return both without the rows that only one of them answers."""
    return a.take(np.isin(a.rows, b.rows)), b.take(np.isin(b.rows, a.rows))


def score_of(rows: Measured) -> float:
    """Return the metric on these rows; NaN where it has no value."""
    return float(rows.metric.draws(rows.y, rows.output, rows.weights[None, :])[0])


def no_value(study: Study, where: str) -> MissingInputError:
    """Return what to raise where the metric has no value, in our words: the user's own may quote a cell.

    `where` follows the metric's name, such as "in production" or "on unseen folds".
    """
    return MissingInputError(
        f"{study.metric.label} {where}", f"There, {study.metric.undefined}. Pass more rows there, or another metric=."
    )
