"""How a registry looks: versions and history of a model, whether all is as it should be, and the inventory of all models."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known
from mlops_widgets.governance.registry.change_log import ChangeLog
from mlops_widgets.governance.registry.inventory_result import InventoryResult
from mlops_widgets.governance.registry.registry_result import RegistryResult, RegistryVerification
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Dots, Estimate, Mark
from mlops_widgets.ui.figures import small_print, table_of

_MOST = 20


@register
def card_of_registry(result: RegistryResult) -> Card:
    """Return versions, stage history and what people said, as a document under the headline."""
    first, rest = result.findings[0], result.findings[1:]
    action = next((each.action for each in result.findings if each.action), "")
    return Card(
        headline=first.claim, status=first.status, charts=_scores(result), findings=rest, action=action, small=small_print(result),
        reference=result.reference, document=result.document,
    )  # fmt: skip


def _scores(result: RegistryResult) -> tuple[Chart, ...]:
    """Return the newest version's first metric, with that of every version that was measured by the same on a table of that name."""
    first = next((each.metrics[0] for each in reversed(result.versions) if each.metrics), None)
    if first is None:
        return ()
    rows = tuple(
        Estimate(
            label=f"version {version.version} ({version.stage})", value=metric.value, lower=known(metric.lower), upper=known(metric.upper),
            n=metric.n or None, role="production" if version.stage == "production" else "muted",
        )
        for version in result.versions[-_MOST:]
        for metric in version.metrics
        if (metric.name, metric.table) == (first.name, first.table) and known(metric.value) is not None
    )  # fmt: skip
    where = f" on {first.table}" if first.table else ""
    title = "Measured when it was registered; each version on the rows that it came with"
    return (Dots(rows=rows, axis=Axis(label=f"{first.name}{where}"), title=title),) if rows else ()


@register
def card_of_verification(result: RegistryVerification) -> Card:
    """Return what was looked for and what was found."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], table=table_of(result.frame()[["code", "status", "claim"]]),
        action=first.action, small=small_print(result, f"root {result.root[:16]}…", of="the store"), reference=result.reference,
    )  # fmt: skip


@register
def card_of_changes(result: ChangeLog) -> Card:
    """Return what changed from version to version, as a text."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], action=next((each.action for each in result.findings if each.action), ""),
        small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip


@register
def card_of_inventory(result: InventoryResult) -> Card:
    """Return a line a model: who answers for it, where it stands, when it is audited next."""
    first = result.findings[0]
    action = next((each.action for each in result.findings[1:] if each.status == "failed"), first.action)
    return Card(
        headline=first.claim, status=first.status, charts=_days(result), findings=result.findings[1:], action=action,
        small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip


def _days(result: InventoryResult) -> tuple[Chart, ...]:
    """Return how many days are left until the next audit of each model, the most urgent first."""
    dated = sorted(
        ((each.days_left, each) for each in result.lines if each.days_left is not None), key=lambda pair: pair[0]
    )
    rows = tuple(
        Estimate(label=f"{each.name}/{each.version} ({each.stage})", value=left, role="bad" if left < 0 else "good", note="late" if left < 0 else "")
        for left, each in dated[:_MOST]
    )  # fmt: skip
    left_out = f"; the {_MOST} most urgent of {len(dated)}" if len(dated) > _MOST else ""
    marks = (Mark(value=0.0, label="due"),)
    axis = Axis(label="days until the next audit (below 0: late)", form="integer")
    return (Bars(rows=rows, axis=axis, marks=marks, title=f"Next audit{left_out}"),) if rows else ()
