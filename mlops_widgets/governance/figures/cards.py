"""How a model card looks: its verdicts, its scores, its text."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate
from mlops_widgets.governance.cards.model_card import ModelCard
from mlops_widgets.ui.card import Card, Table
from mlops_widgets.ui.figures import small_print


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
