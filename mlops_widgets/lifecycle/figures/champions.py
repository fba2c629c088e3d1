"""How a comparison of champion and challenger looks: the gain on all rows, in groups and over time, each against the margin."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number, short
from mlops_widgets.lifecycle.champions.comparison_result import ComparisonResult
from mlops_widgets.lifecycle.champions.contrasts import Contrast
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_MOST_GROUPS = 12


@register
def card_of_comparison(result: ComparisonResult) -> Card:
    """Return the verdict, both scores, the gain wherever it was measured, and the other metrics as a table."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=result.findings[1].claim, charts=(_scores(result), *_gains(result)),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _scores(result: ComparisonResult) -> Chart:
    rows = (
        _dot("in service", "reference", result.champion_value, result.champion_lower, result.champion_upper),
        _dot("challenger", "accent", result.challenger_value, result.challenger_lower, result.challenger_upper),
    )
    return Dots(rows=rows, axis=Axis(label=result.metric_label), title=f"Both on the same {result.rows:,} rows")


def _gains(result: ComparisonResult) -> tuple[Chart, ...]:
    overall = _dot("all rows", "truth", result.gain, result.gain_lower, result.gain_upper, n=result.rows)
    groups = [_part(each, result) for each in result.groups[:_MOST_GROUPS]]
    chunks = [_part(each, result) for each in result.chunks]
    found = [("By group, and on all rows", groups), ("Over time, and on all rows", chunks)]
    shown = [(title, rows) for title, rows in found if rows] or [("On all rows", [])]
    axis = Axis(label=f"gain in {result.metric_label} (positive: the challenger is better)")
    marks = (Mark(value=0.0, label="equal"), Mark(value=-result.margin, label="−margin", role="bad"))
    return tuple(Dots(rows=(overall, *rows), axis=axis, marks=marks, title=title) for title, rows in shown)


def _part(each: Contrast, result: ComparisonResult) -> Estimate:
    role: Role = "bad" if each.upper < -result.margin else "good" if each.lower > 0 else "muted"
    note = {"bad": "worse beyond the margin", "good": "surely better"}.get(role, "")
    return _dot(short(each.label, 28), role, each.gain, each.lower, each.upper, n=each.rows, note=note)


def _dot(
    label: str, role: Role, value: float, lower: float, upper: float, *, n: int | None = None, note: str = ""
) -> Estimate:
    ends = [end if np.isfinite(end) else None for end in (lower, upper)]
    return Estimate(label=label, value=value, lower=ends[0], upper=ends[1], n=n, role=role, note=note)


def _table(result: ComparisonResult) -> Table:
    overall = Contrast(
        label=result.metric_label, metric=result.metric, rows=result.rows, champion=result.champion_value,
        challenger=result.challenger_value, gain=result.gain, lower=result.gain_lower, upper=result.gain_upper, level=0.95,
    )  # fmt: skip
    compared = [overall, *result.metrics, *([] if result.value is None else [result.value])]
    rows = tuple((each.label, number(each.champion), number(each.challenger), _gain(each)) for each in compared)
    return Table(
        columns=("metric", "in service", "challenger", "gain"), rows=rows,
        caption=f"In service: {result.champion}. Challenger: {result.challenger} ({result.kind}). A gain is positive where the challenger is "
        "better, also for losses.",
    )  # fmt: skip


def _gain(each: Contrast) -> str:
    return (
        written(each.gain, each.lower, each.upper) if np.isfinite([each.lower, each.upper]).all() else number(each.gain)
    )
