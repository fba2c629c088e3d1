"""Whether the model given is what its training rows produce: beside a clone fitted on them again."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.core.result import Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.overfitting.validation.folds.plan import TrainingRows
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.refitting import random_states
from mlops_widgets.study.scoring import compare_scores, on_common_rows, score_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]

_CLOSE = 0.02
"""How much less alike than refits among themselves the model given may be, on top of chance."""
_REFITS = 5
"""Refits of a stochastic learner: their spread, and a t quantile that knows how few they are, are the noise of fitting."""


@dataclass(frozen=True, kw_only=True)
class RefitComparison:
    """The model given beside a clone fitted on the reference.

    Parameters
    ----------
    table, rows
        Where both were asked, and on how many labelled rows.
    given, refit
        The metric of each; of a stochastic learner the mean over five refits.
    difference, lower, upper
        Given less refit, paired on the same rows; None where the two answer the same.
    agreement, correlation
        Share of equal predictions (classes only); correlation of the outputs (one number a row only).
    noise_difference
        How far chance alone takes one fit's score from the mean of the refits, in 95 % of cases.
    noise_agreement, noise_correlation
        Agreement and correlation among the refits. All three are None where the given model and the refit answer the
        same, and of no noise where refits do.
    reseeded
        Whether the other refits had another random state.
    status
        "passed": the same up to that noise. "warning": as good, but not alike. "failed": another score.
    """

    table: str
    rows: int
    given: float
    refit: float
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    agreement: float | None = None
    correlation: float | None = None
    noise_difference: float | None = None
    noise_agreement: float | None = None
    noise_correlation: float | None = None
    reseeded: bool = False
    status: Status = "passed"

    def sentence(self, metric: str) -> str:
        """Return what was found in one sentence; `metric` is the metric's label."""
        where = f"on {self.rows:,} rows of {self.table}"
        if self.difference is None or self.lower is None or self.upper is None:
            if self.status == "passed":
                return f"A refit on your training rows answers as the model you gave {where}."
            return f"{metric} has no value {where}, so the model and a refit of it can't be compared."
        finite = np.isfinite(self.lower) and np.isfinite(self.upper)
        said = estimate(self.difference, self.lower, self.upper) if finite else number(self.difference)
        apart = f"it scores {number(self.given)} {metric} and a refit {number(self.refit)}, a difference of {said}"
        unlike = "The model you gave isn't what your training rows produce"
        return {
            "failed": f"{unlike}: {apart} {where}.",
            "warning": f"{unlike}, though it scores alike: {self.likeness} {where}.",
            "passed": f"A refit differs from the model you gave by {said} {metric} {where}: {self.likeness}.",
        }.get(self.status, f"A refit may differ from the model you gave: {apart} {where}, too uncertain to call.")

    @property
    def likeness(self) -> str:
        """How alike the answers are, beside those of refits among themselves, in words."""
        if self.correlation is not None and self.noise_correlation is not None:
            mine, chance = number(self.correlation, digits=3), number(self.noise_correlation, digits=3)
            return f"their answers correlate {mine}, those of refits among themselves {chance}"
        if self.agreement is not None and self.noise_agreement is not None:
            mine, chance = number(self.agreement, "percent"), number(self.noise_agreement, "percent")
            return f"{mine} of their predictions agree, of refits among themselves {chance}"
        return "their answers differ"


def compare_refit(
    study: Study, rows: TrainingRows, model: EstimatorPredictor, *, margin: float, seed: int,
    cancel: Cancel | None = None,
) -> RefitComparison:  # fmt: skip
    """Return how the model given differs from a refit on its own training rows, against the noise of fitting.

    Asked on the test's labelled rows, or on the training rows where there is no labelled test.
    """
    check_cancel(cancel)
    asked = held_out(study) or study.measure(rows.table)
    table, first = asked.table, model.refit(rows.table)
    given, refit = on_common_rows(asked, study.measure(table, model=first))
    agreement, correlation = _alike(study, table, study.model, first)
    found = RefitComparison(
        table=table.name, rows=given.n, given=score_of(given), refit=score_of(refit), agreement=agreement,
        correlation=correlation,
    )  # fmt: skip
    if _same(given.output, refit.output):
        return found
    fits, reseeded = _refits(rows.table, model, table, first, study, seed=seed, cancel=cancel)
    scores = np.array([found.refit, *(score_of(study.measure(table, model=each)) for each in fits[1:])])
    if np.isnan(found.given) or np.isnan(scores).any():
        return replace(found, status="not_enough_data")
    likeness = np.array([[_alike(study, table, a, b) for b in fits] for a in (study.model, *fits)], dtype=np.float64)
    chance = _chance(scores)
    agreed, correlated = (_mean_likeness(likeness[..., which]) for which in (0, 1))
    difference, lower, upper = (each + scores[0] - scores.mean() for each in _paired(study, given, refit, seed=seed))
    near = correlated if correlated.known else agreed
    return replace(
        found, refit=float(scores.mean()), difference=difference, lower=lower, upper=upper, noise_difference=chance,
        agreement=agreed.given, correlation=correlated.given, noise_agreement=agreed.refits,
        noise_correlation=correlated.refits, reseeded=reseeded,
        status=_refit_status(lower, upper, margin + chance, unlike=near.unlike),
    )  # fmt: skip


