"""The part of a model that is a sum over columns, as a function of rows: what is left of it without interactions."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.study.encoding import as_words, number_reader
from mlops_widgets.study.tables import frame_of

Floats = npt.NDArray[np.float64]

_POINTS = 16
_MOST_LEVELS = 30


class AdditivePart:
    """A model's mean answer plus one effect a column: its partial dependence (Friedman 2001), less its mean.

    Parameters
    ----------
    question
        Whose model; the effects are means over its background, at up to 16 quantiles of numbers, between which they are
        straight lines, and for the 30 most frequent words.
    cancel
        Looked at between columns.
    """

    def __init__(self, question: Question, cancel: Cancel | None = None) -> None:
        background = question.background
        training = background if question.training is None else question.training
        self.base = finite(question.predict(background)).mean(axis=0)
        self._effects = {}
        for column in background.columns:
            check_cancel(cancel)
            self._effects[column] = _Effect(question, training[column], self.base)

    def __call__(self, frame: pd.DataFrame) -> Floats:
        """Return the answers of the additive part, (rows, k)."""
        return np.asarray(self.base + sum(self._effects[column](frame[column]) for column in self._effects))

    def contributions(self, question: Question) -> Floats:
        """Return its Shapley values, (n, p, k): a column's effect less its mean over the background."""
        return np.stack([
            effect(question.rows[column]) - effect(question.background[column]).mean(axis=0)
            for column, effect in self._effects.items()
        ], axis=1)  # fmt: skip


class _Effect:
    """How one column moves the mean answer: straight lines between points, or a number a word."""

    def __init__(self, question: Question, cells: "pd.Series[Any]", base: Floats) -> None:
        self._read = number_reader(cells)
        self._outputs = len(base)
        taken = _points(self._read(cells)) if self._read is not None else _levels(cells)
        gap = np.flatnonzero(cells.isna().to_numpy())[:1]
        effects = _dependence(question, cells, np.concatenate([taken, gap])) - base
        self._at_gap = effects[len(taken)] if len(gap) else np.zeros(self._outputs)
        self._at = effects[: len(taken)]
        chosen = cells.iloc[taken]
        self._places = self._read(chosen) if self._read is not None else as_words(chosen).to_numpy(dtype=object)

    def __call__(self, cells: "pd.Series[Any]") -> Floats:
        if self._read is None:
            return self._of_words(cells)
        values = self._read(cells)
        if not len(self._places):
            return np.tile(self._at_gap, (len(values), 1))
        known = [np.interp(values, self._places, self._at[:, k]) for k in range(self._outputs)]
        return np.where(np.isnan(values)[:, None], self._at_gap, np.column_stack(known))

    def _of_words(self, cells: "pd.Series[Any]") -> Floats:
        table = np.vstack([self._at, self._at_gap, np.zeros(self._outputs)])
        codes: dict[Any, int] = {word: k for k, word in enumerate(self._places)}
        gap, other = len(self._places), len(self._places) + 1
        return np.asarray(table[[gap if word is None else codes.get(word, other) for word in as_words(cells)]])


def _points(values: Floats) -> npt.NDArray[np.intp]:
    """Return positions of cells at even quantiles of the known values, ascending, each value once."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return known
    order = known[np.argsort(values[known], kind="stable")]
    chosen = order[np.linspace(0, len(order) - 1, min(_POINTS, len(order))).round().astype(int)]
    return np.asarray(chosen[np.unique(values[chosen], return_index=True)[1]], dtype=np.intp)


def _levels(cells: "pd.Series[Any]") -> npt.NDArray[np.intp]:
    """Return a position of each of the most frequent words."""
    words = as_words(cells)
    often = words.value_counts().index[:_MOST_LEVELS]
    first = words.drop_duplicates()
    places = {word: place for place, word in first.items()}
    return np.array([places[word] for word in often], dtype=np.intp)


def _dependence(question: Question, cells: "pd.Series[Any]", taken: npt.NDArray[np.intp]) -> Floats:
    """Return the mean answer over the background with each of the cells in the place of the column's own, (m, k)."""
    background = question.background
    if not len(taken):
        return np.zeros((0, len(question.outputs)))
    again = np.tile(np.arange(len(background)), len(taken))
    columns = {
        name: (cells.array.take(np.repeat(taken, len(background))) if name == cells.name else background[name].array.take(again))
        for name in background.columns
    }  # fmt: skip
    answers = finite(question.predict(frame_of(columns, background.columns)))
    return np.asarray(answers.reshape(len(taken), len(background), -1).mean(axis=1))
