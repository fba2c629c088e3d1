"""The metric that counts: the user's own, by name, as a scikit-learn scorer, or as a function."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError, ModelError, UnknownNameError
from mlops_widgets.measures.metrics import Metric, Needs, custom_metric, default_metric, get_metric
from mlops_widgets.measures.weighted import Numbers
from mlops_widgets.study.outcomes import Outcome, sort_key

if TYPE_CHECKING:
    from mlops_widgets.study.predictor import Ability

Floats = npt.NDArray[np.float64]

ABILITY_FOR: Mapping[Needs, "Ability"] = {
    "scores": "scores", "probabilities": "probabilities", "predictions": "predict",
}  # fmt: skip


def choose_metric(metric: Any, *, outcome: Outcome, can: "frozenset[Ability]") -> Metric:  # noqa: ANN401
    """Return the metric of a study.

    Parameters
    ----------
    metric
        A built-in's name, a scikit-learn scorer's name, a scorer `f(estimator, X, y)` or a function: `f(y_true, y_pred)`
        of labels, `f(y_true, y_score)` or `f(y_true, y_proba)`; None for the task's default. Of a function whose name
        ends in loss, error or deviance, lower is better. With row weights that aren't whole numbers it takes `sample_weight`.
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
        chosen = _named(metric, outcome, can)
    elif callable(metric):
        chosen = _from_callable(metric, _name_of(metric), outcome, can)
    else:
        raise InputError(f"metric={metric!r}. Pass a name, a scikit-learn scorer or a function f(y_true, y_pred).")
    if ABILITY_FOR[chosen.needs] not in can:
        raise MissingInputError(
            f"{chosen.needs} for metric={chosen.name!r}",
            f"Pass a model or scores= that gives {chosen.needs}, or another metric=.",
        )
    return chosen


def _named(name: str, outcome: Outcome, can: "frozenset[Ability]") -> Metric:
    try:
        return get_metric(name, outcome.task)
    except UnknownNameError:
        from sklearn.metrics import get_scorer, get_scorer_names

        if name not in get_scorer_names():
            raise
        return _from_callable(get_scorer(name), name, outcome, can)


def _name_of(metric: Any) -> str:  # noqa: ANN401 - any callable
    """Return a function's own name, or that of the function inside a scorer."""
    inner = getattr(metric, "_score_func", metric)
    return str(getattr(inner, "__name__", "your metric"))


def _from_callable(function: Callable[..., Any], name: str, outcome: Outcome, can: "frozenset[Ability]") -> Metric:
    names = _required(function)
    if names[:1] == ["estimator"] or len(names) >= 3:
        return _from_scorer(function, name, outcome, can)
    built_in = _of_scikit_learn(function, name, outcome)
    if built_in is not None:
        return built_in
    needs = _second_argument(names)

    def measure(y: Numbers, output: Numbers, **weights: Numbers) -> float:
        answers = _decode(output, outcome) if needs == "predictions" else output
        return _called(name, function, _decode(y, outcome), answers, **weights)

    return custom_metric(
        measure, name=name, greater_is_better=not name.endswith(("loss", "error", "deviance")), needs=needs,
        tasks=frozenset({outcome.task}), takes_weights=_takes_weights(function),
    )  # fmt: skip


def _from_scorer(scorer: Callable[..., Any], name: str, outcome: Outcome, can: "frozenset[Ability]") -> Metric:
    needs = _probe(scorer, name, outcome, can)

    def measure(y: Numbers, output: Numbers, **weights: Numbers) -> float:
        rows = np.arange(len(y)).reshape(-1, 1)
        return _called(name, scorer, answers_for(needs)(outcome, output), rows, _decode(y, outcome), **weights)

    return custom_metric(
        measure, name=name, greater_is_better=True, needs=needs, tasks=frozenset({outcome.task}),
        takes_weights=_takes_weights(scorer),
    )  # fmt: skip


def _takes_weights(function: Callable[..., Any]) -> bool:
    """Say whether a function, or the function inside a scorer, takes `sample_weight`."""
    try:
        return "sample_weight" in inspect.signature(getattr(function, "_score_func", function)).parameters
    except (TypeError, ValueError):  # a compiled function may show no signature
        return False


def _called(name: str, function: Callable[..., Any], *given: Any, **weights: Numbers) -> float:  # noqa: ANN401 - handed on
    """Call the user's metric: without a value on these rows it raises ValueError or divides by zero, else it is wrong."""
    try:
        return float(function(*given, **weights))
    except ArithmeticError as error:
        raise ValueError(str(error)) from error
    except (ValueError, ModelError):
        raise
    except Exception as error:
        raise ModelError(f"metric={name!r} raised {type(error).__name__}", quoted=str(error)) from error


def _required(function: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that must be given."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a compiled function may have none to show
        return []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind in positional]


