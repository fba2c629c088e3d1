"""Who wins: scores of many models on the same rows, the best of them, and where the others stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate, measure, paired_difference
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.ranks import auc_interval
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DRAWS = 200


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What k models answered on the same labelled rows.

    Parameters
    ----------
    y
        (n,) outcomes.
    outputs
        (k, n) or (k, n, classes): what the metric needs of each model.
    units
        (n,) the resampling unit of each row; None where each row is its own.
    weights
        (n,) the user's own weights of the rows; None where all count alike.
    """

    y: Floats
    outputs: Floats
    units: Integers | None = None
    weights: Floats | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.y)

    def take(self, rows: Integers) -> "Answers":
        """Return the answers on these rows."""
        return Answers(
            y=self.y[rows], outputs=self.outputs[:, rows],
            units=None if self.units is None else self.units[rows],
            weights=None if self.weights is None else self.weights[rows],
        )  # fmt: skip

    def models(self, chosen: Sequence[int] | slice) -> "Answers":
        """Return the answers of these models."""
        return Answers(y=self.y, outputs=self.outputs[chosen], units=self.units, weights=self.weights)


@dataclass(frozen=True, kw_only=True)
class Winner:
    """The best of those tried by offline score, and what became of it.

    Parameters
    ----------
    index
        Which model.
    offline, later
        Its two scores.
    rank, of
        Its rank by later score among the models tried, 1 the best.
    """

    index: int
    offline: float
    later: float
    rank: int
    of: int


def better(a: Floats, b: Floats | float, *, greater: bool) -> Mask:
    """Return where score `a` is better than `b`; what is not a number is better than nothing."""
    ahead = np.greater(a, b) if greater else np.less(a, b)
    return np.where(np.isnan(a), False, np.where(np.isnan(b), True, ahead))


def true_rank(later: Floats, index: int, *, greater: bool) -> int:
    """Return the rank (1 is best) of one later score among all; equal scores share the better rank."""
    return 1 + int(better(later, float(later[index]), greater=greater).sum())


def best(scores: Floats, *, greater: bool) -> Integers:
    """Return the position of the best score along the first axis: the first of equals; the first where none is a number."""
    worst = -np.inf if greater else np.inf
    filled = np.where(np.isnan(scores), worst, scores)
    return np.asarray(filled.argmax(axis=0) if greater else filled.argmin(axis=0), dtype=np.int64)


def winner(offline: Floats, later: Floats, *, tried: int, greater: bool) -> Winner:
    """Return the winner of the first `tried` models.

    Parameters
    ----------
    offline, later
        (k,) scores of all models.
    tried
        How many of them take part, 1 to k.
    greater
        Whether greater scores are better.

    Examples
    --------
    >>> winner(np.array([0.7, 0.8, 0.9]), np.array([0.75, 0.6, 0.7]), tried=2, greater=True)
    Winner(index=1, offline=0.8, later=0.6, rank=2, of=2)
    """
    index = int(best(offline[:tried], greater=greater))
    rank = true_rank(later[:tried], index, greater=greater)
    return Winner(index=index, offline=float(offline[index]), later=float(later[index]), rank=rank, of=tried)


def leaderboard(offline: Floats, later: Floats, *, tried: int, greater: bool) -> tuple[Winner, ...]:
    """Return the first `tried` models from best to worst offline score; equal scores as tried, NaN last."""
    order = np.argsort(-offline[:tried] if greater else offline[:tried], kind="stable")
    return tuple(
        Winner(
            index=int(index), offline=float(offline[index]), later=float(later[index]),
            rank=true_rank(later[:tried], int(index), greater=greater), of=tried,
        )
        for index in order
    )  # fmt: skip


def record_holders(offline: Floats, *, greater: bool) -> tuple[int, ...]:
    """Return every model that wins for some number of models tried: those better than all before them."""
    found = [0]
    for index in range(1, len(offline)):
        if better(offline[index : index + 1], float(offline[found[-1]]), greater=greater)[0]:
            found.append(index)
    return tuple(found)


def scores(metric: Metric, answers: Answers) -> Floats:
    """Return each model's score (k,), in one vectorised pass where the metric has one; NaN where it has no value."""
    if metric.many is not None and answers.outputs.ndim == 2 and answers.weights is None:
        try:
            return metric.many(answers.y, answers.outputs)
        except InputError:  # one class only
            return np.full(len(answers.outputs), np.nan)
    weights = np.ones((1, answers.rows)) if answers.weights is None else answers.weights[None, :]
    return np.array([float(metric.draws(answers.y, output, weights)[0]) for output in answers.outputs])


def score_bounds(metric: Metric, answers: Answers, values: Floats, *, seed: int) -> tuple[Floats, Floats]:
    """Return 95 % bounds (k,) of the scores: of all models for ROC AUC on independent rows, else of those that can win.

    ROC AUC: DeLong's variance on the logit scale, see `auc_interval`. Other metrics, and rows that belong together: a
    bootstrap by unit of the models that win for some number of models tried; the others' bounds are NaN.
    """
    nothing = np.full(len(values), np.nan)
    if np.isnan(values).all():
        return nothing, nothing
    if metric.name == "roc_auc" and answers.outputs.ndim == 2 and answers.units is None and answers.weights is None:
        return auc_interval(answers.y, answers.outputs)
    lower, upper = nothing.copy(), nothing.copy()
    chosen = [
        index for index in record_holders(values, greater=metric.greater_is_better) if not np.isnan(values[index])
    ]
    found = _measured(metric, answers, chosen, seed=seed)
    for index in chosen:
        lower[index], upper[index] = (_finite(end) for end in (found[str(index)].lower, found[str(index)].upper))
    return lower, upper


def _finite(bound: float) -> float:
    return bound if np.isfinite(bound) else float("nan")


def _measured(metric: Metric, answers: Answers, chosen: Sequence[int], *, seed: int) -> dict[str, Estimate]:
    scored = {str(index): (metric, answers.y, answers.outputs[index]) for index in chosen}
    resampler = Resampler(answers.units, draws=_DRAWS, seed=seed)
    return measure(scored, resampler, sample_weights=answers.weights)


def lead(metric: Metric, answers: Answers, index: int, other: int, *, seed: int) -> Estimate:
    """Return how much better one model is than another on the same rows, with the interval of paired resamples."""
    resampler = Resampler(answers.units, draws=_DRAWS * 2, seed=seed)
    scored = {str(each): (metric, answers.y, answers.outputs[each]) for each in (index, other)}
    found = measure(scored, resampler, sample_weights=answers.weights)
    draws = resampler.draws(scored, sample_weights=answers.weights)
    first, second = (index, other) if metric.greater_is_better else (other, index)
    return paired_difference(
        metric, found[str(first)], found[str(second)], draws[str(first)], draws[str(second)]
    )  # fmt: skip
