"""What is said about retirement: verdict, rules, history, false alarms."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number, worse
from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.retirement.policy import RetirementRule
    from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult, RuleOutcome

ACCEPTED_ALARMS = 0.05
"""Chance of a false alarm over the whole history from which on the policy itself is in doubt."""

_STATUS: dict[str, Status] = {
    "keep": "passed",
    "retrain": "warning",
    "retire": "failed",
    "not enough data": "not_enough_data",
}
_ACTION = {
    "keep": "Keep the model; evaluate again when the next chunk's labels have come.",
    "retrain": "Retrain on the newest labelled rows and compare before it serves: mlops_widgets.lifecycle.compare_models.",
    "retire": "Decide and write it down: mlops_widgets.lifecycle.record_decision(result, decided_by=…, reason=…, fallback=…).",
    "not enough data": "Wait for labels, or pass longer chunks, chunks='month'.",
}


def find(result: "RetirementResult") -> tuple[Finding, ...]:
    """Return the findings, the verdict first."""
    return (_verdict(result), *_fired(result), *_waited(result), _alarms(result), *_unknown(result), *_related(result))


def _verdict(r: "RetirementResult") -> Finding:
    acting = _acting(r)
    claim = {
        "keep": f"Keep {r.model}: no rule that retires or retrains fires on what is known up to {r.today}.",
        "not enough data": f"Whether {r.model} should go can't be said: too few chunks have labels enough for a rule.",
    }[r.verdict] if not acting else f"{(_THRESHOLD_FIRST if _by_threshold(r) else _WORDS[r.verdict]).format(model=r.model)}: {_names(acting)} on what is known up to {r.today}.{_recovered(r)}"  # fmt: skip
    doubtful = r.verdict == "keep" and acting
    return Finding(
        code="LC-RE-01", status="warning" if doubtful else _STATUS[r.verdict], claim=claim, action=_action(r) if acting else _ACTION[r.verdict],
        evidence={
            "verdict": r.verdict, "fired": ", ".join(each.name for each in r.fired), "rules": len(r.outcomes), "chunks": len(r.chunks),
            "recovery": r.recovery.verdict if r.recovery is not None else "not measured",
        },
    )  # fmt: skip


def _acting(r: "RetirementResult") -> list[str]:
    """Return the names of the rules that fire and do more than warn."""
    return [each.name for each in r.fired if _rule(r, each).action != "warn"]


def _by_threshold(r: "RetirementResult") -> bool:
    """Say whether another decision threshold would do where a rule that retires fires."""
    retiring = any(_rule(r, each).action == "retire" for each in r.fired)
    return retiring and r.verdict == "retrain" and r.recovery is not None and r.recovery.reason == "threshold"


def _action(r: "RetirementResult") -> str:
    """Return what to do where a rule that acts fires."""
    if _by_threshold(r) and r.recovery is not None:
        return r.recovery.findings[0].action
    if r.verdict == "keep":
        return "Read the rule: today's model clears the floor on the newest rows. Evaluate again when the next chunk's labels have come."
    if r.verdict == "not enough data":
        rows = r.recovery.rows_needed if r.recovery is not None else 0
        until = f"until about {number(rows, 'integer')} rows can be tested" if rows else "for more labels"
        return f"Wait {until} and evaluate again, or decide without: mlops_widgets.lifecycle.record_decision(result, decision=…, decided_by=…, reason=…)."
    return _ACTION[r.verdict]


def _names(acting: list[str]) -> str:
    quoted = [f"'{each}'" for each in acting]
    return f"{listed(quoted)} {'fires' if len(acting) == 1 else 'fire'}"


def _recovered(r: "RetirementResult") -> str:
    """Return what a fresh model has to do with the verdict."""
    retiring = any(_rule(r, each).action == "retire" for each in r.fired)
    if r.recovery is None:
        unknown = " Whether a fresh model would do can't be measured (a model without refit, or one that fails): the rule is taken at its word."
        return unknown if r.verdict == "retire" else ""
    if _by_threshold(r):
        return f" {r.recovery.findings[0].claim}"
    if retiring and r.verdict == "retire" and r.recovery.verdict in {"recoverable", "not needed", "not enough data"}:
        return " What a fresh model would do doesn't bear on all of it: the rule is taken at its word."
    if retiring and (r.verdict, r.recovery.verdict) in _OVERRULED:
        return _OVERRULED[r.verdict, r.recovery.verdict]
    return _RECOVERED.get(r.recovery.verdict, "")


_WORDS = {
    "keep": "Keep {model} for now", "retrain": "Retrain {model}", "retire": "Retire {model}",
    "not enough data": "Whether {model} should be retired or retrained can't be said yet",
}  # fmt: skip
_THRESHOLD_FIRST = "Choose the decision threshold of {model} anew before retraining or retiring"
_OVERRULED = {
    ("retrain", "recoverable"): " The rule says retire, but a fresh model clears the floor that this one misses.",
    ("retrain", "not needed"): " Nothing is retired: this model clears the floor on the newest rows.",
    ("keep", "not needed"): " The rule says retire, but this model clears the floor on the newest rows.",
    ("not enough data", "not enough data"): " The rule says retire; whether a fresh model clears the floor isn't settled by the labels so far.",
}  # fmt: skip
"""Verdict and recovery → what is said where a rule that retires isn't followed."""
_RECOVERED = {
    "exhausted": " Even a fresh model stays below the floor: there is nothing left to learn.",
    "a simpler model does as well": " A plain linear model does as well as a fresh copy: let that serve instead.",
    "not enough data": " Whether a fresh model would do isn't settled by the labels so far.",
}


