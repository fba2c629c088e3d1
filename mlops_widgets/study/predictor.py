"""One face for every kind of model: what it can do, and its answers as plain arrays, cached per table."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, MissingInputError, ModelError, TableError, did_you_mean, listed
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Ability = Literal["predict", "scores", "probabilities", "refit"]

_REMEDY: Mapping[Ability, str] = {
    "predict": "Pass model=, predict= or, where they were logged, predictions= (a column name).",
    "scores": "Pass a model with predict_proba or decision_function, predict_proba=, or scores= (a column name).",
    "probabilities": "Pass a model with predict_proba, predict_proba=, or scores= (a column of probabilities).",
    "refit": "Pass a scikit-learn-compatible estimator as model=, and its training rows as reference=.",
}


class Predictor:
    """What every model looks like from inside: columns in, arrays out.

    Parameters
    ----------
    outcome
        Task and classes.
    name
        What to call the model in sentences.
    features
        Columns that the model takes, in its order; empty for logged predictions.
    """

    def __init__(self, *, outcome: Outcome, name: str, features: tuple[str, ...]) -> None:
        self.outcome, self.name, self.features = outcome, name, features
        self._cache: dict[tuple[Table, str], Floats] = {}

    @property
    def can(self) -> frozenset[Ability]:
        """What the model is able to do."""
        raise NotImplementedError

    def need(self, ability: Ability) -> None:
        """Raise `MissingInputError` if the model can't do this."""
        if ability not in self.can:
            what = {"refit": "model that can be refitted", "predict": "predictions"}.get(ability, ability)
            raise MissingInputError(what, _REMEDY[ability])

    def predictions(self, table: Table) -> Floats:
        """Return predicted numbers or class codes, shape (rows,)."""
        return self._cached(table, "predict", self._predict)

    def scores(self, table: Table) -> Floats:
        """Return ranking scores of a binary task, shape (rows,): higher means more like the positive class."""
        return self._cached(table, "scores", self._scores)

    def probabilities(self, table: Table) -> Floats:
        """Return the positive class's probability, shape (rows,), or all classes', shape (rows, classes)."""
        return self._cached(table, "probabilities", self._probabilities)

    def refit(self, table: Table) -> "Predictor":
        """Return a new predictor of the same kind, trained on `table`."""
        raise MissingInputError("model that can be refitted", _REMEDY["refit"])

    def _cached(self, table: Table, ability: Ability, compute: Callable[[Table], Floats]) -> Floats:
        self.need(ability)
        key = (table, ability)
        if key not in self._cache:
            answer = compute(table)
            if len(answer) != table.rows:
                raise ModelError(f"{self.name} returned {len(answer):,} answers for the {table.rows:,} rows of {table.name}.")
            answer.flags.writeable = False
            self._cache[key] = answer
        return self._cache[key]

    def _predict(self, table: Table) -> Floats:
        raise NotImplementedError

    def _scores(self, table: Table) -> Floats:
        raise NotImplementedError

    def _probabilities(self, table: Table) -> Floats:
        raise NotImplementedError


@contextmanager
def users_code(name: str, doing: str) -> Iterator[None]:
    """Wrap whatever the user's own code raises, once, with its cause; limit its threads on small tables.

    Two pools of threads on few cores make a small fit ten times slower.
    """
    from threadpoolctl import threadpool_limits

    try:
        with threadpool_limits(limits=1):
            yield
    except (MissingInputError, ModelError):
        raise
    except Exception as error:  # noqa: BLE001 - the user's own code may raise anything
        first = (str(error).strip().splitlines() or [""])[0]
        raise ModelError(f"{name} raised {type(error).__name__} {doing}: {first[:300]}") from error


