"""Equal accuracy, unequal people as a card: an approval gate that closes and opens as columns are switched, and the truth on demand."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known, number
from mlops_widgets.governance.unequal_people.equal_accuracy_result import MEASURES, EqualAccuracyResult, Measure
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Table, View
from mlops_widgets.ui.figures import small_print

Floats = npt.NDArray[np.float64]

_SHOWN: tuple[Measure, ...] = ("ratio", "accuracy", "true_accuracy", "selected_reference", "selected_compared")


@register
def card_of_equal_accuracy(result: EqualAccuracyResult) -> Card:
    """Return both models beside the gate."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=(_ratios(result), _accuracies(result)), view=_view(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _ratios(r: EqualAccuracyResult) -> Dots:
    rows = tuple(
        _estimate(r, "ratio", at, each.name, good=r.gate(at) == "passed") for at, each in enumerate(r.variants)
    )
    return Dots(
        rows=rows, axis=Axis(label="impact ratio"), marks=(Mark(value=r.limit, label=f"gate {number(r.limit)}"),),
        title=f"How often the less selected group is selected, beside the other (best {number(float(r.shares[r.start]), 'percent')})",
    )  # fmt: skip


def _accuracies(r: EqualAccuracyResult) -> Dots:
    rows = tuple(_estimate(r, "accuracy", at, each.name) for at, each in enumerate(r.variants))
    others = tuple(_estimate(r, "true_accuracy", at, each.name) for at, each in enumerate(r.variants)) if r.has_truth else ()  # fmt: skip
    return Dots(
        rows=rows, others=others, labels=("by the records", "in truth") if others else ("", ""), axis=Axis(label="accuracy"),
        title="How often the decision is right",
    )  # fmt: skip


def _estimate(r: EqualAccuracyResult, measure: Measure, at: int, name: str, *, good: bool | None = None) -> Estimate:
    value, lower, upper = r.of(measure, at)
    return Estimate(
        label=name, value=value, lower=known(lower), upper=known(upper), role="reference" if good is None else "good" if good else "bad"
    )  # fmt: skip


def _view(r: EqualAccuracyResult) -> View:
    arrays: dict[str, Floats] = {str(name): r.numbers[MEASURES.index(name), 0].ravel() for name in _SHOWN}
    arrays |= {
        f"ratio_{end}": r.numbers[MEASURES.index("ratio"), at].ravel() for at, end in ((1, "lower"), (2, "upper"))
    }
    return View(
        name="approval_gate",
        state={
            "feature": r.feature, "group": r.group, "names": [r.reference_group, r.compared_group], "limit": r.limit, "start": r.start,
            "shares": [float(each) for each in r.shares], "truth": r.has_truth,
            "variants": [[each.uses_feature, each.uses_group] for each in r.variants],
        },
        arrays=arrays,
    )  # fmt: skip


def _table(r: EqualAccuracyResult) -> Table:
    measures: tuple[Measure, ...] = ("ratio", "accuracy", "auc", *(("true_accuracy", "true_auc") if r.has_truth else ()))  # fmt: skip
    names = {"ratio": "impact ratio", "accuracy": "accuracy, recorded", "auc": "ROC AUC, recorded", "true_accuracy": "accuracy, true", "true_auc": "ROC AUC, true"}  # fmt: skip
    rows = tuple(
        (
            each.name, number(r.of("selected_reference", at)[0], "percent"), number(r.of("selected_compared", at)[0], "percent"),
            *(number(r.of(measure, at)[0], digits=3) for measure in measures),
        )
        for at, each in enumerate(r.variants)
    )  # fmt: skip
    columns = ("model", f"selected, {r.reference_group}", f"selected, {r.compared_group}", *(names[each] for each in measures))  # fmt: skip
    over = f"means over {r.draws_made} made-up sets" if r.draws_made else f"selected: {r.selected_means}"
    return Table(columns=columns, rows=rows, caption=f"The best {number(float(r.shares[r.start]), 'percent')} selected; {over}")  # fmt: skip
