"""Exact interventional Shapley values of a weighted sum, for players that hold one input or several."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def weighted_shares(
    cells: Floats, background: Floats, weights: Floats, player: npt.NDArray[np.intp], *, players: int
) -> Floats:
    """Return what each player contributes: w (x - mean of the background), summed over its inputs.

    A sum has no interactions, so that is the Shapley value (Štrumbelj & Kononenko 2014, section 3).

    Parameters
    ----------
    cells
        (n, inputs) explained rows.
    background
        (rows, inputs) what an absent player is averaged over.
    weights
        (inputs, outputs) of the sum.
    player
        (inputs,) who an input belongs to; -1 for nobody's, which contributes nothing because it never differs.
    players
        How many there are.

    Examples
    --------
    >>> weights, player = np.array([[2.0], [1.0]]), np.array([0, 0])
    >>> weighted_shares(np.ones((1, 2)), np.zeros((4, 2)), weights, player, players=1).ravel().tolist()
    [3.0]
    """
    away = cells - background.mean(axis=0)
    belongs = (player[:, None] == np.arange(players)).astype(np.float64)
    return np.stack([(away * weight) @ belongs for weight in weights.T], axis=2)
