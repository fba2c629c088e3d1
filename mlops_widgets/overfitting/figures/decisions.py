"""How thresholds look: what mistakes cost at each, with prices that a person can move."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.validation.decision_findings import threshold_text
from mlops_widgets.overfitting.validation.decisions import ThresholdResult
from mlops_widgets.ui.card import Axis, Card, Line, Mark, Series, Table, View
from mlops_widgets.ui.figures import small_print

Floats = npt.NDArray[np.float64]


@register
def card_of_thresholds(result: ThresholdResult) -> Card:
    """Return the cost of a row over the threshold; in the browser with sliders for prices and threshold."""
    first, *others = result.findings
    return Card(
        headline=first.claim, status=first.status, charts=(_line(result),), view=_view(result), findings=tuple(others),
        table=_table(result), action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _line(result: ThresholdResult) -> Line:
    frame = result.frame()
    cost, lower, upper = frame[["cost", "lower", "upper"]].to_numpy(dtype=np.float64).T
    events = [Mark(value=result.threshold, label=f"cheapest {threshold_text(result, result.threshold)}", role="good")]
    if np.isfinite(result.present):
        events.append(
            Mark(value=result.present, label=f"yours {threshold_text(result, result.present)}", role="production")
        )
    return Line(
        x=result.thresholds, x_axis=Axis(label="decision threshold"), y_axis=Axis(label="cost of a row"), events=tuple(events),
        series=(Series(label="cost", y=cost, lower=lower, upper=upper, role="reference"),),
    )  # fmt: skip


def _view(result: ThresholdResult) -> View:
    state = {
        "false_positive_price": result.false_positive_price, "false_negative_price": result.false_negative_price,
        "priced_by_row": result.priced_by_row, "positive": result.positive, "rows": result.rows,
        "best": result.at(result.threshold), "present": result.at(result.present) if np.isfinite(result.present) else None,
        "positive_share": result.positive_share,
        "slices": [{"name": each.name, "rows": each.rows, "best": result.at(each.threshold)} for each in result.slices],
    }  # fmt: skip
    arrays: dict[str, Floats] = {
        "thresholds": result.thresholds, "false_positive_cost": result.false_positive_cost,
        "false_negative_cost": result.false_negative_cost, "cost_variance_positive": result.cost_variance_positive,
        "cost_covariance": result.cost_covariance, "cost_variance_negative": result.cost_variance_negative,
        "false_positive_share": result.false_positive_share, "false_negative_share": result.false_negative_share,
        "ratios": result.ratios, "ratio_lower": result.ratio_lower, "ratio_upper": result.ratio_upper,
        "ratio_gain": result.ratio_gain, "ratio_gain_lower": result.ratio_gain_lower,
        "ratio_gain_upper": result.ratio_gain_upper,
    }  # fmt: skip
    arrays["slice_positive"] = np.array([each.false_positive_cost for each in result.slices], dtype=np.float64).ravel()
    arrays["slice_negative"] = np.array([each.false_negative_cost for each in result.slices], dtype=np.float64).ravel()
    return View(name="decision", state=state, arrays=arrays)


def _table(result: ThresholdResult) -> Table:
    rows = [
        (each.name, _range(result, each.threshold, each.lower, each.upper), number(each.cost), number(each.cost_overall),
         f"{each.rows:,}")
        for each in result.slices
    ]  # fmt: skip
    best = _range(result, result.threshold, result.threshold_lower, result.threshold_upper)
    whole = ("all rows", best, number(result.cost), number(result.cost), f"{result.rows:,}")
    columns = ("rows of", "cheapest threshold", "cost of a row there", "cost at the overall one", "rows")
    caption = "At the prices given; ranges of slices hold for all of them at once."
    return Table(columns=columns, rows=(whole, *rows), caption=caption)


def _range(result: ThresholdResult, value: float, lower: float, upper: float) -> str:
    here, low, high = (threshold_text(result, each) for each in (value, lower, upper))
    return f"{here} [{low}, {high}]"