class EstimatorPredictor(Predictor):
    """A model with scikit-learn's methods, fitted; or made on first use by `make`."""

    def __init__(
        self,
        model: Any = None,  # noqa: ANN401 - anything with predict
        *,
        outcome: Outcome,
        features: tuple[str, ...],
        name: str = "",
        make: Callable[[], Any] | None = None,
        abilities: frozenset[Ability] | None = None,
        decision_threshold: float | None = None,
    ) -> None:
        super().__init__(outcome=outcome, name=name or type(model).__name__, features=features)
        self._model, self._make, self._abilities = model, make, abilities
        self._decision_threshold = decision_threshold

    @property
    def model(self) -> Any:  # noqa: ANN401 - the user's object
        """The user's own object; a sample's default model is fitted here, once."""
        if self._model is None and self._make is not None:
            with users_code(self.name, "while it was fitted"):
                self._model = self._make()
        return self._model

    @property
    def can(self) -> frozenset[Ability]:
        """What the model is able to do, by the methods that it has."""
        return abilities_of(self.model) if self._abilities is None else self._abilities

    def refit(self, table: Table) -> Self:
        """Return a clone fitted on the rows of `table` that have a label."""
        from sklearn.base import clone

        self.need("refit")
        labels = table[self.outcome.target]
        known = table.replace(table.pandas()[labels.notna()])
        with users_code(self.name, f"while it was fitted on {known.rows:,} rows of {table.name}"):
            model = clone(self.model).fit(self._inputs(known), known[self.outcome.target])
        return self._like(model)

    def with_model(self, model: Any) -> Self:  # noqa: ANN401 - any estimator
        """Return a predictor of the same columns and classes around another estimator."""
        return self._like(model)

    def _like(self, model: Any) -> Self:  # noqa: ANN401 - any estimator
        return type(self)(
            model, outcome=self.outcome, features=self.features, name=self.name,
            decision_threshold=self._decision_threshold,
        )  # fmt: skip

    def _inputs(self, table: Table) -> Any:  # noqa: ANN401 - a frame, or an array where the model knows no names
        check_columns(self.features, table, name=self.name)
        frame = table.pandas()[list(self.features)]
        if getattr(self.model, "feature_names_in_", None) is None and hasattr(self.model, "n_features_in_"):
            return frame.to_numpy()
        originals = [table.original_names[column] for column in self.features]
        return frame.set_axis(originals, axis=1)

    def _answer(self, method: str, table: Table) -> Any:  # noqa: ANN401 - whatever the model returns
        with users_code(self.name, f"in {method} on {table.name}"):
            return getattr(self.model, method)(self._inputs(table))

    def _predict(self, table: Table) -> Floats:
        if self._decision_threshold is not None and self.outcome.task == "binary":
            return (self.scores(table) >= self._decision_threshold).astype(np.float64)
        answer = np.asarray(self._answer("predict", table))
        return self.outcome.encode(answer.reshape(len(answer), -1)[:, 0], where=f"{self.name}'s predictions")

    def _scores(self, table: Table) -> Floats:
        if "probabilities" in self.can:
            return np.array(self.probabilities(table))
        return self._positive_sign * np.array(self._answer("decision_function", table), dtype=np.float64)

    @property
    def _positive_sign(self) -> int:
        """-1 where the study's positive class is the estimator's first: decision_function speaks for its second."""
        return 1 if self._columns([0, 1]) == [0, 1] else -1

    def _probabilities(self, table: Table) -> Floats:
        answer = np.array(self._answer("predict_proba", table), dtype=np.float64)
        if answer.ndim == 1:
            answer = np.column_stack([1 - answer, answer])
        answer = answer[:, self._columns(list(range(answer.shape[1])))]
        return answer[:, 1].copy() if self.outcome.task == "binary" else answer

    def _columns(self, given: list[int]) -> list[int]:
        """Return which of the estimator's columns holds each of the study's classes."""
        classes = classes_of(self.model)
        if classes is None:
            return given
        codes = self.outcome.encode(np.array(classes, dtype=object), where=f"{self.name}'s classes_")
        return [int(i) for i in np.argsort(codes)]


class FunctionPredictor(EstimatorPredictor):
    """A callable that takes a frame: numbers or labels from `predict`, probabilities from `predict_proba`."""

    def __init__(
        self, *, outcome: Outcome, features: tuple[str, ...],
        predict: Callable[[pd.DataFrame], Any] | None, predict_proba: Callable[[pd.DataFrame], Any] | None,
        decision_threshold: float | None = None, name: str = "",
    ) -> None:  # fmt: skip
        called = predict or predict_proba
        super().__init__(
            Functions(predict, predict_proba, outcome), outcome=outcome, features=features,
            name=name or getattr(called, "__name__", "the function"), decision_threshold=decision_threshold,
        )  # fmt: skip


