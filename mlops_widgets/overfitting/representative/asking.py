"""Asking the user's own model as production would: with a frame as it arrives, past the study's care for columns."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.study.predictor import Ability, EstimatorPredictor, users_code
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

_RELATIVE, _OF_LARGEST = 1e-4, 1e-6
"""Two answers are the same up to what single precision, in which boosted trees answer, rounds away."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What the model answers: what the metric needs (n,) or (n, K), and decisions (n,); NaN where an answer is missing."""

    output: Floats
    decisions: Floats

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Rows without an answer, shape (n,)."""
        return np.asarray(np.isnan(self.decisions) | np.isnan(self.output.reshape(len(self.output), -1)).any(axis=1))

    def take(self, rows: Any) -> "Answers":  # noqa: ANN401 - a slice or positions
        """Return the answers to these rows."""
        return Answers(output=self.output[rows], decisions=self.decisions[rows])

    def differs(self, other: "Answers") -> npt.NDArray[np.bool_]:
        """Return in which rows (n,) these answers aren't the `other` ones, beyond rounding; missing ones are the same."""
        apart = np.zeros(len(self.decisions), dtype=np.bool_)
        for mine, theirs in ((self.output, other.output), (self.decisions, other.decisions)):
            largest = float(np.nanmax(np.abs(np.where(np.isfinite(theirs), theirs, 0)), initial=0.0))
            same = np.isclose(mine, theirs, _RELATIVE, _OF_LARGEST * largest, equal_nan=True)
            apart |= ~same.reshape(len(same), -1).all(axis=1)
        return apart


class _Told(EstimatorPredictor):
    """Answers given before, read as the model's own: classes, threshold and positive class by the same rules."""

    def inputs(self, table: Table, *, learning: bool = False) -> Any:  # noqa: ANN401, ARG002 - as the one above
        """Return nothing: the answers are there."""
        return None

    def _answer(self, method: str, table: Table) -> Any:  # noqa: ANN401, ARG002 - as the one above
        return getattr(self.model, method)


class _Answered:
    """What the model's methods answered before, under their names, and its classes."""

    def __init__(self, model: Any, answers: Mapping[str, Array]) -> None:  # noqa: ANN401 - the user's object
        self._told, self._model = answers, model

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method, or the classes
        if name in self._told:
            return self._told[name]
        if name == "classes_":
            return self._model.classes_
        raise AttributeError(name)


