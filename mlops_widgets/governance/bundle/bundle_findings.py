"""What a bundle, and a look at one, say in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.governance.bundle.bundle_result import BundleVerification
    from mlops_widgets.governance.policies.audit_result import AuditResult


def find(audit: "AuditResult", *, files: int, left_out: Sequence[str], signed_by: str) -> tuple[Finding, ...]:
    """Return the headline, what isn't in the bundle, and whether it is signed."""
    first = audit.findings[0]
    headline = Finding(
        code="GV-BU-01", status=first.status, claim=f"The bundle has {files} files. {first.claim}",
        evidence={"files": files, "met": audit.met, "asked": audit.asked}, action=first.action,
    )  # fmt: skip
    return headline, _left_out(left_out), _signed(signed_by)


def _left_out(left_out: Sequence[str]) -> Finding:
    if not left_out:
        return Finding(code="GV-BU-02", status="passed", claim="Every part of a bundle is in it.")
    return Finding(
        code="GV-BU-02", status="warning", claim=f"Of a bundle, {len(left_out)} {'part is' if len(left_out) == 1 else 'parts are'} missing or bare: {' '.join(left_out)}",
        evidence={"left_out": len(left_out)}, action="Pass what is missing and export again.",
    )  # fmt: skip


def _signed(signed_by: str) -> Finding:
    if signed_by:
        return Finding(
            code="GV-BU-03", status="passed", claim=f"It is signed; the public key's SHA-256 is {signed_by[:16]}….",
            evidence={"key": signed_by}, action="Give the public key to whoever verifies, by another way than the bundle.",
        )  # fmt: skip
    return Finding(
        code="GV-BU-03", status="warning", claim="Nobody signed it: whoever can write to the folder can make another bundle in its place.",
        action="Pass sign_with= a private key, or keep the manifest's SHA-256 elsewhere.",
    )  # fmt: skip


def find_verified(result: "BundleVerification") -> tuple[Finding, ...]:
    """Return what became of the files, of the signature, and what this look can't see."""
    return _files(result), _signature(result), _unseen(result)


def _files(result: "BundleVerification") -> Finding:
    told = [
        f"{words}: {listed(paths, most=10)}."
        for words, paths in (
            ("Changed", result.changed),
            ("Missing", result.missing),
            ("Not of the bundle", result.added),
        )
        if paths
    ]
    evidence = {"changed": len(result.changed), "missing": len(result.missing), "added": len(result.added)}
    if told or result.problems:
        return Finding(
            code="GV-BU-10", status="failed", claim=f"The bundle isn't as it was written. {' '.join([*told, *result.problems])}", evidence=evidence,
            action="Ask for the bundle again, and who could write to the folder.",
        )  # fmt: skip
    return Finding(
        code="GV-BU-10",
        status="passed",
        claim=f"All {result.rows} files are as the manifest says.",
        evidence=evidence,
    )


def _signature(result: "BundleVerification") -> Finding:
    if result.signature_problem:
        return Finding(
            code="GV-BU-11", status="failed", claim=result.signature_problem, action="Don't rely on it; ask whoever should have signed.",
        )  # fmt: skip
    if result.signature == "valid":
        return Finding(
            code="GV-BU-11", status="passed", claim="The signature is by the key that was given, over every file."
        )
    words = {
        "unchecked": (
            "There is a signature; whose, wasn't checked.",
            "Pass public_key=, which you had by another way.",
        ),
        "none": ("Nobody signed the bundle.", "Ask for one that is signed, or for the manifest's SHA-256."),
    }
    claim, action = words[result.signature]
    return Finding(code="GV-BU-11", status="not_run", claim=claim, action=action)


def _unseen(result: "BundleVerification") -> Finding:
    if result.given:
        return Finding(
            code="GV-BU-12", status="passed",
            claim=f"It was compared with what came from elsewhere: {listed(result.given)}. Whether what it says is true, no digest can show.",
        )  # fmt: skip
    return Finding(
        code="GV-BU-12", status="warning", claim="It was compared with its own manifest only: a bundle that was made anew as a whole would look the same.",
        action="Pass public_key= or digest=, from elsewhere.",
    )  # fmt: skip
