"""How an A/B test looks: the differences with both intervals, and the test as it ran."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known, number
from mlops_widgets.overfitting.experiments.analysis import AbTestResult
from mlops_widgets.overfitting.experiments.analysis_findings import form_of, with_interval
from mlops_widgets.overfitting.experiments.comparing import Comparison
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Line, Mark, Role, Series, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_ab_test(result: AbTestResult) -> Card:
    """Return the primary outcome with both intervals and, where there is time, the test as it ran."""
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, summary=_summary(result), charts=_charts(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: AbTestResult) -> str:
    if result.verdict == "don't read":
        return "The picture is drawn all the same; no decision follows from it."
    return (
        "The wide interval holds however often you look; the narrow one only for a single look."
        if result.looks == "any"
        else "Judged once, at the planned end: the narrow interval decides."
    )


def _charts(result: AbTestResult) -> tuple[Chart, ...]:
    form = form_of(result.primary)
    axis = Axis(label=f"{result.primary.outcome[:60]}: difference to {result.arms[0][:60]}", form=form)
    marks = (Mark(value=0.0, label="no difference"), Mark(
        value=result.primary.better * result.effect, label="gain that matters", role="good"))  # fmt: skip
    primary = [each for each in result.comparisons if each.role == "primary"]
    dots = Dots(
        rows=tuple(row for each in primary for row in _rows(each, many=len(primary) > 1)), axis=axis, marks=marks,
        title="Difference, with both intervals",
    )  # fmt: skip
    return (dots, _course(result, axis)) if np.isfinite(result.look_difference).sum() > 1 else (dots,)


def _rows(each: Comparison, *, many: bool) -> tuple[Estimate, ...]:
    name = f"{each.arm[:40]}, " if many else ""
    intervals: tuple[tuple[str, float, float, Role], ...] = (
        (f"{name}at every look", each.watched_lower, each.watched_upper, "production"),
        (f"{name}one look", each.lower, each.upper, "muted"),
    )
    return tuple(
        Estimate(
            label=label, value=each.difference, lower=known(lower), upper=known(upper), n=each.units, role=role,
            note="" if known(lower) is not None else "no interval yet",
        )
        for label, lower, upper, role in intervals
    )  # fmt: skip


def _course(result: AbTestResult, axis: Axis) -> Line:
    def finite(values: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        return np.where(np.isfinite(values), values, np.nan)

    # The first looks' intervals are so wide that nothing else would be seen: they leave the picture.
    half = (finite(result.look_watched_upper) - finite(result.look_watched_lower)) / 2
    shown = ~(half > 4 * half[-1]) & np.isfinite(result.look_difference)
    return Line(
        x=result.look_times[shown], x_axis=Axis(label="as it ran", form="date" if result.times_are_dates else "number"),
        y_axis=axis,
        series=(
            Series(label="at every look", y=result.look_difference[shown], lower=finite(result.look_watched_lower)[shown],
                   upper=finite(result.look_watched_upper)[shown], role="production"),
            Series(label="one look", y=result.look_difference[shown], lower=finite(result.look_lower)[shown],
                   upper=finite(result.look_upper)[shown], role="muted", dashed=True),
        ),
        marks=(Mark(value=0.0, label="no difference"),), title=f"{result.best[:40]} as it ran",
    )  # fmt: skip


def _table(result: AbTestResult) -> Table:
    rows = []
    for each in result.comparisons:
        form = form_of(each)
        digits = 2 if form == "percent" else None
        rows.append((
            each.outcome, each.arm, each.role, number(each.control, form, digits=digits),
            number(each.treatment, form, digits=digits), with_interval(each.difference, each.lower, each.upper, form),
            with_interval(each.difference, each.watched_lower, each.watched_upper, form), number(each.p_value),
            "–" if each.role == "guardrail" else number(each.adjusted_p_value),
        ))  # fmt: skip
    columns = (
        "outcome",
        "arm",
        "role",
        "control",
        "arm's",
        "difference, one look",
        "difference, every look",
        "p",
        "p, Holm",
    )
    return Table(columns=columns, rows=tuple(rows))
