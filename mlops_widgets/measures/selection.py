"""What picking the best of many does to its score: the winner of a small test promises more than it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate, difference, estimate_from, measure, paired_difference
from mlops_widgets.measures.metrics import METRICS, Metric
from mlops_widgets.measures.ranks import auc_interval
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DRAWS = 200
_CELLS = 600_000  # redraws × rows: a pass over one model's answers stays a matter of milliseconds
_FEWEST_REDRAWS = 30


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


@dataclass(frozen=True, kw_only=True)
class Optimism:
    """How much picking the best on n rows promises too much, with its interval.

    Parameters
    ----------
    estimate
        Mean of (offline score of the winner - its later score) over the redraws, positive where it promises too much.
    by_luck
        The part that is gone on further rows of the same kind; NaN where there are none.
    by_change
        The part by which later rows are harder; NaN with `by_luck`.
    redraws
        How many test sets of n rows were drawn; 1 where the rows at hand are all there are.
    winners
        (redraws,) which model won in each.
    offline
        (redraws,) what it scored there.
    drawn
        (redraws, rows) which rows were in each.
    """

    estimate: Estimate
    by_luck: float
    by_change: float
    redraws: int
    winners: Integers
    offline: Floats
    drawn: npt.NDArray[np.float32]


def redraw_count(metric: Metric, rows: int) -> int:
    """Return how many test sets are redrawn: 200, fewer on many rows, where chance plays a smaller part.

    A metric of the user's own is called once a model and redraw: then as few as there may be.
    """
    if metric.name not in METRICS and "@" not in metric.name:
        return _FEWEST_REDRAWS
    return int(np.clip(_CELLS // max(rows, 1), _FEWEST_REDRAWS, _DRAWS))


def draw_rows(answers: Answers, rows: int, rng: np.random.Generator) -> Integers:
    """Return `rows` row positions at random, whole units one after the other (the last one cut)."""
    if answers.units is None:
        return rng.permutation(answers.rows)[:rows]
    order = rng.permutation(int(answers.units.max()) + 1)[answers.units]
    return np.lexsort((rng.random(answers.rows), order))[:rows]


def optimism(
    metric: Metric, offline: Answers, later: Answers, *, rows: int, whole_units: bool, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> Optimism:  # fmt: skip
    """Return how much the winner of `rows` test rows promises too much.

    Many test sets of that size are drawn from the offline rows; in each, the winner is picked anew and its score there
    is compared with its score later. What the mean rests on is uncertain in three ways, which are put together: the
    later rows and the offline rows are samples (bootstrap by unit of the winners' scores, each counted as often as it
    won), and the redraws are finitely many. That each redraw has a winner of its own is the selection; the interval is
    the one of its mean effect.

    Where `rows` is all there are, nothing can be redrawn: the gap of the one winner, its two samples independent. Which
    part of it is luck is then found as in bootstrap bias correction (Tsamardinos, Greasidou & Borboudakis 2018,
    section 4): pick on a resample, score on the rows left out of it. Picking on a resample's fewer rows makes that
    part, if anything, a little too large.

    Parameters
    ----------
    metric
        The metric.
    offline, later
        Answers of the same models on offline and on later rows.
    rows
        Size of a test set, at most the offline rows.
    whole_units
        Whether a test set holds whole units rather than rows at random.
    seed
        Same seed, same redraws.
    progress, cancel
        The caller's callbacks, or None.
    """
    rng = np.random.default_rng(seed)
    everything = rows >= offline.rows
    drawn = _redraws(metric, offline, rows, whole_units=whole_units, seed=seed, rng=rng)
    table = _under(metric, offline, drawn, progress, cancel)
    defined = ~np.isnan(table).all(axis=0)
    drawn, table = drawn[defined], table[:, defined]
    chosen = best(table, greater=metric.greater_is_better)
    later_scores = scores(metric, later)
    elsewhere = _elsewhere(metric, offline, drawn, chosen)
    if everything:
        own = scores(metric, offline)
        chosen = np.array([best(own, greater=metric.greater_is_better)], dtype=np.int64)
        promised, drawn = own[chosen], np.ones((1, offline.rows), dtype=np.float32)
    else:
        promised = table[chosen, np.arange(len(chosen))]
    gaps = metric.gain(promised, later_scores[chosen])
    by_luck = float(metric.gain(promised.mean(), _mean(elsewhere)))
    return Optimism(
        estimate=_interval(metric, offline, later, chosen, gaps, seed=seed, cancel=cancel), by_luck=by_luck,
        by_change=float(gaps.mean()) - by_luck, redraws=len(chosen), winners=chosen, offline=promised, drawn=drawn,
    )  # fmt: skip


def _redraws(
    metric: Metric, offline: Answers, rows: int, *, whole_units: bool, seed: int, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return how often each row is in each test set (redraws, n): subsets, or resamples where all rows are asked for."""
    count = redraw_count(metric, offline.rows)
    if rows >= offline.rows:
        return np.concatenate(list(Resampler(offline.units, draws=count, seed=seed).weights(offline.rows)))
    drawn = np.zeros((count, offline.rows), dtype=np.float32)
    source = offline if whole_units else Answers(y=offline.y, outputs=offline.outputs)
    for each in drawn:
        each[draw_rows(source, rows, rng)] = 1
    return drawn


