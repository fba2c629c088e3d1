"""Which columns a model learned, by its own word, and what a table calls them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mlops_widgets.study.native_models import with_sklearn_face


def own_columns(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - anything
    """Return the columns that a model learned, in its order; empty where it knows no names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> own_columns(DecisionTreeClassifier().fit(X[["petal length (cm)"]], y))
    ('petal length (cm)',)
    """
    if type(model).__module__.startswith("catboost.") and hasattr(model, "classes_"):
        from mlops_widgets.study.faces.catboost_face import catboost_columns

        return catboost_columns(model)
    names = getattr(with_sklearn_face(model), "feature_names_in_", None)
    if names is None and type(model).__module__.startswith("lightgbm.") and hasattr(model, "booster_"):
        names = model.booster_.feature_name()  # pickled by LightGBM 3, whose estimators keep none themselves
    if names is None and hasattr(model, "best_estimator_"):
        return own_columns(model.best_estimator_)  # CatBoost's names aren't where a search looks for them
    found = () if names is None else tuple(str(name) for name in names)
    counted = all(re.fullmatch(rf"Column_{i}", name) for i, name in enumerate(found))  # LightGBM's, of an array
    return () if counted else found


def as_called_in(columns: Sequence[str], table: Iterable[str]) -> tuple[str, ...]:
    """Return the model's columns by the names that a table gives them: LightGBM stores spaces as underscores."""
    known = list(table)
    renamed = {re.sub(r"\s", "_", name): name for name in known}
    return tuple(name if name in known else renamed.get(name, name) for name in columns)
