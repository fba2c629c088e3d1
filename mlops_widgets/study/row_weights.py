"""Row weights in refits: how `fit` takes them, and whether the model was fitted with any."""

from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import ModelError
from mlops_widgets.study.tables import Table, cap_rows

if TYPE_CHECKING:
    from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
    from mlops_widgets.study.study import Study

_MOST_ROWS = 20_000
"""Rows that a model is fitted on twice, to see whether it was fitted with weights."""


def weight_argument(estimator: Any) -> str | None:  # noqa: ANN401 - anything
    """Return the keyword by which `fit` takes row weights: a pipeline hands them to its last step, a search on."""
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list) and steps:
        inner = weight_argument(steps[-1][1])
        return None if inner is None else f"{steps[-1][0]}__{inner}"
    if hasattr(estimator, "best_estimator_"):
        return weight_argument(estimator.estimator)
    try:
        return "sample_weight" if "sample_weight" in signature(estimator.fit).parameters else None
    except (AttributeError, TypeError, ValueError):  # no fit, or a compiled one that shows no signature
        return None


def as_fitted(model: "EstimatorPredictor", reference: Table, *, seed: int) -> "EstimatorPredictor":
    """Return the model as its refits should be: given the row weights only if it was fitted with them itself.

    No fitted model says whether it was. So it is fitted on the reference both ways, a search with the parameters that
    it chose, and the way whose answers there are nearer to the model's own counts.
    """
    table = cap_rows(reference, max_rows=_MOST_ROWS, by=model.outcome.target, seed=seed)
    fixed = model.with_model(getattr(model.model, "best_estimator_", model.model))
    own = _answers(model, table)
    try:
        apart = [_distance(own, _answers(each.refit(table), table)) for each in (fixed, fixed.unweighted())]
    except ModelError:  # the caller's own refits will say what is wrong
        return model
    return model if apart[0] <= apart[1] else model.unweighted()


def _answers(model: "Predictor", table: Table) -> "npt.NDArray[np.float64]":
    return model.scores(table) if "scores" in model.can else model.predictions(table)


def _distance(a: "npt.NDArray[np.float64]", b: "npt.NDArray[np.float64]") -> float:
    both = np.isfinite(a) & np.isfinite(b)  # classes that a refit didn't meet score minus infinity
    return float(np.abs(a[both] - b[both]).sum())


def ignores_weights(study: "Study") -> bool:
    """Say whether the study names row weights that the model's `fit` can't take, so that refits can't either."""
    return study.roles.weights is not None and weight_argument(getattr(study.model, "model", None)) is None


def weighting(study: "Study") -> str:
    """Return in a sentence what the study's row weights count in."""
    if getattr(study.learner, "takes_weights", False):
        return "Row weights count in scores and in refits."
    why = "its fit takes none" if ignores_weights(study) else "a refit without them is nearer to it"
    return f"Row weights count in scores, not in refits of the model: {why}."
