"""The corrected interval of a score over random splits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlops_widgets.errors import InputError
from mlops_widgets.measures.folds.splits_variance import nadeau_bengio


def test_interval_equals_the_closed_form() -> None:
    # Nadeau & Bengio 2003, section 4.2: variance (1/J + n2/n1) s², t with J - 1 degrees of freedom.
    scores = np.array([0.80, 0.84, 0.79, 0.85, 0.82])
    mean, lower, upper = nadeau_bengio(scores, n_train=800, n_test=200)
    step = 2.7764451 * np.sqrt((1 / 5 + 1 / 4) * np.var(scores, ddof=1))
    assert (mean, lower, upper) == pytest.approx((0.82, 0.82 - step, 0.82 + step))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(seed=st.integers(0, 1000), splits=st.integers(2, 30))
def test_interval_is_wider_than_if_splits_were_independent(seed: int, splits: int) -> None:
    scores = np.random.default_rng(seed).normal(size=splits)
    naive = stats.ttest_1samp(scores, 0).confidence_interval()
    _, lower, upper = nadeau_bengio(scores, n_train=90, n_test=10)
    assert lower < naive.low < naive.high < upper


def test_more_repeats_do_not_narrow_the_interval_to_nothing() -> None:
    scores = np.tile([0.7, 0.8, 0.9], 1000)
    _, lower, upper = nadeau_bengio(scores, n_train=90, n_test=10)
    assert (upper - lower) / 2 == pytest.approx(1.96 * np.sqrt(1 / 9) * scores.std(), rel=0.01)


def test_one_split_is_an_error() -> None:
    with pytest.raises(InputError, match="at least 2"):
        nadeau_bengio(np.array([0.8]), n_train=9, n_test=1)
