"""Which reader reads a fitted estimator."""

from typing import Any

from mlops_widgets.explainability.attribution.reading import TreesRead, UnreadableError
from mlops_widgets.explainability.attribution.tree_models.catboost_trees import read_catboost
from mlops_widgets.explainability.attribution.tree_models.lightgbm_trees import read_lightgbm
from mlops_widgets.explainability.attribution.tree_models.sklearn_trees import averaged, boosted, histogram, voted
from mlops_widgets.explainability.attribution.tree_models.xgboost_trees import read_xgboost

_LIBRARIES = {"xgboost": read_xgboost, "lightgbm": read_lightgbm, "catboost": read_catboost}


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
    library = type(estimator).__module__.partition(".")[0]
    if library in _LIBRARIES:
        return _LIBRARIES[library](estimator)
    if library == "sklearn":
        return _read_sklearn(estimator)
    raise UnreadableError(f"{type(estimator).__name__} is no model whose trees can be read")


def _read_sklearn(estimator: Any) -> TreesRead:  # noqa: ANN401 - any estimator of scikit-learn's
    from sklearn import ensemble, tree

    means = (
        tree.DecisionTreeClassifier, tree.DecisionTreeRegressor, ensemble.RandomForestClassifier,
        ensemble.RandomForestRegressor, ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor,
        ensemble.BaggingClassifier, ensemble.BaggingRegressor,
    )  # fmt: skip
    if isinstance(estimator, means):
        return averaged(estimator)
    if isinstance(estimator, ensemble.GradientBoostingClassifier | ensemble.GradientBoostingRegressor):
        return boosted(estimator)
    if isinstance(estimator, ensemble.HistGradientBoostingClassifier | ensemble.HistGradientBoostingRegressor):
        return histogram(estimator)
    if isinstance(estimator, ensemble.AdaBoostClassifier):
        return voted(estimator)
    raise UnreadableError(f"{type(estimator).__name__} has no trees that add up")
