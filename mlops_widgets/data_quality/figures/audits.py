"""How an audit of batches looks: checks × time, and when what changed first began."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult
from mlops_widgets.data_quality.audits.first_change import FirstChange
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Floats, HeatMap, Role, Table
from mlops_widgets.ui.figures import small_print

_MOST_CHECKS = 14
_MOST_CHANGES = 8
_BEYOND = {"failed", "warning"}
_SHARES = {"rule", "missing", "values", "step"}
_LONGEST = 34


@register
def card_of_batch_audit(result: BatchAuditResult) -> Card:
    """Return the checks that went beyond their margin over the batches, when each began, and the verdict on each batch."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=(*_grid(result), *_timeline(result)), findings=result.findings[1:],
        table=_table(result), action=first.action, small=small_print(result, *_due(result)), reference=result.reference,
    )  # fmt: skip


def _due(result: BatchAuditResult) -> tuple[str, ...]:
    return (f"next audit {result.due}",) if result.due else ()


def _grid(result: BatchAuditResult) -> tuple[Chart, ...]:
    """Show what was measured where a check is beyond its margin; where none is, the distances of all columns."""
    beyond = np.array([[status in _BEYOND for status in row] for row in result.statuses]).reshape(
        len(result.checks), -1
    )
    shares = np.array([kind in _SHARES for kind in result.kinds])
    alarmed = bool((beyond & shares[:, None]).any())
    chosen = [
        index
        for index in np.flatnonzero(shares)
        if (beyond[index].any() if alarmed else result.kinds[index] == "values")
    ]
    if not chosen or not result.batches:
        return ()
    chosen.sort(
        key=lambda index: (not any(status == "failed" for status in result.statuses[index]), -int(beyond[index].sum()))
    )
    shown = chosen[:_MOST_CHECKS]
    values = np.where(beyond[shown], result.values[shown], np.nan) if alarmed else result.values[shown]
    more = f"; {len(chosen) - len(shown)} more in the frame" if len(chosen) > len(shown) else ""
    title = (
        f"Checks beyond their margin (–: within it, or too few rows to say){more}"
        if alarmed
        else f"No check is beyond its margin: distances from {short(result.baseline)}"
    )
    grid = HeatMap(
        values=values, rows=tuple(_row(result, int(index)) for index in shown), columns=tuple(short(each, 12) for each in result.batches),
        axis=Axis(label="rows or cells", form="percent", lower=0.0), title=title,
    )  # fmt: skip
    return (grid,)


def _row(result: BatchAuditResult, index: int) -> str:
    """Return a check's name, with its worst verdict as a mark and not by colour alone."""
    failed = "failed" in result.statuses[index]
    mark = "■ " if failed else "▲ " if "warning" in result.statuses[index] else ""
    return f"{mark}{short(result.checks[index], _LONGEST)}"


def _timeline(result: BatchAuditResult) -> tuple[Chart, ...]:
    if not result.changes:
        return ()
    where = result.starts if result.are_dates else np.arange(1.0, len(result.batches) + 1)
    rows = tuple(
        _began(each, where, "bad" if place == 0 else "production")
        for place, each in enumerate(result.changes[:_MOST_CHANGES])
    )
    axis = Axis(
        label="batch that began" if result.are_dates else "batch", form="date" if result.are_dates else "integer"
    )
    return (Dots(rows=rows, axis=axis, title="What changed first: seen at the dot, begun within the line"),)


def _began(each: FirstChange, where: Floats, role: Role) -> Estimate:
    known = each.earliest == each.latest
    return Estimate(
        label=short(each.check, _LONGEST), value=float(where[each.latest]), lower=None if known else float(where[each.earliest]),
        upper=None if known else float(where[each.latest]), role=role,
    )  # fmt: skip


def _table(result: BatchAuditResult) -> Table:
    rows = []
    for place, label in enumerate(result.batches):
        statuses = [row[place] for row in result.statuses]
        beyond = [short(result.checks[index], 40) for index, status in enumerate(statuses) if status in _BEYOND]
        others = "baseline" if label == result.baseline else "too few rows"
        verdict = next((word for word in ("failed", "warning", "passed") if word in statuses), others)
        named = ", ".join(beyond[:3]) + (f" and {len(beyond) - 3} more" if len(beyond) > 3 else "")
        when = "now" if result.new[place] else "before"
        rows.append((short(label), number(float(result.batch_rows[place]), "integer"), when, verdict, named or "–"))
    return Table(columns=("batch", "rows", "audited", "verdict", "beyond the margin"), rows=tuple(rows))
