"""Plan an A/B test: how many rows it needs, how many days, and what looking at it early costs."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize

from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError
from mlops_widgets.measures.experiments.confidence_sequences import boundary
from mlops_widgets.measures.experiments.looks import Looks, even_looks, watch
from mlops_widgets.measures.experiments.power import Design, Outcome, Sides, control_rows_for, detectable_effect, power
from mlops_widgets.overfitting.experiments.baselines import read_baseline
from mlops_widgets.overfitting.experiments.plan_findings import Plan, Watched, plan_findings
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

ALPHAS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Levels that the planner in the browser offers beside the one asked for."""
DRIFTS: Floats = np.linspace(0, 8, 161)
MOST_LOOKS = 200
_POINTS = 60
_DEFAULT_POWER = 0.8


@dataclass(frozen=True, kw_only=True)
class AbPlanResult(Result):
    """Rows, effect and power of an experiment that is judged once, and of one that is watched.

    Parameters
    ----------
    kind
        "share" or "mean": what the outcome is.
    source
        Where the baseline comes from.
    unit
        What is randomised: "row", or the entity.
    baseline, deviation
        The control's share or mean, and the standard deviation of a mean (1 for a share, where it isn't used).
    formula
        Of shares: "score" or "arcsine".
    effect
        Treatment less control that is to be seen, in the outcome's unit.
    alpha, sides, ratio
        Level, sides of the test, and rows of the treatment for each of the control.
    power
        Chance of seeing the effect, judged once at the end.
    solved_for
        Which of "rows", "effect" and "power" followed from the other two.
    control_rows, treatment_rows
        Rows in each arm (units of randomisation).
    per_day, days, most_days
        Rows a day in all arms, days that the experiment takes, and how many are acceptable; None where not known.
    looks
        How often the watched experiment is looked at, evenly spread.
    watched_rows, watched_mean_rows, watched_null_rows
        Rows in both arms of the experiment with a confidence sequence and the same power: at most, on average with the
        effect, and on average without one.
    watched_alpha
        Its chance of a false alarm over all these looks.
    curve_rows, curve_power, curve_watched
        Power against rows in both arms: judged once, and watched.
    alphas, drifts, crossed, used
        For the browser: chance of having crossed, and mean share of the rows used, shape (2 sides × alphas × drifts,)
        flattened; drift is the expected z at the last look.
    """

    kind: Literal["share", "mean"]
    source: str
    unit: str
    baseline: float
    deviation: float
    formula: Literal["score", "arcsine"]
    effect: float
    alpha: float
    sides: Sides
    ratio: float
    power: float
    solved_for: Literal["rows", "effect", "power"]
    control_rows: int
    treatment_rows: int
    per_day: float | None
    days: int | None
    most_days: int
    looks: int
    watched_rows: int
    watched_mean_rows: int
    watched_null_rows: int
    watched_alpha: float
    curve_rows: Floats
    curve_power: Floats
    curve_watched: Floats
    alphas: Floats
    drifts: Floats
    crossed: Floats
    used: Floats

    @property
    def needed_rows(self) -> int:
        """Rows in both arms, judged once."""
        return self.control_rows + self.treatment_rows

    @property
    def outcome(self) -> Outcome:
        """What is measured."""
        return Outcome(kind=self.kind, value=self.baseline, deviation=self.deviation, formula=self.formula)

    def frame(self) -> "pd.DataFrame":
        """Return one row a way of judging: judged once, watched at most, watched on average with and without the effect."""
        import pandas as pd

        rows = {
            "judged once": self.needed_rows, "watched, at most": self.watched_rows,
            "watched, mean with the effect": self.watched_mean_rows, "watched, mean without": self.watched_null_rows,
        }  # fmt: skip
        days = [None if self.per_day is None else math.ceil(each / self.per_day) for each in rows.values()]
        return pd.DataFrame({"judged": list(rows), "rows": list(rows.values()), "days": days})