def _under(
    metric: Metric, answers: Answers, drawn: npt.NDArray[np.float32], progress: Progress | None, cancel: Cancel | None
) -> Floats:
    """Return each model's score in each test set (k, redraws)."""
    weights = drawn if answers.weights is None else drawn * answers.weights
    passes = steps(list(answers.outputs), "redrawing tests for model", progress, cancel)
    return np.array([metric.draws(answers.y, output, weights) for output in passes])


def _elsewhere(metric: Metric, answers: Answers, drawn: npt.NDArray[np.float32], chosen: Integers) -> Floats:
    """Return what each redraw's winner scores on the rows that weren't drawn (redraws,)."""
    rest = (drawn == 0).astype(np.float64) * (1.0 if answers.weights is None else answers.weights)
    out = np.full(len(chosen), np.nan)
    usable = rest.sum(axis=1) > 0
    for index in np.unique(chosen[usable]):
        where = np.flatnonzero(usable & (chosen == index))
        out[where] = metric.draws(answers.y, answers.outputs[index], rest[where])
    return out


def _mean(values: Floats) -> float:
    kept = values[~np.isnan(values)]
    return float(kept.mean()) if len(kept) else float("nan")


def _interval(
    metric: Metric,
    offline: Answers,
    later: Answers,
    chosen: Integers,
    gaps: Floats,
    *,
    seed: int,
    cancel: Cancel | None,
) -> Estimate:
    models, counts = np.unique(chosen, return_counts=True)
    shares = counts / counts.sum()
    before = _level(metric, offline, models, shares, seed=seed, cancel=cancel)
    after = _level(metric, later, models, shares, seed=seed + 1, cancel=cancel)
    apart = difference(before, after) if metric.greater_is_better else difference(after, before)
    value = float(gaps.mean())
    finite = 0.0
    if len(gaps) > 1:
        finite = float(stats.t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps)))
    return Estimate(
        value=value, lower=value - float(np.hypot(apart.value - apart.lower, finite)),
        upper=value + float(np.hypot(apart.upper - apart.value, finite)), level=apart.level, rows=apart.rows,
        units=apart.units, events=apart.events, undefined_share=apart.undefined_share,
    )  # fmt: skip


def _level(
    metric: Metric, answers: Answers, models: Integers, shares: Floats, *, seed: int, cancel: Cancel | None
) -> Estimate:
    """Return the mean score of some models, each with its share, with the interval that all of them share."""
    resampler = Resampler(answers.units, draws=_DRAWS if len(models) <= 20 else _DRAWS // 2, seed=seed)
    if len(models) == 1:
        name = str(models[0])
        alone = {name: (metric, answers.y, answers.outputs[models[0]])}
        return measure(alone, resampler, sample_weights=answers.weights, cancel=cancel)[name]
    scored = {str(index): (metric, answers.y, answers.outputs[index]) for index in models}
    draws = resampler.draws(scored, sample_weights=answers.weights, cancel=cancel)
    value = float(shares @ scores(metric, answers.models([int(index) for index in models])))
    mixed = np.asarray(shares @ np.array([draws[str(index)] for index in models]))
    return estimate_from(
        metric, value, mixed, rows=answers.rows, units=resampler.count(np.ones(answers.rows, dtype=np.bool_)),
        events=_events(metric, answers, resampler, int(models[0])),
    )  # fmt: skip


def _events(metric: Metric, answers: Answers, resampler: Resampler, index: int) -> int:
    return resampler.count(metric.events(answers.y, answers.outputs[index]))


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
