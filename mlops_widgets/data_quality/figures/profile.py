"""How profiles look: a line a column with what is missing, what differs and where it lies; what changed as distances."""

import json
from collections.abc import Sequence
from math import isfinite

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import interval, number, short
from mlops_widgets.data_quality.profiling.column_change import ColumnChange
from mlops_widgets.data_quality.profiling.column_profile import ColumnProfile
from mlops_widgets.data_quality.profiling.compare import ProfileDiff
from mlops_widgets.data_quality.profiling.listed_values import ListedValues
from mlops_widgets.data_quality.profiling.outlines import PARTS, outline
from mlops_widgets.data_quality.profiling.profile_result import Profile
from mlops_widgets.data_quality.profiling.scan import moment_text
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, HeatMap, Mark, Role, Table, View
from mlops_widgets.ui.figures import small_print

_DRAWN = 30
"""Columns in the picture; the browser has all."""

_OUTLINED = 400
"""Columns that the browser gets with an outline and a sentence; more have name, kind, missing and distinct."""

_DETAIL_BYTES = 60_000
"""What the details of columns may take together: those of the first columns, as many as fit."""

_LETTERS = "0123456789"
_ROLES: dict[str, Role] = {"failed": "bad", "not_enough_data": "warning", "passed": "reference"}


@register
def card_of_profile(result: Profile) -> Card:
    """Return the table at a glance."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=(_strip(result),), view=_view(result), findings=result.findings[1:],
        action=first.action, small=small_print(result, *result.notes, of=result.table), reference=result.reference,
    )  # fmt: skip


def _strip(result: Profile) -> HeatMap:
    shown = result.columns[:_DRAWN]
    heights = np.full((len(shown), PARTS), np.nan)
    for row, column in enumerate(shown):
        shares = outline(column)
        if len(shares):
            heights[row, : len(shares)] = shares / shares.max()
    more = f"; the first {_DRAWN} of {len(result.columns):,} columns" if len(result.columns) > _DRAWN else ""
    return HeatMap(
        values=heights, rows=tuple(_label(column) for column in shown), columns=("low", *[""] * (PARTS - 2), "high"),
        axis=Axis(label="rows, of the most", form="percent", lower=0.0, upper=1.0),
        title=f"Where values lie: numbers from low to high, texts by frequency{more}",
    )  # fmt: skip


def _label(column: ColumnProfile) -> str:
    missing = f", {number(column.missing_share, 'percent')} missing" if column.missing else ""
    return f"{short(column.name, 24)}{missing}"


def _distinct(column: ColumnProfile) -> str:
    if not isfinite(column.distinct):
        return ""
    about = "" if column.known_distinct >= 0 else "~"
    return f"{about}{column.distinct:,.0f}"


def _view(result: Profile) -> View:
    room, columns = _DETAIL_BYTES, []
    for place, column in enumerate(result.columns):
        line: list[object] = [
            short(column.name, 60), column.kind, round(column.missing_share, 4), _distinct(column), round(np.nan_to_num(column.distinct)),
        ]  # fmt: skip
        if place < _OUTLINED:
            line += [_heights(column), _says(column), ", ".join(column.flags)]
            details = _details(column)
            room -= len(json.dumps(details))
            line += [details] if room > 0 else []
        columns.append(line)
    return View(name="profile", state={"columns": columns})


def _heights(column: ColumnProfile) -> str:
    """Return an outline as digits, 9 for the highest; what isn't empty is at least 1."""
    shares = outline(column)
    if not len(shares):
        return ""
    return "".join(_LETTERS[max(int(share > 0), round(9 * share / shares.max()))] for share in shares)


def _says(column: ColumnProfile) -> str:
    if column.kind in {"number", "time"} and column.numbers.moments.count:
        low, middle, high = (_written(column, each) for each in column.numbers.quantiles([0.05, 0.5, 0.95]).values)
        return f"{middle}, mostly {low} to {high}" if low != high else middle
    if column.values.values and column.kind != "other":
        return _shares(column.values, column.present, 3)
    if column.shapes.values:
        return f"like {_shares(column.shapes, column.present, 1)}"
    return {"other": "nested cells or bytes", "empty": "no cells"}.get(column.kind, "")


