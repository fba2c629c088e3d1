import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.lifecycle import ComparisonResult, compare_models
from mlops_widgets.measures.paired_tests import delong, mcnemar
from tests.awkward import AWKWARD, study_of


def _rows(rows: int, *, seed: int = 0, days: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    y = (x[:, 0] + x[:, 1] + rng.normal(size=rows) > 0).astype(int)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) * days // rows, "D")
    town = np.where(np.arange(rows) % 4 == 0, "Bergen", "Oslo")
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "town": town, "y": y, "when": when})


PRODUCTION = _rows(1200, seed=3)


@cache
def _model(*columns: str) -> LogisticRegression:
    learned = _rows(800, seed=1)
    return LogisticRegression().fit(learned[list(columns)], learned["y"])


def _study(**more: Any) -> mw.Study:
    arguments = {
        "model": _model("a"), "reference": _rows(600, seed=1), "test": _rows(500, seed=2), "production": PRODUCTION, "target": "y",
        "unit": "row",
    }  # fmt: skip
    return mw.load_study(**{**arguments, **more})


def _compare(study: mw.Study, challenger: Any = None, **options: Any) -> ComparisonResult:
    result = compare_models(study, challenger, **{"draws": 100, **options})
    assert isinstance(result, ComparisonResult), str(result)
    return result


@cache
def _better() -> ComparisonResult:
    study = _study(groups=["town"], time="when", values={"tp": 10.0, "fp": -5.0})
    return _compare(study, _model("a", "b"), draws=200)


def _finding(result: Result, code: str) -> Any:
    return next(each for each in result.findings if each.code == code)


def test_every_gain_is_the_difference_that_scikit_learn_has() -> None:
    result, y = _better(), PRODUCTION["y"]
    ours, theirs = (_model(*c).predict_proba(PRODUCTION[list(c)])[:, 1] for c in (("a",), ("a", "b")))
    by_name = {each.metric: each for each in result.metrics}
    assert result.gain == pytest.approx(roc_auc_score(y, theirs) - roc_auc_score(y, ours))
    assert by_name["log_loss"].gain == pytest.approx(log_loss(y, ours) - log_loss(y, theirs))
    assert by_name["brier"].gain == pytest.approx(brier_score_loss(y, ours) - brier_score_loss(y, theirs))
    bergen = (PRODUCTION["town"] == "Bergen").to_numpy()
    group = next(each for each in result.groups if each.label == "town = Bergen")
    assert group.rows == bergen.sum() == 300
    assert group.gain == pytest.approx(
        roc_auc_score(y[bergen], theirs[bergen]) - roc_auc_score(y[bergen], ours[bergen])
    )


def test_decisions_and_rankings_are_tested_as_the_papers_do() -> None:
    y, models = PRODUCTION["y"].to_numpy(), ((_model("a"), ["a"]), (_model("a", "b"), ["a", "b"]))
    right = [model.predict(PRODUCTION[columns]) == y for model, columns in models]
    scores = [model.predict_proba(PRODUCTION[columns])[:, 1] for model, columns in models]
    found = mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()))
    result, expected = _better(), delong(y, *scores)
    assert (result.only_champion_right, result.only_challenger_right) == (found.only_first, found.only_second)
    assert result.decisions_p_value == pytest.approx(found.mid)
    assert (result.delong_lower, result.delong_upper) == pytest.approx((expected.lower, expected.upper))
    assert (result.gain_lower, result.gain_upper) == pytest.approx((expected.lower, expected.upper), abs=0.008)
    assert result.differing_share == pytest.approx(float((right[0] != right[1]).mean()))


def test_value_per_decision_is_what_prices_make_of_each_models_decisions() -> None:
    y = PRODUCTION["y"]
    worth = [
        np.where(m.predict(PRODUCTION[c]) == 1, np.where(y == 1, 10, -5), 0).mean()
        for m, c in ((_model("a"), ["a"]), (_model("a", "b"), ["a", "b"]))
    ]
    value = _better().value
    assert value is not None
    assert (value.champion, value.challenger) == pytest.approx(tuple(worth))
    assert _finding(_better(), "LC-CM-04").status == "passed"


