"""Each arm against the control: judged once, judged at every look, and as a Bayesian would."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.experiments.confidence_sequences import FEWEST_EVENTS, FEWEST_ROWS, boundary, exact_interval
from mlops_widgets.measures.experiments.posteriors import Posterior, beta_posterior, normal_posterior
from mlops_widgets.measures.experiments.unit_values import Summary, lopsided, welch
from mlops_widgets.measures.proportions import difference_interval, score_z
from mlops_widgets.overfitting.experiments.arms import Sample, Trial

Floats = npt.NDArray[np.float64]

EXACT_PART = 0.2
"""Share of alpha that the exact sequence of 0/1 outcomes takes while the asymptotic one can't be read yet."""
MOST_LOOKS = 30
MOST_LOPSIDED = 0.2
"""Skewness of the difference up to which Welch's interval is read: then one tail errs by about 1.7 points more."""
TOO_FEW = "no interval: the outcome rests on few units"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One outcome of one arm against the control; differences are arm less control, in the outcome's unit.

    Parameters
    ----------
    outcome, arm
        Which.
    role
        "primary", "secondary" or "guardrail".
    better
        1 where more is better, −1 where less is.
    margin
        Of a guardrail, the largest loss that doesn't matter; else None.
    control, treatment
        Means of the two arms as they were observed.
    control_units, treatment_units
        Units with this outcome.
    difference, lower, upper
        The estimate and its interval for one look, by `once`.
    p_value, adjusted_p_value
        Two-sided, for one look; the second after Holm over all superiority comparisons. Both intervals share alpha evenly
        among the comparisons of their role; guardrails share nothing.
    watched_lower, watched_upper
        The interval that holds at all looks, by `watched`.
    once, watched
        Names of the two methods.
    better_chance, loss_if_shipped, loss_if_kept
        Posterior chance that the arm is the better, and the expected loss of either choice.
    gain
        Share of the variance that CUPED took out; None where not asked.
    missing_p_value
        Whether the outcome is missing as often in both arms: p-value; None where nothing is missing.
    """

    outcome: str
    arm: str
    role: str
    better: int
    margin: float | None
    control: float
    treatment: float
    control_units: int
    treatment_units: int
    difference: float
    lower: float
    upper: float
    p_value: float
    adjusted_p_value: float
    watched_lower: float
    watched_upper: float
    once: str
    watched: str
    better_chance: float
    loss_if_shipped: float
    loss_if_kept: float
    gain: float | None
    missing_p_value: float | None

    @property
    def units(self) -> int:
        """Units of both arms."""
        return self.control_units + self.treatment_units

    def gained(self, *, watched: bool) -> tuple[float, float]:
        """Return the interval of the gain: positive is better."""
        lower, upper = (self.watched_lower, self.watched_upper) if watched else (self.lower, self.upper)
        return (lower, upper) if self.better > 0 else (-upper, -lower)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How an experiment is judged.

    Parameters
    ----------
    alpha
        Chance of a false alarm, of one comparison judged once.
    tuned_rows
        Units in all arms at which the confidence sequence is narrowest.
    comparisons
        Superiority comparisons in all.
    primaries
        Those of the primary outcome, one an arm: intervals divide alpha by them. Further outcomes share an alpha of their
        own, since the primary one decides alone.
    prior
        Successes and failures of the Beta prior.
    """

    alpha: float
    tuned_rows: float
    comparisons: int
    primaries: int
    prior: tuple[float, float]

    def alpha_of(self, role: str) -> float:
        """Return alpha of one comparison of an outcome of this role."""
        shared = {"primary": self.primaries, "secondary": self.comparisons - self.primaries}
        return self.alpha / shared.get(role, 1)


