"""How learning and validation curves look: unseen rows with a band, the rows learned from beside them."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.overfitting.validation.learning_curve import LearningCurveResult
from mlops_widgets.overfitting.validation.validation_curve import ValidationCurveResult
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Line, Mark, Series, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_learning_curve(result: LearningCurveResult) -> Card:
    """Return the score by rows learned from, with the next doubling as a dashed extrapolation."""
    first = result.findings[0]
    x = np.append(result.sizes, result.extrapolated_rows).astype(np.float64)
    gap = np.array([np.nan])
    ahead = np.full(len(x), np.nan)
    ahead[-2:] = result.scores[-1], result.extrapolated
    series = (
        Series(label="unseen rows", y=np.append(result.scores, gap), lower=np.append(result.lower, gap),
               upper=np.append(result.upper, gap), role="accent"),
        Series(label="rows learned from", y=np.append(result.train, gap), role="reference"),
        Series(label="extrapolated", y=ahead, role="muted", dashed=True, end="if as much again"),
    )  # fmt: skip
    line = Line(
        x=x,
        x_axis=Axis(label="rows learned from", form="integer"),
        y_axis=Axis(label=result.metric_label),
        series=series,
    )
    return Card(
        headline=first.claim, status=first.status, charts=(line,), findings=result.findings[1:], table=_sizes(result),
        action=first.action, reference=result.reference,
        summary=f"On the rows learned from it scores {number(float(result.train[-1]))}: that is memory, and promises nothing.",
        small=small_print(
            result, f"margin {number(result.margin)}",
            f"dashed: {number(result.extrapolated)} at {result.extrapolated_rows:,} rows if the next doubling gained as much as "
            "the last, an extrapolation that is rather too good",
            of=result.table,
        ),
    )  # fmt: skip


def _sizes(result: LearningCurveResult) -> Table:
    rows = tuple(
        (number(int(size), "integer"), estimate(float(value), float(low), float(high)), number(float(train)))
        for size, value, low, high, train in zip(
            result.sizes, result.scores, result.lower, result.upper, result.train, strict=True
        )
    )
    return Table(
        columns=("rows learned from", f"{result.metric_label}, unseen", "rows learned from, scored"), rows=rows
    )


@register
def card_of_validation_curve(result: ValidationCurveResult) -> Card:
    """Return one dot a value tried, the user's in colour, with the score on rows learned from as a note."""
    first = result.findings[0]
    best = Mark(value=float(result.scores[result.best]), label=f"best {number(float(result.scores[result.best]))}")
    dots = Dots(
        rows=tuple(_value(result, place) for place in range(len(result.labels))), axis=Axis(label=result.metric_label), marks=(best,),
        title=f"On unseen folds, by {result.parameter}",
    )  # fmt: skip
    seen = Dots(
        rows=tuple(Estimate(label=label, value=float(value), role="muted") for label, value in zip(result.labels, result.train, strict=True)),
        axis=Axis(label=result.metric_label), title="On the rows learned from",
    )  # fmt: skip
    rows = tuple(
        (_label(result, place), estimate(float(result.scores[place]), float(result.lower[place]), float(result.upper[place])),
         number(float(result.train[place])))
        for place in range(len(result.labels))
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, charts=(dots, seen), findings=result.findings[1:], action=first.action,
        table=Table(columns=(result.parameter, f"{result.metric_label}, unseen folds", "rows learned from"), rows=rows),
        small=small_print(result, f"margin {number(result.margin)}"),
        reference=result.reference,
    )  # fmt: skip


def _label(result: ValidationCurveResult, place: int) -> str:
    marks = {result.own: "yours", result.chosen: "simplest as good", result.best: "best"}
    said = [marks[k] for k in (result.own, result.best, result.chosen) if k == place]
    return result.labels[place] + (f" ({', '.join(dict.fromkeys(said))})" if said else "")


def _value(result: ValidationCurveResult, place: int) -> Estimate:
    lower, upper = float(result.lower[place]), float(result.upper[place])
    bounded = np.isfinite(lower) and np.isfinite(upper)
    return Estimate(
        label=_label(result, place), value=float(result.scores[place]), lower=lower if bounded else None,
        upper=upper if bounded else None, n=result.rows, role="accent" if place == result.own else "reference",
    )  # fmt: skip
