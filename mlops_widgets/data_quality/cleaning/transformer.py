"""A recipe as a scikit-learn transformer: learns on the rows of `fit`, drops no rows."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe


class RecipeTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Clean rows by a recipe, inside a Pipeline.

    What the steps learn (majorities, values that fill) they learn in `fit`; steps that drop rows don't act. A frame comes back
    as a frame with its index; an array as an array.

    Parameters
    ----------
    recipe
        The recipe. It is not changed: the one that learned is `recipe_`.

    Attributes
    ----------
    recipe_
        The recipe as it learned in `fit`.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Examples
    --------
    >>> import pandas as pd
    >>> from mlops_widgets.data_quality import CleaningRecipe, Step
    >>> step = Step(kind="void_numbers", columns=("age",), parameters={"values": [-999]})
    >>> CleaningRecipe((step,)).to_sklearn().fit_transform(pd.DataFrame({"age": [31, -999]}))["age"].tolist()
    [31.0, nan]
    """

    def __init__(self, recipe: "CleaningRecipe | None" = None) -> None:
        self.recipe = recipe

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803, ANN401, ARG002 - scikit-learn's names
        """Learn from these rows what the steps learn.

        Parameters
        ----------
        X
            Frame or array of shape (rows, columns).
        y
            Not used.
        """
        frame = self._frame(X, reset=True)
        self.recipe_ = self._recipe(frame).fit(frame)
        self._columns_out_ = list(self.recipe_.apply(frame.head(0)).columns)
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803, ANN401 - scikit-learn's names
        """Return the rows cleaned, all of them, in the same order.

        Parameters
        ----------
        X
            Frame or array of shape (rows, columns) with the columns of `fit`.
        """
        check_is_fitted(self)
        clean = self.recipe_.apply(self._frame(X, reset=False))
        return clean if hasattr(X, "columns") else clean.to_numpy()

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:  # noqa: ANN401 - scikit-learn's names
        """Return the names of the columns that come out."""
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        return np.array(self._columns_out_, dtype=object)

    def _recipe(self, frame: pd.DataFrame) -> "CleaningRecipe":  # noqa: ARG002 - who proposes anew reads it
        if self.recipe is None:
            raise InputError(
                "recipe=None. Pass a CleaningRecipe, or use ProposingTransformer, which makes its own in fit."
            )
        return self.recipe

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:  # noqa: N803, ANN401 - scikit-learn's names
        if hasattr(X, "columns"):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X if isinstance(X, pd.DataFrame) else pd.DataFrame(X.to_pandas())
        checked = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        return pd.DataFrame(checked, columns=[f"x{at}" for at in range(checked.shape[1])])

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's type
        """Say that missing cells and texts may come in."""
        tags = super().__sklearn_tags__()
        tags.input_tags = replace(tags.input_tags, allow_nan=True, string=True, categorical=True)
        return tags
