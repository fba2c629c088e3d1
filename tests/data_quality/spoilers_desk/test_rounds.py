"""Means and intervals over rounds."""

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.data_quality.spoilers_desk.rounds import Rounds

DRAWS = np.random.default_rng(0).normal(0.7, 0.05, (5, 2, 3, 2, 4))


def test_the_interval_is_students_t_over_rounds() -> None:
    mean, lower, upper = Rounds(DRAWS).bounds([(None, None)] * 4)
    known = stats.ttest_1samp(DRAWS[:, 1, 2, 0, 3], 0.0).confidence_interval(0.95)  # scipy 1.17
    assert mean[1, 2, 0, 3] == pytest.approx(DRAWS[:, 1, 2, 0, 3].mean())
    assert (lower[1, 2, 0, 3], upper[1, 2, 0, 3]) == pytest.approx((known.low, known.high))


def test_changes_are_paired_within_a_round() -> None:
    mean, lower, upper = Rounds(DRAWS).changes()
    assert (mean[:, 0, 0] == 0).all()
    known = stats.ttest_rel(DRAWS[:, 0, 2, 1, 1], DRAWS[:, 0, 0, 0, 1]).confidence_interval(0.95)
    assert (lower[0, 2, 1, 1], upper[0, 2, 1, 1]) == pytest.approx((known.low, known.high))


def test_an_interval_ends_where_the_dial_ends() -> None:
    _, lower, upper = Rounds(DRAWS).bounds([(0.69, 0.71)] * 4)
    assert lower.min() >= 0.69
    assert upper.max() <= 0.71


def test_a_dial_that_showed_nothing_in_a_round_has_no_number() -> None:
    draws = DRAWS.copy()
    draws[0, 0, 0, 0, 0] = np.nan
    assert np.isnan(Rounds(draws).bounds([(None, None)] * 4)[0][0, 0, 0, 0])