def test_a_better_challenger_is_better_everywhere_and_in_every_chunk() -> None:
    result = _better()
    statuses = {finding.code: finding.status for finding in result.findings}
    assert result.verdict == "better"
    assert statuses["LC-CM-01"] == statuses["LC-CM-02"] == statuses["LC-CM-06"] == statuses["LC-CM-08"] == "passed"
    assert sum(each.rows for each in result.chunks) == result.rows == len(PRODUCTION)
    assert {each.level for each in result.groups} == {1 - 0.05 / 2}
    assert result.frame()["of"].value_counts().to_dict() == {"chunk": len(result.chunks), "metric": 4, "group": 2, "overall": 1, "value": 1}  # fmt: skip


def test_a_worse_challenger_fails_and_names_the_groups() -> None:
    result = _compare(_study(model=_model("a", "b"), groups=["town"]), _model("a"))
    assert result.verdict == "worse"
    assert _finding(result, "LC-CM-02").status == "failed"
    assert "town = Oslo" in _finding(result, "LC-CM-06").claim
    assert _finding(result, "LC-CM-06").status == "failed"
    assert _finding(result, "LC-CM-08").status == "not_applicable"


def test_few_rows_tell_nothing_and_say_how_many_would() -> None:
    result = _compare(_study(production=PRODUCTION[:90]), _model("a", "b"), margin=0.001)
    assert result.verdict in {"not enough data", "better"}
    few = _compare(_study(model=_model("a", "b"), production=PRODUCTION[:90]), lambda f: _twin(f, 0.3), margin=0.001)
    assert few.verdict == "not enough data"
    assert few.needed_rows > 90
    assert f"{few.needed_rows:,} rows" in _finding(few, "LC-CM-01").action


def _twin(frame: pd.DataFrame, noise: float) -> Any:
    """Return the answers of a model as good as the one on both columns, but not the same."""
    score = _model("a", "b").decision_function(frame[["a", "b"]])
    return 1 / (1 + np.exp(-score - noise * np.sin(1e3 * frame["a"].to_numpy())))


def test_the_same_model_changes_nothing() -> None:
    result = _compare(_study(), _model("a"))
    assert result.same_answers
    assert result.verdict == "no worse"
    assert "same answers" in result.headline
    assert _finding(result, "LC-CM-02").status == "warning"
    assert _finding(result, "LC-CM-07").status == "not_enough_data"


def test_a_margin_wide_enough_makes_a_worse_model_no_worse() -> None:
    result = _compare(_study(model=_model("a", "b")), _model("a"), margin=0.4)
    assert result.verdict == "no worse"
    assert _finding(result, "LC-CM-02").status == "failed"


def test_forecasts_that_lie_are_told_apart_from_good_rankings() -> None:
    study = _study(model=_model("a", "b"))
    squeezed = _compare(study, lambda f: 0.5 + (_twin(f, 0.0) - 0.5) / 3)
    assert squeezed.gain == pytest.approx(0)
    assert _finding(squeezed, "LC-CM-05").status == "warning"
    ours, theirs = squeezed.forecasts
    assert theirs.slope > 2 > ours.slope
    assert ours.bias == pytest.approx(
        float((PRODUCTION["y"] - _model("a", "b").predict_proba(PRODUCTION[["a", "b"]])[:, 1]).mean())
    )


def test_rows_that_taught_the_challenger_dont_judge_it() -> None:
    seen = pd.concat([_rows(300, seed=9), PRODUCTION[:200]])
    result = _compare(_study(time="when"), _model("a", "b"), learned_from=seen)
    assert result.rows == 1000
    origin = _finding(result, "LC-CM-09")
    assert (origin.status, origin.evidence["shared_rows"]) == ("warning", 200)
    with pytest.raises(InputError, match="learned_from= holds 1,200 of the 1,200 rows"):
        compare_models(_study(), _model("a", "b"), learned_from=PRODUCTION)
    with pytest.raises(InputError, match="none of the study's columns"):
        compare_models(_study(), _model("a", "b"), learned_from=pd.DataFrame({"other": [1.0, 2.0]}))


