"""What the model is, what it predicts and which columns it takes: as told, else as the model says, else as data look."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, TableError, listed
from mlops_widgets.measures.metrics import Task
from mlops_widgets.study.answer_columns import left_out_words, other_answers
from mlops_widgets.study.categories import Categories
from mlops_widgets.study.faces.catboost_face import gap_notes
from mlops_widgets.study.faces.native import NativeModel
from mlops_widgets.study.logged import Logged, LoggedPredictor
from mlops_widgets.study.model_columns import as_called_in, own_columns
from mlops_widgets.study.native_models import with_sklearn_face
from mlops_widgets.study.outcomes import Outcome, find_outcome, sort_key
from mlops_widgets.study.predictor import (
    EstimatorPredictor,
    FunctionPredictor,
    Predictor,
    check_columns,
    classes_of,
    numeric_column,
)
from mlops_widgets.study.reading import Parts
from mlops_widgets.study.refitting import refit_notes
from mlops_widgets.study.tables import Table, inferred

Function = Callable[[pd.DataFrame], Any]


@dataclass(frozen=True, kw_only=True)
class ModelInputs:
    """The model arguments of `load_study`; a model of another library is given scikit-learn's methods."""

    model: Any
    predict: Function | None
    predict_proba: Function | None
    logged: Logged
    decision_threshold: float | None

    def __post_init__(self) -> None:
        """Put the model behind a face."""
        object.__setattr__(self, "model", with_sklearn_face(self.model))


def check_model(model: Any, *, argument: str) -> None:  # noqa: ANN401 - anything
    """Raise `InputError` if `model` isn't something that predicts."""
    kind = type(model).__name__
    if isinstance(model, type):
        raise InputError(
            f"{argument}={model.__name__} is a class. Pass a fitted object: {model.__name__}(…).fit(X, y)."
        )
    able = any(hasattr(model, method) for method in ("predict", "predict_proba", "decision_function"))
    if not able and not callable(model):
        raise InputError(f"{argument}= is {kind}, which has no predict. Pass a fitted estimator or a function.")
    if type(model).__module__.startswith("sklearn.") and not _is_fitted(model):
        raise InputError(f"{argument}= is {kind} before it was fitted. Pass {argument}=model.fit(X, y).")


def _is_fitted(model: Any) -> bool:  # noqa: ANN401 - an estimator of scikit-learn's
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return True


def choose_outcome(
    inputs: ModelInputs,
    parts: Parts,
    *,
    target: str,
    task: Task | None,
    positive: Any,  # noqa: ANN401 - a label
) -> Outcome:
    """Return task and classes; without a model's word all labels of all tables count."""
    if inputs.model is not None:
        check_model(inputs.model, argument="model")
    labels = pd.concat([table[target].astype(object) for table in parts.all if target in table], ignore_index=True)
    known = inferred(labels)
    return find_outcome(
        known, target=target, task=task, positive=positive, classes=_classes(inputs.model, known),
        regressor=_is_regressor(inputs.model),
    )  # fmt: skip


def _classes(model: Any, labels: "pd.Series[Any]") -> list[Any] | None:  # noqa: ANN401 - anything
    """Return the model's classes; where it knows only how many, 0, 1 … if the labels are such numbers."""
    found = classes_of(model)
    if found is None and isinstance(model, NativeModel) and model.native.class_count:
        codes = range(model.native.class_count)
        present = labels.dropna()
        if pd.api.types.is_numeric_dtype(present) and present.isin(codes).all():
            return list(codes)
    return found


def _is_regressor(model: Any) -> bool:  # noqa: ANN401 - anything
    from sklearn.base import is_regressor

    if not hasattr(model, "__sklearn_tags__"):
        return getattr(model, "_estimator_type", None) == "regressor"
    return bool(is_regressor(model))


def choose_features(
    inputs: ModelInputs,
    parts: Parts,
    asked: Mapping[str, tuple[str, ...]],
    *,
    target: str,
    split: Any,  # noqa: ANN401
) -> tuple[tuple[str, ...], str]:
    """Return the feature columns and, in a sentence, why these.

    Raises
    ------
    InputError
        If the model takes another number of columns than are left, or the target itself.
    """
    own = as_called_in(own_columns(inputs.model), (column for table in parts.all for column in table.columns))
    if asked["features"]:
        chosen, how = asked["features"], "Feature columns as given in features=."
    elif own:
        chosen, how = (
            own,
            f"Feature columns are the model's own {len(own)}."
            if len(own) > 1
            else "The feature column is the model's own.",
        )
    else:
        chosen, how = _left_over(inputs, parts, asked, target=target, split=split)
    if target in chosen:
        raise _told_its_target(target, is_own=bool(own and not asked["features"]))
    return chosen, how


