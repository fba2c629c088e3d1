"""How recovery looks: today's model, a fresh one and a plain one against the floor."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult
from mlops_widgets.measures.intervals import Estimate as Measured
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Mark, Role
from mlops_widgets.ui.figures import small_print, table_of


@register
def card_of_recovery(result: RecoveryResult) -> Card:
    """Return how far each model lies above the floor."""
    first = result.findings[0]
    history = (
        f"the fresh model learned from {number(result.learned_rows, 'integer')} rows ({result.history})"
        if result.learned_rows
        else ""
    )
    return Card(
        headline=first.claim, status=first.status, charts=_chart(result), findings=result.findings[1:], table=table_of(result.frame()),
        action=first.action, small=small_print(result, history), reference=result.reference,
    )  # fmt: skip


def _chart(result: RecoveryResult) -> tuple[Chart, ...]:
    named: dict[str, tuple[Measured | None, Role]] = {
        "today's model": (result.today, "production"), "a fresh model": (result.fresh, "reference"), "a plain model": (result.plain, "muted"),
    }  # fmt: skip
    rows = tuple(
        Estimate(label=name, value=each.value, lower=each.lower, upper=each.upper, n=each.rows, role=role)
        for name, (each, role) in named.items()
        if each is not None and each.lower > -float("inf")
    )
    if not rows:
        return ()
    axis = Axis(label=f"{result.unit} above the floor")
    return (
        Dots(
            rows=rows,
            axis=axis,
            marks=(Mark(value=0.0, label="floor", role="bad"),),
            title="Above the floor, or below it",
        ),
    )