class Asked:
    """The model beside some rows of the study.

    Parameters
    ----------
    study
        The study; its model must be one that can be asked.
    table
        The rows.

    Attributes
    ----------
    inputs
        What the model is given for the rows, under the user's own names; numbered columns where it takes an array.
    """

    def __init__(self, study: Study, table: Table) -> None:
        if not isinstance(study.model, EstimatorPredictor):
            raise MissingInputError(
                "model that can be asked", "Pass model= or predict=: logged answers can't be asked again."
            )
        study.model.need("predict")
        self._study, self._predictor, self._table = study, study.model, table

        given = self._predictor.inputs(table)
        self._array = not isinstance(given, pd.DataFrame)
        self.inputs = pd.DataFrame(given).reset_index(drop=True)
        self._asked_for = self._needed

    @cached_property
    def base(self) -> Answers:
        """The answers to the rows as they are; a model that raises here fails the whole strategy."""
        given = self._raw(self.inputs, self._needed)
        if _follow(given, getattr(self._predictor.model, "classes_", None)):
            self._asked_for = ("predict_proba",)
        return self._read(given, len(self.inputs))

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        """The model's methods that the metric and the decisions need."""
        can, model, needs = self._predictor.can, self._predictor.model, self._study.metric.needs
        ability: Ability = "predict" if needs == "predictions" else needs
        self._predictor.need(ability)
        scoring = "predict_proba" if "probabilities" in can else "decision_function"
        decides = self._study.decision_threshold is not None and self._study.task == "binary" and "scores" in can
        wanted = {
            "predict" if not decides else scoring,
            "predict" if needs == "predictions" and not decides else scoring,
        }
        return tuple(
            name
            for name in ("predict_proba", "decision_function", "predict")
            if name in wanted and hasattr(model, name)
        )

    def ask(self, inputs: pd.DataFrame) -> Answers:
        """Return what the model answers to `inputs`.

        Raises
        ------
        ModelError
            If it raises, or its answers aren't one a row, or no labels that it knows.
        """
        _ = self.base  # settles which methods are asked
        raw = self._raw(inputs, self._asked_for)
        if self._asked_for != self._needed:
            raw["predict"] = np.asarray(self._predictor.model.classes_)[_best(raw["predict_proba"])]
        return self._read(raw, len(inputs))

    def _raw(self, inputs: pd.DataFrame, methods: Sequence[str]) -> dict[str, Array]:
        raw: dict[str, Array] = {}
        for name in methods:
            given = inputs.to_numpy(copy=True) if self._array else inputs.copy()  # a model may change what it is given
            with users_code(self._predictor.name, f"in {name} on faulty inputs"), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about the fault, which is the point
                answer = np.asarray(getattr(self._predictor.model, name)(given))
                raw[name] = answer if name == "predict" else answer.astype(np.float64)
            if raw[name].ndim == 0 or len(raw[name]) != len(inputs):
                raise ModelError(f"{self._predictor.name} gave {raw[name].size:,} answers for {len(inputs):,} rows")
        return raw

    def _read(self, raw: Mapping[str, Array], rows: int) -> Answers:
        """Return answers as the study reads them; a row with a missing answer of any method has none."""
        whole = np.ones(rows, dtype=np.bool_)
        for answer in raw.values():
            whole &= ~_missing(answer)
        told = {name: answer[whole] for name, answer in raw.items()}
        kept = int(whole.sum())
        if not kept:
            wide = len(self._study.outcome.classes)
            many = self._study.task == "multiclass" and self._study.metric.needs != "predictions"
            return Answers(output=np.full((rows, wide) if many else rows, np.nan), decisions=np.full(rows, np.nan))
        model, study = self._predictor, self._study
        reader = _Told(
            _Answered(model.model, told), outcome=study.outcome, features=(), name=model.name, abilities=model.can,
            decision_threshold=study.decision_threshold,
        )  # fmt: skip
        table = Table(pd.DataFrame(index=range(kept)), name="faulty inputs")
        output = study.output(table, None, reader)
        decisions = np.full(rows, np.nan)
        decisions[whole] = reader.predictions(table)
        full = np.full((rows, *output.shape[1:]), np.nan)
        full[whole] = output
        return Answers(output=full, decisions=decisions)

    def ask_all(
        self, several: Sequence[pd.DataFrame], *, stop: Callable[[], bool], together: bool = True
    ) -> "list[Answers | ModelError | None]":
        """Return what the model answers to each of several inputs, or what it raised; None where `stop` came first.

        Inputs whose columns have the same names and types go to the model in one call, unless its answer to a row hangs
        on others (`together`); where that call raises, one by one.
        """
        found: list[Answers | ModelError | None] = [None] * len(several)
        for alike in _alike(several) if together else [[index] for index in range(len(several))]:
            stacked = self._stacked([several[k] for k in alike]) if len(alike) > 1 and not stop() else None
            for at, index in enumerate(alike):
                if stacked is not None:
                    found[index] = stacked[at]
                elif not stop():
                    found[index] = self._alone(several[index])
        return found

    def _alone(self, inputs: pd.DataFrame) -> "Answers | ModelError":
        try:
            return self.ask(inputs)
        except ModelError as error:
            return error

    def _stacked(self, several: Sequence[pd.DataFrame]) -> list[Answers] | None:
        try:
            answers = self.ask(pd.concat(several, ignore_index=True))
        except ModelError:
            return None
        ends = np.cumsum([len(each) for each in several])
        return [answers.take(slice(end - len(each), end)) for each, end in zip(several, ends, strict=True)]


def _follow(raw: Mapping[str, Array], classes: Any) -> bool:  # noqa: ANN401 - whatever the model calls its classes
    """Say whether on these rows the decisions are the most probable classes: then one call tells both."""
    if set(raw) != {"predict", "predict_proba"} or raw["predict_proba"].ndim != 2 or classes is None:
        return False
    known = np.asarray(classes)
    if known.ndim != 1 or len(known) != raw["predict_proba"].shape[1] or _missing(raw["predict_proba"]).any():
        return False
    return bool(np.array_equal(known[_best(raw["predict_proba"])], raw["predict"]))


def _best(probabilities: Floats) -> npt.NDArray[np.int64]:
    filled = np.where(np.isnan(probabilities), -np.inf, probabilities)
    return np.asarray(filled.argmax(axis=1))


def _alike(several: Sequence[pd.DataFrame]) -> list[list[int]]:
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, frame in enumerate(several):
        kinds = [
            tuple(kind.categories) if isinstance(kind, pd.CategoricalDtype) else str(kind) for kind in frame.dtypes
        ]
        groups.setdefault((tuple(frame.columns), *kinds), []).append(index)
    return list(groups.values())


def _missing(answer: Array) -> npt.NDArray[np.bool_]:
    cells = ~np.isfinite(answer) if answer.dtype.kind == "f" else pd.isna(answer)
    found: npt.NDArray[np.bool_] = np.asarray(cells, dtype=np.bool_).reshape(len(answer), -1)
    return np.asarray(found.any(axis=1))
