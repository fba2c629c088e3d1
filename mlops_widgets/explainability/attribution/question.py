"""What is asked of an explanation: of which function, on which scale, about which rows, against which baseline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import ModelError
from mlops_widgets.measures.attribution.shapley import Game, Masks
from mlops_widgets.study.personal.masks import NOTHING, Personal
from mlops_widgets.study.tables import frame_of

Floats = npt.NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]
"""(rows) of the model's columns → (rows, outputs) on the question's scale."""

_MOST_ROWS = 20_000
"""Rows that the user's model is asked about between two looks at Cancel."""
_MOST_CELLS = 4_000_000
"""Cells of these rows: of thousands of columns fewer rows fit into memory."""
FEW_BACKGROUND_ROWS = 50
_MOST_REMEMBERED = 2_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """One question to a model.

    Parameters
    ----------
    predict
        The user's own model on the question's scale.
    rows
        The rows to explain: the columns that the model takes, as the user has them.
    background
        The rows that a column's absence is averaged over: what "without it" means.
    players
        Name → columns that act together; by default each column by itself.
    outputs
        What each output is called, such as a class.
    scale
        "probability", "log-odds", "score", or the unit of what is predicted.
    row_names
        What each explained row is called.
    background_text
        What the background is, in words.
    training
        Rows that say how the columns are distributed, for LIME's neighbourhood; None: the background.
    model
        The user's object, for routes that know how it is built; None for a function.
    inputs
        From a frame of the question's columns to what `model` is given.
    seed
        Of everything that is drawn.
    positions
        Where the rows stand in their table; empty where they were given.
    personal
        Which columns are about persons: their cells are shown masked.
    """

    predict: Predict
    rows: pd.DataFrame
    background: pd.DataFrame
    players: Mapping[str, tuple[str, ...]]
    outputs: tuple[str, ...]
    scale: str
    row_names: tuple[str, ...]
    background_text: str
    training: pd.DataFrame | None = None
    model: Any = None
    inputs: Callable[[pd.DataFrame], Any] | None = None
    seed: int = 0
    positions: tuple[int, ...] = ()
    personal: Personal = NOTHING

    @property
    def place(self) -> dict[str, int]:
        """Which player each column belongs to."""
        return {column: k for k, columns in enumerate(self.players.values()) for column in columns}

    def part(self, rows: Sequence[int]) -> "Question":
        """Return the question about some of its rows."""
        return replace(
            self, rows=self.rows.iloc[list(rows)].reset_index(drop=True), row_names=tuple(self.row_names[k] for k in rows),
            positions=tuple(self.positions[k] for k in rows) if self.positions else (),
        )  # fmt: skip

    def lighter(self, most: int = FEW_BACKGROUND_ROWS) -> "Question":
        """Return the question with `most` of its background rows: where a model can only be asked, that buys more rows."""
        if len(self.background) <= most:
            return self
        fewer = self.background.iloc[:: len(self.background) // most].head(most)
        text = f"the average over {len(fewer):,} of its rows, which stand for {self.background_text}"
        return replace(self, background=fewer.reset_index(drop=True), background_text=text)

    def evaluations_a_row(self, pairs: int) -> int:
        """Return how many rows the model is asked about to explain one row by so many pairs of permutations."""
        return len(self.background) * (2 * pairs * max(1, len(self.players) - 1) + 2)

    def game(self, row: int, cancel: Cancel | None = None) -> Game:
        """Return the game of one row: a coalition is worth the mean answer where its columns come from the row.

        The other columns come from each row of the background in turn (interventional; Janzing et al. 2020).
        """
        pool = pooled(self.background, self.rows.iloc[[row]])
        own = len(self.background)
        at_once, place = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, len(pool.columns))) // own), self.place

        def worth(masks: Masks) -> Floats:
            parts = []
            for start in range(0, len(masks), at_once):
                check_cancel(cancel)
                some = masks[start : start + at_once]
                answers = finite(self.predict(mixed(pool, own, some, place)))
                parts.append(answers.reshape(len(some), own, -1).mean(axis=1))
            return np.concatenate(parts)

        return worth


class Remembered:
    """A model's answers, with those to the last few frames remembered: a row is asked about by several routes and checks.

    Parameters
    ----------
    predict
        The model.
    """

    def __init__(self, predict: Predict) -> None:
        self._predict = predict
        self._last: tuple[tuple[pd.DataFrame, Floats], ...] = ()

    def __call__(self, frame: pd.DataFrame) -> Floats:
        """Return the answers; the very same frame is asked about once."""
        for known, answers in self._last:
            if known is frame:
                return answers
        answers = self._predict(frame)
        if len(frame) <= _MOST_REMEMBERED:
            self._last = (*self._last[-2:], (frame, answers))
        return answers


def finite(answers: Floats) -> Floats:
    """Return a model's answers if all are finite numbers: nothing adds up to one that isn't.

    Raises
    ------
    ModelError
        If one is missing or infinite.
    """
    bad = np.asarray(~np.isfinite(answers.reshape(len(answers), -1)).all(axis=1))
    if bad.any():
        raise ModelError(
            f"The model gave answers that aren't finite numbers for {int(bad.sum()):,} of {len(bad):,} rows, in which cells of "
            "an explained row stand beside cells of the background"
        )
    return answers


def mixed(pool: pd.DataFrame, own: int, masks: Masks, place: Mapping[str, int]) -> pd.DataFrame:
    """Return each coalition's rows: masks (m, players) → a frame of m x own rows in which the coalition's columns are the row's.

    Parameters
    ----------
    pool
        The background's `own` rows, and the explained row as the last.
    own
        How many rows the background has.
    masks
        Which players take part.
    place
        Column → which player it belongs to.
    """
    background = np.tile(np.arange(own), len(masks))
    columns = {}
    for column in pool.columns:
        taken = np.repeat(masks[:, place[column]], own)
        columns[column] = pool[column].array.take(np.where(taken, own, background))
    return frame_of(columns, pool.columns)


def pooled(background: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return both frames' rows as one frame; a column keeps its type where both have it, else gets one that holds both."""
    if list(background.dtypes) == list(rows.dtypes):
        return pd.concat([background, rows], ignore_index=True)
    return pd.DataFrame({
        column: _joined(background[column], rows[column]) for column in background.columns
    }, columns=background.columns)  # fmt: skip


def _joined(one: "pd.Series[Any]", other: "pd.Series[Any]") -> "pd.Series[Any]":
    kind = _common(one.dtype, other.dtype)
    return pd.concat([one.astype(kind), other.astype(kind)], ignore_index=True)


def _common(one: Any, other: Any) -> Any:  # noqa: ANN401 - dtypes of numpy's and of pandas'
    if one == other:
        return one
    if isinstance(one, pd.CategoricalDtype) and isinstance(other, pd.CategoricalDtype):
        new = [level for level in other.categories if level not in one.categories]
        return pd.CategoricalDtype([*one.categories, *new], ordered=one.ordered)
    plain = isinstance(one, np.dtype) and isinstance(other, np.dtype)
    return np.result_type(one, other) if plain and {one.kind, other.kind} <= set("iuf") else np.dtype(object)
