"""Numbers that stand for something else, among numbers that don't."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.oddities.spikes import conventional, distance_to_others, find_spikes

SURE = 0.5


def values(numbers: np.ndarray) -> dict[float, float]:
    return {spike.value: spike.confidence for spike in find_spikes(np.asarray(numbers, dtype=float))}


def test_the_chance_of_a_spike_is_a_binomial_tail() -> None:
    numbers = np.concatenate([np.arange(50.0), np.full(6, 9999.0)])
    spike = find_spikes(numbers)[0]
    # six rows, twenty neighbours of one row each: 26 rows, of which each lies at 9999 with a chance of 1/21
    exact = sum(comb(26, k) * (1 / 21) ** k * (20 / 21) ** (26 - k) for k in range(6, 27))
    assert spike.p_value == pytest.approx(exact)


def test_the_distance_is_the_gap_over_the_mean_excess() -> None:
    numbers = np.append(np.arange(100.0), 999.0)
    # the outer tenth is 90 to 99, its mean excess over 89 is 5.5
    assert find_spikes(numbers)[0].distance == pytest.approx((999 - 99) / 5.5)


@pytest.mark.parametrize("missing", [-999.0, 9999.0, 99_999.0, -1.0])
@pytest.mark.parametrize("rows", [8, 80, 700])
def test_a_sentinel_is_found_whatever_its_share(missing: float, rows: int) -> None:
    ages = np.random.default_rng(0).integers(18, 80, 800).astype(float)
    ages[:rows] = missing
    assert values(ages)[missing] >= 0.9


def test_a_code_without_a_pattern_is_found_where_it_stands_alone() -> None:
    scores = np.random.default_rng(0).normal(700, 50, 800).round()
    scores[:40] = 5432.0
    assert values(scores)[5432.0] >= SURE


def test_two_codes_beside_each_other_are_both_found() -> None:
    ages = np.random.default_rng(0).integers(18, 60, 800).astype(float)
    ages[:30], ages[30:60] = 998.0, 999.0
    assert {998.0, 999.0} <= set(values(ages))


def test_zero_is_no_weight_but_a_count() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(70, 8, 800).round(1)
    weights[:40] = 0.0
    assert values(weights)[0.0] >= SURE
    for counts in (
        rng.poisson(3, 800),
        rng.poisson(3, 800) * (rng.random(800) < 0.3),
        rng.gamma(2, 100, 800) * (rng.random(800) < 0.3),
    ):
        assert 0.0 not in values(counts)


@pytest.mark.parametrize(
    "clean",
    [
        lambda rng: np.minimum((17 + rng.gamma(2, 12, 3000)).round(), 90),
        lambda rng: np.clip(rng.normal(790, 60, 3000).round(), 300, 850),
        lambda rng: rng.integers(1, 6, 3000),
        lambda rng: np.where(rng.random(3000) < 0.5, rng.lognormal(8, 0.6, 3000).round(-3), rng.lognormal(8, 0.6, 3000).round()),
        lambda rng: np.floor(rng.lognormal(6, 1, 3000) / 100 + 1) * 100 - 1,
        lambda rng: rng.pareto(1.0, 3000),
        lambda rng: np.round(rng.normal(5, 20, 3000)),
    ],
    ids=["topcode", "cap", "scale of five", "heaps on thousands", "prices in nines", "heavy tail", "delays around 0"],
)  # fmt: skip
def test_clean_numbers_hold_no_spike(clean: object) -> None:
    for seed in range(3):
        assert all(confidence < SURE for confidence in values(clean(np.random.default_rng(seed))).values())  # type: ignore[operator]


def test_nines_that_tower_inside_are_found() -> None:
    amounts = np.random.default_rng(0).integers(1000, 30_000, 2000).astype(float)
    amounts[:60] = 9999.0
    assert values(amounts)[9999.0] >= SURE


def test_few_values_say_nothing() -> None:
    for few in ([], [1.0], [1.0, 2.0], [np.nan, np.inf], [5.0] * 30):
        assert find_spikes(np.array(few)) == []


@pytest.mark.parametrize(("value", "is_one"), [(-1.0, True), (99.0, True), (-99.0, True), (32_767.0, True), (0.0, False), (7.0, False), (0.999, False), (1010.0, False)])  # fmt: skip
def test_conventional_numbers_are_of_one_digit(value: float, is_one: bool) -> None:
    assert conventional(value) is is_one


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.001, 2.0, 1e6]))
def test_the_distance_doesn_t_depend_on_the_unit(seed: int, factor: float) -> None:
    numbers = np.random.default_rng(seed).normal(0, 1, 60)
    one = distance_to_others(numbers, 9.0, np.array([]))
    assert distance_to_others(factor * numbers, factor * 9.0, np.array([])) == pytest.approx(one)


def test_a_lone_minus_one_is_found_where_it_lies_many_steps_below_the_others() -> None:
    rng = np.random.default_rng(0)
    years = np.where(rng.random(800) < 0.1, 0.0, rng.gamma(1.2, 6.0, 800).round(1))
    years[:12] = -1.0
    assert values(years)[-1.0] >= SURE
    counts = rng.geometric(0.1, 800) - 2.0  # −1 is a step below 0: it may be a number like the others
    assert values(counts).get(-1.0, 0.0) < SURE


@pytest.mark.parametrize("sizes", [[375, 500, 750, 1500], [5, 10, 20, 100], [64, 128, 256, 512, 2048]])
def test_the_largest_of_a_few_sizes_is_no_code(sizes: list[int]) -> None:
    picked = np.random.default_rng(0).choice(np.array(sizes, dtype=float), 400)
    assert all(spike.confidence < SURE for spike in find_spikes(picked))


def test_a_cap_to_which_the_others_lead_up_is_no_code() -> None:
    income = np.minimum(np.random.default_rng(0).lognormal(10.5, 0.6, 2000).round(-2), 99_999.0)
    assert values(income).get(99_999.0, 0.0) < SURE


def test_two_rows_of_ten_are_too_few_to_call_one_number_far() -> None:
    assert not [s for s in find_spikes(np.array([-1.0, -1, 1, 1, 1, 2, 1, 1, 2, 1])) if s.confidence >= SURE]
