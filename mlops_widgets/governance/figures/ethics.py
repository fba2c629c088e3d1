"""How an ethics checklist looks: how many items are in which state, then the whole of it."""

from collections.abc import Mapping

from mlops_widgets.core.display import register
from mlops_widgets.governance.ethics.ethics_result import MARKS, WORDS, EthicsResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Role
from mlops_widgets.ui.figures import small_print

_ROLES: Mapping[str, Role] = {
    "evidence": "good", "statement": "good", "does not apply": "muted", "not met": "bad", "not enough data": "muted", "unanswered": "bad",
}  # fmt: skip


@register
def card_of_ethics(result: EthicsResult) -> Card:
    """Return how many items are in which state, and checklist and guideline in full: what is signed is what is seen."""
    first = result.findings[0]
    bars = Bars(
        rows=tuple(
            Estimate(label=f"{MARKS[state]} {WORDS[state]}", value=float(count), role=_ROLES[state])
            for state, count in result.counts.items()
        ),
        axis=Axis(label="items", form="integer", lower=0.0), title="What answers the items",
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, charts=(bars,), findings=result.findings[1:], action=first.action,
        small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip
