"""Whether a proposal still holds when values are a little off, and with a model that was fitted again."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import FitError
from mlops_widgets.explainability.stakeholders.recourse.changed_rows import Asker
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NOISE = 0.05
"""Standard deviation of the noise, in units of each column."""

MOST_FIT_ROWS = 2000


def holding_share(asker: Asker, codes: Floats, *, draws: int, rng: np.random.Generator) -> Floats:
    """Return the share of noisy copies of each row (n,) that still reach: every amount that may change is a little off."""
    if not len(codes) or not draws:
        return np.full(len(codes), np.nan)
    copies = np.repeat(codes, draws, axis=0)
    for place, move in enumerate(asker.moves):
        if not move.ordered or np.isnan(move.own):
            continue
        values = np.where(np.isnan(copies[:, place]), move.own, copies[:, place])
        noisy = values + NOISE * move.unit * rng.standard_normal(len(values))
        copies[:, place] = move.settled(noisy)
    return np.asarray(asker.ask(copies).reached.reshape(len(codes), draws).mean(axis=1))


def refitted(study: Study, *, fits: int, rng: np.random.Generator, asker: Asker) -> list[Predictor]:
    """Return models fitted again on resampled reference rows (whole units, with replacement, at most `MOST_FIT_ROWS`).

    None where the model can't be fitted again, or the reference has no labels of two classes or more.
    """
    table, learner = study.reference, study.learner if "refit" in study.model.can else None
    if table is None or not isinstance(learner, EstimatorPredictor) or study.outcome.target not in table:
        return []
    y = study.labels(table)
    known = np.flatnonzero(~np.isnan(y))
    found: list[Predictor] = []
    for fit in range(fits):
        check_cancel(asker.cancel)
        rows = resampled(known, study.units(table)[known], rng)
        if len(np.unique(y[rows])) < 2:
            continue
        try:
            found.append(learner.refit(table.take(rows), seed=fit))
        except FitError:  # says nothing of this row's recourse; the finding says that no refit was possible
            return []
    return found


def resampled(rows: Integers, units: Integers, rng: np.random.Generator) -> Integers:
    """Return rows of units drawn with replacement, about as many as there are and at most `MOST_FIT_ROWS`."""
    most = min(len(rows), MOST_FIT_ROWS)
    kept = np.arange(len(rows)) if len(rows) <= most else np.sort(whole_units(units, most, rng))
    names, place = np.unique(units[kept], return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(place))])
    drawn = rng.integers(0, len(names), len(names))
    return np.concatenate([rows[kept[order[starts[k] : starts[k + 1]]]] for k in drawn])


def refits_holding(asker: Asker, codes: Floats, models: list[Predictor]) -> Integers:
    """Return with how many of the models each row (n,) reaches what is wanted."""
    counts = np.zeros(len(codes), dtype=np.int64)
    for model in models:
        counts += replace(asker, model=model).ask(codes).reached if len(codes) else 0
    return counts
