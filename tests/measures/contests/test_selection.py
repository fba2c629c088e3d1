"""What picking the best does to a score, on made-up models whose truth is known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import CancelledError
from mlops_widgets.measures.contests.picking import draw_rows, pick, redraw_count
from mlops_widgets.measures.contests.selection import (
    Answers,
    Winner,
    lead,
    leaderboard,
    record_holders,
    score_bounds,
    scores,
    winner,
)
from mlops_widgets.measures.metrics import custom_metric, get_metric

Floats = npt.NDArray[np.float64]

AUC = get_metric("roc_auc", "binary")
ACCURACY = get_metric("accuracy", "binary")
RMSE = get_metric("rmse", "regression")
CASES = json.loads((Path(__file__).parents[2] / "js/fixtures/tournament.json").read_text(encoding="utf-8"))["cases"]


def numbers(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def plain(entry: Winner) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and np.isnan(value) else value for name, value in vars(entry).items()
    }


def coin_flippers(
    seed: int, *, models: int = 40, rows: int = 400, later: int = 2000, units: int | None = None
) -> list[Answers]:
    """Models that guess: whatever one is better than another is luck."""
    rng = np.random.default_rng(seed)
    made = []
    for n in (rows, later):
        y = (rng.random(n) < 0.4).astype(float)
        made.append(
            Answers(y=y, outputs=rng.normal(size=(models, n)), units=None if units is None else np.arange(n) // units)
        )
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_python_and_javascript_give_the_same_winner_and_leaderboard(case: dict[str, Any]) -> None:
    offline, later = numbers(case["offline"]), numbers(case["later"])
    assert plain(winner(offline, later, tried=case["k"], greater=case["greater"])) == case["winner"]
    board = leaderboard(offline, later, tried=case["k"], greater=case["greater"])[: case["top"]]
    assert [plain(entry) for entry in board] == case["leaderboard"]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.booleans(), st.data())
def test_every_winner_of_a_first_few_holds_the_record(values: list[int], greater: bool, data: st.DataObject) -> None:
    offline = np.array(values, dtype=np.float64)
    tried = data.draw(st.integers(1, len(values)))
    assert winner(offline, offline, tried=tried, greater=greater).index in record_holders(offline, greater=greater)


def test_scores_agree_with_scikit_learn() -> None:
    offline, _ = coin_flippers(0, models=5)
    assert scores(AUC, offline) == pytest.approx([roc_auc_score(offline.y, output) for output in offline.outputs])


def test_weighted_scores_agree_with_scikit_learn() -> None:
    offline, _ = coin_flippers(0, models=3)
    weights = np.random.default_rng(1).random(400)
    weighted = Answers(y=offline.y, outputs=offline.outputs, weights=weights)
    expected = [roc_auc_score(offline.y, output, sample_weight=weights) for output in offline.outputs]
    assert scores(AUC, weighted) == pytest.approx(expected)


def test_a_metric_without_value_is_nan_and_has_no_bounds() -> None:
    one_class = Answers(y=np.ones(20), outputs=np.random.default_rng(0).normal(size=(3, 20)))
    values = scores(AUC, one_class)
    assert np.isnan(values).all()
    assert np.isnan(score_bounds(AUC, one_class, values, seed=0)).all()


def test_bounds_enclose_the_scores_of_all_models_for_auc_and_of_possible_winners_for_others() -> None:
    offline, _ = coin_flippers(2)
    values = scores(AUC, offline)
    lower, upper = score_bounds(AUC, offline, values, seed=0)
    assert ((lower < values) & (values < upper)).all()
    decided = Answers(y=offline.y, outputs=(offline.outputs > 0).astype(float))
    right = scores(ACCURACY, decided)
    lower, upper = score_bounds(ACCURACY, decided, right, seed=0)
    holders = list(record_holders(right, greater=True))
    assert (lower[holders] < right[holders]).all()
    assert np.isnan(np.delete(lower, holders)).all()


def test_one_model_without_drift_keeps_what_it_promises() -> None:
    """False alarms: at most 5 % of intervals of a lone model lie beyond 0 on either side (2.5 % expected on each)."""
    alarms = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        made = []
        for n in (300, 600):
            y = (rng.random(n) < 0.4).astype(float)
            made.append(Answers(y=y, outputs=(rng.normal(size=n) + 0.8 * y)[None, :]))
        found = pick(AUC, *made, rows=60 if seed % 2 else 300, whole_units=False, seed=seed)
        alarms += found.gap.lower > 0
        assert (found.luck.value, found.luck.lower, found.luck.upper) == (0, 0, 0)
    assert alarms <= 4


def test_the_best_of_equal_models_promises_too_much_by_luck_alone() -> None:
    found = [pick(AUC, *coin_flippers(seed), rows=50, whole_units=False, seed=seed) for seed in range(6)]
    assert all(each.gap.lower > 0 and each.luck.lower > 0 for each in found)
    assert abs(np.mean([each.change.value for each in found])) < 0.1 * np.mean([each.luck.value for each in found])


def test_luck_is_found_without_other_rows_where_all_are_in_the_test() -> None:
    """Bootstrap bias correction (Tsamardinos et al. 2018) against the gap seen on independent later rows."""
    found = [pick(AUC, *coin_flippers(seed), rows=400, whole_units=False, seed=seed) for seed in range(16)]
    luck, gap = np.mean([each.luck.value for each in found]), np.mean([each.gap.value for each in found])
    assert luck == pytest.approx(gap, rel=0.2)
    assert all(each.redraws == 1 for each in found)


def test_the_mean_promise_of_equal_models_is_the_expected_maximum() -> None:
    """Accuracy of k fair coins on n flips: E[max] of k binomials, simulated independently (facts: best of 200 on 100)."""
    rng = np.random.default_rng(0)
    y = (rng.random(4000) < 0.5).astype(float)
    offline = Answers(y=y, outputs=(rng.random((100, 4000)) < 0.5).astype(float))
    later = Answers(y=y, outputs=(rng.random((100, 4000)) < 0.5).astype(float))
    found = pick(ACCURACY, offline, later, rows=100, whole_units=False, seed=1)
    expected = rng.binomial(100, 0.5, (20_000, 100)).max(axis=1).mean() / 100 - 0.5
    for each in (found.gap, found.luck):
        assert each.value == pytest.approx(expected, abs=0.01)
        assert each.lower < expected < each.upper


def test_a_loss_promises_too_much_where_it_is_too_low() -> None:
    rng = np.random.default_rng(3)
    made = []
    for n in (300, 1000):
        y = rng.normal(size=n)
        made.append(Answers(y=y, outputs=y + rng.normal(size=(30, n))))
    found = pick(RMSE, *made, rows=30, whole_units=False, seed=0)
    assert 0 < found.gap.lower < found.gap.value < found.gap.upper
    assert 0 < found.luck.lower < found.luck.value < found.luck.upper


def test_drift_is_told_from_luck() -> None:
    rng = np.random.default_rng(4)
    made = []
    for n, signal in ((2000, 1.0), (4000, 0.3)):
        y = (rng.random(n) < 0.4).astype(float)
        made.append(Answers(y=y, outputs=rng.normal(size=(5, n)) + signal * y))
    found = pick(AUC, *made, rows=500, whole_units=False, seed=0)
    assert found.change.lower > 5 * abs(found.luck.value)
    assert found.luck.value + found.change.value == pytest.approx(found.gap.value)


@pytest.mark.parametrize("rows", [400, 2000])
def test_drift_that_hurts_good_models_most_is_not_taken_for_luck(rows: int) -> None:
    """False alarms at a margin of .03: one winner is clearly best, so its luck is 0; drift costs it most."""
    alarms = 0
    for seed in range(20):
        rng, made = np.random.default_rng(seed), []
        for n, drift in ((2000, 1.0), (2000, 0.2)):
            y = (rng.random(n) < 0.4).astype(float)
            signal = np.linspace(0.1, 2.5, 8)[:, None]
            made.append(Answers(y=y, outputs=rng.normal(size=(8, n)) + drift * signal * y))
        found = pick(AUC, *made, rows=rows, whole_units=False, seed=seed)
        assert found.change.lower > 0.2
        alarms += found.luck.lower > 0.03
    assert alarms <= 1


def test_models_that_answer_alike_have_no_luck() -> None:
    offline, later = (each.models([0, 0, 0]) for each in coin_flippers(3))
    for rows in (50, 400):
        luck = pick(AUC, offline, later, rows=rows, whole_units=False, seed=0).luck
        assert (luck.value, luck.lower, luck.upper) == pytest.approx((0, 0, 0))


def test_units_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    made = []
    for n in (400, 800):
        y = rng.normal(size=n // 10).repeat(10)
        error = rng.normal(size=(3, n // 10)).repeat(10, axis=1)
        made.append((y, y + error, np.arange(n) // 10))
    alone = [Answers(y=y, outputs=o) for y, o, _ in made]
    together = [Answers(y=y, outputs=o, units=u) for y, o, u in made]
    widths = []
    for pair, whole in ((alone, False), (together, True)):
        found = pick(RMSE, *pair, rows=400, whole_units=whole, seed=0)
        widths.append([each.upper - each.lower for each in (found.gap, found.luck)])
    assert all(wide > 2 * narrow for narrow, wide in zip(*widths, strict=True))


def test_whole_units_are_drawn_one_after_the_other() -> None:
    answers = Answers(y=np.zeros(100), outputs=np.zeros((1, 100)), units=np.arange(100) // 10)
    drawn = draw_rows(answers, 35, np.random.default_rng(0))
    assert np.bincount(drawn // 10, minlength=10).tolist().count(10) == 3
    assert len(drawn) == 35


def test_the_same_seed_gives_the_same_pick() -> None:
    made = coin_flippers(6)
    first, second = (pick(AUC, *made, rows=50, whole_units=False, seed=9) for _ in range(2))
    assert (first.gap, first.luck) == (second.gap, second.luck)


def test_cancel_stops_between_models() -> None:
    made, asked = coin_flippers(7), []

    def cancel() -> bool:
        asked.append(1)
        return len(asked) > 3

    stop: Cancel = cancel
    with pytest.raises(CancelledError):
        pick(AUC, *made, rows=50, whole_units=False, cancel=stop)


def test_a_metric_of_the_users_own_is_redrawn_as_rarely_as_there_may_be() -> None:
    own = custom_metric(
        lambda y, p: float(np.mean(y == p)),
        name="hits",
        greater_is_better=True,
        needs="predictions",
        tasks=frozenset({"binary"}),
    )
    assert redraw_count(own, 100) < redraw_count(ACCURACY, 100)


def test_the_lead_of_the_better_model_is_positive_for_scores_and_losses() -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(size=500)
    answers = Answers(y=y, outputs=np.array([y + 0.1 * rng.normal(size=500), y + rng.normal(size=500)]))
    assert lead(RMSE, answers, 0, 1, seed=0).lower > 0
    assert lead(RMSE, answers, 1, 0, seed=0).upper < 0


def test_a_winner_of_nothing_is_the_first() -> None:
    found = winner(np.full(3, np.nan), np.ones(3), tried=3, greater=True)
    assert (found.index, found.later, found.rank, found.of) == (0, 1.0, 1, 3)
    assert np.isnan(found.offline)
