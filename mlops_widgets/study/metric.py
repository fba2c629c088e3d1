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
from mlops_widgets.study.direction import direction, name_of, scorer_direction, split_pair
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
        of labels, `f(y_true, y_score)` or `f(y_true, y_proba)`; None for the task's default. Which way a function
        points its name must say (ends in score, accuracy, gain …, or loss, error, cost …), or a pair such as
        `(f, "lower is better")`. What a scorer with `greater_is_better=False` negates is shown with its own sign.
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
    InputError
        If a function doesn't say which way it points.
    ModelError
        If it raises on a few made-up rows.
    """
    metric, told = split_pair(metric)
    if metric is None:
        chosen = default_metric(outcome.task)
        return chosen if ABILITY_FOR[chosen.needs] in can else get_metric("accuracy", outcome.task)
    if isinstance(metric, Metric):
        chosen = metric
    elif isinstance(metric, str):
        chosen = _named(metric, outcome, can)
    elif callable(metric):
        chosen = _from_callable(metric, name_of(metric), outcome, can, told=told)
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
        return _from_callable(get_scorer(name), name.removeprefix("neg_"), outcome, can, told=None)


def _from_callable(
    function: Callable[..., Any], name: str, outcome: Outcome, can: "frozenset[Ability]", *, told: bool | None
) -> Metric:
    names = _required(function)
    if names[:1] == ["estimator"] or len(names) >= 3:
        return _from_scorer(function, name, outcome, can, greater=scorer_direction(function, name, told=told))
    built_in = _of_scikit_learn(function, name, outcome)
    if built_in is not None and told in {None, built_in.greater_is_better}:
        return built_in
    greater, needs = direction(name, told=told), _second_argument(names)

    def measure(y: Numbers, output: Numbers, **weights: Numbers) -> float:
        answers = _decode(output, outcome) if needs == "predictions" else output
        return _called(name, function, _decode(y, outcome), answers, **weights)

    return custom_metric(
        measure, name=name, greater_is_better=greater, needs=needs, tasks=frozenset({outcome.task}),
        takes_weights=_try_out(measure, name, needs, outcome) and _takes_weights(function, measure, needs, outcome),
    )  # fmt: skip


def _from_scorer(
    scorer: Callable[..., Any], name: str, outcome: Outcome, can: "frozenset[Ability]", *, greater: bool
) -> Metric:
    needs, sign = _probe(scorer, name, outcome, can), getattr(scorer, "_sign", 1)

    def measure(y: Numbers, output: Numbers, **weights: Numbers) -> float:
        rows = np.arange(len(y)).reshape(-1, 1)
        return sign * _called(name, scorer, answers_for(needs)(outcome, output), rows, _decode(y, outcome), **weights)

    custom = custom_metric(
        measure, name=name, greater_is_better=greater, needs=needs, tasks=frozenset({outcome.task}),
        takes_weights=_takes_weights(scorer, measure, needs, outcome),
    )  # fmt: skip
    return _same_built_in(scorer, name, outcome, custom) or custom


def _same_built_in(scorer: Callable[..., Any], name: str, outcome: Outcome, custom: Metric) -> Metric | None:
    """Return the built-in that a scorer of a plain function of scikit-learn's is, if it gives the same on a trial."""
    function = getattr(scorer, "_score_func", None)
    if function is None or getattr(scorer, "_kwargs", None):
        return None
    found = _of_scikit_learn(function, name, outcome)
    if found is None or (found.needs == "predictions") != (custom.needs == "predictions"):
        return None
    y, output = trial_rows(outcome, custom.needs)
    same = found.greater_is_better == custom.greater_is_better and np.isclose(found(y, output), custom(y, output), 1e-9)
    return found if same else None


def _takes_weights(function: Callable[..., Any], measure: Callable[..., float], needs: Needs, outcome: Outcome) -> bool:
    """Say whether a function, or that inside a scorer, takes `sample_weight` and means by it what repeated rows do."""
    try:
        if "sample_weight" not in inspect.signature(getattr(function, "_score_func", function)).parameters:
            return False
        y, output = trial_rows(outcome, needs)
        counts = 1 + np.arange(len(y)) % 3
        rows = np.repeat(np.arange(len(y)), counts)
        return bool(np.isclose(measure(y, output, sample_weight=counts.astype(float)), measure(y[rows], output[rows])))
    except (TypeError, ValueError, ModelError):  # a compiled function may show no signature
        return False


def _try_out(measure: Callable[..., float], name: str, needs: Needs, outcome: Outcome) -> bool:
    """Call a function on a few made-up rows; raise `ModelError` if it can't do with them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            measure(*trial_rows(outcome, needs))
    except ModelError:
        raise
    except ValueError as error:
        if isinstance(error.__cause__, ArithmeticError):  # no value there: that is said where it is measured
            return True
        raise ModelError(
            f"metric={name!r} raised {type(error).__name__} on a trial. It gets two arrays: the labels, and "
            f"{'predicted labels' if needs == 'predictions' else needs}."
        ) from error
    return True


def _called(name: str, function: Callable[..., Any], *given: Any, **weights: Numbers) -> float:  # noqa: ANN401 - handed on
    """Call the user's metric: without a value on these rows it raises ValueError or divides by zero, else it is wrong."""
    try:
        return float(function(*given, **weights))
    except ArithmeticError as error:
        raise ValueError(str(error)) from error
    except (ValueError, ModelError):
        raise
    except Exception as error:  # the user's own function may raise anything
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


def trial_rows(outcome: Outcome, needs: Needs) -> tuple[Floats, Floats]:
    """Return a few made-up outcomes (n,) of unequally frequent classes, and answers to them that are partly wrong."""
    if outcome.task == "regression":
        y = np.arange(1.0, 61.0)
        return y, y * 1.1 + np.arange(60) % 5 * 0.3
    count = len(outcome.classes)
    y = np.concatenate([np.full(20 + 10 * code, float(code)) for code in range(count)])
    row = np.arange(len(y))
    said = np.where(row % 7 == 0, (y + 1) % count, y)
    if needs == "predictions":
        return y, said
    by_class = np.eye(count)[said.astype(int)] * 0.6 + 0.4 / count + (row[:, None] * 3 + np.arange(count)) % 11 * 0.01
    by_class /= by_class.sum(axis=1, keepdims=True)
    return y, by_class[:, 1].copy() if outcome.task == "binary" else by_class


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
    if outcome.task == "regression":
        kind = Answers
    else:
        kind = RankedAnswers if "scores" in can and "probabilities" not in can else ProbableAnswers
    y, output = trial_rows(outcome, "probabilities")
    answers = kind(outcome, output)
    try:
        with warnings.catch_warnings():  # such as that a class is never predicted
            warnings.simplefilter("ignore")
            float(scorer(answers, np.arange(len(y)).reshape(-1, 1), _decode(y, outcome)))
    except Exception as error:  # the user's own scorer may raise anything
        raise ModelError(
            f"metric={name!r} raised {type(error).__name__} on a trial. A scorer gets an estimator that repeats the model's "
            "answers, and row numbers for X: it can't look at columns."
        ) from error
    wanted: tuple[Needs, ...] = ("probabilities", "scores")
    return next((each for each in wanted if each in answers.asked), "predictions")
