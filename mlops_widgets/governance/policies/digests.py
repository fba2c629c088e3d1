"""The digest of a piece of evidence: what is signed, so that a later change voids the signature."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.result import JSON_ERRORS, Finding, Result
from mlops_widgets.errors import WrongTypeError

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study


def digest(plain: Any) -> str:  # noqa: ANN401 - plain JSON
    """Return the SHA-256 of canonical JSON: keys sorted, no spaces, ASCII only.

    Examples
    --------
    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    told = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(told.encode(errors=JSON_ERRORS)).hexdigest()


def finding_facts(finding: Finding) -> Mapping[str, Any]:
    """Return what of a finding is evidence: its code, status, claim and numbers, as plain JSON."""
    facts: Mapping[str, Any] = to_plain(finding)
    return {name: facts[name] for name in ("code", "status", "claim", "evidence")}


def digest_of(evidence: "Result | Study") -> str:
    """Return what a signature under `evidence` is bound to.

    Parameters
    ----------
    evidence
        A Result: of all that it holds; of an AuditResult, the evidence behind every requirement but signatures. Or a Study: of its
        fingerprint.
    """
    told = getattr(evidence, "evidence_digest", None)
    if isinstance(told, str):
        return told
    if isinstance(evidence, Result):
        return digest(evidence.to_dict())
    fingerprint = getattr(evidence, "fingerprint", None)
    if not isinstance(fingerprint, str):
        raise WrongTypeError(
            f"evidence= is {type(evidence).__name__}. Pass a Result, a Study, or a SHA-256 as 64 hex digits."
        )
    return digest({"study": fingerprint})
