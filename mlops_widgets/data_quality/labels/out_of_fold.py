"""What several models say of rows that they didn't learn from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.folds.splitters import Split, grouped_folds, random_folds, stratified_folds
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FOREST = 40
_LEARNED_ROWS = 5_000
"""Most rows that each fold's models learn from; every row is answered all the same."""
_FEWEST_ROWS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class OutOfFold:
    """Labelled rows and what models that haven't learned from them say.

    Parameters
    ----------
    rows
        Positions in the table, shape (n,).
    y
        Encoded labels, shape (n,).
    answers
        Name of the model → probabilities (n, classes), or predictions (n,) in regression.
    """

    rows: Integers
    y: Floats
    answers: dict[str, Floats]


def out_of_fold(
    study: Study, table: Table, *, folds: int, seed: int, progress: Progress | None = None, cancel: Cancel | None = None
) -> OutOfFold:
    """Return what a linear model, a forest and, where it can be refitted, the user's own say of rows they didn't learn from.

    Folds keep resampling units whole, and are stratified by class where units are rows.

    Raises
    ------
    MissingInputError
        If there are fewer than 20 labelled rows, or of a class fewer than two.
    """
    y = study.labels(table)
    rows = np.flatnonzero(~np.isnan(y))
    known = table.take(rows)
    y = y[rows]
    _check(study, y)
    rng = np.random.default_rng(seed)
    splits = _folds(study, known, y, folds, rng)
    tasks = [(name, split) for split in splits for name in _models(study)]
    width = () if study.task == "regression" else (len(study.outcome.classes),)
    answers = {name: np.full((len(y), *width), np.nan) for name in _models(study)}
    encoded = learn_encoding(known, _features(study, known)).numbers(known)[0]
    if not encoded.shape[1]:
        raise MissingInputError(
            "columns to learn from", "Pass a table with the columns that tell rows apart beside the label."
        )
    for name, split in steps(tasks, "fit", progress, cancel):
        learned = (
            split.train if len(split.train) <= _LEARNED_ROWS else rng.choice(split.train, _LEARNED_ROWS, replace=False)
        )
        if name == "your model":
            answers[name][split.test] = _own(study, known, learned, split.test, seed)
        else:
            model = _estimator(study, name, seed)
            with one_thread():
                model.fit(encoded[learned], y[learned])
                answers[name][split.test] = _answers(study, model, encoded[split.test])
    return OutOfFold(rows=rows, y=y, answers=answers)


def _features(study: Study, table: Table) -> list[str]:
    """Return the model's columns; of logged answers, those that are neither label, answer nor another role."""
    return list(study.model.features) or [name for name in table.columns if name not in study.roles.not_inputs]


def _check(study: Study, y: Floats) -> None:
    few = study.task != "regression" and np.bincount(y.astype(np.int64), minlength=1).max(initial=0) == len(y)
    if len(y) < _FEWEST_ROWS or few:
        raise MissingInputError(
            f"{_FEWEST_ROWS} labelled rows of two classes or more",
            "Pass a reference with the labels that the model learned from.",
        )


def _models(study: Study) -> Iterator[str]:
    yield "linear model"
    yield "forest"
    if isinstance(study.learner, EstimatorPredictor) and "refit" in study.learner.can and _says(study):
        yield "your model"


def _says(study: Study) -> bool:
    return study.task == "regression" or "probabilities" in study.learner.can


def _folds(study: Study, table: Table, y: Floats, folds: int, rng: np.random.Generator) -> list[Split]:
    if study.unit != "row":
        units = study.units(table)
        if len(np.unique(units)) >= folds:
            return grouped_folds(units, folds=folds, rng=rng, classes=None if study.task == "regression" else y)
    if study.task == "regression":
        return random_folds(len(y), folds=folds, rng=rng)
    return stratified_folds(y, folds=folds, rng=rng)


def _own(study: Study, table: Table, learned: Integers, asked: Integers, seed: int) -> Floats:
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor):
        raise TypeError(f"{type(learner).__name__} holds no estimator.")
    fitted, rows = learner.refit(table.take(learned), seed=seed), table.take(asked)
    return fitted.predictions(rows) if study.task == "regression" else _both(fitted.probabilities(rows))


def _both(probabilities: Floats) -> Floats:
    """Return probabilities with one column a class: of two classes only the positive one's may be given."""
    return np.column_stack([1 - probabilities, probabilities]) if probabilities.ndim == 1 else probabilities


def _answers(study: Study, model: Any, encoded: Floats) -> Floats:  # noqa: ANN401 - scikit-learn's
    if study.task == "regression":
        return np.asarray(model.predict(encoded), dtype=np.float64)
    found = np.zeros((len(encoded), len(study.outcome.classes)))
    found[:, model.classes_.astype(np.int64)] = model.predict_proba(encoded)
    return found


def _estimator(study: Study, name: str, seed: int) -> Any:  # noqa: ANN401 - scikit-learn's
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    if name == "forest":
        forest = RandomForestRegressor if study.task == "regression" else RandomForestClassifier
        return forest(_FOREST, min_samples_leaf=2, random_state=seed)
    return Ridge(alpha=1.0) if study.task == "regression" else LogisticRegression(max_iter=200, tol=1e-3)