def _told_its_target(target: str, *, is_own: bool) -> InputError:
    if is_own:
        return InputError(
            f"target={target!r} is a column that the model takes, so the model is told what it should predict. Choose "
            "another target, or a model that was trained without this column."
        )
    return InputError(
        f"target={target!r} is among the features that features= or the model's file names, so the model is told what it "
        "should predict. Choose another target, or take it out of the features."
    )


def _left_over(
    inputs: ModelInputs,
    parts: Parts,
    asked: Mapping[str, tuple[str, ...]],
    *,
    target: str,
    split: Any,  # noqa: ANN401 - anything
) -> tuple[tuple[str, ...], str]:
    taken = {
        target,
        *(name for names in asked.values() for name in names),
        *([split] if isinstance(split, str) else []),
    }
    first = parts.all[0]
    left = tuple(column for column in first.columns if column not in taken)
    left = tuple(column for column in left if all(column in table for table in parts.all))
    logged = inputs.logged.columns
    answers = other_answers(parts.all, left, logged) if logged and inputs.model is None else ()
    left = tuple(column for column in left if column not in answers)
    wanted = getattr(inputs.model, "n_features_in_", len(left))
    if wanted != len(left):
        raise InputError(
            f"The model takes {wanted} column{'s' if wanted != 1 else ''} and knows no names; {len(left)} "
            f"{'are' if len(left) != 1 else 'is'} left without a role: {listed(left)}. "
            "Name them, in the model's order, in features=."
        )
    return left, _left_over_words(left) + left_out_words(answers)


def _left_over_words(left: Sequence[str]) -> str:
    """Say which columns were taken as features where nothing named them."""
    if len(left) == 1:
        return f"No column names to go by: the one column without another role is the feature: {left[0][:60]!r}."
    named = f": {listed(map(repr, left))}" if left else ""
    return f"No column names to go by: the {len(left)} columns without another role are the features{named}."


def choose_predictor(
    inputs: ModelInputs, parts: Parts, *, outcome: Outcome, features: tuple[str, ...], weights: str | None
) -> Predictor:
    """Return the model behind one face; `weights` is the column that its refits may take.

    Raises
    ------
    InputError
        If there is no model, or more than one.
    """
    predict, predict_proba, threshold = inputs.predict, inputs.predict_proba, inputs.decision_threshold
    if inputs.model is not None:
        if predict is not None or predict_proba is not None:
            raise InputError("Pass model=, or predict= and predict_proba=, not both.")
        return _live(inputs.model, parts, outcome, features, threshold, weights=weights)
    for argument, function in (("predict", predict), ("predict_proba", predict_proba)):
        if function is not None and not callable(function):
            raise InputError(f"{argument}= is {type(function).__name__}. Pass a function of a pandas frame.")
    if predict is not None or predict_proba is not None:
        return FunctionPredictor(
            outcome=outcome, features=features, predict=predict, predict_proba=predict_proba,
            decision_threshold=threshold, categories=Categories.find(None, parts.all, features),
        )  # fmt: skip
    if inputs.logged.predictions is None and not inputs.logged.scores:
        raise InputError(
            "No model given. Pass model=, predict=, or columns of logged answers: predictions= or scores=."
        )
    return _logged_predictor(inputs.logged, parts, outcome, threshold)


def choose_challenger(
    challenger: Any,  # noqa: ANN401 - anything
    parts: Parts,
    inputs: ModelInputs,
    *,
    outcome: Outcome,
    features: tuple[str, ...],
) -> Predictor | None:
    """Return the other model, on its own columns where it knows them."""
    if challenger is None:
        return None
    faced = with_sklearn_face(challenger)
    check_model(faced, argument="challenger")
    known = (column for table in parts.all for column in table.columns)
    own = as_called_in(own_columns(faced), known) or features
    found = _live(faced, parts, outcome, own, inputs.decision_threshold)
    for table in parts.measured:
        check_columns(own, table, name=f"challenger= {found.name}")
    return found


