"""Trends are those of Sen's paper and of any order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.measures.trends import FEWEST, theil_sen


def test_sens_slope_is_the_median_of_all_slopes() -> None:
    x, y = np.array([1, 2, 3, 4, 10, 12, 18, 20.0]), np.array([9, 15, 19, 20, 45, 55, 78, 60.0])
    pairs = [(y[j] - y[i]) / (x[j] - x[i]) for i in range(8) for j in range(i + 1, 8)]
    assert theil_sen(x, y).slope == pytest.approx(np.median(pairs))


def test_the_interval_is_that_of_sens_ranks() -> None:
    # Sen 1968: with n = 10, var S = 125, z = 1.96: ranks (45 ∓ 21.9) / 2, so the 12th and 34th slope of 45, by R's zyp::zyp.sen ranks.
    rng = np.random.default_rng(0)
    x, y = np.arange(10.0), np.arange(10.0) + rng.normal(size=10)
    slopes = np.sort([(y[j] - y[i]) / (x[j] - x[i]) for i in range(10) for j in range(i + 1, 10)])
    found = theil_sen(x, y)
    assert [found.lower, found.upper] == pytest.approx([slopes[11], slopes[33]])


def test_a_series_that_rises_throughout_is_one_order_of_all() -> None:
    assert theil_sen(range(8), range(8)).p_value == pytest.approx(2 / 40320)


def test_too_few_points_and_points_at_one_place_have_no_trend() -> None:
    assert np.isnan(theil_sen(range(FEWEST - 1), range(FEWEST - 1)).p_value)
    assert np.isnan(theil_sen([1] * 20, range(20)).slope)
    assert theil_sen(range(10), [3] * 10).p_value == 1.0


@given(st.lists(st.integers(-100, 100), min_size=8, max_size=12), st.integers(-5, 5))
def test_a_line_added_is_added_to_the_slope(values: list[int], by: int) -> None:
    x, y = np.arange(len(values)), np.array(values, dtype=float)
    if len(set(values)) > 1 and len(set(y + by * x)) > 1:
        assert theil_sen(x, y + by * x).slope == pytest.approx(theil_sen(x, y).slope + by)
