"""What it costs to look away, in sentences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.waiting.waiting import WaitingResult


def price(result: "WaitingResult") -> Finding:
    """Return LC-WA-01: the whole excess, and what is left of it with the last strategy."""
    nobody, last = result.waits[0], result.waits[-1]
    cost = estimate(nobody.value, known(nobody.lower), known(nobody.upper))
    since = f"from {result.chunks[0]} to {result.chunks[-1]}"
    evidence = {each.name: each.value for each in result.waits} | {
        "lower": known(nobody.lower), "upper": known(nobody.upper), "margin": result.margin,
    }  # fmt: skip
    if nobody.lower <= 0:
        settled = nobody.upper < result.margin
        better = "a fresh model would have been worse" if nobody.upper < 0 else "not distinguishable from 0"
        return Finding(
            code="LC-WA-01", status="passed" if settled else "not_enough_data", evidence=evidence,
            claim=f"Looking away {since} cost {cost} {result.unit}: {better}.",
            action="Look again at the next review." if settled else "Look again with more labelled rows of production.",
        )  # fmt: skip
    status: Status = "failed" if last.lower > result.margin else "passed" if last.upper < result.margin else "warning"
    claim = f"Looking away {since} cost {cost} {result.unit} more than a fresh model would have"
    if last is not nobody:
        left = estimate(last.value, known(last.lower), known(last.upper))
        claim += (
            f"; {last.label}, {_NOTHING if last.value == last.lower == last.upper == 0 else left}{_when(last.noticed)}"
        )
    return Finding(
        code="LC-WA-01", status=status, claim=f"{claim}.",
        evidence=evidence, cost=max(last.value, 0.0), cost_unit=result.unit,
        action=_ACTIONS.get(last.name, "Keep the strategy, and look again when labels come sooner.") if last.upper > result.margin else "",
    )  # fmt: skip


_NOTHING = "nothing by construction, since it serves that fresh model throughout; what its retrains cost is not in it"
_ACTIONS = {
    "nobody": "Review on a calendar: review_performance says when it would have been noticed.",
    "review": "Simulate policies that retrain without waiting for a review: simulate_retraining.",
    "retirement": "Let a pipeline decide in every chunk, without waiting for anybody: Pipeline.",
    "retraining": "Write down when the model is retired, for what no retraining brings back: evaluate_retirement.",
}  # fmt: skip


def passed_over(names: Sequence[str]) -> Finding:
    """Return LC-WA-02: results that can't say when they would have told."""
    return Finding(
        code="LC-WA-02", status="not_applicable", claim=f"Passed over, for want of what they need: {', '.join(names)}.",
        action="A pipeline's run is priced by the alarms of a review: pass what review_performance returned, too.",
    )  # fmt: skip


def _when(noticed: str) -> str:
    return f" (acted on from {noticed})" if noticed else " (never noticed)"
