"""Prices: what is free costs nothing, what ruins the model is found and ranked first, and what can't be told is said."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult
from mlops_widgets.data_quality.damage import damage
from mlops_widgets.data_quality.pricing.price_findings import find
from mlops_widgets.data_quality.pricing.price_issues import PriceResult, price_issues
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.study.loading import load_study
from tests.awkward import callable_only, logged_predictions, regression_pipeline, three_classes
from tests.data_quality.pricing.priced import errors_in, rows, study_of, unit_errors

FAST: dict[str, Any] = {"splits": 3, "draws": 100, "max_fit_rows": 300}


def _priced(*args: Any, **options: Any) -> PriceResult:
    result = price_issues(*args, **(FAST | options))
    assert isinstance(result, PriceResult)
    return result


@cache
def _units() -> PriceResult:
    study, errors = unit_errors()
    return _priced(study, errors=errors, kinds=["unit", "missing", "labels"])


@cache
def _money() -> PriceResult:
    study = study_of(rows(200), rows(200, seed=3), values={"tp": 1, "fp": -1})
    return _priced(study, kinds=["sentinel", "late_labels"])


def _one(result: PriceResult, question: str, place: str, kind: str) -> Any:
    return next(price for price in result.of(question, place) if price.kind == kind)


def test_errors_that_ruin_a_column_are_the_first_thing_to_fix() -> None:
    result = _units()
    price = _one(result, "cost", "both", "unit")
    assert price.lower > price.margin
    assert result.status == "failed"
    assert price.hit == 80
    assert price.share == pytest.approx(0.2)
    assert price.splits == 3
    assert result.headline.startswith("Fix values in another unit first: repaired in training and at serve time")
    assert result.findings[0].cost == price.loss
    assert result.findings[0].cost_unit == "ROC AUC"


def test_repairing_training_alone_gives_back_less_than_repairing_everywhere() -> None:
    assert _one(_units(), "cost", "training", "unit").loss < _one(_units(), "cost", "both", "unit").loss


def test_more_of_them_at_serve_time_costs_as_scoring_the_damaged_rows_says() -> None:
    reference, test = rows(200), rows(200, seed=3)
    study = study_of(reference, test)
    price = _one(_priced(study, kinds=["sentinel"], share=0.3, seed=4), "sensitivity", "serving", "sentinel")
    spoiled = test.copy()
    for place, name in enumerate(["a", "b"]):
        spoiled[name] = damage(test[[name]], "sentinel", 0.3, columns=[name], seed=4 + place).frame[name]
    from sklearn.metrics import roc_auc_score

    model = study.model.model  # type: ignore[attr-defined]  # an EstimatorPredictor
    before, after = (roc_auc_score(test["y"], model.predict_proba(each[["a", "b"]])[:, 1]) for each in (test, spoiled))
    assert price.loss == pytest.approx(before - after, abs=1e-6)
    assert price.hit == 120
    assert price.lower < price.loss < price.upper


def test_the_users_metric_comes_first_then_what_is_usual_then_money() -> None:
    metrics = list(dict.fromkeys(price.metric for price in _money().prices if price.question == "sensitivity"))
    assert metrics == ["roc_auc", "log_loss", "brier", "money"]
    assert {noise.metric for noise in _money().noise} == {*metrics}


def test_money_is_the_mean_value_of_a_decision() -> None:
    reference, test = rows(200), rows(200, seed=3)
    study = study_of(reference, test, values={"tp": 1, "fp": -1})
    model = study.model.model  # type: ignore[attr-defined]  # an EstimatorPredictor
    spoiled = test.copy()
    for place, name in enumerate(["a", "b"]):
        spoiled[name] = damage(test[[name]], "sentinel", 0.1, columns=[name], seed=place).frame[name]

    def worth(frame: pd.DataFrame) -> float:
        decided, y = model.predict(frame[["a", "b"]]), test["y"].to_numpy()
        return float(((decided == 1) & (y == 1)).mean() - ((decided == 1) & (y == 0)).mean())

    price = next(
        each for each in _money().prices if (each.kind, each.place, each.metric) == ("sentinel", "serving", "money")
    )
    assert price.loss == pytest.approx(worth(test) - worth(spoiled), abs=1e-6)


def test_a_model_that_refuses_errors_is_said_to_refuse_them() -> None:
    price = _one(_units(), "sensitivity", "serving", "missing")
    assert price.refused == "ValueError"
    assert np.isnan(price.loss)
    assert price.status == "not_run"
    finding = next(finding for finding in _units().findings if finding.code == "DQ-PI-05")
    assert finding.status == "passed"
    assert "ValueError" in finding.claim


def test_a_repair_that_leaves_gaps_is_filled_where_the_model_takes_none() -> None:
    study, errors = unit_errors(gap=True)
    price = _one(_priced(study, errors=errors, kinds=()), "cost", "both", "unit")
    assert not price.refused
    assert price.lower > 0


def test_without_a_kind_that_was_found_nothing_is_to_pay() -> None:
    result = _money()
    assert result.status == "passed"
    assert not result.of("cost")
    assert "nothing to pay for" in result.headline


def test_dropping_copies_gains_nothing_where_twins_are_kept_apart() -> None:
    clean = rows(300)
    done = damage(clean, "duplicates", 0.5, columns=["a", "b"], seed=1)
    result = _priced(
        study_of(done.frame, rows(200, seed=2)), errors=errors_in(clean, [("near_duplicate", done, False)]), kinds=()
    )
    price = _one(result, "cost", "training", "near_duplicate")
    assert price.hit == 150
    assert price.lower < 0 < price.upper


def test_wrong_labels_are_repaired_where_a_model_learns_and_never_where_it_is_scored() -> None:
    clean = rows(300)
    done = damage(clean, "labels", 0.3, target="y", seed=1)
    result = _priced(
        study_of(done.frame, rows(200, seed=2)), errors=errors_in(clean, [("conflicting_label", done, False)]), kinds=()
    )
    both, training = (_one(result, "cost", place, "conflicting_label") for place in ("both", "training"))
    assert both.loss == training.loss
    assert not result.of("cost", "serving")


def test_a_model_that_cant_be_refitted_has_prices_at_serve_time_only() -> None:
    result = _priced(callable_only().study, kinds=["unit", "labels"])
    assert {price.place for price in result.prices} == {"serving"}
    assert result.splits == 0
    assert any(finding.code == "DQ-PI-07" and finding.status == "not_applicable" for finding in result.findings)


def test_logged_predictions_have_no_price() -> None:
    result = price_issues(logged_predictions().study)
    assert isinstance(result, NoResult)
    assert result.status == "not_applicable"


def test_a_table_is_told_that_a_model_is_missing() -> None:
    result = price_issues(rows(10))
    assert result.status == "not_applicable"
    assert "no model" in result.headline


@pytest.mark.parametrize("make", [regression_pipeline, three_classes])
def test_regressions_and_several_classes_have_prices_in_their_own_metrics(make: Any) -> None:
    result = _priced(make().study, kinds=["sentinel", "labels"])
    assert {price.place for price in result.prices} == {"serving", "training"}
    expected = {"r2", "mae", "rmse"} if make is regression_pipeline else {"log_loss", "brier_multiclass", "roc_auc"}
    assert {price.metric for price in result.prices} >= expected - {"r2"}


def test_splits_keep_entities_whole() -> None:
    frame = rows(240).assign(who=np.repeat(np.arange(40), 6))
    study = load_study(
        model=study_of(rows(50), rows(50)).model.model,  # type: ignore[attr-defined]  # an EstimatorPredictor
        reference=frame, test=frame, target="y", features=["a", "b"], entity="who",
    )  # fmt: skip
    result = _priced(study, kinds=["unit"])
    assert result.splits == 3
    assert "by entity (who)" in result.method


def test_time_that_runs_out_leaves_kinds_out_and_says_so() -> None:
    ticks = iter(range(10_000))
    result = _priced(
        study_of(rows(100), rows(100, seed=2)), kinds=["unit", "sentinel", "labels"], budget_seconds=4.0,
        clock=lambda: float(next(ticks)),
    )  # fmt: skip
    assert result.skipped == ("unit", "labels")
    assert any(finding.code == "DQ-PI-09" and finding.status == "not_run" for finding in result.findings)
    assert result.splits == 2


def test_the_same_seed_gives_the_same_prices_and_cancel_stops() -> None:
    study = study_of(rows(100), rows(100, seed=2))
    once, again = (_priced(study, kinds=["unit"], seed=3) for _ in range(2))
    assert json.dumps(once.to_dict()) == json.dumps(again.to_dict())
    with pytest.raises(CancelledError):
        price_issues(study, **FAST, cancel=lambda: True)


def test_files_hold_no_cells() -> None:
    said = json.dumps(_units().to_dict())
    study, _ = unit_errors()
    assert study.reference is not None
    assert not any(str(cell) in said for cell in study.reference["a"])


def test_the_card_ranks_what_was_found_and_states_margin_and_noise_floor() -> None:
    card = card_of(_units())
    assert card.summary.startswith("Fix this first: 1. values in another unit, ")
    assert [chart.title.split(":")[0] for chart in card.charts] == ["Cost", "Sensitivity", "Sensitivity"]
    assert [mark.label for mark in card.charts[0].marks] == ["no loss", "margin .03", "noise floor"]


def test_wrong_options_say_what_is_allowed() -> None:
    study, errors = unit_errors()
    with pytest.raises(UnknownNameError, match="Did you mean 'unit'"):
        price_issues(study, kinds=["units"])
    wrong: dict[str, Any] = {"share": 0, "splits": 2, "draws": 10, "budget_seconds": 0, "margin": 0}
    for name, value in wrong.items():
        with pytest.raises(InputError, match=f"{name}="):
            price_issues(study, **{name: value})
    with pytest.raises(InputError, match="errors= is of a table of 400 rows"):
        price_issues(study_of(rows(100), rows(100)), errors=errors)
    with pytest.raises(InputError, match="holds no repairs"):
        price_issues(study, errors=type(errors).from_dict(errors.to_dict()))


def test_a_repair_that_does_harm_in_one_place_alone_is_said_to_belong_in_both() -> None:
    both = _one(_units(), "cost", "both", "unit")
    alone = replace(both, place="training", loss=-0.2, lower=-0.3, upper=-0.1)
    said = [finding.action for finding in find(replace(_units(), prices=(both, alone))) if finding.code == "DQ-PI-02"]
    assert said[0].startswith("Repair them in both places at once: in training alone it makes the model worse.")
