"""What the evidence says of one requirement: a function a kind of check."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlops_widgets.core.document import document_of
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import estimate, number
from mlops_widgets.errors import listed
from mlops_widgets.governance.policies.audit_result import Answer
from mlops_widgets.governance.policies.digests import digest, digest_of, finding_facts
from mlops_widgets.governance.policies.evidence import Evidence, Held, made_on, unsaid
from mlops_widgets.governance.policies.requirement import EITHER, Check, Requirement

_WORST: tuple[Answer, ...] = ("fail", "not enough data", "missing human input", "pass")
ABSENT = "No evidence: "
"""How what an outcome says begins where nothing was passed that answers."""
UNANSWERED = frozenset({"not_applicable", "not_run"})
"""Statuses of findings that answer nothing."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What requirements are judged on: the evidence, the logs, the day."""

    evidence: Evidence
    log: Any = None
    registry: Any = None
    today: date | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one check says: the outcome, the sentences behind it, the facts that are hashed, what to do, and whether it can't be measured here."""

    outcome: Answer
    told: tuple[str, ...]
    facts: tuple[Any, ...] = ()
    action: str = ""
    unmeasurable: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the outcome and its facts."""
        return digest(
            {"outcome": self.outcome, "facts": list(self.facts), "told": [] if self.facts else list(self.told)}
        )


def judge(requirement: Requirement, ground: Ground) -> Verdict:
    """Return what the evidence says of a requirement that isn't a signature.

    Where several Results answer it, the worst counts: a run that passed doesn't hide one that failed.
    """
    return _JUDGES[requirement.check.kind](requirement.check, ground)


def _worst(verdicts: list[Verdict]) -> Verdict:
    worst = min(verdicts, key=lambda each: _WORST.index(each.outcome))
    unmet = [each for each in verdicts if each.outcome != "pass"]
    return Verdict(
        outcome=worst.outcome, told=tuple(dict.fromkeys(text for each in verdicts for text in each.told)),
        facts=tuple(fact for each in verdicts for fact in each.facts),
        action=" ".join(dict.fromkeys(each.action for each in unmet if each.action)),
        unmeasurable=bool(unmet) and all(each.unmeasurable for each in unmet),
    )  # fmt: skip


def _absent(what: str, check: Check) -> Verdict:
    return Verdict(
        outcome="fail",
        told=(f"{ABSENT}{what}.",),
        action=f"Make it and pass it: {check.make}" if check.make else "Pass the evidence in results=.",
    )


def _by_findings(check: Check, ground: Ground, of_one: Callable[[Finding, Held, Check, Ground], Verdict]) -> Verdict:
    verdicts = []
    for code in check.codes:
        found = [pair for each in code.split(EITHER) for pair in ground.evidence.findings(each)]
        answered = [pair for pair in found if pair[0].status not in UNANSWERED]
        if answered:
            verdicts += [of_one(finding, held, check, ground) for finding, held in answered]
        else:
            verdicts.append(_unanswered(code, found, check, ground))
    return _worst(verdicts)


def _unanswered(code: str, found: list[tuple[Finding, Held]], check: Check, ground: Ground) -> Verdict:
    """Return the verdict where no finding answers: why one couldn't, where it says so."""
    why = found or ground.evidence.findings(f"{'-'.join(code.split('-')[:2])}-00")
    if not why:
        return _absent(f"no result holds a finding {code.replace(EITHER, ' or ')}", check)
    first = why[0][0]
    return Verdict(
        outcome="fail", told=tuple(_sentence(finding) for finding, _ in why), facts=tuple(_facts(*pair) for pair in why),
        action=first.action or f"Make it: {check.make}",
        unmeasurable=all(finding.status == "not_applicable" and held.bound for finding, held in why),
    )  # fmt: skip


def _of_finding(finding: Finding, held: Held, check: Check, ground: Ground) -> Verdict:
    outcome: Answer = "fail"
    if finding.status in check.allowed:
        outcome = "pass"
    elif finding.status == "not_enough_data":
        outcome = "not enough data"
    action = "Look at it again." if held.result.holds_cells else finding.action
    return _fresh(
        Verdict(outcome=outcome, told=(_sentence(finding, held),), facts=(_facts(finding, held),), action=action),
        held.result,
        check,
        ground,
    )


