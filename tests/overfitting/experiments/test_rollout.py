from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.measures.paired_tests import delong, mcnemar
from mlops_widgets.overfitting import RolloutExplorer, RolloutResult, replay_rollout
from mlops_widgets.study.challengers import find_challenge, halves
from mlops_widgets.study.loading import load_study
from tests.awkward import AWKWARD

FAST: dict[str, Any] = {"draws": 100, "simulations": 200}


def _rows(rows: int, *, seed: int = 0, days: int = 60, flip: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    y = (x[:, 0] + x[:, 1] * (1 - 2 * flip) + rng.normal(size=rows) > 0).astype(int)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) * days // rows, "D")
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y, "when": when})


def _model(*columns: str) -> LogisticRegression:
    learned = _rows(800, seed=1)
    return LogisticRegression().fit(learned[list(columns)], learned["y"])


def _study(**more: Any) -> mw.Study:
    arguments = {
        "model": _model("a"), "challenger": _model("a", "b"), "reference": _rows(600, seed=1), "test": _rows(1000, seed=2),
        "production": _rows(3000, seed=3), "target": "y", "unit": "row",
    }  # fmt: skip
    return load_study(**{**arguments, **more})


def _replay(study: mw.Study, challenger: Any = None, **options: Any) -> RolloutResult:
    result = replay_rollout(study, challenger, **(FAST | options))
    assert isinstance(result, RolloutResult), str(result)
    return result


@cache
def _given() -> RolloutResult:
    return _replay(_study(model=_model("a")), _model("a"), simulations=1000)


def _codes(result: Result) -> dict[str, str]:
    return {finding.code: finding.status for finding in result.findings}


def _finding(result: Result, code: str) -> Any:
    return next(each for each in result.findings if each.code == code)


def test_a_model_that_knows_more_is_better_on_the_same_rows() -> None:
    production = _rows(3000, seed=3)
    study = _study(features=None)
    result = _replay(study)
    assert (result.kind, result.where, result.rows) == ("given", "production", 3000)
    assert result.status == "passed"
    assert result.gain_lower > 0
    pair = [
        model.predict_proba(production[list(names)])[:, 1]
        for model, names in ((_model("a"), "a"), (_model("a", "b"), "ab"))
    ]
    expected = delong(production["y"].to_numpy(), *pair)
    assert result.gain == pytest.approx(expected.difference)
    assert _finding(result, "OV-RO-01").evidence["delong_p_value"] == pytest.approx(expected.p_value)
    right = [(p >= 0.5) == production["y"] for p in pair]
    counted = mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()))
    assert (result.only_incumbent_right, result.only_challenger_right) == (counted.only_first, counted.only_second)
    assert result.decisions_p_value == counted.mid


def test_a_model_that_knows_less_fails_and_is_rolled_back() -> None:
    result = _replay(_study(model=_model("a", "b")), _model("a"), stage_rows=60_000)
    assert result.status == "failed"
    assert _codes(result)["OV-RO-02"] == "warning"
    seen = result.scenario("seen")
    assert seen is not None
    assert (seen.shipped, seen.rolled_back) == (0.0, 1.0)
    assert seen.exposed_share < 0.1


def test_the_same_model_is_neither_better_nor_shipped_by_a_coin() -> None:
    result = _given()
    assert result.gain == 0
    worse, equal = result.scenario("worse"), result.scenario("equal")
    assert worse is not None
    assert equal is not None
    assert worse.looks_better_by[0] > 0.2  # the mistake: the first stage's higher number
    assert worse.shipped <= 0.05  # the lesson
    assert equal.rolled_back <= 0.05
    assert _codes(result)["OV-RO-03"] == "not_enough_data"


def test_more_traffic_ends_the_waiting() -> None:
    study = _study(model=_model("a"))
    result = _replay(study, _model("a"), stage_rows=1_000_000)
    assert _codes(result)["OV-RO-03"] == "passed"
    assert _codes(result)["OV-RO-04"] == "passed"
    assert result.stages[0].challenger_rows == 10_000