@strategy("OV-AP", takes_data=True)
def plan_ab_test(
    baseline: Any,  # noqa: ANN401 - a number, outcomes or a study
    *,
    effect: float | None = None,
    lift: float | None = None,
    rows: int | None = None,
    power: float | None = None,  # the argument's own name in the field
    deviation: float | None = None,
    alpha: float = 0.05,
    sides: Sides = 2,
    ratio: float = 1.0,
    formula: Literal["score", "arcsine"] = "score",
    per_day: float | None = None,
    most_days: int = 28,
    looks: int = 20,
) -> AbPlanResult:
    """Find out how many rows and days an A/B test needs, what it can see, or how likely it sees it.

    Of effect, rows and power two are given and the third follows; power is .8 where only one is. The same is answered for
    an experiment that is watched while it runs and stopped when its confidence sequence leaves 0.

    Parameters
    ----------
    baseline
        What the outcome is without the change: a rate (0 to 1), a mean (with `deviation=`), the outcomes themselves as an
        array or column (0/1 or numbers), or a Study. Of a Study, production's: the value per decision where it has
        `values`, else the target, of several classes the share of right predictions; by its entity where it has one.
    effect, lift
        Smallest difference that is worth seeing, in the outcome's unit, or as a share of the baseline; below 0 for one
        downward. Give one.
    rows
        Rows in both arms together: units of randomisation, such as customers. Of a Study without effect and rows as many as
        it has: what an experiment on that traffic would have seen.
    power
        Chance of seeing the effect if it is there, between `alpha` and 1.
    deviation
        Standard deviation of a row, with a mean given as a number.
    alpha
        Chance of a false alarm, 0 to 1.
    sides
        2 looks both ways, 1 only for the better.
    ratio
        Rows of the treatment for each of the control, .01 to 100.
    formula
        Of shares: "score" (statsmodels' `power_proportions_2indep`) or "arcsine" (its `NormalIndPower` on Cohen's h).
        Means use Student's noncentral t (`TTestIndPower`).
    per_day
        Rows a day that both arms get together; by default what a Study's dates show.
    most_days
        Days after which the answer comes too late.
    looks
        How often the watched experiment is looked at, evenly spread, 1 to 200.

    Returns
    -------
    AbPlanResult
        Findings: OV-AP-01 rows, effect and power; OV-AP-02 the same watched; OV-AP-03 days; OV-AP-04 what the numbers
        rest on.

    Raises
    ------
    InputError
        If an option is out of its range, all or none of effect and rows are given, or nothing up to 1e13 rows would do.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> plan = mw.overfitting.plan_ab_test(0.10, effect=0.02, per_day=1000)
    >>> plan.control_rows, plan.treatment_rows, plan.days
    (3841, 3841, 8)
    """
    start = read_baseline(baseline, deviation)
    outcome = Outcome(
        kind=start.outcome.kind, value=start.outcome.value, deviation=start.outcome.deviation, formula=formula
    )
    _check(alpha, sides=sides, ratio=ratio, per_day=per_day, most_days=most_days, looks=looks, formula=formula)
    design = Design(alpha=alpha, sides=sides, ratio=ratio)
    wanted = _effect(effect, lift, outcome)
    if wanted is None and rows is None and isinstance(baseline, Study):
        rows = start.units
    plan = _solve(outcome, design, wanted, rows, _power(power, wanted, rows, alpha))
    traffic = start.per_day if per_day is None else per_day
    watched, tables = _watch(outcome, design, plan, looks)
    total = plan.control_rows + plan.treatment_rows
    days = None if traffic is None else math.ceil(total / traffic)
    curve = np.unique(np.round(total * np.geomspace(0.02, max(3.0, 1.3 * watched.most_rows / total), _POINTS)))
    curve = curve[curve >= 4 * max(1.0, ratio, 1 / ratio)]
    return AbPlanResult(
        findings=plan_findings(start, outcome, design, plan, watched, traffic=traffic, most_days=most_days),
        rows=start.rows, method=_method(outcome, design, looks),
        reference="Fleiss 1981, ch. 3; Cohen 1988, ch. 2; Waudby-Smith et al. 2024; Armitage, McPherson & Rowe 1969",
        kind=outcome.kind, source=start.source, unit=start.unit, baseline=outcome.value, deviation=outcome.deviation,
        formula=formula, effect=plan.effect, alpha=alpha, sides=sides, ratio=ratio, power=plan.power,
        solved_for=plan.solved_for, control_rows=plan.control_rows, treatment_rows=plan.treatment_rows,
        per_day=traffic, days=days, most_days=most_days, looks=looks, watched_rows=watched.most_rows,
        watched_mean_rows=watched.mean_rows, watched_null_rows=watched.null_rows, watched_alpha=watched.alpha,
        curve_rows=curve, curve_power=np.array([_power_at(each, plan.effect, outcome, design) for each in curve]),
        curve_watched=np.interp([outcome.drift(plan.effect, n / (1 + ratio), ratio) for n in curve], DRIFTS, watched.crossed),
        alphas=tables["alphas"], drifts=DRIFTS, crossed=tables["crossed"], used=tables["used"],
    )  # fmt: skip


def _check(  # one line an option
    alpha: float, *, sides: int, ratio: float, per_day: float | None, most_days: int, looks: int, formula: str
) -> None:
    wrong = {
        f"alpha={alpha}. Pass the chance of a false alarm, above 0 and at most .5.": not 0 < alpha <= 0.5,
        f"sides={sides}. Pass 2, or 1 to look only for the better.": sides not in (1, 2),
        f"ratio={ratio}. Pass rows of the treatment for each of the control, .01 to 100.": not 0.01 <= ratio <= 100,
        f"per_day={per_day}. Pass rows a day, above 0.": per_day is not None and not 0 < per_day < math.inf,
        f"most_days={most_days}. Pass 1 or more.": most_days < 1,
        f"looks={looks}. Pass 1 to {MOST_LOOKS}.": not 1 <= looks <= MOST_LOOKS,
        f"formula={formula!r}. Pass 'score' or 'arcsine'.": formula not in ("score", "arcsine"),
    }
    for message, found in wrong.items():
        if found:
            raise InputError(message)