def _of_scikit_learn(function: Callable[..., Any], name: str, outcome: Outcome) -> Metric | None:
    """Return the built-in that a function of sklearn.metrics is: it takes scores where its argument doesn't say so."""
    if not str(getattr(function, "__module__", "")).startswith("sklearn.metrics"):
        return None
    for each in (name, name.removesuffix("_score"), name.removesuffix("_loss")):
        try:
            return get_metric(each, outcome.task)
        except UnknownNameError:
            continue
    return None


def _second_argument(names: list[str]) -> Needs:
    """Return what a function f(y_true, …) wants, by the name of its second argument, as scikit-learn names them."""
    second = names[1] if len(names) > 1 else ""
    if "prob" in second:
        return "probabilities"
    return "scores" if "score" in second else "predictions"


def _decode(codes: Numbers, outcome: Outcome) -> "npt.NDArray[Any]":
    return codes if outcome.task == "regression" else np.array(outcome.classes)[codes.astype(int)]


class Answers:
    """A fitted estimator that only repeats answers already computed; row numbers stand for the rows."""

    def __init__(self, outcome: Outcome, output: Numbers) -> None:
        self._outcome, self._output = outcome, output
        self.asked: set[Needs] = set()
        if outcome.task != "regression":
            self.classes_ = np.array(sorted(outcome.classes, key=sort_key))

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's protocol
        """Say what kind of estimator this is."""
        from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

        kind = RegressorMixin if self._outcome.task == "regression" else ClassifierMixin
        return type("Kind", (kind, BaseEstimator), {})().__sklearn_tags__()

    def __sklearn_is_fitted__(self) -> bool:
        """Say that this needs no fit."""
        return True

    def fit(self, *_: Any) -> "Answers":  # noqa: ANN401 - scikit-learn looks for the method
        """Return itself: there is nothing to fit."""
        return self

    def predict(self, rows: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
        """Return the predicted labels or numbers of these rows."""
        self.asked.add("predictions")
        return _decode(self._output[rows[:, 0]], self._outcome)

    def _ordered(self, by_class: Floats) -> Floats:
        """Return columns in the sorted order of `classes_`."""
        order = [self._outcome.classes.index(label) for label in sorted(self._outcome.classes, key=sort_key)]
        return by_class[:, order]


class ProbableAnswers(Answers):
    """The same with probabilities; predictions are the most probable class."""

    def predict(self, rows: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
        """Return the most probable label of these rows."""
        self.asked.add("predictions")
        answer = self._output[rows[:, 0]]
        return _decode(answer >= 0.5 if answer.ndim == 1 else answer.argmax(axis=1), self._outcome)

    def predict_proba(self, rows: "npt.NDArray[Any]") -> Floats:
        """Return the probabilities of these rows, one column a class."""
        self.asked.add("probabilities")
        answer = np.asarray(self._output[rows[:, 0]], dtype=np.float64)
        return self._ordered(np.column_stack([1 - answer, answer]) if answer.ndim == 1 else answer)


class RankedAnswers(Answers):
    """The same with scores that only rank."""

    def predict(self, rows: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
        """Return the labels by the sign of the score, as linear classifiers decide."""
        self.asked.add("predictions")
        answer = self._output[rows[:, 0]]
        return _decode(answer > 0 if answer.ndim == 1 else answer.argmax(axis=1), self._outcome)

    def decision_function(self, rows: "npt.NDArray[Any]") -> Floats:
        """Return the scores of these rows, of the last of `classes_` or one column a class."""
        self.asked.add("scores")
        answer = np.asarray(self._output[rows[:, 0]], dtype=np.float64)
        if answer.ndim == 2:
            return self._ordered(answer)
        return answer if self._outcome.classes[1] == self.classes_[1] else -answer


def answers_for(needs: Needs) -> type[Answers]:
    """Return the estimator that repeats answers of this kind."""
    return {"probabilities": ProbableAnswers, "scores": RankedAnswers, "predictions": Answers}[needs]


def _probe(scorer: Callable[..., Any], name: str, outcome: Outcome, can: "frozenset[Ability]") -> Needs:
    """Find out what a scorer asks of the estimator by letting it score a few made-up rows."""
    count = max(2, len(outcome.classes))
    y = np.tile(np.arange(count, dtype=float), 10)
    if outcome.task == "regression":
        kind, output = Answers, y
    else:
        kind = RankedAnswers if "scores" in can and "probabilities" not in can else ProbableAnswers
        output = y * 0.8 + 0.1 if outcome.task == "binary" else np.eye(count)[y.astype(int)] * 0.8 + 0.2 / count
    answers = kind(outcome, output)
    try:
        with warnings.catch_warnings():  # made-up answers are perfect, which some metrics warn of
            warnings.simplefilter("ignore")
            scorer(answers, np.arange(len(y)).reshape(-1, 1), _decode(y, outcome))
    except Exception as error:
        raise ModelError(
            f"metric={name!r} raised {type(error).__name__} on a trial: {error}. A scorer gets an estimator that repeats "
            "the model's answers, and row numbers for X: it can't look at columns."
        ) from error
    wanted: tuple[Needs, ...] = ("probabilities", "scores")
    return next((each for each in wanted if each in answers.asked), "predictions")
