"""What a recipe did, in words: what it repaired, what it left, what it changed besides, and what it drops."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import number

if TYPE_CHECKING:
    from mlops_widgets.data_quality.cleaning.preview import RecipeResult


def find(result: "RecipeResult") -> tuple[Finding, ...]:
    """Return the headline; then what is left, what was changed besides, and what is dropped, where there is any."""
    return (_headline(result), *_left(result), *_besides(result), *_dropped(result))


def _headline(result: "RecipeResult") -> Finding:
    acting = [step for step in result.steps if step.on]
    off = len(result.steps) - len(acting)
    evidence = {
        "steps": len(acting), "steps_off": off, "cells_changed": result.cells_changed, "suspected": result.suspected,
        "repaired": result.repaired, "rows": result.rows, "rows_left": result.rows_left,
    }  # fmt: skip
    counted = _count(len(acting), "step")
    if result.suspected is None:
        claim = (
            f"{counted} {_verb(len(acting), 'change')} {_count(result.cells_changed, 'cell')} of {result.rows:,} rows."
        )
        return Finding(code="DQ-CR-01", status="passed", claim=claim, evidence=evidence, action=_next(acting))
    if not result.suspected:
        claim = f"No cell of {result.rows:,} rows counts as an error, so none is repaired."
        return Finding(code="DQ-CR-01", status="passed", claim=claim, evidence=evidence, action=_next(acting))
    fine = (result.repaired or 0) + (result.dropped or 0)
    status: Status = "passed" if fine == result.suspected else "warning"
    gone = f", {result.dropped:,} of them by dropping their row" if result.dropped else ""
    claim = (
        f"{counted} {_verb(len(acting), 'repair')} {fine:,} of {_count(result.suspected, 'cell')} that {_verb(result.suspected, 'count')} as "
        f"errors ({number(fine / result.suspected, 'percent')}{gone})."
    )  # fmt: skip
    return Finding(code="DQ-CR-01", status=status, claim=claim, evidence=evidence, action=_next(acting))


def _next(acting: Sequence[object]) -> str:
    if not acting:
        return "Keep the table as it is; look again when new rows come."
    return "Look at each step; then recipe.apply(table) for a clean copy, recipe.to_sklearn() for your Pipeline."


def _left(result: "RecipeResult") -> tuple[Finding, ...]:
    if not result.suspected:
        return ()
    left = result.suspected - (result.repaired or 0) - (result.dropped or 0)
    if not left:
        return ()
    unknown = min(result.unrepairable or 0, left)
    said = f"; of {unknown:,} nobody can say what belongs there" if unknown else ""
    return (
        Finding(
            code="DQ-CR-02", status="warning", evidence={"left": left, "unknown": unknown},
            claim=f"{_count(left, 'cell')} that {_verb(left, 'count')} as errors {_verb(left, 'stay')} as they were{said}.",
            action="Look at them in find_errors(table).frame(): ask where they come from, or add a step of your own.",
        ),
    )  # fmt: skip


def _besides(result: "RecipeResult") -> tuple[Finding, ...]:
    if result.unsuspected is None or not result.cells_changed:
        return ()
    share = result.unsuspected / result.cells_changed
    return (
        Finding(
            code="DQ-CR-03", status="warning" if result.unsuspected else "passed",
            evidence={"unsuspected": result.unsuspected, "cells_changed": result.cells_changed},
            claim=(
                f"{_count(result.unsuspected, 'cell')} that didn't count as errors {_verb(result.unsuspected, 'change')}, too "
                f"({number(share, 'percent')} of all changes): a rule knows no exceptions."
                if result.unsuspected
                else "No cell changes that didn't count as an error."
            ),
            action="Preview the steps that change them, and switch off those that you don't believe.",
        ),
    )  # fmt: skip


def _dropped(result: "RecipeResult") -> tuple[Finding, ...]:
    gone = result.rows - result.rows_left
    if not gone:
        return ()
    return (
        Finding(
            code="DQ-CR-04", status="warning", evidence={"rows_dropped": gone, "rows": result.rows},
            claim=f"{_count(gone, 'row')} of {result.rows:,} ({number(gone / result.rows, 'percent')}) {_verb(gone, 'drop')} out of training.",
            action="Rows are dropped by apply(training=True) alone: a transformer must answer for every row that it is asked about.",
        ),
    )  # fmt: skip


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb
