"""One face for every kind of model: what it can do, and its answers as plain arrays, cached per table."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, Self
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import FitError, InputError, MissingInputError, ModelError, TableError, did_you_mean, listed
from mlops_widgets.study.categories import Categories
from mlops_widgets.study.faces.catboost_face import as_words, word_places
from mlops_widgets.study.library_logs import quiet_xgboost
from mlops_widgets.study.model_columns import own_columns
from mlops_widgets.study.outcomes import Outcome, sort_key
from mlops_widgets.study.refitting import fit_arguments, untrained
from mlops_widgets.study.row_weights import weight_argument
from mlops_widgets.study.tables import Table, as_numbers, inferred, quoted
from mlops_widgets.study.threads import one_thread

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

    Attributes
    ----------
    notes
        What was decided on the model's behalf, in sentences.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, *, outcome: Outcome, name: str, features: tuple[str, ...]) -> None:
        self.outcome, self.name, self.features = outcome, name, features
        self._cache: WeakKeyDictionary[Table, dict[Ability, Floats]] = WeakKeyDictionary()

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
        """Return ranking scores, higher meaning more like the class: of the positive one, shape (rows,), or of each."""
        return self._cached(table, "scores", self._scores)

    def probabilities(self, table: Table) -> Floats:
        """Return the positive class's probability, shape (rows,), or all classes', shape (rows, classes)."""
        return self._cached(table, "probabilities", self._probabilities)

    def refit(self, table: Table) -> "Predictor":
        """Return a new predictor of the same kind, trained on `table`; here none, for want of an estimator."""
        self.need("refit")
        raise NotImplementedError(
            f"{type(self).__name__} says it can be refitted on {table.name}, and doesn't say how."
        )

    def _cached(self, table: Table, ability: Ability, compute: Callable[[Table], Floats]) -> Floats:
        self.need(ability)
        known = self._cache.setdefault(table, {})
        if ability not in known:
            answer = compute(table)
            if len(answer) != table.rows:
                raise ModelError(
                    f"{self.name} gave {len(answer):,} answers for the {table.rows:,} rows of {table.name}."
                )
            answer.flags.writeable = False
            known[ability] = answer
        return known[ability]

    def _predict(self, table: Table) -> Floats:
        raise NotImplementedError

    def _scores(self, table: Table) -> Floats:
        raise NotImplementedError

    def _probabilities(self, table: Table) -> Floats:
        raise NotImplementedError


@contextmanager
def users_code(name: str, doing: str, kind: type[ModelError] = ModelError) -> Iterator[None]:
    """Wrap whatever the user's own code raises, once, with its cause; run it in one thread."""
    try:
        with one_thread(), quiet_xgboost():
            yield
    except (MissingInputError, ModelError):
        raise
    except (Exception, SystemExit) as error:  # the user's own model may raise anything, and a script calls sys.exit
        first = (str(error).strip().splitlines() or [""])[0]
        told = kind(f"{name} raised {type(error).__name__} {doing}", quoted=first[:300])
        if isinstance(error, StopIteration):  # contextlib would take `told` for that StopIteration, and let it through
            raise told from RuntimeError("StopIteration").with_traceback(error.__traceback__)
        raise told from error


