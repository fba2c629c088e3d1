"""What a plan for an A/B test says, in sentences."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import number
from mlops_widgets.measures.experiments.power import Design, Outcome
from mlops_widgets.measures.proportions import wilson
from mlops_widgets.overfitting.experiments.baselines import Baseline, in_words

Floats = npt.NDArray[np.float64]

ENOUGH_POWER = 0.8
FEWEST_EVENTS = 10
_FEW_UNITS = 100  # a standard deviation of 100 units is known to about 7 %


@dataclass(frozen=True)
class Plan:
    """Effect, power and rows that go together, and which of them followed."""

    effect: float
    power: float
    control_rows: int
    treatment_rows: int
    solved_for: Literal["rows", "effect", "power"]

    @property
    def rows(self) -> int:
        """Rows in both arms."""
        return self.control_rows + self.treatment_rows


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The same experiment watched: rows at most and on average, its false alarms, and its power at each drift."""

    looks: int
    most_rows: int
    mean_rows: int
    null_rows: int
    alpha: float
    power: float
    crossed: Floats


def plan_findings(
    start: Baseline, outcome: Outcome, design: Design, plan: Plan, watched: Watched, *, traffic: float | None,
    most_days: int,
) -> tuple[Finding, ...]:  # fmt: skip
    """Return OV-AP-01 to -04, the plan first."""
    return (
        _plan(start, outcome, design, plan, traffic),
        _watched(start, plan, watched),
        *_days(start, plan, watched, traffic, most_days),
        _grounds(start, outcome, plan),
    )


def _change(outcome: Outcome, effect: float) -> str:
    way = "rise" if effect > 0 else "fall"
    return f"a {way} from {in_words(outcome, outcome.value)} to {in_words(outcome, outcome.value + effect)}"


def _plan(start: Baseline, outcome: Outcome, design: Design, plan: Plan, traffic: float | None) -> Finding:
    rows, power, units = number(plan.rows, "integer"), number(plan.power, "percent"), _units(start)
    arms = f"{number(plan.control_rows, 'integer')} control, {number(plan.treatment_rows, 'integer')} treatment"
    what = _change(outcome, plan.effect)
    days = "" if traffic is None else f", {_in_days(plan.rows, traffic)}"
    claim = {
        "rows": f"To see {what} in {power} of cases, the test needs {rows} {units} ({arms}){days}.",
        "effect": f"{rows} {units} ({arms}{days}) see {what} in {power} of cases; what is smaller stays mostly unseen.",
        "power": f"With {rows} {units} ({arms}{days}), {what} is seen in {power} of cases.",
    }[plan.solved_for]
    status: Status = "passed" if plan.power >= ENOUGH_POWER - 1e-9 else "warning" if plan.power >= 0.5 else "failed"
    action = {
        "passed": "Fix rows, outcome and alpha before the first row; then read the result once, or watch it by a confidence sequence.",
        "warning": "Take more rows, or a larger effect: a test that misses what it looks for says little when it finds nothing.",
        "failed": "Don't start it so: it misses this effect more often than it sees it. Take more rows, or look for a larger effect.",
    }[status]
    return Finding(
        code="OV-AP-01", status=status, claim=claim, action=action,
        evidence={
            "baseline": outcome.value, "effect": plan.effect, "power": plan.power, "alpha": design.alpha,
            "control_rows": plan.control_rows, "treatment_rows": plan.treatment_rows, "unit": start.unit,
        },
    )  # fmt: skip


def _units(start: Baseline) -> str:
    """Return what the plan counts: rows, or the units that are randomised whole."""
    return "rows" if start.unit == "row" else "units"


def _in_days(rows: float, traffic: float) -> str:
    days = math.ceil(rows / traffic)
    return "1 day" if days == 1 else f"{number(days, 'integer')} days"