def _facts(finding: Finding, held: Held) -> Mapping[str, Any]:
    """Return what is hashed of a finding; of one about a row, what it says isn't told, so that the digest of the whole Result stands for it."""
    if held.result.holds_cells:
        return {"code": finding.code, "status": finding.status, "digest": digest_of(held.result)}
    return finding_facts(finding)


def _of_metric(finding: Finding, held: Held, check: Check, ground: Ground) -> Verdict:
    low, value, high = _interval(finding.evidence, check.number)
    limit = check.at_most if check.at_most is not None else check.at_least
    bound = 0.0 if limit is None else float(limit)
    # for at_least, all signs turn: what is asked of the lower end is then asked of the upper
    ends = (low, high) if check.at_most is not None else (-high, -low)
    bound_signed = bound if check.at_most is not None else -bound
    outcome: Answer = "not enough data"
    if all(map(math.isfinite, ends)):
        outcome = "pass" if ends[1] <= bound_signed else "fail" if ends[0] > bound_signed else "not enough data"
    asked = f"{'at most' if check.at_most is not None else 'at least'} {number(bound)}"
    told = f"{check.number} is {estimate(value, low, high) if math.isfinite(value) else 'not known'}, asked for: {asked} for certain ({finding.code} of {held.type})."
    if held.result.holds_cells:
        told = _sentence(finding, held)
    facts = {**_facts(finding, held), "asked": [check.number, asked]}
    action = (
        not held.result.holds_cells and finding.action
    ) or "Gather more rows, or argue about the limit and write down why."
    return _fresh(Verdict(outcome=outcome, told=(told,), facts=(facts,), action=action), held.result, check, ground)


