"""How a cleaning recipe looks: its steps in order, how many cells or rows each touches, and a distribution before and after."""

from typing import Any

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.cleaning.preview import RecipeResult, StepEffect
from mlops_widgets.data_quality.cleaning.steps import KINDS
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Table, View
from mlops_widgets.ui.figures import small_print

_DRAWN = 14
_LETTERS = 14
_CODE = "clean = recipe.apply(table)  # a copy\nmodel = make_pipeline(recipe.to_sklearn(), model)"


@register
def card_of_recipe(result: RecipeResult) -> Card:
    """Return the steps as bars of what they touch, and in the browser a list with a detail of each."""
    first = result.findings[0]
    drawn = bool(result.steps)
    return Card(
        headline=first.claim, status=first.status, charts=(_chart(result),) if drawn else (),
        view=View(name="recipe", state=view_state(result)) if drawn else None,
        empty="" if drawn else "There is nothing that a step could repair.",
        findings=result.findings[1:], table=_table(result) if drawn else None, action=first.action,
        code=_CODE if any(step.on for step in result.steps) else "", small=small_print(result, of="the table"),
        reference=result.reference,
    )  # fmt: skip


def view_state(result: RecipeResult) -> dict[str, Any]:
    """Return what the browser draws of the steps: words, counts and shares."""
    names = ("words", "reason", "on", "bins", "before", "after", "of")
    steps = [{name: getattr(step, name) for name in names} | {"touched": _touched(step)} for step in result.steps]
    return {"steps": steps}


def _touched(step: StepEffect) -> str:
    """Return what a step touches, in words: what it would if it is off."""
    rows = f"{number(step.rows, 'integer')} {'row' if step.rows == 1 else 'rows'}"
    cells = f"{number(step.cells, 'integer')} {'cell' if step.cells == 1 else 'cells'} in {rows}"
    said = {"cells": cells, "rows": f"{rows} dropped in training", "columns": "column left out"}[step.scope]
    return said if step.on else f"off: {said}"


def _chart(result: RecipeResult) -> Bars:
    rows = tuple(
        Estimate(
            label=_label(at, step), value=float(step.rows), role="reference" if step.on else "muted",
            note="" if step.on else "off",
        )
        for at, step in enumerate(result.steps[:_DRAWN], start=1)
    )  # fmt: skip
    left_out = len(result.steps) - len(rows)
    more = f"; {left_out} more in the table" if left_out else ""
    return Bars(rows=rows, axis=Axis(label="rows touched", form="integer", lower=0), title=f"The steps in order{more}")


def _label(at: int, step: StepEffect) -> str:
    what = KINDS[step.kind].short
    if step.scope == "rows":
        return f"{at}. {what}"
    more = f" +{len(step.columns) - 1}" if len(step.columns) > 1 else ""
    return f"{at}. {short(step.columns[0], _LETTERS)}{more}: {what}"


def _table(result: RecipeResult) -> Table:
    rows = tuple(
        (str(at), step.words, "on" if step.on else "off", number(step.cells, "integer"), number(step.rows, "integer"), step.reason)
        for at, step in enumerate(result.steps, start=1)
    )  # fmt: skip
    caption = (
        "Cells and rows that each step touches after those before it; of a step that is off, those that it would touch."
    )
    return Table(columns=("step", "what it does", "", "cells", "rows", "why"), rows=rows, caption=caption)
