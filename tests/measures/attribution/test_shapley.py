"""Known answers: Shapley's definition over all orders, counted in the test; closed forms of small games."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from mlops_widgets.measures.attribution.shapley import Game, draw, every_coalition, exact, paired_error, sampled

Floats = npt.NDArray[np.float64]


def game_of(worth: Floats) -> Game:
    """Return the game whose coalition k (binary digits: who takes part) is worth `worth[k]`."""
    table = worth.reshape(len(worth), -1)
    powers = 1 << np.arange(int(np.log2(len(worth))))
    return lambda masks: table[masks @ powers]


def by_all_orders(worth: Floats, players: int) -> Floats:
    """Return the mean gain of each player over every order of arrival: the definition itself."""
    total = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        code = 0
        for player in order:
            total[player] += worth[code | (1 << player)] - worth[code]
            code |= 1 << player
    return total / len(orders)


worths = st.lists(st.floats(-10, 10), min_size=16, max_size=16).map(np.array)


@settings(max_examples=40, deadline=None)
@given(worths)
def test_exact_values_are_the_mean_gain_over_every_order(worth: Floats) -> None:
    np.testing.assert_allclose(exact(game_of(worth), 4).values[:, 0], by_all_orders(worth, 4), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(worths, st.integers(1, 6))
def test_contributions_add_up_to_the_whole_by_both_ways(worth: Floats, pairs: int) -> None:
    for found in (
        exact(game_of(worth), 4),
        sampled(game_of(worth), 4, pairs=pairs, rng=np.random.default_rng(0)),
    ):
        np.testing.assert_allclose(found.empty + found.values.sum(axis=0), found.full, atol=1e-12)
        assert found.empty[0] == worth[0]
        assert found.full[0] == worth[15]


@settings(max_examples=25, deadline=None)
@given(worths, worths, st.floats(-3, 3))
def test_values_are_linear_in_the_game(one: Floats, other: Floats, by: float) -> None:
    both = exact(game_of(one + by * other), 4).values
    np.testing.assert_allclose(both, exact(game_of(one), 4).values + by * exact(game_of(other), 4).values, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(worths, st.permutations(range(4)))
def test_values_follow_the_players_when_these_are_renamed(worth: Floats, order: list[int]) -> None:
    game = game_of(worth)
    renamed = exact(lambda masks: game(masks[:, np.argsort(order)]), 4).values
    np.testing.assert_allclose(renamed, exact(game, 4).values[order], atol=1e-12)


def test_a_player_that_changes_nothing_gets_nothing_and_equal_players_get_the_same() -> None:
    masks = every_coalition(4)
    worth = (masks[:, 0] & masks[:, 1]) * 6.0 + masks[:, 2] * 2.0
    assert exact(game_of(worth), 4).values[:, 0].tolist() == pytest.approx([3, 3, 2, 0])


def test_a_product_of_three_is_shared_in_thirds_and_exclusive_or_in_halves() -> None:
    masks = every_coalition(3)
    assert exact(game_of(masks.all(axis=1).astype(float)), 3).values[:, 0].tolist() == pytest.approx([1 / 3] * 3)
    two = every_coalition(2)
    assert exact(game_of((two[:, 0] ^ two[:, 1]).astype(float)), 2).values[:, 0].tolist() == pytest.approx([0, 0])


def test_several_outputs_are_several_games() -> None:
    rng = np.random.default_rng(0)
    worth = rng.normal(size=(8, 3))
    whole = exact(game_of(worth), 3).values
    for k in range(3):
        np.testing.assert_allclose(whole[:, k], exact(game_of(worth[:, k]), 3).values[:, 0])


def test_permutations_of_an_additive_game_are_right_at_once() -> None:
    found = sampled(lambda masks: masks @ np.arange(12.0)[:, None], 12, pairs=2, rng=np.random.default_rng(0))
    np.testing.assert_allclose(found.values[:, 0], np.arange(12), atol=1e-12)
    assert found.standard_error.max() < 1e-12


def test_pairs_are_exact_where_players_interact_in_twos() -> None:
    rng = np.random.default_rng(1)
    masks = every_coalition(6).astype(float)
    worth = masks @ rng.normal(size=6) + ((masks @ rng.normal(size=(6, 6))) * masks).sum(axis=1)
    found = sampled(game_of(worth), 6, pairs=2, rng=rng)
    np.testing.assert_allclose(found.values, exact(game_of(worth), 6).values, atol=1e-12)


def test_a_coalition_is_asked_for_once() -> None:
    seen: list[bytes] = []

    def game(masks: npt.NDArray[np.bool_]) -> Floats:
        seen.extend(row.tobytes() for row in masks)
        return np.asarray(masks.sum(axis=1, keepdims=True), dtype=np.float64)

    found = sampled(game, 5, pairs=8, rng=np.random.default_rng(0))
    assert len(seen) == len(set(seen)) == found.coalitions <= 32


def test_one_pair_knows_no_standard_error() -> None:
    found = sampled(
        lambda masks: masks.all(axis=1, keepdims=True).astype(float), 3, pairs=1, rng=np.random.default_rng(0)
    )
    assert np.isnan(found.standard_error).all()


def test_a_spread_of_zero_by_chance_is_not_taken_for_certainty() -> None:
    gains = np.array([[[1.0], [0.0]], [[1.0], [2.0]], [[1.0], [1.0]]])
    error = paired_error(gains)
    # by hand: the one that varies has variance 1, which is one more pair for both: (1 + 2 * 0) / 3 / 3 and (1 + 2 * 1) / 3 / 3
    np.testing.assert_allclose(error[:, 0] ** 2, [1 / 9, 3 / 9])


def test_players_that_never_vary_do_not_narrow_the_intervals_of_those_that_do() -> None:
    gains = np.random.default_rng(0).normal(size=(3, 2, 1))
    among_many = np.concatenate([gains, np.full((3, 18, 1), 7.0)], axis=1)
    np.testing.assert_allclose(paired_error(among_many)[:2], paired_error(gains))
    assert paired_error(among_many)[2:].min() > 0


def test_three_of_twenty_players_that_interact_are_covered_as_often_as_the_intervals_say() -> None:
    def product(masks: npt.NDArray[np.bool_]) -> Floats:
        return np.asarray(masks[:, :3].all(axis=1, keepdims=True), dtype=np.float64)

    rng, held = np.random.default_rng(1), []
    for _ in range(200):
        found = sampled(product, 20, pairs=10, rng=rng)
        held.append(np.abs(found.values[:3] - 1 / 3) <= student.ppf(0.975, 10) * found.standard_error[:3] + 1e-12)
    assert 0.92 <= np.mean(held) <= 0.98  # .88 with the mean over all twenty


def test_more_draws_add_up() -> None:
    rng = np.random.default_rng(0)
    game = game_of(rng.normal(size=32))
    one, other = (draw(game, 5, pairs=3, rng=np.random.default_rng(seed)) for seed in (1, 2))
    together = (one + other).shares
    assert together.pairs == 6
    np.testing.assert_allclose(together.values, (one.shares.values + other.shares.values) / 2)
    np.testing.assert_allclose(together.standard_error, paired_error(np.concatenate([one.gains, other.gains])))


def _games() -> list[Floats]:
    """Return games of eight players with interactions of all orders that fade: like a model's."""
    rng = np.random.default_rng(5)
    masks = every_coalition(8).astype(float)
    made: list[Callable[[], Floats]] = [
        lambda: np.tanh(masks @ rng.normal(size=8)),
        lambda: 1 / (1 + np.exp(-masks @ rng.normal(size=8) * 3)),
        lambda: np.tanh(masks @ rng.normal(size=(8, 6))) @ rng.normal(size=6),
        lambda: ((masks @ rng.normal(size=8)) > 0.5).astype(float),
    ]
    return [make() for make in made for _ in range(3)]


@pytest.mark.parametrize("pairs", [3, 5, 10])
def test_intervals_cover_the_exact_value_as_often_as_they_say(pairs: int) -> None:
    rng = np.random.default_rng(pairs)
    held = []
    for worth in _games():
        truth = exact(game_of(worth), 8).values
        for _ in range(15):
            found = sampled(game_of(worth), 8, pairs=pairs, rng=rng)
            held.append(np.abs(found.values - truth) <= student.ppf(0.975, pairs) * found.standard_error)
    covered = np.concatenate(held)
    assert covered.size >= 1000
    assert 0.93 <= covered.mean() <= 0.97
