import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from mlops_widgets.measures.prior_logistic import fit_prior_logistic, logit, sigmoid


def _problem(seed: int, rows: int = 30) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "features": rng.normal(size=(rows, 4)), "targets": rng.random(rows).round(), "offset": rng.normal(size=rows),
        "weights": rng.random(rows), "ridge": rng.uniform(0.1, 2, 4),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_mode_is_where_a_general_optimiser_finds_it(seed: int) -> None:
    given = _problem(seed)

    def loss(coefficients: np.ndarray) -> float:
        logits = given["offset"] + given["features"] @ coefficients
        said = np.logaddexp(0, logits) - given["targets"] * logits
        return float(given["weights"] @ said + 0.5 * given["ridge"] @ coefficients**2)

    found = optimize.minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    np.testing.assert_allclose(fit_prior_logistic(**given), found, atol=1e-5)


def test_a_share_of_ones_is_fitted_exactly_without_a_prior() -> None:
    ones = np.ones((10, 1))
    targets = np.array([1.0] * 3 + [0.0] * 7)
    fitted = fit_prior_logistic(ones, targets, offset=np.zeros(10), weights=np.ones(10), ridge=np.array([1e-12]))
    assert sigmoid(fitted)[0] == pytest.approx(0.3)


def test_rows_that_say_what_is_believed_change_nothing() -> None:
    given = _problem(1)
    believed = sigmoid(given["offset"])
    np.testing.assert_allclose(fit_prior_logistic(**{**given, "targets": believed}), 0.0, atol=1e-9)


def test_without_rows_nothing_is_learned() -> None:
    none = np.zeros(0)
    assert not fit_prior_logistic(np.zeros((0, 3)), none, offset=none, weights=none, ridge=np.ones(3)).any()


def test_separated_rows_far_from_the_belief_still_have_a_finite_mode() -> None:
    x = np.array([[1.0], [1.0]])
    fitted = fit_prior_logistic(x, np.ones(2), offset=np.full(2, -60.0), weights=np.ones(2), ridge=np.array([0.01]))
    p = sigmoid(np.full(2, -60.0) + x @ fitted)
    assert (1 - p).sum() == pytest.approx(0.01 * fitted[0], rel=1e-6)  # the gradient of the penalised loss is 0


@given(st.floats(0.02, 0.98))
def test_log_odds_and_probabilities_undo_each_other(p: float) -> None:
    assert sigmoid(logit(np.array([p])))[0] == pytest.approx(p)
