"""The green dashboard: a metric that stays where it was while the model loses money, and what retraining would have brought."""

import numpy as np

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import NoResult
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.lifecycle.green_dashboard.dashboard_findings import own, unmeasured
from mlops_widgets.lifecycle.green_dashboard.dashboard_result import GreenDashboardResult
from mlops_widgets.lifecycle.green_dashboard.on_desks import ROWS, dashboard_of_desks
from mlops_widgets.lifecycle.green_dashboard.own_study import Margins, look
from mlops_widgets.study.study import Study

_DESKS = 8
_METHOD = (
    "Each chunk against the test, by resampling unit: the metric by bootstrap, means by their cluster-robust error; verdicts by intervals that "
    "hold for all chunks of a panel and for all of them together at once (Bonferroni); within the margin is judged over all together; chunks whose labels haven't all arrived are left out"
)


def run_green_dashboard(
    study: Study | None = None, *, desks: int | None = None, rows: int | None = None, margin: float | None = None, calibration_margin: float | None = None,
    value_margin: float | None = None, draws: int = 500, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> GreenDashboardResult | NoResult:  # fmt: skip
    """See a metric stay green while the money is lost, on made-up loans whose truth is known; or look at your own dashboard.

    A lending desk over 24 months: in month 15 brokers begin to bring other applicants, and labels come three months late. The ranking
    survives, so AUC stays; the probabilities don't, so loans are approved that aren't repaid. Then seven ways of retraining play the same
    months, each with the labels that it had. On a study: its own metric beside calibration in the large and value, chunk by chunk.

    Parameters
    ----------
    study
        A study, for its own dashboard; None for the made-up desks.
    desks
        How many desks are made up, 2 or more; by default 8. Intervals are over desks. Not with a study.
    rows
        Applications of each desk over 24 months, 2,400 or more; by default 48,000. Not with a study.
    margin
        The largest loss of the study's metric that doesn't matter; by default the study's.
    calibration_margin
        The largest change of predicted less actual that doesn't matter; by default .03 of a probability, else 5 % of the outcome's
        standard deviation on the test.
    value_margin
        The largest loss of value per row that doesn't matter; by default 10 % of a test row's mean absolute value.
    draws
        Bootstrap draws of the study's metric in each chunk.
    seed
        Seed of desks and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    GreenDashboardResult or NoResult
        Findings on desks: LC-GD-01 what AUC hides, LC-GD-02 which policy pays, LC-GD-03 the control without a shock. On a study:
        LC-GD-04 whether the metric hides something, LC-GD-05 what can't be measured.

    Raises
    ------
    WrongTypeError
        If `study` is something else.
    InputError
        If a margin or a count is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.lifecycle.run_green_dashboard(desks=2, rows=9600)
    >>> never = result.policy("never")
    >>> abs(never.auc_after - never.auc_before) < 0.03, never.money_before > 0 > never.money_after
    (True, True)
    """
    if study is not None and not isinstance(study, Study):
        raise WrongTypeError(f"study={type(study).__name__}. Pass a Study (mw.load_study), or None for made-up loans.")
    if study is not None and (desks is not None or rows is not None):
        raise InputError(f"desks={desks}, rows={rows} with a study. Desks are made up: leave these or study= out.")
    count, applications = _DESKS if desks is None else desks, ROWS if rows is None else rows
    check_counts(desks=(count, 2), rows=(applications, 2400), draws=(draws, 100), seed=(seed, 0))
    for given in (margin, calibration_margin, value_margin):
        check_margin(given, "the largest change that doesn't matter")
    if study is None:
        return dashboard_of_desks(count, rows=applications, seed=seed, progress=progress, cancel=cancel)
    margins = Margins(metric=margin, calibration=calibration_margin, value=value_margin)
    return _on_study(study, margins, draws=draws, seed=seed, progress=progress, cancel=cancel)


@strategy("LC-GD")
def _on_study(
    study: Study, margins: Margins, *, draws: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> GreenDashboardResult:
    seen = look(study, margins, draws=draws, seed=seed, progress=progress, cancel=cancel)
    findings = [own(seen.panels, seen.words)]
    if seen.lacking:
        findings.append(unmeasured(seen.lacking))
    none = np.zeros((0, len(seen.chunks.labels)))
    return GreenDashboardResult(
        findings=tuple(findings), rows=seen.rows, seed=seed, method=_METHOD, labels=seen.chunks.labels, starts=seen.chunks.starts,
        are_dates=seen.chunks.are_dates, panels=seen.panels, values=seen.values, lower=seen.lower, upper=seen.upper, known_after=0,
        live=-1, shock=-1, policies=(), policy_money=none, policy_auc=none, against_monthly=float("nan"),
        against_monthly_lower=float("nan"), against_monthly_upper=float("nan"), quiet=(), desks=0, synthetic=study.synthetic,
    )  # fmt: skip
