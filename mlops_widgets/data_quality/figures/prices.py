"""How prices look: what the errors found cost above, what more of each kind would cost below, with margin and noise floor."""

from collections.abc import Sequence
from math import isfinite, isnan

from mlops_widgets.core.display import register
from mlops_widgets.core.words import capital, estimate, number
from mlops_widgets.data_quality.pricing.price_findings import to_do
from mlops_widgets.data_quality.pricing.price_issues import PriceResult
from mlops_widgets.data_quality.pricing.prices import Place, Price
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_PLACES: dict[Place, str] = {"serving": "at serve time", "training": "in training", "both": "in training and serving"}
_ROLES: dict[str, Role] = {"failed": "bad", "not_enough_data": "warning", "passed": "reference"}
_VERDICTS = {
    "failed": "beyond the margin",
    "not_enough_data": "not measurable at this n",
    "passed": "within the margin",
}

_NOTES = {"failed": "beyond", "not_enough_data": "can't tell", "passed": "within"}
"""The same beside a dot, where there is little room."""


@register
def card_of_prices(result: PriceResult) -> Card:
    """Return the two panels, cost and sensitivity, and the to-do list in words."""
    first = result.findings[0]
    panels = (_cost(result), *(_sensitivity(result, place) for place in ("serving", "training")))
    charts = tuple(panel for panel in panels if panel is not None)
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=charts, findings=result.findings[1:],
        empty="" if charts else "The model refused every error that was tried, so there is no price to draw.",
        table=_table(result), action=first.action, small=_small(result), reference=result.reference,
    )  # fmt: skip


def _summary(result: PriceResult) -> str:
    direction = "Right of zero, errors make the model worse."
    worth = [price for price in to_do(result) if price.status == "failed" or price.lower > 0]
    if not worth:
        return direction
    order = "; ".join(
        f"{place}. {price.label}, {estimate(price.loss, price.lower, price.upper)}"
        for place, price in enumerate(worth, start=1)
    )
    return f"Fix this first: {order} {result.metric_label} to gain. {direction}"


def _cost(result: PriceResult) -> Dots | None:
    prices = to_do(result)
    if not prices:
        return None
    places = {price.place for price in prices}
    where = f" {_PLACES[prices[0].place]}" if len(places) == 1 else ""
    return _dots(
        result,
        prices,
        f"Cost: {result.metric_label} that repairing the errors found{where} gives back",
        placed=len(places) > 1,
    )


def _sensitivity(result: PriceResult, place: Place) -> Dots | None:
    prices = [price for price in result.of("sensitivity", place) if not isnan(price.loss)]
    if not prices:
        return None
    dose = number(result.share, "percent")
    return _dots(
        result, prices, f"Sensitivity: {result.metric_label} that {dose} more errors {_PLACES[place]} would cost"
    )


def _dots(result: PriceResult, prices: Sequence[Price], title: str, *, placed: bool = False) -> Dots:
    marks = [Mark(value=0.0, label="no loss"), Mark(value=result.margin, label=f"margin {number(result.margin)}")]
    if prices[0].place != "serving" and result.noise and isfinite(result.noise[0].floor):
        marks.append(Mark(value=result.noise[0].floor, label="noise floor", role="muted"))
    return Dots(
        rows=tuple(_row(price, placed=placed) for price in prices), axis=Axis(label=f"{result.metric_label} lost"),
        marks=tuple(marks), title=title,
    )  # fmt: skip


def _row(price: Price, *, placed: bool) -> Estimate:
    bounded = isfinite(price.lower) and isfinite(price.upper)
    return Estimate(
        label=f"{price.label}, {_PLACES[price.place]}" if placed else price.label, value=price.loss,
        lower=price.lower if bounded else None, upper=price.upper if bounded else None,
        role=_ROLES.get(price.status, "muted"), note=_NOTES.get(price.status, ""),
    )  # fmt: skip


def _table(result: PriceResult) -> Table:
    rows = tuple(
        (price.question, price.label, _PLACES[price.place], f"{price.hit:,} ({number(price.share, 'percent')})",
         price.metric_label, _loss(price), _verdict(price))
        for price in result.prices
    )  # fmt: skip
    return Table(columns=("question", "errors", "where", "wrong", "metric", "lost", "verdict"), rows=rows)


def _loss(price: Price) -> str:
    return "–" if isnan(price.loss) else estimate(price.loss, price.lower, price.upper)


def _verdict(price: Price) -> str:
    if price.refused:
        return f"refused ({price.refused})"
    needed = f"; about {price.needed_rows:,} rows would tell" if price.needed_rows else ""
    return capital(_VERDICTS.get(price.status, "not run")) + needed


def _small(result: PriceResult) -> str:
    floor = ""
    if result.noise:
        own = result.noise[0]
        floor = f"noise floor: {estimate(own.loss, own.lower, own.upper)} without any damage"
    left_out = (
        f"no column for {', '.join(kind.replace('_', ' ') for kind in result.left_out)}" if result.left_out else ""
    )
    return small_print(result, f"margin {number(result.margin)}", floor, left_out)
