"""A LightGBM Booster behind scikit-learn's methods."""

import re
from typing import Any

import numpy as np

from mlops_widgets.study.faces.native import Kind, Native, NativeModel, Stop, face_of

_PROBABILITIES = {"binary": 2, "cross_entropy": 2, "multiclass": 0, "multiclassova": 0}
_NUMBERS = frozenset(
    {
        "regression", "regression_l2", "regression_l1", "l1", "l2", "huber", "fair", "poisson", "quantile", "mape",
        "gamma", "tweedie", "cross_entropy_lambda",
    }
)  # fmt: skip

_STOPPING = ("early_stopping_round", "early_stopping_rounds", "early_stopping", "n_iter_no_change")
_ROUNDS = (
    "num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds", "nrounds",
    "num_boost_round", "max_iter",
)  # fmt: skip
"""Other names of `n_estimators`, which stand before it."""


def lightgbm_face(booster: Any) -> NativeModel:  # noqa: ANN401 - a lightgbm.Booster
    """Return the face of a `lightgbm.Booster`."""
    header = booster.model_to_string(num_iteration=1).partition("\nTree=")[0]
    fields = dict(line.partition("=")[::2] for line in header.split("\n"))
    objective = fields.get("objective", "").split(" ")[0]
    classes = _PROBABILITIES.get(objective, 0) or (int(fields["num_class"]) if objective in _PROBABILITIES else 0)
    names = tuple(str(name) for name in booster.feature_name())
    unnamed = all(re.fullmatch(rf"Column_{i}", name) for i, name in enumerate(names))
    lists = tuple(tuple(levels) for levels in booster.pandas_categorical or ())
    told = [name for name, said in zip(names, fields["feature_infos"].split(" "), strict=True) if _is_category(said)]

    def answer(frame: Any) -> Any:  # noqa: ANN401 - a frame or an array
        return np.asarray(booster.predict(frame))

    return face_of(
        Native(
            name="the LightGBM Booster", model=booster, kind=_kind(objective), answer=answer,
            columns=() if unnamed else names, width=len(names), class_count=classes, level_lists=lists,
            levels=dict(zip(told, lists, strict=True)) if len(told) == len(lists) else {},
        )
    )  # fmt: skip


def _is_category(said: str) -> bool:
    """Say whether a column's range is a list of category codes."""
    return said != "none" and not said.startswith("[")


def _kind(objective: str) -> Kind:
    """Return what the answers are; those of rankers and of objectives of the user's own only rank."""
    if objective in _PROBABILITIES:
        return "probabilities"
    return "numbers" if objective in _NUMBERS else "scores"


def lightgbm_stop(given: Any, fitted: Any) -> Stop:  # noqa: ANN401 - estimators of LightGBM's
    """Return where a LightGBM estimator stopped; `given` may be a copy of `fitted` that never learned."""
    parameters = given.get_params()
    counted = next((name for name in _ROUNDS if parameters.get(name) is not None), "n_estimators")
    rounds = getattr(fitted, "best_iteration_", 0) or None  # 0 without early stopping
    changes: dict[str, Any] = {name: 0 for name in _STOPPING if parameters.get(name)}
    if rounds is not None and rounds != parameters[counted]:
        changes[counted] = rounds
    return Stop(asked=int(parameters[counted]), rounds=rounds, changes=changes)


def category_places(model: Any) -> list[int]:  # noqa: ANN401 - an estimator of LightGBM's, fitted or not
    """Return the places of the columns that `fit` was told are categories; none where a frame's own types say it."""
    booster = getattr(model, "booster_", None)
    if booster is None or "categorical_feature" in model.get_params():
        return []
    places = [int(place) for place in booster.params.get("categorical_column") or ()]
    return places if len(places) != len(booster.pandas_categorical or ()) else []


def lightgbm_prints(given: Any) -> dict[str, int]:  # noqa: ANN401 - an estimator of LightGBM's
    """Return the parameter by which a copy prints nothing; none where its owner said what is printed."""
    return {} if {"verbose", "verbosity"} & set(given.get_params()) else {"verbose": -1}
