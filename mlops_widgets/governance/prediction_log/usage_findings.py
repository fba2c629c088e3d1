"""What a review of a prediction log says."""

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.governance.prediction_log.usage_result import RateLine, UsageResult

_WORDS = {
    "input_hmac": "an input's digest", "decision": "a decision", "threshold": "a threshold", "reasons": "reason codes", "policy": "a policy's version",
}  # fmt: skip


def find(r: UsageResult, *, most_overrides: float, overlap_hours: int) -> tuple[Finding, ...]:
    """Return the findings: what failed, how much the model was used, then the others, the worst first.

    Parameters
    ----------
    r
        The rest of the result.
    most_overrides
        Largest share of overrides that is fine.
    overlap_hours
        How long two versions of a policy may overlap.
    """
    rest = (
        _registered(r), _overrides(r, most_overrides), _gaps(r), _fields(r), _policies(r, overlap_hours), _repeated(r), _off_side(r),
    )  # fmt: skip
    ordered = sorted(rest, key=lambda each: each.order)
    failed = [each for each in ordered if each.status == "failed"]
    return *failed, _used(r), *ordered[len(failed) :]


def _used(r: UsageResult) -> Finding:
    days = list(r.days)
    span = f"from {days[0]} to {days[-1]}" if len(days) > 1 else f"on {days[0]}"
    quiet = sum(not count for count in r.days.values())
    models = f"{len(r.models)} {'model' if len(r.models) == 1 else 'models'}"
    claim = f"{number(r.rows, 'integer')} {'answer' if r.rows == 1 else 'answers'} of {models} were logged {span}, {number(r.rows / len(days))} a day."
    return Finding(
        code="GV-US-01", status="passed", claim=claim,
        evidence={"entries": r.rows, "models": len(r.models), "days": len(days), "days_without": quiet, "first": days[0], "last": days[-1]},
    )  # fmt: skip


def _registered(r: UsageResult) -> Finding:
    code = "GV-US-02"
    if r.models[0].registered is None:
        return Finding(
            code=code, status="not_applicable", claim="Whether these models may answer can't be said: no list of registered models was passed.",
            action="Pass registered=[digest, …], such as the digests of a registry's production versions.",
        )  # fmt: skip
    unknown = [each for each in r.models if not each.registered]
    rows = sum(each.rows for each in unknown)
    evidence: dict[str, float | int | str | bool | None] = {"unknown_models": len(unknown), "entries_of_unknown": rows}
    if not unknown:
        return Finding(
            code=code,
            status="passed",
            claim=f"All {len(r.models)} models that answered are registered.",
            evidence=evidence,
        )
    who = unknown[0]
    claim = (
        f"{number(rows, 'integer')} of {number(r.rows, 'integer')} answers came from {len(unknown)} unregistered "
        f"{'model' if len(unknown) == 1 else 'models'} ({who.model[:12]}…, from {who.first} to {who.last})."
    )
    return Finding(
        code=code,
        status="failed",
        claim=claim,
        evidence=evidence,
        action="Find out who put the unregistered model into service, and register it or take it out.",
    )


def _overrides(r: UsageResult, most: float) -> Finding:
    line = r.overrides or RateLine(name="all", rows=0, count=0, share=0.0, lower=None, upper=None)
    share = estimate(line.share, line.lower, line.upper, "percent")
    evidence: dict[str, float | int | str | bool | None] = {
        "overridden": line.count, "entries": line.rows, "share": line.share, "lower": line.lower, "upper": line.upper, "most": most, "days": r.units, "reviewed": r.reviewed,
    }  # fmt: skip
    limit = number(most, "percent")
    if not r.reviewed:
        return Finding(
            code="GV-US-03", status="warning", claim=f"None of {number(line.rows, 'integer')} entries names a person's decision: nobody overrode the model, or it isn't logged.",
            evidence=evidence, action="Log overrides=, or PredictionLog.override for later ones; if nobody may override, write that down.",
        )  # fmt: skip
    status: Status = "not_enough_data"
    if line.lower is None or line.upper is None:
        claim = f"Persons decided {share} of the answers otherwise; {r.units} {'day is' if r.units == 1 else 'days are'} too few for an interval."
        return Finding(
            code="GV-US-03",
            status=status,
            claim=claim,
            evidence=evidence,
            action="Look again when 5 days or more are logged.",
        )
    if line.lower > most:
        status = "failed"
    elif line.upper <= most:
        status = "passed"
    words = {"failed": f"surely more than {limit}", "passed": f"surely not more than {limit}"}.get(
        status, f"which may or may not be more than {limit}"
    )
    claim = f"Persons decided {share} of the answers otherwise than the model, {words}."
    action = {
        "failed": "Ask those who override why, by reason code, and whether the model still serves them.",
        "passed": "",
    }
    return Finding(
        code="GV-US-03",
        status=status,
        claim=claim,
        evidence=evidence,
        action=action.get(status, "Look again when more days are logged."),
    )


