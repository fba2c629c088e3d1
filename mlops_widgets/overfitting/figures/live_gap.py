"""How the gap between promise and production looks: its stages, and production over time."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import MONTHS, Form, digits_for, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, Stage
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Line, Mark, Role, Series, Table
from mlops_widgets.ui.figures import small_print

_ROLES: dict[str, Role] = {"train": "muted", "out_of_fold": "muted", "production": "production"}
_STEPS = {"memorised": "memorised: train → out-of-fold", "offline": "offline: out-of-fold → test",
          "live": "live: offline → production"}  # fmt: skip


@register
def card_of_live_gap(result: LiveGapResult) -> Card:
    """Return the stages as dots with intervals and, beside them, production over time against the promise."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=_charts(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: LiveGapResult) -> str:
    train, unseen = result.stage("train"), result.stage("out_of_fold")
    step = next((step for step in result.steps if step.name == "memorised"), None)
    if train is None or unseen is None or step is None:
        return ""
    if step.upper < result.margin:
        meaning = "it hardly memorised anything, the difference is within the margin"
    elif step.lower > result.margin:
        meaning = "it memorised, and the first number promises nothing"
    else:
        meaning = "how much of the first number is memory can't be told at this margin"
    digits = max(digits_for(stage.lower, stage.upper) for stage in (train, unseen))
    return (
        f"On the rows it learned from the model scores {number(train.value, digits=digits)}, on unseen ones of the same "
        f"kind {number(unseen.value, digits=digits)}: {meaning}."
    )


def _charts(result: LiveGapResult) -> tuple[Chart, ...]:
    axis = Axis(label=result.metric_label)
    stages = Dots(rows=tuple(_dot(stage) for stage in result.stages), axis=axis, title="From training to production")
    known = ~np.isnan(result.chunk_values)
    if known.sum() < 2:
        return (stages,)
    offline = _promise(result)
    marks = () if offline is None else (
        Mark(value=offline.value, label=f"{offline.name} {number(offline.value)}", role="reference"),)  # fmt: skip
    kind = result.chunks_by
    line = Line(
        x=result.chunk_starts[known], x_axis=Axis(label=f"by {kind}", form=_form(result)), y_axis=axis, marks=marks,
        series=(Series(label="production", y=result.chunk_values[known], lower=result.chunk_lower[known],
                       upper=result.chunk_upper[known], role="production", end=_last_chunk(result)),),
        title="Production over time" if kind != "rows" else "Production, in order of its rows",
    )  # fmt: skip
    return stages, line


def _last_chunk(result: LiveGapResult) -> str:
    """Return what the last chunk with a score is called: its number isn't production's."""
    label = result.chunk_labels[int(np.flatnonzero(~np.isnan(result.chunk_values))[-1])]
    year, _, month = label.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if result.chunks_by == "month" and result.chunks_are_dates else label


def _form(result: LiveGapResult) -> Form:
    return "date" if result.chunks_are_dates else "integer"


def _promise(result: LiveGapResult) -> Stage | None:
    return next((s for s in result.stages if s.name not in {"train", "out_of_fold", "production"}), None)


def _dot(stage: Stage) -> Estimate:
    role = _ROLES.get(stage.name, "reference")
    return Estimate(label=stage.label, value=stage.value, lower=stage.lower, upper=stage.upper, n=stage.rows, role=role)


def _table(result: LiveGapResult) -> Table:
    rows = [(s.label, written(s.value, s.lower, s.upper), f"{s.rows:,}", f"{s.events:,}") for s in result.stages]
    rows += [(_STEPS[s.name], written(s.harm, s.lower, s.upper) + " worse", "paired" if s.paired else "independent", "")
             for s in result.steps]  # fmt: skip
    for label, value, lower, upper, n in zip(
        result.chunk_labels, result.chunk_values, result.chunk_lower, result.chunk_upper, result.chunk_rows, strict=True
    ):
        score = "too few events" if np.isnan(value) else written(float(value), float(lower), float(upper))
        rows.append((f"production {label}", score, f"{int(n):,}", ""))
    return Table(columns=("stage", result.metric_label, "rows", "deciding units"), rows=tuple(rows))
