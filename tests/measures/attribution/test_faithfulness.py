"""What orders of columns gain."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.measures.attribution.faithfulness import better_than_random, gains_of, relevance_gain
from mlops_widgets.measures.attribution.shapley import Game


def additive(weights: list[float]) -> Game:
    return lambda masks: masks @ np.array(weights)[:, None]


def test_the_gain_is_insertion_less_deletion_counted_by_hand() -> None:
    # In: 4, 6; out: (4 + 2 + -1) - 4 = 1, then -1. Means 5 and 0.
    assert relevance_gain(additive([4.0, 2.0, -1.0]), np.array([[0, 1, 2]])).tolist() == [5.0]


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=5))
def test_of_a_sum_the_order_by_contribution_gains_most_of_all_orders(weights: list[int]) -> None:
    every = np.array(list(permutations(range(len(weights)))))
    gains = relevance_gain(additive([float(each) for each in weights]), every)
    own = relevance_gain(additive([float(each) for each in weights]), np.argsort(-np.array(weights))[None, :])
    assert own[0] == pytest.approx(gains.max())
    assert gains.mean() == pytest.approx(0, abs=1e-9)


def test_the_reverse_order_gains_the_opposite() -> None:
    rng = np.random.default_rng(0)
    worth = rng.normal(size=16)
    orders = np.array([[2, 0, 3, 1], [1, 3, 0, 2]])
    gains = relevance_gain(lambda masks: worth[masks @ (1 << np.arange(4))][:, None], orders)
    assert gains[0] == pytest.approx(-gains[1])


def test_one_column_has_no_order() -> None:
    assert relevance_gain(additive([1.0]), np.array([[0]])).tolist() == [0.0]


def test_lengths_are_spread_where_there_are_more_than_steps() -> None:
    asked = []

    def counted(masks: np.ndarray) -> np.ndarray:
        asked.append(len(masks))
        return np.asarray(masks.sum(axis=1, keepdims=True), dtype=np.float64)

    relevance_gain(counted, np.arange(30)[None, :], steps=10)
    assert asked == [20]


def test_a_random_order_is_better_than_random_in_no_more_than_five_percent() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2000, 3, 20))
    p = np.array([better_than_random(each[:, 0], each[:, 1:]) for each in draws])
    assert (p <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(p))


def test_the_order_by_contribution_is_found_better_and_a_wrong_one_not() -> None:
    weights = [8.0, 4.0, 2.0, 1.0, -1.0, -2.0, -4.0]
    values = np.array([weights, weights[::-1]])
    gains = gains_of(additive(weights), values, rng=np.random.default_rng(1))
    assert better_than_random(gains.own[:1], gains.random[None, :]) == 0.05
    assert better_than_random(gains.own[1:], gains.random[None, :]) == 1.0
