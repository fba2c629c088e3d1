"""Read an A/B test: are the arms as planned, is the change better, and may one stop now."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Result
from mlops_widgets.measures.experiments.sample_ratio import ratio_p_value, sequential_ratio_p_value
from mlops_widgets.measures.several_tests import holm
from mlops_widgets.overfitting.experiments.analysis_findings import Balance, Ruling, ab_findings
from mlops_widgets.overfitting.experiments.arms import Sample, Trial
from mlops_widgets.overfitting.experiments.asked import (
    Better,
    check_options,
    directions_of,
    planned_shares,
    read_samples,
)
from mlops_widgets.overfitting.experiments.comparing import Comparison, Course, Rules, compare, course_of, look_times
from mlops_widgets.overfitting.experiments.staged import balance_by_stage, has_stages, shares_by_stage

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

DEFAULT_PLANNED_ROWS = 5000
_DEFAULT_LIFT = 0.05


@dataclass(frozen=True, kw_only=True)
class AbTestResult(Result):
    """Every arm against the control, the arms' sizes, and how the experiment ran.

    Parameters
    ----------
    verdict
        "ship", "don't ship", "keep running" or "don't read".
    best
        The arm that the verdict speaks of.
    arms, units, shares
        Names of the arms (control first), units in each, and their planned shares.
    ratio_p_value, ratio_watched_p_value, ratio_test
        Sample ratio: p-value of one look, p-value that holds at all looks, and the first one's name.
    comparisons
        Every outcome of every arm against the control.
    effect
        Smallest gain that matters, in the primary outcome's unit.
    alpha, looks, planned_rows
        How it is judged.
    times_are_dates, look_times, look_units, look_difference, look_lower, look_upper, look_watched_lower, look_watched_upper
        The primary outcome of `best` at each look; empty without time. Milliseconds since 1970 where they are dates.
    """

    verdict: Literal["ship", "don't ship", "keep running", "don't read"]
    best: str
    arms: tuple[str, ...]
    units: tuple[int, ...]
    shares: tuple[float, ...]
    ratio_p_value: float
    ratio_watched_p_value: float
    ratio_test: str
    comparisons: tuple[Comparison, ...]
    effect: float
    alpha: float
    looks: Literal["any", "once"]
    planned_rows: int
    times_are_dates: bool
    look_times: Floats
    look_units: Floats
    look_difference: Floats
    look_lower: Floats
    look_upper: Floats
    look_watched_lower: Floats
    look_watched_upper: Floats

    @property
    def primary(self) -> Comparison:
        """The primary outcome of the arm that the verdict speaks of."""
        return next(each for each in self.comparisons if each.role == "primary" and each.arm == self.best)

    def frame(self) -> "pd.DataFrame":
        """Return one row a comparison: outcome, arm, means, difference, both intervals, p-values and posterior."""
        import pandas as pd

        return pd.DataFrame([vars(each) for each in self.comparisons])


def analyse_ab_test(
    data: Any,  # noqa: ANN401 - a table, or numbers by arm
    *,
    arm: str = "arm",
    outcome: str | Sequence[str] = "outcome",
    unit: str | None = None,
    time: str | None = None,
    before: str | None = None,
    stage: str | None = None,
    control: str | None = None,
    shares: Mapping[Any, Any] | None = None,
    better: Better | Mapping[str, Better] = "higher",
    effect: float | None = None,
    guardrails: Mapping[str, float] | None = None,
    looks: Literal["any", "once"] = "any",
    planned_rows: int | None = None,
    alpha: float = 0.05,
    ratio_alpha: float = 0.001,
    prior: tuple[float, float] = (1.0, 1.0),
) -> AbTestResult:
    """Find out whether to ship a change, drop it, keep the test running, or not read the test at all.

    First the arms' sizes: where they aren't as planned, something chose who is in which arm, and nothing else is read. Then
    the primary outcome with an interval for one look and one that holds at all looks, guardrails, further outcomes, and the
    expected loss of either choice.

    Parameters
    ----------
    data
        A table (frame or path) with one row an observation, or numbers by arm: `{"control": (successes, n), "treatment":
        (successes, n)}` or `{"control": (mean, standard deviation, n), …}`.
    arm, outcome
        Columns of a table: which arm, and one outcome (0/1 or a number) or several; the first is the primary one.
    unit
        Column of what was randomised, such as a customer, where it has several rows; intervals then follow the units (delta
        method). Units seen in more than one arm are left out and counted.
    time
        Column with when a row came: shows the test as it ran. Looks are whole days where it spans them.
    before
        Column with the unit's value from before the test: takes out what was known (CUPED). Only of the primary outcome.
    stage
        Column with the stage of a ramp, where the arms' shares changed while it ran: arms are then compared stage by stage, since
        a late stage with more of the challenger would else compare another time too.
    control
        Name of the control; by default the arm called control, a, baseline, off, false or 0, of numbers the first.
    shares
        Planned share of each arm; by default equal. With `stage`, these by stage: `{0: {"old": 0.99, "new": 0.01}, 1: …}`; an arm
        left out isn't served there.
    better
        Whether more of the outcome is "higher" or "lower" better; a mapping says it by outcome.
    effect
        Smallest gain that matters, in the primary outcome's unit, above 0; by default 5 % of the control's mean, or
        where that is 0 of the mean of all arms.
    guardrails
        Columns that mustn't get worse → the largest loss that doesn't matter, in their unit, above 0.
    looks
        "any" judges by the confidence sequence: look whenever you like. "once" by the fixed interval, which holds only if
        the test is read a single time, at `planned_rows`.
    planned_rows
        Units of all arms that were planned. The confidence sequence is narrowest there; by default 5,000. Fix it before the
        test.
    alpha, ratio_alpha
        Chance of a false alarm of the primary outcome (shared evenly by several arms), and of the arms' sizes, which are
        judged by the test that holds at all looks, or with `looks="once"` by the one that holds once.
    prior
        Successes and failures of the Beta prior of 0/1 outcomes; other outcomes have a flat one.

    Returns
    -------
    AbTestResult
        Findings: OV-AB-01 the verdict, OV-AB-02 the arms' sizes, OV-AB-03 what one look would say, OV-AB-04 guardrails,
        OV-AB-05 expected loss, OV-AB-06 CUPED, OV-AB-07 further outcomes, OV-AB-08 units and outcomes that are missing.

    Raises
    ------
    InputError
        If a column or option can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> test = mw.overfitting.analyse_ab_test({"control": (500, 5000), "treatment": (640, 5000)}, effect=0.01)
    >>> test.verdict
    'ship'
    """
    outcomes = [outcome] if isinstance(outcome, str) else list(outcome)
    check_options(
        outcomes, alpha=alpha, ratio_alpha=ratio_alpha, effect=effect, planned_rows=planned_rows, looks=looks, prior=prior
    )  # fmt: skip
    trial, names, samples = read_samples(
        data, arm=arm, outcomes=outcomes, guardrails=guardrails or {}, unit=unit, time=time, before=before, stage=stage,
        control=control,
    )  # fmt: skip
    primary = next(iter(samples))
    directions = directions_of(better, samples)
    rules = Rules(
        alpha=alpha, tuned_rows=float(planned_rows or DEFAULT_PLANNED_ROWS), prior=prior,
        comparisons=(len(names) - 1) * (len(samples) - len(guardrails or {})), primaries=len(names) - 1,
    )  # fmt: skip
    sizes = trial.sizes() if trial else np.array([each.units for each in samples[primary].arms])
    staged = trial.stages if trial else ()
    by_stage = shares if staged and has_stages(shares) else None
    planned = planned_shares(shares, names) if by_stage is None else shares_by_stage(by_stage, names, staged)
    comparisons = _compare_all(samples, names, rules, directions, guardrails or {})
    worth = effect if effect is not None else _default_effect(samples[primary])
    watched = looks == "any"
    best = max((c for c in comparisons if c.role == "primary"), key=lambda c: _rank(c, watched=watched))
    times = look_times(trial) if trial else np.zeros(0)
    course = course_of(trial, primary, names.index(best.arm), rules, times) if trial else _no_course(len(names))
    if trial and staged:
        balance = balance_by_stage(trial, planned, times, ratio_alpha, watched=watched)
        planned = balance.shares
    else:
        balance = _balance(sizes, planned, course, ratio_alpha, names, watched=watched)
    ruling = Ruling(
        alpha=alpha, effect=worth, effect_given=effect is not None, looks=looks, planned_rows=planned_rows,
        tuned_rows=rules.tuned_rows, comparisons=rules.comparisons, primaries=rules.primaries, all_units=int(sizes.sum()),
        unit=unit or "unit",
    )  # fmt: skip
    verdict, findings = ab_findings(comparisons, best, balance, ruling, course=course, trial=trial)
    return AbTestResult(
        findings=findings, rows=trial.source_rows if trial else int(sizes.sum()), method=_method(best, ruling, trial),
        reference="Miettinen & Nurminen 1985; Welch 1947; Waudby-Smith et al. 2024; Lindon & Malek 2022; Deng et al. 2013, 2018",
        verdict=verdict, best=best.arm, arms=names, units=tuple(int(n) for n in sizes), shares=tuple(planned.tolist()),
        ratio_p_value=balance.p_value, ratio_watched_p_value=balance.watched_p_value, ratio_test=balance.test,
        comparisons=comparisons, effect=worth, alpha=alpha, looks=looks, planned_rows=round(rules.tuned_rows),
        times_are_dates=bool(trial and trial.times_are_dates), look_times=course.times,
        look_units=course.units.sum(axis=1).astype(np.float64), look_difference=course.difference, look_lower=course.lower,
        look_upper=course.upper, look_watched_lower=course.watched_lower, look_watched_upper=course.watched_upper,
    )  # fmt: skip


def _compare_all(
    samples: Mapping[str, Sample], names: tuple[str, ...], rules: Rules, directions: Mapping[str, int],
    guardrails: Mapping[str, float],
) -> tuple[Comparison, ...]:  # fmt: skip
    found = []
    for place, (outcome, sample) in enumerate(samples.items()):
        role = "guardrail" if outcome in guardrails else "secondary" if place else "primary"
        found += [
            compare(
                sample, code, names[code], rules, role=role, better=directions[outcome], margin=guardrails.get(outcome)
            )
            for code in range(1, len(names))
        ]
    tested = [index for index, each in enumerate(found) if each.role != "guardrail"]
    for index, p in zip(tested, holm(np.array([found[index].p_value for index in tested])), strict=True):
        found[index] = replace(found[index], adjusted_p_value=float(p))
    return tuple(found)


def _rank(comparison: Comparison, *, watched: bool) -> tuple[bool, float]:
    """Order arms by what is surely gained, then by what was seen."""
    lower, _ = comparison.gained(watched=watched)
    return lower > 0, comparison.better * comparison.difference


def _default_effect(sample: Sample) -> float:
    first, total = sample.arms[0], sum(arm.units for arm in sample.arms)
    mean = first.mean or sum(arm.mean * arm.units for arm in sample.arms) / total
    if not mean and sample.tallies is not None:
        mean = 0.5 / (total + 1)  # nothing came in any arm: its share is below what so many units could show
    spread = math.sqrt(first.variance) if first.variance > 0 else 1.0
    return _DEFAULT_LIFT * abs(mean) if mean else 0.1 * spread


def _balance(
    sizes: npt.NDArray[np.int64], shares: Floats, course: Course, alpha: float, names: tuple[str, ...], *, watched: bool
) -> Balance:
    p, test = ratio_p_value(sizes, shares)
    seen = np.vstack([course.units, sizes[None, :]])
    return Balance(
        names=names, sizes=sizes, shares=shares, p_value=p, test=test, alpha=alpha,
        watched_p_value=sequential_ratio_p_value(seen, shares), looks=len(course.times), watched=watched,
    )  # fmt: skip


def _no_course(arms: int) -> Course:
    nothing = np.zeros(0)
    return Course(
        times=nothing, units=np.zeros((0, arms), dtype=np.int64), difference=nothing, lower=nothing, upper=nothing,
        watched_lower=nothing, watched_upper=nothing,
    )  # fmt: skip


def _method(best: Comparison, ruling: Ruling, trial: Trial | None) -> str:
    level = f"{100 * (1 - ruling.alpha / ruling.primaries):.4g} %"
    shared = f" (alpha over {ruling.primaries} arms)" if ruling.primaries > 1 else ""
    parts = [
        f"One look: {best.once}, {level}{shared}",
        f"All looks: {best.watched}, {level} together{shared}, narrowest at {ruling.tuned_rows:,.0f} units",
        f"Arms' sizes: {'the sequential test' if ruling.watched else 'the test of one look'} decides",
    ]
    if trial is not None and trial.stages:
        parts.append(
            f"By stage ({len(trial.stages)}): arms are compared within each, stages weighted by what they tell"
        )
    if trial is not None and trial.by_unit:
        parts.append(f"By {ruling.unit}: a unit's rows count as one value (delta method)")
    if best.gain is not None:
        parts.append("Primary outcome less what was known before (CUPED, slope pooled within arms)")
    return ". ".join(parts)
