"""Pitfall 4: data nobody looked at, and what its errors cost the model.

Rooms stand on each other as the work does: `profiling` (what is there), `detection` (what looks wrong), `contracts` (what may
come), `cleaning` (what is repaired), `pricing` (what each error costs the model), `audits` (what changes from batch to batch).
`stewardship` (who answers for the data) stands beside them; `damage` and `source` are what all of them use.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.data_quality.audits.audit_batches import audit_batches, audit_step
    from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult
    from mlops_widgets.data_quality.audits.check_pipeline import PipelineCheckResult, check_pipeline
    from mlops_widgets.data_quality.audits.retention import RetentionResult, apply_retention
    from mlops_widgets.data_quality.audits.retention_rules import RetentionRule
    from mlops_widgets.data_quality.cleaning.preview import RecipeResult
    from mlops_widgets.data_quality.cleaning.propose import propose_recipe
    from mlops_widgets.data_quality.cleaning.proposing import ProposingTransformer
    from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe, read_recipe
    from mlops_widgets.data_quality.cleaning.steps import Step
    from mlops_widgets.data_quality.contracts.compare import ContractDiff, compare_contracts
    from mlops_widgets.data_quality.contracts.editable import ColumnRules, Contract, read_contract
    from mlops_widgets.data_quality.contracts.editing import EditedContract
    from mlops_widgets.data_quality.contracts.infer import infer_contract
    from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
    from mlops_widgets.data_quality.detection.errors import ErrorsResult
    from mlops_widgets.data_quality.detection.find_errors import find_errors
    from mlops_widgets.data_quality.exercises import exercise
    from mlops_widgets.data_quality.explorer.contract_editor import ContractEditor
    from mlops_widgets.data_quality.explorer.labeller import ErrorLabeller
    from mlops_widgets.data_quality.explorer.recipe_editor import RecipeEditor
    from mlops_widgets.data_quality.explorer.spoilers_desk import SpoilersDeskExplorer
    from mlops_widgets.data_quality.labels.label_errors import LabelErrorsResult, find_label_errors
    from mlops_widgets.data_quality.notices.notices import NoticeResult, notice_spills
    from mlops_widgets.data_quality.pricing.price_issues import PriceResult, price_issues
    from mlops_widgets.data_quality.profiling.compare import ProfileDiff, compare_profiles
    from mlops_widgets.data_quality.profiling.profile_result import Profile
    from mlops_widgets.data_quality.profiling.profile_table import profile
    from mlops_widgets.data_quality.spoilers_desk.desk import SpoilersDeskResult, run_spoilers_desk
    from mlops_widgets.data_quality.stewardship.data_record import (
        DataRecord,
        RecordComparison,
        read_record,
        record_data,
    )
    from mlops_widgets.data_quality.stewardship.lineage import Lineage
    from mlops_widgets.data_quality.stewardship.personal_data import PersonalDataResult, find_personal_data

__all__ = [
    "BatchAuditResult",
    "CleaningRecipe",
    "ColumnRules",
    "Contract",
    "ContractDiff",
    "ContractEditor",
    "DataRecord",
    "EditedContract",
    "ErrorLabeller",
    "ErrorsResult",
    "LabelErrorsResult",
    "Lineage",
    "NoticeResult",
    "PersonalDataResult",
    "PipelineCheckResult",
    "PriceResult",
    "Profile",
    "ProfileDiff",
    "ProposingTransformer",
    "RecipeEditor",
    "RecipeResult",
    "RecordComparison",
    "RetentionResult",
    "RetentionRule",
    "SpoilersDeskExplorer",
    "SpoilersDeskResult",
    "Step",
    "ValidationResult",
    "apply_retention",
    "audit_batches",
    "audit_step",
    "check_pipeline",
    "compare_contracts",
    "compare_profiles",
    "exercise",
    "find_errors",
    "find_label_errors",
    "find_personal_data",
    "infer_contract",
    "notice_spills",
    "price_issues",
    "profile",
    "propose_recipe",
    "read_contract",
    "read_recipe",
    "read_record",
    "record_data",
    "run_spoilers_desk",
    "validate",
]

STRATEGIES = ("find_errors", "find_label_errors", "price_issues")
"""What `run_all` runs: the quickest first; what needs a contract or several batches is asked for by name."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "BatchAuditResult": "audits.audit_result",
        "PipelineCheckResult": "audits.check_pipeline",
        "RetentionResult": "audits.retention",
        "RetentionRule": "audits.retention_rules",
        "apply_retention": "audits.retention",
        "audit_batches": "audits.audit_batches",
        "audit_step": "audits.audit_batches",
        "check_pipeline": "audits.check_pipeline",
        "ColumnRules": "contracts.editable",
        "Contract": "contracts.editable",
        "ContractDiff": "contracts.compare",
        "ContractEditor": "explorer.contract_editor",
        "EditedContract": "contracts.editing",
        "ValidationResult": "contracts.validate",
        "compare_contracts": "contracts.compare",
        "infer_contract": "contracts.infer",
        "read_contract": "contracts.editable",
        "validate": "contracts.validate",
        "CleaningRecipe": "cleaning.recipe",
        "ProposingTransformer": "cleaning.proposing",
        "RecipeEditor": "explorer.recipe_editor",
        "RecipeResult": "cleaning.preview",
        "Step": "cleaning.steps",
        "propose_recipe": "cleaning.propose",
        "read_recipe": "cleaning.recipe",
        "ErrorLabeller": "explorer.labeller",
        "ErrorsResult": "detection.errors",
        "LabelErrorsResult": "labels.label_errors",
        "NoticeResult": "notices.notices",
        "notice_spills": "notices.notices",
        "PriceResult": "pricing.price_issues",
        "Profile": "profiling.profile_result",
        "ProfileDiff": "profiling.compare",
        "compare_profiles": "profiling.compare",
        "profile": "profiling.profile_table",
        "SpoilersDeskExplorer": "explorer.spoilers_desk",
        "SpoilersDeskResult": "spoilers_desk.desk",
        "run_spoilers_desk": "spoilers_desk.desk",
        "exercise": "exercises",
        "find_errors": "detection.find_errors",
        "DataRecord": "stewardship.data_record",
        "Lineage": "stewardship.lineage",
        "PersonalDataResult": "stewardship.personal_data",
        "RecordComparison": "stewardship.data_record",
        "find_personal_data": "stewardship.personal_data",
        "read_record": "stewardship.data_record",
        "record_data": "stewardship.data_record",
        "price_issues": "pricing.price_issues",
        "find_label_errors": "labels.label_errors",
    },
)
