"""The green dashboard as a card: in the picture both panels, in the browser months that play and policies to choose from."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.lifecycle.green_dashboard.dashboard_result import GreenDashboardResult
from mlops_widgets.ui.card import Axis, Card, Line, Mark, Role, Series, Table, View
from mlops_widgets.ui.figures import small_print


@register
def card_of_green_dashboard(result: GreenDashboardResult) -> Card:
    """Return what AUC shows and what money says; of a study every panel that could be measured."""
    first = result.findings[0]
    played = bool(result.policies)
    shown = ("metric", "money") if played else tuple(panel.name for panel in result.panels)
    return Card(
        headline=first.claim, status=first.status, charts=tuple(_line(result, name) for name in shown),
        view=_view(result) if played else None, findings=result.findings[1:],
        table=_policies(result) if played else _chunks(result), action=first.action,
        small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _line(result: GreenDashboardResult, name: str) -> Line:
    at = result.panel(name)
    panel = result.panels[at]
    role: Role = "bad" if panel.status == "failed" or (name == "money" and result.policies) else "good"
    series = [
        Series(
            label="never retrained" if name == "money" and result.policies else panel.label,
            y=result.values[at],
            lower=result.lower[at],
            upper=result.upper[at],
            role=role,
        )
    ]
    marks = [Mark(value=0.0, label="zero")] if name == "money" and result.policies else _promise(result, at)
    if name == "money" and result.policies:
        names = [row.name for row in result.policies]
        series.append(Series(label="calibration alarm", y=result.policy_money[names.index("calibration alarm")], role="accent"))  # fmt: skip
    events = tuple(
        Mark(value=float(result.starts[place]), label=label, role="muted")
        for place, label in ((result.live, "live"), (result.shock, "shock")) if place >= 0
    )  # fmt: skip
    axis = Axis(label="" if result.are_dates else "chunk", form="date" if result.are_dates else "number")
    return Line(
        x=result.starts, x_axis=axis, y_axis=Axis(label=panel.label, form=panel.form), series=tuple(series),
        marks=tuple(marks), events=events, title={"metric": "What the dashboard shows", "money": "What the desk earns"}[name] if result.policies else "",
    )  # fmt: skip


def _promise(result: GreenDashboardResult, at: int) -> list[Mark]:
    """Return where a panel was, on the test or before the shock."""
    panel = result.panels[at]
    where = "before the shock" if result.policies else "on the test"
    return [Mark(value=panel.promised, label=f"{where} {number(panel.promised, panel.form)}")] if np.isfinite(panel.promised) else []  # fmt: skip


def _view(result: GreenDashboardResult) -> View:
    return View(
        name="dashboard",
        state={
            "months": list(result.labels), "delay": result.known_after, "live": result.live, "shock": result.shock,
            "promised": result.panels[0].promised, "margin": result.panels[0].margin,
            "policies": [{"label": row.label, "retrains": row.retrains} for row in result.policies],
        },
        arrays={"starts": result.starts, "auc": result.policy_auc.ravel(), "money": result.policy_money.ravel()},
    )  # fmt: skip


def _policies(result: GreenDashboardResult) -> Table:
    columns = (
        "retrain", "retrainings", "AUC, before → after", "default rate of the approved", "M a month",
        f"M in {len(result.labels) - result.live} months", "more than never",
    )  # fmt: skip
    rows = tuple(
        (
            row.label, number(row.retrains, digits=1), _change(row.auc_before, row.auc_after, digits=3), _change(row.bad_before, row.bad_after), _change(row.money_before, row.money_after),
            estimate(row.total, row.total_lower, row.total_upper),
            "–" if row.name == "never" else estimate(row.gain, row.gain_lower, row.gain_upper),
        )
        for row in result.policies
    )  # fmt: skip
    return Table(columns=columns, rows=rows, caption=f"Means over {result.desks} desks, with 95 % intervals")


def _change(before: float, after: float, *, digits: int = 2) -> str:
    return f"{number(before, digits=digits)} → {number(after, digits=digits)}"


def _chunks(result: GreenDashboardResult) -> Table:
    rows = tuple(
        (label, *(
            estimate(float(result.values[at, place]), float(result.lower[at, place]), float(result.upper[at, place]), panel.form)
            for at, panel in enumerate(result.panels)
        ))
        for place, label in enumerate(result.labels)
    )  # fmt: skip
    return Table(columns=("chunk", *(panel.label for panel in result.panels)), rows=rows)
