"""Statistics of A/B tests: published intervals, closed forms, reference libraries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from mlops_widgets.measures.experiments.confidence_sequences import boundary, exact_interval
from mlops_widgets.measures.experiments.looks import even_looks, watch
from mlops_widgets.measures.experiments.posteriors import beta_posterior, normal_posterior
from mlops_widgets.measures.experiments.sample_ratio import ratio_p_value, sequential_ratio_p_value
from mlops_widgets.measures.experiments.unit_values import Summary, adjusted, linearised, lopsided, welch
from mlops_widgets.measures.proportions import difference_interval, restricted, score_z, wilson

REPEATABLE = settings(derandomize=True, deadline=None, max_examples=20)


def arm(successes: int, trials: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(successes)]), np.array([float(trials)])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((56, 70), (48, 80), (0.0528, 0.3382)),
        ((9, 10), (3, 10), (0.1700, 0.8406)),
        ((6, 7), (2, 7), (0.0342, 0.8534)),
        ((5, 56), (0, 29), (-0.0326, 0.1933)),
        ((0, 10), (0, 20), (-0.1658, 0.2844)),
        ((0, 10), (0, 10), (-0.2879, 0.2879)),
        ((10, 10), (0, 20), (0.7156, 1.0)),
        ((10, 10), (0, 10), (0.6636, 1.0)),
    ],
)
def test_score_intervals_are_those_of_newcombe_s_table(
    first: tuple[int, int], second: tuple[int, int], expected: tuple[float, float]
) -> None:
    # Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 6 (Miettinen & Nurminen).
    lower, upper = difference_interval(arm(*second), arm(*first))
    assert (lower[0], upper[0]) == pytest.approx(expected, abs=5e-5)


def test_the_interval_exists_where_statsmodels_raises() -> None:
    # statsmodels 0.15.0: confint_proportions_2indep(0, 30, 0, 40, method="score") raises ValueError.
    lower, upper = difference_interval(arm(0, 40), arm(0, 30))
    assert -1 < lower[0] < 0 < upper[0] < 1


def test_the_score_test_is_that_of_statsmodels() -> None:
    # statsmodels 0.15.0: test_proportions_2indep(15, 100, 10, 100, method="score", correction=True).statistic
    assert score_z(arm(10, 100), arm(15, 100), np.zeros(1))[0] == pytest.approx(1.0663690060869437)


@REPEATABLE
@given(n0=st.integers(1, 40), n1=st.integers(1, 40), s0=st.floats(0, 1), s1=st.floats(0, 1), gap=st.floats(-0.98, 0.98))
def test_restricted_shares_have_the_highest_likelihood(n0: int, n1: int, s0: float, s1: float, gap: float) -> None:
    x0, x1 = round(s0 * n0), round(s1 * n1)

    def lost(share: float) -> float:
        parts = ((x0, n0, share), (x1, n1, min(max(share + gap, 0), 1)))
        return -sum(stats.binom.logpmf(x, n, min(max(p, 1e-300), 1)) for x, n, p in parts)

    first, second = restricted(arm(x0, n0), arm(x1, n1), np.array([gap]))
    best = optimize.minimize_scalar(lost, bounds=(max(0, -gap), min(1, 1 - gap)), method="bounded")
    assert second[0] - first[0] == pytest.approx(gap, abs=1e-9)
    assert lost(float(first[0])) <= best.fun + 1e-5


@REPEATABLE
@given(n0=st.integers(1, 200), n1=st.integers(1, 200), s0=st.floats(0, 1), s1=st.floats(0, 1))
def test_intervals_of_any_counts_hold_what_was_seen_and_the_sequence_is_wider(
    n0: int, n1: int, s0: float, s1: float
) -> None:
    control, treatment = arm(round(s0 * n0), n0), arm(round(s1 * n1), n1)
    seen = float(treatment[0][0] / n1 - control[0][0] / n0)
    (low, high), (lower, upper) = difference_interval(control, treatment), exact_interval(control, treatment)
    assert -1 <= lower[0] <= low[0] + 1e-9 <= seen + 2e-9 <= high[0] + 3e-9 <= upper[0] + 4e-9 <= 1 + 5e-9


def test_wilson_bounds_stay_between_none_and_all() -> None:
    # statsmodels 0.15.0: proportion_confint(x, 20, method="wilson")
    lower, upper = wilson(np.array([0, 3, 20]), np.array([20, 20, 20]))
    assert lower == pytest.approx([0.0, 0.0523686, 0.8388745], abs=1e-6)
    assert upper == pytest.approx([0.1611255, 0.3604192, 1.0], abs=1e-6)


def test_repeated_looks_err_as_armitage_mcpherson_and_rowe_found() -> None:
    # Armitage, McPherson & Rowe 1969 (JRSS A 132, 235-244), table 2: 5 % at each look of normal observations.
    found = watch(np.full(100, stats.norm.isf(0.025)), even_looks(100)).crossed()
    expected = {1: 0.050, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320, 100: 0.374}
    assert {k: round(float(found[k - 1]), 3) for k in expected} == pytest.approx(expected, abs=0.0011)


def test_one_look_has_the_power_of_the_normal_test() -> None:
    once = watch(np.array([1.959964]), np.ones(1))
    assert once.crossed(2.8)[-1] == pytest.approx(stats.norm.sf(1.959964 - 2.8) + stats.norm.cdf(-1.959964 - 2.8))
    assert once.expected_time(2.8) == 1


def test_looks_agree_with_a_simulation_under_an_effect() -> None:
    times = even_looks(8)
    limits = boundary(times, tuned_rows=1.0)
    paths = np.random.default_rng(0).normal(3 / 8, np.sqrt(1 / 8), (40_000, 8)).cumsum(axis=1) / np.sqrt(times)
    beyond = np.abs(paths) > limits
    found = watch(limits, times)
    assert found.crossed(3.0)[-1] == pytest.approx(beyond.any(axis=1).mean(), abs=0.008)
    stops = np.where(beyond.any(axis=1), times[beyond.argmax(axis=1)], 1.0)
    assert found.expected_time(3.0) == pytest.approx(stops.mean(), abs=0.005)


@pytest.mark.parametrize("sides", [1, 2])
def test_the_sequence_errs_less_than_alpha_however_often_it_is_looked_at(sides: int) -> None:
    times = even_looks(30)
    for alpha in (0.01, 0.05, 0.2):
        assert (
            watch(boundary(times, tuned_rows=0.2, alpha=alpha, sides=sides), times, sides=sides).crossed()[-1] < alpha
        )


def test_the_boundary_is_the_formula_of_waudby_smith() -> None:
    # Theorem 2.2 with ρ² = (−2 ln α + ln(1 − 2 ln α)) / t*, t = 2,000, t* = 500, α = .1, in standard errors.
    rho2 = (-2 * math.log(0.1) + math.log(1 - 2 * math.log(0.1))) / 500
    t = 2000
    expected = math.sqrt(2 * (t * rho2 + 1) / (t**2 * rho2) * math.log(math.sqrt(t * rho2 + 1) / 0.1)) * math.sqrt(t)
    assert boundary(np.array([t]), tuned_rows=500, alpha=0.1)[0] == pytest.approx(expected)


def test_the_exact_sequence_is_where_the_mixture_meets_the_likelihood() -> None:
    # One success of one against none of one: mixture 1/2 · 1/2; likelihood at gap δ ≥ 0 is 1, below 0 at most ((1 + δ)…)².
    lower, upper = exact_interval(arm(0, 1), arm(1, 1), alpha=0.5)
    assert upper[0] == 1
    gap = float(lower[0])
    assert ((1 + gap) / 2) ** 2 == pytest.approx(0.25 * 0.5, abs=1e-6)


def test_the_mixture_behind_the_exact_sequence_is_a_martingale() -> None:
    p0, p1 = 0.3, 0.6
    total = 0.0
    for x0 in range(5):
        for x1 in range(7):
            chance = stats.binom.pmf(x0, 4, p0) * stats.binom.pmf(x1, 6, p1)
            likelihood = p0**x0 * (1 - p0) ** (4 - x0) * p1**x1 * (1 - p1) ** (6 - x1)
            mixture = math.prod(1 / ((n + 1) * math.comb(n, x)) for x, n in ((x0, 4), (x1, 6)))
            total += chance * mixture / likelihood
    assert total == pytest.approx(1)


def test_two_arms_sizes_are_tested_exactly_and_more_by_chi_square() -> None:
    p, name = ratio_p_value(np.array([60, 40]), np.array([0.5, 0.5]))
    assert p == pytest.approx(stats.binomtest(60, 100).pvalue)
    assert name == "exact binomial test"
    p, name = ratio_p_value(np.array([900, 1000, 1100]), np.full(3, 1 / 3))
    assert p == pytest.approx(stats.chisquare([900, 1000, 1100]).pvalue)
    assert name == "chi-square test"


def test_few_units_in_three_arms_are_tested_by_the_exact_multinomial() -> None:
    # By hand: of the 10 tables of 3 units, (3, 0, 0) and its like have a chance of 1/27 each, no other is rarer.
    p, name = ratio_p_value(np.array([3, 0, 0]), np.full(3, 1 / 3))
    assert p == pytest.approx(3 / 27)
    assert name == "exact multinomial test"


def test_the_sequential_ratio_test_is_the_dirichlet_multinomial_bayes_factor() -> None:
    # Two units, both in the first arm, prior Beta(1, 1): the mixture gives 1/3, fair arms 1/4; p = 3/4.
    assert sequential_ratio_p_value(np.array([[2, 0]]), np.full(2, 0.5), concentration=2.0) == pytest.approx(0.75)
    assert sequential_ratio_p_value(np.array([[2, 0], [2, 2]]), np.full(2, 0.5), concentration=2.0) == pytest.approx(
        0.75
    )
    assert sequential_ratio_p_value(np.array([[5000, 5000]]), np.full(2, 0.5)) == 1
    assert sequential_ratio_p_value(np.array([[90_000, 10_000]]), np.full(2, 0.5)) < 1e-200


def test_the_posterior_chance_is_the_closed_form_of_two_betas() -> None:
    # P(B > A) = Σ over i < α_B of B(α_A + i, β_A + β_B) / ((β_B + i) B(1 + i, β_B) B(α_A, β_A))  (Miller 2014)
    from scipy.special import beta

    a, b = (8, 15), (11, 14)
    expected = sum(beta(a[0] + i, a[1] + b[1]) / ((b[1] + i) * beta(1 + i, b[1]) * beta(*a)) for i in range(b[0]))
    found = beta_posterior((7, 21), (10, 23))
    assert found.better == pytest.approx(expected, abs=1e-6)


def test_expected_losses_differ_by_the_difference_of_the_means() -> None:
    found = beta_posterior((0, 40), (40, 40))
    assert found.loss_if_kept - found.loss_if_shipped == pytest.approx(41 / 42 - 1 / 42, abs=1e-6)
    draws = np.random.default_rng(0).beta((31, 36), (71, 66), (400_000, 2))
    other = beta_posterior((30, 100), (35, 100))
    assert other.loss_if_shipped == pytest.approx(np.maximum(draws[:, 0] - draws[:, 1], 0).mean(), abs=2e-4)


def test_the_normal_posterior_is_the_closed_form() -> None:
    found = normal_posterior(1.0, 2.0)
    assert found.better == pytest.approx(stats.norm.cdf(0.5))
    assert found.loss_if_kept - found.loss_if_shipped == pytest.approx(1.0)
    assert normal_posterior(-0.5, 0.0).loss_if_shipped == 0.5


def test_welch_is_scipy_s() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, 12), rng.normal(0.5, 3, 30)
    lower, upper, p = welch(Summary.of(first), Summary.of(second))
    reference = stats.ttest_ind(second, first, equal_var=False)
    assert p == pytest.approx(reference.pvalue)
    assert (lower, upper) == pytest.approx(tuple(reference.confidence_interval()))


def test_arms_that_dont_vary_say_nothing() -> None:
    assert welch(Summary.of(np.ones(1)), Summary.of(np.zeros(9))) == (-math.inf, math.inf, 1.0)
    assert welch(Summary.of(np.ones(5)), Summary.of(np.zeros(9))) == (-math.inf, math.inf, 1.0)


def test_cuped_is_the_analysis_of_covariance() -> None:
    rng = np.random.default_rng(2)
    arms = rng.integers(0, 2, 300)
    before = rng.normal(size=300) + 0.3 * arms
    values = 2 * before + 0.5 * arms + rng.normal(size=300)
    design = np.column_stack([np.ones(300), arms, before])
    coefficients = np.linalg.lstsq(design, values, rcond=None)[0]
    found, gain = adjusted(values, before, arms)
    assert found[arms == 1].mean() - found[arms == 0].mean() == pytest.approx(coefficients[1])
    within = np.concatenate([values[arms == k] - values[arms == k].mean() for k in (0, 1)])
    past = np.concatenate([before[arms == k] - before[arms == k].mean() for k in (0, 1)])
    assert gain == pytest.approx(np.corrcoef(within, past)[0, 1] ** 2)


def test_cuped_without_anything_known_changes_nothing() -> None:
    values, arms = np.arange(4.0), np.array([0, 0, 1, 1])
    for before in (np.full(4, np.nan), np.ones(4)):
        found, gain = adjusted(values, before, arms)
        assert found == pytest.approx(values)
        assert gain == 0


def test_the_delta_method_is_the_variance_of_the_ratio() -> None:
    # Deng, Knoblich & Lu 2018, equation 3, for Σ sums / Σ rows over the units.
    rng = np.random.default_rng(3)
    rows = rng.integers(1, 9, 500).astype(float)
    sums = rng.poisson(2 * rows).astype(float)
    each = linearised(sums, rows)
    my, mn = sums.mean(), rows.mean()
    cov = np.cov(sums, rows)
    expected = cov[0, 0] / mn**2 + my**2 / mn**4 * cov[1, 1] - 2 * my / mn**3 * cov[0, 1]
    assert each.mean() == pytest.approx(sums.sum() / rows.sum())
    assert each.var(ddof=1) == pytest.approx(expected)


def test_the_units_that_bear_the_variance_of_0_1_outcomes_are_the_closed_form() -> None:
    p = 0.05
    rare = Summary.of(np.repeat([1.0, 0.0], [50, 950]))
    assert rare.bearing == pytest.approx(1000 * p * (1 - p) / (1 - 3 * p * (1 - p)))
    assert Summary.of(np.zeros(5)).bearing == math.inf
    assert Summary.of(1e100 * np.arange(30.0)).bearing == pytest.approx(Summary.of(np.arange(30.0)).bearing)


def test_the_skewness_of_a_difference_is_that_of_simulated_means() -> None:
    values = np.random.default_rng(0).exponential(size=(20_000, 220))
    means = values[:, :20].mean(axis=1) - values[:, 20:].mean(axis=1)
    both = [Summary(mean=1.0, variance=1.0, units=n, third=2.0) for n in (200, 20)]
    assert lopsided(*both) == pytest.approx(stats.skew(means), abs=0.05)
    assert lopsided(both[0], both[0]) == 0
