"""A recipe inside scikit-learn: its own checks, Pipelines, searches, and nothing learned on rows held out."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from mlops_widgets.data_quality.cleaning.proposing import ProposingTransformer
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.data_quality.cleaning.transformer import RecipeTransformer
from mlops_widgets.errors import InputError

STEPS = (
    Step(kind="void_numbers", columns=("a",), parameters={"values": [-999]}),
    Step(kind="impute", columns=("a",)),
    Step(kind="drop_duplicates", columns=("a", "b")),
    Step(kind="drop_columns", columns=("b",)),
)
FRAME = pd.DataFrame({"a": [1, -999, 3, 4] * 10, "b": ["x", "y", "x", "y"] * 10})
LABELS = np.array([0, 1, 1, 0] * 10)


def transformer() -> RecipeTransformer:
    return CleaningRecipe(STEPS).to_sklearn()


def test_scikit_learns_own_checks_pass_of_a_recipe_without_steps() -> None:
    """scikit-learn 1.9: all of its checks of a transformer; the array API is skipped where SciPy's isn't switched on."""
    failed = [
        each for each in check_estimator(CleaningRecipe(()).to_sklearn(), on_skip=None) if each["status"] == "failed"
    ]
    assert failed == []


def test_it_drops_no_rows_and_says_which_columns_come_out() -> None:
    fitted = transformer().fit(FRAME)
    assert len(fitted.transform(FRAME)) == len(FRAME)
    assert fitted.get_feature_names_out().tolist() == ["a"]


def test_it_can_be_cloned_pickled_and_searched() -> None:
    model = make_pipeline(transformer(), LogisticRegression())
    assert len(cross_val_score(clone(model), FRAME, LABELS, cv=3)) == 3
    grid = {"recipetransformer__recipe": [CleaningRecipe(STEPS), CleaningRecipe(STEPS[1:])]}
    search = GridSearchCV(model, grid, cv=2).fit(FRAME, LABELS)
    assert len(search.cv_results_["params"]) == 2
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (again.predict(FRAME) == search.predict(FRAME)).all()


def test_it_learns_on_the_rows_of_fit_and_leaves_its_recipe_alone() -> None:
    made = transformer()
    found = made.fit(FRAME.iloc[:1]).transform(FRAME.iloc[:2])
    assert found["a"].tolist() == [1.0, 1.0]
    assert made.recipe == CleaningRecipe(STEPS)
    assert made.recipe_ != made.recipe


def test_output_can_be_asked_for_as_pandas_and_arrays_come_back_as_arrays() -> None:
    numbers = np.array([[1.0, 2.0], [-999.0, 4.0]])
    made = CleaningRecipe((Step(kind="void_numbers", columns=("x0",), parameters={"values": [-999]}),)).to_sklearn()
    assert np.isnan(made.fit_transform(numbers)[1, 0])
    framed = clone(made).set_output(transform="pandas").fit_transform(numbers)
    assert list(framed.columns) == ["x0", "x1"]


def test_without_a_recipe_it_says_what_to_do() -> None:
    with pytest.raises(InputError, match="recipe=None"):
        RecipeTransformer().fit(FRAME)


def test_a_proposing_transformer_decides_on_the_rows_of_fit_alone() -> None:
    ages = pd.DataFrame({"age": [20.0 + row % 37 for row in range(120)]})
    dirty = pd.concat([ages, pd.DataFrame({"age": [-999.0] * 8})], ignore_index=True)
    clean, knowing = ProposingTransformer().fit(ages), ProposingTransformer().fit(dirty)
    assert clean.transform(dirty)["age"].isna().sum() == 0
    assert knowing.transform(dirty)["age"].isna().sum() == 8
    model = make_pipeline(ProposingTransformer(), DummyClassifier())
    assert model.fit(dirty, np.arange(128) % 2).predict(dirty).shape == (128,)
