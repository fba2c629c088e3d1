"""A rollout in steps, simulated: how often its rule ships, rolls back or waits, whatever the true difference is.

Between two looks each arm gets units drawn with replacement from those at hand. The arms' difference, weighted over stages by its
precision, moves like a random walk in the information gathered: so one set of draws serves every true difference, and the mixture
boundary of a confidence sequence holds at every look, however the arms' shares change from stage to stage.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.experiments.confidence_sequences import FEWEST_ROWS, boundary
from mlops_widgets.measures.influence import Influence
from mlops_widgets.measures.weighted import Floats

Bools = npt.NDArray[np.bool_]

_MOST_DRAWN = 40


@dataclass(frozen=True, kw_only=True)
class Guard:
    """A number that a rollout mustn't make worse.

    Parameters
    ----------
    incumbent, challenger
        What each unit adds to the number under each model.
    margin
        The largest loss that doesn't matter, above 0.
    sign
        1 where a higher number is better, −1 where a lower one is.
    """

    incumbent: Influence
    challenger: Influence
    margin: float
    sign: int = 1

    @property
    def seen(self) -> float:
        """How much better the challenger's number is on the rows at hand."""
        return self.sign * (self.challenger.value - self.incumbent.value)

    def variance(self, share: float) -> float:
        """Variance of the arms' difference on one unit of traffic, at this share for the challenger."""
        return self.challenger.variance / share + self.incumbent.variance / (1 - share)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A ramp.

    Parameters
    ----------
    shares
        (S,) the challenger's share in each stage, rising, all below 1.
    units
        Units of traffic in each stage, both arms together.
    looks
        Looks in each stage, evenly spread, the last at its end.
    alpha
        Chance that any of the guards' sequences ever misses.
    """

    shares: tuple[float, ...]
    units: float
    looks: int
    alpha: float = 0.05

    @property
    def share_by_look(self) -> Floats:
        """(S · looks,) the challenger's share before each look."""
        return np.repeat(np.array(self.shares), self.looks)

    @property
    def challenger_units(self) -> Floats:
        """(S · looks,) units that the challenger has had by each look."""
        return np.cumsum(self.share_by_look * self.units / self.looks)

    @property
    def readable(self) -> Bools:
        """(S · looks,) whether each arm has units enough by then for the asymptotic sequence."""
        incumbent = np.cumsum((1 - self.share_by_look) * self.units / self.looks)
        return np.asarray(np.minimum(self.challenger_units, incumbent) >= FEWEST_ROWS)


@dataclass(frozen=True, kw_only=True)
class Walks:
    """Simulated rollouts in which no guard's number differs.

    Parameters
    ----------
    plan
        The ramp.
    z
        (guards, simulations, S · looks) the difference in standard errors, positive where the challenger looks better.
    information
        (guards, S · looks) one over the difference's variance.
    limits
        (guards, S · looks) how many standard errors wide the confidence sequence is on either side; infinite where it isn't read.
    """

    plan: Plan
    z: Floats
    information: Floats
    limits: Floats


@dataclass(frozen=True, kw_only=True)
class Chances:
    """What comes of a rollout, as shares of the simulations, by the end of each stage (S,).

    Parameters
    ----------
    rolled_back
        Rolled back by then: some guard is surely worse.
    clear
        Not rolled back, and a harm beyond the margin ruled out for every guard: the last of them are shipped.
    looks_better
        The first guard's number is the higher at the stage's end: what shipping by the look of it would go by.
    exposed
        Mean share of the ramp's units that the challenger gets before it is rolled back, one number.
    """

    rolled_back: Floats
    clear: Floats
    looks_better: Floats
    exposed: float

    @property
    def shipped(self) -> float:
        """Share that is shipped."""
        return float(self.clear[-1])

    @property
    def waiting(self) -> float:
        """Share that ends undecided."""
        return float(1 - self.clear[-1] - self.rolled_back[-1])


