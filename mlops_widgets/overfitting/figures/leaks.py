"""How the search for leaks looks: a row a search, and how small a leak each would have seen in these data."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck
from mlops_widgets.overfitting.validation.leaks.find_leaks import LeakResult
from mlops_widgets.ui.card import Axis, Card, Chart, HeatMap, Table
from mlops_widgets.ui.figures import small_print

_UNITS = {
    "columns": "of the target explained", "gaps": "of the outcome's rows", "duplicates": "of the test's rows",
    "near_duplicates": "of the test's rows", "groups": "of the test's rows",
}  # fmt: skip


_SHORT = {
    "columns": "column", "gaps": "missing cells", "duplicates": "exact duplicates", "near_duplicates": "near duplicates",
    "groups": "shared groups",
}  # fmt: skip


@register
def card_of_leaks(result: LeakResult) -> Card:
    """Return the verdicts as a table, and the assay as a grid of searches by size of the leak put in."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=_charts(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: LeakResult) -> str:
    seen = [check for check in result.checks if not np.isnan(check.smallest_seen)]
    if not seen:
        return ""
    worst = max(seen, key=lambda check: check.smallest_seen)
    return (
        "Each row is a search; each square, leaks of one size put into your data, and how many of five the search saw. "
        f"The bluntest here ({_SHORT[worst.name]}) sees leaks from {number(worst.smallest_seen, 'percent')} {_UNITS[worst.name]}."
    )


def _charts(result: LeakResult) -> tuple[Chart, ...]:
    shown = [check for check in result.checks if check.assay]
    if not shown:
        return ()
    sizes = sorted({step.size for check in shown for step in check.assay})
    grid = np.array([[_found(check, size) for size in sizes] for check in shown])
    return (
        HeatMap(
            values=grid, columns=tuple(number(size, "percent") for size in sizes),
            rows=tuple(f"{MARKS[check.status]} {_SHORT[check.name]}" for check in shown), axis=Axis(label="leaks seen", form="percent"),
            column_title="size of the leak that was put in", title="How small a leak would have been seen here",
        ),
    )  # fmt: skip


def _found(check: LeakCheck, size: float) -> float:
    """Return the share of leaks of this size that were seen; 0 where smaller ones weren't tried because none was."""
    step = next((step for step in check.assay if step.size == size), None)
    return 0.0 if step is None else step.found / step.tries


def _table(result: LeakResult) -> Table:
    columns = ("search", "verdict", "found", "columns", "smallest leak seen here", "control")
    return Table(
        columns=columns,
        rows=tuple(_row(check) for check in result.checks),
        caption="One row a search; control: what keeps innocent data from being flagged.",
    )


def _row(check: LeakCheck) -> tuple[str, ...]:
    verdict = f"{MARKS[check.status]} {check.status.replace('_', ' ')}"
    if check.status in {"not_applicable", "not_run"}:
        why = check.missing if check.status == "not_run" else f"no {check.missing}"
        return check.label, verdict, why, "–", "–", "–"
    share = check.name not in {"groups", "order", "procedure"}
    value = (
        "–"
        if np.isnan(check.value)
        else written(check.value, check.lower, check.upper, "percent" if share else "number")
    )
    found = value if value == "–" else f"{value} ({check.measure})"
    seen = "every row is counted" if not check.assay else (
        f"none, up to {number(check.largest_missed, 'percent')}" if np.isnan(check.smallest_seen)
        else f"{number(check.smallest_seen, 'percent')} {_UNITS[check.name]}")  # fmt: skip
    if check.name in {"procedure", "order"}:
        seen = (
            "–" if np.isnan(check.lower) else f"{number(check.margin + (check.upper - check.lower) / 2)} of the metric"
        )
    return check.label, verdict, found, ", ".join(check.columns) or "–", seen, check.control
