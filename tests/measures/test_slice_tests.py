import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import CancelledError
from mlops_widgets.measures.slice_tests import (
    conditional_tail,
    gap,
    permutation_tails,
    poisson_binomial,
    with_common_odds,
)


def _clustered() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    units = np.repeat(np.arange(12), 5)
    values = rng.normal(size=60) + units % 3
    inside = np.arange(60) % 4 == 0
    return values, inside, units, rng.integers(1, 4, 60).astype(float)


def test_the_error_by_unit_equals_statsmodels() -> None:
    """statsmodels 0.15.0: OLS and WLS on a constant and the slice, cov_type="cluster"; and OLS with cov_type="HC1"."""
    values, inside, units, weights = _clustered()
    plain, weighted = gap(values, inside, units=units), gap(values, inside, units=units, weights=weights)
    assert_allclose(plain[:2], (-0.08470686795918847, 0.26390293937573656))
    assert_allclose(weighted[:2], (-0.21458512458806567, 0.29299671131735827))
    assert_allclose(gap(values, inside, units=np.arange(60)).error, 0.40474974926924695)


def test_degrees_of_freedom_are_the_units_of_the_scarcer_side() -> None:
    values, inside, units, _ = _clustered()
    assert gap(values, inside, units=units).freedom == 11
    assert gap(values, inside, units=np.arange(60)).freedom == 14


def test_the_interval_reaches_as_far_as_the_test_says() -> None:
    found = gap(np.r_[np.zeros(30), np.ones(10)] + np.arange(40) % 7, np.arange(40) >= 30, units=np.arange(40))
    lower, _ = found.interval(1 - 2 * found.p)
    assert_allclose(lower, 0, atol=1e-9)


def test_a_slice_without_variation_is_not_certain() -> None:
    values = np.r_[np.ones(10), np.zeros(30), 1.0]
    found = gap(values, np.arange(41) < 10, units=np.arange(41))
    assert found.error > 0.1


def test_numbers_that_are_all_equal_give_no_interval() -> None:
    found = gap(np.ones(20), np.arange(20) < 5, units=np.arange(20))
    assert found.p == 1
    assert found.interval(0.95) == (-np.inf, np.inf)


def test_without_weight_inside_there_is_no_gap() -> None:
    found = gap(np.arange(4.0), np.arange(4) < 2, units=np.arange(4), weights=np.array([0.0, 0, 1, 1]))
    assert found.p == 1
    assert np.isnan(found.value)


def test_equal_chances_make_the_conditional_test_fishers() -> None:
    rng = np.random.default_rng(0)
    events, inside = rng.random(300) < 0.2, rng.random(300) < 0.3
    table = [[(events & inside).sum(), (~events & inside).sum()], [(events & ~inside).sum(), (~events & ~inside).sum()]]
    expected = stats.fisher_exact(np.array(table), alternative="greater").pvalue
    assert_allclose(conditional_tail(np.full(300, 0.2), events, inside), expected)


def test_two_groups_of_chances_make_it_fishers_noncentral_hypergeometric() -> None:
    events, inside = np.arange(60) % 4 == 0, np.arange(60) < 24
    chances = np.where(inside, 0.4, 0.1)
    odds = (0.4 / 0.6) / (0.1 / 0.9)
    came = int((events & inside).sum())
    expected = stats.nchypergeom_fisher.sf(came - 1, 60, 24, int(events.sum()), odds)
    assert_allclose(conditional_tail(chances, events, inside), expected)


def test_one_factor_of_the_odds_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    chances = rng.uniform(0.05, 0.5, 200)
    events, inside = rng.random(200) < chances, rng.random(200) < 0.3
    scaled = with_common_odds(chances, int(events.sum()))
    assert_allclose(scaled.sum(), events.sum())
    ratio = scaled / (1 - scaled) / (chances / (1 - chances))
    assert_allclose(ratio, ratio[0])
    assert_allclose(conditional_tail(scaled, events, inside), conditional_tail(chances, events, inside), rtol=1e-9)


@pytest.mark.parametrize("events", [0, 20])
def test_where_all_or_none_came_every_chance_is_the_same(events: int) -> None:
    assert_allclose(with_common_odds(np.linspace(0, 1, 20), events), events / 20)


def test_certain_claims_keep_finite_odds() -> None:
    chances = with_common_odds(np.r_[np.zeros(50), np.ones(50)], 40)
    assert (chances > 0).all()
    assert_allclose(chances.sum(), 40)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 500])
def test_equal_chances_give_the_binomial(n: int) -> None:
    assert_allclose(poisson_binomial(np.full(n, 0.3)), stats.binom.pmf(np.arange(n + 1), n, 0.3), atol=1e-14)


def test_unequal_chances_have_the_sums_mean_and_variance() -> None:
    chances = np.random.default_rng(2).uniform(size=333)
    distribution, k = poisson_binomial(chances), np.arange(334)
    mean = distribution @ k
    assert_allclose([distribution.sum(), mean], [1, chances.sum()])
    assert_allclose(distribution @ (k - mean) ** 2, (chances * (1 - chances)).sum())


def test_permutations_of_few_rows_agree_with_scipys() -> None:
    rng = np.random.default_rng(3)
    values, inside = rng.gamma(1.0, size=10), np.arange(10) < 4

    def welch(a: np.ndarray, b: np.ndarray) -> float:
        return float(stats.ttest_ind(a, b, equal_var=False).statistic)

    exact = stats.permutation_test((values[inside], values[~inside]), welch, alternative="greater").pvalue  # all 210
    found = permutation_tails(values, inside[None], draws=9999, seed=0)[0]
    assert_allclose(found, exact, atol=0.012)  # three standard errors of 9,999 draws


def test_permutations_stop_when_told() -> None:
    stop: Cancel = lambda: True  # noqa: E731 - a callback
    with pytest.raises(CancelledError):
        permutation_tails(np.arange(30.0), np.arange(30)[None] < 9, draws=500, seed=0, cancel=stop)
