import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.validation.decisions import ThresholdResult, choose_threshold
from tests.awkward import AWKWARD, plain, study_of

MEASURED = {
    "plain", "late_labels", "odd_names", "ten_rows_a_customer", "search_cv", "linear_svc", "categories_with_gaps",
    "bool_target", "tiny_test",
}  # fmt: skip


@cache
def _frame(rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 3, rows)
    side = rng.choice(["left", "right"], rows)
    y = (rng.random(rows) < p).astype(int)
    return pd.DataFrame({"p": p, "y": y, "side": side, "amount": rng.uniform(10, 100, rows)})


def _chosen(frame: pd.DataFrame, *, arguments: dict[str, Any] | None = None, **options: Any) -> ThresholdResult:
    study = mw.load_study(test=frame, target="y", scores="p", groups="side", **(arguments or {}))
    result = choose_threshold(study, draws=100, **options)
    assert isinstance(result, ThresholdResult)
    return result


def _status(result: Result, code: str) -> str:
    return next(finding.status for finding in result.findings if finding.code == code)


def test_of_calibrated_scores_the_cheapest_threshold_follows_the_prices() -> None:
    result = _chosen(_frame(), false_positive_price=1, false_negative_price=4)
    assert result.threshold_lower <= 0.2 <= result.threshold_upper
    assert result.threshold == pytest.approx(0.2, abs=0.08)
    assert (result.ideal, _status(result, "OV-DE-03")) == (0.2, "passed")
    assert result.gain_lower > 0
    assert result.status == "failed"
    assert result.gain < result.cost_present - result.cost


def test_a_threshold_that_cannot_be_told_from_the_best_is_kept() -> None:
    result = _chosen(_frame(), margin=0.05)
    assert result.present == 0.5
    assert result.status == "passed"
    assert "can't be told from the best" in result.headline
    assert "nobody gave others" in result.headline


def test_the_view_begins_at_the_threshold_of_the_headline() -> None:
    result = _chosen(_frame())
    view = card_of(result).view
    assert view is not None
    assert result.thresholds[view.state["best"]] == result.threshold
    for shown, each in zip(view.state["slices"], result.slices, strict=True):
        assert result.thresholds[shown["best"]] == each.threshold


def test_assumed_prices_warn_where_given_ones_fail() -> None:
    frame = _frame().assign(p=lambda f: f["p"] ** 3)  # far from calibrated: half is far from the best threshold
    assert _chosen(frame).status == "warning"
    assert _chosen(frame, false_positive_price=1, false_negative_price=1).status == "failed"
    assert _status(_chosen(frame), "OV-DE-03") == "warning"


def test_costs_are_those_of_a_count_of_rows() -> None:
    frame = _frame()
    result = _chosen(frame, false_positive_price=3, false_negative_price=5)
    at = result.at(0.4)
    positive = frame["p"] >= result.thresholds[at]
    wrong, missed = (positive & (frame["y"] == 0)).mean(), (~positive & (frame["y"] == 1)).mean()
    assert result.frame()["cost"][at] == pytest.approx(3 * wrong + 5 * missed)
    assert result.false_positive_share[at] == pytest.approx(wrong)
    assert result.cost == pytest.approx(result.frame()["cost"].min())


def test_the_value_of_outcomes_gives_the_prices() -> None:
    values = {"true_positive": 10, "false_positive": -2, "false_negative": 0, "true_negative": 1}
    result = _chosen(_frame(), arguments={"values": values})
    assert (result.false_positive_price, result.false_negative_price, result.prices_given) == (3, 10, True)


def test_values_by_row_are_prices_by_row() -> None:
    frame = _frame()
    result = _chosen(frame, arguments={"values": {"true_positive": "amount", "false_positive": -20.0}})
    at = result.at(0.5)
    missed = frame["amount"].where((frame["p"] < result.thresholds[at]) & (frame["y"] == 1), 0.0)
    assert result.priced_by_row
    assert result.false_negative_cost[at] == pytest.approx(missed.mean())
    assert np.isnan(result.ideal)
    assert "prices in your table" in result.headline