def _refits(
    rows: Table, model: EstimatorPredictor, asked: Table, first: Predictor, study: Study, *, seed: int, cancel: Cancel | None
) -> tuple[list[Predictor], bool]:  # fmt: skip
    """Return `first` and the other refits, each of another random state: one of a learner without chance."""
    fits, reseeded = [first], bool(random_states(model.model))
    for number_of in range(1, _REFITS):
        check_cancel(cancel)
        fits.append(model.refit(rows, seed=seed + number_of - 1))
        if number_of == 1 and _same(study.output(asked, None, first), study.output(asked, None, fits[1])):
            break
    return fits, reseeded


def _same(a: Floats, b: Floats) -> bool:
    return bool(np.allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=True))


def _chance(values: Floats) -> float:
    """Return how far a further value of this kind lies from the mean of these, in 95 % of cases."""
    count = len(values)
    return float(stats.t.ppf(0.975, count - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / count))


@dataclass(frozen=True)
class _Likeness:
    """How alike the given model and the refits are, and the refits among themselves; None where it has no meaning."""

    given: float | None = None
    refits: float | None = None
    unlike: bool = False

    @property
    def known(self) -> bool:
        return self.given is not None and self.refits is not None


def _mean_likeness(table: Floats) -> _Likeness:
    """Return the likeness from a table (1 + refits, refits), the given model in the first row."""
    given, refits = float(table[0].mean()), table[1:]
    others = np.array([np.delete(row, index).mean() for index, row in enumerate(refits)])
    if np.isnan(given) or np.isnan(others).any():
        return _Likeness(None if np.isnan(given) else given)
    mean = float(others.mean())
    return _Likeness(given, mean, given < mean - _CLOSE - _chance(others))


def held_out(study: Study) -> Measured | None:
    """Return the labelled rows of the first test, or None without any, or where the metric has no value on them."""
    test = study.test
    if test is None or study.outcome.target not in test or np.isnan(study.labels(test)).all():
        return None
    measured = study.measure(test)
    return None if np.isnan(score_of(measured)) else measured


def _paired(study: Study, given: Measured, refit: Measured, *, seed: int) -> tuple[float, float, float]:
    found = compare_scores(study, given, refit, draws=400, seed=seed)[2]
    return found.value, found.lower, found.upper


def _alike(study: Study, table: Table, a: Predictor, b: Predictor) -> tuple[float | None, float | None]:
    """Return the share of equal predictions and the correlation of the outputs, each None where it has no meaning."""
    agreement = None
    if study.task != "regression" and "predict" in a.can & b.can:
        agreement = float((a.predictions(table) == b.predictions(table)).mean())
    one, other = study.output(table, None, a), study.output(table, None, b)
    if one.ndim > 1 or (study.task != "regression" and study.metric.needs == "predictions"):
        return agreement, None
    known = ~np.isnan(one) & ~np.isnan(other)
    one, other = one[known], other[known]
    varies = len(one) > 1 and np.ptp(one) > 0 and np.ptp(other) > 0
    return agreement, float(np.corrcoef(one, other)[0, 1]) if varies else None


def _refit_status(
    lower: float, upper: float, margin: float, *, unlike: bool
) -> Literal["passed", "warning", "failed", "not_enough_data"]:
    if lower > margin or upper < -margin:
        return "failed"
    if unlike:
        return "warning"
    return "passed" if -margin < lower and upper < margin else "not_enough_data"
