"""How a bundle, and a look at one, look: the files with their digests, and what isn't as it was."""

from mlops_widgets.core.display import register
from mlops_widgets.governance.bundle.bundle_result import Bundle, BundleVerification
from mlops_widgets.ui.card import Card, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_bundle(result: Bundle) -> Card:
    """Return the files, what isn't in the folder, and what to keep elsewhere."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], action=first.action,
        small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip


@register
def card_of_bundle_verification(result: BundleVerification) -> Card:
    """Return the files that aren't as they were; no table where all are."""
    first = result.findings[0]
    told = {"changed": result.changed, "missing": result.missing, "not of the bundle": result.added}
    rows = tuple((path, what) for what, paths in told.items() for path in paths)
    table = Table(columns=("file", "what"), rows=rows, caption="Compared by SHA-256.") if rows else None
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], table=table, action=first.action,
        small=small_print(result), reference=result.reference,
    )  # fmt: skip
