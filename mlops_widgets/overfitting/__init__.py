"""Pitfall 1: a model chosen and praised on offline metrics that production doesn't confirm.

`tournament` shows the mistake; the strategies against it have a room each: `representative` (diverse data), `validation`
(cross-validation and what else makes a score believable), `monitoring` (feedback from production) and `experiments` (A/B
tests). In a room each strategy is one module; what it measures with and its verdicts in words (`*_findings`) lie beside it.
`promises` compares results, `exercises` asks about them, `figures` says how each result looks, `explorer` makes it live.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.overfitting.exercises import exercise
    from mlops_widgets.overfitting.experiments.analysis import AbTestResult, analyse_ab_test
    from mlops_widgets.overfitting.experiments.assignment import assign
    from mlops_widgets.overfitting.experiments.peeking import PeekingResult, simulate_peeking
    from mlops_widgets.overfitting.experiments.planning import AbPlanResult, plan_ab_test
    from mlops_widgets.overfitting.experiments.ramp import Ramp, RampStage, read_ramp, write_ramp
    from mlops_widgets.overfitting.experiments.rollout import RolloutResult, replay_rollout
    from mlops_widgets.overfitting.explorer.rollout import RolloutExplorer
    from mlops_widgets.overfitting.explorer.slices import SliceExplorer
    from mlops_widgets.overfitting.explorer.stress import StressExplorer
    from mlops_widgets.overfitting.explorer.tournament import TournamentExplorer
    from mlops_widgets.overfitting.monitoring.change import ChangeResult, explain_change
    from mlops_widgets.overfitting.monitoring.drift_review import DriftReviewResult, review_drift
    from mlops_widgets.overfitting.monitoring.label_free import LabelFreeResult, estimate_without_labels
    from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, compare_live
    from mlops_widgets.overfitting.promises import PromiseResult, compare_promises
    from mlops_widgets.overfitting.representative.coverage import CoverageResult, measure_coverage
    from mlops_widgets.overfitting.representative.reweighting import ReweightResult, reweight_metric
    from mlops_widgets.overfitting.representative.stress import StressResult, stress
    from mlops_widgets.overfitting.representative.weak_slices import WeakSlicesResult, find_weak_slices
    from mlops_widgets.overfitting.tournament import TournamentResult, run_tournament
    from mlops_widgets.overfitting.validation.baselines import BaselineResult, compare_baselines
    from mlops_widgets.overfitting.validation.calibration import CalibrationResult, measure_calibration
    from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult, cross_validate
    from mlops_widgets.overfitting.validation.decisions import ThresholdResult, choose_threshold
    from mlops_widgets.overfitting.validation.leaks.find_leaks import LeakResult, find_leaks
    from mlops_widgets.overfitting.validation.learning_curve import LearningCurveResult, measure_learning_curve
    from mlops_widgets.overfitting.validation.score_ledger import ScoreLedger, open_ledger
    from mlops_widgets.overfitting.validation.selection_bias import SelectionBiasResult, estimate_selection_bias
    from mlops_widgets.overfitting.validation.validation_curve import ValidationCurveResult, measure_validation_curve

__all__ = [
    "AbPlanResult",
    "AbTestResult",
    "BaselineResult",
    "CalibrationResult",
    "ChangeResult",
    "CoverageResult",
    "CrossValidationResult",
    "DriftReviewResult",
    "LabelFreeResult",
    "LeakResult",
    "LearningCurveResult",
    "LiveGapResult",
    "PeekingResult",
    "PromiseResult",
    "Ramp",
    "RampStage",
    "ReweightResult",
    "RolloutExplorer",
    "RolloutResult",
    "ScoreLedger",
    "SelectionBiasResult",
    "SliceExplorer",
    "StressExplorer",
    "StressResult",
    "ThresholdResult",
    "TournamentExplorer",
    "TournamentResult",
    "ValidationCurveResult",
    "WeakSlicesResult",
    "analyse_ab_test",
    "assign",
    "choose_threshold",
    "compare_baselines",
    "compare_live",
    "compare_promises",
    "cross_validate",
    "estimate_selection_bias",
    "estimate_without_labels",
    "exercise",
    "explain_change",
    "find_leaks",
    "find_weak_slices",
    "measure_calibration",
    "measure_coverage",
    "measure_learning_curve",
    "measure_validation_curve",
    "open_ledger",
    "plan_ab_test",
    "read_ramp",
    "replay_rollout",
    "review_drift",
    "reweight_metric",
    "run_tournament",
    "simulate_peeking",
    "stress",
    "write_ramp",
]

STRATEGIES = (
    "compare_live", "find_leaks", "measure_coverage", "reweight_metric", "find_weak_slices", "compare_baselines",
    "measure_calibration", "choose_threshold", "review_drift", "estimate_without_labels", "explain_change",
    "cross_validate", "run_tournament",
)  # fmt: skip
"""What `run_all` runs: what judges the data as they are, the cheapest answer to the most expensive question first.