class EstimatorPredictor(Predictor):
    """A model with scikit-learn's methods, fitted; or made on first use by `make`.

    Parameters
    ----------
    model
        The user's own object, or None with `make`.
    outcome, features, name
        As in `Predictor`.
    make
        Fits and returns the model when it is first asked.
    abilities
        What a model not yet made can do.
    decision_threshold
        Score at which a binary prediction is positive; None for the model's own.
    categories
        Levels of the category columns where the model learned: a table read from CSV holds plain text there, which some
        models refuse, and another table's list gives other codes.
    weights
        Column of row weights for refits, or None.
    """

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
        categories: Categories | None = None,
        weights: str | None = None,
    ) -> None:
        super().__init__(outcome=outcome, name=name or type(model).__name__, features=features)
        self._model, self._make, self._abilities = model, make, abilities
        self._decision_threshold, self._categories, self._weights = (
            decision_threshold,
            categories or Categories(),
            weights,
        )

    @property
    def model(self) -> Any:  # noqa: ANN401 - the user's object
        """The user's own object; a sample's default model is fitted here, once."""
        if self._model is None and self._make is not None:
            with users_code(self.name, "while it was fitted", FitError):
                self._model = self._make()
        return self._model

    @property
    def can(self) -> frozenset[Ability]:
        """What the model is able to do, by the methods that it has."""
        return abilities_of(self.model) if self._abilities is None else self._abilities

    def refit(self, table: Table, *, seed: int | None = None) -> Self:
        """Return a clone fitted on the rows of `table` that have a label, with their weights where `fit` takes any.

        Where the estimator's `random_state` is None the clone gets 0, so that the same study gives the same results;
        with `seed` each gets a number drawn by it.
        """
        self.need("refit")
        known = table.replace(table.pandas()[table[self.outcome.target].notna()])
        labels = inferred(known[self.outcome.target])  # true/false beside gaps was an object column
        inputs, weights = self.inputs(known, learning=True), self._fit_weights(known)
        with users_code(self.name, f"while it was fitted on {known.rows:,} rows of {table.name}", FitError):
            model = untrained(self.model, seed=seed).fit(inputs, labels, **fit_arguments(self.model), **weights)
        return self.with_model(model)

    def with_model(self, model: Any) -> Self:  # noqa: ANN401 - any estimator
        """Return a predictor of the same columns and classes around another estimator."""
        return self._like(model, self._weights)

    @property
    def takes_weights(self) -> bool:
        """Whether refits are given row weights."""
        return self._weights is not None and weight_argument(self.model) is not None

    def unweighted(self) -> Self:
        """Return the same model, of which refits get no row weights."""
        return self._like(self.model, None)

    def weighted(self, column: str) -> Self:
        """Return the same model, of which refits get the row weights in `column`, where `fit` takes any."""
        return self._like(self.model, column)

    def _like(self, model: Any, weights: str | None) -> Self:  # noqa: ANN401 - any estimator
        return type(self)(
            model, outcome=self.outcome, features=self.features, name=self.name, weights=weights,
            decision_threshold=self._decision_threshold, categories=self._categories.of(model),
        )  # fmt: skip

    def _fit_weights(self, table: Table) -> dict[str, Floats]:
        argument = weight_argument(self.model)
        if self._weights is None or argument is None or self._weights not in table:
            return {}
        return {argument: numeric_column(table, self._weights, argument="weights")}

    def inputs(self, table: Table, *, learning: bool = False) -> Any:  # noqa: ANN401 - a frame; an array without names
        """Return what the model is given for these rows: its own columns, in its order, under their original names.

        A model that is still `learning` is also given levels of categories that this one never saw.
        """
        check_columns(self.features, table, name=self.name)
        frame = self._categories.cast(table.pandas()[list(self.features)], learning=learning)
        names = [table.original_names[column] for column in self.features]
        frame = as_words(frame, word_places(self.model, names))
        if not own_columns(self.model) and getattr(self.model, "n_features_in_", None):  # None before CatBoost's fit
            return frame.to_numpy(copy=True)  # a view would be read-only, which compiled models may refuse
        return frame.set_axis(names, axis=1)

    def raw(self, table: Table) -> "npt.NDArray[Any]":
        """Return what `predict` answers, before it is read as labels."""
        return np.asarray(self._answer("predict", table))

    def _answer(self, method: str, table: Table) -> Any:  # noqa: ANN401 - whatever the model returns
        """Return the model's answer as an array."""
        inputs = self.inputs(table)
        with users_code(self.name, f"in {method} on {table.name}"):
            answer = np.asarray(getattr(self.model, method)(inputs))
            # Text can't be a score, and several outcomes at once have no metric here.
            return answer if method == "predict" else answer.astype(np.float64)

    def _predict(self, table: Table) -> Floats:
        if self._decision_threshold is not None and self.outcome.task == "binary" and "scores" in self.can:
            return (self.scores(table) >= self._decision_threshold).astype(np.float64)
        answer = self._answer("predict", table)
        if answer.ndim == 0 or answer.size != len(answer):
            raise ModelError(
                f"{self.name} gave predictions of shape {answer.shape} on {table.name}: one a row is needed."
            )
        return self._encoded(answer.ravel(), f"predictions on {table.name}")

    def _scores(self, table: Table) -> Floats:
        if "probabilities" in self.can:
            return np.array(self.probabilities(table))
        answer = self._answer("decision_function", table)
        if self.outcome.task == "multiclass":
            return self._by_class(answer, table, absent=-np.inf)
        if answer.size != len(answer):
            raise ModelError(f"{self.name} gave scores of shape {answer.shape} on {table.name}: one a row is needed.")
        # decision_function speaks for the estimator's second class, which may be the study's first
        return np.asarray(answer.ravel() * (1 if self._codes()[-1:] == [1] else -1))

    def _probabilities(self, table: Table) -> Floats:
        answer = self._answer("predict_proba", table)
        if answer.ndim == 1 and self.outcome.task == "binary":
            return np.array(answer)
        by_class = self._by_class(answer, table)
        return by_class[:, 1].copy() if self.outcome.task == "binary" else by_class

    def _by_class(self, answer: Floats, table: Table, *, absent: float = 0.0) -> Floats:
        """Return one column a class of the study; a class that a refit didn't meet gets `absent`."""
        codes = self._codes()
        if answer.ndim != 2 or answer.shape[1] != len(codes):
            raise ModelError(
                f"{self.name} gave answers of shape {answer.shape} on {table.name}: one column for each of its "
                f"{len(codes)} classes is needed."
            )
        found = np.full((len(answer), len(self.outcome.classes)), absent)
        found[:, codes] = answer
        return found

    def _codes(self) -> list[int]:
        """Return which of the study's classes each column of the model's answers is for."""
        classes = classes_of(self.model)
        if classes is None:  # a function's columns are in sorted order, whatever the positive class
            classes = sorted(self.outcome.classes, key=sort_key)
        return [int(code) for code in self._encoded(np.array(classes, dtype=object), "classes_")]

    def _encoded(self, answers: "npt.NDArray[Any]", what: str) -> Floats:
        """Return predicted labels as numbers; the error quotes none, since what a model says may be cells of its rows."""
        try:
            codes = self.outcome.encode(answers, where=self.name)
        except TableError:
            codes = np.array([np.nan])
        if np.isnan(codes).any():
            known = f"among the {len(self.outcome.classes)} classes of {self.outcome.target!r}. Was it fitted on these?"
            if self.outcome.task == "regression":
                known = "finite numbers. Look for missing or extreme inputs there."
            raise ModelError(f"{self.name}: its {what} aren't all {known}")
        return codes


