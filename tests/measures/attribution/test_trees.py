"""Shapley values of forests made by hand and by chance, against all coalitions and closed forms."""

from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.attribution import trees as module
from mlops_widgets.measures.attribution.forests import CategorySplit, Forest, Tree, planted
from mlops_widgets.measures.attribution.shapley import exact
from mlops_widgets.measures.attribution.trees import Paths, TreeGame

Floats = npt.NDArray[np.float64]
FEATURES = 6


def grown(rng: np.random.Generator, depth: int, outputs: int = 2, features: int = FEATURES) -> Tree:
    """Return a tree of chance: numbers, gaps, zeros and codes; features come back on a path."""
    left, right, categories = [-1], [-1], {}
    todo = [(0, 0)]
    while todo:
        node, level = todo.pop()
        if level < depth and (level < 1 or rng.random() < 0.8):
            left[node], right[node] = len(left), len(left) + 1
            todo += [(left[node], level + 1), (right[node], level + 1)]
            left += [-1, -1]
            right += [-1, -1]
            if rng.random() < 0.3:
                codes = rng.permutation(4)
                categories[node] = CategorySplit(
                    left=codes[:2].tolist(), right=codes[2:3].tolist(), other_left=bool(rng.random() < 0.5)
                )
    m = len(left)
    return Tree(
        left=np.array(left), right=np.array(right), feature=rng.integers(0, features, m),
        threshold=rng.integers(-1, 3, m).astype(float), missing_left=rng.random(m) < 0.5, value=rng.normal(size=(m, outputs)),
        zero_missing=rng.random(m) < 0.2, categories=categories,
    )  # fmt: skip


def cells_of(rng: np.random.Generator, rows: int, features: int = FEATURES) -> Floats:
    cells = rng.integers(-1, 5, (rows, features)).astype(float)
    return np.where(rng.random(cells.shape) < 0.15, np.nan, cells)


def walked(forest: Forest, row: Floats) -> Floats:
    """Return the answer for one row by walking each tree."""
    total = forest.base.copy()
    for root in forest.roots:
        node = int(root)
        while forest.left[node] >= 0:
            to_left = bool(forest.decided(row[None], np.array([node]))[0, 0])
            node = int(forest.left[node] if to_left else forest.right[node])
        total += forest.value[node]
    return total


