"""What the fault bench found, in words: the faults on which the model fails silently, and what would have stopped each."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import capital, estimate, known, number
from mlops_widgets.errors import listed
from mlops_widgets.overfitting.representative.fault_costs import FaultCell
from mlops_widgets.overfitting.representative.faults import Fault

if TYPE_CHECKING:
    from mlops_widgets.overfitting.representative.stress import StressResult

Evidence = dict[str, float | int | str | bool | None]
_CONTRACT = "Chapter 4 makes that a contract."
_NAMED = 3


def find(result: "StressResult", faults: Sequence[Fault], *, budget_seconds: float) -> tuple[Finding, ...]:
    """Return the headline, one finding a fault with the failed ones first, and the columns left out."""
    each = [_of_fault(result, fault, budget_seconds) for fault in faults]
    others = sorted(each, key=lambda finding: finding.order)
    return (_headline(result, faults), *others, *_left_out(result))


def _headline(result: "StressResult", faults: Sequence[Fault]) -> Finding:
    tried = [cell for cell in result.cells if cell.outcome != "not_run"]
    costly = sorted((cell for cell in tried if cell.status == "failed"), key=_by_loss)
    open_ones = [cell for cell in tried if cell.status == "not_enough_data"]
    refused = sum(cell.outcome == "raises" for cell in tried)
    evidence: Evidence = {
        "tried": len(tried), "refused": refused, "failed_silently": len(costly), "unresolved": len(open_ones),
        "not_run": len(result.cells) - len(tried), "rows": result.rows, "labelled_rows": result.labelled_rows,
        "margin": result.margin,
    }  # fmt: skip
    if costly:
        return _fails_silently(result, faults, costly, evidence)
    status: Status = "not_enough_data" if open_ones or not tried else "passed"
    counted = f"{refused:,} of {len(tried):,} faults tried were refused with an error"
    if not tried:
        claim, action = "No fault was tried.", "Pass more faults, or a larger budget_seconds=."
    elif status == "passed":
        claim = f"No fault changed the answers for more than the margin without an error; {counted}."
        action = "Keep what refuses them, and try again when a column or the model changes."
    else:
        worst = min((cell for cell in open_ones if cell.confirmed), key=_by_loss, default=min(open_ones, key=_by_loss))
        label = next(fault.label for fault in faults if fault.name == worst.fault)
        claim = (
            f"{len(open_ones):,} of {len(tried):,} faults change the answers without an error, and whether by more than the margin of "
            f"{number(result.margin)} can't be told; at worst it {_cost(result, worst)}{_in(worst)}, on {label}. {capital(counted)}."
        )  # fmt: skip
        action = _unsettled(result, next(fault for fault in faults if fault.name == worst.fault))
    return Finding(code="OV-ST-01", status=status, claim=claim, evidence=evidence, action=action)


def _fails_silently(
    result: "StressResult", faults: Sequence[Fault], costly: list[FaultCell], evidence: Evidence
) -> Finding:
    by_name = {fault.name: fault for fault in faults}
    kinds = list(dict.fromkeys(cell.fault for cell in costly))
    worst, first = costly[0], by_name[kinds[0]]
    others = [by_name[kind].label for kind in kinds[1:_NAMED]]
    more = f" and {len(kinds) - _NAMED:,} more" if len(kinds) > _NAMED else ""
    also = f" Others: {', '.join(others)}{more}." if others else ""
    counted = f"{len(kinds):,} of {len(faults):,} kinds of broken input" if len(kinds) > 1 else first.label
    the_worst = f"the worst, {first.label}{_in(worst)}," if len(kinds) > 1 else f"that{_in(worst)}"
    claim = f"The model fails silently on {counted}: {the_worst} {_cost(result, worst)}, without an error.{also}"
    return Finding(
        code="OV-ST-01", status="failed", claim=claim, evidence=evidence | {"worst": worst.fault, "worst_column": worst.column},
        action=f"Check inputs before predict, this first: {first.guard}. {_CONTRACT}",
        cost=None if isnan(worst.loss) else worst.loss, cost_unit=result.metric_label,
    )  # fmt: skip


def _of_fault(result: "StressResult", fault: Fault, budget_seconds: float) -> Finding:
    cells = result.of(fault.name)
    tried = [cell for cell in cells if cell.outcome != "not_run"]
    if not cells:
        return Finding(
            code=fault.code, status="not_applicable", claim=f"{capital(fault.label)}: no column tried can have that.",
            action="Nothing to do.",
        )  # fmt: skip
    if not tried:
        return Finding(
            code=fault.code, status="not_run", claim=f"{capital(fault.label)}: not tried within {number(budget_seconds)} s.",
            action="Pass a larger budget_seconds=, or this fault alone as faults=.",
        )  # fmt: skip
    costly = sorted((cell for cell in tried if cell.status == "failed"), key=_by_loss)
    unsure = sorted((cell for cell in tried if cell.status == "not_enough_data"), key=_by_loss)
    evidence = _evidence(cells, tried, costly, unsure)
    if costly:
        return Finding(
            code=fault.code, status="failed", evidence=evidence, action=f"Before predict, {fault.guard}.",
            claim=f"Fails silently on {fault.label}: {_where(fault, costly, tried)}{_cost(result, costly[0])}{_in(costly[0])}.",
            cost=None if isnan(costly[0].loss) else costly[0].loss, cost_unit=result.metric_label,
        )  # fmt: skip
    if unsure:
        return Finding(
            code=fault.code, status="not_enough_data", evidence=evidence, action=_unsettled(result, fault),
            claim=f"Answers change without an error on {fault.label}: {_where(fault, unsure, tried)}"
            f"{_cost(result, unsure[0])}{_in(unsure[0])}; more than the margin of {number(result.margin)} or not can't be told.",
        )  # fmt: skip
    return Finding(
        code=fault.code,
        status="passed",
        evidence=evidence,
        claim=f"{capital(fault.label)}: {_harmless(result, tried)}.",
    )


def _evidence(
    cells: Sequence[FaultCell], tried: list[FaultCell], costly: list[FaultCell], unsure: list[FaultCell]
) -> Evidence:
    counts: Evidence = {
        name: sum(cell.outcome == name for cell in cells)
        for name in ("raises", "abstains", "changes", "unchanged", "not_run")
    }
    worst = next(iter([*costly, *unsure, *tried]))
    return counts | {
        "failed_silently": len(costly), "unresolved": len(unsure), "worst_column": worst.column, "loss": known(worst.loss),
        "lower": known(worst.lower), "upper": known(worst.upper), "moved_share": known(worst.moved_share),
    }  # fmt: skip


def _by_loss(cell: FaultCell) -> tuple[float, float, str]:
    return (-cell.loss if not isnan(cell.loss) else 0.0, -cell.moved_share, cell.column)


def _where(fault: Fault, some: Sequence[FaultCell], tried: Sequence[FaultCell]) -> str:
    return f"{len(some):,} of {len(tried):,} columns, at worst it " if fault.scope == "column" else "it "


def _cost(result: "StressResult", cell: FaultCell) -> str:
    """Return what a change costs and how many answers it moves: the end of a sentence."""
    share = number(cell.moved_share, "percent")
    moves = (
        f"moves {share} of the answers by more than {number(result.moved_by)}"
        if result.moved_by
        else f"flips {share} of the decisions"
    )
    if isnan(cell.loss):
        return moves
    return f"costs {estimate(cell.loss, cell.lower, cell.upper)} {result.metric_label} and {moves}"


def _in(cell: FaultCell) -> str:
    return f" in {listed([cell.column])}" if cell.column else ""


def _harmless(result: "StressResult", tried: Sequence[FaultCell]) -> str:
    words = {
        "raises": "refused with an error", "abstains": "left without an answer",
        "changes": f"answered otherwise, within the margin of {number(result.margin)}", "unchanged": "answered the same",
    }  # fmt: skip
    counts = {text: sum(cell.outcome == name for cell in tried) for name, text in words.items()}
    said = [
        text if len(tried) == 1 else f"{count:,} of {len(tried):,} columns {text}"
        for text, count in counts.items()
        if count
    ]
    return ", ".join(said)


def _unsettled(result: "StressResult", fault: Fault) -> str:
    lacks = "a larger test would tell the cost" if result.labelled_rows else "labels on the test would tell the cost"
    return f"Before predict, {fault.guard}: that costs less than finding out; {lacks}."


def _left_out(result: "StressResult") -> tuple[Finding, ...]:
    if not result.columns_left_out:
        return ()
    total = result.columns_left_out + len(result.columns)
    return (
        Finding(
            code="OV-ST-23", status="not_run", evidence={"left_out": result.columns_left_out, "columns": total},
            claim=f"{result.columns_left_out:,} of {total:,} columns weren't tried: those whose shuffling moves the answers least.",
            action="Pass a larger max_columns= to try them too.",
        ),
    )  # fmt: skip
