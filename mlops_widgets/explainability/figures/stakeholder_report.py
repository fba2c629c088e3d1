"""How a report for people looks: the text, and one picture of what moved the answer."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import capital
from mlops_widgets.explainability.stakeholders.report.facts import Facts
from mlops_widgets.explainability.stakeholders.report.letters import mean_sizes
from mlops_widgets.explainability.stakeholders.report.report import StakeholderReport
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Estimate, Waterfall
from mlops_widgets.ui.figures import small_print

_MOST_BARS = 8


@register
def card_of_report(report: StakeholderReport) -> Card:
    """Return the text under a picture of its numbers: of one row the steps from the average, of several how far each column moves."""
    first = report.findings[0]
    facts = Facts(explanation=report.explanation, words=report.words)
    single = len(facts.rows) == 1
    charts: tuple[Chart, ...] = (
        (_steps(facts),) if single else (_drivers(facts),) if report.audience == "manager" else ()
    )
    return Card(
        headline=first.claim, status=first.status, charts=charts, document=report.document, findings=report.findings[1:],
        action=first.action, code='report.save("report.pdf")', small=small_print(report), reference=report.reference,
    )  # fmt: skip


def _steps(facts: Facts) -> Waterfall:
    scale, unit = (100.0, ", in %") if facts.terms.share else (1.0, "")
    values = facts.values(0) * scale
    lower, upper = (end * scale for end in facts.interval(0))
    named = [column for way in ("up", "down") for column in facts.moved(0, way)]
    rows = [
        Estimate(
            label=f"{capital(facts.terms.labels[column])} ({facts.cell(0, column)})", value=float(values[column]),
            lower=_end(float(lower[column]), float(values[column])), upper=_end(float(upper[column]), float(values[column])),
            role="production" if values[column] > 0 else "reference",
        )
        for column in named
    ]  # fmt: skip
    rest = float(values.sum() - values[named].sum())
    rows.append(Estimate(label="All other facts together", value=rest, role="muted"))
    what = facts.terms.whats[facts.output(0)]
    return Waterfall(
        rows=tuple(rows), start=facts.base(0) * scale, end=facts.prediction(0) * scale, start_label="Average", end_label="The model's answer",
        axis=Axis(label=f"{what}{unit}"),
    )  # fmt: skip


def _end(end: float, value: float) -> float | None:
    return None if end == value or end != end else end  # noqa: PLR0124 - NaN


def _drivers(facts: Facts) -> Bars:
    sizes = mean_sizes(facts)
    order = sorted(range(len(sizes)), key=lambda column: (-sizes[column], column))[:_MOST_BARS]
    scale, unit = (100.0, "percentage points") if facts.terms.share else (1.0, "the unit of the answer")
    return Bars(
        rows=tuple(Estimate(label=capital(facts.terms.labels[k]), value=float(sizes[k]) * scale) for k in order),
        axis=Axis(label=f"how far it moved the answer on average, up or down, in {unit}"),
    )  # fmt: skip
