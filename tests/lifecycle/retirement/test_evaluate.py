"""Retire, retrain or keep: on histories whose truth is known, and where something is missing."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.lifecycle.recovery.contenders import Contest
from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult, Verdict
from mlops_widgets.lifecycle.retirement.evaluate import evaluate_retirement
from mlops_widgets.lifecycle.retirement.history import histories, look_at
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult
from mlops_widgets.lifecycle.stream import stream_of
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study

ROWS, COLUMNS = 3600, ["a", "b"]


@cache
def frame_of(strength: float, shift: float = 0.0) -> pd.DataFrame:
    """Return a year of rows; from July on the signal has `strength`, and outcomes are `shift` likelier in log-odds."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 2))
    later = np.arange(ROWS) >= ROWS // 2
    score = 2 * (x[:, 0] - x[:, 1]) * np.where(later, strength, 1.0) + shift * later
    y = (rng.random(ROWS) < 1 / (1 + np.exp(-score))).astype(int)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS) * 366 // ROWS, unit="D")
    return pd.DataFrame(x, columns=COLUMNS).assign(y=y, day=day, site=np.where(np.arange(ROWS) % 3, "north", "south"))


@cache
def study_of(strength: float, shift: float = 0.0, *, values: tuple[float, float] | None = None) -> Study:
    """Return a study: four months to learn from, one as test, the rest production."""
    frame = frame_of(strength, shift)
    model = LogisticRegression().fit(frame[COLUMNS][:1200], frame["y"][:1200])
    worth = None if values is None else {"tp": values[0], "fp": values[1]}
    return load_study(
        model=model,
        reference=frame[:1200],
        test=frame[1200:1500],
        production=frame[1500:],
        target="y",
        features=COLUMNS,
        time="day",
        values=worth,
    )


def model_of(study: Study) -> LogisticRegression:
    """Return the user's own estimator."""
    assert isinstance(study.model, EstimatorPredictor)
    assert isinstance(study.model.model, LogisticRegression)
    return study.model.model


def evaluated(study: Study, *rules: RetirementRule, **options: object) -> RetirementResult:
    """Return the evaluation by these rules, or the default ones."""
    policy = RetirementPolicy(rules=rules) if rules else None
    result = evaluate_retirement(study, policy, chunks="month", draws=100, **options)  # type: ignore[arg-type]  # options of it
    assert isinstance(result, RetirementResult), result
    return result


def rule(signal: str, comparator: str, bound: float, **more: object) -> RetirementRule:
    """Return a rule called by its signal."""
    return RetirementRule(name=signal, signal=signal, comparator=comparator, bound=bound, **more)  # type: ignore[arg-type]  # checked there


def recovery_of(verdict: Verdict) -> RecoveryResult:
    """Return a recovery of the metric with this verdict, and no numbers."""
    return RecoveryResult(
        findings=(), rows=0, method="", verdict=verdict, measure="metric", unit="ROC AUC", floor_name="", margin=0.0
    )


SKILL = rule("skill", "below", 0.1)


def test_a_model_of_which_nothing_changed_is_kept() -> None:
    result = evaluated(study_of(1.0))
    assert result.verdict == "keep"
    assert result.fired == ()
    assert result.waiting is None
    assert result.false_alarm <= 0.05


def test_a_dead_signal_retires_and_a_turned_one_retrains_by_the_same_rule() -> None:
    exhausted = recovery_of("exhausted")
    dead, turned = evaluated(study_of(0.0), SKILL, results=[exhausted]), evaluated(study_of(-1.0), SKILL)
    assert (dead.verdict, turned.verdict) == ("retire", "retrain")
    assert turned.recovery is not None
    assert turned.recovery.verdict == "recoverable"
    assert "says retire, but a fresh model" in turned.headline


@pytest.mark.parametrize(
    ("signal", "action", "recovery", "verdict"),
    [
        ("skill", "retire", "recoverable", "retrain"),
        ("skill", "retire", "exhausted", "retire"),
        ("skill", "retire", "a simpler model does as well", "retire"),
        ("skill", "retire", "not enough data", "not enough data"),
        ("skill", "retire", "not needed", "keep"),
        ("skill", "retrain", "exhausted", "retire"),
        ("skill", "retrain", "not needed", "retrain"),
        ("skill", "retrain", "not enough data", "retrain"),
        ("data age", "retire", "recoverable", "retrain"),
        ("data age", "retire", "not needed", "retire"),
        ("data age", "retire", "not enough data", "retire"),
    ],
)
def test_what_a_fresh_model_would_do_decides_where_it_bears_on_the_rule(
    signal: str, action: str, recovery: Verdict, verdict: str
) -> None:
    fires = rule(signal, "below" if signal == "skill" else "above", 0.1, action=action)
    result = evaluated(study_of(0.0), fires, results=[recovery_of(recovery)])
    assert result.outcomes[0].state == "fired"
    assert result.verdict == verdict
    assert f"'{signal}' fires" in result.headline