def compare(
    sample: Sample, arm: int, name: str, rules: Rules, *, role: str, better: int, margin: float | None
) -> Comparison:
    """Return an arm against the control."""
    first, other = sample.arms[0], sample.arms[arm]
    pair = pair_of(sample, arm)
    difference = other.mean - first.mean
    alpha = rules.alpha_of(role)
    (lower, upper), p, once = judged_once(first, other, pair, alpha)
    (low, high), watched = judged_always(first, other, pair, alpha, rules.tuned_rows)
    posterior = _posterior(first, other, pair, rules.prior)
    if better < 0:
        posterior = Posterior(
            better=1 - posterior.better, loss_if_shipped=posterior.loss_if_kept, loss_if_kept=posterior.loss_if_shipped
        )
    return Comparison(
        outcome=sample.name, arm=name, role=role, better=better, margin=margin, control=sample.raw[0],
        treatment=sample.raw[arm], control_units=first.units, treatment_units=other.units, difference=difference,
        lower=lower, upper=upper, p_value=p, adjusted_p_value=p, watched_lower=low, watched_upper=high, once=once,
        watched=watched, better_chance=posterior.better, loss_if_shipped=posterior.loss_if_shipped,
        loss_if_kept=posterior.loss_if_kept, gain=sample.gain, missing_p_value=_missing(sample, arm),
    )  # fmt: skip


Pair = tuple[tuple[int, int], tuple[int, int]]


def pair_of(sample: Sample, arm: int) -> Pair | None:
    """Return successes and trials of the control and this arm, where they are counts."""
    return None if sample.tallies is None else (sample.tallies[0], sample.tallies[arm])


def judged_once(
    first: Summary, other: Summary, pair: Pair | None, alpha: float
) -> tuple[tuple[float, float], float, str]:
    """Return the interval for one look, its p-value and its name."""
    if pair is not None:
        control, treatment = (tuple(np.array([float(each)]) for each in tally) for tally in pair)
        if pair[0][1] + pair[1][1] < 3 or not min(pair[0][1], pair[1][1]):
            return (-1.0, 1.0), 1.0, "none"
        lower, upper = difference_interval(control, treatment, level=1 - alpha)  # type: ignore[arg-type]  # pairs
        z = float(score_z(control, treatment, np.zeros(1))[0])  # type: ignore[arg-type]  # the same
        return (
            (float(lower[0]), float(upper[0])),
            float(2 * stats.norm.sf(abs(z))),
            "score interval (Miettinen-Nurminen)",
        )
    if min(first.units, other.units) < 2:
        return (-math.inf, math.inf), 1.0, "none"
    if lopsided(first, other) > MOST_LOPSIDED:
        return (-math.inf, math.inf), 1.0, TOO_FEW
    lower_t, upper_t, p = welch(first, other, level=1 - alpha)
    return (lower_t, upper_t), p, "Welch"


def judged_always(
    first: Summary, other: Summary, pair: Pair | None, alpha: float, tuned_rows: float
) -> tuple[tuple[float, float], str]:
    """Return the interval that holds at all looks, and its name.

    Of 0/1 outcomes a fifth of alpha goes to the exact sequence, read until the asymptotic one may be: so both together miss
    with a chance of alpha at most.
    """
    if min(first.units, other.units) < 1:
        return (-math.inf, math.inf), "none"
    few = min(first.units, other.units) < FEWEST_ROWS
    if pair is not None:
        events = min(min(x, n - x) for x, n in pair)
        if few or events < FEWEST_EVENTS:
            control, treatment = (tuple(np.array([float(each)]) for each in tally) for tally in pair)
            lower, upper = exact_interval(control, treatment, alpha=alpha * EXACT_PART)  # type: ignore[arg-type]  # pairs
            return (float(lower[0]), float(upper[0])), "exact confidence sequence"
        alpha *= 1 - EXACT_PART
    error = math.sqrt(first.variance / first.units + other.variance / other.units) if not few else 0.0
    if not error > 0:
        return (-math.inf, math.inf), "none yet"
    if min(first.bearing, other.bearing) < FEWEST_EVENTS:
        return (-math.inf, math.inf), TOO_FEW
    units = np.array([float(first.units + other.units)])
    half = float(boundary(units, tuned_rows=tuned_rows, alpha=alpha)[0]) * error
    difference = other.mean - first.mean
    return (difference - half, difference + half), "asymptotic confidence sequence"


