"""How weak slices look: what each has beyond its promise, and a list to go through."""

from dataclasses import asdict
from math import isfinite
from typing import Any

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form, estimate, number
from mlops_widgets.overfitting.representative.slice_search import Slice
from mlops_widgets.overfitting.representative.weak_slices import WeakSlicesResult
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Table, View
from mlops_widgets.ui.figures import small_print

_DRAWN = 10


@register
def card_of_weak_slices(result: WeakSlicesResult) -> Card:
    """Return the slices tested as dots with intervals, and in the browser a list with a detail of each."""
    first = result.findings[0]
    drawn = bool(result.slices)
    return Card(
        headline=first.claim, status=first.status, charts=(_chart(result),) if drawn else (),
        view=_view(result) if drawn or result.raw else None,
        empty="" if drawn else "No slice could be tested: see the headline.",
        findings=result.findings[1:], table=_table(result) if drawn or result.raw else None, action=first.action,
        small=small_print(result, of=result.table), reference=result.reference,
    )  # fmt: skip


def _form(result: WeakSlicesResult) -> Form:
    return "percent" if result.loss == "error" else "number"


def _chart(result: WeakSlicesResult) -> Dots:
    words = "beyond its promise, more than elsewhere" if result.promised else "more than elsewhere"
    margin = Mark(value=result.margin, label="margin", role="warning")
    return Dots(
        rows=tuple(_dot(each) for each in result.slices[:_DRAWN]), marks=(Mark(value=0.0, label="as elsewhere"), margin),
        axis=Axis(label=f"{result.loss_label} {words}", form=_form(result)),
        title="The slices that were tested, on rows that weren't searched",
    )  # fmt: skip


def _dot(slice_: Slice) -> Estimate:
    return Estimate(
        label=slice_.rule, value=slice_.excess, lower=slice_.lower, upper=slice_.upper, n=slice_.tested_rows,
        role="bad" if slice_.confirmed else "muted", note="confirmed" if slice_.confirmed else "not confirmed",
    )  # fmt: skip


def _view(result: WeakSlicesResult) -> View:
    state = {
        "slices": [_plain(each) for each in result.slices], "raw": [_plain(each) for each in result.raw],
        "loss_label": result.loss_label, "form": _form(result), "promised": result.promised, "margin": result.margin,
        "tested_rows": result.tested_rows,
    }  # fmt: skip
    return View(name="slices", state=state)


def _plain(slice_: Slice) -> dict[str, Any]:
    """Return a slice's words and numbers; what isn't finite as None, since JSON has neither NaN nor infinity."""
    numbers = {name: value for name, value in asdict(slice_).items() if name != "conditions"}
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value for name, value in numbers.items()
    }


def _table(result: WeakSlicesResult) -> Table:
    form = _form(result)
    rows = [_row(each, form, "confirmed" if each.confirmed else "not confirmed") for each in result.slices]
    rows += [_row(each, form, "raw loss, not tested") for each in result.raw]
    columns = (
        "slice", "rows", "share", result.loss_label, "promised", "elsewhere", "beyond, inside less outside", "adjusted p",
        "verdict",
    )  # fmt: skip
    caption = (
        "Tested slices: numbers of the half that wasn't searched, intervals 95 % for all at once. Raw loss: all rows, inside "
        "less outside without what was promised, chosen and measured on the same rows."
    )
    return Table(columns=columns, rows=tuple(rows), caption=caption)


def _row(slice_: Slice, form: Form, verdict: str) -> tuple[str, ...]:
    return (
        slice_.rule, number(slice_.rows, "integer"), number(slice_.share, "percent"), number(slice_.loss, form),
        number(slice_.expected, form), number(slice_.rest_loss, form),
        estimate(slice_.excess, slice_.lower, slice_.upper, form), number(slice_.p_adjusted), verdict,
    )  # fmt: skip
