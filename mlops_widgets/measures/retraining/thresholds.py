"""Thresholds of triggers from the first part of a timeline: how often each would alarm if nothing changed, and which one pays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlops_widgets.measures.retraining.grid import Floats, Grid
from mlops_widgets.measures.retraining.policies import FEWEST_FORECAST, Path, Policy, Terms, trend_gain, walk

EXPECTED_ALARMS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""False alarms over the part that is judged, one candidate each: the strictest alarms in one timeline of twenty."""
FORECAST_ERRORS = (1.0, 2.0, 3.0)
FEWEST_READINGS = 4
"""Readings from which a threshold is learned, at least."""
_PERMUTATIONS = 100


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """A policy with the threshold that the prefix chose.

    Parameters
    ----------
    policy
        With its threshold.
    alarm_share
        Share of chunks in which it would alarm if nothing changed.
    readings
        Chunks that this rests on.
    """

    policy: Policy
    alarm_share: float
    readings: int


def readings_of(grid: Grid, signal: str, end: int) -> Floats:
    """Return what a signal read of the first model in the chunks before `end`."""
    values = grid.signals[signal][grid.first, grid.first : end]
    return np.asarray(values[np.isfinite(values)])


def alarm_share(readings: Floats, threshold: float) -> float:
    """Return how often a reading would exceed the threshold on a timeline like these, by the t prediction distribution.

    A new reading of the same normal population deviates from the mean of n by Student's t with n - 1 degrees of freedom times
    s √(1 + 1/n) (Hahn and Meeker 1991, section 4.7).

    Examples
    --------
    >>> round(alarm_share(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 3.0), 3)
    0.5
    """
    from scipy.special import stdtr

    n, scale = len(readings), _scale(readings)
    if n < FEWEST_READINGS or not scale:
        return float("nan")
    return float(stdtr(n - 1, (readings.mean() - threshold) / scale))


def candidates(readings: Floats, chunks: int) -> tuple[float, ...]:
    """Return thresholds, the strictest first, that so many chunks without change exceed `EXPECTED_ALARMS` times; none if too few."""
    from scipy.special import stdtrit

    n, scale = len(readings), _scale(readings)
    if n < FEWEST_READINGS or not scale:
        return ()
    shares = np.minimum(np.array(EXPECTED_ALARMS) / max(chunks, 1), 0.25)
    return tuple(float(each) for each in readings.mean() - scale * stdtrit(n - 1, np.unique(shares)))


def _scale(readings: Floats) -> float:
    n = len(readings)
    return float(readings.std(ddof=1) * np.sqrt(1 + 1 / n)) if n > 1 else 0.0


def tune(
    grid: Grid, policy: Policy, terms: Terms, *, end: int, chunks: int, seed: int, given: Sequence[float] = ()
) -> Tuned | None:
    """Return a trigger with its threshold, learned from what had arrived by the end of the prefix; None with too few chunks.

    Parameters
    ----------
    grid, policy, terms
        The policy's own threshold isn't read.
    end
        Chunk before which the labels had arrived.
    chunks
        How many chunks it is going to be judged on.
    seed
        Of the permutations.
    given
        Thresholds to choose among, instead of those from `candidates`; these need no readings.

    Notes
    -----
    Of the candidates, the strictest is taken whose cost on the prefix is within one standard error (paired over chunks) of the
    least: a trigger that alarms more often has to have paid for it.
    """
    readings = np.zeros(end - grid.first) if policy.kind == "forecast" else readings_of(grid, policy.signal, end)
    choices = tuple(sorted(given, reverse=True)) or (
        FORECAST_ERRORS[::-1] if policy.kind == "forecast" else candidates(readings, chunks)
    )
    if not choices or (not given and len(readings) < FEWEST_READINGS):
        return None
    paths = [walk(grid, replace(policy, threshold=each), terms, end=end) for each in choices]
    chosen = replace(policy, threshold=choices[_strictest(paths)])
    share = (
        _forecast_share(grid, chosen, terms, end, seed)
        if policy.kind == "forecast"
        else alarm_share(readings, chosen.threshold)
    )
    return Tuned(policy=chosen, alarm_share=share, readings=len(readings))


def _strictest(paths: Sequence[Path]) -> int:
    """Return the first path that isn't worse than the cheapest by more than one standard error of their difference."""
    cheapest = min(paths, key=lambda path: path.total)
    for index, path in enumerate(paths):
        more = path.costs - cheapest.costs
        if more.sum() <= np.sqrt(len(more)) * more.std(ddof=1):
            return index
    return len(paths) - 1


def _forecast_share(grid: Grid, policy: Policy, terms: Terms, end: int, seed: int) -> float:
    """Return the share of decisions at which a forecast would retrain the first model, over chunks of the prefix in random order."""
    first, rng = grid.first, np.random.default_rng(seed)
    lost, rows = grid.losses[first, first:end], grid.rows[first:end]
    ages = range(FEWEST_FORECAST, end - first + 1)
    later = terms.label_delay + terms.deploy_delay
    alarms = [
        trend_gain(lost[order[:age]], rows[order[:age]], policy, terms, begin=age + later) > terms.retrain_cost
        for order in (rng.permutation(end - first) for _ in range(_PERMUTATIONS))
        for age in ages
    ]
    return float(np.mean(alarms)) if alarms else float("nan")