def _interval(evidence: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    """Return lower end, value and upper end of a number in evidence; NaN where one isn't there."""
    own = f"{name}_lower" in evidence
    keys = (f"{name}_lower" if own else "lower", name, f"{name}_upper" if own else "upper")
    found = [evidence.get(key) for key in keys]
    low, value, high = (
        float(each) if isinstance(each, int | float) and not isinstance(each, bool) else math.nan for each in found
    )
    return low, value, high


def _sentence(finding: Finding, held: Held | None = None) -> str:
    where = f" of {held.type}" if held is not None else ""
    if held is not None and held.result.holds_cells:
        return f"What it says of a row stays with it ({finding.code}{where}, {finding.status.replace('_', ' ')})"
    return f"{finding.claim} ({finding.code}{where}, {finding.status.replace('_', ' ')})"


def _fresh(verdict: Verdict, result: Result, check: Check, ground: Ground) -> Verdict:
    """Return the verdict, or that the evidence is too old, or of unknown age."""
    if not check.days or verdict.outcome != "pass":
        return verdict
    why = age_problem(made_on(result), check.days, ground.today)
    if not why:
        return verdict
    return Verdict(
        outcome="fail",
        told=(*verdict.told, f"The evidence {why}."),
        facts=verdict.facts,
        action="Make it again, and pass now=.",
    )


def age_problem(made: date | None, days: int, today: date | None) -> str:
    """Return why evidence of that day can't count; "" where it can."""
    if made is None:
        return "doesn't say when it was made"
    if today is None:
        return "has an age that can't be judged without now="
    age = (today - made).days
    if age < 0:
        return f"is dated {made}, after the audit"
    return f"is {age} days old; allowed are {days}" if age > days else ""


def _document(check: Check, ground: Ground) -> Verdict:
    verdicts = []
    for name in check.types:
        found = [each for each in ground.evidence.of_type(name) if document_of(each.result) is not None]
        verdicts += [_of_document(each, check, ground) for each in found] or [
            _absent(f"no document of type {name}", check)
        ]
    return _worst(verdicts)


def _of_document(held: Held, check: Check, ground: Ground) -> Verdict:
    lacking = unsaid(held.result)
    facts = ({"document": held.type, "digest": digest_of(held.result), "missing": list(lacking)},)
    if lacking:
        count = f"{len(lacking)} statement{'s' if len(lacking) > 1 else ''}"
        told = f"{held.type} lacks {count} that a person must make: {listed(lacking, most=6)}."
        return Verdict(
            outcome="missing human input", told=(told,), facts=facts, action=f"Say it, with name and date: {check.make}"
        )
    told = f"{held.type} is complete; its SHA-256 is {facts[0]['digest']}."
    return _fresh(Verdict(outcome="pass", told=(told,), facts=facts), held.result, check, ground)


def _log(check: Check, ground: Ground) -> Verdict:
    return _verified(ground.log, "log", check, ground.evidence.findings("GV-LO-01"))


def _registry(check: Check, ground: Ground) -> Verdict:
    return _verified(ground.registry, "registry", check, [])


def _verified(store: Any, name: str, check: Check, told_by: list[tuple[Finding, Held]]) -> Verdict:  # noqa: ANN401 - of another room
    """Return whether a store of records verifies now, and what earlier verifications said; the worst counts."""
    told = [
        _of_finding(finding, held, check, Ground(evidence=Evidence(held=(), refused=()))) for finding, held in told_by
    ]
    if store is None:
        return _worst(told) if told else _absent(f"no {name}= was passed", check)
    return _worst([_verified_now(store, name, check), *told])


def _verified_now(store: Any, name: str, check: Check) -> Verdict:  # noqa: ANN401 - of another room
    """Return whether a store verifies. Its length isn't among the facts: a log that grows voids no signature."""
    answer = store.verify()
    problems, count = _problems(answer), _length(store, answer)
    facts = ({name: type(store).__name__, "verified": not problems, "empty": count == 0},)
    if count == 0 and not (isinstance(answer, Result) and answer.status == "failed"):
        return Verdict(outcome="fail", told=(f"The {name} holds no record.",), facts=facts, action=check.make)
    if problems:
        told = f"The {name} doesn't verify: {' '.join(problems[:3])}"
        return Verdict(outcome="fail", told=(told,), facts=facts, action=f"Find out who changed the {name}, and when.")
    size = "" if count is None else f" of {count:,} record{'s' if count > 1 else ''}"
    told = answer.headline if isinstance(answer, Result) else "Every record is as it was written."
    return Verdict(outcome="pass", told=(f"The {name}{size} was verified by this audit. {told}",), facts=facts)


def _problems(answer: Any) -> list[str]:  # noqa: ANN401 - of another room
    """Return what is wrong; a warning is about means that weren't given, and is quoted in the evidence."""
    if isinstance(answer, Result):
        return [] if answer.status in {"passed", "warning"} else [answer.headline]
    return [str(getattr(each, "what", each)) for each in answer]


def _length(store: Any, answer: Any) -> int | None:  # noqa: ANN401 - of another room
    if isinstance(answer, Result):
        return answer.rows
    return len(store.read()) if hasattr(store, "read") else None


def _contract(check: Check, ground: Ground) -> Verdict:
    """Return what the validation against a contract says; without one, whether the data's record is complete."""
    found = ground.evidence.findings("DQ-VA")
    if any(finding.status not in UNANSWERED for finding, _ in found):
        return _by_findings(
            Check(kind="finding", codes=("DQ-VA",), allowed=check.allowed, days=check.days), ground, _of_finding
        )
    if ground.evidence.of_type("data_quality.DataRecord"):
        return _document(
            Check(kind="document", types=("data_quality.DataRecord",), days=check.days, make=check.make), ground
        )
    return _absent("no validation against a data contract, and no record of the data", check)


_JUDGES: dict[str, Callable[[Check, Ground], Verdict]] = {
    "finding": lambda check, ground: _by_findings(check, ground, _of_finding),
    "metric": lambda check, ground: _by_findings(check, ground, _of_metric),
    "document": _document, "log": _log, "registry": _registry, "contract": _contract,
}  # fmt: skip
