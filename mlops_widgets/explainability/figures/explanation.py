"""How an explanation looks: a waterfall from the baseline to the prediction, and both methods on one axis."""

from collections.abc import Sequence
from math import isfinite, nan

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.result import MARKS, WORST_FIRST, Status
from mlops_widgets.core.words import capital, estimate, number, short
from mlops_widgets.explainability.attribution.explanation import Check, Explanation
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Role, Table, View, Waterfall
from mlops_widgets.ui.figures import small_print

MOST_STEPS = 10
_MOST_PAGES = 24
"""Pictures that a view holds: about 4 kB each."""
_MOST_TABLE_ROWS = 200
_MOST_NAME, _MOST_CELL = 32, 24
_TRUST: dict[Status, str] = {
    "passed": "can be relied on", "warning": "with care", "not_enough_data": "with care", "failed": "do not rely on this",
}  # fmt: skip
_ACTION = "Change a value and watch prediction and explanation follow: mw.explainability.WhatIfExplorer(study, row=…)."


@register
def card_of_explanation(explanation: Explanation) -> Card:
    """Return the waterfall of the first row; in the browser every row and output, with LIME beside it."""
    first, output = explanation.findings[0], explanation.favoured(0)
    charts = [waterfall_of(explanation, 0, output)]
    both = both_of(explanation, 0, output)
    return Card(
        headline=first.claim, status=status_of(explanation), summary=trust_of(explanation), charts=(*charts, *([both] if both else [])),
        view=_view(explanation), findings=explanation.findings[1:], table=_table(explanation),
        action=first.action or _ACTION, small=small_print(explanation), reference=explanation.reference,
    )  # fmt: skip


def waterfall_of(explanation: Explanation, row: int, output: int) -> Waterfall:
    """Return the steps from the baseline to the prediction, the largest first, the rest in one step."""
    values = explanation.values[row, :, output]
    order = np.argsort(-np.abs(values), kind="stable")
    shown = order if len(order) <= MOST_STEPS + 1 else order[:MOST_STEPS]
    rest = values[order[len(shown) :]]
    steps = [_step(explanation, row, int(column), output) for column in shown]
    if rest.size:
        steps.append(Estimate(label=f"{rest.size:,} other columns", value=_short(rest.sum()), role="muted"))
    start, end = explanation.base[row, output], explanation.prediction[row, output]
    missed = end - start - values.sum()
    if abs(missed) > 1e-3 * (np.abs(values).sum() + abs(end - start)):
        steps.append(Estimate(label="not explained by the columns", value=_short(missed), role="muted"))
    return Waterfall(
        rows=tuple(steps), start=_short(start), end=_short(end), start_label="baseline", end_label="prediction",
        axis=axis_of(explanation, output), logistic=explanation.logistic,
        title=f"From the baseline to the prediction{_of(explanation, row, output)}",
    )  # fmt: skip


def both_of(explanation: Explanation, row: int, output: int) -> Dots | None:
    """Return the contributions by both methods on one axis, in the order of the first; None without a second."""
    lime = explanation.lime
    if lime is None:
        return None
    order = np.argsort(-np.abs(explanation.values[row, :, output]), kind="stable")[:MOST_STEPS]
    return Dots(
        rows=tuple(_step(explanation, row, int(column), output, role="reference") for column in order),
        others=tuple(_step(lime, row, int(column), output, role="accent") for column in order), labels=("SHAP", "LIME"),
        axis=Axis(label=f"contribution to {scale_of(explanation, output)}"),
        title=f"Two methods, one row{_of(explanation, row, output)}",
    )  # fmt: skip


def axis_of(explanation: Explanation, output: int) -> Axis:
    """Return the axis, labelled with scale and output."""
    label = scale_of(explanation, output)
    return Axis(label=f"{label} (below: probability)" if explanation.logistic else label)


def scale_of(explanation: Explanation, output: int) -> str:
    """Return what the numbers are: "log-odds of late = 1", or the name of what is predicted."""
    name, scale = explanation.outputs[output], explanation.scale
    return name if scale == name else f"{scale} of {name}"


def named(name: str, cell: str) -> str:
    """Return a column with its cell, both shortened."""
    return f"{short(name, _MOST_NAME)} = {short(cell, _MOST_CELL)}"


