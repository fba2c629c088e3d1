"""What a bundle is made of, before it is written out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops_widgets.core.result import Result
    from mlops_widgets.governance.audit_log.checkpoint import Checkpoint
    from mlops_widgets.governance.cards.model_card import ModelCard
    from mlops_widgets.governance.fairness.fairness_result import FairnessResult
    from mlops_widgets.governance.policies.audit_result import AuditResult
    from mlops_widgets.governance.policies.policy import Policy
    from mlops_widgets.governance.policies.sign_offs import SignOff
    from mlops_widgets.study.contract.contract import Contract
    from mlops_widgets.study.study import Study


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a bundle is made of.

    Parameters
    ----------
    study
        What it is about.
    policy, audit
        What is asked, and what the evidence says of it.
    results
        What was passed as evidence and counts.
    card, fairness
        The model card and the comparison of groups; None where the model doesn't allow them.
    contract, croissant
        What is said of the data.
    environment
        Python and packages.
    sign_offs
        What people signed.
    checkpoint
        What the log holds; None without one.
    file_digests
        "model" or a table → SHA-256 of its file.
    left_out
        What isn't there, and why.
    at
        When, ISO with a zone; "" where nobody said.
    """

    study: "Study"
    policy: "Policy"
    audit: "AuditResult"
    results: tuple["Result", ...]
    card: "ModelCard | None"
    fairness: "FairnessResult | None"
    contract: "Contract"
    croissant: Mapping[str, Any]
    environment: Mapping[str, Any]
    sign_offs: tuple["SignOff", ...] = ()
    checkpoint: "Checkpoint | None" = None
    file_digests: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    at: str = ""
