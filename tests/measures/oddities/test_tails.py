"""How improbable the outermost numbers are, against scipy 1.17 and by simulation."""

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.oddities.tails import Tail, false_discovery, fit_tail, tail_surprise

LEVEL = 0.001


@pytest.mark.parametrize("shape", [0.0, 0.3, 1.0])
def test_survival_is_that_of_a_generalised_pareto(shape: float) -> None:
    tail = Tail(start=2.0, share=0.25, shape=shape, scale=1.5)
    numbers = np.array([1.0, 2.0, 2.5, 4.0, 40.0])
    exact = np.where(numbers > 2, 0.25 * stats.genpareto.sf(numbers, shape, loc=2.0, scale=1.5), 1.0)
    np.testing.assert_allclose(tail.survival(numbers), exact)


def test_false_discoveries_are_those_of_scipy() -> None:
    p_values = np.random.default_rng(0).random(200) ** 3
    np.testing.assert_allclose(false_discovery(p_values), stats.false_discovery_control(p_values))


@pytest.mark.parametrize("shape", [0.2, 0.5, 1.0])
def test_the_shape_is_never_taken_for_much_lighter_than_it_is(shape: float) -> None:
    numbers = stats.genpareto.rvs(shape, size=5000, random_state=0)
    tail = fit_tail(numbers)
    assert tail is not None
    assert shape - 0.1 <= tail.shape <= shape + 0.25


def test_wrong_numbers_at_the_end_don_t_bend_the_tail() -> None:
    numbers = np.random.default_rng(0).normal(size=2000)
    clean = fit_tail(numbers)
    numbers[np.argsort(numbers)[-40:]] = 1e6
    assert fit_tail(numbers) == clean


@pytest.mark.parametrize("draw", ["normal", "standard_exponential", "standard_cauchy", "lognormal", "uniform"])
def test_no_tail_surprises_itself(draw: str) -> None:
    rng = np.random.default_rng(1)
    alarms = sum((tail_surprise(getattr(rng, draw)(size=1000))[0] < LEVEL).any() for _ in range(10))
    assert alarms == 0


def test_what_lies_far_out_surprises_on_its_side() -> None:
    numbers = np.random.default_rng(0).normal(size=1000)
    numbers[:3], numbers[3] = 25.0, -30.0
    q_values, sides = tail_surprise(numbers)
    assert np.flatnonzero(q_values < LEVEL).tolist() == [0, 1, 2, 3]
    assert sides[:4].tolist() == [1.0, 1.0, 1.0, -1.0]


def test_few_rows_or_values_have_no_tail() -> None:
    assert fit_tail(np.arange(20.0)) is None
    assert fit_tail(np.tile([1.0, 2.0, 3.0], 100)) is None
    assert (tail_surprise(np.zeros(0))[0]).tolist() == []
