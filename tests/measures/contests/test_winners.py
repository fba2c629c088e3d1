import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from mlops_widgets.errors import InputError
from mlops_widgets.measures.contests.selection import Answers
from mlops_widgets.measures.contests.winners import (
    correct_selection,
    draws_for,
    expected_maximum,
    maximum_quantile,
    spread_limit,
)
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.measures.resampling import Resampler

ACCURACY = get_metric("accuracy", "binary")
RMSE = get_metric("rmse", "regression")


@pytest.mark.parametrize(
    ("k", "known"),
    [
        (1, 0.0),
        (2, 1 / np.sqrt(np.pi)),
        (3, 3 / (2 * np.sqrt(np.pi))),
        (4, 6 / np.pi**1.5 * np.arctan(np.sqrt(2))),  # David & Nagaraja 2003, chapter 3
        (10, 1.5387527308),  # Harter 1961, table 1
        (100, 2.5075936),
    ],
)
def test_the_expected_maximum_is_the_known_one(k: int, known: float) -> None:
    assert expected_maximum(k) == pytest.approx(known, abs=1e-7)


def test_the_expected_maximum_of_very_many_approaches_its_limit() -> None:
    for k in (10**4, 10**6, 10**9):
        root = np.sqrt(2 * np.log(k))
        gumbel = root - (np.log(np.log(k)) + np.log(4 * np.pi)) / (2 * root) + np.euler_gamma / root
        assert expected_maximum(k) == pytest.approx(gumbel, rel=0.01)


def test_the_largest_of_k_stays_below_its_quantile_as_often_as_said() -> None:
    from scipy.stats import norm

    for k in (1, 7, 1000, 10**8):
        assert k * norm.logcdf(maximum_quantile(k)) == pytest.approx(np.log(0.95), rel=1e-6)


def test_the_spread_limit_is_the_chi_squared_one() -> None:
    assert spread_limit(np.array([1.0, 2.0, 3.0])) == pytest.approx(np.sqrt(2 / 0.102586588775))  # chi²(2) at .05
    assert spread_limit(np.array([1.0])) == np.inf
    with pytest.raises(InputError, match="k=0"):
        expected_maximum(0)


def _slowly(y: np.ndarray, outputs: np.ndarray, units: np.ndarray | None, draws: int) -> list[float]:
    """BBC-CV row by row, with scikit-learn's accuracy."""
    found = []
    for weights in np.concatenate(list(Resampler(units, draws=draws, seed=0).weights(len(y)))):
        rows = np.repeat(np.arange(len(y)), weights.astype(int))
        left = np.flatnonzero(weights == 0)
        inside = [accuracy_score(y[rows], each[rows]) for each in outputs]
        found.append(accuracy_score(y[left], outputs[int(np.argmax(inside))][left]))
    return found


@pytest.mark.parametrize("grouped", [False, True])
def test_the_correction_is_bbc_cv_done_slowly(grouped: bool) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60).astype(np.float64)
    outputs = np.where(rng.random((5, 60)) < 0.6, y, 1 - y)
    units = np.arange(60) // 3 if grouped else None
    found = correct_selection(ACCURACY, Answers(y=y, outputs=outputs, units=units), draws=60, seed=0)
    slow = _slowly(y, outputs, units, 60)
    assert found.value == pytest.approx(np.mean(slow), abs=1e-6)
    assert (found.lower, found.upper) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=1e-6)
    assert found.naive == max(accuracy_score(y, each) for each in outputs)
    assert found.optimism == pytest.approx(found.naive - found.value)
    assert found.picked_share.sum() == pytest.approx(1)


def test_candidates_that_guess_owe_their_lead_to_luck_and_a_clear_winner_does_not() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 200).astype(np.float64)
    guesses = rng.integers(0, 2, (40, 200)).astype(np.float64)
    lucky = correct_selection(ACCURACY, Answers(y=y, outputs=guesses), draws=100)
    assert lucky.naive > 0.55
    assert lucky.value == pytest.approx(0.5, abs=0.03)
    assert lucky.optimism_lower > 0
    guesses[3] = np.where(rng.random(200) < 0.95, y, 1 - y)
    clear = correct_selection(ACCURACY, Answers(y=y, outputs=guesses), draws=100)
    assert clear.index == 3
    assert clear.picked_share[3] == 1
    assert clear.optimism == pytest.approx(0, abs=0.01)


def test_of_losses_the_least_wins_and_optimism_is_still_positive() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=150)
    outputs = y + rng.normal(size=(30, 150))
    found = correct_selection(RMSE, Answers(y=y, outputs=outputs), draws=100)
    assert found.naive == found.scores.min()
    assert found.optimism == pytest.approx(found.value - found.naive)
    assert found.optimism > 0


def test_the_work_is_bounded() -> None:
    assert draws_for(20, 5000, 300) == 300
    assert draws_for(200, 5000, 300) == 60
