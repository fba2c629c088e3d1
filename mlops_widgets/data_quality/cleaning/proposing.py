"""A transformer that finds errors and proposes its recipe in `fit`, so that nothing at all is decided on rows held out."""

import pandas as pd

from mlops_widgets.data_quality.cleaning.propose import propose_recipe
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.transformer import RecipeTransformer


class ProposingTransformer(RecipeTransformer):
    """Find errors and propose a recipe from the rows of each `fit`; clean by it.

    Nobody looks at the steps before they act; look at `recipe_` afterwards. A recipe that a person has looked at becomes a
    transformer by `recipe.to_sklearn()`.

    Attributes
    ----------
    recipe_
        The recipe that was proposed from the rows of `fit`.

    Examples
    --------
    >>> ProposingTransformer().fit_transform(pd.DataFrame({"a": [1.0, 2.0]})).shape
    (2, 1)
    """

    def __init__(self) -> None:
        super().__init__()

    def _recipe(self, frame: pd.DataFrame) -> CleaningRecipe:
        return propose_recipe(frame)