def _live(
    model: Any,  # noqa: ANN401 - anything
    parts: Parts,
    outcome: Outcome,
    features: tuple[str, ...],
    threshold: float | None,
    *,
    weights: str | None = None,
) -> Predictor:
    categories = Categories.find(model, parts.all, features)
    notes = [*categories.notes(model, parts.all), *gap_notes(model, features, parts.all)]
    if parts.reference is not None:
        notes += refit_notes(model)
    name = ""
    if isinstance(model, NativeModel):
        model, said = _fitted_to(model, outcome)
        name, notes = model.native.name, [*model.native.notes, *said, *notes]
    if callable(model) and not hasattr(model, "predict"):
        predict, predict_proba = _function_kind(model, parts, features, outcome, categories)
        found: Predictor = FunctionPredictor(
            outcome=outcome, features=features, predict=predict, predict_proba=predict_proba,
            decision_threshold=threshold, categories=categories, name=name,
        )  # fmt: skip
    else:
        found = EstimatorPredictor(
            model, outcome=outcome, features=features, name=name, decision_threshold=threshold, categories=categories,
            weights=weights,
        )  # fmt: skip
    found.notes = tuple(notes)
    return found


def _fitted_to(model: NativeModel, outcome: Outcome) -> tuple[NativeModel, list[str]]:
    """Return the model with answers of the kind that the task needs and its classes named, and a note on these."""
    native = model.native
    if outcome.task == "regression":
        return (model.of_kind("numbers") if native.kind != "unknown" else model), []
    if native.kind == "numbers":
        return model.of_kind("scores"), []
    if native.labels is not None or not native.class_count:
        return model, []
    labels = sorted(outcome.classes, key=sort_key)
    if len(labels) != native.class_count:
        raise InputError(
            f"{native.name} has {native.class_count} classes without names; target={outcome.target!r} has {len(labels)} "
            f"labels: {listed(labels)}. Pass tables that hold every class, or a model that knows its classes."
        )
    plain = labels == list(range(len(labels)))
    said = (
        f"Labels are those of the tables: {native.name} knows none, so its classes 0 to {len(labels) - 1} are taken as "
        f"{listed(labels)}, in sorted order."
    )
    return model.with_labels(labels), [] if plain else [said]


def _function_kind(
    function: Function, parts: Parts, features: tuple[str, ...], outcome: Outcome, categories: Categories
) -> tuple[Function | None, Function | None]:
    """Try a function on a few rows: fractions between 0 and 1, or a column a class, are probabilities."""
    if outcome.task == "regression":
        return function, None
    trial = parts.all[0].take(np.arange(min(50, parts.all[0].rows)))
    probe = FunctionPredictor(
        outcome=outcome, features=features, predict=function, predict_proba=None, categories=categories
    )
    return (None, function) if _are_probabilities(probe.raw(trial)) else (function, None)


def _are_probabilities(answer: "npt.NDArray[Any]") -> bool:
    if answer.ndim == 2 and answer.shape[1] > 1:
        return True
    return answer.dtype.kind == "f" and bool(
        ((answer >= 0) & (answer <= 1)).all() and not np.isin(answer, [0, 1]).all()
    )


def _logged_predictor(logged: Logged, parts: Parts, outcome: Outcome, threshold: float | None) -> LoggedPredictor:
    if outcome.task == "regression" and logged.predictions is None:
        raise InputError("For numbers pass predictions= (the column of predicted values) instead of scores=.")
    allowed = {"binary": {0, 1, 2}, "multiclass": {0, len(outcome.classes)}, "regression": {0}}[outcome.task]
    if len(logged.scores) not in allowed:
        raise InputError(
            f"scores= names {len(logged.scores)} column{'s' if len(logged.scores) != 1 else ''} for a {outcome.task} target. "
            f"One a class, in this order: {listed(sorted(map(str, outcome.classes)))}."
        )
    proper = bool(logged.scores)
    for table in parts.all:
        for column in logged.columns:
            if column not in table and table.name != "reference":
                raise TableError(
                    f"{table.name} has no column {column!r} of logged answers. Columns: {listed(table.columns)}."
                )
        for column in (each for each in logged.scores if each in table):
            values = numeric_column(table, column, argument="scores")
            proper = proper and bool(((values >= 0) & (values <= 1))[~np.isnan(values)].all())
    return LoggedPredictor(outcome=outcome, logged=logged, decision_threshold=threshold, proper=proper)


def check_answers(model: Predictor, tables: Iterable[Table]) -> None:
    """Raise `TableError` if logged predictions hold labels or cells that mean nothing."""
    if isinstance(model, LoggedPredictor):
        for table in tables:
            model.check(table)
