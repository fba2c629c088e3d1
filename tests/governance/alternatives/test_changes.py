"""Changes of a model: columns silent or coarse, weights that make group and label independent, parameters that hold it back."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from mlops_widgets.governance.alternatives.changes import (
    Change,
    Workshop,
    by_proxy,
    coarse_values,
    cramers_v,
    kamiran_calders,
    list_changes,
    usual_cell,
)
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.tables import Table


def _workshop(rows: int = 400) -> Workshop:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, rows)
    frame = pd.DataFrame({"proxy": group + rng.normal(0, 0.3, rows), "other": rng.normal(size=rows)})
    frame["y"] = (frame["proxy"] + frame["other"] + rng.normal(size=rows) > 0.5).astype(int)
    frame["g"] = np.where(group, "b", "a")
    model = LogisticRegression(C=0.5).fit(frame[["proxy", "other"]], frame["y"])
    study = load_study(model=model, reference=frame, test=frame, target="y", features=["proxy", "other"], groups="g")
    assert isinstance(study.learner, EstimatorPredictor)
    return Workshop(study=study, learner=study.learner, rows=study.need("reference"), groups=("g",))


def test_weights_make_group_and_label_independent() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 500)
    y = (rng.random(500) < 0.2 + 0.2 * group).astype(float)
    weights = kamiran_calders(group, y, np.ones(500))
    rates = [np.average(y[group == each], weights=weights[group == each]) for each in range(3)]
    assert rates == pytest.approx([y.mean()] * 3)
    assert weights.sum() == pytest.approx(500)


def test_weights_are_those_of_the_papers_example() -> None:
    # Kamiran & Calders 2012, table of applicants: 10 people, 5 of each sex, 6 hired, of them 4 men
    sex = np.array([0] * 5 + [1] * 5)
    hired = np.array([1.0, 1, 1, 1, 0, 1, 1, 0, 0, 0])
    found = kamiran_calders(sex, hired, np.ones(10))
    assert sorted(set(found.round(2).tolist())) == [0.67, 0.75, 1.5, 2.0]
    assert found[5] == pytest.approx(0.5 * 0.6 / 0.2)


def test_a_row_without_a_label_keeps_its_weight() -> None:
    assert kamiran_calders(np.array([0, 0, 1]), np.array([1.0, np.nan, 0.0]), np.ones(3))[1] == 1.0


def test_cramers_v_is_that_of_a_textbook_table() -> None:
    # [[10, 20], [30, 5]]: chi² = 18.76 by scipy.stats.chi2_contingency (1.17, without correction)
    from scipy.stats import chi2_contingency

    a, b = np.repeat([0, 0, 1, 1], [10, 20, 30, 5]), np.repeat([0, 1, 0, 1], [10, 20, 30, 5])
    chi2 = chi2_contingency([[10, 20], [30, 5]], correction=False).statistic
    assert cramers_v(a, b) == pytest.approx(np.sqrt(chi2 / 65))


def test_a_constant_column_has_no_association() -> None:
    assert cramers_v(np.zeros(5, dtype=np.int64), np.arange(5)) == 0.0


def test_the_column_that_tells_most_of_the_group_comes_first() -> None:
    assert by_proxy(_workshop()) == ["proxy", "other"]


def test_a_silent_column_says_nothing_whatever_it_holds() -> None:
    shop = _workshop()
    model, prepare = shop.train(Change(name="", words="", silent=("proxy",)))
    low, high = (
        Table(pd.DataFrame({"proxy": [value] * 3, "other": [0.0, 1.0, 2.0]}), name="t") for value in (-9.0, 9.0)
    )
    assert model.scores(prepare(low)).tolist() == model.scores(prepare(high)).tolist()


def test_a_coarse_column_has_four_values_and_keeps_gaps() -> None:
    table = Table(pd.DataFrame({"x": [*np.arange(100.0), np.nan]}), name="t")
    cuts, values = coarse_values(table, "x")
    assert cuts.tolist() == pytest.approx([24.75, 49.5, 74.25])
    assert values.tolist() == [12.0, 37.0, 62.0, 87.0]


def test_the_usual_cell_keeps_its_type() -> None:
    table = Table(pd.DataFrame({"c": pd.Categorical(["x", "y", "y"])}), name="t")
    cell = usual_cell(table, "c")
    assert cell.tolist() == ["y"]
    assert isinstance(cell.dtype, pd.CategoricalDtype)


def test_candidates_are_of_every_kind_and_bounded() -> None:
    shop = _workshop()
    names = [each.name for each in list_changes(shop, drop=True, most=20)]
    assert names == ["seed 1", "seed 2", "reweighed", "C .05", "without proxy", "without other", "coarse proxy", "coarse other"]  # fmt: skip
    assert not any(each.silent for each in list_changes(shop, drop=False, most=20))
    assert len(list_changes(shop, drop=True, most=3)) == 3


def test_a_parameter_is_set_on_the_refit_and_nowhere_else() -> None:
    shop = _workshop()
    model, _ = shop.train(Change(name="", words="", parameters=(("C", 0.05),)))
    assert model.model.C == 0.05
    assert shop.learner.model.C == 0.5


def test_two_changes_are_one() -> None:
    both = Change(name="a", words="a", silent=("x",)) + Change(name="b", words="b", silent=("y",), reweighed=("g",))
    assert both.silent == ("x", "y")
    assert both.reweighed == ("g",)
    assert both.name == "a, b"