class FunctionPredictor(EstimatorPredictor):
    """A callable that takes a frame: numbers or labels from `predict`, probabilities from `predict_proba`."""

    def __init__(
        self, *, outcome: Outcome, features: tuple[str, ...],
        predict: Callable[[pd.DataFrame], Any] | None, predict_proba: Callable[[pd.DataFrame], Any] | None,
        decision_threshold: float | None = None, name: str = "", categories: Categories | None = None,
    ) -> None:  # fmt: skip
        called = predict or predict_proba
        super().__init__(
            Functions(predict, predict_proba, outcome), outcome=outcome, features=features,
            name=name or getattr(called, "__name__", "the function"), decision_threshold=decision_threshold,
            categories=categories,
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
        if answer.ndim == 1:
            return np.asarray(np.array(self._outcome.classes, dtype=object)[(answer >= 0.5).astype(int)])
        return np.asarray(np.array(sorted(self._outcome.classes, key=sort_key), dtype=object)[answer.argmax(axis=1)])


def numeric_column(table: Table, column: str, *, argument: str) -> Floats:
    """Return a column as floats, shape (rows,).

    Raises
    ------
    TableError
        If a cell isn't a number.
    """
    values = as_numbers(table[column])
    bad = table[column][np.isnan(values) & table[column].notna().to_numpy()]
    if len(bad):
        raise TableError(f"{argument}={column!r} in {table.name} holds {quoted(bad)}: numbers are needed.")
    return values


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
    if classes is None or isinstance(classes, str) or not len(classes):  # CatBoost's regressors have none
        return None
    if isinstance(classes[0], list | np.ndarray):
        raise InputError(f"{type(model).__name__} predicts {len(classes)} targets at once. Pass a model of one target.")
    return list(np.asarray(classes).ravel())


def check_columns(features: tuple[str, ...], table: Table, *, name: str) -> None:
    """Raise `TableError` if `table` lacks a column that the model takes."""
    missing = [column for column in features if column not in table]
    if missing:
        hint = did_you_mean(missing[0], table.columns)
        raise TableError(
            f"{name} takes {listed(missing)}, which {table.name} lacks. Columns: {listed(table.columns)}.{hint}"
        )