def test_a_rule_that_retires_is_not_followed_where_labels_do_not_settle_what_a_fresh_model_does() -> None:
    result = evaluated(study_of(0.0), SKILL, results=[replace(recovery_of("not enough data"), rows_needed=9000)])
    first = result.findings[0]
    assert (first.status, result.verdict) == ("not_enough_data", "not enough data")
    assert "'skill' fires" in first.claim
    assert "isn't settled by the labels" in first.claim
    assert "9,000 rows" in first.action


def test_a_model_that_clears_the_floor_is_kept_with_a_warning() -> None:
    first = evaluated(study_of(0.0), SKILL, results=[recovery_of("not needed")]).findings[0]
    assert first.status == "warning"
    assert "says retire, but this model clears the floor" in first.claim


def test_the_rule_would_have_fired_when_two_bad_months_were_known() -> None:
    result = evaluated(study_of(-1.0), SKILL)
    (outcome,) = result.outcomes
    assert result.chunk_name(outcome.first) == "2024-09"
    assert result.waiting is not None
    assert result.waiting.lower > 0
    assert result.waiting.unit == "ROC AUC"


def test_labels_that_come_later_make_it_fire_later() -> None:
    result = evaluated(study_of(-1.0), SKILL, label_delay=2)
    assert result.chunk_name(result.outcomes[0].first) == "2024-11"
    assert np.isnan(result.values[0, -2:]).sum() in {0, 2}


def test_too_many_wanted_labels_are_not_enough_data() -> None:
    result = evaluated(study_of(-1.0), rule("skill", "below", 0.1, minimum_labels=100_000))
    assert result.verdict == "not enough data"


def test_outcomes_that_became_likelier_fire_calibration_and_not_skill() -> None:
    result = evaluated(study_of(1.0, 2.0))
    assert [each.name for each in result.fired if each.name in {"no skill", "predictions off"}] == ["predictions off"]
    assert result.verdict == "retrain"


def test_the_mean_error_of_a_chunk_is_the_calibration() -> None:
    study = study_of(1.0, 2.0)
    result = evaluated(study, rule("calibration", "above", 0.1))
    frame = frame_of(1.0, 2.0)
    rows = frame[(frame["day"] >= "2024-10-01") & (frame["day"] < "2024-11-01")]
    p = model_of(study).predict_proba(rows[COLUMNS])[:, 1]
    assert result.values[0, result.chunks.index("2024-10")] == pytest.approx(abs(float((p - rows["y"]).mean())))


def test_money_is_judged_and_added_up() -> None:
    study = study_of(-1.0, values=(1.0, -1.0))
    result = evaluated(study, rule("value", "below", 0.0))
    assert result.waiting is not None
    assert result.waiting.unit == "value"
    assert result.waiting.value > 0


def test_a_running_cost_is_paid_by_the_model_and_not_by_what_serves_instead() -> None:
    free, dear = costing(0.0), costing(1e4)
    known = dear.edge_rows > 0
    np.testing.assert_allclose((dear.edge - free.edge)[known], 1e4 / dear.edge_rows[known])
    np.testing.assert_allclose((free.values - dear.values)[0, known], 1e4 / dear.edge_rows[known])
    assert dear.outcomes[0].state == "fired"
    assert dear.waiting is not None
    chunks = np.flatnonzero(known & (np.arange(len(known)) >= dear.waiting.chunk))
    before = float((free.edge * free.edge_rows)[chunks].sum())
    assert before < 0
    assert dear.waiting.value == pytest.approx(before + 1e4 * len(chunks))
    said = next(finding for finding in dear.findings if finding.code == "LC-RE-03")
    assert "which pays no running cost" in said.claim
    assert said.status == "warning"


def test_a_test_of_several_chunks_bears_the_cost_of_each() -> None:
    study = study_of(1.0, values=(1.0, -1.0))
    rules = (rule("value", "below", 0.0),)
    cheap, dear = (
        look_at(Contest(study=study, stream=stream_of(study, in_order=True, chunks="week"), by_value=False, draws=100, seed=0,
                        max_fit_rows=100, cancel=None), running_cost=cost, challenger=None)
        for cost in (0.0, 100.0)
    )  # fmt: skip
    plain, charged = (histories(look, [rules[0].key])["value", ""] for look in (cheap, dear))
    stream = cheap.contest.stream
    spanned = sum(np.isin(rows, cheap.base).mean() for rows in cheap.chunks if len(rows))
    assert spanned > 3
    assert len(np.unique(stream.of_row[cheap.base])) - 2 <= spanned
    assert plain.base - charged.base == pytest.approx(100 * spanned / len(cheap.base))


def test_a_cost_that_was_there_at_the_test_already_is_no_rare_alarm() -> None:
    assert costing(0.0).false_alarm < 0.01
    assert costing(1e4).false_alarm > 0.99


def test_a_model_that_is_not_worth_its_running_cost_is_retired_though_it_beats_a_constant() -> None:
    result = costing(1e4)
    assert result.recovery is not None
    assert (result.recovery.measure, result.recovery.verdict) == ("value", "exhausted")
    assert result.verdict == "retire"