def _posterior(first: Summary, other: Summary, pair: Pair | None, prior: tuple[float, float]) -> Posterior:
    if pair is not None:
        return beta_posterior(pair[0], pair[1], prior=prior)
    if min(first.units, other.units) < 2:
        return Posterior(better=float("nan"), loss_if_shipped=float("nan"), loss_if_kept=float("nan"))
    error = math.sqrt(first.variance / first.units + other.variance / other.units)
    return normal_posterior(other.mean - first.mean, error)


def _missing(sample: Sample, arm: int) -> float | None:
    """Return how surprising the missing outcomes' shares are if both arms lose as many."""
    if not sample.missing or not (sample.missing[0] or sample.missing[arm]):
        return None
    lost = [float(sample.missing[code]) for code in (0, arm)]
    pairs = [(np.array([x]), np.array([x + sample.arms[code].units])) for x, code in zip(lost, (0, arm), strict=True)]
    return float(2 * stats.norm.sf(abs(float(score_z(pairs[0], pairs[1], np.zeros(1))[0]))))


@dataclass(frozen=True, kw_only=True)
class Course:
    """The experiment as it ran: the primary outcome of one arm at each look.

    Parameters
    ----------
    times
        (K,) end of each look.
    units
        (K, arms) units so far.
    difference, lower, upper, watched_lower, watched_upper
        (K,) the estimate, the interval for one look, and the one that holds at all looks.
    """

    times: Floats
    units: npt.NDArray[np.int64]
    difference: Floats
    lower: Floats
    upper: Floats
    watched_lower: Floats
    watched_upper: Floats


def look_times(trial: Trial) -> Floats:
    """Return when the experiment is looked at: up to 30 times, evenly in units that came; none without time."""
    if trial.times is None:
        return np.zeros(0)
    known = np.sort(trial.times[~np.isnan(trial.times)])
    if not len(known) or known[0] == known[-1]:
        return np.zeros(0)
    if trial.times_are_dates and known[-1] - known[0] >= 2 * _DAY:
        ends = np.unique(np.floor(known / _DAY)) * _DAY + _DAY - 1  # by whole days
        at = np.unique(np.linspace(0, len(ends) - 1, min(len(ends), MOST_LOOKS)).round().astype(int))
        return np.asarray(ends[at])
    return np.unique(known[np.linspace(len(known) / MOST_LOOKS, len(known), MOST_LOOKS).astype(int) - 1])


_DAY = 86_400_000.0


def course_of(trial: Trial, outcome: str, arm: int, rules: Rules, times: Sequence[float] | Floats) -> Course:
    """Return how the comparison stood at each look, from the rows that had come by then."""
    assert trial.times is not None or not len(times)  # noqa: S101 - looks need times
    rows, units = [], []
    for time in times:
        seen = trial.times <= time if trial.times is not None else np.zeros(0, dtype=np.bool_)
        units.append(trial.sizes(seen))
        sample = trial.sample(outcome, seen)
        first, other, pair = sample.arms[0], sample.arms[arm], pair_of(sample, arm)
        if not min(first.units, other.units):
            rows.append((np.nan,) * 5)
            continue
        once, _, _ = judged_once(first, other, pair, rules.alpha_of("primary"))
        always, _ = judged_always(first, other, pair, rules.alpha_of("primary"), rules.tuned_rows)
        rows.append((other.mean - first.mean, *once, *always))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 5).T
    return Course(
        times=np.asarray(times, dtype=np.float64), units=np.array(units, dtype=np.int64).reshape(-1, len(trial.names)),
        difference=table[0], lower=table[1], upper=table[2], watched_lower=table[3], watched_upper=table[4],
    )  # fmt: skip
