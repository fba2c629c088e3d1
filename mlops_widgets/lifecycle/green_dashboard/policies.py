"""Retraining policies on a made-up desk: when each learns anew, from labels that have arrived, and what the desk earns then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.lifecycle.green_dashboard.made_up import APPROVED_BELOW, LEARNED, LIVE, MadeUpDesk, answers, learn
from mlops_widgets.measures.ranks import auc
from mlops_widgets.study.samples.loans import LABEL_DELAY_MONTHS, MONTHS

Floats = npt.NDArray[np.float64]

SHIFT_ALARM, GAP_ALARM = 0.1, 0.03
"""Where alarms fire: a population stability index, and actual less predicted default rate."""
FIRST = LEARNED
"""The first month that is shown: from then on the model meets rows that it hasn't learned from."""
_RECENT, _MOST_RECENT, _HALF_A_YEAR = 6, 4, 6


@dataclass(kw_only=True)
class Watch:
    """What a policy may look at while a desk is played; at the beginning of month t labels before month t − 3 are known.

    Parameters
    ----------
    desk
        The desk.
    weights
        The model in use.
    month
        The month that begins.
    reference
        Months that the drift alarm compares with.
    """

    desk: MadeUpDesk
    weights: Floats
    month: int = LIVE
    reference: Sequence[int] = field(default_factory=lambda: range(LEARNED))

    @property
    def labelled(self) -> int:
        """The first month whose labels aren't all known yet."""
        return self.month - LABEL_DELAY_MONTHS


Rule = Callable[[Watch], range | None]
"""Called at the beginning of a month; returns the months to learn from, or None to keep the model."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy by name: when it retrains, and whether it is an alarm."""

    name: str
    label: str
    rule: Rule
    is_alarm: bool = False


def _never(_: Watch) -> range | None:
    return None


def _half_yearly(watch: Watch) -> range | None:
    return range(watch.labelled) if (watch.month - LIVE) % _HALF_A_YEAR == 0 and watch.month > LIVE else None


def _monthly(watch: Watch) -> range | None:
    return range(watch.labelled)


def _monthly_recent(watch: Watch) -> range | None:
    return range(watch.labelled - _RECENT, watch.labelled)


def _on_drift(watch: Watch) -> range | None:
    """Compare the inputs of the month that ended with those that the model learned from."""
    if watch.desk.shift(watch.month - 1, watch.reference) <= SHIFT_ALARM:
        return None
    recent = range(watch.labelled - _RECENT, watch.labelled)
    watch.reference = recent
    return recent


def _on_calibration(watch: Watch) -> range | None:
    """Compare predicted and actual defaults of the newest month whose labels are known."""
    rows = watch.desk.rows(watch.labelled - 1, watch.labelled)
    gap = watch.desk.y[rows].mean() - answers(watch.weights, watch.desk.inputs[rows]).mean()
    return range(watch.labelled - _MOST_RECENT, watch.labelled) if gap > GAP_ALARM else None


POLICIES: tuple[Policy, ...] = (
    Policy(name="never", label="never", rule=_never),
    Policy(name="half-yearly", label="half-yearly, all history", rule=_half_yearly),
    Policy(name="monthly", label="monthly, all history", rule=_monthly),
    Policy(name="monthly recent", label="monthly, last 6 months", rule=_monthly_recent),
    Policy(name="drift alarm", label="drift alarm", rule=_on_drift, is_alarm=True),
    Policy(name="calibration alarm", label="calibration alarm", rule=_on_calibration, is_alarm=True),
)
TRUTH = Policy(name="truth", label="knows the truth", rule=_never)
"""Not a policy that anybody has: decisions by the true probabilities."""

DIALS = ("auc", "money", "predicted", "actual", "bad_rate")


@dataclass(frozen=True, kw_only=True)
class Played:
    """One policy on one desk.

    Parameters
    ----------
    dials
        (dials, months shown) ROC AUC, money in millions, mean predicted and actual default rate, default rate of the approved.
    retrained
        Months at whose beginning it learned anew.
    """

    dials: Floats
    retrained: tuple[int, ...]


def play(desk: MadeUpDesk, policy: Policy, first: Floats) -> Played:
    """Return what the desk shows month by month under a policy.

    Parameters
    ----------
    desk
        The desk.
    policy
        The policy.
    first
        The model that goes live; what the months before show is what it would have answered.
    """
    watch = Watch(desk=desk, weights=first)
    shown, retrained = [], []
    for month in range(FIRST, MONTHS):
        watch.month = month
        months = policy.rule(watch) if month > LIVE else None
        if months is not None:
            rows = desk.rows(months.start, months.stop)
            watch.weights = learn(desk.inputs[rows], desk.y[rows])
            retrained.append(month)
        rows = desk.rows(month, month + 1)
        scores = desk.truth[rows] if policy is TRUTH else answers(watch.weights, desk.inputs[rows])
        shown.append(_dials(desk, rows, scores))
    return Played(dials=np.array(shown).T, retrained=tuple(retrained))


def _dials(desk: MadeUpDesk, rows: slice, scores: Floats) -> tuple[float, ...]:
    y, approved = desk.y[rows], scores < APPROVED_BELOW
    bad = float(y[approved].mean()) if approved.any() else float("nan")
    return auc(y, scores), float(desk.earned(scores, rows).sum()) / 1e6, float(scores.mean()), float(y.mean()), bad


def play_desks(
    make: Callable[[int], MadeUpDesk],
    *,
    desks: int,
    policies: Sequence[Policy],
    progress: Progress | None,
    cancel: Cancel | None,
) -> dict[str, list[Played]]:
    """Return each policy on every desk, the same desks for all."""
    found: dict[str, list[Played]] = {policy.name: [] for policy in policies}
    for at in steps(range(desks), "desk", progress, cancel):
        desk = make(at)
        rows = desk.rows(0, LEARNED)
        first = learn(desk.inputs[rows], desk.y[rows])
        for policy in policies:
            found[policy.name].append(play(desk, policy, first))
    return found