def _effect(effect: float | None, lift: float | None, outcome: Outcome) -> float | None:
    if effect is not None and lift is not None:
        raise InputError("effect= and lift= say the same in two ways. Pass one of them.")
    wanted = effect if lift is None else lift * abs(outcome.value)
    if wanted is None:
        return None
    if not math.isfinite(wanted) or wanted == 0:
        raise InputError(f"effect={wanted}. Pass the smallest difference that is worth seeing, other than 0.")
    if outcome.kind == "share" and not 0 <= outcome.value + wanted <= 1:
        raise InputError(
            f"effect={wanted:g}: with a baseline of {outcome.value:g} the treatment's rate would be "
            f"{outcome.value + wanted:g}. Rates lie between 0 and 1; lift= takes a share of the baseline."
        )
    return wanted


def _power(given: float | None, effect: float | None, rows: int | None, alpha: float) -> float | None:
    """Return the power to plan with; None where it is what follows."""
    if effect is None and rows is None:
        raise InputError("Pass two of effect= (or lift=), rows= and power=; the third follows. With one, power is .8.")
    if effect is not None and rows is not None:
        if given is not None:
            raise InputError("effect=, rows= and power= are all given: leave out the one that is to follow.")
        return None
    aim = _DEFAULT_POWER if given is None else given
    if not alpha < aim < 1:
        raise InputError(f"power={aim}. Pass a chance above alpha={alpha} and below 1; .8 is usual.")
    return aim


def _solve(outcome: Outcome, design: Design, effect: float | None, rows: int | None, aim: float | None) -> Plan:
    ratio = design.ratio
    if rows is not None and not 4 <= rows <= 1e13:
        raise InputError(f"rows={rows}. Pass rows in both arms together, 4 or more.")
    if effect is not None and aim is not None:
        control = control_rows_for(effect, aim, outcome, design)
        return Plan(effect, aim, math.ceil(control - 1e-9), math.ceil(control * ratio - 1e-9), "rows")
    assert rows is not None  # noqa: S101 - either follows; for the type checker
    control = max(1, round(rows / (1 + ratio)))
    arms = control, max(1, rows - control)
    if effect is not None:
        return Plan(effect, power(effect, rows / (1 + ratio), outcome, design), *arms, "power")
    assert aim is not None  # noqa: S101 - the same
    most = (1 - outcome.value) * (1 - 1e-9) if outcome.kind == "share" else 1e3 * outcome.deviation
    found = detectable_effect(rows / (1 + ratio), aim, outcome, design, most=most)
    if found is None:
        raise InputError(f"rows={rows}: too few to see any effect with power={aim:g}. Pass more rows, or less power.")
    return Plan(found, aim, *arms, "effect")


def _power_at(rows: float, effect: float, outcome: Outcome, design: Design) -> float:
    return power(effect, rows / (1 + design.ratio), outcome, design)


def watched_looks(alpha: float, sides: int, looks: int) -> Looks:
    """Return how an experiment fares that is looked at `looks` times with a confidence sequence tuned to its last row."""
    times = even_looks(looks)
    return watch(boundary(times, tuned_rows=1.0, alpha=alpha, sides=sides), times, sides=sides)


def _watch(outcome: Outcome, design: Design, plan: Plan, looks: int) -> tuple[Watched, dict[str, Floats]]:
    """Return rows of the watched experiment with the plan's power, and what the browser needs to move it."""
    alphas = np.unique([*ALPHAS, design.alpha])
    tables = {(s, a): watched_looks(float(a), s, looks) for s in (1, 2) for a in alphas}
    own = tables[design.sides, design.alpha]
    aim = min(max(plan.power, 2 * design.alpha, 0.05), 0.999)
    drift = float(optimize.brentq(lambda z: own.crossed(z)[-1] - aim, 0, 30))
    at_one = outcome.drift(plan.effect, 1.0, design.ratio)
    most = (drift / at_one) ** 2 * (1 + design.ratio)
    paths = [[table.crossed(z) for z in DRIFTS] for table in tables.values()]
    crossed = np.array([[each[-1] for each in row] for row in paths])
    used = np.array(
        [[table.time_used(each) for each in row] for table, row in zip(tables.values(), paths, strict=True)]
    )
    watched = Watched(
        looks=looks, most_rows=math.ceil(most), mean_rows=math.ceil(most * own.expected_time(drift)),
        null_rows=math.ceil(most * own.expected_time(0.0)), alpha=float(own.crossed(0.0)[-1]), power=aim,
        crossed=crossed[list(tables).index((design.sides, design.alpha))],
    )  # fmt: skip
    return watched, {"alphas": alphas, "crossed": crossed.ravel(), "used": used.ravel()}


def _method(outcome: Outcome, design: Design, looks: int) -> str:
    test = {
        "mean": "Student's noncentral t, equal variances",
        "share": "normal test of two shares, variance pooled under the null and each arm's own else",
    }[outcome.kind]
    if outcome.kind == "share" and outcome.formula == "arcsine":
        test = "normal test on Cohen's h (arcsine)"
    return (
        f"{test}; {'two' if design.sides == 2 else 'one'}-sided, alpha {design.alpha:g}. Watched: asymptotic confidence "
        f"sequence narrowest at the last row, {looks} even looks, chances by numerical integration, normal outcomes"
    )
