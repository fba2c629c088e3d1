"""The experiment: what its numbers are, that the control is quiet, and what it says of a study of one's own."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance import EqualAccuracyResult, run_equal_accuracy
from mlops_widgets.governance.unequal_people.equal_accuracy_result import MEASURES
from mlops_widgets.governance.unequal_people.made_up import VARIANTS, on_loans
from mlops_widgets.study.samples.loans import make_loans
from tests.awkward import callable_only, regression_pipeline


@cache
def _made_up() -> EqualAccuracyResult:
    result = run_equal_accuracy(seeds=3)
    assert isinstance(result, EqualAccuracyResult)
    return result


@cache
def _own() -> EqualAccuracyResult:
    study = mw.sample("loans+biased_recording")
    result = run_equal_accuracy(study, favourable="negative", reference_group="A", draws=100)
    assert isinstance(result, EqualAccuracyResult)
    return result


def test_the_numbers_are_those_of_the_story() -> None:
    r = _made_up()
    with_area, without = r.variant(uses_feature=True), r.variant(uses_feature=False)
    assert r.of("ratio", with_area)[0] == pytest.approx(0.67, abs=0.03)
    assert r.of("ratio", without)[0] == pytest.approx(0.91, abs=0.03)
    assert r.of("accuracy_loss", without)[0] == pytest.approx(0.007, abs=0.004)
    assert r.of("true_gain", without)[0] == pytest.approx(0.007, abs=0.004)
    assert r.of("true_auc", without)[0] > r.of("true_auc", with_area)[0]


def test_the_first_frame_is_the_bad_case_and_the_gate_opens_without_the_column() -> None:
    r = _made_up()
    assert r.gate(0) == "failed"
    assert r.gate(r.variant(uses_feature=False)) == "passed"
    assert r.findings[0].code == "GV-EQ-01"
    assert r.findings[0].status == "failed"


def test_true_records_make_no_difference() -> None:
    value, lower, upper = _made_up().control
    assert lower < 0.03
    assert upper > -0.03
    assert value == pytest.approx(0, abs=0.03)


def test_rates_and_accuracy_are_those_counted_by_hand() -> None:
    loans = make_loans(rows=4000, biased_recording=True, seed=4)
    found = on_loans(loans, VARIANTS[:1], np.array([0.7]), seed=4)
    a, b, accuracy, auc = (found[MEASURES.index(name), 0, 0] for name in ("selected_reference", "selected_compared", "accuracy", "auc"))  # fmt: skip
    look = np.random.default_rng([4, 3]).permutation(4000)[2000:]
    table = loans.table.iloc[look]
    shares = (table["group"] == "B").mean()
    assert (1 - shares) * a + shares * b == pytest.approx(0.7, abs=0.001)
    assert found[MEASURES.index("ratio"), 0, 0] == pytest.approx(min(a, b) / max(a, b))
    assert 0.6 < accuracy < 0.8
    assert 0.6 < auc < 0.8


def test_the_auc_is_scikit_learns() -> None:
    # scikit-learn 1.9.1, the same model fitted here
    from sklearn.linear_model import LogisticRegression

    from mlops_widgets.study.samples.loans import NUMBERS, WORDS

    loans = make_loans(rows=3000, biased_recording=True, seed=2)
    half = np.random.default_rng([2, 3]).permutation(3000)
    learn, look = half[:1500], half[1500:]
    x = pd.get_dummies(loans.table[[*NUMBERS, *WORDS]], columns=list(WORDS), drop_first=True, dtype=float).to_numpy()
    x = (x - x[learn].mean(axis=0)) / x[learn].std(axis=0)
    y = loans.table["defaulted"].to_numpy()
    theirs = roc_auc_score(y[look], LogisticRegression().fit(x[learn], y[learn]).predict_proba(x[look])[:, 1])
    ours = on_loans(loans, VARIANTS[:1], np.array([0.7]), seed=2)[MEASURES.index("auc"), 0, 0]
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_sample_with_truth_reveals_it_and_the_column_is_found() -> None:
    r = _own()
    assert r.feature == "area"
    assert [each.code for each in r.findings] == ["GV-EQ-04", "GV-EQ-05"]
    assert r.has_truth
    assert r.gate(0) == "failed"
    assert r.of("ratio", 1)[0] > r.of("ratio", 0)[0]


@cache
def _census() -> EqualAccuracyResult:
    result = run_equal_accuracy(mw.sample("census"), groups="DIS", draws=100, rows=1000)
    assert isinstance(result, EqualAccuracyResult)
    return result


def test_a_study_without_truth_says_that_it_cant_be_revealed() -> None:
    assert not _census().has_truth
    assert _census().findings[1].status == "not_applicable"
    assert np.isnan(_census().of("true_accuracy", 0)[0])


def test_the_group_can_be_switched_where_the_model_takes_it() -> None:
    assert len(_census().variants) == 4
    assert _census().variants[0].uses_feature
    assert _census().variants[0].uses_group


@pytest.mark.parametrize("study", [regression_pipeline, callable_only], ids=["regression", "no scores"])
def test_what_cant_be_compared_is_not_applicable(study: Any) -> None:
    result = run_equal_accuracy(study().study)
    assert isinstance(result, NoResult)
    assert result.status == "not_applicable"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"approve_share": 0.1}, "approve_share"), ({"limit": 2}, "limit"), ({"seeds": 1}, "seeds"), ({"rows": 10}, "rows"),
        ({"feature": "area"}, "without a study"), ({"draws": 5}, "draws"),
    ],
)  # fmt: skip
def test_a_wrong_option_of_the_experiment_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run_equal_accuracy(**options)


def test_a_column_that_the_model_doesnt_take_is_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'area'"):
        run_equal_accuracy(mw.sample("loans"), feature="aera")


def test_a_table_is_no_study_of_the_experiment() -> None:
    with pytest.raises(WrongTypeError):
        run_equal_accuracy(pd.DataFrame())  # type: ignore[arg-type]  # the mistake


def test_a_sample_takes_its_flags_by_name() -> None:
    assert mw.sample("loans+biased_recording").recipe == {"sample": "loans", "biased_recording": True}
    with pytest.raises(UnknownNameError, match="biased"):
        mw.sample("loans+biased")
