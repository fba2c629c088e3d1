"""An audit as files that build servers read: JUnit and SARIF."""

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from mlops_widgets import __version__
from mlops_widgets.core.document import sound

if TYPE_CHECKING:
    from mlops_widgets.governance.policies.audit_result import Answer, AuditResult, Outcome

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEVELS: dict["Answer", tuple[str, str]] = {
    "pass": ("pass", "none"), "fail": ("fail", "error"), "not enough data": ("open", "error"), "missing human input": ("review", "error"),
}  # fmt: skip
"""SARIF's kind and level of each outcome. Only a result of kind "fail" may have a level other than "none" (SARIF 2.1.0, 3.27.10)."""


def junit(result: "AuditResult") -> bytes:
    """Return one test case a requirement; unlike a skipped test, an unanswered requirement fails the build."""
    failures = str(result.asked - result.met)
    root = ET.Element("testsuites")
    suite = ET.SubElement(
        root, "testsuite", name=_text(f"mlops-widgets {result.policy}: {result.study}"), tests=str(result.asked), failures=failures,
        errors="0", skipped="0", time="0",
    )  # fmt: skip
    for each in result.outcomes:
        case = ET.SubElement(
            suite, "testcase", classname="governance.audit", name=_text(f"{each.requirement} {each.title}"), time="0"
        )
        words = _text(" ".join(each.evidence))
        if each.outcome == "pass":
            ET.SubElement(case, "system-out").text = f"{words} evidence {each.digest}"
        else:
            ET.SubElement(case, "failure", message=words, type=each.outcome).text = _text(each.action)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def sarif(result: "AuditResult") -> bytes:
    """Return a SARIF 2.1.0 log: the policy's requirements as rules, the outcomes as results."""
    rules = [
        {"id": sound(each.requirement), "shortDescription": {"text": sound(each.title)}, "properties": {"owner": sound(each.owner), "regimes": list(each.regimes)}}
        for each in result.outcomes
    ]  # fmt: skip
    driver = {"name": "mlops-widgets", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver}, "results": [_sarif_result(result, at, each) for at, each in enumerate(result.outcomes)],
        "columnKind": "unicodeCodePoints",
        "properties": {"policy": result.policy, "study": result.study, "fingerprint": result.fingerprint, "evidence": result.evidence_digest},
    }  # fmt: skip
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2).encode()


def _sarif_result(result: "AuditResult", at: int, outcome: "Outcome") -> dict[str, Any]:
    kind, level = _LEVELS[outcome.outcome]
    words = f"{outcome.outcome}: {' '.join(outcome.evidence)} {outcome.action}".strip()
    return {
        "ruleId": sound(outcome.requirement), "ruleIndex": at,
        # What has no level isn't shown by build servers: whatever isn't met is a failure to them, and says in words which.
        "kind": "pass" if kind == "pass" else "fail", "level": level, "message": {"text": sound(words)},
        "locations": [{"logicalLocations": [{"name": sound(result.study), "fullyQualifiedName": f"{sound(result.study)}/{result.fingerprint}", "kind": "module"}]}],
        "partialFingerprints": {"evidence/v1": outcome.digest},
        "properties": {"outcome": outcome.outcome, "state": kind},
    }  # fmt: skip


def _text(text: str) -> str:
    """Return `text` without what XML can't hold, or what turns the direction of writing."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", sound(text))
