"""How an ethics checklist looks: a line an item, then the guideline."""

from collections.abc import Mapping

from mlops_widgets.core.display import register
from mlops_widgets.core.document import Document, Grid, Section
from mlops_widgets.core.words import short
from mlops_widgets.governance.ethics.ethics_result import MARKS, WORDS, EthicsItem, EthicsResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Role
from mlops_widgets.ui.figures import small_print

_MOST_LETTERS = 200
_ROLES: Mapping[str, Role] = {
    "evidence": "good", "statement": "good", "does not apply": "muted", "not met": "bad", "not enough data": "muted", "unanswered": "bad",
}  # fmt: skip


@register
def card_of_ethics(result: EthicsResult) -> Card:
    """Return how many items are in which state, and a line an item; the whole text is for files."""
    first = result.findings[0]
    bars = Bars(
        rows=tuple(
            Estimate(label=f"{MARKS[state]} {WORDS[state]}", value=float(count), role=_ROLES[state])
            for state, count in result.counts.items()
        ),
        axis=Axis(label="items", form="integer", lower=0.0), title="What answers the items",
    )  # fmt: skip
    lines = Grid(
        columns=("state", "item", "what says so"), rows=tuple(map(_row, result.items)),
        caption='result.save("ethics.html"), .md and .json have all of it, and the guideline.',
    )  # fmt: skip
    text = Document(
        title=f"Ethics checklist on study “{result.study}”", lead="What isn't answered doesn't hold.",
        sections=(Section(title="Item by item", blocks=(lines,)),), small=result.small,
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, charts=(bars,), findings=result.findings[1:], action=first.action,
        small=small_print(result), reference=result.reference, document=text,
    )  # fmt: skip


def _row(item: EthicsItem) -> tuple[str, ...]:
    who = f" ({item.by}, {item.on})" if item.by else ""
    said = (item.action if item.state == "unanswered" else " ".join(item.told)) or "–"
    return f"{MARKS[item.state]} {WORDS[item.state]}", f"{item.id} {item.title}", f"{short(said, _MOST_LETTERS)}{who}"
