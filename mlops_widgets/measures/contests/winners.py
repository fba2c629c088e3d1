"""The winner's curse: how much better the best of many looks than it is."""

from dataclasses import dataclass

import numpy as np
from scipy import integrate, special, stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import InputError
from mlops_widgets.measures.contests.selection import Answers, best, scores
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats

_CELLS = 30_000_000
"""Candidates × rows × draws, twice: a second or two of work."""
_FEWEST_DRAWS = 60


def expected_maximum(k: int) -> float:
    """Return the mean of the largest of `k` independent standard normal numbers.

    Known in closed form for few: 1/√π of two, 3/(2√π) of three (David & Nagaraja 2003, chapter 3).

    Examples
    --------
    >>> expected_maximum(1), round(expected_maximum(2), 6), round(expected_maximum(100), 4)
    (0.0, 0.56419, 2.5076)
    """
    if k < 1:
        raise InputError(f"k={k}. Pass 1 or more.")
    if k == 1:
        return 0.0
    above, _ = integrate.quad(lambda z: -np.expm1(k * special.log_ndtr(z)), 0, 40, limit=500, points=[1, 3, 6, 9])
    below, _ = integrate.quad(lambda z: np.exp(k * special.log_ndtr(z)), -40, 0, limit=500, points=[-6, -1])
    return float(above - below)


def maximum_quantile(k: int, level: float = 0.95) -> float:
    """Return what the largest of `k` independent standard normal numbers stays below with this probability."""
    if k < 1:
        raise InputError(f"k={k}. Pass 1 or more.")
    return float(stats.norm.isf(-np.expm1(np.log(level) / k)))


def spread_limit(values: Floats, *, level: float = 0.95) -> float:
    """Return the largest standard deviation that `values` (k,) leave plausible: an upper confidence limit (chi²).

    Examples
    --------
    >>> round(spread_limit(np.array([0.70, 0.72, 0.74, 0.76])), 4)
    0.0754
    """
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return float("inf")
    return float(known.std(ddof=1) * np.sqrt((len(known) - 1) / stats.chi2.ppf(1 - level, len(known) - 1)))


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """What the best of k candidates scores once the luck of being picked is taken off.

    Parameters
    ----------
    index
        The candidate that is best on all rows.
    naive
        Its score there.
    value, lower, upper
        Mean score of the candidates picked in resamples on the rows left out of these, with its 95 % percentile
        interval.
    optimism, optimism_lower, optimism_upper
        How much better the naive score is, in gain, with its interval.
    scores
        (k,) scores on all rows.
    picked_share
        (k,) share of the resamples in which each was picked.
    draws
        How many resamples had a value.
    """

    index: int
    naive: float
    value: float
    lower: float
    upper: float
    optimism: float
    optimism_lower: float
    optimism_upper: float
    scores: Floats
    picked_share: Floats
    draws: int


def correct_selection(
    metric: Metric, answers: Answers, *, draws: int = 500, seed: int = 0, cancel: Cancel | None = None
) -> Corrected:
    """Return the score of the best candidate, corrected for having been picked by the rows that score it (BBC-CV).

    Units are drawn with replacement; the best candidate in the draw is scored on the units left out. The mean over
    draws estimates the score of *the selection*: what whoever picks in this way may expect. It errs a little on the
    low side, because a resample picks by about 63 % of the units (Tsamardinos, Greasidou & Borboudakis 2018, section
    4). Its interval is the percentile interval of these scores, which is wide for the same reason. That of the optimism
    is Student's t on the paired differences between the best candidate and those picked, with the finite number of
    draws added.

    Parameters
    ----------
    metric
        The metric.
    answers
        What each candidate answered on the same rows.
    draws
        Resamples; fewer where candidates × rows × draws exceed 30 million, but 60 at least.
    seed, cancel
        Same seed, same draws; looked at before each candidate.

    Raises
    ------
    InputError
        If no candidate has a score.
    """
    own = scores(metric, answers)
    if np.isnan(own).all():
        raise InputError(f"{metric.label} has no value for any candidate: {metric.undefined}.")
    count = draws_for(len(answers.outputs), answers.rows, draws)
    inside, outside = _scores_in_draws(metric, answers, count, seed, cancel)
    defined = ~np.isnan(inside).all(axis=0)
    picked = best(inside[:, defined], greater=metric.greater_is_better)
    elsewhere = outside[:, defined][picked, np.arange(len(picked))]
    index = int(best(own, greater=metric.greater_is_better))
    kept = elsewhere[~np.isnan(elsewhere)]
    share = np.bincount(picked, minlength=len(own)) / max(len(picked), 1)
    value, (lower, upper) = _mean(kept), np.quantile(kept, [0.025, 0.975]) if len(kept) else (np.nan, np.nan)
    optimism = float(metric.gain(float(own[index]), value))
    reach = _reach(inside[:, defined], index, share, kept, units=_units(answers))
    return Corrected(
        index=index, naive=float(own[index]), value=value, lower=float(lower), upper=float(upper), optimism=optimism,
        optimism_lower=optimism - reach, optimism_upper=optimism + reach, scores=own, picked_share=share, draws=len(kept),
    )  # fmt: skip


def draws_for(candidates: int, rows: int, draws: int) -> int:
    """Return how many resamples are made: as many as asked for, fewer where the work would be too much."""
    return min(draws, max(_FEWEST_DRAWS, _CELLS // max(candidates * rows, 1)))


def _units(answers: Answers) -> int:
    return answers.rows if answers.units is None else len(np.unique(answers.units))


def _scores_in_draws(
    metric: Metric, answers: Answers, draws: int, seed: int, cancel: Cancel | None
) -> tuple[Floats, Floats]:
    """Return each candidate's score in each resample, and on the rows left out of it, (k, B) each."""
    own = np.ones(answers.rows, dtype=np.float32) if answers.weights is None else answers.weights.astype(np.float32)
    kernels = [metric.prepare(answers.y, output) for output in answers.outputs]
    inside: list[Floats] = []
    outside: list[Floats] = []
    for batch in Resampler(answers.units, draws=draws, seed=seed).weights(answers.rows):
        check_cancel(cancel)
        left = (batch == 0).astype(np.float32) * own
        usable = left.sum(axis=1) > 0
        inside.append(np.array([kernel(batch * own) for kernel in kernels]))
        scored = np.full((len(kernels), len(batch)), np.nan)
        if usable.any():
            scored[:, usable] = [kernel(left[usable]) for kernel in kernels]
        outside.append(scored)
    return np.concatenate(inside, axis=1), np.concatenate(outside, axis=1)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _reach(inside: Floats, index: int, share: Floats, kept: Floats, *, units: int) -> float:
    """Return the half width of the optimism's interval; NaN where fewer than two units or draws have a value."""
    if units < 2 or len(kept) < 2:
        return float("nan")
    picked = share > 0
    mixed = (share[picked, None] * inside[picked]).sum(axis=0)
    apart = inside[index] - mixed
    apart = apart[~np.isnan(apart)]
    sampled = float(apart.std()) * float(np.sqrt(units / (units - 1))) if len(apart) else float("nan")
    finite = float(kept.std(ddof=1)) / float(np.sqrt(len(kept)))
    return float(np.hypot(stats.t.ppf(0.975, units - 1) * sampled, stats.t.ppf(0.975, len(kept) - 1) * finite))
