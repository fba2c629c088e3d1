"""How a plan for an A/B test looks: power against rows, judged once and watched; in the browser, a planner."""

import math

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.experiments.planning import AbPlanResult
from mlops_widgets.ui.card import Axis, Card, Line, Mark, Series, Table, View
from mlops_widgets.ui.figures import small_print


@register
def card_of_plan(result: AbPlanResult) -> Card:
    """Return the power curve; the browser draws the planner in its place."""
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=(_curve(result),), view=_view(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _units(result: AbPlanResult) -> str:
    return "rows" if result.unit == "row" else "units"


def _curve(result: AbPlanResult) -> Line:
    return Line(
        x=result.curve_rows, x_axis=Axis(label=f"{_units(result)} in both arms", form="integer"),
        y_axis=Axis(label="", form="percent", lower=0.0, upper=1.0),
        title="Chance of seeing the effect",
        series=(
            Series(label="judged once", y=result.curve_power, role="reference"),
            Series(label="watched", y=result.curve_watched, role="production", dashed=True),
        ),
        marks=(Mark(value=result.power, label=f"power {number(result.power, 'percent')}"),),
        events=(Mark(value=float(result.needed_rows), label=f"{number(result.needed_rows, 'integer')} {_units(result)}", role="accent"),),
    )  # fmt: skip


def _view(result: AbPlanResult) -> View:
    state = {
        "kind": result.kind, "formula": result.formula, "unit": result.unit, "baseline": result.baseline,
        "deviation": result.deviation, "effect": result.effect, "alpha": result.alpha, "sides": result.sides,
        "ratio": result.ratio, "power": min(max(result.power, 0.05), 0.99), "per_day": result.per_day,
        "most_days": result.most_days, "looks": result.looks, "alphas": result.alphas.tolist(),
        "drift_step": float(result.drifts[1] - result.drifts[0]),
        "asked": {
            "rows": result.needed_rows, "mean": result.watched_mean_rows, "most": result.watched_rows,
            "none": result.watched_null_rows,
        },
    }  # fmt: skip
    return View(name="ab_planner", state=state, arrays={"crossed": result.crossed, "used": result.used})


def _table(result: AbPlanResult) -> Table:
    frame = result.frame()
    rows = tuple(
        (str(judged), number(int(n), "integer"), "–" if result.per_day is None else number(math.ceil(n / result.per_day), "integer"))
        for judged, n in zip(frame["judged"], np.asarray(frame["rows"]), strict=True)
    )  # fmt: skip
    return Table(columns=("judged", f"{_units(result)} in both arms", "days"), rows=rows)
