import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlops_widgets.measures.label_free.direct_loss import fit_losses, mean_loss
from mlops_widgets.measures.metrics import METRICS, get_metric


@pytest.mark.parametrize("name", ["mae", "mse", "rmse", "mape", "pinball@0.9"])
def test_the_mean_of_the_losses_gives_the_metric(name: str) -> None:
    rng = np.random.default_rng(0)
    y, said = rng.normal(3, 1, 50), rng.normal(3, 1, 50)
    metric = get_metric(name, "regression")
    loss = mean_loss(metric)
    assert loss is not None
    assert_allclose(loss.metric(float(loss.loss(y, said).mean())), metric(y, said))


def test_r2_is_no_mean_of_losses() -> None:
    assert mean_loss(METRICS["r2"]) is None


def test_errors_that_grow_with_a_feature_are_learned_and_carried_over() -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 2, (1500, 1))
    losses = np.abs(rng.normal(size=1500)) * (0.2 + x[:, 0])
    model = fit_losses(x, losses, np.arange(1500) % 3)
    assert model.explained_share > 0.1
    # E|N(0, s)| = s √(2/π), by Johnson, Kotz & Balakrishnan 1994, chapter 13; at x = 1.9 the scale is 2.1.
    assert_allclose(model.each(np.full((1, 1), 1.9)).mean(), 2.1 * np.sqrt(2 / np.pi), rtol=0.15)


def test_noise_explains_nothing_and_stays_near_the_mean() -> None:
    rng = np.random.default_rng(2)
    losses = rng.exponential(size=900)
    model = fit_losses(rng.normal(size=(900, 1)), losses, np.arange(900) % 3)
    assert model.explained_share < 0.05
    assert_allclose(model.unseen.mean(), losses.mean(), rtol=0.05)


def test_losses_of_any_size_scale() -> None:
    rng = np.random.default_rng(3)
    x, losses = rng.normal(size=(300, 1)), rng.exponential(size=300)
    small, large = (fit_losses(x, losses * size, np.arange(300) % 2).unseen for size in (1e-9, 1e9))
    assert_allclose(small * 1e18, large, rtol=1e-6)
    assert_allclose(fit_losses(x, np.zeros(300), np.arange(300) % 2).unseen, 0.0, atol=1e-12)
