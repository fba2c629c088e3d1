"""Where the model's own tuning stands: the score on unseen folds by one hyper-parameter, beside that on rows learned from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.folds.fold_means import FoldOutput, paired_mean, unit_mean
from mlops_widgets.measures.folds.splitters import Split, grouped_folds
from mlops_widgets.overfitting.validation.parameters import Parameter, find_parameter
from mlops_widgets.overfitting.validation.refits import estimator_of, labelled, sampled_units, teaches
from mlops_widgets.overfitting.validation.validation_curve_findings import find
from mlops_widgets.study.predictor import EstimatorPredictor, users_code
from mlops_widgets.study.refitting import untrained, with_category_columns
from mlops_widgets.study.row_weights import weighting
from mlops_widgets.study.scoring import score_of, weights_of
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ValidationCurveResult(Result):
    """The score on unseen folds and on rows learned from, by the value of one hyper-parameter.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    margin
        The largest loss that doesn't matter, in the metric's unit.
    parameter, path
        The hyper-parameter's name, and its path in `set_params`.
    labels
        The values tried as read, from the lowest to the highest; "None" is the largest.
    scores, lower, upper
        Mean score on unseen folds, with 95 % intervals, shape (k,).
    train
        Mean score on the rows learned from, shape (k,).
    own, best, chosen
        Places in `labels` of the user's value (−1 where it isn't a number), of the best score, and of the simplest value
        within one standard error of the best (−1 where it isn't known which end is simpler).
    loss, loss_lower, loss_upper
        How much worse the user's value is than the best, paired on the same folds, with its 95 % interval; NaN without it.
    error
        Standard error of the chosen value's difference from the best; NaN where none was chosen.
    simple
        Which end is the simpler model: "low", "high", or "" where that isn't known.
    folds
        How many folds.
    available_rows
        Labelled rows of the reference, of which `rows` were used: on fewer rows simpler models do better.
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    parameter: str
    path: str
    labels: tuple[str, ...]
    scores: Floats
    lower: Floats
    upper: Floats
    train: Floats
    own: int
    best: int
    chosen: int
    loss: float
    loss_lower: float
    loss_upper: float
    error: float
    simple: str
    folds: int
    available_rows: int = 0
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a value tried: score on unseen folds with its interval, and on the rows learned from."""
        import pandas as pd

        return pd.DataFrame({
            self.parameter: self.labels, "value": self.scores, "lower": self.lower, "upper": self.upper, "train": self.train,
        })  # fmt: skip


@strategy("OV-VC")
def measure_validation_curve(
    study: Study,
    *,
    parameter: str | None = None,
    values: Sequence[float | None] | None = None,
    folds: int = 3,
    max_fit_rows: int = 2500,
    margin: float | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ValidationCurveResult:
    """Find out whether one hyper-parameter stands where it should.

    The model is refitted with each value on folds of the reference, so that the test stays unseen: whoever tunes on the
    test has none left.

    Parameters
    ----------
    study
        With a reference and a model that can be refitted. Of a search its best estimator is taken.
    parameter
        Name or path of the hyper-parameter; by default the first of max_leaf_nodes, max_depth, C, alpha, n_neighbors,
        learning_rate … that the model has, also inside a pipeline.
    values
        2 to 12 values; by default four or five around the user's own. None counts as the largest.
    folds
        Folds of the reference, 2 or more; units stay whole.
    max_fit_rows
        Most reference rows used, 20 or more; more are sampled by unit.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0. By default the study's, else the metric's.
    draws
        Bootstrap draws, 100 or more.
    seed
        Seed of sample, folds and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ValidationCurveResult or NoResult
        Findings: OV-VC-01 the user's value against the best tried, OV-VC-02 the best at an end of what was tried,
        OV-VC-03 a simpler value as good.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If the model has no such parameter.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("census")
    >>> result = mw.overfitting.measure_validation_curve(study, values=[3, 31], folds=2, max_fit_rows=200, draws=100)
    >>> result.parameter, result.labels
    ('max_leaf_nodes', ('3', '31'))
    """
    check_margin(margin)
    check_counts(folds=(folds, 2), max_fit_rows=(max_fit_rows, 20), draws=(draws, 100), seed=(seed, 0))
    learner = chosen_model(estimator_of(study))
    table, known, _ = labelled(study)
    varied = find_parameter(learner.model, parameter, values)
    rng = np.random.default_rng(seed)
    rows = table.take(sampled_units(study, table, known, max_fit_rows, rng))
    y, units = study.labels(rows), codes(study.units(rows))
    splits = _splits(study, y, units, folds=folds, rng=rng)
    fitted = _fit(study, learner, varied, rows, splits, progress=progress, cancel=cancel)
    result = _measured(study, fitted, varied, units, splits, seed=seed, draws=draws, margin=margin, cancel=cancel)
    said = _method(study, rows, len(known), len(splits), draws)
    result = replace(result, rows=rows.rows, available_rows=len(known), method=said)
    return replace(result, findings=find(result))


def _splits(study: Study, y: Floats, units: Integers, *, folds: int, rng: np.random.Generator) -> list[Split]:
    """Return folds of whole units, alike in their classes, of which each trains on every class."""
    classes = y.astype(np.int64) if study.task != "regression" else None
    splits = grouped_folds(units, folds=folds, rng=rng, classes=classes)
    if len(splits) < 2 or not all(teaches(study, y[split.train]) for split in splits):
        raise MissingInputError(
            f"{folds} folds of the training rows with every class in each", "Pass more training rows, or fewer folds=."
        )
    return splits


@dataclass(frozen=True, eq=False)
class _Tried:
    """One value: outputs on the folds, and the score on the rows learned from."""

    folds: list[FoldOutput]
    train: float


def _fit(
    study: Study, learner: EstimatorPredictor, varied: Parameter, rows: Table, splits: list[Split], *,
    progress: Progress | None, cancel: Cancel | None,
) -> list[_Tried]:  # fmt: skip
    jobs = [(value, split) for value in range(len(varied.tried)) for split in splits]
    folds: list[list[FoldOutput]] = [[] for _ in varied.tried]
    train: list[list[float]] = [[] for _ in varied.tried]
    for value, split in steps(jobs, "refit", progress, cancel):
        model = _with_value(learner, varied, varied.tried[value]).refit(rows.take(split.train))
        every = study.measure(rows, model=model)
        tested = np.isin(every.rows, split.test)
        held, seen = every.take(tested), every.take(~tested)
        weights = weights_of(study, held)
        folds[value].append(FoldOutput(held.rows, held.y, held.output, weights, len(split.train)))
        train[value].append(score_of(seen))
    return [_Tried(each, float(np.mean(own))) for each, own in zip(folds, train, strict=True)]


def _with_value(learner: EstimatorPredictor, varied: Parameter, value: Any) -> EstimatorPredictor:  # noqa: ANN401
    with users_code(learner.name, f"while {varied.name} was set"):
        return learner.with_model(_settable(learner.model, varied).set_params(**{varied.path: value}))


def _settable(model: Any, varied: Parameter) -> Any:  # noqa: ANN401 - any estimator
    """Return a copy whose parameter can be set: CatBoost, once fitted, refuses; others keep what their fit was told."""
    from copy import deepcopy

    return with_category_columns(untrained(model), model) if varied.library == "catboost" else deepcopy(model)


def _measured(
    study: Study, fitted: list[_Tried], varied: Parameter, units: Integers, splits: list[Split], *, seed: int, draws: int,
    margin: float | None, cancel: Cancel | None,
) -> ValidationCurveResult:  # fmt: skip
    metric = study.metric
    try:
        each = [unit_mean(metric, tried.folds, units, seed=seed, draws=draws, cancel=cancel) for tried in fitted]
    except InputError as error:
        remedy = f"There, {metric.undefined}. Pass more training rows, or another metric=."
        raise MissingInputError(f"{metric.label} on unseen folds", remedy) from error
    scores = np.array([found.value for found in each])
    best = int(np.argmax(scores if metric.greater_is_better else -scores))
    gaps = [_behind(study, fitted, best, k, units, seed=seed, draws=draws, cancel=cancel) for k in range(len(fitted))]
    own = varied.tried.index(varied.own) if varied.own in varied.tried else -1
    standard = np.array([_standard_error(gap) for gap in gaps])
    chosen = _simplest(varied, [gap[0] for gap in gaps], standard)
    loss = gaps[own] if own >= 0 else (float("nan"),) * 3
    return ValidationCurveResult(
        findings=(), rows=0, seed=seed, reference="Breiman et al. 1984, section 3.4.3 (one standard error); Field & Welsh 2007",
        metric=metric.name, metric_label=metric.label, greater_is_better=metric.greater_is_better,
        margin=study.accepted_loss(float(scores[own if own >= 0 else best]), margin), parameter=varied.name, path=varied.path,
        labels=tuple(_written(value) for value in varied.tried), scores=scores,
        lower=np.array([found.lower for found in each]), upper=np.array([found.upper for found in each]),
        train=np.array([tried.train for tried in fitted]), own=own, best=best, chosen=chosen, loss=loss[0], loss_lower=loss[1],
        loss_upper=loss[2], error=float(standard[chosen]) if chosen >= 0 else float("nan"), folds=len(splits), simple=varied.simple,
        synthetic=study.synthetic,
    )  # fmt: skip


def _behind(
    study: Study, fitted: list[_Tried], best: int, other: int, units: Integers, *, seed: int, draws: int, cancel: Cancel | None
) -> tuple[float, float, float]:  # fmt: skip
    """Return how much worse one value is than the best, with its interval; NaN where that has no value."""
    if other == best:
        return 0.0, 0.0, 0.0
    metric = study.metric
    a, b = (best, other) if metric.greater_is_better else (other, best)
    found = paired_mean(metric, fitted[a].folds, fitted[b].folds, units, seed=seed, draws=draws, cancel=cancel)
    return (float("nan"),) * 3 if found is None else (found[0].value, found[0].lower, found[0].upper)


def _standard_error(gap: tuple[float, float, float]) -> float:
    return (gap[2] - gap[1]) / (2 * 1.96)


def _simplest(varied: Parameter, losses: list[float], errors: Floats) -> int:
    """Return the place of the simplest value that is within one standard error (of the difference) of the best."""
    if not varied.simple:
        return -1
    near = [k for k, (loss, error) in enumerate(zip(losses, errors, strict=True)) if loss <= error]
    return min(near) if varied.simple == "low" else max(near)


def _written(value: float | None) -> str:
    return "None" if value is None else f"{value:g}"


def _method(study: Study, rows: Table, known: int, folds: int, draws: int) -> str:
    sampled = f", {rows.rows:,} of {known:,}" if rows.rows < known else ""
    weights = f". {weighting(study)}" if study.roles.weights else ""
    return (
        f"Mean over {folds} folds of the training rows{sampled}, whole units; the test isn't used. 95 % intervals: bootstrap by "
        f"{study.unit_name}, {draws:,} draws, differences paired on the same folds. The best value was picked on these folds, so "
        f"its lead is rather too large{weights}"
    )  # fmt: skip
