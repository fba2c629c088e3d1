"""What picking the best of many does to its score: how much of the winner's score on few rows is luck."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.measures.contests.selection import Answers, Integers, best, scores
from mlops_widgets.measures.intervals import Estimate, difference, estimate_from, measure
from mlops_widgets.measures.metrics import METRICS, Metric
from mlops_widgets.measures.resampling import Resampler, shuffled_rows
from mlops_widgets.measures.weighted import Floats

Draws = npt.NDArray[np.float32]

_DRAWS = 200
_CELLS = 600_000  # redraws × rows: a pass over one model's answers stays a matter of milliseconds
_FEWEST_REDRAWS = 30
_MOST_BESIDE = 20  # candidates that stand for the average one: their mean moves little with more of them


@dataclass(frozen=True, kw_only=True)
class Picking:
    """What the winner picked on n rows loses later, and which part of it is the luck of being picked.

    Parameters
    ----------
    gap
        Mean of (offline score of the winner - its later score) over the redraws, positive where it gets worse.
    luck
        The part that is gone on further rows of the same kind, whatever later rows are like; NaN where there are none.
    redraws
        How many test sets of n rows were drawn; 1 where the rows at hand are all there are.
    winners
        (redraws,) which model won in each.
    offline
        (redraws,) what it scored there.
    drawn
        (redraws, rows) which rows were in each.
    """

    gap: Estimate
    luck: Estimate
    redraws: int
    winners: Integers
    offline: Floats
    drawn: Draws

    @property
    def change(self) -> Estimate:
        """The rest of the gap: what the winners lose because later rows are others; NaN where luck isn't known."""
        by_luck = self.luck.value
        return replace(
            self.gap, value=self.gap.value - by_luck, lower=self.gap.lower - by_luck, upper=self.gap.upper - by_luck
        )


