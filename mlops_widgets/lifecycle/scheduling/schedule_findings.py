"""What a schedule says: findings LC-SC-01 to LC-SC-04, from its fields alone, so that an edited file is judged anew."""

import math
from collections.abc import Mapping
from typing import Any

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import known, number, short


def find(plan: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return what is scheduled and whether it is worth it, who answers for it, when, and until when."""
    return (_worth(plan), _owner(plan), _when(plan), *_gate(plan))


def described(plan: Mapping[str, Any]) -> str:
    """Return the policy in words: "a retrain every 4 weeks", "a look at calibration every week"."""
    chunk = plan["chunk"] or "chunk"
    if plan["kind"] == "every":
        return f"a retrain every {_counted(plan['every'], chunk)}"
    if plan["kind"] == "never":
        return f"a review every {_counted(plan['review_every'], chunk)}, and no retrain"
    what = (
        "a forecast of its loss"
        if plan["kind"] == "forecast"
        else f"{short(plan['signal'])} above {number(plan['threshold'])}"
    )
    return f"a look every {chunk}, and a retrain on {what}"


def _counted(count: int, chunk: str) -> str:
    return chunk if count == 1 else f"{count:,} {chunk}s"


def _saving(plan: Mapping[str, Any]) -> str:
    unit = plan["value_unit"] or plan["loss_name"]
    value, ends = plan["saving"], (plan["saving_lower"], plan["saving_upper"])
    fine = all(map(math.isfinite, ends))
    return f"{written(value, *ends) if fine else number(value)} {short(unit)}"


def _worth(plan: Mapping[str, Any]) -> Finding:
    evidence = {
        "saving": known(plan["saving"]), "lower": known(plan["saving_lower"]), "upper": known(plan["saving_upper"]),
        "judged_chunks": plan["judged_chunks"], "retrain_cost": plan["retrain_cost"], "digest": plan["evidence_digest"],
    }  # fmt: skip
    status: Status = "passed"
    action = ""
    if plan["kind"] == "never":
        claim = f"No policy was surely better than never retraining: planned is {described(plan)}."
        action = "Simulate anew once there are more chunks, or the costs have changed."
    elif plan["verdict"] == "better":
        claim = (
            f"Planned is {described(plan)} ({short(plan['policy'])}): against never retraining it saved {_saving(plan)} over "
            f"{plan['judged_chunks']} judged chunks."
        )
    else:
        status = "failed" if plan["verdict"] == "worse" else "warning"
        claim = (
            f"Planned is {described(plan)} ({short(plan['policy'])}), though against never retraining it is {plan['verdict']}: it saved "
            f"{_saving(plan)}."
        )
        action = "Plan reviews only (leave policy= out), or say in its record why it is retrained all the same."
    return Finding(code="LC-SC-01", status=status, claim=claim, action=action, evidence=evidence)


def _owner(plan: Mapping[str, Any]) -> Finding:
    if plan["owner"]:
        return Finding(code="LC-SC-02", status="passed", claim=f"The schedule's owner is {short(plan['owner'], 80)}.")
    claim = "Nobody answers for this schedule: an alarm that it raises reaches no one."
    return Finding(code="LC-SC-02", status="warning", claim=claim, action="Pass owner=, a person or a team.")


def _when(plan: Mapping[str, Any]) -> Finding:
    if plan["chunk"] is None:
        return Finding(
            code="LC-SC-03", status="not_applicable", claim="The timeline has no calendar, so the schedule counts chunks and has no dates.",
            action="Pass time= to the study to get dates, and a trigger that a machine can follow.",
        )  # fmt: skip
    claim = (
        f"It begins on {plan['start']} and holds until {plan['valid_until']}: as long as the policy was judged, since nothing was seen of "
        "what comes later."
    )
    if plan["valid_until"] == plan["start"]:
        claim = f"It begins on {plan['start']} and ends there: no chunk was judged."
    return Finding(
        code="LC-SC-03", status="passed", claim=claim, evidence={"start": plan["start"], "valid_until": plan["valid_until"]}
    )  # fmt: skip


def _gate(plan: Mapping[str, Any]) -> tuple[Finding, ...]:
    if plan["kind"] == "never" or plan["gate"]:
        return ()
    claim = "A retrained model replaces the old one without having to beat it on newer rows."
    action = "Plan a policy with a gate, or let compare_models judge each new model before it serves."
    return (Finding(code="LC-SC-04", status="warning", claim=claim, action=action),)