What makes faults up (`stress`), tries settings (the curves) or needs to be told something (the number of candidates, a
challenger, an experiment's outcomes) is called by itself.
"""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "AbPlanResult": "experiments.planning",
        "AbTestResult": "experiments.analysis",
        "BaselineResult": "validation.baselines",
        "CalibrationResult": "validation.calibration",
        "ChangeResult": "monitoring.change",
        "CoverageResult": "representative.coverage",
        "CrossValidationResult": "validation.cross_validation",
        "DriftReviewResult": "monitoring.drift_review",
        "LabelFreeResult": "monitoring.label_free",
        "LeakResult": "validation.leaks.find_leaks",
        "LearningCurveResult": "validation.learning_curve",
        "LiveGapResult": "monitoring.live_gap",
        "PeekingResult": "experiments.peeking",
        "PromiseResult": "promises",
        "Ramp": "experiments.ramp",
        "RampStage": "experiments.ramp",
        "ReweightResult": "representative.reweighting",
        "RolloutExplorer": "explorer.rollout",
        "RolloutResult": "experiments.rollout",
        "ScoreLedger": "validation.score_ledger",
        "SelectionBiasResult": "validation.selection_bias",
        "SliceExplorer": "explorer.slices",
        "StressExplorer": "explorer.stress",
        "StressResult": "representative.stress",
        "ThresholdResult": "validation.decisions",
        "TournamentExplorer": "explorer.tournament",
        "TournamentResult": "tournament",
        "ValidationCurveResult": "validation.validation_curve",
        "WeakSlicesResult": "representative.weak_slices",
        "analyse_ab_test": "experiments.analysis",
        "assign": "experiments.assignment",
        "choose_threshold": "validation.decisions",
        "compare_baselines": "validation.baselines",
        "compare_live": "monitoring.live_gap",
        "compare_promises": "promises",
        "cross_validate": "validation.cross_validation",
        "estimate_selection_bias": "validation.selection_bias",
        "estimate_without_labels": "monitoring.label_free",
        "exercise": "exercises",
        "measure_coverage": "representative.coverage",
        "explain_change": "monitoring.change",
        "find_leaks": "validation.leaks.find_leaks",
        "find_weak_slices": "representative.weak_slices",
        "measure_calibration": "validation.calibration",
        "measure_learning_curve": "validation.learning_curve",
        "measure_validation_curve": "validation.validation_curve",
        "open_ledger": "validation.score_ledger",
        "plan_ab_test": "experiments.planning",
        "read_ramp": "experiments.ramp",
        "replay_rollout": "experiments.rollout",
        "review_drift": "monitoring.drift_review",
        "reweight_metric": "representative.reweighting",
        "run_tournament": "tournament",
        "simulate_peeking": "experiments.peeking",
        "stress": "representative.stress",
        "write_ramp": "experiments.ramp",
    },
)
