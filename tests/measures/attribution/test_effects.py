"""Accumulated local effects and partial dependence against closed forms and PyALE; shapes in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mlops_widgets.measures.attribution.effects import (
    accumulated,
    bands,
    extent_of,
    order_by_likeness,
    partial_dependence,
    shape_of,
    steps_of_categories,
    steps_of_numbers,
)


def _sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    a = rng.normal(size=60)
    b = a * 0.8 + 0.6 * rng.normal(size=60)
    return a.round(3), b.round(3)


def test_effects_on_a_nonlinear_model_are_those_of_pyale() -> None:
    # PyALE 1.2.0: ale(X, model of a*b + sin(3a), ["a"], grid_size=6), its edges taken over
    a, b = _sample()
    edges = np.array([-2.517, -1.199, -0.584, -0.112, 0.105, 0.667, 2.0])
    theirs = [0.92667003, 0.74027192, -1.17118625, -0.79745138, -0.1238959, 0.54238366, 0.6930858]
    bins = np.clip(np.searchsorted(edges, a) - 1, 0, 5)
    low, high = edges[bins], edges[bins + 1]
    change = high * b + np.sin(3 * high) - low * b - np.sin(3 * low)
    found = accumulated(steps_of_numbers(bins, change, points=7), np.ones((1, 60)))[0]
    np.testing.assert_allclose(found, theirs, atol=1e-8)


def test_effects_of_an_additive_model_are_its_centred_part_exactly() -> None:
    a, b = _sample()
    edges = np.linspace(a.min(), a.max(), 9)
    bins = np.clip(np.searchsorted(edges, a) - 1, 0, 7)
    part = np.cos
    change = (part(edges[bins + 1]) + b**2) - (part(edges[bins]) + b**2)
    found = accumulated(steps_of_numbers(bins, change, points=9), np.ones((1, 60)))[0]
    np.testing.assert_allclose(found - found[0], part(edges) - part(edges[0]), atol=1e-12)
    middle = (found[bins] + found[bins + 1]) / 2
    assert abs(middle.mean()) < 1e-12


def test_partial_dependence_extrapolates_where_local_effects_do_not() -> None:
    # Two copies of one column, and a model that is 10 where they disagree by more than 1: no row does.
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 400)
    other = x + rng.normal(0, 0.05, 400)
    edges = np.linspace(-2, 2, 11)

    def model(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        return np.asarray(one + 10 * (np.abs(one - two) > 1))

    bins = np.clip(np.searchsorted(edges, x) - 1, 0, 9)
    change = model(edges[bins + 1], other) - model(edges[bins], other)
    local = accumulated(steps_of_numbers(bins, change, points=11), np.ones((1, 400)))[0]
    np.testing.assert_allclose(np.diff(local), np.diff(edges), atol=1e-9)
    dependence = partial_dependence(np.stack([model(edge, other) for edge in edges], axis=1), np.ones((1, 400)))[0]
    assert np.abs(np.diff(dependence) - np.diff(edges)).max() > 1


def test_effects_of_categories_are_means_over_both_neighbours() -> None:
    # By hand: two rows of x, one of y; the answer is the category's value times the row's own number.
    value, number, place = np.array([1.0, 3.0]), np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1])
    before, own, after = (value[np.clip(place + step, 0, 1)] * number for step in (-1, 0, 1))
    found = accumulated(steps_of_categories(place, before, own, after, points=2), np.ones((1, 3)))[0]
    step = np.mean([2 * 1, 2 * 2, 2 * 4])
    np.testing.assert_allclose(found, [-step / 3, step * 2 / 3])


def test_effects_of_categories_are_those_of_pyale() -> None:
    # PyALE 1.2.0: ale(X, model, ["k"], feature_type="discrete"), categories x, y, z in that order
    rng = np.random.default_rng(7)
    a = rng.normal(size=60)
    rng.normal(size=60)
    a, k = a.round(3), rng.integers(0, 3, 60)
    slope, level = np.array([1.0, 2.0, -1.0]), np.array([0.0, 0.5, 0.0])
    before, own, after = (slope[at] * a + level[at] for at in (np.clip(k + step, 0, 2) for step in (-1, 0, 1)))
    found = accumulated(steps_of_categories(k, before, own, after, points=3), np.ones((1, 60)))[0]
    np.testing.assert_allclose(found, [-0.097813, 0.125397, -0.023822], atol=1e-6)


def test_rows_without_a_place_and_empty_bins_change_nothing() -> None:
    # The curve is 0, 1, 1, 3; the two rows with a place lie at its bins' middles .5 and 2.
    steps = steps_of_numbers(np.array([0, -1, 2]), np.array([1.0, 50.0, 2.0]), points=4)
    assert accumulated(steps, np.ones((1, 3)))[0].tolist() == [-1.25, -0.25, -0.25, 1.75]


def test_a_weight_counts_like_that_many_rows() -> None:
    a, b = _sample()
    bins = np.clip((a > 0).astype(int) + (a > 1), 0, 2)
    weights = np.arange(60) % 3
    steps = steps_of_numbers(bins, b, points=4)
    again = np.repeat(np.arange(60), weights)
    twice = steps_of_numbers(bins[again], b[again], points=4)
    np.testing.assert_allclose(accumulated(steps, weights[None, :]), accumulated(twice, np.ones((1, len(again)))))


def test_a_step_that_few_units_decide_varies_as_much_as_their_mean_does() -> None:
    # Two units of ten rows each in one step: their means vary by half of what single units do, draws by a quarter.
    change = np.repeat([-1.0, 1.0], 10)
    steps = steps_of_numbers(np.zeros(20, dtype=np.int64), change, points=2)
    draws = np.array([[2.0, 0.0], [1.0, 1.0], [1.0, 1.0], [0.0, 2.0]]).repeat(10, axis=1)
    curves = accumulated(steps, draws, units=np.repeat([0, 1], 10))
    assert np.isclose((curves[:, 1] - curves[:, 0]).var(), change.var(ddof=0) * 2 / 2)
    assert np.isclose((np.diff(accumulated(steps, draws))).var(), change.var(ddof=0) / 2)


def test_categories_stand_beside_those_with_like_rows() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 800)
    where = np.array([2.0, 0.0, 3.0, 1.0])
    order = order_by_likeness(codes, [where[codes] + rng.normal(0, 0.5, 800)], categories=4).tolist()
    assert order in ([1, 3, 0, 2], [2, 0, 3, 1])


def _noisy(curve: list[float], spread: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    return np.array(curve), np.array(curve) + np.random.default_rng(0).normal(0, spread, (200, len(curve)))


@pytest.mark.parametrize(
    ("curve", "shape"),
    [
        ([0.0, 1.0, 2.0, 3.0], "rises"), ([3.0, 2.5, 0.0, -1.0], "falls"), ([0.0, 2.0, 3.0, 1.0], "rises then falls"),
        ([2.0, 0.0, 0.1, 3.0], "falls then rises"), ([0.0, 2.0, 0.0, 2.0, 0.0], "goes up and down"),
        ([0.0, 0.01, 0.0, 0.02], "flat"), ([0.0, 1.0, 0.99, 2.0], "rises"),
    ],
)  # fmt: skip
def test_a_curve_is_called_by_its_shape(curve: list[float], shape: str) -> None:
    assert shape_of(*_noisy(curve), margin=0.1, units=100) == shape


def test_a_curve_within_its_noise_is_not_settled() -> None:
    assert shape_of(*_noisy([0.0, 0.3, 0.1, 0.2], 1.0), margin=0.1, units=100) == "not settled"
    assert shape_of(*_noisy([0.0, 1.0]), margin=0.1, units=1) == "not settled"


@settings(max_examples=30, deadline=None)
@given(some.lists(some.floats(-5, 5), min_size=2, max_size=8))
def test_a_mirrored_curve_has_the_mirrored_shape(curve: list[float]) -> None:
    mirrored = {"rises": "falls", "rises then falls": "falls then rises"}
    mirrored |= {other: one for one, other in mirrored.items()}
    points, draws = _noisy(curve)
    found = shape_of(points, draws, margin=0.5, units=50)
    assert shape_of(-points, -draws, margin=0.5, units=50) == mirrored.get(found, found)


def test_of_two_points_the_extent_has_the_interval_of_a_difference() -> None:
    curve, draws = _noisy([0.0, 2.0], 0.1)
    found = extent_of(curve, draws, units=10_000)
    assert (found.low, found.high, found.size) == (0, 1, 2.0)
    reach = 1.96 * (draws[:, 1] - draws[:, 0]).std()
    assert np.allclose([found.size - found.lower, found.upper - found.size], reach, rtol=1e-3)
    lower, upper = bands(curve, draws, units=10_000)
    assert np.allclose(upper - lower, 2 * 1.96 * draws.std(axis=0), rtol=1e-3)


def test_a_level_curve_has_no_extent_although_its_ends_are_chosen() -> None:
    rng = np.random.default_rng(0)
    shown = 0
    for _ in range(200):
        curve = rng.normal(size=11)
        shown += extent_of(curve, curve + rng.normal(size=(200, 11)), units=1000).lower > 0
    assert shown / 200 <= 0.05  # with the interval of the pair that was chosen: 82 %


def test_a_level_curve_is_flat_only_where_no_pair_of_points_may_lie_farther_apart() -> None:
    curve, noise = np.array([0.0, 0.04, 0.01]), np.random.default_rng(0).normal(size=(200, 3))
    assert extent_of(curve, curve + noise * [0.01, 0.01, 1.0], units=1000).upper > 1.9
