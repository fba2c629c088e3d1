"""Requirement → claim → evidence → digest → who signed, as CycloneDX 1.6 `definitions.standards` and `declarations`.

A requirement of the policy has a score: 1 where it is met with evidence, else 0 with the reason. An item of a regime has none: it only says
which claims are evidence for it. Whether that meets a law, no program says.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mlops_widgets import __version__
from mlops_widgets.core.document import sound
from mlops_widgets.governance.policies.sign_offs import signed_words
from mlops_widgets.governance.rulebooks.regime import Regime, read_regime, regimes

if TYPE_CHECKING:
    from mlops_widgets.governance.bundle.parts import Parts
    from mlops_widgets.governance.policies.audit_result import Outcome
    from mlops_widgets.governance.policies.sign_offs import SignOff

MODEL_REF = "model"
_AUDIT = "audit.json"
_SIGNED = "sign_offs.json"
_PROGRAM = "assessor-1"
Plain = dict[str, Any]


def standards(parts: "Parts") -> list[Plain]:
    """Return the policy, and each regime that one of its requirements is evidence for."""
    asked = [
        {
            "bom-ref": f"requirement-{at}", "identifier": sound(each.id), "title": sound(each.title),
            **({"text": sound(each.why)} if each.why else {}),
            "properties": [{"name": "mlops-widgets:regime", "value": sound(item)} for item in each.regimes],
        }
        for at, each in enumerate(parts.policy.requirements, start=1)
    ]  # fmt: skip
    policy = {"bom-ref": "standard-policy", "name": f"Policy: {sound(parts.policy.name)}", "description": f"SHA-256 of its requirements: {parts.audit.policy_digest}", "requirements": asked}  # fmt: skip
    if parts.policy.version:
        policy["version"] = sound(parts.policy.version)
    return [policy, *(_standard(regime, items) for regime, items in _regimes(parts.audit.outcomes))]


def _regimes(outcomes: tuple["Outcome", ...]) -> Iterator[tuple[Regime, list[str]]]:
    """Yield the regimes that come with the package and are spoken of, with the items."""
    spoken = dict.fromkeys(item for each in outcomes for item in each.regimes)
    for name in regimes():
        items = [item.partition("/")[2] for item in spoken if item.partition("/")[0] == name]
        regime = read_regime(name)
        known = [each.id for each in regime.items if each.id in items]
        if known:
            yield regime, known


def _standard(regime: Regime, items: list[str]) -> Plain:
    places = {each.id: at for at, each in enumerate(regime.items, start=1)}
    held = [each for each in regime.items if each.id in items]
    asked = [
        {
            "bom-ref": f"{regime.regime}-{places[each.id]}", "identifier": each.id, "text": f"{each.paraphrase} (in our words)",
            **({"externalReferences": [{"type": "documentation", "url": each.link}]} if each.link else {}),
        }
        for each in held
    ]  # fmt: skip
    checked = "read" if regime.verified else "not read"
    about = f"In force from: {regime.in_force_from}. Source: {regime.source}; looked up on {regime.last_checked}, the official text was {checked}."
    return {
        "bom-ref": f"standard-{regime.regime}",
        "name": regime.title,
        "version": regime.version,
        "description": about,
        "requirements": asked,
    }


def declarations(parts: "Parts", digests: Mapping[str, str]) -> Plain:
    """Return what is claimed of each requirement, on which evidence, and who signed.

    Parameters
    ----------
    parts
        What the bundle is made of.
    digests
        File of the bundle → SHA-256.
    """
    numbered = list(enumerate(parts.audit.outcomes, start=1))
    signed = counting(parts)
    told: Plain = {
        "assessors": [{"bom-ref": _PROGRAM, "thirdParty": False, "organization": {"name": f"mlops-widgets {__version__}, a program"}}],
        "attestations": [
            {"summary": sound(parts.audit.headline), "assessor": _PROGRAM, "map": [_answer(at, each) for at, each in numbered]},
            *_of_regimes(parts),
        ],
        "claims": [_claim(at, each, digests) for at, each in numbered],
        "evidence": [_evidence(at, each, parts, signed) for at, each in numbered],
    }  # fmt: skip
    if signed:
        said = " ".join(f"{each.what}, {each.by} on {each.on}: {each.statement}" for each in signed)
        told["affirmation"] = {"statement": said, "signatories": [_signatory(each, digests) for each in signed]}
    return told


def _answer(at: int, outcome: "Outcome") -> Plain:
    met = outcome.outcome == "pass"
    reason = f"{outcome.outcome}: {' '.join(outcome.evidence)} {'' if met else outcome.action}"
    return {
        "requirement": f"requirement-{at}", **_claims(at, outcome), "conformance": {"score": 1 if met else 0, "rationale": sound(reason)},
    }  # fmt: skip


def _claims(at: int, outcome: "Outcome") -> Plain:
    """Return the claim of what passes, the counterclaim of what fails; what is open claims nothing."""
    return {
        "claims": [f"claim-{at}"] if outcome.outcome == "pass" else [],
        "counterClaims": [f"claim-{at}"] if outcome.outcome == "fail" else [],
    }


def _of_regimes(parts: "Parts") -> Iterator[Plain]:
    for regime, items in _regimes(parts.audit.outcomes):
        places = {each.id: at for at, each in enumerate(regime.items, start=1)}
        lines = []
        for item in items:
            held = [
                _claims(at, each)
                for at, each in enumerate(parts.audit.outcomes, start=1)
                if f"{regime.regime}/{item}" in each.regimes
            ]
            line = {name: [ref for each in held for ref in each[name]] for name in ("claims", "counterClaims")}
            lines.append({"requirement": f"{regime.regime}-{places[item]}", **line})
        yield {"summary": f"Which claims are evidence for {regime.title}. Whether they are enough isn't said.", "assessor": _PROGRAM, "map": lines}  # fmt: skip


def _claim(at: int, outcome: "Outcome", digests: Mapping[str, str]) -> Plain:
    return {
        "bom-ref": f"claim-{at}", "target": MODEL_REF, "predicate": f"{sound(outcome.requirement)} {sound(outcome.title)} {outcome.outcome}",
        "reasoning": sound(" ".join(outcome.evidence)),
        "evidence" if outcome.outcome == "pass" else "counterEvidence": [f"evidence-{at}"],
        "externalReferences": [{
            "type": "evidence", "url": _AUDIT, "hashes": [{"alg": "SHA-256", "content": digests[_AUDIT]}],
            "comment": f"SHA-256 of this requirement's evidence as canonical JSON: {outcome.digest}",
        }],
    }  # fmt: skip


def _evidence(at: int, outcome: "Outcome", parts: "Parts", signed: list["SignOff"]) -> Plain:
    by = [each.by for each in signed if each.what == outcome.requirement]
    file = _SIGNED if outcome.kind == "sign_off" and by else _AUDIT
    return {
        "bom-ref": f"evidence-{at}", "propertyName": sound(outcome.requirement), "description": sound(" ".join(outcome.evidence)) or "None.",
        "data": [{"name": file, "contents": {"url": file}}],
        **({"created": parts.at} if parts.at else {}),
        "author": {"name": by[0] if by else sound(outcome.owner) or f"mlops-widgets {__version__}, a program"},
    }  # fmt: skip


def counting(parts: "Parts") -> list["SignOff"]:
    """Return the sign-offs by which a requirement is met, as its evidence tells them: others have signed nothing that is here."""
    met = {each.requirement: each.evidence for each in parts.audit.outcomes if each.kind == "sign_off" and each.outcome == "pass"}  # fmt: skip
    found: dict[tuple[str, str], SignOff] = {}
    # Of two that differ in their digest alone, the one that is bound to what is here comes last and stays.
    for each in sorted(parts.sign_offs, key=lambda signed: signed.digest == parts.audit.evidence_digest):
        told = signed_words(each)
        if told in met.get(each.what, ()):
            found[each.what, told] = each
    return list(found.values())


def _signatory(signed: "SignOff", digests: Mapping[str, str]) -> Plain:
    about = f"{signed.what}, bound to {signed.digest}" if signed.digest else f"{signed.what}, bound to nothing"
    return {
        "name": signed.by, "role": signed.role, "organization": {"contact": [{"name": signed.by}]},
        "externalReference": {
            "type": "evidence", "url": _SIGNED, "hashes": [{"alg": "SHA-256", "content": digests[_SIGNED]}], "comment": about,
        },
    }  # fmt: skip