def redraw_count(metric: Metric, rows: int) -> int:
    """Return how many test sets are redrawn: 200, fewer on many rows, where chance plays a smaller part.

    A metric of the user's own is called once a model and redraw: then as few as there may be.
    """
    if metric.name not in METRICS and "@" not in metric.name:
        return _FEWEST_REDRAWS
    return int(np.clip(_CELLS // max(rows, 1), _FEWEST_REDRAWS, _DRAWS))


def draw_rows(answers: Answers, rows: int, rng: np.random.Generator) -> Integers:
    """Return `rows` row positions at random, whole units one after the other (the last one cut)."""
    return shuffled_rows(answers.rows, answers.units, rng)[:rows]


def pick(
    metric: Metric, offline: Answers, later: Answers, *, rows: int, whole_units: bool, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> Picking:  # fmt: skip
    """Return how much of the score of the winner of `rows` test rows is luck, and what it loses later altogether.

    Many test sets of that size are drawn from the offline rows; in each, the winner is picked anew. Luck is a
    difference in differences over these redraws: how much better the winner scores on the rows that picked it than on
    the offline rows left out, less the same difference of the average candidate. Both kinds of rows are of one origin,
    so drift has no part in it, not even drift that hurts good models more than bad ones, which a comparison of later
    losses alone would take for luck. The average candidate removes what chance does to all models at once, and what
    the metric itself does on few rows. The luck of a single candidate is 0 by definition.

    Where `rows` is all there are, nothing can be redrawn: the winner of all rows against the winners of resamples on
    the rows left out of these, as in bootstrap bias correction (Tsamardinos, Greasidou & Borboudakis 2018, section 4).
    Picking on a resample's fewer rows makes luck, if anything, a little too large.

    The interval of luck puts two uncertainties together: the offline rows are a sample (bootstrap by unit of the
    winners' mean score less the average candidate's), and the redraws are finitely many. That of the gap adds the later
    rows, an independent sample. That each redraw has a winner of its own is the selection; the intervals are those of
    its mean effect.

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
    elsewhere, beside = _elsewhere(metric, offline, drawn, chosen), _beside(len(table))
    average = np.array([_elsewhere(metric, offline, drawn, np.full(len(chosen), each)) for each in beside])
    if everything:
        own = scores(metric, offline)
        table = np.repeat(own[:, None], len(chosen), axis=1)
        chosen = np.full(len(chosen), int(best(own, greater=metric.greater_is_better)))
    promised = table[chosen, np.arange(len(chosen))]
    lucky = metric.gain(promised, elsewhere) - _mean_of_models(metric.gain(table[beside], average))
    if everything:
        chosen, promised, drawn = chosen[:1], promised[:1], np.ones((1, offline.rows), dtype=np.float32)
    gaps = metric.gain(promised, scores(metric, later)[chosen])
    return Picking(
        gap=_gap(metric, offline, later, chosen, gaps, seed=seed, cancel=cancel),
        luck=_luck(metric, offline, chosen, beside, lucky, seed=seed, cancel=cancel),
        redraws=len(chosen), winners=chosen, offline=promised, drawn=drawn,
    )  # fmt: skip


def _beside(models: int) -> Integers:
    """Return the candidates whose mean stands for the average one: all, or 20 spread evenly over the order tried."""
    return np.unique(np.linspace(0, models - 1, min(models, _MOST_BESIDE)).astype(np.int64))


def _mean_of_models(values: Floats) -> Floats:
    """Return the mean over the models that have a value (redraws,); NaN where none has."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _redraws(
    metric: Metric, offline: Answers, rows: int, *, whole_units: bool, seed: int, rng: np.random.Generator
) -> Draws:
    """Return how often each row is in each test set (redraws, n): subsets, or resamples where all rows are asked for."""
    count = redraw_count(metric, offline.rows)
    if rows >= offline.rows:
        return np.concatenate(list(Resampler(offline.units, draws=count, seed=seed).weights(offline.rows)))
    drawn = np.zeros((count, offline.rows), dtype=np.float32)
    source = offline if whole_units else Answers(y=offline.y, outputs=offline.outputs)
    for each in drawn:
        each[draw_rows(source, rows, rng)] = 1
    return drawn


def _under(metric: Metric, answers: Answers, drawn: Draws, progress: Progress | None, cancel: Cancel | None) -> Floats:
    """Return each model's score in each test set (k, redraws)."""
    weights = drawn if answers.weights is None else drawn * answers.weights
    passes = steps(list(answers.outputs), "redrawing tests for model", progress, cancel)
    return np.array([metric.draws(answers.y, output, weights) for output in passes])


def _elsewhere(metric: Metric, answers: Answers, drawn: Draws, chosen: Integers) -> Floats:
    """Return what the model chosen in each redraw scores on the rows that weren't drawn (redraws,)."""
    rest = (drawn == 0).astype(np.float64) * (1.0 if answers.weights is None else answers.weights)
    out = np.full(len(chosen), np.nan)
    usable = rest.sum(axis=1) > 0
    for index in np.unique(chosen[usable]):
        where = np.flatnonzero(usable & (chosen == index))
        out[where] = metric.draws(answers.y, answers.outputs[index], rest[where])
    return out


def _luck(
    metric: Metric, offline: Answers, chosen: Integers, beside: Integers, lucky: Floats, *, seed: int, cancel: Cancel | None
) -> Estimate:  # fmt: skip
    """Return the mean luck over the redraws (redraws,), with the interval that `pick` describes."""
    models, shares = _shares(chosen)
    both = np.union1d(models, beside)
    contrast = np.zeros(len(both))
    contrast[np.searchsorted(both, models)] += shares
    contrast[np.searchsorted(both, beside)] -= 1 / len(beside)
    moved, kept = np.abs(contrast) > 1e-12, lucky[~np.isnan(lucky)]
    value = float(kept.mean()) if len(kept) else float("nan")
    if not moved.any():  # one candidate: nothing was picked
        value = 0.0
    apart = _contrast(metric, offline, both[moved], contrast[moved], seed=seed, cancel=cancel)
    sampled = np.array([apart.value - apart.lower, apart.upper - apart.value])
    lower, upper = np.hypot(sampled if metric.greater_is_better else sampled[::-1], _finite(kept, len(chosen)))
    return replace(apart, value=value, lower=value - float(lower), upper=value + float(upper))


def _contrast(
    metric: Metric, answers: Answers, models: Integers, shares: Floats, *, seed: int, cancel: Cancel | None
) -> Estimate:  # fmt: skip
    """Return a sum of scores whose shares add up to 0: a difference, so without the metric's range; a point where all agree."""
    if len(models):
        value, mixed, counts = _mixed(metric, answers, models, shares, seed=seed, cancel=cancel)
        if np.nanmax(np.abs(mixed - value), initial=0.0) > 1e-12:
            return estimate_from(replace(metric, lower=None, upper=None), value, mixed, rows=answers.rows, **counts)
    return Estimate(value=0.0, lower=0.0, upper=0.0, level=0.95, rows=answers.rows, units=answers.rows, events=0)


def _finite(values: Floats, redraws: int) -> float:
    """Return the half width that comes from the number of redraws."""
    if redraws < 2 or len(values) < 2:
        return 0.0
    return float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def _gap(
    metric: Metric, offline: Answers, later: Answers, chosen: Integers, gaps: Floats, *, seed: int, cancel: Cancel | None
) -> Estimate:  # fmt: skip
    models, shares = _shares(chosen)
    before = _level(metric, offline, models, shares, seed=seed, cancel=cancel)
    after = _level(metric, later, models, shares, seed=seed + 1, cancel=cancel)
    apart = difference(before, after) if metric.greater_is_better else difference(after, before)
    value, finite = float(gaps.mean()), _finite(gaps, len(gaps))
    return replace(
        apart, value=value, lower=value - float(np.hypot(apart.value - apart.lower, finite)),
        upper=value + float(np.hypot(apart.upper - apart.value, finite)),
    )  # fmt: skip


def _shares(chosen: Integers) -> tuple[Integers, Floats]:
    models, counts = np.unique(chosen, return_counts=True)
    return models, counts / counts.sum()


def _level(
    metric: Metric, answers: Answers, models: Integers, shares: Floats, *, seed: int, cancel: Cancel | None
) -> Estimate:  # fmt: skip
    """Return the mean score of some models, each with its share, with the interval that all of them share."""
    if len(models) == 1:
        resampler = Resampler(answers.units, draws=_DRAWS, seed=seed)
        name = str(models[0])
        alone = {name: (metric, answers.y, answers.outputs[models[0]])}
        return measure(alone, resampler, sample_weights=answers.weights, cancel=cancel)[name]
    value, mixed, counts = _mixed(metric, answers, models, shares, seed=seed, cancel=cancel)
    return estimate_from(metric, value, mixed, rows=answers.rows, **counts)


def _mixed(
    metric: Metric, answers: Answers, models: Integers, shares: Floats, *, seed: int, cancel: Cancel | None
) -> tuple[float, Floats, dict[str, int]]:  # fmt: skip
    """Return a weighted sum of scores, its resamples, and how many units and deciding units it rests on."""
    resampler = Resampler(answers.units, draws=_DRAWS if len(models) <= _MOST_BESIDE else _DRAWS // 2, seed=seed)
    scored = {str(index): (metric, answers.y, answers.outputs[index]) for index in models}
    draws = resampler.draws(scored, sample_weights=answers.weights, cancel=cancel)
    value = float(shares @ scores(metric, answers.models([int(index) for index in models])))
    mixed = np.asarray(shares @ np.array([draws[str(index)] for index in models]))
    counts = {
        "units": resampler.count(np.ones(answers.rows, dtype=np.bool_)),
        "events": resampler.count(metric.events(answers.y, answers.outputs[models[0]])),
    }
    return value, mixed, counts