def _rule(r: "RetirementResult", outcome: "RuleOutcome") -> "RetirementRule":
    return next(rule for rule in r.policy.rules if rule.name == outcome.name)


def _fired(r: "RetirementResult") -> tuple[Finding, ...]:
    found = []
    for each in r.fired:
        rule = _rule(r, each)
        owner = f" {rule.owner} answers for this rule." if rule.owner else ""
        signal = f"{rule.signal} ({rule.of})" if rule.of else rule.signal
        claim = (
            f"'{rule.name}' fires: {signal} is {_measured(each)} in the newest known chunk, and its {rule.limit} "
            f"end lay {rule.comparator} {number(rule.bound)} in {rule.k} of the last {rule.n}."
        )
        found.append(
            Finding(
                code="LC-RE-02", status="warning" if rule.action == "warn" else "failed", claim=claim, action=f"The rule says {rule.action}.{owner}",
                evidence={"rule": rule.name, "value": known(each.value), "lower": known(each.lower), "upper": known(each.upper), "bound": rule.bound,
                          "first": r.chunk_name(each.first)},
            )
        )  # fmt: skip
    return tuple(found)


def _waited(r: "RetirementResult") -> tuple[Finding, ...]:
    w = r.waiting
    if w is None:
        return ()
    action = next(rule.action for rule in r.policy.rules if rule.name == w.rule)
    when = f"at the beginning of {r.by} {r.chunk_name(w.chunk)}" if w.chunk < len(r.chunks) else "today"
    claim = f"With what was known then, '{w.rule}' would have said {action} {when}."
    if w.rows:
        amount = estimate(*((w.value, w.lower, w.upper) if w.value >= 0 else (-w.value, -w.upper, -w.lower)))
        unit = "in all" if r.edge_total else f"of {w.unit}"
        free = ", which pays no running cost," if r.edge_total and r.policy.running_cost else ""
        said = f"{amount} {unit} {'more' if w.value >= 0 else 'less'}"
        end = (
            "waiting cost"
            if w.lower > 0
            else "keeping the model paid"
            if w.upper < 0
            else "whether waiting cost isn't settled"
        )
        claim += f" On the {number(w.rows, 'integer')} labelled rows since then, the best constant answer{free} gains {said} than the model: {end}."
    if action == "retrain" and r.recovery is not None and r.recovery.difference is not None:
        d = r.recovery.difference
        claim += f" On the newest rows a fresh model is {worse(-d.value, -d.upper, -d.lower)} ({r.recovery.unit})."
    status: Status = "warning" if w.lower > 0 or not w.rows else "passed" if w.upper < 0 else "not_enough_data"
    return (
        Finding(
            code="LC-RE-03", status=status, claim=claim, evidence={"rule": w.rule, "chunk": r.chunk_name(w.chunk), "value": known(w.value), "lower": known(w.lower), "upper": known(w.upper), "rows": w.rows},
            action="Move the bounds over this history before the policy is agreed: mlops_widgets.lifecycle.RetirementExplorer(study).",
            cost=max(0.0, w.value) if w.rows else None, cost_unit=w.unit,
        ),
    )  # fmt: skip


def _alarms(r: "RetirementResult") -> Finding:
    if np.isnan(r.false_alarm):
        return Finding(
            code="LC-RE-04", status="not_enough_data", claim="How often the rules fire though nothing changed can't be said: there is no labelled test.",
            action="Pass test=: rows that the model didn't learn from, from before production.",
        )  # fmt: skip
    fine = r.false_alarm <= ACCEPTED_ALARMS
    rules = sum(rule.action != "warn" and rule.needs_labels for rule in r.policy.rules)
    noun = "rule that acts" if rules == 1 else "rules that act"
    return Finding(
        code="LC-RE-04", status="passed" if fine else "warning",
        claim=f"If nothing had changed since the test, the {rules} {noun} on labels would fire over these {len(r.chunks)} chunks in "
        f"{number(r.false_alarm, 'percent')} of histories.",
        evidence={"false_alarm": r.false_alarm, "rules": rules, "chunks": len(r.chunks)},
        action="" if fine else "Move bounds away from the test's values, or raise k.",
    )  # fmt: skip


def _unknown(r: "RetirementResult") -> tuple[Finding, ...]:
    blind = [f"'{each.name}' ({each.why})" for each in r.outcomes if each.state == "not measurable"]
    few = [f"'{each.name}'" for each in r.outcomes if each.state == "not enough data"]
    found = []
    if blind:
        found.append(Finding(code="LC-RE-05", status="not_applicable", claim=f"Can't be measured here: {listed(blind)}.", action="Pass what is missing, or take the rule out.", evidence={"rules": len(blind)}))  # fmt: skip
    if few:
        found.append(Finding(code="LC-RE-05", status="not_enough_data", claim=f"Too few known chunks with labels enough to say: {listed(few)}.", action="Wait, or lower n or minimum_labels.", evidence={"rules": len(few)}))  # fmt: skip
    return tuple(found)


def _related(r: "RetirementResult") -> tuple[Finding, ...]:
    if not r.related:
        return ()
    claim = f"Other strategies failed {len(r.related)} findings, the first: {r.related[0]}"
    return (Finding(code="LC-RE-06", status="warning", claim=claim, evidence={"findings": len(r.related)}, action="Read them before the decision is signed."),)  # fmt: skip


def _measured(each: "RuleOutcome") -> str:
    if each.lower == each.upper:
        return number(each.value)
    return estimate(each.value, each.lower, each.upper)