def brute(forest: Forest, player: npt.NDArray[np.intp], players: int, row: Floats, background: Floats) -> Floats:
    def worth(masks: npt.NDArray[np.bool_]) -> Floats:
        return np.array([
            np.mean([walked(forest, np.where(mask[player], row, other)) for other in background], axis=0) for mask in masks
        ])  # fmt: skip

    return exact(worth, players).values


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_any_forest_and_any_players_equal_all_coalitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    forest = planted([grown(rng, 3) for _ in range(3)], base=rng.normal(size=2), single=bool(seed % 2))
    player = rng.integers(0, 4, FEATURES)
    background, rows = cells_of(rng, 5), cells_of(rng, 2)
    game = TreeGame(Paths(forest, player), background, players=4)
    found = game.values(rows)
    for k, row in enumerate(rows):
        assert np.allclose(found[k], brute(forest, player, 4, row, background), rtol=0, atol=1e-12)
    assert np.allclose(game.base, np.mean([walked(forest, row) for row in background], axis=0), rtol=0, atol=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_contributions_add_up_and_a_forest_is_the_sum_of_its_trees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = [grown(rng, 6) for _ in range(4)]
    player = np.arange(FEATURES)
    background, rows = cells_of(rng, 40), cells_of(rng, 20)
    whole = Paths(planted(parts, base=np.ones(2), single=False), player)
    game = TreeGame(whole, background, players=FEATURES)
    found = game.values(rows)
    assert np.allclose(game.base + found.sum(axis=1), whole.margins(rows), rtol=0, atol=1e-12)
    single = [
        TreeGame(Paths(planted([tree], base=np.zeros(2), single=False), player), background, players=FEATURES)
        for tree in parts
    ]
    assert np.allclose(found, sum(each.values(rows) for each in single), rtol=0, atol=1e-12)
    assert np.allclose(found[7:8], game.values(rows[7:8]), rtol=0, atol=1e-12)


def both(values: tuple[float, float, float, float]) -> Forest:
    """Return a tree over two columns, 0 or 1 each: the values of (0, 0), (0, 1), (1, 0), (1, 1)."""
    return planted([Tree(
        left=np.array([1, 3, 5, -1, -1, -1, -1]), right=np.array([2, 4, 6, -1, -1, -1, -1]),
        feature=np.array([0, 1, 1, 0, 0, 0, 0]), threshold=np.full(7, 0.5), missing_left=np.zeros(7, dtype=bool),
        value=np.array([0, 0, 0, *values], dtype=float)[:, None],
    )], base=np.zeros(1), single=False)  # fmt: skip


def test_exclusive_or_is_shared_equally() -> None:
    game = TreeGame(Paths(both((0, 1, 1, 0)), np.array([0, 1])), np.zeros((1, 2)), players=2)
    assert game.values(np.array([[1.0, 1.0], [1.0, 0.0]])).reshape(2, 2).tolist() == [[0, 0], [1, 0]]


def test_and_is_shared_equally_and_an_unused_column_gets_nothing() -> None:
    game = TreeGame(Paths(both((0, 0, 0, 1)), np.array([0, 1, 2])), np.zeros((3, 3)), players=3)
    assert game.values(np.ones((1, 3))).ravel().tolist() == [0.5, 0.5, 0]


def test_what_belongs_to_nobody_contributes_nothing() -> None:
    game = TreeGame(Paths(both((0, 0, 0, 1)), np.array([0, -1])), np.array([[0.0, 1.0]]), players=1)
    assert game.values(np.ones((1, 2))).ravel().tolist() == [1]


def test_a_forest_without_splits_is_its_baseline() -> None:
    leaf = Tree(
        left=np.array([-1]), right=np.array([-1]), feature=np.array([0]), threshold=np.zeros(1),
        missing_left=np.zeros(1, dtype=bool), value=np.array([[2.0]]),
    )  # fmt: skip
    game = TreeGame(
        Paths(planted([leaf, leaf], base=np.ones(1), single=False), np.array([0])), np.zeros((2, 1)), players=1
    )
    assert game.base.tolist() == [5]
    assert not game.values(np.ones((3, 1))).any()


def chain(players: int) -> Tree:
    """Return a tree that is 1 where all columns are 1, asked one after the other."""
    m = 2 * players + 1
    node = np.arange(players)
    left, right = np.full(m, -1), np.full(m, -1)
    left[node], right[node] = players + node, np.append(node[1:], m - 1)
    value = np.zeros((m, 1))
    value[m - 1] = 1
    return Tree(
        left=left, right=right, feature=np.append(node, np.zeros(players + 1, dtype=int)), threshold=np.full(m, 0.5),
        missing_left=np.zeros(m, dtype=bool), value=value,
    )  # fmt: skip


@pytest.mark.parametrize("players", [8, 9, 16, 17, 33, 64])
def test_a_long_path_is_shared_equally(players: int) -> None:
    game = TreeGame(
        Paths(planted([chain(players)], base=np.zeros(1), single=False), np.arange(players)),
        np.zeros((1, players)),
        players=players,
    )
    assert np.allclose(game.values(np.ones((1, players))).ravel(), 1 / players, rtol=1e-12)


def test_a_path_of_more_than_64_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 64 columns"):
        Paths(planted([chain(65)], base=np.zeros(1), single=False), np.arange(65))


def test_a_background_too_large_to_keep_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths(planted([chain(8)], base=np.zeros(1), single=False), np.arange(8))
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    with pytest.raises(ValueError, match="9 leaves against 50 rows"):
        TreeGame(paths, np.zeros((50, 8)), players=8)


def test_deep_forests_whose_rows_are_kept_one_by_one_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    paths = Paths(planted([grown(rng, 6) for _ in range(4)], base=np.zeros(2), single=False), np.arange(FEATURES))
    background, rows = cells_of(rng, 30), cells_of(rng, 5)
    shared = TreeGame(paths, background, players=FEATURES).values(rows)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 50)
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 70)
    alone = TreeGame(paths, background, players=FEATURES).values(rows)
    assert np.allclose(alone, shared, rtol=0, atol=1e-12)


def test_single_precision_rounds_cells_and_not_thresholds() -> None:
    forest = replace(both((0, 0, 1, 1)), threshold=np.full(7, 0.1))
    for single, cell in product([False, True], [0.1, 0.1 + 1e-9]):
        paths = Paths(replace(forest, single=single), np.array([0, 1]))
        rounded = float(np.float32(cell)) if single else cell
        assert paths.margins(np.array([[cell, 0.0]]))[0, 0] == float(rounded > 0.1)
