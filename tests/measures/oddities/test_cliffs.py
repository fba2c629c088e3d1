"""Edges where a density breaks off."""

from math import comb

import numpy as np
import pytest

from mlops_widgets.measures.oddities.cliffs import find_cliff, flipped_signs


def test_the_p_value_is_a_binomial_tail() -> None:
    numbers = np.concatenate([np.linspace(0.0, 10.0, 1001), np.full(3, -0.2)])
    cliff = find_cliff(numbers, edge=0.0, side="below")
    assert cliff is not None
    # the window is a tenth of the interquartile range of 5: fifty rows within .5 above zero, three within .5 below
    assert (cliff.inside_near, cliff.beyond_near) == (50, 3)
    assert cliff.p_value == pytest.approx(sum(comb(53, k) * 0.25**k * 0.75 ** (53 - k) for k in range(4)))


@pytest.mark.parametrize("mean", [-1.0, 0.0, 1.0, 2.0, 3.0])
def test_a_density_that_runs_on_is_no_cliff(mean: float) -> None:
    for seed in range(5):
        assert find_cliff(np.random.default_rng(seed).normal(mean, 1, 4000), edge=0.0, side="below") is None


def test_zeros_of_a_balance_are_no_cliff() -> None:
    rng = np.random.default_rng(0)
    balance = np.where(rng.random(4000) < 0.5, 0.0, rng.normal(40, 60, 4000))
    assert find_cliff(balance, edge=0.0, side="below") is None


def test_shares_above_one_are_found() -> None:
    shares = np.random.default_rng(0).beta(2, 1, 2000)
    shares[:9] = 7.5
    cliff = find_cliff(shares, edge=1.0, side="above")
    assert cliff is not None
    assert np.flatnonzero(cliff.beyond).tolist() == list(range(9))


def test_a_flipped_sign_needs_a_gap() -> None:
    rng = np.random.default_rng(0)
    weights, temperatures = rng.normal(70, 8, 1000), rng.normal(17, 7, 1000)
    weights[:5] *= -1
    assert np.flatnonzero(flipped_signs(weights)).tolist() == list(range(5))
    assert (temperatures < 0).any()
    assert not flipped_signs(temperatures).any()
