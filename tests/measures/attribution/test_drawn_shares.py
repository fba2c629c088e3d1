"""Shares of a whole, and their intervals."""

import numpy as np
import pytest

from mlops_widgets.measures.attribution.shares import Drawn, drawn_shares
from mlops_widgets.measures.resampling import Resampler


def test_shares_are_means_over_their_sum_and_add_to_one() -> None:
    sizes = np.random.default_rng(0).gamma(2.0, size=(50, 4)) * [1, 2, 3, 0]
    found = drawn_shares(sizes, Resampler(draws=100))
    assert found.values == pytest.approx(sizes.mean(axis=0) / sizes.mean(axis=0).sum(), abs=1e-12)
    assert found.draws.sum(axis=1) == pytest.approx(np.ones(100))
    assert found.units == 50


def test_the_error_of_a_share_is_that_of_a_ratio_of_means() -> None:
    # Delta method for a ratio of means (Cochran 1977, section 2.11): share = mean(a) / mean(a + b).
    rng = np.random.default_rng(1)
    sizes = np.column_stack([rng.gamma(2.0, size=4000), rng.gamma(3.0, size=4000)])
    share, total = sizes[:, 0].mean() / sizes.sum(axis=1).mean(), sizes.sum(axis=1)
    by_hand = (sizes[:, 0] - share * total).std() / total.mean() / np.sqrt(len(sizes))
    assert drawn_shares(sizes, Resampler(draws=4000)).error[0] == pytest.approx(by_hand, rel=0.04)


def test_rows_of_one_unit_are_drawn_together() -> None:
    rng = np.random.default_rng(2)
    units = np.repeat(np.arange(20), 50)
    sizes = np.column_stack([rng.gamma(2.0, size=20)[units], np.ones(1000)])
    alone, together = drawn_shares(sizes, Resampler(draws=500)), drawn_shares(sizes, Resampler(units, draws=500))
    assert together.units == 20
    assert together.error[0] > 4 * alone.error[0]


def test_where_nothing_moves_no_column_has_a_share() -> None:
    assert drawn_shares(np.zeros((5, 2)), Resampler(draws=10)).values.tolist() == [0.0, 0.0]


def test_a_single_unit_or_undefined_draws_give_no_interval() -> None:
    lower, upper = Drawn(values=np.array([0.5]), draws=np.full((3, 1), 0.5), units=1).bounds()
    assert (lower[0], upper[0]) == (-np.inf, np.inf)
    assert Drawn(values=np.array([0.5]), draws=np.full((3, 1), np.nan), units=9).error.tolist() == [np.inf]
