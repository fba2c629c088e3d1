"""How a row with other values looks: the answer before and now, and each method's contributions with those before."""

from math import isfinite
from typing import Any

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.figures.explanation import ends_of, named, scale_of, waterfall_of
from mlops_widgets.explainability.local.row_form import MOST_FIELDS, Field
from mlops_widgets.explainability.local.what_if import WhatIfResult, point_text
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Mark, Role, Table, View
from mlops_widgets.ui.figures import small_print

_MOST_ROWS = 10


@register
def card_of_what_if(result: WhatIfResult) -> Card:
    """Return the row's waterfall and how far each column alone moves the answer; in the browser a form of its columns."""
    first, output = result.findings[0], result.explanation.favoured()
    return Card(
        headline=first.claim, charts=(waterfall_of(result.explanation, 0, output), *_reach(result, output)),
        view=_view(result), findings=result.findings[1:], table=_table(result), action=first.action,
        small=small_print(result), reference=result.reference,
    )  # fmt: skip


def changed(before: Explanation, now: Explanation, output: int, *, edited: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a view draws of a changed row: the answers in words, and each method's contributions, before and now.

    Parameters
    ----------
    before, now
        The row as it was and as it is.
    output
        Which output.
    edited
        The columns that were changed: shown whatever they contribute.
    """
    pairs = [(before, now)] + ([(before.lime, now.lime)] if before.lime and now.lime else [])
    charts = [_contributions(was, is_, output, edited, lime=k == 1) for k, (was, is_) in enumerate(pairs)]
    return {
        "before": answer_text(before, output), "now": answer_text(now, output), "charts": charts,
        "precision": _precision(now),
    }  # fmt: skip


def answer_text(explanation: Explanation, output: int) -> str:
    """Return the model's answer in words, of log-odds the probability too."""
    return scale_text(float(explanation.prediction[0, output]), logistic=explanation.logistic)


def scale_text(value: float, *, logistic: bool) -> str:
    """Return an answer in words, of log-odds the probability too."""
    if not logistic:
        return number(value)
    return f"{number(value)} ({number(float(1 / (1 + np.exp(-value))), 'percent')})"


def _precision(now: Explanation) -> str:
    if now.exact:
        return "exact"
    return f"from {now.pairs} pairs of permutations" if now.pairs else "approximate"


def _contributions(before: Explanation, now: Explanation, output: int, edited: tuple[str, ...], *, lime: bool) -> Bars:
    """Return the contributions now, those before as hollow marks; the order is that of the row before, so that none jumps."""
    order = _order(before, output)
    far = [k for k in order[_MOST_ROWS:] if now.columns[k] in edited]
    shown = [*order[:_MOST_ROWS], *far]
    same = before is now or not edited
    return Bars(
        rows=tuple(_estimate(now, k, output) for k in shown), axis=Axis(label=f"contribution to {scale_of(now, output)}"),
        title="LIME, a local surrogate" if lime else "SHAP" if before.engine == "shap" else "LIME, a local surrogate",
        others=() if same else tuple(_estimate(before, k, output, role="truth") for k in shown), labels=("now", "before"),
    )  # fmt: skip


def _order(explanation: Explanation, output: int) -> list[int]:
    return [int(k) for k in np.argsort(-np.abs(explanation.values[0, :, output]), kind="stable")]


def _estimate(explanation: Explanation, column: int, output: int, role: Role | None = None) -> Estimate:
    value = float(explanation.values[0, column, output])
    lower, upper = (float(end[column]) for end in ends_of(explanation, 0, output))
    there = isfinite(lower) and role is None
    return Estimate(
        label=named(explanation.columns[column], explanation.cells[0][column]), value=value, lower=lower if there else None,
        upper=upper if there else None, role=role or ("production" if value > 0 else "reference"),
    )  # fmt: skip


def _reach(result: WhatIfResult, output: int) -> tuple[Bars, ...]:
    """Return how far each column alone moves the answer at most."""
    own = float(result.explanation.prediction[0, output])
    rows = []
    for place, field in enumerate(result.fields):
        along = result.along(place)[:, output]
        if along.size:
            far = int(np.abs(along - own).argmax())
            by = float(along[far] - own)
            role: Role = "production" if by > 0 else "reference"
            rows.append(Estimate(label=named(field.column, point_text(field, field.points[far])), value=by, role=role))
    rows.sort(key=lambda row: -abs(row.value))
    if not rows:
        return ()
    axis = Axis(label=f"change of {scale_of(result.explanation, output)}")
    title = "One column changed alone: its value that moves the answer most"
    return (Bars(rows=tuple(rows[:_MOST_ROWS]), axis=axis, title=title, marks=(Mark(value=0.0, label="as it is"),)),)


def _view(result: WhatIfResult) -> View:
    explanation = result.explanation
    counts = [len(field.points) for field in result.fields]
    shown = result.fields[:MOST_FIELDS]
    fields = [_field(field, sum(counts[:place])) for place, field in enumerate(shown)]
    k = len(explanation.outputs)
    orders = [_order(explanation.lime, output)[:_MOST_ROWS] for output in range(k)] if explanation.lime else []
    along = [result.lime_along[:, order, output] for output, order in enumerate(orders)]
    state = {
        "widths": [_width_text(result, place) for place in range(len(result.widths))], "default": _default(result),
        "fields": fields, "left_out": len(result.fields) - len(shown), "outputs": explanation.outputs,
        "start": explanation.favoured(), "row": explanation.row_names[0], "logistic": explanation.logistic,
        "axes": [scale_of(explanation, output) for output in range(k)],
        "first": [changed(explanation, explanation, output) for output in range(k)],
    }  # fmt: skip
    arrays = {"answers": result.answers, "own": explanation.prediction[0], "lime": np.array(along)}
    return View(name="what_if", state=state, arrays=arrays)


def _default(result: WhatIfResult) -> int:
    """Return which of the kernel widths LIME takes by default: the one whose contributions are the explanation's."""
    if result.explanation.lime is None:
        return 0
    return int(np.abs(result.lime_along - result.explanation.lime.values[0]).max(axis=(1, 2)).argmin())


def _width_text(result: WhatIfResult, place: int) -> list[str]:
    """Return a kernel width in words and, for each output, how the surrogate fits there."""
    return [
        number(float(result.widths[place])),
        *(f"R² {number(float(r2), digits=2)}" for r2 in result.r2_along[place]),
    ]


def _field(field: Field, start: int) -> dict[str, Any]:
    """Return a field as the view takes it: the words of its points, and where their answers begin."""
    return {
        "name": field.column, "kind": field.kind, "value": field.value, "text": field.text, "lower": field.lower,
        "upper": field.upper, "step": field.step, "whole": field.whole, "options": field.options,
        "points": [point_text(field, point) for point in field.points], "values": field.points, "from": start,
    }  # fmt: skip


def _table(result: WhatIfResult) -> Table:
    output = result.explanation.favoured()
    rows = []
    for place, field in enumerate(result.fields):
        along = result.along(place)[:, output]
        if along.size:
            low, high = int(along.argmin()), int(along.argmax())
            ends = (point_text(field, field.points[end]) for end in (low, high))
            low_at, high_at = ends
            said = (number(float(along[low])), low_at, number(float(along[high])), high_at)
            rows.append((field.column, field.text or "missing", *said))
    return Table(columns=("column", "now", "lowest answer", "at", "highest answer", "at "), rows=tuple(rows))
