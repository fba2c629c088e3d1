"""The tournament on samples: what it promises and keeps, its findings, and its picture."""

import json
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.measures.contests.candidates import draw_candidates
from mlops_widgets.overfitting.tournament import TournamentResult, run_tournament
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.study import Study


def play(study: Study, **options: Any) -> TournamentResult:
    found = run_tournament(study, **options)
    assert isinstance(found, TournamentResult), str(found)
    return found


def number(finding: Finding, name: str) -> float:
    value = finding.evidence[name]
    assert isinstance(value, float)
    return value


@pytest.fixture(scope="module")
def study() -> Study:
    return sample("loans")


@pytest.fixture(scope="module")
def small() -> Study:
    frames: dict[str, Any] = {}
    for seed, name in enumerate(("reference", "test", "production")):
        rng = np.random.default_rng(seed)
        y = (rng.random(300) < 0.4).astype(int)
        frames[name] = pd.DataFrame({"a": rng.normal(size=300) + y, "b": rng.normal(size=300), "y": y})
    model = LogisticRegression().fit(frames["reference"][["a", "b"]], frames["reference"]["y"])
    return load_study(model=model, target="y", **frames)


@pytest.fixture(scope="module")
def result(study: Study) -> TournamentResult:
    return play(study, n_models=40, test_rows=(50, 100, 500))


def finding(result: TournamentResult, code: str) -> Finding:
    return next(each for each in result.findings if each.code == code)


def test_shapes_follow_sizes_and_models(result: TournamentResult, study: Study) -> None:
    assert result.test_rows == (50, 100, 500, study.need("test").rows)
    assert result.offline.shape == result.lower.shape == result.upper.shape == (4, 40)
    assert result.later.shape == (40,)
    assert len(set(result.names)) == 40
    assert result.names[0] == "your model: gradient boosting"


def test_a_study_with_known_truth_starts_at_a_hundred_rows_and_others_at_their_own_test(
    result: TournamentResult, small: Study
) -> None:
    assert result.start == 100
    assert play(small, n_models=4, test_rows=(100,)).start == 300


def test_the_findings_are_about_the_size_asked_for(small: Study) -> None:
    found = play(small, n_models=4, test_rows=(100,), start=60)
    assert found.start == 60
    assert found.test_rows == (60, 100, 300)
    with pytest.raises(InputError, match="There are 300 labelled rows for the test"):
        play(small, n_models=4, start=301)


def test_the_winner_of_a_small_test_promises_too_much(result: TournamentResult) -> None:
    promise = finding(result, "OV-TO-01")
    assert promise.status == "failed"
    assert number(promise, "lower") > number(promise, "margin")
    assert number(promise, "by_luck") > 0.05
    assert promise.cost == number(promise, "by_luck")
    assert number(promise, "promised_lower") < number(promise, "promised_too_much") < number(promise, "promised_upper")
    assert "Picked anew on" in promise.claim
    assert promise.cost_unit == "ROC AUC"


def test_a_lone_model_promises_nothing_by_luck(study: Study) -> None:
    lone = play(study, n_models=1, test_rows=(100,))
    assert number(finding(lone, "OV-TO-01"), "by_luck") == 0
    assert finding(lone, "OV-TO-01").status == "passed"
    assert "only model" in lone.headline
    assert "Nothing was picked" in lone.headline


def _drifted() -> Study:
    """Ten good columns of one signal that goes in production: every model loses alike, no pick is lucky."""
    frames: dict[str, Any] = {}
    for seed, (name, signal) in enumerate((("reference", 1.0), ("test", 1.0), ("production", 0.2))):
        rng = np.random.default_rng(seed)
        y = (rng.random(2000) < 0.4).astype(int)
        base = rng.normal(size=2000) + 2 * signal * y
        frames[name] = pd.DataFrame({f"x{i}": base + 0.1 * rng.normal(size=2000) for i in range(6)} | {"y": y})
    columns = [f"x{i}" for i in range(6)]
    model = LogisticRegression().fit(frames["reference"][columns], frames["reference"]["y"])
    return load_study(model=model, target="y", **frames)


