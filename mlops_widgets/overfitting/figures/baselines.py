"""How baselines look: the model's score beside theirs, and its advantage over each against the margin."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.overfitting.validation.baselines import Baseline, BaselineResult
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_baselines(result: BaselineResult) -> Card:
    """Return the scores as dots, and beside them how much better the model is than each baseline."""
    first = result.findings[0]
    own = Estimate(
        label="your model", value=result.value, lower=result.lower, upper=result.upper, n=result.rows, role="accent"
    )
    ordered = sorted(result.baselines, key=lambda each: each.gain)
    scores = Dots(
        rows=(own, *(_dot(each, result) for each in ordered)), axis=Axis(label=result.metric_label), title=f"Scores on {result.table}"
    )  # fmt: skip
    marks = (
        Mark(value=0.0, label="no better", role="muted"),
        Mark(value=result.margin, label=f"margin {number(result.margin)}"),
    )
    gains = Dots(
        rows=tuple(_gain(each, result) for each in ordered), axis=Axis(label=f"advantage of your model ({result.metric_label})"),
        marks=marks, title="Advantage over each",
    )  # fmt: skip
    leading = result.strongest.name
    return Card(
        headline=first.claim, status=first.status, charts=(scores, gains), table=_table(result), action=first.action,
        findings=tuple(each for each in result.findings[1:] if each.evidence.get("baseline") != leading), small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _dot(each: Baseline, result: BaselineResult) -> Estimate:
    return Estimate(
        label=each.label, value=each.value, lower=each.lower, upper=each.upper, n=result.rows, role="reference"
    )


def _gain(each: Baseline, result: BaselineResult) -> Estimate:
    role = "good" if each.gain_lower > result.margin else "warning" if each.gain_upper < result.margin else "muted"
    return Estimate(
        label=each.label, value=each.gain, lower=each.gain_lower, upper=each.gain_upper, n=result.rows,
        role="good" if role == "good" else "warning" if role == "warning" else "muted",
    )  # fmt: skip


def _table(result: BaselineResult) -> Table:
    rows = [("your model", estimate(result.value, result.lower, result.upper), "")]
    rows += [
        (
            each.label,
            estimate(each.value, each.lower, each.upper),
            estimate(each.gain, each.gain_lower, each.gain_upper),
        )
        for each in result.baselines
    ]
    caption = f"Baselines learned from {result.learned_rows:,} rows of the reference"
    return Table(columns=("model", result.metric_label, "advantage of your model"), rows=tuple(rows), caption=caption)
