"""How the use of a model looks: answers a day, what was decided and overridden, which models answered."""

from datetime import UTC, datetime

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.governance.prediction_log.usage_result import Gap, UsageResult
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Line, Mark, Series
from mlops_widgets.ui.figures import small_print, table_of

_FEWEST_DAYS, _MOST_MARKS, _DAY = 3, 4, 86_400_000.0


@register
def card_of_usage(result: UsageResult) -> Card:
    """Return answers a day with the gaps marked, the shares that were decided and overridden, and every line as a table."""
    first = result.findings[0]
    worst = next((each for each in result.findings if each.action and each.status != "passed"), first)
    return Card(
        headline=first.claim, status=first.status, charts=_charts(result), findings=result.findings[1:], table=table_of(result.frame()),
        action=worst.action, small=small_print(result, of="the log"), reference=result.reference,
    )  # fmt: skip


def _charts(result: UsageResult) -> tuple[Chart, ...]:
    charts: list[Chart] = []
    if len(result.days) >= _FEWEST_DAYS:
        marks = tuple(_mark(gap) for gap in result.gaps[:_MOST_MARKS])
        charts.append(Line(
            x=np.array([_milliseconds(day) for day in result.days]), x_axis=Axis(label="day (UTC)", form="date"),
            y_axis=Axis(label="answers a day", form="integer", lower=0.0),
            series=(Series(label="answers", y=np.array(list(result.days.values()), dtype=np.float64), role="production"),), events=marks, title="Answers logged a day",
        ))  # fmt: skip
    overridden = (result.overrides,) if result.overrides is not None else ()
    named = [(f"decided “{each.name}”", each) for each in result.decisions]
    named += [("overridden", each) for each in overridden] + [
        (f"overridden, {each.name}", each) for each in result.by_reason
    ]
    rows = tuple(
        Estimate(label=name, value=each.share, lower=each.lower, upper=each.upper, n=each.rows, role="reference" if name.startswith("decided") else "warning")
        for name, each in named
    )  # fmt: skip
    if rows:
        charts.append(
            Dots(
                rows=rows,
                axis=Axis(label="share of entries", form="percent", lower=0.0),
                title="Decided, and decided otherwise",
            )
        )
    return tuple(charts)


def _mark(gap: Gap) -> Mark:
    return Mark(
        value=_milliseconds(gap.begin[:10]) + _DAY * int(gap.begin[11:13]) / 24,
        label=f"{gap.hours} h without",
        role="bad",
    )


def _milliseconds(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000
