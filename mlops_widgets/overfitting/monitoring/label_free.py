"""Production's score before labels arrive, and whether those that have arrived refute it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.metrics import METRICS, Metric, get_metric
from mlops_widgets.overfitting.monitoring.chunk_estimates import (
    AnyExpectation,
    MetricEstimates,
    measure_metric,
    on_labels,
    output_of,
)
from mlops_widgets.overfitting.monitoring.cohorts import Cohorts, cut_cohorts
from mlops_widgets.overfitting.monitoring.expectation import Options
from mlops_widgets.overfitting.monitoring.label_free_findings import (
    Learned,
    alert_finding,
    estimate_finding,
    learned_finding,
    left_out_findings,
    refutation_finding,
)
from mlops_widgets.overfitting.monitoring.loss_expectation import LossExpectation
from mlops_widgets.overfitting.monitoring.outcome_expectation import OutcomeExpectation
from mlops_widgets.overfitting.monitoring.refutation import Refutation, refute
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_BESIDE = {
    "binary": ("roc_auc", "accuracy", "f1", "precision", "recall", "average_precision"),
    "multiclass": ("accuracy", "roc_auc", "f1_macro"),
    "regression": ("rmse", "mae", "mse"),
}
"""What is estimated beside the study's own metric; where that can't be, the first that the model can answer."""


@dataclass(frozen=True, kw_only=True)
class LabelFreeResult(Result):
    """The metric of production without its labels, chunk by chunk, and what arrived labels say of the estimate.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The metric that is tested: the study's own where it can be estimated.
    margin
        The largest loss, or error of the estimate, that doesn't matter.
    value, lower, upper
        The estimate on all of production, with the interval that holds the realised metric in 95 % while the assumption
        holds.
    realised, realised_lower, realised_upper
        The metric from the labels of all chunks whose labels are complete, with its 95 % bootstrap interval; NaN where none is tested.
    compared
        The estimate on those rows.
    test_value, test_lower, test_upper
        The metric on the test, which the estimate was learned from.
    chunk_labels, chunk_starts, chunk_ends, chunk_rows
        The chunks: what each is called, its first and last time (milliseconds since 1970 where `chunks_are_dates`) or
        row number, its rows with an answer of the model.
    chunks_by, chunks_are_dates
        "month", "week", …, or "rows".
    metrics
        Every metric that was estimated, the tested one first.
    estimates, lowers, uppers, realised_values
        Shape (metrics, chunks); realised ones are NaN in chunks whose labels aren't complete.
    alerts
        Whether the estimate is worse than the test by more than the margin, shape (metrics, chunks).
    tested, refuted
        Whether each chunk's labels were compared, and whether they refute the estimate, shape (chunks,).
    band_lower, band_upper
        Where the realised metric lies in all tested chunks at once in 95 %, shape (chunks,); NaN where not tested.
    whole_refuted
        Whether all tested chunks together refute the estimate.
    family
        How many comparisons share the 5 %.
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    value: float
    lower: float
    upper: float
    realised: float
    realised_lower: float
    realised_upper: float
    compared: float
    test_value: float
    test_lower: float
    test_upper: float
    chunk_labels: tuple[str, ...]
    chunk_starts: Floats
    chunk_ends: Floats
    chunk_rows: Integers
    chunks_by: str
    chunks_are_dates: bool
    metrics: tuple[str, ...]
    estimates: Floats
    lowers: Floats
    uppers: Floats
    realised_values: Floats
    alerts: Mask
    tested: Mask
    refuted: Mask
    band_lower: Floats
    band_upper: Floats
    whole_refuted: bool
    family: int
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a chunk and metric: chunk, start, end, n, metric, estimate, lower, upper, realised, alert."""
        import pandas as pd

        count = len(self.metrics)
        starts, ends = (np.repeat(each, count) for each in (self.chunk_starts, self.chunk_ends))
        return pd.DataFrame({
            "chunk": np.repeat(np.array(self.chunk_labels, dtype=object), count),
            "start": pd.to_datetime(starts, unit="ms") if self.chunks_are_dates else starts,
            "end": pd.to_datetime(ends, unit="ms") if self.chunks_are_dates else ends,
            "n": np.repeat(self.chunk_rows, count), "metric": list(self.metrics) * len(self.chunk_labels),
            "estimate": self.estimates.T.ravel(), "lower": self.lowers.T.ravel(), "upper": self.uppers.T.ravel(),
            "realised": self.realised_values.T.ravel(), "alert": self.alerts.T.ravel(),
        })  # fmt: skip

    def checks(self) -> "pd.DataFrame":
        """Return one row a chunk: its estimate, what its labels say, where that may lie, and whether it refutes."""
        import pandas as pd

        return pd.DataFrame({
            "chunk": self.chunk_labels, "n": self.chunk_rows, "estimate": self.estimates[0],
            "realised": self.realised_values[0], "lower": self.band_lower, "upper": self.band_upper,
            "tested": self.tested, "refuted": self.refuted,
        })  # fmt: skip


@strategy("OV-EL")
def estimate_without_labels(
    study: Study,
    *,
    chunk_rows: int | None = None,
    metrics: Sequence[str] | None = None,
    margin: float | None = None,
    label_delay_days: float | None = None,
    draws: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LabelFreeResult:
    """Estimate what production's labels will say, and find out whether those that have arrived refute it.

    Classification: the test's labels calibrate the model's answers (isotonic regression, where that helps on held-out
    rows), and each row of production counts as every class with its probability. Regression: a model of the losses is
    fitted on the test. Both assume that the outcome still follows from the model's answers, or from the features, as it
    did in the test. No data without labels can show that this fails, so labels that have arrived are put against it.

    Parameters
    ----------
    study
        Needs a test with labels and a production table, whose labels may be missing; logged answers will do for a model.
    chunk_rows
        Rows of a chunk, in order of time, 10 or more; None for calendar periods, at most 26.
    metrics
        Names of the metrics; the first is the tested one. None for the study's own and the common ones of its task.
    margin
        The largest loss, or error of the estimate, that doesn't matter, above 0; None for the study's, else the default.
    label_delay_days
        After how many days no further label comes: older chunks are tested although labels are missing. None for the
        longest delay in `label_time`; without that, only chunks with all labels are tested.
    draws
        Bootstrap and outcome draws behind each standard error, 50 or more.
    seed
        Seed of the draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    LabelFreeResult or NoResult
        Findings: OV-EL-01 the refutation test, OV-EL-02 the estimate against the test's score, OV-EL-03 alerts, OV-EL-04
        how good the calibration or loss model is, OV-EL-05 a metric that can't be estimated, OV-EL-06 untested chunks.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.estimate_without_labels(mw.sample("census"), metrics=["accuracy"], draws=50)
    >>> result.frame()["metric"].tolist(), int(result.refuted.sum())
    (['accuracy', 'accuracy'], 0)
    """
    check_margin(margin)
    check_counts(draws=(draws, 50), seed=(seed, 0))
    _check_options(chunk_rows, label_delay_days)
    options = Options(draws=draws, seed=seed, cancel=cancel)
    expectation = (LossExpectation if study.task == "regression" else OutcomeExpectation)(study, options)
    chosen = _choose(study, expectation, metrics)
    answers = expectation.production
    cohorts = cut_cohorts(
        study, answers.table, answered=answers.answered, labelled=~np.isnan(answers.y), chunk_rows=chunk_rows,
        label_delay_days=label_delay_days, enough=expectation.enough,
    )  # fmt: skip
    if not cohorts.all:
        raise MissingInputError("answers of the model in production", "Pass production rows that the model can answer.")
    main = chosen[0]
    for cohort in steps(cohorts.all, "chunk", progress, cancel):  # what is drawn for a chunk serves all metrics
        for metric in chosen:
            expectation.spread(metric, cohort.rows)
    found = refute(
        main, expectation, answers, output_of(study, answers, main), cohorts.all,
        weighted=study.roles.weights is not None, by_unit=study.unit != "row",
    )  # fmt: skip
    measured = [
        measure_metric(
            study, expectation, metric, cohorts.all, options=options, margin=margin if metric is main else None
        )
        for metric in chosen
    ]
    return _result(study, expectation, chosen=chosen, cohorts=cohorts, found=found, measured=measured, options=options)


def _check_options(chunk_rows: int | None, label_delay_days: float | None) -> None:
    if chunk_rows is not None and chunk_rows < 10:
        raise InputError(f"chunk_rows={chunk_rows}. Pass 10 or more, or None for calendar periods.")
    if label_delay_days is not None and not 0 <= label_delay_days < np.inf:
        raise InputError(f"label_delay_days={label_delay_days}. Pass the days after which no label comes, 0 or more.")


def _choose(study: Study, expectation: AnyExpectation, names: Sequence[str] | None) -> tuple[Metric, ...]:
    """Return the metrics to estimate, the tested one first."""
    if names is None:
        wanted = (study.metric, *(METRICS[name] for name in _BESIDE[study.task]))
    else:
        wanted = tuple(study.metric if n == study.metric.name else get_metric(n, study.task) for n in names)
    found = {metric.name: metric for metric in expectation.metrics(wanted)}
    if not found:
        raise MissingInputError(
            f"metric among {', '.join(metric.name for metric in wanted)} that can be estimated without labels",
            f"Pass metrics= of {', '.join(_BESIDE[study.task])}.",
        )
    return tuple(found.values())


def _result(
    study: Study, expectation: AnyExpectation, *, chosen: tuple[Metric, ...], cohorts: Cohorts, found: Refutation,
    measured: list[MetricEstimates], options: Options,
) -> LabelFreeResult:  # fmt: skip
    main, own, chunks = chosen[0], measured[0], len(cohorts.all)
    answers = expectation.production
    whole = expectation.spread(main, np.concatenate([cohort.rows for cohort in cohorts.all])).within(main, 0.95)
    nothing = Estimate(value=np.nan, lower=np.nan, upper=np.nan, level=0.95, rows=0, units=0, events=0)
    labels = nothing
    if found.whole is not None:
        rows = np.concatenate([cohort.labelled for cohort in cohorts.all if cohort.mature])
        labels = on_labels(study, answers, main, rows, options=options, levels=(0.95,))[0]
    bands = [found.checks.get(number) for number in range(chunks)]
    return LabelFreeResult(
        findings=_findings(study, expectation, main, cohorts=cohorts, found=found, own=own, whole=whole), rows=whole.rows + own.test.rows,
        seed=options.seed, method=_method(study, found, cohorts, options, margin=own.margin), reference=_REFERENCE[study.task == "regression"],
        metric=main.name, metric_label=main.label, greater_is_better=main.greater_is_better, margin=own.margin,
        value=whole.value, lower=whole.lower, upper=whole.upper, realised=labels.value, realised_lower=labels.lower,
        realised_upper=labels.upper, compared=np.nan if found.whole is None else found.whole.estimate,
        test_value=own.test.value, test_lower=own.test.lower, test_upper=own.test.upper,
        chunk_labels=tuple(cohort.label for cohort in cohorts.all),
        chunk_starts=np.array([cohort.start for cohort in cohorts.all]),
        chunk_ends=np.array([cohort.end for cohort in cohorts.all]),
        chunk_rows=np.array([len(cohort.rows) for cohort in cohorts.all], dtype=np.int64),
        chunks_by=cohorts.by, chunks_are_dates=cohorts.are_dates, metrics=tuple(metric.name for metric in chosen),
        estimates=np.array([[each.value for each in m.within] for m in measured]),
        lowers=np.array([[each.lower for each in m.within] for m in measured]),
        uppers=np.array([[each.upper for each in m.within] for m in measured]),
        realised_values=np.array([m.realised for m in measured]), alerts=np.array([m.alerts for m in measured]),
        tested=np.array([band is not None for band in bands]),
        refuted=np.array([band is not None and band.refuted for band in bands]),
        band_lower=np.array([np.nan if band is None else band.lower for band in bands]),
        band_upper=np.array([np.nan if band is None else band.upper for band in bands]),
        whole_refuted=found.whole_refuted, family=found.family, synthetic=study.synthetic,
    )  # fmt: skip


def _findings(
    study: Study, expectation: AnyExpectation, metric: Metric, *, cohorts: Cohorts, found: Refutation,
    own: MetricEstimates, whole: Estimate,
) -> tuple[Finding, ...]:  # fmt: skip
    chunks = len(cohorts.all)
    alerting = [cohort.label for cohort, alert in zip(cohorts.all, own.alerts, strict=True) if alert]
    return (
        refutation_finding(metric, found, own.margin, chunks=chunks),
        estimate_finding(metric, own.test, whole, own.margin, found),
        alert_finding(metric, alerting, cleared=own.cleared, chunks=chunks, margin=own.margin, found=found),
        learned_finding(metric, _learned(study, expectation, metric)),
        *left_out_findings(study, metric, found, chunks=chunks),
    )


def _learned(study: Study, expectation: AnyExpectation, metric: Metric) -> Learned:
    if isinstance(expectation, LossExpectation):
        return Learned(recalibrated=None, explained_share=expectation.explained_share(metric))
    if "probabilities" not in study.model.can:
        return Learned(recalibrated=None)
    worst = max(expectation.gates, key=lambda gate: (gate.recalibrate, gate.before))
    return Learned(recalibrated=worst.recalibrate, before=worst.before, after=worst.after)


_REFERENCE = (
    "CBPE: NannyML 0.13.1, performance estimation; Barlow et al. 1972",
    "DLE: NannyML 0.13.1, performance estimation; Kott 2001",
)


def _method(study: Study, found: Refutation, cohorts: Cohorts, options: Options, *, margin: float) -> str:
    how = (
        "Mean predicted loss of models fitted on the test, cross-fitted by"
        if study.task == "regression"
        else f"Confidence-based estimate from the test's calibration, {options.draws:,} draws by"
    )
    holding = (
        "Intervals hold the realised metric in 95 % while the assumption holds, by chance of the outcomes and error"
    )
    parts = [
        f"{how} {study.unit_name}",
        f"{holding} of what was learned on the test",
        f"Refutation at 5 % for {found.family} comparisons together (Bonferroni); margin {number(margin)}",
    ]
    if cohorts.left_out:
        parts.append(f"{cohorts.left_out:,} rows of production without an answer or a time are left out")
    return ". ".join(parts)