def test_drift_is_named_and_not_called_luck() -> None:
    promise = finding(play(_drifted(), n_models=15, test_rows=(100,)), "OV-TO-01")
    assert promise.status == "passed"
    assert number(promise, "by_change") > 0.2
    assert promise.cost is not None
    assert promise.cost < 0.03
    assert " too: production differs from the test (see OV-LG-01)" in promise.claim
    assert promise.action.startswith("Look at OV-LG-01")


def test_where_nothing_is_shown_plain_is_as_good_as_the_winner() -> None:
    plain = finding(play(_drifted(), n_models=15, test_rows=(100,)), "OV-TO-02")
    assert plain.status == "passed"
    assert "is as good as the winner in production: " in plain.claim
    assert " apart [" in plain.claim


def test_claims_begin_with_a_capital_also_after_a_metrics_name() -> None:
    assert Finding(code="OV-TO-01", status="passed", claim="macro F1 was .5.").claim == "Macro F1 was .5."


def test_penalties_are_written_as_plain_numbers() -> None:
    drawn = draw_candidates(200, features=8, task="binary", rng=np.random.default_rng(0))
    assert not any("e+" in each.name or "e-" in each.name for each in drawn)
    assert max(each.penalty for each in drawn) > 100


def test_the_summary_does_not_speak_against_the_badge(result: TournamentResult) -> None:
    assert card_of(result).summary == ""


def test_invented_models_warn_at_most_and_cost_nothing(small: Study) -> None:
    tables: dict[str, Any] = {name: table.pandas().assign(score=0.5) for name, table in small.tables.items()}
    invented = play(load_study(scores="score", target="y", **tables), n_models=200, margin=1e-6)
    assert {each.cost for each in invented.findings} == {None}
    assert invented.status != "failed"
    own = play(load_study(scores="score", target="y", **tables), candidates=[DummyClassifier(), LogisticRegression()])
    assert finding(own, "OV-TO-01").cost is not None


def test_the_ceiling_is_what_the_true_probabilities_score(result: TournamentResult, study: Study) -> None:
    assert study.truth is not None
    truth = study.truth["production"]["probability"]
    labels = study.need("production")[study.outcome.target]
    assert result.ceiling_later == pytest.approx(roc_auc_score(labels, truth))
    assert number(finding(result, "OV-TO-03"), "ceiling_later") == result.ceiling_later


def test_without_truth_there_is_no_ceiling_and_no_finding_about_it(small: Study) -> None:
    found = play(small, n_models=3, test_rows=(100,))
    assert np.isnan(found.ceiling_offline).all()
    assert "OV-TO-03" not in {each.code for each in found.findings}


def test_the_plain_finding_compares_on_the_same_later_rows(result: TournamentResult) -> None:
    plain = finding(result, "OV-TO-02")
    ahead = result.plain_later - result.winner().later
    assert number(plain, "plain_ahead") == pytest.approx(ahead)
    assert number(plain, "lower") < ahead < number(plain, "upper")
    assert (plain.status == "warning") == (number(plain, "lower") > 0)


def test_scores_of_the_largest_size_are_those_of_the_whole_test(study: Study) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    numbers = study.roles.features[:8]
    narrow = _numeric(study, numbers)
    found = play(narrow, candidates={"mine": model}, train_rows=20_000)
    fitted = model.fit(study.need("reference").pandas()[list(numbers)], study.need("reference")[study.outcome.target])
    expected = roc_auc_score(
        study.need("test")[study.outcome.target], fitted.predict_proba(study.need("test").pandas()[list(numbers)])[:, 1]
    )
    assert found.names == ("mine",)
    assert found.offline[-1, 0] == pytest.approx(expected, abs=1e-6)


def _numeric(study: Study, numbers: tuple[str, ...]) -> Study:
    keep = [*numbers, study.outcome.target]
    frames: dict[str, Any] = {name: table.pandas()[keep] for name, table in study.tables.items()}
    plain = DummyClassifier().fit(frames["reference"][list(numbers)], frames["reference"][study.outcome.target])
    return load_study(model=plain, target=study.outcome.target, **frames)


def test_winner_moves_with_models_and_rows_and_refuses_what_there_is_not(result: TournamentResult) -> None:
    assert result.winner(n_models=1).index == 0
    assert result.winner(test_rows=50).of == 40
    with pytest.raises(InputError, match="1 to 40"):
        result.winner(n_models=41)
    with pytest.raises(InputError, match="Allowed: 50, 100, 500"):
        result.winner(test_rows=51)


