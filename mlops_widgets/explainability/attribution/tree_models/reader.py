"""Which reader reads a fitted estimator."""

from collections.abc import Callable, Mapping
from typing import Any

from mlops_widgets.explainability.attribution.read_model import Scale, TreesRead, UnreadableError
from mlops_widgets.explainability.attribution.tree_models.catboost_trees import catboost_scale, read_catboost
from mlops_widgets.explainability.attribution.tree_models.lightgbm_trees import lightgbm_scale, read_lightgbm
from mlops_widgets.explainability.attribution.tree_models.sklearn_trees import (
    averaged,
    averaged_scale,
    boosted,
    boosted_scale,
    histogram,
    voted,
)
from mlops_widgets.explainability.attribution.tree_models.xgboost_trees import read_xgboost, xgboost_scale

_Reader = Callable[[Any], TreesRead]
_Teller = Callable[[Any], Scale]
_LIBRARIES: Mapping[str, tuple[_Reader, _Teller]] = {
    "xgboost": (read_xgboost, xgboost_scale), "lightgbm": (read_lightgbm, lightgbm_scale),
    "catboost": (read_catboost, catboost_scale),
}  # fmt: skip


def read_trees(estimator: Any) -> TreesRead:  # noqa: ANN401 - any estimator
    """Return the trees of a fitted estimator.

    Raises
    ------
    UnreadableError
        If it has none, or none that are known to add up.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> read_trees(DecisionTreeRegressor(max_depth=1).fit([[0], [1]], [0, 1])).scale
    'prediction'
    """
    return _kind(estimator)[0](estimator)


def tree_scale(estimator: Any) -> Scale:  # noqa: ANN401 - any estimator
    """Return on which scale the trees of a fitted estimator add up, without reading them all.

    Raises
    ------
    UnreadableError
        If it has none, or none that are known to add up.
    """
    return _kind(estimator)[1](estimator)


def _kind(estimator: Any) -> tuple[_Reader, _Teller]:  # noqa: ANN401 - any estimator
    library = type(estimator).__module__.partition(".")[0]
    if library in _LIBRARIES:
        return _LIBRARIES[library]
    if library == "sklearn":
        return _sklearn_kind(estimator)
    raise UnreadableError(f"{type(estimator).__name__} is no model whose trees can be read")


def _sklearn_kind(estimator: Any) -> tuple[_Reader, _Teller]:  # noqa: ANN401 - any estimator of scikit-learn's
    from sklearn import ensemble, tree

    means = (
        tree.DecisionTreeClassifier, tree.DecisionTreeRegressor, ensemble.RandomForestClassifier,
        ensemble.RandomForestRegressor, ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor,
        ensemble.BaggingClassifier, ensemble.BaggingRegressor,
    )  # fmt: skip
    if isinstance(estimator, means):
        return averaged, averaged_scale
    if isinstance(estimator, ensemble.GradientBoostingClassifier | ensemble.GradientBoostingRegressor):
        return boosted, boosted_scale
    if isinstance(estimator, ensemble.HistGradientBoostingClassifier | ensemble.HistGradientBoostingRegressor):
        return histogram, boosted_scale
    if isinstance(estimator, ensemble.AdaBoostClassifier):
        return voted, boosted_scale
    raise UnreadableError(f"{type(estimator).__name__} has no trees that add up")
