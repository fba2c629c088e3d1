"""AUC of many models at once, its variance and its interval."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mlops_widgets.errors import InputError
from mlops_widgets.measures.ranks import (
    auc,
    auc_bounds_if_few_mistakes,
    auc_interval,
    auc_many,
    auc_variance,
    gini_bounds_if_few_mistakes,
    newcombe_interval,
)

REPEATABLE = settings(derandomize=True, deadline=None, max_examples=40)


def made(seed: int, models: int = 4, rows: int = 30, digits: int = 1) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = np.r_[0.0, 0, 1, 1, rng.integers(0, 2, rows - 4)]
    return y, np.round(rng.random((models, rows)) + 0.4 * y, digits)


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_auc_of_many_models_equals_scikit_learn_on_each(seed: int) -> None:
    y, scores = made(seed)
    assert auc_many(y, scores) == pytest.approx([roc_auc_score(y, each) for each in scores])
    assert auc(y, scores[0]) == pytest.approx(roc_auc_score(y, scores[0]))


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_auc_of_reversed_scores_is_the_complement(seed: int) -> None:
    y, scores = made(seed)
    assert auc_many(y, -scores) == pytest.approx(1 - auc_many(y, scores))


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_variance_equals_delong_by_the_definition_over_all_pairs(seed: int) -> None:
    y, scores = made(seed)
    for row, found in zip(scores, auc_variance(y, scores), strict=True):
        gaps = row[y == 1][:, None] - row[y == 0][None, :]
        wins = (gaps > 0) + 0.5 * (gaps == 0)  # DeLong et al. 1988, equation for the kernel ψ
        expected = wins.mean(axis=1).var(ddof=1) / len(wins) + wins.mean(axis=0).var(ddof=1) / wins.shape[1]
        assert found == pytest.approx(expected)


def test_interval_is_delong_on_the_logit_scale_where_mistakes_abound() -> None:
    y, scores = made(1, rows=300, digits=2)
    lower, upper = auc_interval(y, scores, level=0.9)
    a, error = auc_many(y, scores), np.sqrt(auc_variance(y, scores))
    logit = np.log(a / (1 - a))
    assert np.log(upper / (1 - upper)) - logit == pytest.approx(1.6448536 * error / (a * (1 - a)))
    assert logit - np.log(lower / (1 - lower)) == pytest.approx(1.6448536 * error / (a * (1 - a)))


def test_interval_of_a_perfect_ranking_stays_open() -> None:
    y = np.r_[np.zeros(50), np.ones(10)]
    lower, upper = auc_interval(y, y[None, :])
    assert upper[0] == pytest.approx(1)
    assert 0.7 < lower[0] < 0.97


def test_interval_of_a_reversed_ranking_mirrors_the_perfect_one() -> None:
    y = np.r_[np.zeros(50), np.ones(10)]
    (low, high), (worst, above) = auc_interval(y, y[None, :]), auc_interval(y, -y[None, :])
    assert (1 - high[0], 1 - low[0]) == pytest.approx((worst[0], above[0]), abs=1e-9)


def test_interval_with_one_positive_is_wide_but_inside_zero_and_one() -> None:
    y = np.r_[np.zeros(50), 1.0]
    lower, upper = auc_interval(y, np.linspace(0, 1, 51)[None, :])
    assert 0 <= lower[0] < 0.5 < upper[0] <= 1


@pytest.mark.parametrize("value", [0.5, 0.8, 0.95, 1.0])
def test_newcombe_bounds_lie_a_hanley_mcneil_error_away(value: float) -> None:
    size, z = 25, 1.959964
    for bound in newcombe_interval(np.array([value]), size, size):
        theta = float(bound[0])
        q1, q2 = theta / (2 - theta), 2 * theta**2 / (1 + theta)  # Hanley & McNeil 1982, equation 1
        variance = (theta * (1 - theta) + (size - 1) * (q1 - theta**2 + q2 - theta**2)) / size**2
        assert abs(value - theta) == pytest.approx(z * np.sqrt(variance), abs=1e-5)


def test_bounds_for_few_mistakes_are_given_only_there() -> None:
    y = np.r_[np.zeros(100), np.ones(20)]
    assert auc_bounds_if_few_mistakes(y, 0.7, 0.95) is None
    bounds = auc_bounds_if_few_mistakes(y, 0.9, 0.95)
    assert bounds is not None
    assert gini_bounds_if_few_mistakes(y, 0.8, 0.95) == pytest.approx([2 * each - 1 for each in bounds])
    assert gini_bounds_if_few_mistakes(y, 0.4, 0.95) is None
    assert auc_bounds_if_few_mistakes(np.array([0.0, 1, 2]), 1.0, 0.95) is None


def test_auc_of_one_class_is_an_error() -> None:
    with pytest.raises(InputError, match="every row has the same outcome"):
        auc(np.ones(3), np.arange(3.0))