@cache
def costing(cost: float) -> RetirementResult:
    """Return the evaluation of a model that nothing happened to, at a running cost a month."""
    policy = RetirementPolicy(rules=(rule("value", "below", 0.0),), running_cost=cost)
    result = evaluate_retirement(study_of(1.0, values=(1.0, -1.0)), policy, chunks="month", draws=100)
    assert isinstance(result, RetirementResult)
    return result


def test_a_better_challenger_fires() -> None:
    frame = frame_of(-1.0)
    newer = LogisticRegression().fit(frame[COLUMNS][2400:], frame["y"][2400:])
    result = evaluated(study_of(-1.0), rule("challenger", "above", 0.1), challenger=newer)
    assert result.outcomes[0].state == "fired"
    assert result.outcomes[0].lower > 0.1


def test_ages_count_from_the_newest_training_row_up_to_now() -> None:
    rules = (rule("data age", "above", 100, k=1, n=1), rule("owner age", "above", 100, k=1, n=1, of="2024-12-01"))
    result = evaluated(study_of(1.0), *rules, now=datetime(2025, 1, 1, tzinfo=UTC))
    newest = frame_of(1.0)["day"][1199]
    assert result.outcomes[0].value == pytest.approx((pd.Timestamp("2025-01-01") - newest).days, abs=0.01)
    assert result.outcomes[1].value == pytest.approx(31, abs=0.01)
    assert [each.state for each in result.outcomes] == ["fired", "quiet"]


def test_a_group_served_worse_from_july_on_fires_and_an_unknown_one_is_named() -> None:
    frame = frame_of(1.0)
    rng = np.random.default_rng(1)
    spoiled = (frame["site"] == "south") & (frame["day"] >= "2024-07-01")
    frame = frame.assign(y=frame["y"].mask(spoiled, pd.Series(rng.integers(0, 2, ROWS))))
    study = load_study(
        model=model_of(study_of(1.0)), reference=frame[:1200], test=frame[1200:1500], production=frame[1500:], target="y",
        features=COLUMNS, time="day", groups="site",
    )  # fmt: skip
    known = rule("group gap", "above", 0.1, of="site=south")
    result = evaluated(
        study, known, RetirementRule(name="who", signal="group gap", comparator="above", bound=0.1, of="planet")
    )
    assert [each.state for each in result.outcomes] == ["fired", "not measurable"]
    assert "planet" in result.outcomes[1].why


def test_use_that_stops_fires() -> None:
    frame = frame_of(1.0)
    fewer = frame[(frame["day"] < "2024-09-01") | (frame.index % 40 == 0)]
    study = load_study(
        model=model_of(study_of(1.0)),
        reference=fewer[:1200],
        production=fewer[1200:],
        target="y",
        features=COLUMNS,
        time="day",
    )
    result = evaluated(study, rule("usage", "below", 0.5, k=2, n=2))
    assert result.outcomes[0].state == "fired"


def test_functions_without_refit_are_judged_and_retired() -> None:
    frame = frame_of(0.0)
    study = load_study(
        predict_proba=lambda rows: 1 / (1 + np.exp(-2 * (rows["a"] - rows["b"]))), test=frame[1200:1500], production=frame[1500:],
        target="y", features=COLUMNS, time="day",
    )  # fmt: skip
    result = evaluated(study, SKILL)
    assert result.verdict == "retire"
    assert result.recovery is None
    assert "without refit" in result.headline


def test_numbers_without_time_are_judged_in_the_order_of_rows() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=2000)}).assign(y=lambda rows: rows["a"] + rng.normal(size=2000))
    frame.loc[1000:, "y"] += 5
    model = LinearRegression().fit(frame[["a"]][:600], frame["y"][:600])
    study = load_study(model=model, reference=frame[:600], test=frame[600:1000], production=frame[1000:], target="y")
    result = evaluate_retirement(study, draws=100)
    assert isinstance(result, RetirementResult)
    assert result.by == "rows"
    assert "predictions off" in [each.name for each in result.fired]


def test_failed_findings_of_others_are_named() -> None:
    other = evaluated(study_of(0.0), SKILL)
    result = evaluated(study_of(1.0), results=(other,))
    assert any(finding.code == "LC-RE-06" for finding in result.findings)
    assert Result.from_dict(result.to_dict()).to_dict() == result.to_dict()


@pytest.mark.parametrize("options", [{"policy": "strict"}, {"results": (1,)}, {"now": "today"}, {"draws": 3}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises((InputError, WrongTypeError), match=next(iter(options))):
        evaluate_retirement(study_of(1.0), **options)  # type: ignore[arg-type]  # that is the test


def test_a_study_without_labels_can_not_be_judged() -> None:
    frame = frame_of(1.0).assign(y=np.nan)
    frame.loc[:1199, "y"] = frame_of(1.0)["y"][:1200]
    study = load_study(
        model=model_of(study_of(1.0)),
        reference=frame[:1200],
        production=frame[1200:].drop(columns="y"),
        target="y",
        features=COLUMNS,
        time="day",
    )
    result = evaluate_retirement(study, RetirementPolicy(rules=(SKILL,)), draws=100)
    assert isinstance(result, NoResult) or result.verdict == "not enough data"