def test_stages_share_production_and_say_their_days() -> None:
    result = _replay(_study(time="when"))
    assert [stage.rows for stage in result.stages] == [1000, 1000, 1000]
    assert result.stages[0].days == pytest.approx(20)
    needed = [stage.needed_rows for stage in result.stages]
    assert needed == sorted(needed, reverse=True)
    assert result.stages[2].needed_days == pytest.approx(needed[2] / 50, rel=0.01)


def test_too_little_traffic_is_said_instead_of_simulated() -> None:
    result = _replay(_study(), stage_rows=100)
    assert result.scenarios == ()
    assert not result.stages[-1].readable
    assert "can't be read" in _finding(result, "OV-RO-03").claim
    assert card_of(result).charts


def test_the_first_rows_tell_of_a_break_that_the_test_hid() -> None:
    broken = _study(model=_model("a", "b"), challenger=None, production=_rows(6000, seed=4, flip=1.0))
    result = _replay(broken, "plain", first_share=0.1)
    assert result.first_rows == 600
    assert result.first_lower < result.production_value < result.first_upper
    assert _codes(result)["OV-RO-06"] == "failed"
    assert result.test_lower > result.first_upper


def test_the_first_rows_are_the_earliest_and_days_stay_whole() -> None:
    production = _rows(3000, seed=3).sample(frac=1, random_state=0)
    result = _replay(_study(production=production, time="when", unit="time block"), first_share=0.34)
    assert result.first_rows == 21 * 50  # 20.4 of 60 days
    early = production[production["when"] < "2024-01-22"]
    assert result.first_value == pytest.approx(roc_auc_score(early["y"], early["a"]))
    assert "by unit" in result.method


def test_a_retrained_challenger_is_judged_after_what_it_learned_from() -> None:
    production = pd.concat([_rows(1500, seed=5), _rows(1500, seed=6)]).assign(
        b=lambda f: -f["b"], when=pd.date_range("2024-01-01", periods=3000, freq="1h")
    )
    study = _study(model=_model("a", "b"), challenger=None, production=production, time="when", unit="row")
    result = _replay(study)
    assert (result.kind, result.where, result.rows) == ("retrained", "the later half of production", 1500)
    assert result.gain_lower > 0
    assert study.production is not None
    earlier, later = halves(study, study.production)
    assert earlier.max() < later.min()
    challenge = find_challenge(study, None, max_fit_rows=1000)
    assert challenge.learned_rows == 1000
    assert challenge.table.rows == 1500


def test_a_plain_challenger_learns_any_columns() -> None:
    rng = np.random.default_rng(0)
    frame = _rows(1200, seed=7).assign(town=lambda f: np.where(f["a"] > 0, "Oslo", "Bergen"))
    frame.loc[rng.random(1200) < 0.1, "b"] = np.nan
    study = load_study(
        predict_proba=lambda f: np.full(len(f), 0.5), reference=frame[:600], test=frame[600:], target="y",
        features=["town", "b"],
    )  # fmt: skip
    result = _replay(study, "plain")
    assert result.challenger == "a logistic regression"
    assert result.where == "test"
    assert np.isnan(result.first_value)
    assert result.gain_lower > 0


def test_regression_compares_errors_and_has_no_decisions() -> None:
    frame = _rows(1500, seed=8).assign(y=lambda f: f["a"] + f["b"] + 1)
    model = LinearRegression().fit(frame[["a"]], frame["y"])
    study = load_study(model=model, reference=frame[:500], test=frame[500:], target="y", features=["a"], metric="mae")
    result = _replay(study, LinearRegression().fit(frame[["a", "b"]], frame["y"] + 0.1))
    assert result.gain == pytest.approx(result.incumbent_value - result.challenger_value)
    assert result.status == "passed"
    assert "OV-RO-02" not in _codes(result)


def test_value_per_decision_is_guarded() -> None:
    study = _study(values={"tp": 10.0, "fp": -5.0}, model=_model("a", "b"))
    result = _replay(study, _model("a"), stage_rows=60_000)
    assert _codes(result)["OV-RO-07"] == "failed"
    production = _rows(3000, seed=3)
    worth = [
        np.where(m.predict(production[c]) == 1, np.where(production["y"] == 1, 10, -5), 0).mean()
        for m, c in ((_model("a"), ["a"]), (_model("a", "b"), ["a", "b"]))
    ]
    assert _finding(result, "OV-RO-07").evidence["gain"] == pytest.approx(worth[0] - worth[1])