class Functions:
    """The user's functions with the names of scikit-learn's methods."""

    def __init__(
        self, predict: Callable[[pd.DataFrame], Any] | None, predict_proba: Callable[[pd.DataFrame], Any] | None,
        outcome: Outcome,
    ) -> None:  # fmt: skip
        if predict_proba is not None:
            self.predict_proba = predict_proba
            self.predict = predict or self._most_probable
        elif predict is not None:
            self.predict = predict
        self._outcome = outcome

    def _most_probable(self, frame: pd.DataFrame) -> "npt.NDArray[Any]":
        answer = np.asarray(self.predict_proba(frame), dtype=np.float64)
        codes = (answer >= 0.5).astype(int) if answer.ndim == 1 else answer.argmax(axis=1)
        return np.array(self._outcome.classes, dtype=object)[codes]


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Which columns hold what a model once answered.

    Parameters
    ----------
    predictions
        Column of predicted labels or numbers, or None.
    scores
        Column of the positive class's score, or one column a class in the classes' order; empty where none were logged.
    """

    predictions: str | None = None
    scores: tuple[str, ...] = ()


class LoggedPredictor(Predictor):
    """Answers that were logged beside the rows: whatever needs no new predict works."""

    def __init__(self, *, outcome: Outcome, logged: Logged, decision_threshold: float | None, proper: bool) -> None:
        super().__init__(outcome=outcome, name="the logged model", features=())
        self._logged, self._threshold, self._proper = logged, decision_threshold, proper

    @property
    def can(self) -> frozenset[Ability]:
        """What the logged columns allow; probabilities where every score lies between 0 and 1."""
        able: set[Ability] = set()
        if self._logged.scores:
            able |= {"scores"} if self.outcome.task == "binary" else set()
            able |= {"probabilities"} if self._proper else set()
        threshold = self._threshold is not None or self._proper
        if self._logged.predictions is not None or (self._logged.scores and threshold):
            able.add("predict")
        return frozenset(able)

    def _predict(self, table: Table) -> Floats:
        if self._logged.predictions is not None:
            return self.outcome.encode(table[self._logged.predictions], where=f"predictions= in {table.name}")
        if self.outcome.task == "multiclass":
            return self.probabilities(table).argmax(axis=1).astype(np.float64)
        return (self.scores(table) >= (0.5 if self._threshold is None else self._threshold)).astype(np.float64)

    def _scores(self, table: Table) -> Floats:
        return numeric_column(table, self._logged.scores[-1], argument="scores")

    def _probabilities(self, table: Table) -> Floats:
        columns = [numeric_column(table, column, argument="scores") for column in self._logged.scores]
        return columns[-1] if self.outcome.task == "binary" else np.column_stack(columns)


def numeric_column(table: Table, column: str, *, argument: str) -> Floats:
    """Return a column as floats, shape (rows,).

    Raises
    ------
    TableError
        If a cell isn't a number.
    """
    values = pd.to_numeric(table[column], errors="coerce")
    bad = table[column][values.isna() & table[column].notna()]
    if len(bad):
        raise TableError(f"{argument}={column!r} in {table.name} holds {listed(bad.unique()[:3])}: numbers are needed.")
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def abilities_of(model: Any) -> frozenset[Ability]:  # noqa: ANN401 - anything
    """Return what an object can do by the methods that it has."""
    methods: dict[Ability, tuple[str, ...]] = {
        "predict": ("predict",), "probabilities": ("predict_proba",),
        "scores": ("predict_proba", "decision_function"),
    }  # fmt: skip
    able: set[Ability] = {word for word, names in methods.items() if any(hasattr(model, name) for name in names)}
    if hasattr(model, "fit") and hasattr(model, "get_params"):
        able.add("refit")
    return frozenset(able)


def classes_of(model: Any) -> list[Any] | None:  # noqa: ANN401 - anything
    """Return a classifier's classes in its own order, or None."""
    classes = getattr(model, "classes_", None)
    return None if classes is None or isinstance(classes, str) else list(np.asarray(classes).ravel())


def check_columns(features: tuple[str, ...], table: Table, *, name: str) -> None:
    """Raise `TableError` if `table` lacks a column that the model takes."""
    missing = [column for column in features if column not in table]
    if missing:
        hint = did_you_mean(missing[0], table.columns)
        raise TableError(f"{name} takes {listed(missing)}, which {table.name} lacks. Columns: {listed(table.columns)}.{hint}")


def check_model(model: Any) -> None:  # noqa: ANN401 - anything
    """Raise `InputError` if `model` isn't something that predicts."""
    if isinstance(model, str) or hasattr(model, "__fspath__"):
        raise InputError(
            f"model={str(model)!r}: load the file yourself and pass the live object, or pass predict= (a function) or "
            "scores= (a column of logged scores)."
        )
    if isinstance(model, type):
        raise InputError(f"model={model.__name__} is a class. Pass a fitted object: {model.__name__}(…).fit(X, y).")
    if not hasattr(model, "predict") and not callable(model):
        raise InputError(f"model= is {type(model).__name__}, which has no predict. Pass a fitted estimator or a function.")
