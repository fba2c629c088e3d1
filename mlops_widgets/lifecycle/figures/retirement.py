"""How retirement looks: a rule's signal over its history, with the bound and where it fires; the decision and the runbook as texts."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.display import register
from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import estimate, number, short
from mlops_widgets.lifecycle.retirement.decisions import DecisionRecord
from mlops_widgets.lifecycle.retirement.policy import RetirementRule
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult, RuleOutcome
from mlops_widgets.lifecycle.retirement.runbook import Runbook
from mlops_widgets.ui.card import Axis, Card, Chart, Line, Mark, Series, Table, View
from mlops_widgets.ui.figures import small_print

Floats = npt.NDArray[np.float64]

_LONGEST = 44
_ROOM = 0.25
"""Share of the history's range by which the slider goes beyond it."""


@register
def card_of_retirement(result: RetirementResult) -> Card:
    """Return the signal of the rule that decides, live: its bound can be dragged."""
    first = result.findings[0]
    shown = [place for place in range(len(result.outcomes)) if not np.isnan(result.values[place]).all()]
    return Card(
        headline=first.claim, status=first.status, charts=_chart(result, shown), view=_view(result, shown), findings=result.findings[1:],
        table=_table(result), action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


@register
def card_of_decision(record: DecisionRecord) -> Card:
    """Return the record."""
    return _page(record, record.findings)


@register
def card_of_runbook(book: Runbook) -> Card:
    """Return the runbook."""
    return _page(book, book.findings)


def _page(result: DecisionRecord | Runbook, findings: tuple[Finding, ...]) -> Card:
    first = findings[0]
    return Card(
        headline=first.claim, status=first.status, findings=findings[1:], action=first.action, document=result.document, small=small_print(result)
    )  # fmt: skip


def _first_shown(result: RetirementResult, shown: list[int]) -> int:
    """Return the rule that the figure begins with: one that fires and acts, else one that fired before, else the first."""
    rules = result.policy.rules

    def rank(place: int) -> tuple[bool, bool, int]:
        outcome = result.outcomes[place]
        acts = rules[place].action != "warn"
        return not (outcome.state == "fired" and acts), not (outcome.first >= 0 and acts), place

    return min(shown, key=rank)


def _chart(result: RetirementResult, shown: list[int]) -> tuple[Chart, ...]:
    if not shown:
        return ()
    place = _first_shown(result, shown)
    rule, outcome = result.policy.rules[place], result.outcomes[place]
    events: tuple[Mark, ...] = ()
    if outcome.first >= 0:
        at = min(outcome.first, len(result.chunks) - 1)
        events = (Mark(value=float(_x(result)[at]), label="fires", role="bad"),)
    values = Series(
        label=rule.signal,
        y=result.values[place],
        lower=result.lower[place],
        upper=result.upper[place],
        role="production",
    )
    bound = Mark(value=rule.bound, label="bound", role="bad" if outcome.first >= 0 else "reference")
    return (
        Line(
            x=_x(result), x_axis=Axis(label="" if result.are_dates else result.by, form="date" if result.are_dates else "number"),
            y_axis=Axis(label=rule.signal), series=(values,), marks=(bound,), events=events, title=f"Rule “{short(rule.name)}”",
        ),
    )  # fmt: skip


def _x(result: RetirementResult) -> Floats:
    return result.starts if result.by != "rows" else np.arange(1.0, len(result.chunks) + 1)


def _view(result: RetirementResult, shown: list[int]) -> View | None:
    if not shown:
        return None
    rules = [_rule(result, place) for place in shown]
    unit = result.edge_unit.replace("value", "in all", 1) if result.edge_total else result.edge_unit
    flat = {name: getattr(result, name)[shown].ravel() for name in ("values", "lower", "upper")}
    return View(
        name="retirement",
        state={
            "rules": rules, "start": shown.index(_first_shown(result, shown)), "chunks": [short(each, 24) for each in result.chunks],
            "dates": result.are_dates, "by": f"{result.by}s", "unit": unit, "total": result.edge_total,
        },
        arrays={**flat, "x": _x(result), "edge": result.edge, "errors": result.edge_error, "rows": result.edge_rows.astype(np.float64)},
    )  # fmt: skip


def _rule(result: RetirementResult, place: int) -> dict[str, object]:
    rule, outcome = result.policy.rules[place], result.outcomes[place]
    held = np.concatenate([result.lower[place], result.upper[place], [rule.bound]])
    low, high = float(np.nanmin(held)), float(np.nanmax(held))
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    return {
        "name": short(rule.name), "signal": _signal(rule), "action": rule.action, "below": rule.comparator == "below", "limit": rule.limit,
        "bound": rule.bound, "wait": outcome.wait, "k": rule.k, "n": rule.n, "lower": low - room, "upper": high + room,
    }  # fmt: skip


def _signal(rule: RetirementRule) -> str:
    return f"{rule.signal} ({short(rule.of, 20)})" if rule.of else rule.signal


def _table(result: RetirementResult) -> Table:
    rows = tuple(
        _line(result, rule, outcome) for rule, outcome in zip(result.policy.rules, result.outcomes, strict=True)
    )
    return Table(
        columns=("rule", "says", "today", "newest known chunk", "bound", "first fired", "false alarms"), rows=rows
    )


def _line(result: RetirementResult, rule: RetirementRule, outcome: RuleOutcome) -> tuple[str, ...]:
    value = estimate(outcome.value, outcome.lower, outcome.upper) if not np.isnan(outcome.value) else "–"
    first = result.chunk_name(outcome.first) if outcome.first >= 0 else "never"
    state = f"{outcome.state}: {outcome.why}" if outcome.why else outcome.state
    alarm = number(outcome.false_alarm, "percent")
    return (
        short(rule.name, _LONGEST),
        rule.action,
        state,
        value,
        f"{rule.comparator} {number(rule.bound)}",
        first,
        alarm,
    )
