"""How the notices look: how many spills are noticed before and after, and by whom."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.data_quality.notices.notices import Notice, NoticeResult
from mlops_widgets.data_quality.spills import BY_NAME
from mlops_widgets.ui.card import Axis, BeforeAfter, Card, Estimate, HeatMap, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_notices(result: NoticeResult) -> Card:
    """Return the count with the model alone and with all that was passed, and what each watcher points at."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=(_count(result), _grid(result)) if result.spills else (),
        findings=result.findings[1:], table=_table(result) if result.spills else None, action=first.action,
        small=small_print(result, of=result.table), empty="" if result.spills else first.claim,
    )  # fmt: skip


def _count(result: NoticeResult) -> BeforeAfter:
    total = len(result.spills)
    return BeforeAfter(
        before=Estimate(label=result.watchers[0], value=result.before, role="muted"),
        after=Estimate(label=_last(result), value=result.after, role="good" if result.after == total else "warning"),
        axis=Axis(label=f"spills noticed, of {total}", form="integer", lower=0, upper=total), title="Before and after",
    )  # fmt: skip


def _last(result: NoticeResult) -> str:
    others = result.watchers[1:]
    return (
        f"with {others[-1]}" + (f" and {len(others) - 1} more" if len(others) > 1 else "") if others else "no strategy"
    )


def _grid(result: NoticeResult) -> HeatMap:
    known = {(each.spill, each.watcher): each.share for each in result.notices}
    values = np.array([[known.get((spill, who), np.nan) for who in result.watchers] for spill in result.spills])
    return HeatMap(
        values=values, rows=tuple(BY_NAME[name].short for name in result.spills), columns=result.watchers,
        axis=Axis(label="share of the rows hit", form="percent", lower=0, upper=1),
        title="Rows hit that are pointed at, by whom",
    )  # fmt: skip


def _table(result: NoticeResult) -> Table:
    rows = [
        (label, column or "–", *_told(result.by(spill)))
        for spill, label, column in zip(result.spills, result.labels, result.columns, strict=True)
    ]
    return Table(columns=("spill", "column", "noticed by", "what is pointed at", "rows hit that are"), rows=tuple(rows))


def _told(by: tuple[Notice, ...]) -> tuple[str, str, str]:
    if not by:
        return "nobody", "–", "–"
    return ", ".join(each.watcher for each in by), by[0].said, number(by[0].share, "percent")
