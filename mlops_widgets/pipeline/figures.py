"""How a run looks: its steps in order, what came of each, and how long those took that ran."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number, short
from mlops_widgets.pipeline.pipeline_result import PipelineResult, StepOutcome
from mlops_widgets.ui.card import Card, Table
from mlops_widgets.ui.figures import small_print

_MARKS = {"ran": "●", "cached": "○", "skipped": "–", "failed": "■", "not run": "–", "would run": "◇"}


@register
def card_of_run(result: PipelineResult) -> Card:
    """Return the verdict, and the steps as a table."""
    first = result.findings[0]
    rows = tuple(_row(each) for each in result.steps)
    return Card(
        headline=first.claim, status=first.status, findings=result.findings[1:], action=first.action, small=small_print(result),
        table=Table(columns=("step", "what came of it", "seconds", "artefact", "why"), rows=rows), reference=result.reference,
    )  # fmt: skip


def _row(step: StepOutcome) -> tuple[str, ...]:
    seconds = number(step.seconds) if step.seconds else "–"
    return (
        step.name,
        f"{_MARKS[step.status]} {step.status}",
        seconds,
        step.digest[:12] or "–",
        short(step.why, 90) or "–",
    )
