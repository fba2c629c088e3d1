"""The audit behind a promotion: taken from its record, and judged anew, whatever the record claims."""

from collections.abc import Mapping
from typing import Any

from mlops_widgets.core.codec import from_plain
from mlops_widgets.core.result import Result
from mlops_widgets.errors import MlopsWidgetsError
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.registry.entries import MoveEntry


def audit_of(entry: MoveEntry) -> AuditResult | None:
    """Return the audit that an entry holds, or None where it holds none that can be read."""
    try:
        found = Result.from_dict(entry.audit) if entry.audit else None
    except (MlopsWidgetsError, RecursionError):
        return None
    return found if isinstance(found, AuditResult) else None


def policy_of(given: Mapping[str, Any]) -> Policy | None:
    """Return the policy that an entry holds, or None where it holds none."""
    try:
        return from_plain(Policy, given)
    except (MlopsWidgetsError, RecursionError):
        return None


def evidence_problem(entry: MoveEntry) -> str:
    """Return why the audit in an entry doesn't carry a promotion; "" where it does.

    What the entry says of itself isn't asked: the digest is computed again, the outcomes are counted again and compared with the
    requirements of the policy that stands beside them.
    """
    audit, policy = audit_of(entry), policy_of(entry.policy)
    if audit is None or policy is None:
        return "it holds no audit and policy that can be read"
    if digest(dict(entry.audit)) != entry.audit_digest:
        return "its audit isn't the one of its digest"
    if digest(dict(entry.policy)) != audit.policy_digest:
        return "its audit is of another policy"
    if [each.requirement for each in audit.outcomes] != [each.id for each in policy.requirements]:
        return "its audit doesn't answer each requirement of its policy"
    if not audit.passed:
        return f"its audit has {audit.met} of {audit.asked} requirements met"
    return "" if entry.identity else "it doesn't say how the audited model was shown to be this version"
