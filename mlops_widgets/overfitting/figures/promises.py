"""How the promises look: each offline number against production, and the distance before and after."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.promises import Promise, PromiseResult
from mlops_widgets.ui.card import Axis, BeforeAfter, Card, Dots, Estimate, Mark, Role, Table


@register
def card_of_promises(result: PromiseResult) -> Card:
    """Return the promises as dots around production's line, and the distance from it before and after."""
    before, after = result.promise(result.before), result.promise(result.after)
    finding = result.findings[0]
    mark = Mark(value=result.production, label=f"production {number(result.production)}", role="production")
    shown = [
        p for p in result.promises if p.name != "train" or p.name == result.before
    ]  # far off, it would squeeze the rest
    dots = Dots(rows=tuple(_dot(p, result) for p in shown), axis=Axis(label=result.metric_label), marks=(mark,),
                title="What each offline number promised")  # fmt: skip
    distance = BeforeAfter(
        before=_distance(before, "muted"), after=_distance(after, "accent"),
        axis=Axis(label=f"distance from production ({result.metric_label})", lower=0.0), title="Before and after",
    )  # fmt: skip
    rows = tuple((p.label, written(p.value, p.lower, p.upper),
                  written(p.distance, p.distance_lower, p.distance_upper)) for p in result.promises)  # fmt: skip
    return Card(
        headline=finding.claim, status=finding.status, charts=(dots, distance), action=finding.action,
        table=Table(columns=("promise", result.metric_label, "distance from production"), rows=rows),
        small=f"{result.rows:,} rows. {result.method}; margin {number(result.margin)}.",
    )  # fmt: skip


def _dot(promise: Promise, result: PromiseResult) -> Estimate:
    role: Role = "accent" if promise.name == result.after else "reference" if promise.name == result.before else "muted"
    return Estimate(label=promise.label, value=promise.value, lower=promise.lower, upper=promise.upper, role=role)


def _distance(promise: Promise, role: Role) -> Estimate:
    return Estimate(label=promise.label, value=promise.distance, lower=promise.distance_lower,
                    upper=promise.distance_upper, role=role)  # fmt: skip
