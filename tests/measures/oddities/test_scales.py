"""Clusters in another unit, and everything else that has two humps or a long tail."""

import numpy as np
import pytest

from mlops_widgets.measures.oddities.scales import FACTORS, find_conversion, find_shift


@pytest.mark.parametrize("factor", [1000.0, 100.0, 60.0, 12.0, 2.54])
@pytest.mark.parametrize("share", [0.02, 0.2])
def test_the_factor_of_a_second_unit_is_found(factor: float, share: float) -> None:
    rng = np.random.default_rng(0)
    logs = rng.normal(3, 0.08, 1500)
    other = rng.random(1500) < share
    logs[other] += np.log(factor)
    shift = find_shift(logs, upwards=True)
    assert shift is not None
    assert (shift.factor, shift.unit) == (factor, FACTORS[factor])
    assert shift.lower <= factor <= shift.upper
    assert (shift.far == other).mean() > 0.99


def test_a_smaller_unit_has_a_factor_below_one() -> None:
    logs = np.random.default_rng(0).normal(3, 0.3, 1500)
    logs[:60] -= np.log(1000)
    shift = find_shift(logs, upwards=False)
    assert shift is not None
    assert shift.factor == pytest.approx(0.001)
    assert shift.lower < 0.001 < shift.upper


def test_an_unknown_factor_is_given_as_found() -> None:
    logs = np.random.default_rng(0).normal(3, 0.05, 2000)
    logs[:200] += np.log(17.0)
    shift = find_shift(logs, upwards=True)
    assert shift is not None
    assert shift.unit == ""
    assert shift.factor == pytest.approx(17.0, rel=0.02)


def test_the_p_value_bounds_every_falling_tail() -> None:
    # 40 of 40 rows beyond 3.5 spreads in the cluster's window, none in the valley before it
    logs = np.concatenate([np.linspace(-1, 1, 2001), np.linspace(19.5, 20.5, 40)])
    shift = find_shift(logs, upwards=True)
    assert shift is not None
    middle = np.median(logs)
    spread = 1.4826 * np.median(np.abs(logs - middle))
    at = (20.0 - middle) / spread
    assert shift.p_value == pytest.approx(2 * (5 / (at + 2.5 - 3.5)) ** 40)


@pytest.mark.parametrize("tail", [0.3, 1.0, 3.0], ids=["light", "Pareto 1", "Pareto 1/3"])
def test_one_tail_is_no_second_unit(tail: float) -> None:
    rng = np.random.default_rng(0)
    draws = [tail * rng.exponential(size=1000) + 0.1 * rng.normal(size=1000) for _ in range(60)]
    assert all(find_shift(logs, upwards=True) is None for logs in draws)


def test_men_and_women_are_no_two_units() -> None:
    rng = np.random.default_rng(0)
    heights = np.where(rng.random(3000) < 0.4, rng.normal(178, 5, 3000), rng.normal(163, 5, 3000))
    assert all(find_shift(np.log(heights), upwards=up) is None for up in (True, False))


@pytest.mark.parametrize(("times", "plus", "scale"), [(1.8, 32.0, "Fahrenheit"), (1.0, 273.15, "Kelvin")])
def test_a_temperature_in_another_scale_is_found(times: float, plus: float, scale: str) -> None:
    celsius = np.random.default_rng(0).normal(12, 3, 1500)
    celsius[:75] = times * celsius[:75] + plus
    found = find_conversion(celsius)
    assert found is not None
    assert found[0] == scale
    assert np.flatnonzero(found[1]).tolist() == list(range(75))


def test_one_scale_is_no_two() -> None:
    rng = np.random.default_rng(0)
    assert all(
        find_conversion(draw(size=800)) is None
        for draw in (rng.normal, rng.standard_cauchy, rng.exponential)
        for _ in range(10)
    )
