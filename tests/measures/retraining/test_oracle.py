"""The oracle against exhaustive search, and on noise alone."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.measures.retraining.oracle import hindsight, oracle
from mlops_widgets.measures.retraining.policies import Policy, Terms, walk
from tests.measures.retraining.grids import owner, random_grid, random_terms


def cheapest(grid: Grid, terms: Terms, start: int) -> float:
    """Return the least total over every set of chunks at which a model might be trained."""
    cells = np.nan_to_num(grid.sums.sum(axis=0))
    missing = np.isnan(grid.sums.sum(axis=0)).all(axis=1)
    able = [
        t for t in range(start + 1, grid.chunks)
        if t - terms.label_delay > grid.first and not missing[t - terms.label_delay]
    ]  # fmt: skip
    least = np.inf
    for size in range(len(able) + 1):
        for chosen in combinations(able, size):
            if any(b - a < max(terms.deploy_delay, 1) for a, b in pairwise(chosen)):
                continue
            installs = [(-1, grid.first), *((t + terms.deploy_delay, t - terms.label_delay) for t in chosen)]
            lost = sum(cells[owner(installs, t), t] for t in range(start, grid.chunks))
            least = min(least, terms.value_per_loss * lost + terms.retrain_cost * size)
    return float(least)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000))
def test_dynamic_programming_finds_what_exhaustive_search_finds(seed: int) -> None:
    grid, terms = random_grid(seed, most=8), random_terms(seed)
    for start in {grid.first, (grid.first + grid.chunks) // 2}:
        assert hindsight(grid, terms, grid.losses, start).total == pytest.approx(cheapest(grid, terms, start))


@pytest.mark.parametrize("seed", [1, 2])
def test_it_does_so_on_ten_chunks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sums = np.where(np.triu(np.ones((10, 10))) > 0, rng.normal(1, 1, (10, 10)), np.nan)
    grid = Grid(
        sums=np.stack([sums, np.where(np.isnan(sums), np.nan, 0)]), counts=np.stack([np.ones(10), np.zeros(10)])
    )
    terms = Terms(retrain_cost=0.4, label_delay=seed - 1, deploy_delay=seed - 1)
    assert oracle(grid, terms).total == pytest.approx(cheapest(grid, terms, 0))
    assert oracle(grid, terms).is_hindsight


def noise(seed: int) -> Grid:
    """Return models that differ by their rows only."""
    rng = np.random.default_rng(seed)
    read = np.triu(np.ones((14, 14))) > 0
    return Grid(sums=np.where(read, rng.normal(50, 1, (2, 14, 14)), np.nan), counts=np.full((2, 14), 50.0))


def test_noise_alone_shows_no_regret_to_the_oracle_of_halves_but_to_hindsight() -> None:
    regret = np.array([
        [walk(grid, Policy(), Terms()).total - best for best in (oracle(grid, Terms()).total, oracle(grid, Terms()).path.total)]
        for grid in map(noise, range(60))
    ])  # fmt: skip
    error = regret[:, 0].std(ddof=1) / np.sqrt(len(regret))
    assert abs(regret[:, 0].mean()) < 3 * error
    assert regret[:, 1].min() > 0


def test_a_half_without_rows_is_replaced_by_the_whole() -> None:
    grid = random_grid(5)
    assert grid.chunks > 2
    counts = np.ones((2, grid.chunks))
    counts[1, -1] = 0
    sums = np.where(np.isnan(grid.sums), np.nan, np.stack([np.ones_like(grid.sums[0]), np.ones_like(grid.sums[0])]))
    sums[1, :, -1] = np.where(np.isnan(sums[1, :, -1]), np.nan, 0)
    other = Grid(sums=sums, counts=counts, first=grid.first)
    assert other.half(1)[grid.first, -1] == other.losses[grid.first, -1] == 1.0
    assert other.half(0)[grid.first, grid.first] == 2.0