def walk(
    guards: Sequence[Guard], plan: Plan, *, simulations: int, seed: int, cancel: Cancel | None = None
) -> Walks | None:
    """Simulate rollouts; None where a guard's number doesn't vary, so that nothing can be simulated.

    Both arms draw their units independently; guards see the same units. More than 40 groups of units between two looks are drawn
    as 40 and scaled to the spread of all.

    Parameters
    ----------
    guards
        The numbers watched, the metric first; each with the same groups of units.
    plan
        The ramp.
    simulations, seed
        How many, and of which draws.
    cancel
        Looked at between looks.
    """
    variances = np.array([[each.variance(share) for share in plan.share_by_look] for each in guards])
    if not (variances > 0).all() or not np.isfinite(variances).all():
        return None
    rng = np.random.default_rng(seed)
    step = plan.units / plan.looks
    gained = step / variances
    noise = np.empty((len(guards), simulations, gained.shape[1]))
    for look, share in enumerate(plan.share_by_look):
        check_cancel(cancel)
        apart = _means(rng, [each.challenger for each in guards], step * share, simulations)
        apart -= _means(rng, [each.incumbent for each in guards], step * (1 - share), simulations)
        noise[:, :, look] = apart * gained[:, look, None]
    signs = np.array([each.sign for each in guards])[:, None, None]
    information = np.cumsum(gained, axis=1)
    limits = np.array(
        [boundary(each, tuned_rows=float(each[-1]), alpha=plan.alpha / len(guards)) for each in information]
    )
    return Walks(
        plan=plan, z=signs * np.cumsum(noise, axis=2) / np.sqrt(information)[:, None, :], information=information,
        limits=np.where(plan.readable, limits, np.inf),
    )  # fmt: skip


def _means(rng: np.random.Generator, parts: Sequence[Influence], units: float, simulations: int) -> Floats:
    """Return (guards, simulations) mean influences of so many units, the same units for each guard."""
    groups = len(parts[0].values)
    size = parts[0].units / groups
    drawn = int(np.clip(round(units / size), 1, _MOST_DRAWN))
    rows = rng.integers(0, groups, size=(simulations, drawn))
    return np.array([each.values[rows].mean(axis=1) for each in parts]) * math.sqrt(drawn * size / units)


def chances(walks: Walks, guards: Sequence[Guard], gains: Sequence[float] | Floats) -> Chances:
    """Return what comes of a rollout whose challenger is truly better by `gains`, one for each guard.

    Parameters
    ----------
    walks
        What `walk` returned.
    guards
        The same guards.
    gains
        True gains in each guard's unit; negative is worse.
    """
    plan = walks.plan
    root = np.sqrt(walks.information)[:, None, :]
    z = walks.z + np.array(gains)[:, None, None] * root
    limits = walks.limits[:, None, :]
    margins = np.array([each.margin for each in guards])[:, None, None]
    worse = (z < -limits).any(axis=0)
    back = np.logical_or.accumulate(worse, axis=1)
    clear = (z + margins * root > limits).all(axis=0) & ~back
    ends = np.arange(1, len(plan.shares) + 1) * plan.looks - 1
    first = np.where(back.any(axis=1), back.argmax(axis=1), back.shape[1] - 1)
    total = plan.units * len(plan.shares)
    return Chances(
        rolled_back=back[:, ends].mean(axis=0), clear=clear[:, ends].mean(axis=0),
        looks_better=(z[0][:, ends] > 0).mean(axis=0), exposed=float(plan.challenger_units[first].mean() / total),
    )  # fmt: skip


def units_needed(guard: Guard, share: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the units of traffic at which a stage alone rules out a harm beyond the margin, if there is none at all.

    The sequence is taken where it is narrowest; the margin then is its width and the normal quantile of `power` away.
    """
    wide = float(boundary(np.ones(1), tuned_rows=1.0, alpha=alpha)[0])
    return ((wide + float(stats.norm.ppf(power))) / guard.margin) ** 2 * guard.variance(share)
