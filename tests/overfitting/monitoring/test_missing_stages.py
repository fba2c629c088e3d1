"""Stages that can't be measured: what is left is measured, and what is missing is said."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from mlops_widgets.core.result import NoResult
from mlops_widgets.overfitting import compare_live, compare_promises, cross_validate, run_tournament
from mlops_widgets.overfitting.figures.live_gap import card_of_live_gap
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import callable_only, plain

CANARY = "a cell of somebody's"


class FitsOnce(ClassifierMixin, BaseEstimator):
    """Needs more than rows to be fitted, as a model with early stopping does; answers without trouble."""

    def fit(self, x: Any, y: Any, more: Any = None) -> "FitsOnce":
        if more is None:
            raise ValueError(CANARY)
        self.classes_ = np.unique(y)
        self.n_features_in_ = x.shape[1]
        return self

    def predict_proba(self, x: Any) -> Any:
        one = 1 / (1 + np.exp(-np.asarray(x, dtype=np.float64)[:, 0]))
        return np.column_stack([1 - one, one])

    def predict(self, x: Any) -> Any:
        return (self.predict_proba(x)[:, 1] > 0.5).astype(int)


def _fits_once(**more: Any) -> Study:
    tables = {**plain(400).arguments, **more}
    learned = tables["reference"]
    model = FitsOnce().fit(learned[["a", "b"]], learned["y"], more=True)
    return load_study(**{**tables, "model": model, "features": ["a", "b"]})


def _live(study: Study) -> LiveGapResult:
    result = compare_live(study, draws=100, folds=2)
    assert isinstance(result, LiveGapResult)
    return result


def _names(result: LiveGapResult) -> list[str]:
    return [stage.name for stage in result.stages]


def test_a_model_whose_refit_fails_keeps_train_test_and_production() -> None:
    result = _live(_fits_once())
    assert _names(result) == ["train", "test", "production"]
    assert [step.name for step in result.steps] == ["offline", "live"]
    assert result.findings[0].code == "OV-LG-01"
    finding = next(f for f in result.findings if f.code == "OV-LG-05")
    assert finding.status == "not_run"
    assert "FitsOnce raised ValueError while it was fitted" in finding.claim
    assert "refit" in finding.claim
    assert "need no refit" in finding.action
    assert CANARY not in json.dumps(result.to_dict()) + str(card_of_live_gap(result))


def test_cross_validation_says_that_the_refit_failed_and_not_the_prediction() -> None:
    result = cross_validate(_fits_once(), folds=2)
    assert isinstance(result, NoResult)
    finding = result.findings[0]
    assert finding.status == "failed"
    assert finding.claim.startswith("A refit failed: FitsOnce raised ValueError while it was fitted on ")
    assert "production" not in finding.claim
    assert "clone" in finding.action
    assert "in production" not in finding.action


def test_the_promises_name_the_score_that_is_missing_and_why() -> None:
    study = _fits_once()
    live, validation = _live(study), cross_validate(study, folds=2)
    finding = compare_promises(live, validation).findings[0]
    assert "no cross-validated score. A refit failed: FitsOnce" in finding.claim
    assert "production" not in finding.claim
    assert "clone" in finding.action


def test_the_promises_repeat_why_production_has_no_score() -> None:
    tables = plain(400).arguments
    study = load_study(**{**tables, "production": tables["production"].assign(y=1)})
    finding = compare_promises(_live(study), cross_validate(study, folds=2, schemes=("random",))).findings[0]
    assert "no production score" in finding.claim
    assert "no ROC AUC in production" in finding.claim
    assert "same outcome" in finding.action


def test_the_tournament_says_that_it_was_the_refit_that_raised() -> None:
    result = run_tournament(_fits_once(), n_models=5, test_rows=(50,))
    absent = next(f for f in result.findings if f.code == "OV-TO-04")
    assert "(its refit raised ValueError)" in absent.claim


@pytest.mark.parametrize("table", ["test", "reference"])
def test_a_table_of_one_class_is_named_and_the_others_are_compared(table: str) -> None:
    tables = plain(400).arguments
    result = _live(load_study(**{**tables, table: tables[table].assign(y=1)}))
    assert "production" in _names(result)
    assert table not in _names(result)
    finding = next(f for f in result.findings if f.code == "OV-LG-06")
    assert finding.status == "not_applicable"
    assert f"no ROC AUC in {table}" in finding.claim
    assert "same outcome" in finding.action


def test_a_second_test_without_labels_is_named() -> None:
    tables = plain(400).arguments
    blank = tables["test"].assign(y=np.nan)
    result = _live(load_study(**{**tables, "test": {"first": tables["test"], "blank": blank}}))
    finding = next(f for f in result.findings if f.code == "OV-LG-06")
    assert "the test 'blank' (no labelled rows in blank)" in finding.claim


def test_a_complete_study_has_neither_finding() -> None:
    assert {f.code for f in _live(plain(400).study).findings} <= {f"OV-LG-0{n}" for n in (1, 2, 3, 4)}


def test_a_model_that_can_not_be_refitted_is_said_to_have_no_out_of_fold_stage() -> None:
    assert "No out-of-fold stage: the model can't be refitted" in _live(callable_only().study).method
    assert "No out-of-fold stage" not in _live(plain(400).study).method


def test_a_failed_test_leads_where_production_is_fine() -> None:
    tables = plain(2000).arguments
    rng = np.random.default_rng(0)
    blind = tables["test"].assign(a=rng.normal(size=len(tables["test"])))
    result = _live(load_study(**{**tables, "test": blind}))
    lead, other = result.findings[:2]
    assert (lead.code, lead.status) == ("OV-LG-02", "failed")
    assert (other.code, other.status) == ("OV-LG-01", "passed")
    assert "That is no loss" in other.claim
    assert "within the margin" not in other.claim
    assert card_of_live_gap(result).headline == lead.claim
