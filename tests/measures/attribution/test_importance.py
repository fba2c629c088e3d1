"""Permutation importance against its closed form and scikit-learn."""

import numpy as np
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error

from mlops_widgets.measures.attribution.importance import Loss, losses, scrambled
from mlops_widgets.measures.metrics import METRICS, custom_metric
from mlops_widgets.measures.resampling import Resampler

MSE = custom_metric(
    mean_squared_error, name="MSE", greater_is_better=False, needs="predictions", tasks=frozenset({"regression"}), lower=0.0,
    takes_weights=True,
)  # fmt: skip


def _losses(rows: int, *, repeats: int, seed: int = 0) -> list[Loss]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    y = 2 * x[:, 0] + x[:, 1] + rng.normal(size=rows)

    def model(z: np.ndarray) -> np.ndarray:
        return np.asarray(2 * z[:, 0] + z[:, 1])

    orders = scrambled(rows, repeats=repeats, seed=seed)
    without = [[model(np.where(np.arange(3) == k, x[order], x)) for order in orders] for k in range(3)]
    return losses(MSE, y, model(x), without, orders, drawing=Resampler(draws=50, seed=seed), units=rows)


def test_scrambling_a_linear_column_costs_twice_its_variance() -> None:
    # E (b x - b x')² = 2 b² Var(x), and the rest of the error stays: 8, 2 and 0.
    found = _losses(2000, repeats=3)
    assert abs(found[0].value - 8) < 0.7
    assert abs(found[1].value - 2) < 0.2
    assert found[0].lower < 8 < found[0].upper
    assert (found[2].value, found[2].lower, found[2].upper, found[2].moved) == (0.0, 0.0, 0.0, False)


def test_losses_are_those_of_scikit_learn_on_the_same_orders() -> None:
    # scikit-learn 1.9.1 shuffles in place by its own generator, so means over many orders are compared.
    rng = np.random.default_rng(3)
    x = rng.normal(size=(150, 2))
    y = x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=150)
    model = LinearRegression().fit(x, y)
    theirs = permutation_importance(model, x, y, scoring="neg_mean_squared_error", n_repeats=40, random_state=0)
    orders = scrambled(150, repeats=40, seed=0)
    without = [[model.predict(np.where(np.arange(2) == k, x[order], x)) for order in orders] for k in range(2)]
    ours = losses(MSE, y, model.predict(x), without, orders, drawing=Resampler(draws=2), units=150)
    error = theirs.importances_std / np.sqrt(40)
    assert (np.abs([each.value for each in ours] - theirs.importances_mean) < 5 * error).all()


def test_one_unit_gives_no_interval() -> None:
    y, output = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.1, 0.9, 0.4, 0.2])
    found = losses(
        METRICS["brier"],
        y,
        output,
        [[1 - output]],
        np.arange(len(y))[None, :],
        drawing=Resampler(np.zeros(4), draws=5),
        units=1,
    )[0]
    assert found.value > 0
    assert found.lower == -np.inf
    assert found.error == np.inf


def test_a_metric_that_is_better_high_loses_when_it_falls() -> None:
    y, output = np.array([0.0, 1.0] * 20), np.array([0.0, 1.0] * 20)
    metric = METRICS["roc_auc"]
    found = losses(
        metric, y, output, [[1 - output]], np.arange(len(y))[None, :], drawing=Resampler(draws=20), units=40
    )[0]
    assert found.value == 1.0
    assert found.moved
