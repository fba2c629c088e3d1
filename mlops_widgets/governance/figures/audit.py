"""How an audit looks: a line a requirement with what its evidence says; the whole text is for files."""

from mlops_widgets.core.display import register
from mlops_widgets.core.document import Document, Grid, Section
from mlops_widgets.core.words import short
from mlops_widgets.governance.policies.audit_result import MARKS, AuditResult, Outcome
from mlops_widgets.ui.card import Card
from mlops_widgets.ui.figures import small_print

_MOST_LETTERS = 220


@register
def card_of_audit(result: AuditResult) -> Card:
    """Return one line a requirement: the mark and word of its outcome, the requirement, and what the evidence says."""
    first = result.findings[0]
    lines = Grid(
        columns=("outcome", "requirement", "evidence", "SHA-256"), rows=tuple(_row(each) for each in result.outcomes),
        caption='The last column begins the digest of the evidence. result.save("audit.md") and .json have all of it.',
    )  # fmt: skip
    text = Document(
        title=f"Policy “{result.policy}” on study “{result.study}”", lead=_lead(result),
        sections=(Section(title="Requirement by requirement", blocks=(lines,)),), small=result.small,
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], action=first.action,
        small=small_print(result), reference=result.reference, document=text,
    )  # fmt: skip


def _row(outcome: Outcome) -> tuple[str, ...]:
    said = " ".join(outcome.evidence) or "–"
    owner = f" ({outcome.owner})" if outcome.owner else ""
    return (
        f"{MARKS[outcome.outcome]} {outcome.outcome}", f"{outcome.requirement} {outcome.title}{owner}", short(said, _MOST_LETTERS),
        outcome.digest[:12],
    )  # fmt: skip


def _lead(result: AuditResult) -> str:
    refused = f" {len(result.refused)} Results were refused as evidence." if result.refused else ""
    return f"{result.headline} What isn't answered isn't met.{refused}"
