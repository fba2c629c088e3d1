"""Each chunk's estimates of a metric, beside its labels and against the test's score."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.intervals import Estimate, estimate_of, harm
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.monitoring.cohorts import Cohort
from mlops_widgets.overfitting.monitoring.expectation import Answers, Options, realised
from mlops_widgets.overfitting.monitoring.loss_expectation import LossExpectation
from mlops_widgets.overfitting.monitoring.outcome_expectation import OutcomeExpectation
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

AnyExpectation = OutcomeExpectation | LossExpectation


def output_of(study: Study, answers: Answers, metric: Metric) -> Floats:
    """Return what the metric needs of the model on a table."""
    return study.output(answers.table, metric)


@dataclass(frozen=True, kw_only=True)
class MetricEstimates:
    """One metric in every cohort.

    Parameters
    ----------
    test
        Its value on the test.
    within
        Each cohort's estimate with its 95 % interval.
    realised
        What the labels of mature cohorts say, else NaN, shape (cohorts,).
    alerts
        Whether it surely lost more than the margin, shape (cohorts,).
    cleared
        How many cohorts surely didn't.
    margin
        The largest loss that doesn't matter.
    """

    test: Estimate
    within: tuple[Estimate, ...]
    realised: Floats
    alerts: Mask
    cleared: int
    margin: float


def measure_metric(
    study: Study, expectation: AnyExpectation, metric: Metric, cohorts: tuple[Cohort, ...], *,
    options: Options, margin: float | None,
) -> MetricEstimates:  # fmt: skip
    """Return a metric in every cohort; an alert where the estimate is worse than the test beyond the margin.

    The alerts' intervals hold for all cohorts at once (Bonferroni).
    """
    answers, weighted = expectation.production, study.roles.weights is not None
    output = output_of(study, answers, metric)
    level = 1 - 0.05 / len(cohorts)
    test, strict = on_labels(
        study, expectation.test, metric, expectation.test.labelled, options=options, levels=(0.95, level)
    )
    limit = study.accepted_loss(test.value, margin, metric=metric)
    spreads = tuple(expectation.spread(metric, cohort.rows) for cohort in cohorts)
    harms = [harm(metric, strict, spread.within(metric, level)) for spread in spreads]
    verdicts = [judge(each.lower, each.upper, margin=limit, n=1).status for each in harms]
    return MetricEstimates(
        test=test, within=tuple(spread.within(metric, 0.95) for spread in spreads), margin=limit,
        realised=np.array([
            realised(metric, answers, output, cohort.labelled, weighted=weighted) if cohort.mature else np.nan
            for cohort in cohorts
        ]),
        alerts=np.array([verdict == "failed" for verdict in verdicts]), cleared=verdicts.count("passed"),
    )  # fmt: skip


def on_labels(
    study: Study, answers: Answers, metric: Metric, rows: Integers, *, options: Options, levels: tuple[float, ...]
) -> list[Estimate]:
    """Return the metric on labelled rows with bootstrap intervals by unit, at each level."""
    output = output_of(study, answers, metric)[rows]
    weights = None if study.roles.weights is None else answers.weights[rows]
    scored = (metric, answers.y[rows], output)
    drawing = Resampler(None if study.unit == "row" else answers.units[rows], draws=options.draws, seed=options.seed)
    try:
        draws = drawing.draws({"it": scored}, sample_weights=weights, cancel=options.cancel)["it"]
        return [estimate_of(scored, draws, drawing, level=level, sample_weights=weights) for level in levels]
    except InputError as error:
        raise MissingInputError(
            f"{metric.label} in {answers.table.name}", f"There, {metric.undefined}. Pass more rows there."
        ) from error
