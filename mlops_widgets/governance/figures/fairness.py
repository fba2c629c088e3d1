"""How groups compare: ratios of selection rates against the reference group, with the whole table below."""

import math

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form, estimate, known, number
from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine, Span
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print

_MOST_ROWS = 14
_SHOWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy")


@register
def card_of_fairness(result: FairnessResult) -> Card:
    """Return the ratios with their intervals, or a regression's differences of errors, and a table of all groups."""
    first = result.findings[0]
    charts = tuple(each for each in (_ratios(result), _wronged(result), _errors(result)) if each is not None)
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=charts, findings=result.findings[1:],
        table=_table(result), action=first.action, small=small_print(result, of=result.table), reference=result.reference,
        empty="" if charts else "No two groups are large enough to be compared.",
    )  # fmt: skip


def _summary(result: FairnessResult) -> str:
    beside = ", ".join(f"{column} = {level}" for column, level in result.references.items())
    small = sum(each.suppressed for each in result.groups)
    told = f"Compared with {beside}." if result.favourable else f"Errors compared with {beside}."
    return told + (
        f" {number(small, 'integer')} group{'' if small == 1 else 's'} of fewer than {result.smallest} rows: told by number alone."
        if small
        else ""
    )


def _lowest(result: FairnessResult, rate: str) -> list[GroupLine]:
    """Return single columns' groups, then intersections, those with the lowest ratio first."""
    told = [each for each in result.compared(rate) if math.isfinite(each.ratios[rate][0])]
    order = sorted(told, key=lambda each: (each.attribute not in result.references, each.ratios[rate][0]))
    return order[:_MOST_ROWS]


def _ratios(result: FairnessResult) -> Chart | None:
    lines = _lowest(result, "selection_rate")
    if not lines:
        return None
    rows = tuple(
        _dot(each, each.ratios["selection_rate"], beyond=_apart(each.ratios["selection_rate"], result.margin))
        for each in lines
    )
    # an upper end may be endless and is cut off at 2; what was seen never is
    top = max(1.05, *(max(min(row.upper or row.value, 2.0), 1.05 * row.value) for row in rows))
    return Dots(
        rows=rows, axis=Axis(label="selection rate over the reference group's", lower=0.0, upper=top),
        marks=(Mark(value=1.0, label="as often"), Mark(value=result.margin, label=f"margin {number(result.margin)}")),
        title=f"How often {result.favourable} is decided, against the reference group",
    )  # fmt: skip


def _wronged(result: FairnessResult) -> Chart | None:
    told = [
        each
        for each in result.groups
        if each.attribute in result.references and "true_positive_rate" in each.differences
    ]
    if not told:
        return None
    lines = sorted(told, key=lambda each: each.differences["true_positive_rate"][0])[:_MOST_ROWS]
    rows = tuple(_dot(each, each.differences["true_positive_rate"], beyond=_outside(each.differences["true_positive_rate"], result.gap_margin)) for each in lines)  # fmt: skip
    margin = result.gap_margin
    return Dots(
        rows=rows, axis=Axis(label="difference of the share who deserve it and get it", form="percent"),
        marks=(Mark(value=0.0, label="same"), Mark(value=-margin, label=f"margin {number(-margin, 'percent')}")),
        title="Those who deserve it and get it, less the reference group's",
    )  # fmt: skip


def _errors(result: FairnessResult) -> Chart | None:
    told = [each for each in result.groups if each.attribute in result.references and each.gap_difference is not None]
    if result.favourable or not told:
        return None
    rows = tuple(_dot(each, each.gap_difference, beyond=_outside(each.gap_difference, 0.0)) for each in told[:_MOST_ROWS] if each.gap_difference)  # fmt: skip
    return Dots(
        rows=rows, axis=Axis(label=f"mean of {result.target} less prediction, less the reference group's"),
        marks=(Mark(value=0.0, label="same"),), title="For whom the model errs to one side",
    )  # fmt: skip


def _apart(ratio: Span, margin: float) -> bool:
    return ratio[2] < margin or ratio[1] * margin > 1


def _outside(span: Span, margin: float) -> bool:
    return span[1] > margin or span[2] < -margin


def _dot(line: GroupLine, span: Span, *, beyond: bool) -> Estimate:
    return Estimate(
        label=line.name, value=span[0], lower=known(span[1]), upper=known(span[2]), note=f"{line.n:,} rows", role="bad" if beyond else "reference"
    )  # fmt: skip


def _table(result: FairnessResult) -> Table:
    if not result.favourable:
        head = ("group", "rows", "outcome less prediction", "mean absolute error")
        return Table(
            columns=head,
            rows=tuple((each.name, f"{each.n:,}", _cell(each.gap), _cell(each.error)) for each in result.groups),
        )
    names = ("group", "rows", "selected", "deserve and get it", "don't deserve, get it", "precision", "right", "ratio")
    return Table(columns=names, rows=tuple(_row(each) for each in result.groups))


def _row(line: GroupLine) -> tuple[str, ...]:
    rates = tuple(_cell(line.rates.get(name), form="percent") for name in _SHOWN)
    ratio = "reference" if line.reference else _cell(line.ratios.get("selection_rate"))
    return (line.name, f"{line.n:,}" + (" (suppressed)" if line.suppressed else ""), *rates, ratio)


def _cell(span: Span | None, *, form: Form = "number") -> str:
    if span is None or math.isnan(span[0]):
        return "–"
    return estimate(span[0], known(span[1]), known(span[2]), form)
