"""Bounds from the tail of a sample: against closed forms, and against fresh samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.tail_bounds import _cautious, _shape, has_no_variance, lower_bound, upper_bound


def test_the_shape_of_uniform_excesses_is_minus_one_and_of_exponential_ones_zero() -> None:
    # Population quantiles at the plotting positions of Hosking and Wallis (1987).
    at = (np.arange(1, 4001) - 0.35) / 4000
    assert _shape(at) == pytest.approx(-1.0, abs=0.01)
    assert _shape(-np.log1p(-at)) == pytest.approx(0.0, abs=0.01)


def test_the_shape_of_a_pareto_tail_is_its_own() -> None:
    at = (np.arange(1, 200_001) - 0.35) / 200_000
    assert _shape(((1 - at) ** -0.25 - 1) / 0.25) == pytest.approx(0.25, abs=0.01)


def test_an_exponential_tail_is_bounded_as_its_quantile_says_or_beyond() -> None:
    at = (np.arange(1, 5001) - 0.35) / 5000
    values = -np.log1p(-at)
    exact = np.log(5000 / 0.01)  # the largest of 5,000 is beyond it with a chance of 1 %
    assert exact <= upper_bound(values, new=5000, chance=0.01) <= 2.5 * exact


def test_a_value_that_the_whole_top_holds_is_a_ceiling() -> None:
    hours = np.repeat(np.arange(24.0), 400)
    assert upper_bound(hours, new=9600, chance=0.001) < 23.5
    assert lower_bound(hours, new=9600, chance=0.001) > -0.5


def test_a_ceiling_needs_evidence() -> None:
    assert _cautious(-0.1, 250) >= 0
    assert _cautious(-1.0, 250) < -0.5


@pytest.mark.parametrize("kind", ["normal", "exponential", "lognormal", "standard_t", "uniform", "poisson"])
def test_a_fresh_sample_seldom_lies_beyond_the_bound(kind: str) -> None:
    rng = np.random.default_rng(0)
    more = {"standard_t": {"df": 3}, "poisson": {"lam": 3}}.get(kind, {})
    beyond = 0
    for _ in range(60):
        first, second = getattr(rng, kind)(size=(2, 500), **more).astype(float)
        beyond += second.max() > upper_bound(first, new=500, chance=0.01)
    assert beyond <= 4  # 99.6 % of samples of 60 with a chance of 2 %


@settings(max_examples=25)
@given(st.lists(st.floats(-1e6, 1e6), min_size=50, max_size=80))
def test_a_bound_is_finite_and_never_inside_the_values(values: list[float]) -> None:
    array = np.array(values)
    assert array.max() <= upper_bound(array, new=100, chance=0.01) < np.inf
    assert -np.inf < lower_bound(array, new=100, chance=0.01) <= array.min()


def test_the_bound_mirrors() -> None:
    values = np.random.default_rng(1).gamma(2, size=300)
    assert lower_bound(-values, new=300, chance=0.01) == -upper_bound(values, new=300, chance=0.01)


@pytest.mark.parametrize(("shape", "heavy"), [(0.9, True), (0.2, False)])
def test_a_pareto_tail_has_no_variance_from_a_shape_of_a_half(shape: float, heavy: bool) -> None:
    at = (np.arange(1, 5001) - 0.35) / 5000
    assert has_no_variance((1 - at) ** -shape) is heavy


def test_a_few_rows_far_off_but_close_together_are_no_heavy_tail() -> None:
    at = (np.arange(1, 5001) - 0.35) / 5000
    values = np.concatenate([at, 10 + at[:60]])
    assert _shape(np.sort(values)[-250:] - np.sort(values)[-251]) > 0.5
    assert not has_no_variance(values)


def test_one_value_at_the_top_is_no_heavy_tail() -> None:
    assert not has_no_variance(np.repeat([0.0, 1.0], 100))
