"""What changed first: the check, and between which batches its change began."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from mlops_widgets.data_quality.audits.checks import Cell, Limits

_OF_PROFILES = {"missing", "values"}


@dataclass(frozen=True, kw_only=True)
class FirstChange:
    """When a check's change from the baseline began.

    Parameters
    ----------
    check, kind, column
        The check.
    earliest, latest
        Places of the batches between which it went beyond the margin: the first that can't be told from beyond it, and the first
        that lies beyond it for certain. The latest has come after the change, with all intervals valid at once.
    value
        What was measured in the latest.
    """

    check: str
    kind: str
    column: str
    earliest: int
    latest: int
    value: float


def first_changes(cells: Sequence[Cell], limits: Limits) -> list[FirstChange]:
    """Return one change a check that went beyond its margin, the earliest first; of equals the one known more closely."""
    by_check: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.kind in {*_OF_PROFILES, "rule", "columns", "rows"}:
            by_check.setdefault(cell.check, []).append(cell)
    changes = [found for each in by_check.values() if (found := _change(each, limits)) is not None]
    return sorted(changes, key=lambda each: (each.latest, -each.earliest, each.kind != "missing", each.check))


def _change(cells: Sequence[Cell], limits: Limits) -> FirstChange | None:
    beyond = [cell for cell in cells if cell.status in {"failed", "warning"}]
    if not beyond:
        return None
    first = beyond[0]
    margin = {"missing": limits.missing_margin, "values": limits.margin}.get(first.kind)
    may_be = [cell.batch for cell in cells if _may_be(cell, margin)]
    run = first.batch
    # The change lasts until it is seen, so the batches that may lie beyond the margin reach up to it without a gap.
    while run - 1 in may_be:
        run -= 1
    return FirstChange(
        check=first.check, kind=first.kind, column=first.column, earliest=run, latest=first.batch, value=first.value
    )  # fmt: skip


def _may_be(cell: Cell, margin: float | None) -> bool:
    if margin is None or isnan(cell.upper):
        return cell.status in {"failed", "warning", "not_enough_data"} and cell.kind == "rule"
    return cell.upper > margin
