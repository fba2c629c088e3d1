import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.testing import assert_allclose
from scipy import stats

from mlops_widgets.measures.several_tests import holm
from mlops_widgets.measures.slices import Conditions, is_binary, merge, search


def _thirds(rows: int = 300, columns: int = 4, seed: int = 0) -> Conditions:
    """Three bins a column, each a condition of its own, and the union of the first two."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, size=(rows, columns))
    bins = np.concatenate([codes[:, [k]] == np.arange(3) for k in range(columns)], axis=1)
    one = np.vstack([np.eye(3, dtype=bool), [[True, True, False]]])
    return Conditions(
        bins=bins, members=np.kron(np.eye(columns, dtype=bool), one), columns=np.repeat(np.arange(columns), 4)
    )


def test_two_matrix_products_count_and_sum_what_loops_would() -> None:
    conditions = _thirds()
    values = np.random.default_rng(1).normal(size=300)
    counts, sums = conditions.sums(), conditions.sums(values)
    for first in range(16):
        for second in range(16):
            inside = conditions.inside(first, second)
            assert counts[first, second] == inside.sum()
            assert_allclose(sums[first, second], values[inside].sum(), atol=1e-9)


def test_the_planted_pair_of_conditions_comes_first() -> None:
    conditions = _thirds(2000)
    rng = np.random.default_rng(2)
    loss = (rng.random(2000) < np.where(conditions.inside(0, 5), 0.5, 0.1)).astype(float)
    found = search(conditions, loss, None, least_rows=20)
    assert (found.first[0], found.second[0]) == (0, 5)
    assert (np.diff(found.p) >= 0).all()


def test_without_expectations_the_tail_is_hypergeometric() -> None:
    """Equal to scipy.stats.fisher_exact, one-sided, times the number of slices of as many conditions."""
    conditions = _thirds(200)
    loss = (np.random.default_rng(3).random(200) < 0.3).astype(float)
    found = search(conditions, loss, None, least_rows=5)
    for place in (0, 7):
        inside = conditions.inside(int(found.first[place]), int(found.second[place]))
        table = [[loss[inside].sum(), (1 - loss)[inside].sum()], [loss[~inside].sum(), (1 - loss)[~inside].sum()]]
        assert_allclose(
            found.p[place], stats.fisher_exact(np.array(table), alternative="greater").pvalue * found.family[place]
        )


def test_with_expectations_the_tail_is_the_binomial_of_their_mean() -> None:
    conditions = _thirds(400)
    expected = np.random.default_rng(4).uniform(0.05, 0.4, 400)
    loss = (np.random.default_rng(5).random(400) < expected).astype(float)
    found = search(conditions, loss, expected, least_rows=5)
    inside = conditions.inside(int(found.first[0]), int(found.second[0]))
    tail = stats.binom.sf(loss[inside].sum() - 1, inside.sum(), expected[inside].mean())
    assert_allclose(found.p[0], tail * found.family[0])


def test_other_losses_are_ranked_by_welchs_t() -> None:
    conditions = _thirds(400)
    loss = np.random.default_rng(6).gamma(1.0, size=400)
    found = search(conditions, loss, None, least_rows=20)
    inside = conditions.inside(int(found.first[0]), int(found.second[0]))
    t = stats.ttest_ind(loss[inside], loss[~inside], equal_var=False).statistic
    p = stats.t.sf(t, min(inside.sum(), (~inside).sum()) - 1)
    assert_allclose(found.p[0] / found.family[0], p, rtol=0.02)  # variances by n here, by n - 1 in scipy


def test_slices_larger_than_half_or_smaller_than_asked_are_left_out() -> None:
    conditions = _thirds(300)
    found = search(conditions, np.random.default_rng(7).normal(size=300), None, least_rows=40)
    sizes = [conditions.inside(int(a), int(b)).sum() for a, b in zip(found.first, found.second, strict=True)]
    assert min(sizes) >= 40
    assert max(sizes) <= 150


def test_of_slices_that_hold_the_same_rows_the_first_is_kept() -> None:
    rows = np.arange(100)
    inside = np.array([rows < 20, rows < 22, rows >= 80, rows % 2 == 0])
    assert merge(inside, most=9) == [0, 2, 3]
    assert merge(inside, most=2) == [0, 2]
    assert merge(inside[:0], most=2) == []


def test_holm_equals_statsmodels() -> None:
    """statsmodels 0.15.0, multipletests([.01, .04, .03, .005, .2], method="holm")."""
    assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005, 0.2])), [0.04, 0.09, 0.09, 0.025, 0.2])


@given(some.lists(some.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_keep_their_order_and_never_shrink(p: list[float]) -> None:
    adjusted = holm(np.array(p))
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@pytest.mark.parametrize(("loss", "binary"), [([0.0, 1.0, 1.0], True), ([0.0, 0.5], False)])
def test_zero_one_losses_are_known_by_their_values(loss: list[float], binary: bool) -> None:
    assert is_binary(np.array(loss)) == binary
