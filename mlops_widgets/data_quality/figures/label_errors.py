"""The card of surprising labels: how many are flagged, how many chance would flag, and where the most suspicious are."""

from mlops_widgets.core.display import register
from mlops_widgets.data_quality.labels.label_errors import LabelErrorsResult
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Dots, Estimate, Table
from mlops_widgets.ui.figures import small_print

_SHOWN = 8


@register
def card_of_label_errors(result: LabelErrorsResult) -> Card:
    """Return flagged labels beside those that chance would flag, by class, and the positions of the most suspicious."""
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=(_against_chance(result), *_by_class(result)),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result, ", ".join(result.models)),
        reference=result.reference,
    )  # fmt: skip


def _against_chance(result: LabelErrorsResult) -> Dots:
    excess = result.excess
    rows = [
        Estimate(label="flagged", value=float(excess.flagged), role="warning" if result.count else "reference"),
        Estimate(
            label="flagged if all were right",
            value=excess.expected,
            upper=excess.expected_upper,
            lower=excess.expected,
            role="muted",
        ),
    ]
    if result.by_cleanlab is not None:
        rows.append(Estimate(label="cleanlab's filter alone", value=float(result.by_cleanlab), role="muted"))
    return Dots(
        rows=tuple(rows),
        axis=Axis(label=f"labels of {result.labelled:,}", lower=0.0),
        title="Surprises, and how many are chance",
    )


def _by_class(result: LabelErrorsResult) -> tuple[Chart, ...]:
    named = sorted(result.flagged_by_class.items(), key=lambda each: -each[1])[:_SHOWN]
    if not named:
        return ()
    rows = tuple(Estimate(label=name, value=float(count)) for name, count in named)
    return (Bars(rows=rows, axis=Axis(label="flagged labels", lower=0.0), title="Flagged, by the label they carry"),)


def _table(result: LabelErrorsResult) -> Table:
    frame = result.frame().head(_SHOWN)
    return Table(
        columns=("row", "score"), rows=tuple((f"{int(row):,}", f"{score:.3f}") for row, score in zip(frame["row"], frame["score"], strict=True)),
    )  # fmt: skip