def test_a_slice_whose_scores_mean_something_else_is_named() -> None:
    frame = _frame()
    assert _status(_chosen(frame), "OV-DE-02") == "passed"
    shifted = frame.assign(p=np.where(frame["side"] == "left", frame["p"] ** 2, frame["p"]))
    result = _chosen(shifted, false_positive_price=1, false_negative_price=1)
    assert {each.name for each in result.slices} == {"side = left", "side = right"}
    assert _status(result, "OV-DE-02") == "warning"
    assert "side = left" in next(str(f) for f in result.findings if f.code == "OV-DE-02")


def test_a_threshold_of_your_own_counts_as_the_present_one() -> None:
    result = _chosen(_frame(), arguments={"decision_threshold": 0.37})
    assert result.present == 0.37
    assert 0.37 in result.thresholds
    assert result.cost_present == pytest.approx(result.frame()["cost"][result.at(0.37)])


def test_decisions_that_follow_from_no_threshold_have_no_present_one() -> None:
    from sklearn.linear_model import LogisticRegression

    class Moody(LogisticRegression):
        def predict(self, X: pd.DataFrame) -> np.ndarray:
            return np.arange(len(X)) % 2

    result = choose_threshold(plain(model=Moody()).study, draws=100)
    assert isinstance(result, ThresholdResult)
    assert np.isnan(result.present)
    assert result.status == "not_applicable"


def _in_production(production: pd.DataFrame, **more: Any) -> ThresholdResult:
    return _chosen(
        _frame(), arguments={"production": production} | more, false_positive_price=1, false_negative_price=4
    )


def test_the_move_is_judged_again_on_production_rows_that_chose_nothing() -> None:
    later = _frame().assign(p=lambda f: 1 - f["p"], y=lambda f: 1 - f["y"])  # calibrated too
    result = _in_production(later)
    below = (later["p"] >= result.threshold) & (later["p"] < 0.5)
    saved = (4 * later["y"] - (1 - later["y"]))[below].sum() / len(later)
    assert result.production_gain == pytest.approx(saved)
    assert result.production_lower < saved < result.production_upper
    assert "production rows, which chose nothing" in result.headline
    assert result.status == "failed"


def test_a_move_that_costs_in_production_isnt_called_for() -> None:
    turned = _frame().assign(y=lambda f: (f["p"] > 0.5).astype(int))  # nothing below the present threshold is positive
    result = _in_production(turned)
    assert result.production_upper < 0
    assert result.status == "warning"
    assert "Don't move" in result.findings[0].action


def test_without_labels_or_prices_production_says_nothing() -> None:
    unlabelled = _in_production(_frame().drop(columns="y"))
    assert (unlabelled.production_rows, _chosen(_frame()).production_rows) == (0, 0)
    one_class = _in_production(_frame().assign(y=0))
    assert one_class.production_rows == 0
    values = {"true_positive": "amount", "false_positive": -20.0}
    unpriced = {"values": values, "production": _frame().assign(amount=-1.0)}
    assert _chosen(_frame(), arguments=unpriced).production_rows == 0


@pytest.mark.parametrize(
    "option",
    [
        {"false_positive_price": 0},
        {"false_negative_price": -1},
        {"margin": 0},
        {"draws": 10},
        {"max_rows": 1},
        {"seed": -1},
    ],
)
def test_an_option_out_of_its_range_is_named(option: dict[str, Any]) -> None:
    study = plain().study
    with pytest.raises(InputError, match=next(iter(option))):
        choose_threshold(study, **{"draws": 100, **option})


def test_values_that_reward_mistakes_are_refused() -> None:
    with pytest.raises(InputError, match="check the signs"):
        _chosen(_frame(), arguments={"values": {"false_positive": 5.0, "true_positive": 10.0}})


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_findings_that_survive_json(name: str) -> None:
    result = choose_threshold(study_of(name), draws=100)
    assert result.findings
    assert isinstance(result, ThresholdResult) == (name in MEASURED)
    assert result.to_dict() == Result.from_dict(json.loads(json.dumps(result.to_dict()))).to_dict()
