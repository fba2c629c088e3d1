"""Shares of rows, and what one has more than another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.measures.shares import NO_SHARE, excess, share_of


def test_wilsons_interval_of_81_in_263_is_newcombes() -> None:
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3
    found = share_of(np.arange(263) < 81)
    assert (found.lower, found.upper) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert share_of(np.arange(29) < 1).upper == pytest.approx(0.1718, abs=5e-5)


def test_the_difference_of_two_shares_is_newcombes() -> None:
    # Newcombe (1998), Interval estimation for the difference, table II, method 10: 9/10 - 3/10 and 10/10 - 0/20
    first = excess(share_of(np.arange(10) < 9), share_of(np.arange(10) < 3))
    assert (first.lower, first.upper) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    second = excess(share_of(np.arange(10) < 10), share_of(np.arange(20) < 0))
    assert (second.lower, second.upper) == pytest.approx((0.6791, 1.0), abs=5e-5)


def test_units_that_agree_count_once() -> None:
    flags = np.repeat(np.arange(40) < 10, 5)
    whole, rows = share_of(flags, np.repeat(np.arange(40), 5)), share_of(np.arange(40) < 10)
    assert whole.value == rows.value
    assert whole.upper == pytest.approx(rows.upper, abs=0.003)  # U / (U - 1) apart
    assert (
        share_of(np.zeros(200, dtype=bool), np.repeat(np.arange(40), 5)).upper
        == share_of(np.zeros(40, dtype=bool)).upper
    )


def test_no_rows_have_no_share_and_nothing_is_certain() -> None:
    assert np.isnan(share_of(np.array([], dtype=bool)).value)
    assert (NO_SHARE.value, NO_SHARE.upper) == (0.0, 0.0)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 6))
def test_a_share_lies_in_its_interval(rows: int, marked: int, a_unit: int) -> None:
    found = share_of(np.arange(rows) < marked, np.arange(rows) // a_unit)
    assert 0 <= found.lower <= found.value <= found.upper <= 1