def test_hindsight_is_told_and_unknown_rows_are_said_to_be_unknown() -> None:
    late = _rows(300, seed=9).assign(when=pd.Timestamp("2025-01-01"))
    result = _compare(_study(time="when"), _model("a", "b"), learned_from=late)
    assert "2025-01-01" in _finding(result, "LC-CM-09").claim
    assert _finding(_better(), "LC-CM-09").status == "not_run"
    early = late.assign(when=pd.Timestamp("2023-01-01"))
    assert _finding(_compare(_study(time="when"), _model("a", "b"), learned_from=early), "LC-CM-09").status == "passed"


def test_the_test_can_judge_and_a_refit_is_judged_on_its_later_half() -> None:
    assert _compare(_study(), _model("a", "b"), where="test").where == "test"
    result = _compare(_study(model=_model("a", "b")), "retrained", where="test")
    assert (result.where, result.rows, result.kind) == ("the later half of test", 250, "retrained")


def test_rows_without_an_outcome_are_counted() -> None:
    late = PRODUCTION.assign(y=PRODUCTION["y"].where(np.arange(1200) < 900))
    result = _compare(_study(production=late), _model("a", "b"))
    assert result.rows == 900
    assert _finding(result, "LC-CM-10").evidence["without_outcome"] == 300


def test_numbers_have_errors_and_no_decisions() -> None:
    frame = _rows(900, seed=8).assign(y=lambda f: f["a"] + f["b"] + 1)
    model = LinearRegression().fit(frame[["a"]], frame["y"])
    study = mw.load_study(model=model, reference=frame[:400], test=frame[400:], target="y", features=["a"])
    result = _compare(study, LinearRegression().fit(frame[["a", "b"]], frame["y"] + 0.1), slices=["a"])
    assert result.verdict == "better"
    assert {each.metric for each in result.metrics} == {"mae", "r2"}
    assert len(result.groups) == 4  # quarters of a number
    assert result.only_champion_right == -1
    assert result.forecasts[1].bias == pytest.approx(-0.1, abs=0.02)


@pytest.mark.parametrize("name", AWKWARD)
def test_every_awkward_study_gets_an_answer(name: str) -> None:
    study = study_of(name)
    plain = "plain" if study.reference is not None else None
    result = compare_models(study, plain, draws=100)
    assert isinstance(result, ComparisonResult | NoResult)
    json.dumps(result.to_dict(), allow_nan=False)
    assert result.findings[0].claim


def test_a_function_cant_be_retrained_and_says_so() -> None:
    result = compare_models(study_of("callable_only"))
    assert isinstance(result, NoResult)
    assert result.status == "not_applicable"
    assert "can't be refitted" in result.findings[0].action


def test_small_groups_are_neither_measured_nor_named() -> None:
    named = PRODUCTION.assign(town=["Ada King" if i < 30 else "Oslo" for i in range(1200)])
    result = _compare(_study(production=named), _model("a", "b"), slices=["town"])
    assert [each.label for each in result.groups] == ["town = Oslo"]
    assert "Ada King" not in json.dumps(result.to_dict())


def test_wrong_options_are_named() -> None:
    study = _study()
    with pytest.raises(InputError, match="where='live'"):
        compare_models(study, where="live")  # type: ignore[arg-type]  # that is tested
    with pytest.raises(UnknownNameError, match="Did you mean 'town'"):
        compare_models(study, _model("a", "b"), slices=["towm"])
    with pytest.raises(InputError, match="Pass a list of columns"):
        compare_models(study, _model("a", "b"), slices="town")
    with pytest.raises(InputError, match="draws=5"):
        compare_models(study, draws=5)
    with pytest.raises(InputError, match="challenger"):
        compare_models(study, object())
    with pytest.raises(CancelledError):
        compare_models(study, _model("a", "b"), cancel=lambda: True)


def test_the_card_shows_the_margin_and_each_part() -> None:
    card = card_of(_better())
    assert len(card.charts) == 3
    assert {mark.label for mark in card.charts[1].marks} == {"equal", "−margin"}
    assert card.table is not None
    assert len(card.table.rows) == 1 + 4 + 1
