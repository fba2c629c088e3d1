"""How a check of a pipeline looks: the rows of each step, and what each did to them."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.audits.check_pipeline import PipelineCheckResult
from mlops_widgets.data_quality.audits.pipeline_steps import StepSeen
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Table
from mlops_widgets.ui.figures import small_print

_MOST_STEPS = 30


@register
def card_of_pipeline_check(result: PipelineCheckResult) -> Card:
    """Return the rows of each step as bars, with what it lost and multiplied, and the numbers."""
    first = result.findings[0]
    bars = Bars(
        rows=tuple(Estimate(label=short(step.name), value=float(step.rows), note=_note(step)) for step in result.steps[:_MOST_STEPS]),
        axis=Axis(label="rows", form="integer", lower=0.0), title="Rows through the steps",
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, charts=(bars,), findings=result.findings[1:], table=_table(result),
        action=first.action, small=small_print(result),
    )  # fmt: skip


def _note(step: StepSeen) -> str:
    said = {
        "keys lost": step.keys_lost,
        "rows multiplied": step.rows_multiplied,
        "rows repeat a key": step.keys_repeated,
    }
    return ", ".join(f"{number(count, 'integer')} {what}" for what, count in said.items() if count)


def _table(result: PipelineCheckResult) -> Table:
    rows = []
    for step in result.steps:
        totals = ", ".join(f"{short(name, 20)} {number(total)}" for name, total in step.totals.items())
        counts = (step.rows, step.keys_lost, step.rows_multiplied, len(step.gone), len(step.new))
        rows.append((short(step.name), *(number(count, "integer") for count in counts), totals or "–"))
    return Table(
        columns=("step", "rows", "keys lost", "rows multiplied", "columns gone", "new", "totals"), rows=tuple(rows)
    )
