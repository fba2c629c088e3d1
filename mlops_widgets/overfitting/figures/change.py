"""How a change looks: its parts as dots, then what single columns' mixes do."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.measures.change import Part
from mlops_widgets.overfitting.monitoring.change import ChangeResult
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_MOST_COLUMNS = 8
_REFITS = {"recent": "refit on recent rows", "all": "refit on all rows so far",
           "older": "refit on as many older rows"}  # fmt: skip


@register
def card_of_change(result: ChangeResult) -> Card:
    """Return the change and its parts, the columns, and what refits gain."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=(_parts(result), _columns(result)),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: ChangeResult) -> str:
    left = max([result.distance_left, *(each.distance_left for each in result.columns)])
    return (
        f"Reweighted to production, the test counts as {number(result.effective_rows, 'integer')} rows, and no column's shares "
        f"differ by more than {number(left, 'percent')}."
    )


def _marks(result: ChangeResult) -> tuple[Mark, ...]:
    return Mark(value=0.0, label="no change"), Mark(
        value=result.margin, label=f"margin {number(result.margin)}", role="bad"
    )


def _parts(result: ChangeResult) -> Dots:
    parts = [("whole change, test → production", result.total, "production")]
    if result.told:
        parts += [
            ("other rows (covariate part)", result.covariate, "reference"),
            ("not explained by the columns", result.remainder, "warning"),
        ]
    rows = [_dot(label, part, role) for label, part, role in parts]
    for each in result.refits:
        part = Part(value=-each.gain, lower=-each.upper, upper=-each.lower)
        rows.append(_dot(_REFITS[each.name], part, "reference" if each.name == "older" else "good"))
    return Dots(
        rows=tuple(rows), axis=Axis(label=f"{result.metric_label} lost (left of 0: gained)"), marks=_marks(result),
        title="What the change is made of, and what a refit would do" if result.refits else "What the change is made of",
    )  # fmt: skip


def _columns(result: ChangeResult) -> Dots:
    rows = tuple(
        _dot(each.column, Part(value=each.harm, lower=each.lower, upper=each.upper), "reference")
        for each in result.columns[:_MOST_COLUMNS]
    )
    return Dots(rows=rows, axis=Axis(label=f"{result.metric_label} lost by its mix alone"), marks=_marks(result)[:1],
                title="If only one column's mix had changed (others follow as they do in the test)")  # fmt: skip


def _dot(label: str, part: Part, role: str) -> Estimate:
    roles: dict[str, Role] = {
        "production": "production",
        "reference": "reference",
        "warning": "warning",
        "good": "good",
    }
    known = abs(part.lower) + abs(part.upper) < float("inf")
    return Estimate(
        label=label, value=part.value, lower=part.lower if known else None, upper=part.upper if known else None,
        role=roles[role],
    )  # fmt: skip


def _written(value: float, lower: float, upper: float) -> str:
    return written(value, *((lower, upper) if abs(lower) + abs(upper) < float("inf") else (None, None)))


def _table(result: ChangeResult) -> Table:
    parts = {"whole change": result.total, "covariate part": result.covariate, "remainder": result.remainder}
    rows = [("part", name, _written(p.value, p.lower, p.upper) + " worse", "") for name, p in parts.items()]
    rows += [
        (
            "column",
            c.column,
            _written(c.harm, c.lower, c.upper) + " worse",
            f"shares moved {number(c.distance, 'percent')}",
        )
        for c in result.columns
    ]
    rows += [
        (
            "segment",
            s.rule,
            f"{_written(s.rise, s.lower, s.upper)} more {result.loss}",
            "confirmed" if s.confirmed else "not confirmed",
        )
        for s in result.segments
    ]
    rows += [
        ("refit", g.name, _written(g.gain, g.lower, g.upper) + " gained", f"{g.rows:,} rows") for g in result.refits
    ]
    return Table(columns=("kind", "what", result.metric_label, ""), rows=tuple(rows))
