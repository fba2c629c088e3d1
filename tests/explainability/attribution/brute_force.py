"""Shapley values from their definition, on the user's own model: all subsets, one background row at a time."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def brute_force(
    ask: Callable[[pd.DataFrame], Floats], row: pd.DataFrame, background: pd.DataFrame, players: Mapping[str, Sequence[str]] | None = None
) -> Floats:  # fmt: skip
    """Return (players, outputs): the weighted sum over all subsets S without i of v(S + i) - v(S).

    v(S) is the mean answer over the background, each row with the columns of S from the explained row.
    """
    groups = list((players or {column: (column,) for column in background.columns}).values())
    count = len(groups)
    subsets = [subset for size in range(count + 1) for subset in combinations(range(count), size)]
    mixes = pd.concat([background] * len(subsets), ignore_index=True)
    for player, columns in enumerate(groups):
        taken = np.repeat([player in subset for subset in subsets], len(background))
        for column in columns:
            own = pd.Series([row[column].iloc[0]] * len(mixes)).astype(row[column].dtype)
            mixes[column] = mixes[column].where(~taken, own)
    answers = np.asarray(ask(mixes), dtype=float).reshape(len(subsets), len(background), -1).mean(axis=1)
    worth = dict(zip(subsets, answers, strict=True))
    values = np.zeros((count, len(worth[()])))
    for subset, before in worth.items():
        weight = (
            factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count) if len(subset) < count else 0
        )
        for player in set(range(count)) - set(subset):
            values[player] += weight * (worth[tuple(sorted((*subset, player)))] - before)
    return values