def _gaps(r: UsageResult) -> Finding:
    code = "GV-US-04"
    if not r.gaps_by:
        return Finding(
            code=code, status="not_enough_data", claim="Whether hours are missing can't be said: the log has fewer than three weeks.",
            action="Pass quiet_hours=, the longest time without an entry that is fine.",
        )  # fmt: skip
    evidence: dict[str, float | int | str | bool | None] = {
        "gaps": len(r.gaps),
        "hours": sum(each.hours for each in r.gaps),
    }
    if not r.gaps:
        blind = (
            f"; a gap in which fewer than {r.gap_entries} answers are usual wouldn't be seen" if r.gap_entries else ""
        )
        return Finding(
            code=code, status="passed", claim=f"No hours are missing, by {_told(r)}{blind}.", evidence=evidence
        )
    long = r.gaps[0]
    expected = "" if long.expected is None else f", where {number(long.expected, 'integer')} were to be expected"
    claim = (
        f"{len(r.gaps)} {'time' if len(r.gaps) == 1 else 'times'} without entries by {_told(r)}; the longest lasted {long.hours} hours, "
        f"from {long.begin} UTC{expected}."
    )
    return Finding(
        code=code,
        status="warning",
        claim=claim,
        evidence=evidence,
        action="Find out whether the model was down, or answered without being logged.",
    )


def _told(r: UsageResult) -> str:
    return "the log's own weeks" if r.gaps_by == "weekly profile" else "the time that was passed"


def _fields(r: UsageResult) -> Finding:
    lacking = {name: count for name, count in r.empty.items() if count}
    evidence: dict[str, float | int | str | bool | None] = {f"without_{name}": count for name, count in r.empty.items()}
    evidence["odd_scores"] = r.odd_scores
    said = [f"{number(count, 'integer')} without {_WORDS[name]}" for name, count in lacking.items()]
    said += [f"{number(r.odd_scores, 'integer')} with a score that is no finite number"] if r.odd_scores else []
    if not said:
        return Finding(code="GV-US-05", status="passed", claim="Every entry has an input's digest, a decision, a threshold, reasons and a policy's version.", evidence=evidence)  # fmt: skip
    return Finding(
        code="GV-US-05", status="warning", claim=f"Of {number(r.rows, 'integer')} entries, {', '.join(said)}.", evidence=evidence,
        action="Pass these fields to log_predictions: what isn't logged can't be shown to anybody later.",
    )  # fmt: skip


def _policies(r: UsageResult, overlap_hours: int) -> Finding:
    evidence: dict[str, float | int | str | bool | None] = {
        "late": r.late,
        "versions": len(r.policies),
        "overlap_hours": overlap_hours,
    }
    if not r.policies:
        return Finding(
            code="GV-US-06",
            status="not_applicable",
            claim="No entry names a policy's version.",
            action="Pass policy_version= to log_predictions.",
        )
    if not r.late:
        return Finding(code="GV-US-06", status="passed", claim=f"No older version of the policy was used {overlap_hours} hours after a newer one began.", evidence=evidence)  # fmt: skip
    claim = f"{number(r.late, 'integer')} answers were given under an older version of the policy, {overlap_hours} hours or more after a newer one began."
    return Finding(
        code="GV-US-06",
        status="warning",
        claim=claim,
        evidence=evidence,
        action="Find the service that still runs the older version.",
    )


def _repeated(r: UsageResult) -> Finding:
    evidence: dict[str, float | int | str | bool | None] = {"repeated": r.repeated}
    if not r.repeated:
        return Finding(code="GV-US-07", status="passed", claim="Each entry has an id of its own.", evidence=evidence)
    claim = f"{number(r.repeated, 'integer')} entries share their id with another: a retry that was logged twice, or two rows of one name."
    return Finding(
        code="GV-US-07",
        status="warning",
        claim=claim,
        evidence=evidence,
        action="Give each answer its own id: labels are joined by it.",
    )


def _off_side(r: UsageResult) -> Finding:
    evidence: dict[str, float | int | str | bool | None] = {"off_side": r.off_side}
    if not r.thresholds or not r.decisions:
        return Finding(code="GV-US-08", status="not_applicable", claim="Whether decisions follow from score and threshold can't be said.", action="Log scores=, decisions= and threshold=.")  # fmt: skip
    if not r.off_side:
        return Finding(
            code="GV-US-08",
            status="passed",
            claim="No decision lies on the other side of its threshold.",
            evidence=evidence,
        )
    claim = f"{number(r.off_side, 'integer')} decisions aren't what the model usually decides on that side of the threshold."
    return Finding(code="GV-US-08", status="warning", claim=claim, evidence=evidence, action="Look at them: a rule after the model, or a person whose override isn't logged as one.")  # fmt: skip
