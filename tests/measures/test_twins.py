"""Rows that another table holds already."""

import numpy as np
import pytest

from mlops_widgets.measures.twins import learn_nearness, occurrences, repeated_elsewhere


def keys(*values: int) -> "np.typing.NDArray[np.uint64]":
    return np.array(values, dtype=np.uint64)


def test_occurrences_are_counted_and_absent_keys_are_none() -> None:
    assert occurrences(keys(1, 2, 9), keys(2, 2, 1, 3)).tolist() == [1, 2, 0]
    assert occurrences(keys(1), keys()).tolist() == [0]


def test_a_repeat_within_one_unit_is_no_twin() -> None:
    rows = keys(1, 1, 2, 2, 3)
    assert repeated_elsewhere(rows, None).tolist() == [True, True, True, True, False]
    assert repeated_elsewhere(rows, np.array([0, 0, 0, 1, 1])).tolist() == [False, False, True, True, False]


def test_near_twins_are_near_and_equal_rows_are_not_counted() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 4))
    nearness = learn_nearness(rows, rng=rng)
    assert nearness is not None
    moved = rows[:3] + np.array([[0.0], [0.001], [3 * nearness.radius / 2]])
    distances = nearness.distances(moved)
    assert nearness.near(distances).tolist() == [False, True, False]
    assert nearness.by_chance(distances).tolist() == [False, False, True]
    assert nearness.distances(np.full((1, 4), 50.0)).tolist() == [np.inf]
    assert nearness.near(nearness.distances(rows, own=True)).mean() < 0.01
    assert learn_nearness(np.ones((20, 2)), rng=rng) is None


def test_chance_brings_a_third_of_the_band_within_the_radius_on_a_line() -> None:
    rng = np.random.default_rng(1)
    nearness = learn_nearness(rng.random((2000, 1)), rng=rng)
    assert nearness is not None
    distances = nearness.distances(rng.random((20_000, 1)))
    assert nearness.near(distances).mean() == pytest.approx(nearness.by_chance(distances).mean() / 3, rel=0.1)