def ends_of(explanation: Explanation, row: int, output: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends of each contribution's interval, (p,) each; NaN where there is none."""
    error = explanation.standard_error[row, :, output]
    lower, upper = (end[row, :, output] for end in explanation.interval())
    there = np.isfinite(error) & (error > 0) & (upper > lower)
    return np.where(there, lower, nan), np.where(there, upper, nan)


def trust_of(explanation: Explanation) -> str:
    """Return in a line how far to rely on it: the worst of what was checked."""
    checks = all_checks(explanation)
    if not checks:
        return ""
    names = ", ".join(dict.fromkeys(check.name for check in checks))
    worst = _worst(checks)
    said = "" if worst.status == "passed" else f" {worst.text}"
    return f"{capital(_TRUST.get(worst.status, 'not checked'))}; checked: {names}.{said}"


def status_of(explanation: Explanation) -> Status:
    """Return the verdict on the explanation: the worst of what was checked, else the headline's."""
    checks = all_checks(explanation)
    return _worst(checks).status if checks else explanation.status


def _worst(checks: Sequence[Check]) -> Check:
    return min(checks, key=lambda check: WORST_FIRST.index(check.status))


def badge(check: Check) -> str:
    """Return a check's verdict on an explanation as shape and words; what has no limit is only told."""
    if check.limit is None:
        return f"{MARKS[check.status]} told"
    return f"{MARKS[check.status]} {_TRUST.get(check.status, 'not checked')}"


def all_checks(explanation: Explanation) -> tuple[Check, ...]:
    """Return what was checked of it and of LIME beside it."""
    return (*explanation.checks, *(explanation.lime.checks if explanation.lime else ()))


def _step(explanation: Explanation, row: int, column: int, output: int, *, role: Role | None = None) -> Estimate:
    value = float(explanation.values[row, column, output])
    lower, upper = (float(end[column]) for end in ends_of(explanation, row, output))
    return Estimate(
        label=named(explanation.columns[column], explanation.cells[row][column]), value=_short(value),
        lower=_short(lower) if isfinite(lower) else None, upper=_short(upper) if isfinite(upper) else None,
        role=role or ("production" if value > 0 else "reference"),
    )  # fmt: skip


def _short(value: float) -> float:
    """Return six significant digits: a picture shows three, and a view carries many."""
    return float(f"{float(value):.6g}")


def _of(explanation: Explanation, row: int, output: int) -> str:
    """Return what else must be said: which row of several, which output of several."""
    row_name = explanation.row_names[row] if len(explanation.row_names) > 1 else ""
    name = explanation.outputs[output] if len(explanation.outputs) > 1 else ""
    said = ", ".join(part for part in (row_name, name) if part)
    return f": {said}" if said else ""


def _claim(explanation: Explanation, row: int, output: int) -> str:
    values = explanation.values[row, :, output]
    strongest = int(np.abs(values).argmax())
    start, end = (number(float(each[row, output])) for each in (explanation.base, explanation.prediction))
    lower, upper = (float(each[strongest]) for each in ends_of(explanation, row, output))
    moved = estimate(float(values[strongest]), lower, upper)
    return (
        f"{explanation.row_names[row]}: {scale_of(explanation, output)} is {end}, against {start} "
        f"for the baseline; {explanation.columns[strongest]} moves it most, by {moved}."
    )


def _view(explanation: Explanation) -> View:
    outputs = len(explanation.outputs)
    rows = min(len(explanation.row_names), max(1, _MOST_PAGES // outputs))
    pages = [[_page(explanation, row, output) for output in range(outputs)] for row in range(rows)]
    checks = [{"said": badge(each), "name": each.name, "text": each.text} for each in all_checks(explanation)]
    state = {
        "pages": pages, "rows": explanation.row_names[:rows], "left_out": len(explanation.row_names) - rows,
        "outputs": explanation.outputs, "start": [explanation.favoured(row) for row in range(rows)], "checks": checks,
    }  # fmt: skip
    return View(name="explanation", state=state)


def _page(explanation: Explanation, row: int, output: int) -> dict[str, object]:
    charts = (waterfall_of(explanation, row, output), both_of(explanation, row, output))
    own = row == 0 and output == explanation.favoured(0)  # of this one the headline speaks
    return {
        "charts": [chart for chart in charts if chart is not None],
        "claim": "" if own else _claim(explanation, row, output),
    }


def _table(explanation: Explanation) -> Table:
    several, outputs = len(explanation.row_names) > 1, len(explanation.outputs) > 1
    method = "contribution" if explanation.lime is None else "SHAP"
    columns = [
        *(["row"] if several else []), *(["output"] if outputs else []), "column", "cell", method, "95 % interval",
        *(["LIME"] if explanation.lime else []),
    ]  # fmt: skip
    n, p, k = explanation.values.shape
    places = [(row, output, column) for row in range(n) for output in range(k) for column in range(p)]
    rows = tuple(_line(explanation, *place, several=several, outputs=outputs) for place in places[:_MOST_TABLE_ROWS])
    cut = f"the first {_MOST_TABLE_ROWS} of {len(places):,} lines" if len(places) > _MOST_TABLE_ROWS else ""
    return Table(columns=tuple(columns), rows=rows, caption=cut)


def _line(
    explanation: Explanation, row: int, output: int, column: int, *, several: bool, outputs: bool
) -> tuple[str, ...]:
    lower, upper = (float(end[column]) for end in ends_of(explanation, row, output))
    value, span = _text_and_span(float(explanation.values[row, column, output]), lower, upper)
    first = [*([explanation.row_names[row]] if several else []), *([explanation.outputs[output]] if outputs else [])]
    lime = [number(float(explanation.lime.values[row, column, output]))] if explanation.lime else []
    return (*first, explanation.columns[column], explanation.cells[row][column], value, span, *lime)


def _text_and_span(value: float, lower: float, upper: float) -> tuple[str, str]:
    if not isfinite(lower):
        return number(value), "–"
    text, _, span = estimate(value, lower, upper).partition(" ")
    return text, span
