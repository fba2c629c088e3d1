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
    count, worth = len(groups), {}
    for size in range(count + 1):
        for subset in combinations(range(count), size):
            mixed = background.copy()
            for player in subset:
                for column in groups[player]:
                    mixed[column] = pd.Series([row[column].iloc[0]] * len(mixed), index=mixed.index).astype(
                        row[column].dtype
                    )
            worth[subset] = np.asarray(ask(mixed), dtype=float).reshape(len(mixed), -1).mean(axis=0)
    values = np.zeros((count, len(worth[()])))
    for subset, before in worth.items():
        weight = (
            factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count) if len(subset) < count else 0
        )
        for player in set(range(count)) - set(subset):
            values[player] += weight * (worth[tuple(sorted((*subset, player)))] - before)
    return values
