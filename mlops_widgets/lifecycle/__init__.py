"""Pitfall 2: a model that nobody looks after, from review to retirement.

Rooms stand on each other as a model ages: `stream` (rows in the order of time, and when each label arrives), `retraining` (what
refits would have done, and which policy pays), `champions` (the model and its challenger on the same rows), `recovery` (whether a
fresh model would still do), `review`, `retirement` and `scheduling` (what is written down, decided and planned), `waiting` (what it
costs to look away). `green_dashboard` is the experiment. What automates all of it is on a higher floor: `mlops_widgets.pipeline`.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.champions.compare import compare_models
    from mlops_widgets.lifecycle.champions.comparison_result import ComparisonResult
    from mlops_widgets.lifecycle.exercises import exercise
    from mlops_widgets.lifecycle.explorer.green_dashboard import GreenDashboardExplorer
    from mlops_widgets.lifecycle.explorer.retirement import RetirementExplorer
    from mlops_widgets.lifecycle.explorer.retraining import RetrainingExplorer
    from mlops_widgets.lifecycle.green_dashboard.dashboard import run_green_dashboard
    from mlops_widgets.lifecycle.green_dashboard.dashboard_result import GreenDashboardResult
    from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult, measure_recovery
    from mlops_widgets.lifecycle.retirement.decisions import DecisionRecord, read_decisions, record_decision
    from mlops_widgets.lifecycle.retirement.evaluate import evaluate_retirement
    from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule, read_policy
    from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult
    from mlops_widgets.lifecycle.retirement.runbook import Runbook, write_runbook
    from mlops_widgets.lifecycle.retraining.result import RetrainingResult
    from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining
    from mlops_widgets.lifecycle.review.review_performance import review_performance
    from mlops_widgets.lifecycle.review.review_result import ReviewResult
    from mlops_widgets.lifecycle.scheduling.plan import schedule_retraining
    from mlops_widgets.lifecycle.scheduling.schedule import RetrainingSchedule
    from mlops_widgets.lifecycle.scheduling.schedule_files import read_schedule
    from mlops_widgets.lifecycle.waiting.waiting import WaitingResult, price_waiting
    from mlops_widgets.pipeline.pipeline import Pipeline
    from mlops_widgets.pipeline.pipeline_result import PipelineResult

__all__ = [
    "ComparisonResult",
    "DecisionRecord",
    "GreenDashboardExplorer",
    "GreenDashboardResult",
    "Pipeline",
    "PipelineResult",
    "RecoveryResult",
    "RetirementExplorer",
    "RetirementPolicy",
    "RetirementResult",
    "RetirementRule",
    "RetrainingExplorer",
    "RetrainingResult",
    "RetrainingSchedule",
    "ReviewResult",
    "Runbook",
    "WaitingResult",
    "compare_models",
    "evaluate_retirement",
    "exercise",
    "measure_recovery",
    "price_waiting",
    "read_decisions",
    "read_policy",
    "read_schedule",
    "record_decision",
    "review_performance",
    "run_green_dashboard",
    "schedule_retraining",
    "simulate_retraining",
    "write_runbook",
]

STRATEGIES = ("review_performance", "evaluate_retirement")
"""What `run_all` runs: the quickest first; what needs a policy or a challenger is asked for by name."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "ComparisonResult": "champions.comparison_result",
        "DecisionRecord": "retirement.decisions",
        "GreenDashboardExplorer": "explorer.green_dashboard",
        "GreenDashboardResult": "green_dashboard.dashboard_result",
        "Pipeline": "mlops_widgets.pipeline.pipeline",
        "PipelineResult": "mlops_widgets.pipeline.pipeline_result",
        "RecoveryResult": "recovery.recovery",
        "RetirementExplorer": "explorer.retirement",
        "RetirementPolicy": "retirement.policy",
        "RetirementResult": "retirement.retirement_result",
        "RetirementRule": "retirement.policy",
        "RetrainingExplorer": "explorer.retraining",
        "RetrainingResult": "retraining.result",
        "RetrainingSchedule": "scheduling.schedule",
        "ReviewResult": "review.review_result",
        "Runbook": "retirement.runbook",
        "WaitingResult": "waiting.waiting",
        "compare_models": "champions.compare",
        "evaluate_retirement": "retirement.evaluate",
        "measure_recovery": "recovery.recovery",
        "price_waiting": "waiting.waiting",
        "read_decisions": "retirement.decisions",
        "read_policy": "retirement.policy",
        "read_schedule": "scheduling.schedule_files",
        "record_decision": "retirement.decisions",
        "review_performance": "review.review_performance",
        "run_green_dashboard": "green_dashboard.dashboard",
        "schedule_retraining": "scheduling.plan",
        "simulate_retraining": "retraining.simulate",
        "write_runbook": "retirement.runbook",
        "exercise": "exercises",
    },
)
