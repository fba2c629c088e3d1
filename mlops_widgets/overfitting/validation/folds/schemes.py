"""What each cross-validation scheme says of a study's model, and which of them fits the study."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.folds.fold_means import FoldOutput, fold_scores, random_mean, unit_mean
from mlops_widgets.measures.folds.splitters import Rows
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.optimism import Optimism
from mlops_widgets.overfitting.validation.folds.fits import SchemeOutputs
from mlops_widgets.overfitting.validation.folds.plan import FoldPlan, TrainingRows
from mlops_widgets.study.searches import search_of, tuned_score
from mlops_widgets.study.study import Study

SCHEMES = ("random", "stratified", "repeated", "grouped", "time", "nested")
Measurement = Literal["measured", "not_enough_data", "not_applicable", "not_run"]


@dataclass(frozen=True, kw_only=True)
class SchemeScore:
    """What one way of splitting says.

    Parameters
    ----------
    name, label
        As in `schemes=` and as read by people.
    status
        "measured", "not_enough_data" (no fold has a value), "not_applicable" (`missing` says why) or "not_run".
    value, lower, upper
        Mean over folds and its 95 % interval, in the metric's unit; NaN where there is none.
    folds
        How many folds have a value.
    scores
        One a fold.
    train_rows, test_rows
        On average a fold.
    method
        What the interval is.
    missing
        What the study lacks for it, in half a sentence.
    recommended
        Whether it fits the study's unit and use best.
    """

    name: str
    label: str
    status: Measurement
    value: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    folds: int = 0
    scores: tuple[float, ...] = ()
    train_rows: float = float("nan")
    test_rows: float = float("nan")
    method: str = ""
    missing: str = ""
    recommended: bool = False


def score_schemes(
    study: Study, rows: TrainingRows, plan: FoldPlan, outputs: SchemeOutputs, *, wanted: Sequence[str], seed: int
) -> tuple[tuple[SchemeScore, ...], str]:
    """Return every scheme's score, the recommended one marked, and the reason for it.

    Raises
    ------
    MissingInputError
        If the metric has no value on any fold.
    """
    missing = dict(plan.missing)
    if search_of(study.model) is None:
        missing["nested"] = "the model isn't tuned by a search"
    classes = "stratified " if study.task != "regression" else ""
    first = outputs.repeats[0] if outputs.repeats else []
    every = [output for repeat in outputs.repeats for output in repeat]
    found: dict[str, tuple[str, Sequence[FoldOutput | None]]] = {
        "random": ("random k-fold", outputs.random),
        "stratified": ("stratified k-fold", first),
        "repeated": (f"repeated {classes}k-fold", every),
        "grouped": ("grouped k-fold", outputs.grouped),
        "time": ("time-ordered", outputs.time),
        "nested": ("nested", outputs.nested),
    }
    units = {"time": rows.units, "grouped": rows.entities}
    scores = []
    for name, (label, kept) in found.items():
        if name in missing:
            score = SchemeScore(name=name, label=label, status="not_applicable", missing=missing[name])
        elif name not in wanted:
            score = SchemeScore(name=name, label=label, status="not_run")
        else:
            blank = SchemeScore(name=name, label=label, status="not_enough_data", missing="no fold has a value")
            score = _score(study.metric, blank, [fold for fold in kept if fold is not None], units.get(name), seed)
        scores.append(score)
    return _recommend(tuple(scores), study)


def _score(
    metric: Metric, blank: SchemeScore, folds: Sequence[FoldOutput], units: Rows | None, seed: int
) -> SchemeScore:
    scores = fold_scores(metric, folds)
    count = int((~np.isnan(scores)).sum())
    if not count:
        return blank
    if units is None:
        value, lower, upper = random_mean(metric, folds)
        method = f"Nadeau and Bengio's corrected t interval over {_folds(count)}"
    else:
        drawn = unit_mean(metric, folds, units, seed=seed)
        value, lower, upper = drawn.value, drawn.lower, drawn.upper
        method = f"bootstrap of {drawn.units:,} whole unit{'s' * (drawn.units != 1)}, the mean over {_folds(count)} kept; fitted models held"
    left_out = len(scores) - count
    return replace(
        blank, status="measured", missing="", value=value, lower=lower, upper=upper, folds=count,
        scores=tuple(float(score) for score in scores), train_rows=float(np.mean([f.train_rows for f in folds])),
        test_rows=float(np.mean([len(f.y) for f in folds])),
        method=method + (f"; {_folds(left_out)} without a value left out" if left_out else ""),
    )  # fmt: skip


def _folds(count: int) -> str:
    return f"{count} fold{'s' * (count != 1)}"


def _recommend(schemes: tuple[SchemeScore, ...], study: Study) -> tuple[tuple[SchemeScore, ...], str]:
    entity = study.roles.entity or "entity"
    reasons = {
        "time": "Production comes later than the training rows, so the test rows should too: learn from the past, test "
        "on what came next.",
        "grouped": f"Several rows share one {entity}, and production brings new ones: each is learned from or tested on, "
        "never both.",
        "nested": "The model was tuned by a search; tuning is part of learning, so it is repeated in every fold.",
        "repeated": "The study names neither time nor entity, so rows count as independent; repeats steady the mean.",
        "stratified": "The study names neither time nor entity, so rows count as independent.",
        "random": "The study names neither time nor entity, so rows count as independent.",
    }
    measured = {scheme.name for scheme in schemes if scheme.status == "measured"}
    best = next((name for name in reasons if name in measured), None)
    if best is None:
        raise MissingInputError(
            f"fold on which {study.metric.label} has a value", "Pass more training rows, or more of the rarer class."
        )
    return tuple(replace(scheme, recommended=scheme.name == best) for scheme in schemes), reasons[best]


def tuning_optimism(study: Study, schemes: Sequence[SchemeScore], *, margin: float) -> Optimism | None:
    """Return by how much the search's own score for its choice beats nested tuning; None where not comparable."""
    nested = next(scheme for scheme in schemes if scheme.name == "nested")
    best = tuned_score(study) if nested.status == "measured" else None
    if best is None:
        return None
    gain = study.metric.gain
    lower, upper = sorted((float(gain(best, nested.lower)), float(gain(best, nested.upper))))
    rows = round(nested.test_rows * nested.folds)
    return Optimism(
        value=float(gain(best, nested.value)), lower=lower, upper=upper, flattering=best, honest=nested.value, rows=rows,
        units=rows, events=rows, train_rows=nested.train_rows, margin=margin,
    )  # fmt: skip
