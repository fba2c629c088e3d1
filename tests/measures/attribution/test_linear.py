"""Weighted sums against all coalitions."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.attribution.linear import weighted_shares
from mlops_widgets.measures.attribution.shapley import exact

Floats = npt.NDArray[np.float64]


def test_contributions_of_joint_players_equal_all_coalitions() -> None:
    rng = np.random.default_rng(0)
    weights, player = rng.normal(size=(6, 2)), np.array([0, 1, 1, 2, 0, 2])
    row, background = rng.normal(size=6), rng.normal(size=(8, 6))

    def worth(masks: npt.NDArray[np.bool_]) -> Floats:
        return np.array([(np.where(mask[player], row, background) @ weights).mean(axis=0) for mask in masks])

    found = weighted_shares(row[None], background, weights, player, players=3)[0]
    assert np.allclose(found, exact(worth, 3).values, rtol=0, atol=1e-12)


def test_an_input_of_nobody_contributes_nothing() -> None:
    found = weighted_shares(np.ones((1, 2)), np.zeros((1, 2)), np.ones((2, 1)), np.array([0, -1]), players=1)
    assert found.ravel().tolist() == [1]
