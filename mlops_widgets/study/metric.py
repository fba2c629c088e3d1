"""The metric that counts: the user's own, by name, as a scikit-learn scorer, or as a function."""

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError, ModelError, UnknownNameError
from mlops_widgets.measures.metrics import Metric, Needs, custom_metric, default_metric, get_metric

if TYPE_CHECKING:
    from mlops_widgets.study.outcomes import Outcome
    from mlops_widgets.study.predictor import Ability

Floats = npt.NDArray[np.float64]

ABILITY_FOR: Mapping[Needs, "Ability"] = {
    "scores": "scores", "probabilities": "probabilities", "predictions": "predict",
}  # fmt: skip


def choose_metric(metric: Any, *, outcome: "Outcome", can: "frozenset[Ability]") -> Metric:  # noqa: ANN401
    """Return the metric of a study.

    Parameters
    ----------
    metric
        A built-in's name, a scikit-learn scorer's name, a scorer `f(estimator, X, y)`, a function `f(y_true, y_pred)`,
        or None for the task's default. Of a function whose name ends in loss, error or deviance, lower is better.
    outcome
        Task and classes.
    can
        What the model is able to do.

    Raises
    ------
    UnknownNameError
        If no metric has this name for the task.
    MissingInputError
        If the metric needs scores or probabilities that the model doesn't give.
    """
    if metric is None:
        chosen = default_metric(outcome.task)
        return chosen if ABILITY_FOR[chosen.needs] in can else get_metric("accuracy", outcome.task)
    if isinstance(metric, Metric):
        chosen = metric
    elif isinstance(metric, str):
        chosen = _named(metric, outcome)
    elif callable(metric):
        chosen = _from_callable(metric, getattr(metric, "__name__", "your metric"), outcome)
    else:
        raise InputError(f"metric={metric!r}. Pass a name, a scikit-learn scorer or a function f(y_true, y_pred).")
    if ABILITY_FOR[chosen.needs] not in can:
        raise MissingInputError(
            f"{chosen.needs} for metric={chosen.name!r}",
            f"Pass a model or scores= that gives {chosen.needs}, or another metric=.",
        )
    return chosen


def _named(name: str, outcome: "Outcome") -> Metric:
    try:
        return get_metric(name, outcome.task)
    except UnknownNameError:
        from sklearn.metrics import get_scorer, get_scorer_names

        if name not in get_scorer_names():
            raise
        return _from_callable(get_scorer(name), name, outcome)


def _from_callable(function: Callable[..., Any], name: str, outcome: "Outcome") -> Metric:
    scorer = _takes_estimator(function)
    needs: Needs = _probe(function, name, outcome) if scorer else "predictions"

    def measure(y: Floats, output: Floats) -> float:
        if scorer:
            rows = np.arange(len(y)).reshape(-1, 1)
            return float(function(Answers(outcome, output, needs), rows, _decode(y, outcome)))
        return float(function(_decode(y, outcome), _decode(output, outcome)))

    lower_is_better = not scorer and name.endswith(("loss", "error", "deviance"))
    return custom_metric(
        measure, name=name, greater_is_better=not lower_is_better, needs=needs, tasks=frozenset({outcome.task})
    )


def _takes_estimator(function: Callable[..., Any]) -> bool:
    names = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    return len(names) >= 3 and names[0] in {"estimator", "clf", "model", "self"} or names[:1] == ["estimator"]


def _decode(codes: Floats, outcome: "Outcome") -> "npt.NDArray[Any]":
    return codes if outcome.task == "regression" else np.array(outcome.classes)[codes.astype(int)]


class Answers:
    """A fitted estimator that only repeats answers already computed; row numbers stand for the rows."""

    def __init__(self, outcome: "Outcome", output: Floats, needs: Needs) -> None:
        self._outcome, self._output, self._needs = outcome, output, needs
        self.asked: set[Needs] = set()
        if outcome.task != "regression":
            self.classes_ = np.array(outcome.classes)

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401, PLW3201 - scikit-learn's protocol
        """Say what kind of estimator this is."""
        from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

        kind = RegressorMixin if self._outcome.task == "regression" else ClassifierMixin
        return type("Kind", (kind, BaseEstimator), {})().__sklearn_tags__()

    def __sklearn_is_fitted__(self) -> bool:  # noqa: PLW3201 - scikit-learn's protocol
        """Say that this needs no fit."""
        return True

    def fit(self, *_: Any) -> "Answers":  # noqa: ANN401 - scikit-learn looks for the method
        """Return itself: there is nothing to fit."""
        return self

    def predict(self, rows: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
        """Return the predicted labels or numbers of these rows."""
        self.asked.add("predictions")
        answer = self._output[rows[:, 0]]
        if self._needs != "predictions":
            answer = (answer >= 0.5).astype(float) if answer.ndim == 1 else answer.argmax(axis=1).astype(float)
        return _decode(answer, self._outcome)

    def predict_proba(self, rows: "npt.NDArray[Any]") -> Floats:
        """Return the probabilities of these rows, one column a class."""
        self.asked.add("probabilities")
        answer = self._output[rows[:, 0]]
        return np.column_stack([1 - answer, answer]) if answer.ndim == 1 else answer


def _probe(scorer: Callable[..., Any], name: str, outcome: "Outcome") -> Needs:
    """Find out what a scorer asks of the estimator by letting it score a few made-up rows."""
    count = max(2, len(outcome.classes))
    y = np.tile(np.arange(count, dtype=float), 10)
    output = y if outcome.task != "multiclass" else np.eye(count)[y.astype(int)] * 0.8 + 0.2 / count
    answers = Answers(outcome, output * 0.8 + 0.1 if outcome.task == "binary" else output, "probabilities")
    try:
        scorer(answers, np.arange(len(y)).reshape(-1, 1), _decode(y, outcome))
    except Exception as error:
        raise ModelError(f"metric={name!r} raised {type(error).__name__} on a trial: {error}") from error
    return "probabilities" if "probabilities" in answers.asked else "predictions"
