"""What strikes about a table, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import interval, number
from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.data_quality.profiling.column_profile import ColumnProfile, Flag
    from mlops_widgets.data_quality.profiling.profile_result import Profile

_FLAGS: "dict[Flag, tuple[str, Status, str, str]]" = {
    "empty": ("DQ-PR-02", "warning", "{} without a single cell", "Find out who fills them, or leave them out."),
    "mostly missing": (
        "DQ-PR-03", "warning", "{} missing in more than half of the rows", "Ask whether missing means something there.",
    ),
    "constant": ("DQ-PR-04", "warning", "{} with one value only", "Leave them out: they can't tell rows apart."),
    "numbers as text": (
        "DQ-PR-05", "warning", "{} of numbers written as text", "Read them as numbers; what doesn't read is worth a look.",
    ),
    "dates as text": ("DQ-PR-06", "warning", "{} of dates written as text", "Read them as dates, and say the day's place."),
    "infinite": ("DQ-PR-07", "warning", "{} with infinite numbers", "Look for a division by zero upstream."),
    "blank cells": ("DQ-PR-08", "warning", "{} with blank cells that count as values", "Make blank cells missing."),
    "one value a row": (
        "DQ-PR-09", "passed", "{} with a value of its own in each row", "Name them in ids=, so that no model learns from them.",
    ),
    "not described": (
        "DQ-PR-10", "not_run", "{} of nested cells or bytes, counted and not described", "Take their parts apart into columns.",
    ),
}  # fmt: skip


def find(result: "Profile") -> tuple[Finding, ...]:
    """Return the headline, one finding a flag that any column has, repeated rows, and what a sample can't say."""
    flagged = [
        _of_flag([column for column in result.columns if flag in column.flags], flag)
        for flag in _FLAGS
        if any(flag in column.flags for column in result.columns)
    ]
    others = [*flagged, *_repeated(result), *_sampled(result)]
    return (_headline(result, others), *sorted(others, key=lambda finding: finding.order))


def _headline(result: "Profile", others: Sequence[Finding]) -> Finding:
    cells = result.rows * len(result.columns)
    missing = sum(column.missing for column in result.columns)
    share = missing / cells if cells else 0.0
    flags = sum(bool(set(column.flags) - {"one value a row"}) for column in result.columns)
    said = f"{flags:,} of them with something to look at" if flags else "none of them with anything to look at"
    warned = any(finding.status == "warning" for finding in others)
    return Finding(
        code="DQ-PR-01", status="warning" if warned else "passed",
        claim=f"{result.rows:,} rows in {_columns(len(result.columns))}, {said}; {number(share, 'percent')} of the cells are missing.",
        evidence={
            "rows": result.rows, "columns": len(result.columns), "missing_cells": missing, "missing_share": share,
            "flagged_columns": flags,
        },
        action="Go through the flagged columns first." if flags else "Keep this profile, and compare the next batch with it.",
    )  # fmt: skip


def _of_flag(columns: "Sequence[ColumnProfile]", flag: "Flag") -> Finding:
    code, status, what, action = _FLAGS[flag]
    claim = f"{what.format(_columns(len(columns)))}: {listed([column.name[:40] for column in columns], most=5)}."
    return Finding(code=code, status=status, claim=claim, evidence={"columns": len(columns)}, action=action)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count:,} columns"


def _repeated(result: "Profile") -> list[Finding]:
    if not result.repeated or not result.compared_columns:
        return []
    known = result.repeated_lower == result.repeated_upper
    span = interval(result.repeated_lower, result.repeated_upper, "integer")
    count = f"{result.repeated:,.0f}" if known else f"About {result.repeated:,.0f} {span}".rstrip()
    if result.repeated_upper != result.repeated_upper:
        count = f"At least {result.repeated_lower:,.0f}"
    share = result.repeated / result.rows
    return [
        Finding(
            code="DQ-PR-11", status="warning",
            claim=f"{count} rows ({number(share, 'percent')}) repeat an earlier row in all {result.compared_columns} columns.",
            evidence={
                "repeated": result.repeated, "lower": result.repeated_lower, "upper": None if known is False and not span else
                result.repeated_upper, "share": share,
            },
            action="Find out whether they were booked twice, and drop the copies before splitting.",
        )
    ]  # fmt: skip


def _sampled(result: "Profile") -> list[Finding]:
    if not result.sampled:
        return []
    most = 1.96 * (0.25 / result.rows) ** 0.5
    return [
        Finding(
            code="DQ-PR-12", status="not_enough_data",
            claim=f"This is a sample of {result.rows:,} of {result.source_rows:,} rows: its shares are within "
            f"{number(most * 100, digits=1)} percentage points of the table's (95 %); distinct values and repeated rows are counted in "
            "the sample alone.",
            evidence={"rows": result.rows, "source_rows": result.source_rows, "share_within": most},
            action="Leave max_rows= out for a profile of all rows.",
        )
    ]  # fmt: skip
