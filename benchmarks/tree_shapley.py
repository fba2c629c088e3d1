"""Exact Shapley values of trees: ours against shap's interventional TreeExplainer, in error and in time.

The error is of the contributions of 5 rows against all coalitions of the columns, over the range of the model's answers;
times are medians of one row, background of 100 rows, in milliseconds. Run: OMP_NUM_THREADS=1 python benchmarks/tree_shapley.py
"""

import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.explainability.attribution.tree_models.reader import read_trees
from mlops_widgets.measures.attribution.shapley import exact
from mlops_widgets.measures.attribution.trees import Paths, TreeGame

Floats = npt.NDArray[np.float64]


def data(rows: int, columns: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(rows, columns)), 2)
    y = X[:, 0] * X[:, 1] + X[:, 2] + np.sin(3 * X[:, 3]) + (X[:, 4] > 0) * X[:, 0] + rng.normal(0, 0.3, rows)
    return X, np.asarray(y)


def models(*, small: bool) -> dict[str, Any]:
    import lightgbm
    import xgboost
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

    trees = 20 if small else 100
    return {
        "HistGradientBoosting": HistGradientBoostingRegressor(max_iter=trees),
        "XGBoost": xgboost.XGBRegressor(n_estimators=trees, n_jobs=1),
        "LightGBM": lightgbm.LGBMRegressor(n_estimators=trees, verbose=-1, n_jobs=1),
        "RandomForest, depth 8": RandomForestRegressor(trees, max_depth=8, random_state=0),
        "RandomForest, full depth": RandomForestRegressor(trees, random_state=0),
    }


def milliseconds(ask: Callable[[Floats], Any], rows: Floats) -> float:
    found = []
    ask(rows[:1])
    for k in range(1, len(rows)):
        start = time.perf_counter()
        ask(rows[k : k + 1])
        found.append(1000 * (time.perf_counter() - start))
    return median(found)


def game_of(model: Any, background: Floats) -> tuple[TreeGame, Callable[[Floats], Floats]]:  # noqa: ANN401 - any model
    read = read_trees(model)
    columns = background.shape[1]
    game = TreeGame(Paths(read.forest, np.arange(columns)), read.cells(background), players=columns)
    return game, read.cells


def all_coalitions(model: Any, row: Floats, background: Floats) -> Floats:  # noqa: ANN401 - any model
    def worth(masks: npt.NDArray[np.bool_]) -> Floats:
        mixed = np.where(masks[:, None, :], row, background[None]).reshape(-1, len(row))
        answers = np.asarray(model.predict(mixed), dtype=np.float64)
        return np.asarray(answers.reshape(len(masks), -1).mean(axis=1, keepdims=True))

    return np.asarray(exact(worth, len(row)).values[:, 0])


def errors() -> None:
    import shap

    X, y = data(1500, 5)
    background, rows = X[:50], X[60:65]
    for name, model in models(small=True).items():
        model.fit(X, y)

        truth = np.stack([all_coalitions(model, row, background) for row in rows])
        game, cells = game_of(model, background)
        explainer = shap.TreeExplainer(model, background, feature_perturbation="interventional")
        theirs = explainer.shap_values(rows, check_additivity=False)
        span = np.ptp(model.predict(X))
        own = np.abs(game.values(cells(rows))[:, :, 0] - truth).max() / span
        print(f"{name:26s} error: ours {own:.1e}, shap {np.abs(theirs - truth).max() / span:.1e}")


def times() -> None:
    import shap

    X, y = data(5000, 20)
    background, rows = X[:100], X[200:211]
    for name, model in models(small=False).items():
        model.fit(X, y)
        start = time.perf_counter()
        game, cells = game_of(model, background)
        prepared = time.perf_counter() - start
        explainer = shap.TreeExplainer(model, background, feature_perturbation="interventional")
        ours = milliseconds(lambda row: game.values(cells(row)), rows)  # noqa: B023 - called at once
        theirs = milliseconds(lambda row: explainer.shap_values(row, check_additivity=False), rows)  # noqa: B023
        many = X[300 : 300 + (5 if "full" in name else 200)]
        start = time.perf_counter()
        game.values(cells(many))
        each = 1000 * (time.perf_counter() - start) / len(many)
        leaves = len(game.paths.value)
        print(
            f"{name:26s} {leaves:7,} leaves, read and prepared in {prepared:.2f} s; a row {ours:6.1f} ms, among many "
            f"{each:6.1f} ms, shap {theirs:6.1f} ms: {theirs / ours:.1f} times as fast"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    errors()
    times()
