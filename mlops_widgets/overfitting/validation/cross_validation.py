"""Which split tells the truth: cross-validation schemes side by side, and what shuffling hides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.folds.shuffling import knowing_other_times, knowing_the_entity
from mlops_widgets.measures.optimism import Optimism, optimism_of
from mlops_widgets.overfitting.validation.folds.fits import fit_schemes
from mlops_widgets.overfitting.validation.folds.plan import FEWEST_ROWS, TrainingRows, plan_folds, training_rows
from mlops_widgets.overfitting.validation.folds.refit_check import RefitComparison, compare_refit, held_out
from mlops_widgets.overfitting.validation.folds.schemes import SCHEMES, SchemeScore, score_schemes, tuning_optimism
from mlops_widgets.overfitting.validation.split_findings import find
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.row_weights import ignores_weights, weighting
from mlops_widgets.study.scoring import estimate_score
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class HeldOutScore:
    """The model's score on the study's own test, with its interval and rows."""

    value: float
    lower: float
    upper: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class CrossValidationResult(Result):
    """Cross-validation schemes side by side, what shuffling adds, and whether the model given can be reproduced.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        What was measured.
    margin
        Difference that matters, in the metric's unit.
    schemes
        All of them, also those that don't apply.
    reason
        Why the recommended scheme is.
    held_out
        The score on the study's test, or None without one.
    time, group, tuning
        Optimism of shuffling over time order, of shuffling over whole entities, both at equal training size on the same
        rows, and of a search's own score over nested tuning; None where not measured.
    refit
        The model given beside a refit, or None where not run.
    sampled
        Whether the folds were taken from a sample of the reference.
    synthetic
        Whether the data are made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    schemes: tuple[SchemeScore, ...]
    reason: str
    held_out: HeldOutScore | None = None
    time: Optimism | None = None
    group: Optimism | None = None
    tuning: Optimism | None = None
    refit: RefitComparison | None = None
    sampled: bool = False
    synthetic: bool = False

    @property
    def recommended(self) -> SchemeScore:
        """The scheme to report."""
        return next(scheme for scheme in self.schemes if scheme.recommended)

    def scheme(self, name: str) -> SchemeScore:
        """Return a scheme by its name in `schemes=`."""
        return next(scheme for scheme in self.schemes if scheme.name == name)

    def frame(self) -> "pd.DataFrame":
        """Return one row a scheme."""
        import pandas as pd

        return pd.DataFrame([vars(scheme) for scheme in self.schemes]).set_index("name")


@strategy("OV-CV")
def cross_validate(
    study: Study, *, folds: int = 5, repeats: int = 3, schemes: Sequence[str] | None = None, max_fit_rows: int = 20_000,
    margin: float | None = None, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> CrossValidationResult:  # fmt: skip
    """Return what each cross-validation scheme says of the study's model, and which one to believe.

    The user's own estimator is refitted on the labelled reference rows. A search is refitted with the parameters that
    it chose, except in nested tuning, where it searches again in every fold. Refits get row weights as the model did.

    Parameters
    ----------
    study
        With a reference and a model that can be refitted.
    folds
        Test sets a scheme; 5 is the usual balance of bias and cost.
    repeats
        Of the repeated k-fold; also how often a time-ordered training set is matched by one drawn at random.
    schemes
        Some of "random", "stratified", "repeated", "grouped", "time", "nested"; by default all.
    max_fit_rows
        Over it whole units are sampled, so that a notebook isn't blocked for long.
    margin
        Difference that matters, in the metric's unit; by default the study's, else the metric's own.
    seed
        Of folds, draws and resamples.
    progress, cancel
        Called after, and asked before, each fit.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such scheme.

    References
    ----------
    Nadeau & Bengio (2003), Inference for the generalization error, section 4.2.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = cross_validate(mw.sample("loans"), folds=2, schemes=("time",), max_fit_rows=1000)
    >>> result.recommended.label
    'time-ordered'
    """
    check_margin(margin)
    check_counts(folds=(folds, 2), repeats=(repeats, 1), max_fit_rows=(max_fit_rows, FEWEST_ROWS), seed=(seed, 0))
    wanted = _check_schemes(schemes)
    study.model.need("refit")
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor):
        raise TypeError(f"{type(learner).__name__} says that it can be refitted, but holds no estimator.")
    rows = training_rows(study, max_fit_rows=max_fit_rows, seed=seed)
    plan = plan_folds(study, rows, folds=folds, repeats=repeats, seed=seed)
    outputs = fit_schemes(
        study, rows, plan, model=learner, wanted=wanted, progress=part(progress, 0.0, 0.9), cancel=cancel
    )  # fmt: skip
    measured, reason = score_schemes(study, rows, plan, outputs, wanted=wanted, seed=seed)
    best = next(scheme for scheme in measured if scheme.recommended)
    limit = study.accepted_loss(best.value, margin)
    refit = None
    if rows.whole and not ignores_weights(study):
        refit = compare_refit(study, rows, chosen_model(learner), margin=limit, seed=seed, cancel=cancel)
    times = knowing_other_times(study.metric, outputs.time, outputs.twins, rows.units, seed=seed, cancel=cancel)
    entity = None if rows.entities is None else knowing_the_entity(
        study.metric, outputs.grouped, outputs.repeats, rows.entities, seed=seed, cancel=cancel
    )  # fmt: skip
    result = CrossValidationResult(
        findings=(), rows=rows.n, seed=seed, method=_method(study, rows),
        reference="Nadeau & Bengio (2003), Machine Learning 52, section 4.2; Field & Welsh (2007) for whole units.",
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        margin=limit, schemes=measured, reason=reason, held_out=_test_score(study, seed=seed),
        time=optimism_of(study.metric, times, margin=limit), group=optimism_of(study.metric, entity, margin=limit),
        tuning=tuning_optimism(study, measured, margin=limit), refit=refit, sampled=not rows.whole, synthetic=study.synthetic,
    )  # fmt: skip
    tell(progress, 1.0, "compared")
    return replace(result, findings=find(study, result))


def _check_schemes(schemes: Sequence[str] | None) -> tuple[str, ...]:
    wanted = tuple(SCHEMES if schemes is None else schemes)
    for scheme in wanted:
        if scheme not in SCHEMES:
            hint = did_you_mean(scheme, SCHEMES)
            raise UnknownNameError(f"Unknown scheme {scheme!r} in schemes=. Schemes: {listed(SCHEMES)}.{hint}")
    if wanted:
        return wanted
    raise InputError(f"schemes= is empty. Schemes: {listed(SCHEMES)}.")


def _test_score(study: Study, *, seed: int) -> HeldOutScore | None:
    rows = held_out(study)
    if rows is None:
        return None
    found = estimate_score(study, rows, draws=1000, seed=seed)
    return HeldOutScore(value=found.value, lower=found.lower, upper=found.upper, rows=found.rows)


def _method(study: Study, rows: TrainingRows) -> str:
    units = {"row": "rows", "entity": "entities", "time block": f"blocks: {study.block and study.block[0]}"}
    sampled = "" if rows.whole else " Taken from a sample of the reference."
    sampled += f" {weighting(study)}" if study.roles.weights else ""
    return (
        "Mean over folds with 95 % intervals: Nadeau and Bengio's for folds at random, a bootstrap of whole units "
        f"({units[study.unit]}; in grouped folds the entities) within folds else. Differences are paired on the same "
        f"test rows at equal training size.{sampled}"
    )
