import numpy as np
import pytest

from mlops_widgets.measures.dependencies import breaks, majorities, pair_agreement


def by_hand(groups: np.ndarray, values: np.ndarray) -> float:
    """Return 1 - g3 over groups of two or more, counted group by group."""
    held = total = 0
    for group in set(groups.tolist()) - {-1}:
        cells = [value for g, value in zip(groups, values, strict=True) if g == group and value >= 0]
        if len(cells) >= 2:
            held += max(cells.count(value) for value in cells)
            total += len(cells)
    return held / total


def test_the_share_is_that_counted_group_by_group() -> None:
    rng = np.random.default_rng(0)
    groups, values = rng.integers(-1, 40, 300), rng.integers(-1, 4, 300)
    found = majorities(groups, values, rng=rng)
    assert found.share == pytest.approx(by_hand(groups, values))


def test_independent_columns_lie_at_chance_and_a_dependency_beyond_it() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 100, 2000)
    free = majorities(groups, rng.integers(0, 8, 2000), rng=rng)
    bound = majorities(groups, groups % 8, rng=rng)
    assert abs(free.beyond_chance) < 0.05
    assert (bound.share, bound.beyond_chance) == (1.0, 1.0)


def test_agreement_of_pairs_is_the_sum_of_squares_where_columns_are_free() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 100, 20_000)
    columns = np.array([rng.integers(0, 4, 20_000), groups, np.full(20_000, -1)])
    agree = pair_agreement(groups, columns, pairs=10_000, rng=rng)
    assert agree[0] == pytest.approx(0.25, abs=0.02)
    assert agree[1] == 1.0
    assert np.isnan(agree[2])


def test_a_single_exception_in_a_large_group_is_wrong_and_half_of_a_group_is_not() -> None:
    groups = np.repeat(np.arange(50), 10)
    values = groups.copy()
    values[0] = 99
    values[10:15] = 98
    wrong = breaks(majorities(groups, values, rng=np.random.default_rng(0)))
    assert wrong[0] > 0.95
    assert wrong[1:].max() < 0.5
