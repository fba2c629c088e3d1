"""From the rules that fire, and from what a fresh model would do, to one verdict."""

from collections.abc import Mapping

from mlops_widgets.lifecycle.recovery.recovery import Measure, RecoveryResult
from mlops_widgets.lifecycle.retirement.policy import RetirementRule
from mlops_widgets.lifecycle.retirement.retirement_result import Decision, RetirementResult

PERFORMANCE: Mapping[Measure, frozenset[str]] = {
    "metric": frozenset({"skill", "metric"}),
    "value": frozenset({"value"}),
}
"""What recovery measures → signals that it speaks of."""
_CURABLE = frozenset({"skill", "metric", "value", "calibration", "group gap", "data age"})
"""Signals that a fresh model can mend. It brings back neither users nor owners, and says nothing of a challenger."""


def fired_rules(result: RetirementResult, *actions: str) -> list[RetirementRule]:
    """Return the rules with one of these actions that fire today, in the policy's order."""
    pairs = zip(result.policy.rules, result.outcomes, strict=True)
    return [rule for rule, each in pairs if each.state == "fired" and rule.action in actions]


def decide(result: RetirementResult, recovery: RecoveryResult | None) -> Decision:
    """Return the verdict: what fired, and whether a fresh model would do.

    A rule that retires gives "retrain" where a fresh model clears the floor that today's misses, "keep" where today's clears it, and
    "not enough data" where labels don't settle either. A rule that retrains gives "retire" where not even a fresh model clears it.
    Without a recovery, and for signals that it says nothing of, rules are taken at their word.
    """
    retiring, retraining = fired_rules(result, "retire"), fired_rules(result, "retrain")
    if retiring:
        verdict = _of_retiring({rule.signal for rule in retiring}, recovery)
        return "retrain" if verdict == "keep" and retraining else verdict
    if retraining:
        return "retire" if recovery is not None and recovery.verdict == "exhausted" else "retrain"
    acting = [
        each.state for each, rule in zip(result.outcomes, result.policy.rules, strict=True) if rule.action != "warn"
    ]
    return "keep" if "quiet" in acting or not acting else "not enough data"


def _of_retiring(signals: set[str], recovery: RecoveryResult | None) -> Decision:
    """Return what rules that retire come to, by their signals."""
    if recovery is None:
        return "retire"
    if recovery.verdict == "recoverable":
        return "retrain" if signals <= _CURABLE else "retire"
    if recovery.verdict == "not needed" and signals <= PERFORMANCE[recovery.measure]:
        return "keep"
    if recovery.verdict == "not enough data" and signals <= frozenset().union(*PERFORMANCE.values()):
        return "not enough data"
    return "retire"
