"""How recourse looks: the model's number now and with each proposal against the limit, and the changes before and after."""

from math import isnan

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.explainability.stakeholders.recourse.proposals import Change, Proposal, joined
from mlops_widgets.explainability.stakeholders.recourse.recourse_result import RecourseResult
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_AMBER = "In amber: what doesn't hold throughout; the table says where."


@register
def card_of_recourse(result: RecourseResult) -> Card:
    """Return where each proposal takes the model's answer, and every change before and after."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=_charts(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=_small(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: RecourseResult) -> str:
    fixed = (
        joined([each.feature for each in result.fixed])
        if 0 < len(result.fixed) <= 6
        else f"{len(result.fixed)} columns"
    )
    held = f"Held fixed: {fixed}. " if result.fixed else ""
    weak = any(_role(each, result) == "warning" for each in result.proposals)
    return f"{held}{_AMBER if weak else ''}".strip()


def _charts(result: RecourseResult) -> tuple[Dots, ...]:
    if isnan(result.shown) or result.scale == "decision":
        return ()
    rows = [Estimate(label="as it is", value=result.shown, role="muted")]
    rows += [
        Estimate(
            label=f"{place}: {_columns(each.chosen)}",
            value=each.shown,
            role=_role(each, result),
            note=_holds(each, result),
        )
        for place, each in enumerate(result.proposals, start=1)
    ]
    if not result.proposals and result.miss and not isnan(result.miss_shown):
        chosen = tuple(change for change in result.miss if not change.follows)
        rows.append(Estimate(label=f"nearest miss: {_columns(chosen)}", value=result.miss_shown, role="muted"))
    marks = () if isnan(result.limit) else (Mark(value=result.limit, label="limit"),)
    axis = Axis(label=f"{result.scale} that the model gives")
    return (Dots(rows=tuple(rows), axis=axis, marks=marks, title="Where each proposal takes the model's answer"),)


def _columns(changes: tuple[Change, ...]) -> str:
    return joined([change.feature for change in changes])


def _role(proposal: Proposal, result: RecourseResult) -> Role:
    return "good" if proposal.plausible and proposal.refits_holding == result.refits else "warning"


def _table(result: RecourseResult) -> Table:
    rows = [
        (str(place), change.feature, change.before, change.after, "follows" if change.follows else number(change.cost),
         "–" if isnan(each.shown) else number(each.shown), _holds(each, result))
        for place, each in enumerate(result.proposals, start=1)
        for change in each.changes
    ]  # fmt: skip
    miss = "–" if isnan(result.miss_shown) else number(result.miss_shown)
    rows += [
        ("nearest miss", change.feature, change.before, change.after, number(change.cost), miss, "no")
        for change in result.miss
    ]
    columns = ("proposal", "column", "now", "then", "units", result.scale, "holds")
    caption = "A unit is the median distance of the reference's rows from their median; of a category, any change."
    return Table(columns=columns, rows=tuple(rows), caption=caption)


def _holds(proposal: Proposal, result: RecourseResult) -> str:
    said = [] if proposal.plausible else ["no such rows"]
    if not isnan(proposal.holding_share):
        said.append(f"{number(proposal.holding_share, 'percent')} of noisy copies")
    if result.refits:
        said.append(f"{proposal.refits_holding} of {result.refits} refits")
    return ", ".join(said) or "yes"


def _small(result: RecourseResult) -> str:
    sets = zip(result.columns_tried, ("alone", "in pairs", "in threes"), strict=False)
    columns = ", ".join(f"{count} {how}" for count, how in sets)
    tried = f"{number(result.tried, 'integer')} changed rows tried" + (f" (columns: {columns})" if columns else "")
    return small_print(result, tried, of="the reference")
