"""How calibration looks: what came true over what was forecast, beside the band in which chance would leave it."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.overfitting.validation.calibration import CalibrationResult, Reliability
from mlops_widgets.overfitting.validation.calibration_findings import form_of
from mlops_widgets.ui.card import Axis, Card, Line, Role, Series, Table
from mlops_widgets.ui.figures import small_print

_FEWEST_POINTS = 2
_SUMMARY = (
    "A calibrated model's curve stays in the grey band around the diagonal; above it the forecasts are too low, below it too "
    "high."
)


@register
def card_of_calibration(result: CalibrationResult) -> Card:
    """Return one reliability curve a table, the test's first."""
    first, *others = result.findings
    charts = tuple(_curve(result, each) for each in result.tables if len(each.forecast) >= _FEWEST_POINTS)
    return Card(
        headline=first.claim, status=first.status, summary=_SUMMARY, charts=charts, findings=tuple(others),
        table=_table(result), action=first.action, small=small_print(result), reference=result.reference,
        empty="" if charts else "All forecasts are alike, so there is no curve to draw.",
    )  # fmt: skip


def _curve(result: CalibrationResult, each: Reliability) -> Line:
    x, form = np.array(each.forecast), form_of(result)
    role: Role = "production" if each.table == "production" else "reference"
    ends = (0.0, 1.0) if form == "percent" and max(*each.forecast, *each.observed) > 0.5 else (None, None)
    return Line(
        x=x, x_axis=Axis(label=f"forecast: {result.what}", form=form, lower=ends[0], upper=ends[1]),
        y_axis=Axis(label="came true", form=form, lower=ends[0], upper=ends[1]),
        series=(
            Series(label="if calibrated", y=x, lower=np.array(each.lower), upper=np.array(each.upper), role="muted", dashed=True),
            Series(label="came true", y=np.array(each.observed), role=role),
        ),
        title="In production" if each.table == "production" else f"On the {each.table}",
    )  # fmt: skip


def _table(result: CalibrationResult) -> Table:
    columns = ("", *(each.table for each in result.tables))
    rows = [
        ("forecast on average", *(number(each.forecast_mean, form_of(result)) for each in result.tables)),
        ("came true", *(number(each.observed_mean, form_of(result)) for each in result.tables)),
        ("forecast to average outcome", *(estimate(e.gap, e.gap_lower, e.gap_upper) for e in result.tables)),
        ("slope (1 is right)", *(estimate(e.slope, e.slope_lower, e.slope_upper) for e in result.tables)),
        ("p-value of calibration", *(number(each.p_value) for each in result.tables)),
        *_parts(result, "squared error" if result.task == "regression" else "Brier score", log=False),
        *([] if result.task == "regression" else _parts(result, "log loss", log=True)),
        ("rows", *(f"{each.rows:,}" for each in result.tables)),
    ]
    return Table(columns=columns, rows=tuple(rows), caption="Score = miscalibration − discrimination + uncertainty.")


def _parts(result: CalibrationResult, name: str, *, log: bool) -> list[tuple[str, ...]]:
    every = [each.log_parts if log else each.parts for each in result.tables]
    return [
        (
            f"{name}{'' if part == 'score' else f': {part}'}",
            *("–" if parts is None else number(getattr(parts, part), digits=4) for parts in every),
        )
        for part in ("score", "miscalibration", "discrimination", "uncertainty")
    ]
