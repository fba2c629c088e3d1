from dataclasses import replace

import numpy as np
import pytest

from mlops_widgets.measures.experiments.ramps import Guard, Plan, Walks, chances, units_needed, walk
from mlops_widgets.measures.influence import Influence

PLAN = Plan(shares=(0.01, 0.05, 0.25), units=30_000.0, looks=5)


def guard(*, gain: float = 0.0, margin: float = 0.1, sign: int = 1, seed: int = 0) -> Guard:
    values = np.random.default_rng(seed).normal(size=(2, 400))
    parts = [
        Influence(value=v, values=each - each.mean(), units=400) for v, each in zip((0.0, gain), values, strict=True)
    ]
    return Guard(incumbent=parts[0], challenger=parts[1], margin=margin, sign=sign)


def walked(*guards: Guard, plan: Plan = PLAN, simulations: int = 1000) -> Walks:
    found = walk(guards, plan, simulations=simulations, seed=0)
    assert found is not None
    return found


def test_without_a_difference_the_walk_is_standard_normal_at_every_look() -> None:
    walks = walked(guard(), simulations=4000)
    assert np.abs(walks.z.mean(axis=1)).max() < 0.08
    assert walks.z.std(axis=1) == pytest.approx(np.ones((1, 15)), abs=0.06)
    gained = np.diff(walks.information[0], prepend=0.0)
    steps = np.diff(walks.z[0] * np.sqrt(walks.information[0]), axis=1) / np.sqrt(gained[1:])
    assert abs(np.corrcoef(steps[:, 3], steps[:, 9])[0, 1]) < 0.06  # looks bring news of their own


def test_information_is_one_over_the_variance_of_a_split() -> None:
    one = guard()
    walks = walked(one, plan=Plan(shares=(0.25,), units=1000.0, looks=1))
    variance = one.challenger.variance / 250 + one.incumbent.variance / 750
    assert walks.information[0, 0] == pytest.approx(1 / variance)


def test_the_rule_errs_less_often_than_it_promises() -> None:
    one = guard()
    walks = walked(one, simulations=4000)
    worse, equal = (chances(walks, [one], [gain]) for gain in (-one.margin, 0.0))
    assert worse.shipped <= 0.05
    assert equal.rolled_back[-1] <= 0.05
    assert worse.rolled_back[-1] > 0.5
    assert equal.shipped > 0.5


def test_the_more_is_gained_the_more_is_shipped_and_the_less_rolled_back() -> None:
    one = guard()
    walks = walked(one)
    found = [chances(walks, [one], [gain]) for gain in np.linspace(-0.3, 0.3, 9)]
    assert (np.diff([each.shipped for each in found]) >= 0).all()
    assert (np.diff([each.rolled_back[-1] for each in found]) <= 0).all()
    assert (np.diff([each.exposed for each in found]) >= 0).all()
    for each in found:
        assert each.shipped + each.rolled_back[-1] + each.waiting == pytest.approx(1)
        assert (np.diff(each.rolled_back) >= 0).all()


def test_the_higher_number_of_equal_models_is_a_coin() -> None:
    one = guard()
    assert chances(walked(one, simulations=4000), [one], [0.0]).looks_better == pytest.approx(np.full(3, 0.5), abs=0.04)


def test_a_loss_is_better_low() -> None:
    low, high = guard(gain=-0.2, sign=-1), guard(gain=0.2)
    assert (low.seen, high.seen) == (0.2, 0.2)


def test_nothing_is_read_before_both_arms_have_a_hundred_units() -> None:
    plan = replace(PLAN, units=3000.0)
    walks = walked(guard(), plan=plan)
    assert np.isinf(walks.limits[0, :5]).all()
    assert np.isfinite(walks.limits[0, -1])
    huge = chances(walks, [guard()], [-100.0])
    assert huge.rolled_back[0] == 0
    assert huge.rolled_back[1] == 1


def test_a_second_guard_stops_what_the_first_lets_pass() -> None:
    metric, value = guard(), guard(seed=1)
    walks = walked(metric, value)
    fine, poor = (chances(walks, [metric, value], [0.3, lost]) for lost in (0.3, -0.3))
    assert fine.shipped > 0.9
    assert poor.shipped < 0.01
    assert poor.rolled_back[-1] > 0.9


def test_units_needed_are_those_with_which_eighty_percent_are_cleared() -> None:
    one = guard()
    plan = Plan(shares=(0.25,), units=units_needed(one, 0.25), looks=1)
    assert chances(walked(one, plan=plan, simulations=4000), [one], [0.0]).shipped == pytest.approx(0.8, abs=0.03)


def test_a_number_that_doesnt_vary_cant_be_simulated() -> None:
    still = Influence(value=1.0, values=np.zeros(10), units=10)
    assert walk([Guard(incumbent=still, challenger=still, margin=0.1)], PLAN, simulations=100, seed=0) is None
