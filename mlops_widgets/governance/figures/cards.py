"""How a model card, a datasheet and one decision look: verdicts, numbers, text."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form, estimate, short
from mlops_widgets.governance.cards.datasheet import Datasheet
from mlops_widgets.governance.cards.explain_decision import DecisionExplanation
from mlops_widgets.governance.cards.model_card import ModelCard
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Estimate, Table
from mlops_widgets.ui.figures import small_print

_MOST = 20


@register
def card_of_model_card(result: ModelCard) -> Card:
    """Return the scores as a table, and the text."""
    first = result.findings[0]
    rows = tuple(
        (each.table, each.metric, estimate(each.value, each.lower, each.upper), f"{each.n:,}", each.data_hash)
        for each in result.metrics
    )
    table = Table(columns=("table", "metric", "value", "rows", "data hash"), rows=rows, caption="95 % intervals.")
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], table=table, action=first.action,
        small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip


@register
def card_of_datasheet(result: Datasheet) -> Card:
    """Return the columns with gaps as bars, and the text."""
    first = result.findings[0]
    gaps = sorted((each for each in result.columns if each.missing > 0), key=lambda each: -each.missing)[:_MOST]
    rows = tuple(Estimate(label=short(each.name), value=each.missing, n=result.rows) for each in gaps)
    charts: tuple[Chart, ...] = ()
    if rows:
        charts = (Bars(rows=rows, axis=Axis(label="share of cells that are missing", form="percent", lower=0.0)),)
    return Card(
        headline=first.claim, status=first.status, charts=charts, findings=result.findings[1:], action=first.action,
        small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip


@register
def card_of_decision(result: DecisionExplanation) -> Card:
    """Return what moved the answer as bars, and the text."""
    first = result.findings[0]
    rows = tuple(
        Estimate(label=short(f"{each.label}: {each.cell}" if each.cell else each.label, 60), value=each.value, role="accent" if each.value > 0 else "muted")
        for each in result.reasons
    )  # fmt: skip
    charts: tuple[Chart, ...] = ()
    if rows:
        form: Form = "percent" if result.scale == "probability" else "number"
        charts = (
            Bars(
                rows=rows,
                axis=Axis(label=f"change of the answer ({result.scale})", form=form),
                title="What counted most",
            ),
        )
    return Card(
        headline=first.claim, status=first.status, charts=charts, findings=result.findings[1:],
        action=next((each.action for each in result.findings if each.action), ""), small=small_print(result), document=result.document,
    )  # fmt: skip
