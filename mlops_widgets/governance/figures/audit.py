"""How an audit looks: the requirements as a table, each with its outcome, and the text."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import short
from mlops_widgets.governance.policies.audit_result import MARKS, AuditResult
from mlops_widgets.ui.card import Card, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_audit(result: AuditResult) -> Card:
    """Return one line a requirement: the mark and word of its outcome, who answers for it, and the beginning of the digest."""
    first = result.findings[0]
    rows = tuple(
        (
            each.requirement,
            f"{MARKS[each.outcome]} {each.outcome}",
            short(each.title, 110),
            each.owner or "–",
            each.digest[:12],
        )
        for each in result.outcomes
    )
    table = Table(
        columns=("id", "outcome", "requirement", "owner", "evidence"), rows=rows,
        caption="The last column begins the SHA-256 of the evidence; the text and the JSON have it in full.",
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), findings=result.findings[1:], table=table,
        action=first.action, small=small_print(result, result.small), reference=result.reference, document=result.document,
    )  # fmt: skip


def _summary(result: AuditResult) -> str:
    refused = f" {len(result.refused)} Results were refused as evidence." if result.refused else ""
    return f"Policy “{result.policy}” on study “{result.study}”.{refused}"
