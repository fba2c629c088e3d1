"""A plain CatBoost object behind scikit-learn's methods."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.study.faces.native import Answers, Kind, Native, NativeModel, Stop, face_of, one_target
from mlops_widgets.study.tables import Table

_EXPONENTIAL = ("Poisson", "Tweedie")
_RANKERS = ("YetiRank", "PairLogit", "QueryRMSE", "QuerySoftMax", "QueryCrossEntropy", "StochasticRank", "LambdaMart")

_PRINTING = ("verbose", "verbose_eval", "silent", "logging_level", "metric_period")
"""Parameters that say what is printed, of which one at most may be given."""

_LISTS = ("cat_features", "text_features", "embedding_features")
_ROUNDS = ("iterations", "n_estimators", "num_boost_round", "num_trees")
_RATES = ("learning_rate", "eta")

MISSING_WORD = "nan"
"""What a missing cell of a category column is called for CatBoost, which takes words only: what `astype(str)` makes of it."""


def catboost_face(model: Any) -> NativeModel:  # noqa: ANN401 - a catboost.CatBoost
    """Return the face of a `catboost.CatBoost`, which gives raw values unless it is asked for more."""
    loss = str(model.get_all_params().get("loss_function", ""))
    labels = tuple(model.classes_)
    if loss.startswith("Multi") and not labels:
        one_target("the CatBoost model", 2)
    kind: Kind = "probabilities" if labels else "scores" if loss.startswith(_RANKERS) else "numbers"
    asked = "Probability" if labels else "Exponent" if loss.startswith(_EXPONENTIAL) else "RawFormulaVal"

    def answer(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        found: Answers = model.predict(frame, prediction_type=asked)
        return found

    def label(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        found: Answers = model.predict(frame, prediction_type="Class")
        return found

    columns = catboost_columns(model)
    return face_of(
        Native(
            name="the CatBoost model", model=model, kind=kind, answer=answer, columns=columns,
            width=len(model.feature_names_), class_count=len(labels), labels=labels or None,
            label=label if labels else None,
        )
    )  # fmt: skip


def catboost_columns(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any CatBoost model
    """Return the columns that a CatBoost model learned; empty where they are numbers, as of an array."""
    names = tuple(str(name) for name in model.feature_names_ or ())
    return () if names == tuple(str(i) for i in range(len(names))) else names


def quiet(estimator: Any) -> Any:  # noqa: ANN401 - any unfitted estimator of scikit-learn's kind
    """Return `estimator`, in which CatBoost, also inside a pipeline or search, now fits without leaving files or prints.

    By default a fit writes a folder `catboost_info` into the working folder and a line a tree to the screen.
    """
    for part in (estimator, *estimator.get_params().values()):
        if type(part).__module__.startswith("catboost."):
            prints = {} if set(_PRINTING) & set(part.get_params()) else {"verbose": False}
            part.set_params(allow_writing_files=False, **prints)
    return estimator


def given_lists(estimator: Any) -> dict[str, Any]:  # noqa: ANN401 - an estimator of CatBoost's
    """Return the lists of category, text and embedding columns that the constructor was given."""
    parameters = estimator.get_params()
    return {name: parameters[name] for name in _LISTS if parameters.get(name) is not None}


def without_lists(estimator: Any) -> Any:  # noqa: ANN401 - an estimator of CatBoost's
    """Return an unfitted copy that wasn't given these lists."""
    return type(estimator)(**{name: value for name, value in estimator.get_params().items() if name not in _LISTS})


def word_lists(model: Any) -> dict[str, list[Any]]:  # noqa: ANN401 - a CatBoost model
    """Return the category, text and embedding columns that a fitted model learned, by name where it knows names."""
    if not model.is_fitted():
        return {}
    found = (
        model.get_cat_feature_indices(), model.get_text_feature_indices(), model.get_embedding_feature_indices()
    )  # fmt: skip
    names = catboost_columns(model)
    return {
        name: [names[place] if names else int(place) for place in places]
        for name, places in zip(_LISTS, found, strict=True)
        if len(places)
    }


def catboost_stop(given: Any, fitted: Any) -> Stop:  # noqa: ANN401 - estimators of CatBoost's
    """Return where a CatBoost estimator stopped; `given` may be a copy of `fitted` that never learned.

    The learning rate, which CatBoost chooses by the number of rounds, stays that of the model.
    """
    parameters = given.get_params()
    changes: dict[str, Any] = {"use_best_model": False} if parameters.get("use_best_model") else {}
    counted = next((name for name in _ROUNDS if parameters.get(name) is not None), "iterations")
    learned = fitted.get_all_params() if fitted.is_fitted() else {}
    asked = int(learned.get("iterations") or parameters.get(counted) or 1000)  # CatBoost's own default
    rounds = int(fitted.tree_count_) if learned.get("iterations") else None
    if rounds is None or not 0 < rounds < asked:
        return Stop(asked=asked, rounds=None, changes=changes)
    changes[counted] = rounds
    if not any(parameters.get(name) is not None for name in _RATES):
        changes["learning_rate"] = float(fitted.learning_rate_)
    return Stop(asked=asked, rounds=rounds, changes=changes)


def word_places(model: Any, columns: Sequence[object] = ()) -> tuple[int, ...]:  # noqa: ANN401 - anything
    """Return the places of the columns that a CatBoost model takes as words: categories and text; else none.

    One that has yet to learn says it by its constructor, perhaps by names: those of `columns`.
    """
    inside = model.native.model if isinstance(model, NativeModel) else getattr(model, "best_estimator_", model)
    if not type(inside).__module__.startswith("catboost."):
        return ()
    if inside.is_fitted():
        return tuple(int(place) for place in (*inside.get_cat_feature_indices(), *inside.get_text_feature_indices()))
    told = given_lists(inside)
    wanted = [each for name in ("cat_features", "text_features") for each in told.get(name, ())]
    places = {name: place for place, name in enumerate(columns)}
    return tuple(found for each in wanted if isinstance(found := places.get(each, each), int))


def as_words(frame: pd.DataFrame, places: Iterable[int]) -> pd.DataFrame:
    """Return the frame with these columns as CatBoost takes them: missing cells are a word, whole numbers are whole."""
    for place in places:
        cells = frame.iloc[:, place]
        if pd.api.types.is_float_dtype(cells) and _whole(cells):  # numbers beside gaps, which CatBoost refuses
            cells = cells.astype("Int64").astype(object)
        if cells.isna().any():
            cells = cells.astype(object).where(cells.notna(), MISSING_WORD)
        frame.isetitem(place, cells.array)
    return frame


def _whole(cells: "pd.Series[Any]") -> bool:
    numbers = cells.dropna().to_numpy(dtype=np.float64)
    return bool((np.isfinite(numbers) & (numbers == np.round(numbers))).all())


def gap_notes(model: Any, features: tuple[str, ...], tables: Iterable[Table]) -> list[str]:  # noqa: ANN401 - anything
    """Return in sentences which cells CatBoost gets as a word because they are missing."""
    columns = [features[place] for place in word_places(model)]
    return [
        f"{table.name}: {missing:,} of {table.rows:,} cells of {column!r} are missing. CatBoost takes words only there, so "
        f"it gets them as {MISSING_WORD!r}. If the model learned another word for them, fill them with it before loading."
        for table in tables
        for column in columns
        if column in table and (missing := int(table[column].isna().sum()))
    ]
