"""What a run says: its verdict, what failed, whether the new model passed, and what was recovered."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.pipeline.pipeline_result import StepOutcome

_STATUS: Mapping[str, Status] = {
    "keep": "passed", "retrain": "warning", "retire": "failed", "not enough data": "not_enough_data", "failed": "failed",
    "dry run": "not_run",
}  # fmt: skip
_ACTIONS: Mapping[str, str] = {
    "keep": "Nothing to do until the next run.",
    "retire": "Write the decision record, name the fallback and tell who uses the model.",
    "not enough data": "Wait for more labels, or pass a policy that needs fewer.",
    "failed": "Put right what failed and run the pipeline again: what was finished isn't done twice.",
    "dry run": "Run it without dry_run to do the work.",
}


def find(
    verdict: str, why: str, outcomes: Sequence[StepOutcome], *, gate: Mapping[str, Any] | None, promoted: bool, recovered: Sequence[str],
    continued: bool,
) -> tuple[Finding, ...]:  # fmt: skip
    """Return the findings of a run, the verdict first."""
    found = [_verdict(verdict, why, outcomes, promoted=promoted)]
    found += [_failure(each) for each in outcomes if each.status == "failed"]
    if gate is not None:
        found.append(_gate(gate, promoted=promoted))
    if continued:
        done = sum(each.status == "cached" for each in outcomes)
        found.append(Finding(
            code="LC-PI-04", status="passed", claim=f"An earlier run was cut off; this one went on with it, {done} steps done before.",
            evidence={"steps done before": done},
        ))  # fmt: skip
    found += [
        Finding(code="LC-PI-05", status="warning", claim=each, action="Look at the disk that the records lie on; the damaged files are kept.")
        for each in recovered
    ]  # fmt: skip
    return (*found, *(_again(each) for each in outcomes if each.status == "ran" and each.why))


def _verdict(verdict: str, why: str, outcomes: Sequence[StepOutcome], *, promoted: bool) -> Finding:
    counts = {status: sum(each.status == status for each in outcomes) for status in _COUNTED}
    if verdict == "dry run":
        claim = f"A run would do {counts['would run']} steps; {counts['cached']} were done before."
    elif verdict == "retrain":
        claim = (
            f"The model is to be retrained, and a new one was {'registered' if promoted else 'not registered'}. {why}"
        )
    else:
        claim = f"{_CLAIMS[verdict]} {why}"
    action = _ACTIONS.get(verdict) or (
        "Put the registered model into service."
        if promoted
        else "Look at the comparison, and keep the model in service meanwhile."
    )
    return Finding(code="LC-PI-01", status=_STATUS[verdict], claim=claim.strip(), evidence=counts, action=action)


_COUNTED = ("ran", "cached", "skipped", "failed", "not run", "would run")
_CLAIMS = {
    "keep": "The model is kept.", "retire": "The model is to be retired.", "failed": "The run came to no decision.",
    "not enough data": "There aren't enough data to decide about the model.",
}  # fmt: skip


def _failure(outcome: StepOutcome) -> Finding:
    return Finding(
        code="LC-PI-02", status="failed", claim=f"Step {outcome.name!r} failed: {outcome.why}",
        action="Call what it calls yourself to see the whole error.",
    )  # fmt: skip


def _gate(gate: Mapping[str, Any], *, promoted: bool) -> Finding:
    evidence = {name: gate[name] for name in ("gain_at_least", "margin") if name in gate}
    return Finding(
        code="LC-PI-03", status="passed" if promoted else "warning", claim=str(gate.get("why", "")), evidence=evidence,
        action="" if promoted else "The model in service stays; more labelled rows narrow the interval.",
    )  # fmt: skip


def _again(outcome: StepOutcome) -> Finding:
    return Finding(
        code="LC-PI-06", status="warning", claim=f"Step {outcome.name!r}: {outcome.why}",
        action="Find out who deletes or changes files in the artefacts' folder.",
    )  # fmt: skip