def _shares(listed: ListedValues, present: int, most: int) -> str:
    pairs = zip(listed.values[:most], listed.counts, strict=False)
    return ", ".join(f"{short(value, 32)} {number(count / present, 'percent')}" for value, count in pairs)


def _written(column: ColumnProfile, value: float) -> str:
    if column.kind == "time":
        return moment_text(value)[:10]
    return number(value, "integer") if column.numbers.whole and abs(value) < 1e15 else number(value)


def _details(column: ColumnProfile) -> list[list[str]]:
    """Return what is known of a column as pairs of words."""
    lower, upper = column.distinct_interval
    about = "" if column.known_distinct >= 0 else f" {interval(lower, upper, 'integer')}"
    return [
        ["stored as", column.stored],
        ["missing", f"{column.missing:,} ({number(column.missing_share, 'percent')})"],
        ["different values", f"{_distinct(column)}{about}" or "–"],
        *([["blank", f"{column.blank:,}"]] if column.blank else []),
        *_number_details(column),
        *([["length", _lengths(column)]] if column.kind == "text" and column.lengths.moments.count else []),
        *([["most frequent", _shares(column.values, column.present, 8)]] if column.values.values else []),
        *([["shapes", _shares(column.shapes, column.present, 5)]] if column.shapes.values else []),
    ]  # fmt: skip


def _number_details(column: ColumnProfile) -> list[list[str]]:
    numbers = column.numbers
    if column.kind not in {"number", "time"} or not numbers.moments.count:
        return []
    five = [_written(column, each) for each in numbers.quantiles([0.05, 0.25, 0.5, 0.75, 0.95]).values]
    pairs = [
        ["within", f"{_written(column, numbers.lowest)} and {_written(column, numbers.highest)}"],
        ["quantiles .05 to .95", " · ".join(five)],
    ]
    if column.kind == "number":
        pairs.append(["mean, sd", f"{number(numbers.moments.mean)}, {number(numbers.moments.sd)}"])
        pairs.append(["zeros, infinite", f"{numbers.zeros:,}, {numbers.infinite:,}"])
    return pairs


def _lengths(column: ColumnProfile) -> str:
    low, middle, high = (number(each, "integer") for each in column.lengths.quantiles([0.05, 0.5, 0.95]).values)
    return f"{middle} characters, mostly {low} to {high}"


@register
def card_of_profile_diff(result: ProfileDiff) -> Card:
    """Return the columns by how far they moved."""
    first = result.findings[0]
    measured = [each for each in result.columns if isfinite(each.distance)]
    charts = (_distances(result, measured[:_DRAWN]),) if measured else ()
    return Card(
        headline=first.claim, status=first.status, charts=charts, findings=result.findings[1:], table=_changes(result.columns),
        empty="" if charts else "No column could be compared: too few cells, or no distribution on both sides.",
        action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _distances(result: ProfileDiff, columns: Sequence[ColumnChange]) -> Dots:
    rows = tuple(
        Estimate(
            label=short(each.column), value=each.distance, lower=each.lower, upper=each.upper, role=_ROLES[each.status],
            note=_note(each, result.missing_margin),
        )
        for each in columns
    )  # fmt: skip
    return Dots(
        rows=rows, axis=Axis(label="distance between the two profiles", lower=0.0, upper=1.0),
        marks=(Mark(value=result.margin, label="margin"),), title="How far each column moved",
    )  # fmt: skip


def _note(change: ColumnChange, margin: float) -> str:
    if max(change.missing_lower, -change.missing_upper) <= margin:
        return change.compared
    before, after = (number(each, "percent") for each in (change.missing_before, change.missing_after))
    return f"missing {before}, now {after}"


def _changes(columns: Sequence[ColumnChange]) -> Table:
    rows = tuple(
        (
            short(each.column), each.compared or "–", number(each.distance), number(each.psi), number(each.missing_before, "percent"),
            number(each.missing_after, "percent"), number(each.p_adjusted, digits=3), each.status.replace("_", " "),
        )
        for each in columns[:200]
    )  # fmt: skip
    names = ("column", "compared", "distance", "PSI", "missing before", "missing after", "p, adjusted", "verdict")
    return Table(columns=names, rows=rows)
