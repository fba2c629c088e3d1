"""How a fitted model is trained again: a copy for it, what `fit` has to be told, and what is left out.

A copy knows what the model's constructor was given. Boosters were told more: CatBoost and LightGBM which columns are
categories, in `fit` or by a file; all of them when to stop, by an evaluation set that refits don't have.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import numpy as np

from mlops_widgets.errors import listed
from mlops_widgets.study.faces.catboost_face import catboost_stop, given_lists, quiet, without_lists, word_lists
from mlops_widgets.study.faces.lightgbm_face import category_places, lightgbm_prints, lightgbm_stop
from mlops_widgets.study.faces.native import Stop
from mlops_widgets.study.faces.xgboost_face import xgboost_stop

_STOPS: Mapping[str, Callable[[Any, Any], Stop]] = {
    "catboost": catboost_stop, "lightgbm": lightgbm_stop, "xgboost": xgboost_stop,
}  # fmt: skip
_FITTED_TWINS = (("estimator", "best_estimator_"), ("regressor", "regressor_"))
"""Parameters that hold an estimator never fitted, and the attributes that hold its fitted copy."""


def untrained(model: Any, *, seed: int | None = None) -> Any:  # noqa: ANN401 - any estimator
    """Return a copy of `model` that can be fitted on rows alone, prints nothing and draws the same numbers each time.

    A booster that an evaluation set stopped learns as many rounds as were its best.

    Parameters
    ----------
    model
        An estimator, fitted or not; it stays as it is.
    seed
        Draws a number for every `random_state`; by default those that are None become 0.

    Examples
    --------
    >>> from sklearn.linear_model import SGDClassifier
    >>> untrained(SGDClassifier(alpha=0.1))
    SGDClassifier(alpha=0.1, random_state=0)
    """
    copy = quiet(_copied(model))
    changes = {
        f"{path}__{name}" if path else name: value
        for path, given, fitted in _boosters(model)
        for name, value in _changes(given, fitted).items()
    }
    copy.set_params(**changes)
    names = random_states(copy)
    if seed is None:
        parameters = copy.get_params()
        return copy.set_params(**{name: 0 for name in names if parameters[name] is None})
    drawn = np.random.default_rng(seed + 1).integers(0, 2**31 - 1, len(names))
    return copy.set_params(**{name: int(state) for name, state in zip(names, drawn, strict=True)})


def _changes(given: Any, fitted: Any) -> dict[str, Any]:  # noqa: ANN401 - estimators of a booster's
    prints = lightgbm_prints(given) if _library(given) == "lightgbm" else {}
    return {**prints, **_STOPS[_library(given)](given, fitted).changes}


def random_states(estimator: Any) -> list[str]:  # noqa: ANN401 - any estimator
    """Return the names of the parameters that `seed` of `untrained` sets; scikit-learn warns of one set to "deprecated"."""
    return [
        name
        for name, value in estimator.get_params().items()
        if name.rpartition("__")[2] == "random_state" and not isinstance(value, str)
    ]


def fit_arguments(model: Any) -> dict[str, Any]:  # noqa: ANN401 - any estimator
    """Return what `fit` of a copy has to be told beside the rows: which columns a fitted booster took as categories.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> fit_arguments(LogisticRegression())
    {}
    """
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        name, last = steps[-1]
        return {f"{name}__{argument}": value for argument, value in fit_arguments(last).items()}
    for _, attribute in _FITTED_TWINS:
        if hasattr(model, attribute):
            return fit_arguments(getattr(model, attribute))
    if _library(model) == "catboost":
        told = given_lists(model)
        return {name: columns for name, columns in word_lists(model).items() if name not in told}
    places = category_places(model) if _library(model) == "lightgbm" else []
    return {"categorical_feature": places} if places else {}


def with_category_columns(estimator: Any, fitted: Any) -> Any:  # noqa: ANN401 - any estimators
    """Return `estimator` that knows CatBoost's category columns as the `fitted` one of the same make does.

    Refits of a fitted model need no such thing. An estimator that was never fitted has only its constructor to know them.
    """
    told = fit_arguments(fitted)
    ours = {name: columns for name, columns in told.items() if name.rpartition("__")[2] != "categorical_feature"}
    return estimator.set_params(**ours)


def refit_notes(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any model
    """Return in sentences what refits of the model do otherwise than its own training, or had to be told."""
    if not hasattr(model, "fit") or not hasattr(model, "get_params"):
        return ()
    notes = [
        f"{type(given).__name__} was stopped early, at {stop.rounds} of {stop.asked} rounds. Refits learn {stop.rounds} "
        "rounds, on all rows that they are given and without early stopping."
        for _, given, fitted in _boosters(model)
        if (stop := _STOPS[_library(given)](given, fitted)).changes and stop.rounds is not None
    ]
    named = [
        f"Refits tell CatBoost which columns its own training took as {_TAKEN_AS[argument.rpartition('__')[2]]}: "
        f"{listed(columns)}."
        for argument, columns in fit_arguments(model).items()
        if argument.rpartition("__")[2] in _TAKEN_AS
    ]
    return (*notes, *named)


_TAKEN_AS = {"cat_features": "categories", "text_features": "text", "embedding_features": "vectors"}


def _boosters(model: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - any estimator
    """Give the boosters in a model: the path of their parameters, what the constructor was given, what was fitted."""
    given = {"": model, **model.get_params()}
    fitted = dict(given)
    for name, attribute in _FITTED_TWINS:
        twin: Any = getattr(model, attribute, None)
        if name in given and hasattr(twin, "get_params"):
            fitted |= {name: twin, **{f"{name}__{inner}": value for inner, value in twin.get_params().items()}}
    for path, part in given.items():
        if _library(part) in _STOPS and hasattr(part, "fit") and hasattr(part, "get_params"):
            yield path, part, fitted.get(path, part)


def _copied(model: Any) -> Any:  # noqa: ANN401 - any estimator
    """Return scikit-learn's clone; it refuses CatBoost's lists of columns, since the constructor copies them.

    So they are taken off, in a copy of all that holds them, and set again on the clone.
    """
    from sklearn.base import clone

    lists: dict[str, Any] = {}
    replaced: dict[int, Any] = {}
    for path, given, _ in _boosters(model):
        told = given_lists(given) if _library(given) == "catboost" else {}
        if told:
            lists |= {f"{path}__{name}" if path else name: columns for name, columns in told.items()}
            replaced[id(given)] = without_lists(given)
    return clone(deepcopy(model, replaced)).set_params(**lists) if lists else clone(model)


def _library(part: object) -> str:
    return type(part).__module__.partition(".")[0]
