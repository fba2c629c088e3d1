"""A model that was tuned by a search: what it chose, and the score that it reported for its choice."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlops_widgets.errors import UnknownNameError
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor, classes_of
from mlops_widgets.study.study import Study

_SYMMETRIC = frozenset({"roc_auc", "accuracy", "balanced_accuracy", "log_loss", "mcc", "f1_macro"})
"""Metrics of two classes that don't change when the classes swap their parts."""


def search_of(model: Predictor) -> Any:  # noqa: ANN401 - any estimator
    """Return the fitted search (scikit-learn's `GridSearchCV` and its like) that the model is, or None."""
    if not isinstance(model, EstimatorPredictor):
        return None
    estimator = model.model
    found = all(hasattr(estimator, name) for name in ("cv_results_", "best_estimator_"))
    return estimator if found else None


def chosen_model(model: EstimatorPredictor) -> EstimatorPredictor:
    """Return the model with its parameters held as tuned: of a search its best estimator, else the model itself."""
    search = search_of(model)
    return model if search is None else model.with_model(search.best_estimator_)


def tuned_score(study: Study) -> float | None:
    """Return the search's own `best_score_` in the study's metric and sign, or None where it was tuned by another."""
    search = search_of(study.model)
    best = getattr(search, "best_score_", None)
    name = _scoring_name(search, study)
    if best is None or name is None or not np.isfinite(best) or not _same_classes(search, study):
        return None
    if name == study.metric.name:
        return float(best)
    try:
        known = get_metric(name, study.task)
    except UnknownNameError:
        return None
    if known.name != study.metric.name:
        return None
    return -float(best) if name.startswith("neg_") else float(best)


def _scoring_name(search: Any, study: Study) -> str | None:  # noqa: ANN401 - any search
    scoring, refit = getattr(search, "scoring", None), getattr(search, "refit", None)
    if scoring is None:
        return "r2" if study.task == "regression" else "accuracy"
    if not isinstance(scoring, str):
        scoring = scoring.get(refit) if isinstance(scoring, Mapping) else refit
    return scoring if isinstance(scoring, str) else None


def _same_classes(search: Any, study: Study) -> bool:  # noqa: ANN401 - any search
    """Say whether the search's scorer and the study's metric mean the same positive class and decision."""
    if study.decision_threshold is not None and study.metric.needs == "predictions":
        return False
    classes = classes_of(search)
    if study.task != "binary" or classes is None or study.metric.name in _SYMMETRIC:
        return True
    codes = study.outcome.encode(np.array(classes, dtype=object), where="the search's classes")
    return bool((codes == np.arange(len(codes))).all())
