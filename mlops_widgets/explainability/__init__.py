"""Pitfall 5: a model that nobody can explain, or that is explained wrongly.

`attribution` says what each column contributed to a prediction (Shapley values, LIME) and checks it; the strategies stand on
it, a room each: `trust` (do the methods agree, can the explanation be fooled, does the model lean on a shortcut), `influence`
(global views), `documentation` and `stakeholders` (reports in plain words, recourse).
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.explainability.accounts import AccountResult, account_for
    from mlops_widgets.explainability.attribution.explain import explain
    from mlops_widgets.explainability.attribution.explanation import Check, Explanation
    from mlops_widgets.explainability.attribution.functions import explain_function
    from mlops_widgets.explainability.attribution.picking import pick_row
    from mlops_widgets.explainability.documentation.model_document import (
        ModelDocument,
        document_model,
        write_rationale_form,
    )
    from mlops_widgets.explainability.exercises import exercise
    from mlops_widgets.explainability.explorer.what_if import WhatIfExplorer
    from mlops_widgets.explainability.influence.cohorts import CohortResult, compare_cohorts
    from mlops_widgets.explainability.influence.effects import EffectsResult, measure_effects
    from mlops_widgets.explainability.influence.importance import ImportanceResult, measure_importance
    from mlops_widgets.explainability.influence.interactions import InteractionsResult, find_interactions
    from mlops_widgets.explainability.local.decision_path import DecisionPathResult, read_decision_path
    from mlops_widgets.explainability.local.what_if import WhatIfResult, vary_row
    from mlops_widgets.explainability.perfect_model import PerfectModelResult, run_perfect_model
    from mlops_widgets.explainability.stakeholders.recourse.find_recourse import find_recourse
    from mlops_widgets.explainability.stakeholders.recourse.recourse_result import RecourseResult
    from mlops_widgets.explainability.stakeholders.report.report import (
        StakeholderReport,
        check_report,
        write_stakeholder_report,
    )
    from mlops_widgets.explainability.trust.agreement import MethodComparison, compare_methods
    from mlops_widgets.explainability.trust.manipulation import ManipulationAudit, audit_manipulation
    from mlops_widgets.explainability.trust.rating import TrustResult, rate_trust
    from mlops_widgets.explainability.trust.shortcuts import ShortcutResult, find_shortcuts

__all__ = [
    "AccountResult",
    "Check",
    "CohortResult",
    "DecisionPathResult",
    "EffectsResult",
    "Explanation",
    "ImportanceResult",
    "InteractionsResult",
    "ManipulationAudit",
    "MethodComparison",
    "ModelDocument",
    "PerfectModelResult",
    "RecourseResult",
    "ShortcutResult",
    "StakeholderReport",
    "TrustResult",
    "WhatIfExplorer",
    "WhatIfResult",
    "account_for",
    "audit_manipulation",
    "check_report",
    "compare_cohorts",
    "compare_methods",
    "document_model",
    "exercise",
    "explain",
    "explain_function",
    "find_interactions",
    "find_recourse",
    "find_shortcuts",
    "measure_effects",
    "measure_importance",
    "pick_row",
    "rate_trust",
    "read_decision_path",
    "run_perfect_model",
    "vary_row",
    "write_rationale_form",
    "write_stakeholder_report",
]

STRATEGIES = ("find_shortcuts", "audit_manipulation", "compare_methods", "measure_importance")
"""What `run_all` runs: what can say that something is wrong, the gravest first; the rest is about one row, or is looked at."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "AccountResult": "accounts",
        "account_for": "accounts",
        "StakeholderReport": "stakeholders.report.report",
        "check_report": "stakeholders.report.report",
        "write_stakeholder_report": "stakeholders.report.report",
        "ModelDocument": "documentation.model_document",
        "document_model": "documentation.model_document",
        "write_rationale_form": "documentation.model_document",
        "Check": "attribution.explanation",
        "CohortResult": "influence.cohorts",
        "EffectsResult": "influence.effects",
        "Explanation": "attribution.explanation",
        "ImportanceResult": "influence.importance",
        "InteractionsResult": "influence.interactions",
        "compare_cohorts": "influence.cohorts",
        "find_interactions": "influence.interactions",
        "measure_effects": "influence.effects",
        "measure_importance": "influence.importance",
        "PerfectModelResult": "perfect_model",
        "RecourseResult": "stakeholders.recourse.recourse_result",
        "ShortcutResult": "trust.shortcuts",
        "DecisionPathResult": "local.decision_path",
        "ManipulationAudit": "trust.manipulation",
        "MethodComparison": "trust.agreement",
        "TrustResult": "trust.rating",
        "audit_manipulation": "trust.manipulation",
        "compare_methods": "trust.agreement",
        "rate_trust": "trust.rating",
        "WhatIfExplorer": "explorer.what_if",
        "read_decision_path": "local.decision_path",
        "WhatIfResult": "local.what_if",
        "exercise": "exercises",
        "explain": "attribution.explain",
        "pick_row": "attribution.picking",
        "explain_function": "attribution.functions",
        "find_recourse": "stakeholders.recourse.find_recourse",
        "find_shortcuts": "trust.shortcuts",
        "run_perfect_model": "perfect_model",
        "vary_row": "local.what_if",
    },
)
