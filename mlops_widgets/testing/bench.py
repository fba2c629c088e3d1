"""What the checks of a study share: the rows asked about, and asking the model as itself, without the study's care."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.result import Status
from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.study.predictor import EstimatorPredictor, users_code
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Array = npt.NDArray[Any]
Inputs = pd.DataFrame | Array
"""What a model is given: a frame under the user's own column names, or an array where the model knows no names."""

ROWS = 60
"""Rows that the model is asked about."""
MOST_COLUMNS = 20
"""Columns tried one at a time; of more, so many are drawn by seed."""
_METHODS = ("predict_proba", "decision_function", "predict")
_NUMBERS = "biuf"
_RELATIVE, _OF_LARGEST = 1e-4, 1e-6
"""Two answers are the same up to what single precision, in which boosted trees answer, rounds away: a part of the answer
itself, or of the largest answer in its column, whatever the scale."""
_ROUNDED = 4
"""Answers of a row that come from one another, such as p and 1 - p, differ by so many roundings of their type."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check found: a finding without its code."""

    status: Status
    claim: str
    action: str = ""
    evidence: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A study on the bench.

    Parameters
    ----------
    study
        The study.
    seed
        Seed of the rows and columns that are drawn.
    rows
        How many rows the model is asked about.
    """

    study: Study
    seed: int = 0
    rows: int = ROWS

    @cached_property
    def sample(self) -> Table:
        """Rows of the test, else of production, else of the reference."""
        tables = [self.study.test, self.study.production, self.study.reference]
        return self.draw(next(table for table in tables if table is not None))

    def draw(self, table: Table) -> Table:
        """Return up to `rows` rows of `table`, drawn by seed, in their order: a new table, of which no answer is kept."""
        rng = np.random.default_rng(self.seed)
        return table.take(np.sort(rng.choice(table.rows, min(table.rows, self.rows), replace=False)))

    @property
    def estimator(self) -> EstimatorPredictor:
        """The model, where it can be asked about new rows."""
        model = self.study.model
        if not isinstance(model, EstimatorPredictor):
            raise MissingInputError(
                "model that can be asked", "Pass model= or predict=: logged answers can't be asked again."
            )
        return model

    @property
    def method(self) -> str:
        """The method that says most: probabilities, else scores, else predictions."""
        return next(name for name in _METHODS if hasattr(self.estimator.model, name))

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The method that says most, and `predict`, which may have a fault of its own."""
        both = dict.fromkeys((self.method, "predict"))
        return tuple(name for name in both if hasattr(self.estimator.model, name))

    def inputs(self) -> Inputs:
        """Return what the model is given for the sample, as a copy of its own."""
        given: Inputs = self.estimator.inputs(self.sample)
        return given.copy(deep=True) if isinstance(given, pd.DataFrame) else np.array(given)

    def ask(self, inputs: Inputs, doing: str, *, method: str = "") -> Array:
        """Return the model's own answer to `inputs`; `doing` says in an error what it was asked."""
        name = method or self.method
        with users_code(self.estimator.name, f"in {name} {doing}"):
            answer = np.asarray(getattr(self.estimator.model, name)(inputs))
            if name != "predict" and answer.dtype.kind != "f":
                answer = answer.astype(np.float64)  # text can't be a score
        if not answer.ndim:
            raise ModelError(f"{self.estimator.name} gave one value for {len(inputs)} rows {doing}")
        return answer

    @cached_property
    def bases(self) -> Mapping[str, Array]:
        """The model's own answers to the sample, by method: what the checks compare with."""
        return {name: self.ask(self.inputs(), "on the rows as they are", method=name) for name in self.methods}

    @property
    def base(self) -> Array:
        """The answer that says most."""
        return self.bases[self.method]

    def outcome_of(self, inputs: Inputs, doing: str, *, gaps: "npt.NDArray[np.bool_] | None" = None) -> str:
        """Return how the model takes `inputs`.

        "refused" (it raised), "answered", "broken" (not a finite answer a row) or "passed on": answers are missing in no
        other rows than those of `gaps`.
        """
        try:
            answer = self.ask(inputs, doing)
        except ModelError:
            return "refused"
        if is_complete(answer, len(inputs)):
            return "answered"
        whole = gaps is not None and len(answer) == len(inputs) and is_complete(answer[~gaps], int((~gaps).sum()))
        return "passed on" if whole and not _is_infinite(answer) else "broken"

    def columns(self, wanted: Callable[["pd.Series[Any]"], bool]) -> list[int]:
        """Return positions of the features for which `wanted` says yes; of many, `MOST_COLUMNS` drawn by seed."""
        frame = pd.DataFrame(self.inputs())
        chosen = [place for place in range(frame.shape[1]) if wanted(frame.iloc[:, place])]
        if len(chosen) <= MOST_COLUMNS:
            return chosen
        drawn = np.random.default_rng(self.seed).choice(chosen, MOST_COLUMNS, replace=False)
        return sorted(int(place) for place in drawn)


def pick(inputs: Inputs, rows: "npt.NDArray[np.int64]") -> Inputs:
    """Return these rows of what a model is given; a frame keeps its index."""
    return inputs.iloc[rows] if isinstance(inputs, pd.DataFrame) else inputs[rows]


def with_column(inputs: Inputs, place: int, change: Callable[["pd.Series[Any]"], "pd.Series[Any]"]) -> Inputs:
    """Return `inputs` with the column at `place` changed; its type may become another."""
    if not isinstance(inputs, pd.DataFrame):
        changed = inputs.astype(np.float64) if inputs.dtype != object else inputs.copy()
        changed[:, place] = change(pd.Series(inputs[:, place])).to_numpy()
        return changed
    columns = [inputs.iloc[:, k] if k != place else change(inputs.iloc[:, k]) for k in range(inputs.shape[1])]
    return pd.concat(columns, axis=1)


def different_rows(one: Array, other: Array) -> int:
    """Return in how many rows two answers differ; in all where they differ in shape."""
    if one.shape != other.shape:
        return max(len(one), len(other))
    if "f" in (kinds := one.dtype.kind + other.dtype.kind) and set(kinds) <= set(_NUMBERS):
        near = _near(one, other)
        same = np.isclose(one.astype(np.float64), other.astype(np.float64), _RELATIVE, near, equal_nan=True)
    else:
        same = np.asarray((one == other) | (pd.isna(one) & pd.isna(other)))
    return int((~same.reshape(len(one), -1).all(axis=1)).sum())


def _near(one: Array, other: Array) -> "npt.NDArray[np.float64]":
    """Return how far two answers of a column may lie apart: as its largest answer, and the type's rounding, allow."""
    sizes = np.abs(np.where(np.isfinite(other), other, 0).astype(np.float64))
    rounding = max(float(np.finfo(each.dtype).eps) for each in (one, other) if each.dtype.kind == "f")
    largest = float(sizes.max(initial=0))
    return np.asarray(np.maximum(_OF_LARGEST * sizes.max(axis=0, initial=0), _ROUNDED * rounding * largest))


def _is_infinite(answer: Array) -> bool:
    return answer.dtype.kind == "f" and bool(np.isinf(answer).any())


def is_complete(answer: Array, rows: int) -> bool:
    """Return whether there is one answer a row, none of them missing or infinite."""
    if len(answer) != rows:
        return False
    if answer.dtype.kind == "f":
        return bool(np.isfinite(answer).all())
    return not bool(pd.isna(answer).any())
