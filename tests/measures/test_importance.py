import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.stats import genpareto, norm

from mlops_widgets.measures.importance import (
    chance_distance,
    effective_rows,
    fit_generalised_pareto,
    mixed_effective_rows,
    pareto_k,
    pareto_limit,
    post_stratified,
    unsupported_share,
    whole_counts,
)

FIXTURE = json.loads((Path(__file__).parents[1] / "js/fixtures/mix.json").read_text(encoding="utf-8"))
weights = st.lists(st.floats(0.01, 100), min_size=1, max_size=40).map(np.array)


def _quantiles(rows: int) -> np.ndarray:
    return (np.arange(1, rows + 1) - 0.5) / rows


@pytest.mark.parametrize(("spread", "expected"), [
    (0.5, 0.10819042268751537), (1.0, 0.290753024475596), (2.0, 0.6664972902740932), (3.0, 1.0524199736573676),
])  # fmt: skip
def test_pareto_k_of_lognormal_weights_is_that_of_arviz(spread: float, expected: float) -> None:
    # arviz 0.23.4 (numpy 2.4.6, scipy 1.17.1): psislw(log_weights)[1]
    assert_allclose(pareto_k(np.exp(spread * norm.ppf(_quantiles(1000)))), expected, rtol=1e-9)


def test_pareto_k_of_pareto_weights_is_that_of_arviz_on_any_scale() -> None:
    found = (1 - _quantiles(400)) ** -0.6
    for scale in (1e-200, 1.0, 1e200):
        assert_allclose(pareto_k(found * scale), 0.5769386166438929, rtol=1e-9)  # arviz 0.23.4: psislw


@pytest.mark.parametrize(("shape", "rows", "scale", "expected"), [
    (0.2, 1000, 1.0, (0.20432836956258996, 0.9982166775982576)),
    (0.7, 500, 2.0, (0.6955376989134023, 1.9987467440464148)),
])  # fmt: skip
def test_the_fitted_pareto_distribution_is_that_of_arviz(
    shape: float, rows: int, scale: float, expected: tuple[float, float]
) -> None:
    found = fit_generalised_pareto(scale * genpareto.ppf(_quantiles(rows), shape))
    assert_allclose(found, expected, rtol=1e-7)  # arviz 0.23.4: arviz.stats.stats._gpdfit


def test_weights_of_few_values_have_no_tail() -> None:
    assert np.isnan(pareto_k(np.repeat([1.0, 3.0], 100)))
    assert np.isnan(pareto_k(np.ones(8)))


def test_the_limit_of_k_grows_with_the_rows_to_seven_tenths() -> None:
    assert pareto_limit(100) == 0.5  # Vehtari et al. 2024, equation 13: 1 - 1/log10(100)
    assert pareto_limit(10**6) == 0.7


@given(weights)
def test_effective_rows_are_between_one_and_all(found: np.ndarray) -> None:
    assert 1 - 1e-9 <= effective_rows(found) <= len(found) + 1e-9
    assert_allclose(effective_rows(found * 7), effective_rows(found))


@given(weights, st.integers(1, 200))
def test_whole_counts_are_within_one_of_what_is_due(found: np.ndarray, rows: int) -> None:
    counts = whole_counts(found, rows)
    assert counts.sum() == rows
    assert np.all(np.abs(counts - found / found.sum() * rows) <= 1 + 1e-9)


def test_strata_get_the_shares_that_are_wanted_in_each_draw() -> None:
    rng = np.random.default_rng(0)
    strata, drawn = rng.integers(0, 3, 60), rng.integers(0, 4, (5, 60)).astype(float)
    shares = np.array([0.2, 0.5, 0.3])
    found = post_stratified(drawn, strata, shares)
    for row in found:
        assert_allclose([row[strata == k].sum() for k in range(3)], shares)


def test_a_hole_that_effective_rows_do_not_see_is_seen() -> None:
    # A fifth of production where the test has no row, and the same mix elsewhere: weights stay nearly equal.
    rng = np.random.default_rng(1)
    test = rng.normal(0, 0.2, 2000)
    production = np.concatenate([rng.normal(0, 0.2, 1600), rng.normal(5, 0.2, 400)])
    assert effective_rows(np.exp(test)) / 2000 > 0.95
    assert_allclose(unsupported_share(test, production), 0.2, atol=0.01)


def test_nothing_is_unsupported_in_samples_of_one_population() -> None:
    rng = np.random.default_rng(2)
    assert max(unsupported_share(rng.normal(size=500), rng.normal(size=500)) for _ in range(50)) <= 0.05


def test_weights_of_rows_count_in_what_is_unsupported() -> None:
    test, production = np.zeros(400), np.array([0.0] * 90 + [1.0] * 10)
    own = np.where(production > 0, 9.0, 1.0)
    assert_allclose(unsupported_share(test, production, np.ones(400), own), 0.5)


@pytest.mark.parametrize("case", FIXTURE["effective"], ids=lambda case: str(case["share"]))
def test_effective_rows_of_a_mix_are_those_of_its_weights(case: dict[str, float]) -> None:
    inside, outside = (np.inf if case[each] is None else case[each] for each in ("inside", "outside"))
    assert_allclose(mixed_effective_rows(case["share"], inside, outside), case["rows"], rtol=1e-12)


def test_effective_rows_of_a_mix_are_kishs_of_the_mixed_weights() -> None:
    rng = np.random.default_rng(3)
    own, marked = rng.uniform(0.5, 2, 80), np.arange(80) < 25
    mixed = post_stratified(own[None, :], (~marked).astype(np.int64), np.array([0.7, 0.3]))[0]
    parts = [float((own[m] ** 2).sum() / own[m].sum() ** 2) for m in (marked, ~marked)]
    assert_allclose(mixed_effective_rows(0.7, *parts), effective_rows(mixed))


def test_samples_of_one_population_lie_apart_by_no_more_than_the_bound() -> None:
    rng = np.random.default_rng(0)
    apart = [max(stats.ks_2samp(*rng.normal(size=(2, 60))).statistic for _ in range(5)) for _ in range(60)]
    assert np.mean(np.array(apart) > chance_distance(60, 60, 5)) <= 0.05
