"""Agreement of two explanations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from mlops_widgets.measures.attribution.agreement import agreement, by_chance, grouped, leaders


def test_the_shares_are_those_counted_by_hand() -> None:
    one = np.array([[5.0, -4.0, 3.0, 0.1]])
    other = np.array([[4.0, 5.0, 0.1, -3.0]])
    found = agreement(one, other, top=3)
    # Leaders 0, 1, 2 and 1, 0, 3: two in common, one of them with the same sign, none in the same place.
    assert (found.feature[0], found.sign[0], found.rank[0], found.signed_rank[0]) == (2 / 3, 1 / 3, 0.0, 0.0)


def test_same_place_counts_with_and_without_the_sign() -> None:
    found = agreement(np.array([[3.0, 2.0, 1.0]]), np.array([[-3.0, 2.0, 1.0]]), top=2)
    assert (found.rank[0], found.signed_rank[0]) == (1.0, 0.5)


def test_columns_that_contribute_nothing_never_lead() -> None:
    one, other = np.array([[2.0, 0.0, 0.0]]), np.array([[1.0, 0.0, 1e-13]])
    assert leaders(one, top=2).tolist() == [[True, False, False]]
    assert agreement(one, other, top=2).feature.tolist() == [1.0]


def test_a_row_without_any_contribution_says_nothing() -> None:
    found = agreement(np.zeros((1, 3)), np.zeros((1, 3)), top=2)
    assert np.isnan([found.feature[0], found.sign[0], found.correlation[0], found.concordance[0]]).all()


@given(st.integers(0, 10_000), st.integers(2, 7))
def test_rank_correlations_are_scipys(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(-4, 5, (2, 1, columns)).astype(float)
    found = agreement(one, other, top=1)
    sizes = np.abs(one[0]), np.abs(other[0])
    if all(np.ptp(each) > 0 for each in sizes):
        assert found.correlation[0] == pytest.approx(spearmanr(*sizes).statistic)
        assert found.concordance[0] == pytest.approx(kendalltau(*sizes).statistic)
    else:
        assert np.isnan(found.correlation[0])
        assert np.isnan(found.concordance[0])


@given(st.integers(0, 10_000))
def test_agreement_is_symmetric_and_blind_to_size(seed: int) -> None:
    one, other = np.random.default_rng(seed).normal(size=(2, 4, 6))
    there, back = agreement(one, 7 * other, top=3), agreement(other, one, top=3)
    for name in ("feature", "sign", "rank", "signed_rank", "correlation", "concordance"):
        assert np.allclose(getattr(there, name), getattr(back, name))


def test_chance_agreement_is_the_mean_of_explanations_at_random() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 4000, 8))
    share = agreement(one, other, top=3).feature
    assert by_chance(8, top=3) == pytest.approx(share.mean(), abs=4 * share.std() / np.sqrt(len(share)))


def test_grouped_contributions_keep_their_sum() -> None:
    values = np.arange(8.0).reshape(2, 4)
    assert grouped(values, [[0, 3], [1, 2]]).tolist() == [[3.0, 3.0], [11.0, 11.0]]
