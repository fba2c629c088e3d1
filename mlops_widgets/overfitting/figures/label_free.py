"""How an estimate without labels looks: its band over time, and the labels that have arrived as dots in or outside it."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import interval as span
from mlops_widgets.overfitting.monitoring.label_free import LabelFreeResult
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Line, Mark, Series, Table
from mlops_widgets.ui.figures import small_print

_MOST_NAMED = 4
"""Refuted chunks that are named in the figure; more would hide it."""


@register
def card_of_label_free(result: LabelFreeResult) -> Card:
    """Return the estimate with its band and realised dots over chunks; refuted chunks are marked and named."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=(_chart(result),),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: LabelFreeResult) -> str:
    if not result.tested.any():
        return "The band holds the realised score in 95 % of chunks, if outcomes still follow from the answers as in the test."
    return (
        f"While outcomes follow from the answers as they did in the test, all {int(result.tested.sum())} tested dots lie in "
        "the band in 95 % of studies. A dot outside refutes the estimate."
    )


def _chart(result: LabelFreeResult) -> Chart:
    axis = Axis(label=result.metric_label)
    test = Mark(value=result.test_value, label=f"test {number(result.test_value)}", role="reference")
    if len(result.chunk_labels) < 2:
        return Dots(rows=tuple(_dots(result)), axis=axis, title="Estimated and realised")
    lower = np.where(result.tested, result.band_lower, result.lowers[0])
    upper = np.where(result.tested, result.band_upper, result.uppers[0])
    estimated = Series(label="estimated", y=result.estimates[0], lower=lower, upper=upper, role="accent", dashed=True)
    seen = np.where(result.tested, result.realised_values[0], np.nan)
    found = (Series(label="realised", y=seen, role="production"),) if result.tested.any() else ()
    form: Form = "date" if result.chunks_are_dates else "number" if result.chunks_by != "rows" else "integer"
    return Line(
        x=result.chunk_starts, x_axis=Axis(label=f"by {result.chunks_by}", form=form), y_axis=axis,
        series=(estimated, *found), marks=(test,), events=_refuted_marks(result),
        title="Estimated without labels, and realised",
    )  # fmt: skip


def _refuted_marks(result: LabelFreeResult) -> tuple[Mark, ...]:
    where = result.chunk_starts[result.refuted]
    return tuple(
        Mark(value=float(start), label="refuted" if place < _MOST_NAMED else "", role="bad")
        for place, start in enumerate(where)
    )


def _dots(result: LabelFreeResult) -> list[Estimate]:
    rows = [
        Estimate(label="test", value=result.test_value, lower=result.test_lower, upper=result.test_upper),
        Estimate(
            label="production, estimated", value=result.value, lower=result.lower, upper=result.upper, role="accent"
        ),
    ]
    if np.isfinite(result.realised):
        rows.append(Estimate(label="production, realised", value=result.realised, lower=result.realised_lower,
                             upper=result.realised_upper, role="production"))  # fmt: skip
    return rows


def _table(result: LabelFreeResult) -> Table:
    rows = [
        (label, f"{int(n):,}", written(float(value), float(lower), float(upper)), *_against(result, place))
        for place, (label, n, value, lower, upper) in enumerate(
            zip(
                result.chunk_labels,
                result.chunk_rows,
                result.estimates[0],
                result.lowers[0],
                result.uppers[0],
                strict=True,
            )
        )
    ]
    return Table(columns=("chunk", "rows", f"estimated {result.metric_label}", "realised", "may lie in", "verdict"),
                 rows=tuple(rows))  # fmt: skip


def _against(result: LabelFreeResult, place: int) -> tuple[str, str, str]:
    """Return what labels say of a chunk, where that may lie, and the verdict."""
    alert = ", alert" if result.alerts[0, place] else ""
    value = float(result.realised_values[0, place])
    if not result.tested[place]:
        return ("" if np.isnan(value) else number(value)), "", f"not tested{alert}"
    within = span(float(result.band_lower[place]), float(result.band_upper[place]))
    return number(value), within, f"{'refuted' if result.refuted[place] else 'not refuted'}{alert}"
