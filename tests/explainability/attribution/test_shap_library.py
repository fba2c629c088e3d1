"""What shap 0.51.0 itself says, and that our checks tell where it is wrong."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

import mlops_widgets as mw
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.shap_library import as_shap

explain, explain_function = mw.explainability.explain, mw.explainability.explain_function


def study_of(model: object, *, classes: int = 2, words: bool = False) -> mw.Study:
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(150, 4)).round(2), columns=list("abcd"))
    y = x["a"] + x["b"] * x["c"]
    target = y if classes == 0 else pd.qcut(y, classes, labels=False)
    model.fit(x, target)  # type: ignore[attr-defined]
    frame = x.assign(y=target)
    return mw.load_study(model=model, reference=frame[:100], test=frame[100:], target="y", features=list("abcd"))


def both(study: mw.Study, **options: object) -> tuple[Explanation, Explanation]:
    found = [explain(study, [0, 1], method=m, background=10, **options) for m in ("shap-library", "shap")]  # type: ignore[arg-type]
    assert all(isinstance(each, Explanation) for each in found)
    return found[0], found[1]  # type: ignore[return-value]


@pytest.mark.parametrize("classes", [2, 3])
def test_its_trees_say_what_we_say_where_they_are_right(classes: int) -> None:
    forest = RandomForestClassifier(5, max_depth=3, random_state=0)
    theirs, ours = both(study_of(forest, classes=classes), output="probability")
    assert theirs.route == "shap.TreeExplainer"
    assert theirs.status == "passed", str(theirs)
    np.testing.assert_allclose(theirs.values, ours.values, atol=1e-6)


def test_classes_margins_are_compared_centred() -> None:
    boosted = HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=4)
    theirs, ours = both(study_of(boosted, classes=3), output="log-odds")
    assert theirs.route == "shap.TreeExplainer"
    np.testing.assert_allclose(theirs.values, ours.values, atol=1e-6)


def test_linear_trees_which_it_misreads_without_a_word_are_found_out() -> None:
    theirs, ours = both(
        study_of(LGBMRegressor(n_estimators=4, num_leaves=4, linear_tree=True, verbose=-1, n_jobs=1), classes=0)
    )
    assert (theirs.route, theirs.status) == ("shap.TreeExplainer", "failed")
    assert theirs.headline.startswith("Do not rely on this explanation: baseline and contributions miss")
    assert ours.status == "passed"


def test_probabilities_that_it_shares_out_by_rescaling_are_found_out_though_they_add_up() -> None:
    theirs, ours = both(study_of(HistGradientBoostingClassifier(max_iter=20, learning_rate=0.5)), output="probability")
    checks = {check.name: check.status for check in theirs.checks}
    assert (theirs.route, checks["additivity"], checks["sharing out"]) == ("shap.TreeExplainer", "passed", "failed")
    assert np.abs(theirs.values - ours.values).max() > 1e-3


def test_what_its_trees_do_not_take_goes_to_its_permutations_words_and_groups_too() -> None:
    background = pd.DataFrame({"word": ["x", "y", "x"], "u": [0.0, 1.0, 2.0], "v": [1.0, 1.0, 3.0]})

    def predict(rows: pd.DataFrame) -> "pd.Series[float]":
        return rows["word"].map({"x": 1.0, "y": 5.0}) * rows["u"] * rows["v"]

    groups = {"both": ["u", "v"]}
    theirs, ours = (
        explain_function(predict, background, {"word": "y", "u": 2, "v": 4}, method=method, groups=groups)
        for method in ("shap-library", "shap")
    )
    assert theirs.route == "shap.PermutationExplainer"
    assert np.isnan(theirs.standard_error).all()
    np.testing.assert_allclose(theirs.values, ours.values, atol=1e-9)  # two players: every pair is exact


def test_an_explanation_comes_out_as_shaps_own() -> None:
    found = explain(
        study_of(RandomForestClassifier(2, max_depth=2, random_state=0)), [0, 1], method="shap", background=5
    )
    assert isinstance(found, Explanation)
    theirs = found.to_shap()
    assert theirs.values.shape == (2, 4)
    assert list(theirs.feature_names) == list("abcd")
    np.testing.assert_allclose(theirs.base_values + theirs.values.sum(axis=1), found.prediction[:, 0])
    assert as_shap(found).data.dtype == float
