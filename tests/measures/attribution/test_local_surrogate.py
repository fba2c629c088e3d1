"""Known answers: scikit-learn 1.9.1's Ridge, a brute-force bootstrap, and lime 0.2.0.1 on its own sample."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from mlops_widgets.explainability.attribution.lime_route import default_width
from mlops_widgets.measures.attribution.local_surrogate import local_surrogate, proximity, redraws, same_leaders


def _near(seed: int = 0, n: int = 600, p: int = 5, k: int = 2) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    x = (rng.random((n, p)) < 0.3).astype(float)
    y = np.column_stack([3 * x[:, 0] - x[:, 1] * x[:, 2] + rng.normal(size=n) for _ in range(k)])
    return x, y, proximity(p - x.sum(axis=1), default_width(p))


@pytest.mark.parametrize("discretize", [True, False])
@pytest.mark.parametrize("selection", ["auto", "none"])
def test_on_limes_own_sample_the_surrogate_is_limes(discretize: bool, selection: str) -> None:
    from lime.lime_tabular import LimeTabularExplainer

    rng = np.random.default_rng(1)
    training = rng.normal(size=(300, 8)) * np.arange(1, 9)
    explainer = LimeTabularExplainer(
        training, mode="regression", feature_selection=selection, discretize_continuous=discretize, random_state=0
    )
    sample: dict[str, Any] = {}
    fit = explainer.base.explain_instance_with_data

    def captured(data: Any, answers: Any, distances: Any, *rest: Any, **more: Any) -> Any:
        sample.update(data=data, answers=answers, distances=distances)
        return fit(data, answers, distances, *rest, **more)

    explainer.base.explain_instance_with_data = captured
    told = explainer.explain_instance(
        training[7], lambda x: np.sin(x[:, 0]) + x[:, 1] * x[:, 2], num_features=8, num_samples=1000
    )
    weights = proximity(sample["distances"] ** 2, default_width(8))
    ours = local_surrogate(sample["data"], sample["answers"], weights)
    theirs = dict(told.local_exp[1])
    assert len(theirs) == 8
    np.testing.assert_allclose(ours.weights[:, 0], [theirs[j] for j in range(8)], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.intercept[0], told.intercept[1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.r2[0], told.score, rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        ours.intercept[0] + sample["data"][0] @ ours.weights[:, 0], told.local_pred[0], rtol=0, atol=1e-9
    )


@given(st.integers(0, 2**32 - 1), st.integers(30, 200), st.integers(3, 8), st.floats(-1e4, 1e4))
@settings(max_examples=10, deadline=None)
def test_weights_intercept_and_r2_are_scikit_learns(seed: int, n: int, p: int, level: float) -> None:
    x, y, w = _near(seed, n, p)
    ours, theirs = local_surrogate(x, y + level, w), Ridge(alpha=1).fit(x, y + level, sample_weight=w)
    np.testing.assert_allclose(ours.weights.T, theirs.coef_, atol=1e-9)
    np.testing.assert_allclose(ours.intercept, theirs.intercept_, atol=1e-7)
    one = Ridge(alpha=1).fit(x, y[:, 0], sample_weight=w)
    np.testing.assert_allclose(ours.r2[0], one.score(x, y[:, 0], sample_weight=w), atol=1e-7)


def test_the_row_itself_counts_as_a_sample_of_weight_one() -> None:
    x, y, w = _near()
    own = (np.ones(5), np.array([9.0, -9.0]))
    apart = local_surrogate(x, y, w, own=own)
    among = local_surrogate(np.vstack([x, own[0]]), np.vstack([y, own[1]]), np.append(w, 1.0))
    np.testing.assert_allclose(apart.weights, among.weights, atol=1e-12)
    np.testing.assert_allclose(apart.r2, among.r2, atol=1e-12)
    assert apart.effective == pytest.approx(among.effective)


def test_standard_errors_are_those_of_a_bootstrap_that_fits_again() -> None:
    x, y, w = _near(n=3000)
    rng = np.random.default_rng(3)
    fits = [
        Ridge(alpha=1).fit(x, y, sample_weight=w * np.bincount(rng.integers(0, 3000, 3000), minlength=3000)).coef_.T
        for _ in range(300)
    ]
    ratio = local_surrogate(x, y, w, blocks=300).standard_error / np.std(fits, axis=0)
    assert np.abs(ratio.mean() - 1) < 0.05
    assert np.abs(ratio - 1).max() < 0.2


def test_the_penalty_leaves_less_the_fewer_samples_count() -> None:
    x, y, w = _near()
    kept = [local_surrogate(x, y, w * scale).kept for scale in (1.0, 0.01, 1e-6)]
    assert 0.95 < kept[0] <= 1
    assert kept[0] > kept[1] > kept[2]
    assert kept[2] < 0.01


def test_weights_that_all_underflow_say_nothing() -> None:
    x, y, _ = _near()
    told = local_surrogate(x, y, proximity(np.full(600, 5.0), 0.01))
    assert (told.weights == 0).all()
    assert np.isnan(told.r2).all()
    assert told.kept == 0


def test_answers_that_do_not_vary_have_no_r2() -> None:
    x, y, w = _near()
    told = local_surrogate(x, np.full_like(y, 0.3), w)
    np.testing.assert_allclose(told.weights, 0, atol=1e-12)
    np.testing.assert_allclose(told.intercept, 0.3)
    assert np.isnan(told.r2).all()


def test_leaders_are_stable_where_the_errors_are_small_and_a_coin_toss_where_two_tie() -> None:
    x, y, w = _near(n=3000)
    found = local_surrogate(x, y, w)
    assert same_leaders(found.weights, found.influence, redraws(50, 200, 0), top=1).tolist() == [1.0, 1.0]
    noise, times = np.random.default_rng(4).normal(size=(50, 2, 1)), redraws(50, 2000, 0)
    tied = np.array([[1.0], [1.0 + 1e-9]])
    assert 0.3 < same_leaders(tied, 0.01 * noise, times, top=1)[0] < 0.7
    assert np.isnan(same_leaders(tied, noise, times, top=2)).all()


def test_redraws_take_as_many_blocks_as_there_are() -> None:
    times = redraws(50, 2000, 1)
    np.testing.assert_array_equal(times.sum(axis=1), 0)
    assert times.min() == -1
    assert times.var() == pytest.approx(1 - 1 / 50, abs=0.02)
    assert redraws(50, 2000, 1) is times
