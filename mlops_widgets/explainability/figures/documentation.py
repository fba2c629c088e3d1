"""How a document of a model looks: the columns by their share, and the text."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known
from mlops_widgets.explainability.documentation.influences import share_words
from mlops_widgets.explainability.documentation.model_document import ModelDocument
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Table
from mlops_widgets.ui.figures import small_print

_MOST_BARS = 10


@register
def card_of_document(result: ModelDocument) -> Card:
    """Return the shares of the columns above the whole text."""
    first = result.findings[0]
    found = result.influences
    rows = () if found is None else found.columns
    bars = Bars(
        rows=tuple(
            Estimate(label=each.column, value=each.share, lower=known(each.lower), upper=known(each.upper), note=each.shape)
            for each in rows[:_MOST_BARS]
        ),
        axis=Axis(label="share of all contributions (mean |SHAP|)", form="percent", lower=0.0),
        title=f"What moves the answers: {min(len(rows), _MOST_BARS)} of {len(rows)} columns",
    )  # fmt: skip
    table = Table(
        columns=("rank", "column", "share", "how the answer follows it"),
        rows=tuple((str(each.rank), each.column, share_words(each), each.shape) for each in rows),
    )
    return Card(
        headline=first.claim, status=first.status, charts=(bars,) if rows else (), findings=result.findings[1:],
        table=table if rows else None, action=first.action, code='result.save("model.html")', small=small_print(result),
        reference=result.reference, document=result.document,
        empty="" if rows else "There is no model here that can be asked. What is known of it is written below.",
    )  # fmt: skip