def test_rows_refused_have_no_outcome_and_their_share_is_said() -> None:
    production = _rows(2000, seed=9).assign(
        refused=lambda f: (f["a"] > 0.8).astype(int), y=lambda f: f["y"].astype(float)
    )
    production.loc[production["refused"] == 1, "y"] = np.nan
    result = _replay(_study(production=production, decision="refused"))
    finding = _finding(result, "OV-RO-05")
    assert finding.status == "warning"
    assert finding.evidence["most_missing_share"] == 1
    assert "no outcome" in finding.claim
    assert "otherwise" in finding.claim
    everybody = _replay(_study(production=production.assign(y=_rows(2000, seed=9)["y"]), decision="refused"))
    assert _codes(everybody)["OV-RO-05"] == "passed"
    assert _codes(_given())["OV-RO-05"] == "not_applicable"


def test_customers_are_whole_in_intervals_and_ramp() -> None:
    rng = np.random.default_rng(0)
    rows = _rows(1500, seed=10).assign(customer=lambda f: np.repeat(np.arange(150), 10))
    rows["a"] += np.repeat(rng.normal(size=150), 10)
    study = _study(production=rows, entity="customer", unit=None, test=rows[:300], reference=rows[:100])
    result = _replay(study)
    plain = _replay(_study(production=rows, test=None, reference=None))
    assert result.gain == pytest.approx(plain.gain)
    assert result.incumbent_upper - result.incumbent_lower > plain.incumbent_upper - plain.incumbent_lower
    assert not result.stages[-1].readable  # 500 rows are 50 customers


@pytest.mark.parametrize("make", AWKWARD.values(), ids=AWKWARD)
@pytest.mark.parametrize("challenger", [None, "plain"])
def test_awkward_studies_get_an_answer(make: Any, challenger: str | None) -> None:
    result = replay_rollout(make().study, challenger, **FAST)
    assert result.findings
    if isinstance(result, NoResult):
        assert result.missing in {"challenger", "reference table"}
    else:
        assert card_of(result).headline == result.headline


def test_without_a_challenger_it_says_what_to_pass() -> None:
    result = replay_rollout(AWKWARD["logged_predictions"]().study)
    assert isinstance(result, NoResult)
    assert "challenger=" in result.findings[0].action
    short = replay_rollout(AWKWARD["plain"]().study)
    assert "100 labelled rows" in short.findings[0].action


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": (0.05, 0.01)}, "stages="),
        ({"stages": (1.0,)}, "stages="),
        ({"stages": ()}, "stages="),
        ({"margin": 0.0}, "margin=0"),
        ({"stage_rows": 5}, "stage_rows=5"),
        ({"looks": 0}, "looks=0"),
        ({"alpha": 1.0}, "alpha=1"),
        ({"first_share": 1.0}, "first_share=1"),
        ({"simulations": 10}, "simulations=10"),
        ({"challenger": 7}, "challenger="),
        ({"challenger": LogisticRegression()}, "before it was fitted"),
    ],
)
def test_wrong_arguments_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replay_rollout(_study(), **options)


def test_it_stops_when_asked_and_says_how_far_it_is() -> None:
    said: list[float] = []
    with pytest.raises(CancelledError):
        replay_rollout(_study(), cancel=lambda: True, **FAST)
    _replay(_study(), progress=lambda share, _: said.append(share))
    assert said == sorted(said)


def test_the_explorer_replays_with_other_options() -> None:
    explorer = RolloutExplorer(_study(), stage_rows=3000)
    first = explorer.run(looks=2)
    assert isinstance(first, RolloutResult)
    assert (first.kind, first.looks, first.stages[0].rows) == ("given", 2, 3000)
    second = explorer.run(challenger="plain", margin=0.1)
    assert isinstance(second, RolloutResult)
    assert (second.kind, second.margin) == ("plain", 0.1)