def test_the_frame_is_the_leaderboard(result: TournamentResult) -> None:
    board = result.frame()
    assert list(board.columns) == ["model", "offline", "lower", "upper", "later", "true_rank"]
    assert board["offline"].is_monotonic_decreasing
    assert board["model"][0] == result.names[result.winner().index]
    assert board["true_rank"][0] == result.winner().rank
    assert board["later"].max() == board.loc[board["true_rank"] == 1, "later"].iloc[0]


def test_it_comes_back_from_json_the_same(result: TournamentResult) -> None:
    again = Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False)))
    assert isinstance(again, TournamentResult)
    assert again.to_dict() == result.to_dict()
    assert again.winner() == result.winner()


def test_it_is_frozen(result: TournamentResult) -> None:
    with pytest.raises(FrozenInstanceError):
        result.start = 50  # type: ignore[misc]  # what the test is about
    with pytest.raises(ValueError, match="read-only"):
        result.later[0] = 1


def test_the_same_seed_gives_the_same_result_and_another_seed_another(small: Study) -> None:
    first, second, other = (play(small, n_models=8, test_rows=(100,), seed=seed).to_dict() for seed in (1, 1, 2))
    assert first == second
    assert first["offline"] != other["offline"]


def test_progress_rises_to_the_end_and_cancel_stops(small: Study) -> None:
    said = []
    play(small, n_models=5, test_rows=(100,), progress=lambda share, text: said.append((share, text)))
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1][0] == 1
    assert "model 1 of 5" in said[0][1]
    with pytest.raises(CancelledError):
        play(small, n_models=5, cancel=lambda: len(said) > 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_models": 0}, "n_models=0"),
        ({"train_rows": 3}, "train_rows=3"),
        ({"test_rows": (1,)}, "test_rows="),
        ({"test_rows": 100}, r"test_rows=100\. Pass a tuple of sizes, such as \(100,\)"),
        ({"start": 1}, "start=1"),
        ({"seed": -1}, "seed=-1"),
        ({"margin": 0.0}, "margin=0.0"),
        ({"margin": float("inf")}, "margin=inf"),
        ({"candidates": []}, "candidates= is empty"),
        ({"candidates": "LogisticRegression"}, "candidates= is str"),
        ({"candidates": [LogisticRegression]}, "is no estimator"),
        ({"candidates": {"a": 3}}, "'a'.* is no estimator"),
    ],
)
def test_wrong_options_are_named(small: Study, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        play(small, **options)


def test_a_stated_margin_decides(small: Study) -> None:
    strict = play(small, n_models=5, test_rows=(100,), margin=0.0001)
    loose = play(small, n_models=5, test_rows=(100,), margin=0.9)
    assert finding(loose, "OV-TO-01").status == "passed"
    assert number(finding(strict, "OV-TO-01"), "margin") == 0.0001


def test_the_view_keeps_the_contract_with_the_browser(result: TournamentResult) -> None:
    view = card_of(result).view
    assert view.name == "tournament"
    assert set(view.state) == {
        "metric", "greater_is_better", "test_rows", "start_rows", "names", "where", "plain_name", "synthetic", "candidates_word",
        "train_rows",
    }  # fmt: skip
    sizes = {name: len(array) for name, array in view.arrays.items()}
    assert sizes == {
        "offline": 160, "lower": 160, "upper": 160, "later": 40, "plain_offline": 4, "plain_later": 1,
        "ceiling_offline": 4, "ceiling_later": 1,
    }  # fmt: skip
    assert view.arrays["offline"][40 * 1 + 3] == result.offline[1, 3]
    json.dumps(dict(view.state))


def test_the_picture_shows_winner_and_plain_above_the_ghosts(result: TournamentResult) -> None:
    card = card_of(result)
    rows = card.charts[0].rows
    assert [row.label for row in rows if row.emphasised] == ["logistic regression", "winner"]
    assert len(rows) == 41
    assert card.charts[0].marks[0].role == "truth"
    assert card.headline == result.headline
    assert "synthetic" in card.small


def test_the_saved_output_holds_no_row_of_the_users(result: TournamentResult) -> None:
    assert len(json.dumps(result.to_dict())) < 20 * (len(result.names) * (4 * len(result.test_rows) + 4)) + 10_000
