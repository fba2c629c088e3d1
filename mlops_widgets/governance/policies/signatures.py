"""What signatures say of a requirement: who signed, whether it still is what was signed, whether the person may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mlops_widgets.core.people import same_person
from mlops_widgets.core.statements import same_words
from mlops_widgets.errors import listed
from mlops_widgets.governance.policies.digests import digest_of
from mlops_widgets.governance.policies.evidence import Evidence
from mlops_widgets.governance.policies.judging import Verdict, age_problem
from mlops_widgets.governance.policies.requirement import Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, signed_words

_MAKERS = frozenset({"author", "owner"})


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What signatures are judged by."""

    sign_offs: Sequence[SignOff]
    evidence: Evidence
    study_digest: str
    evidence_digest: str
    authors: Sequence[str]
    today: date | None


def judge_signature(requirement: Requirement, desk: Desk) -> Verdict:
    """Return whether somebody who may signed what is here now."""
    check = requirement.check
    mine = [each for each in desk.sign_offs if each.what == requirement.id and same_words(each.role, check.role)]
    if not mine:
        bound = f", evidence={_bound_to(check.on)}" if check.on else ""
        call = f"sign_off({requirement.id!r}, by=…, role={check.role!r}, on=…, statement=…{bound})"
        return Verdict(
            outcome="missing human input", told=(f"Nobody signed this in the role {check.role!r}.",),
            facts=({"signed": []},), action=f"Ask the person who answers for it, and pass sign_offs=[{call}].",
        )  # fmt: skip
    problems = [(each, _problem(each, requirement, desk)) for each in mine]
    good = [each for each, problem in problems if not problem]
    facts = ({"signed": [vars(each) for each in mine], "counts": [vars(each) for each in good]},)
    if not good:
        told = tuple(f"{each.by} signed on {each.on}, which doesn't count: {problem}." for each, problem in problems)
        action = (
            f"Have it signed again, by somebody who may, bound to {_bound_to(check.on)}."
            if check.on
            else "Have it signed again, by somebody who may."
        )
        return Verdict(outcome="missing human input", told=told, facts=facts, action=action)
    told = tuple(map(signed_words, good))
    return Verdict(outcome="pass", told=told, facts=facts)


def _bound_to(on: str) -> str:
    return {"study": "the study", "evidence": "the audit", "": "nothing"}.get(on, f"the {on}")


def _problem(signed: SignOff, requirement: Requirement, desk: Desk) -> str:
    """Return why a signature doesn't count; "" where it does."""
    check = requirement.check
    if check.on:
        present = _digests(check.on, desk)
        if not present:
            return f"there is no {check.on} to be signed"
        if signed.digest not in present:
            return (
                "it is bound to nothing"
                if not signed.digest
                else f"{_bound_to(check.on)} isn't what was signed; it has changed since"
            )
    if desk.today is not None and date.fromisoformat(signed.on) > desk.today:
        return f"it is dated {signed.on}, after the audit"
    if check.days and (why := age_problem(date.fromisoformat(signed.on), check.days, desk.today)):
        return f"it {why}"
    return _dependent(signed, requirement, desk) if check.independent else ""


def _digests(on: str, desk: Desk) -> set[str]:
    if on == "study":
        return {desk.study_digest}
    if on == "evidence":
        return {desk.evidence_digest}
    return {digest_of(each.result) for each in desk.evidence.of_type(on)}


def _dependent(signed: SignOff, requirement: Requirement, desk: Desk) -> str:
    """Return why the person isn't independent; where nobody is known to have made the model, that can't be said."""
    makers = [each.by for each in desk.sign_offs if each.role.casefold() in _MAKERS]
    makers += desk.authors
    if not makers:
        return "nobody said who made or owns the model, so that independence can't be checked; pass author="
    named = [*makers, *([requirement.owner] if requirement.owner else [])]
    if any(same_person(signed.by, each) for each in named):
        return f"{signed.by} isn't independent: {listed(dict.fromkeys(named))} made or own it"
    return ""
