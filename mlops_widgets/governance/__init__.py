"""Pitfall 3: nobody can show that the model may do what it does.

Rooms: `fairness` (rates of groups), `unequal_people` (the experiment), `alternatives` (models that part people less), `ethics` (guideline
and checklist), `audit_log` and `prediction_log` (what happened, so that a change shows), `cards` (what is written for others),
`rulebooks` (what laws and standards ask), `policies` (requirements as data, and what the evidence says of each), `registry` (versions, stages, the gate, the inventory), `bundle`
(everything in one folder).
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.governance.alternatives.alternatives_result import AlternativesResult
    from mlops_widgets.governance.alternatives.find_alternatives import find_alternatives
    from mlops_widgets.governance.audit_log.audit_log import AuditLog
    from mlops_widgets.governance.audit_log.checkpoint import Checkpoint
    from mlops_widgets.governance.audit_log.keys import make_keys
    from mlops_widgets.governance.audit_log.log_verification import LogVerification
    from mlops_widgets.governance.audit_log.verify_log import verify_log
    from mlops_widgets.governance.bundle.bundle_result import Bundle, BundleFile, BundleVerification
    from mlops_widgets.governance.bundle.export_bundle import export_bundle
    from mlops_widgets.governance.bundle.verify_bundle import verify_bundle
    from mlops_widgets.governance.cards.datasheet import Datasheet, SheetColumn, write_datasheet
    from mlops_widgets.governance.cards.decision_reasons import Reason
    from mlops_widgets.governance.cards.explain_decision import DecisionExplanation, explain_decision
    from mlops_widgets.governance.cards.model_card import CardMetric, ModelCard, write_model_card
    from mlops_widgets.governance.ethics.answers import EthicsAnswer, write_ethics_answers
    from mlops_widgets.governance.ethics.check_ethics import check_ethics
    from mlops_widgets.governance.ethics.checklist import Checklist, read_checklist
    from mlops_widgets.governance.ethics.ethics_result import EthicsItem, EthicsResult, GuidelineState
    from mlops_widgets.governance.ethics.guideline import Guideline, read_guideline
    from mlops_widgets.governance.exercises import exercise
    from mlops_widgets.governance.explorer.alternatives import AlternativesExplorer
    from mlops_widgets.governance.explorer.equal_accuracy import EqualAccuracyExplorer
    from mlops_widgets.governance.explorer.gate import GateExplorer
    from mlops_widgets.governance.fairness.assess_fairness import assess_fairness
    from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine
    from mlops_widgets.governance.policies.audit import audit
    from mlops_widgets.governance.policies.audit_result import AuditResult, Outcome
    from mlops_widgets.governance.policies.policy import Policy, read_policy_file
    from mlops_widgets.governance.policies.requirement import Check, Requirement
    from mlops_widgets.governance.policies.sign_offs import SignOff, read_sign_offs, sign_off, write_sign_offs
    from mlops_widgets.governance.prediction_log.check_predictions import PredictionLogCheck, check_predictions
    from mlops_widgets.governance.prediction_log.keys import make_log_key
    from mlops_widgets.governance.prediction_log.log_predictions import log_predictions
    from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog
    from mlops_widgets.governance.prediction_log.prediction_logger import PredictionLogger
    from mlops_widgets.governance.prediction_log.retain_predictions import (
        PredictionRetention,
        hold_predictions,
        release_hold,
        retain_predictions,
    )
    from mlops_widgets.governance.prediction_log.review_usage import review_usage
    from mlops_widgets.governance.prediction_log.usage_result import UsageResult
    from mlops_widgets.governance.registry.change_log import ChangeLine, ChangeLog, VersionChange, describe_changes
    from mlops_widgets.governance.registry.entries import ModelMetric, ModelVersion, Move
    from mlops_widgets.governance.registry.gate import GateRefused
    from mlops_widgets.governance.registry.inventory import inventory
    from mlops_widgets.governance.registry.inventory_result import InventoryResult
    from mlops_widgets.governance.registry.mlflow_exchange import export_to_mlflow, import_from_mlflow
    from mlops_widgets.governance.registry.registry import Registry
    from mlops_widgets.governance.registry.registry_result import RegistryResult, RegistryVerification
    from mlops_widgets.governance.registry.tiers import TierMap, read_tiers
    from mlops_widgets.governance.rulebooks.regime import Regime, RegimeItem, read_regime, regimes
    from mlops_widgets.governance.unequal_people.equal_accuracy import run_equal_accuracy
    from mlops_widgets.governance.unequal_people.equal_accuracy_result import EqualAccuracyResult

__all__ = [
    "AlternativesExplorer",
    "AlternativesResult",
    "AuditLog",
    "AuditResult",
    "Bundle",
    "BundleFile",
    "BundleVerification",
    "CardMetric",
    "ChangeLine",
    "ChangeLog",
    "Check",
    "Checklist",
    "Checkpoint",
    "Datasheet",
    "DecisionExplanation",
    "EqualAccuracyExplorer",
    "EqualAccuracyResult",
    "EthicsAnswer",
    "EthicsItem",
    "EthicsResult",
    "FairnessResult",
    "GateExplorer",
    "GateRefused",
    "GroupLine",
    "Guideline",
    "GuidelineState",
    "InventoryResult",
    "LogVerification",
    "ModelCard",
    "ModelMetric",
    "ModelVersion",
    "Move",
    "Outcome",
    "Policy",
    "PredictionLog",
    "PredictionLogCheck",
    "PredictionLogger",
    "PredictionRetention",
    "Reason",
    "Regime",
    "RegimeItem",
    "Registry",
    "RegistryResult",
    "RegistryVerification",
    "Requirement",
    "SheetColumn",
    "SignOff",
    "TierMap",
    "UsageResult",
    "VersionChange",
    "assess_fairness",
    "audit",
    "check_ethics",
    "check_predictions",
    "describe_changes",
    "exercise",
    "explain_decision",
    "export_bundle",
    "export_to_mlflow",
    "find_alternatives",
    "hold_predictions",
    "import_from_mlflow",
    "inventory",
    "log_predictions",
    "make_keys",
    "make_log_key",
    "read_checklist",
    "read_guideline",
    "read_policy_file",
    "read_regime",
    "read_sign_offs",
    "read_tiers",
    "regimes",
    "release_hold",
    "retain_predictions",
    "review_usage",
    "run_equal_accuracy",
    "sign_off",
    "verify_bundle",
    "verify_log",
    "write_datasheet",
    "write_ethics_answers",
    "write_model_card",
    "write_sign_offs",
]

STRATEGIES: tuple[str, ...] = ("assess_fairness",)
"""What `run_all` runs."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "RegimeItem": "rulebooks.regime",
        "ChangeLine": "registry.change_log",
        "Reason": "cards.decision_reasons",
        "GuidelineState": "ethics.ethics_result",
        "Checklist": "ethics.checklist",
        "read_checklist": "ethics.checklist",
        "Guideline": "ethics.guideline",
        "read_guideline": "ethics.guideline",
        "EthicsAnswer": "ethics.answers",
        "write_ethics_answers": "ethics.answers",
        "EthicsItem": "ethics.ethics_result",
        "EthicsResult": "ethics.ethics_result",
        "check_ethics": "ethics.check_ethics",
        "Datasheet": "cards.datasheet",
        "SheetColumn": "cards.datasheet",
        "write_datasheet": "cards.datasheet",
        "DecisionExplanation": "cards.explain_decision",
        "explain_decision": "cards.explain_decision",
        "ChangeLog": "registry.change_log",
        "VersionChange": "registry.change_log",
        "describe_changes": "registry.change_log",
        "GateExplorer": "explorer.gate",
        "Bundle": "bundle.bundle_result",
        "BundleFile": "bundle.bundle_result",
        "BundleVerification": "bundle.bundle_result",
        "export_bundle": "bundle.export_bundle",
        "verify_bundle": "bundle.verify_bundle",
        "ModelMetric": "registry.entries",
        "ModelVersion": "registry.entries",
        "Move": "registry.entries",
        "GateRefused": "registry.gate",
        "inventory": "registry.inventory",
        "InventoryResult": "registry.inventory_result",
        "export_to_mlflow": "registry.mlflow_exchange",
        "import_from_mlflow": "registry.mlflow_exchange",
        "Registry": "registry.registry",
        "RegistryResult": "registry.registry_result",
        "RegistryVerification": "registry.registry_result",
        "TierMap": "registry.tiers",
        "read_tiers": "registry.tiers",
        "release_hold": "prediction_log.retain_predictions",
        "hold_predictions": "prediction_log.retain_predictions",
        "retain_predictions": "prediction_log.retain_predictions",
        "PredictionRetention": "prediction_log.retain_predictions",
        "UsageResult": "prediction_log.usage_result",
        "review_usage": "prediction_log.review_usage",
        "PredictionLogger": "prediction_log.prediction_logger",
        "PredictionLog": "prediction_log.prediction_log",
        "log_predictions": "prediction_log.log_predictions",
        "make_log_key": "prediction_log.keys",
        "check_predictions": "prediction_log.check_predictions",
        "PredictionLogCheck": "prediction_log.check_predictions",
        "exercise": "exercises",
        "CardMetric": "cards.model_card",
        "ModelCard": "cards.model_card",
        "write_model_card": "cards.model_card",
        "AuditLog": "audit_log.audit_log",
        "verify_log": "audit_log.verify_log",
        "Checkpoint": "audit_log.checkpoint",
        "make_keys": "audit_log.keys",
        "LogVerification": "audit_log.log_verification",
        "write_sign_offs": "policies.sign_offs",
        "sign_off": "policies.sign_offs",
        "regimes": "rulebooks.regime",
        "read_sign_offs": "policies.sign_offs",
        "read_regime": "rulebooks.regime",
        "read_policy_file": "policies.policy",
        "audit": "policies.audit",
        "SignOff": "policies.sign_offs",
        "Requirement": "policies.requirement",
        "Regime": "rulebooks.regime",
        "Policy": "policies.policy",
        "Outcome": "policies.audit_result",
        "Check": "policies.requirement",
        "AuditResult": "policies.audit_result",
        "AlternativesExplorer": "explorer.alternatives",
        "AlternativesResult": "alternatives.alternatives_result",
        "EqualAccuracyExplorer": "explorer.equal_accuracy",
        "EqualAccuracyResult": "unequal_people.equal_accuracy_result",
        "FairnessResult": "fairness.fairness_result",
        "GroupLine": "fairness.fairness_result",
        "assess_fairness": "fairness.assess_fairness",
        "find_alternatives": "alternatives.find_alternatives",
        "run_equal_accuracy": "unequal_people.equal_accuracy",
    },
)