def _watched(start: Baseline, plan: Plan, watched: Watched) -> Finding:
    claim = (
        f"Watched {watched.looks} times and stopped at the first crossing, it needs {number(watched.mean_rows, 'integer')} "
        f"{_units(start)} on average where the effect is there and {number(watched.most_rows, 'integer')} at most, for the same power; "
        f"false alarms over all looks: {number(watched.alpha, 'percent', digits=1)}."
    )
    saves = watched.mean_rows < plan.rows
    action = (
        "Watch it: on average it ends earlier than the test that is read once."
        if saves
        else "Watch it only if stopping early is worth the rows: read once, the test needs fewer."
    )
    evidence = {
        "mean_rows": watched.mean_rows, "most_rows": watched.most_rows, "null_rows": watched.null_rows,
        "false_alarms": watched.alpha, "power": watched.power, "looks": watched.looks,
    }  # fmt: skip
    return Finding(code="OV-AP-02", status="passed", claim=claim, action=action, evidence=evidence)


def _days(start: Baseline, plan: Plan, watched: Watched, traffic: float | None, most_days: int) -> tuple[Finding, ...]:
    if traffic is None:
        claim = "How many days that takes can't be said: nothing tells how many rows a day there are."
        return (
            Finding(code="OV-AP-03", status="not_applicable", claim=claim, action="Pass per_day= (rows a day in both arms)."),
        )  # fmt: skip
    days = plan.rows / traffic
    took, a_day = _in_days(plan.rows, traffic), f"{number(traffic, 'integer')} {_units(start)} a day"
    evidence = {
        "days": float(days), "watched_days_at_most": float(watched.most_rows / traffic), "rows_per_day": float(traffic)
    }  # fmt: skip
    if days > most_days:
        affordable = math.floor(most_days * traffic)
        claim = f"At {a_day} it takes {took}, more than {most_days} days (most_days=)."
        action = f"See what {most_days} days can show: plan_ab_test(…, rows={affordable}) gives the smallest effect."
        return (Finding(code="OV-AP-03", status="warning", claim=claim, action=action, evidence=evidence),)
    if days < 7:
        claim = f"At {a_day} it takes {took}: less than a week, so some weekdays are missing."
        action = "Run it for whole weeks all the same: who comes on a Sunday may differ."
        return (Finding(code="OV-AP-03", status="warning", claim=claim, action=action, evidence=evidence),)
    claim = f"At {a_day} it takes {took}, within {most_days} days (most_days=)."
    return (
        Finding(code="OV-AP-03", status="passed", claim=claim, action="Run it for whole weeks.", evidence=evidence),
    )


def _grounds(start: Baseline, outcome: Outcome, plan: Plan) -> Finding:
    if outcome.kind == "share":
        events = min(
            rows * min(share, 1 - share)
            for rows, share in (
                (plan.control_rows, outcome.value), (plan.treatment_rows, outcome.value + plan.effect),
            )
        )  # fmt: skip
        if events < FEWEST_EVENTS:
            claim = (
                f"An arm expects {number(events, digits=1)} rows of the rarer outcome: too few for the normal formula."
            )
            action = (
                "Take the plan as a rough guide; the score interval and the exact sequence stay valid in the analysis."
            )
            return Finding(code="OV-AP-04", status="warning", claim=claim, action=action, evidence={"events": events})
    if not start.units:
        claim = f"The plan rests on {start.source}; if that is wrong, so is the number of rows."
        action = "Pass the outcomes themselves (baseline=frame['column']) and their uncertainty is shown."
        return Finding(code="OV-AP-04", status="not_enough_data", claim=claim, action=action)
    if outcome.kind == "share":
        lower, upper = (
            float(end[0]) for end in wilson(np.array([outcome.value * start.units]), np.array([start.units]))
        )
        span = f"{in_words(outcome, lower)} to {in_words(outcome, upper)}"
        claim = f"The baseline comes from {start.source}: {in_words(outcome, outcome.value)}, 95 % interval {span}."
        evidence: dict[str, float | int | str | bool | None] = {"lower": lower, "upper": upper, "units": start.units}
        return Finding(code="OV-AP-04", status="passed", claim=claim, evidence=evidence)
    claim = (
        f"The baseline comes from {start.source}: mean {number(outcome.value)}, standard deviation "
        f"{number(outcome.deviation)} of {number(start.units, 'integer')} units."
    )
    if start.units < _FEW_UNITS:
        claim = f"{claim[:-1]}: so few that the rows needed are a guess."
        action = "Take outcomes of more units for the plan."
        return Finding(code="OV-AP-04", status="not_enough_data", claim=claim, action=action)
    return Finding(
        code="OV-AP-04", status="passed", claim=claim, evidence={"deviation": outcome.deviation, "units": start.units}
    )
