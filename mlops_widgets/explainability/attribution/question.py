"""What is asked of an explanation: of which function, on which scale, about which rows, against which baseline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.measures.attribution.shapley import Game, Masks

Floats = npt.NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]
"""(rows) of the model's columns → (rows, outputs) on the question's scale."""

_MOST_ROWS = 50_000
"""Rows that the user's model is asked about at once."""


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

    def game(self, row: int) -> Game:
        """Return the game of one row: a coalition is worth the mean answer where its columns come from the row.

        The other columns come from each row of the background in turn (interventional; Janzing et al. 2020).
        """
        pool = pd.concat([self.background, self.rows.iloc[[row]]], ignore_index=True)
        own = len(self.background)
        place = {column: k for k, columns in enumerate(self.players.values()) for column in columns}

        def worth(masks: Masks) -> Floats:
            at_once = max(1, _MOST_ROWS // own)
            parts = [
                _mean_answer(self.predict, pool, own, masks[k : k + at_once], place)
                for k in range(0, len(masks), at_once)
            ]
            return np.concatenate(parts)

        return worth


def _mean_answer(predict: Predict, pool: pd.DataFrame, own: int, masks: Masks, place: Mapping[str, int]) -> Floats:
    answers = predict(mixed(pool, own, masks, place))
    return np.asarray(answers.reshape(len(masks), own, -1).mean(axis=1), dtype=np.float64)


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
    return pd.DataFrame(columns, columns=pool.columns)
