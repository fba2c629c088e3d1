"""What a ready matrix and a grid of losses say of every policy."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.measures.retraining.grid import Grid

CHUNKS = 28


@cache
def grid(*, shock: bool = True, seed: int = 0) -> Grid:
    """Return 28 chunks; with a shock, models trained before chunk 18 lose more from there on, and a signal tells."""
    rng = np.random.default_rng(seed)
    place = np.arange(CHUNKS)
    hurt = shock * ((place[None, :] >= 18) & (place[:, None] < 18))
    mean = 0.5 + rng.normal(0, 0.02, CHUNKS)[None, :] + 0.2 * hurt + rng.normal(0, 0.005, (CHUNKS, CHUNKS))
    read = (place[None, :] >= place[:, None]) & (place >= 4)[:, None]
    sums = np.where(read, 100 * (mean + rng.normal(0, 0.005, (2, CHUNKS, CHUNKS))), np.nan)
    drift = np.where(read, rng.normal(0, 1, CHUNKS)[None, :] + 12 * hurt, np.nan)
    return Grid(sums=sums, counts=np.full((2, CHUNKS), 100.0), first=4, label_delay=1, signals={"drift": drift})


@cache
def shocked() -> RetrainingResult:
    """Return every policy on the shock."""
    return RetrainingResult.of(grid(), by="week", chunks_a_year=52.0, loss_name="log loss", retrain_cost=5.0)


def reference(losses: list[list[float]], cost: float, delay: int, first: int) -> dict[str, float]:
    """Return totals by schedules written out, and the least of all choices by recursion."""
    chunks = len(losses)

    def scheduled(k: int) -> float:
        total, now = 0.0, first
        for j in range(first, chunks):
            if j > first and (j - first) % k == 0 and j - delay > now:
                total, now = total + cost, j - delay
            total += losses[now][j]
        return total

    def least(now: int, j: int) -> float:
        if j == chunks:
            return 0.0
        keep = losses[now][j] + least(now, j + 1)
        new = j - delay
        return min(keep, cost + losses[new][j] + least(new, j + 1)) if j > first and new > now else keep

    never = sum(losses[first][first:])
    return {"never": never} | {f"every {k}": scheduled(k) for k in range(1, chunks)} | {"oracle": least(first, first)}


@settings(derandomize=True, deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_totals_of_a_ready_matrix_are_schedules_written_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = int(rng.integers(1, 9))
    first, delay, cost = int(rng.integers(0, chunks)), int(rng.integers(0, 3)), float(rng.choice([0, 0.2, 3]))
    losses = np.where(np.triu(np.ones((chunks, chunks))) > 0, rng.normal(1, 0.5, (chunks, chunks)), np.nan)
    result = RetrainingResult.from_matrix(losses, first=first, label_delay=delay).with_costs(retrain_cost=cost)
    totals = result.totals()
    for name, total in reference(losses.tolist(), cost, delay, first).items():
        assert totals[name] == pytest.approx(total), name
    counts = rng.integers(0, 5, chunks)
    weighed = RetrainingResult.from_matrix(losses, counts=counts, first=first, label_delay=delay)
    wanted = reference((losses * counts).tolist(), 0.0, delay, first)
    assert {name: weighed.totals()[name] for name in wanted} == pytest.approx(wanted)


def test_value_and_deployment_are_lookups_too() -> None:
    result = RetrainingResult.from_matrix([[1, 2, 3], [0, 1, 2], [0, 0, 1]])
    totals = result.with_costs(retrain_cost=1, value_per_loss=10, deploy_delay=1).totals()
    # Decided before chunk 1, served from chunk 2 on: 10 + 20 + 20, and decided again before chunk 2, too late to serve.
    assert totals["every 1"] == 52.0
    assert totals["every 2"] == 61.0
    assert totals["oracle"] == 51.0
    dear = result.with_costs(retrain_cost=1, value_per_loss=10, deploy_delay=1)
    assert dear.oracle_installs == ((2, 1),)


def test_a_signal_that_tells_beats_never_and_the_claim_says_by_how_much() -> None:
    result = shocked()
    assert result.policy("drift").verdict == "better"
    assert (result.split, result.status) == (16, "failed")
    head = result.findings[0]
    best = result.best
    assert head.evidence["difference"] == best.difference == pytest.approx(best.judged_total - result.judged_never)
    assert f"“{best.name}”" in head.claim
    assert not result.oracle_is_hindsight
    assert result.judged_oracle == pytest.approx(min(each.judged_total for each in result.policies), rel=0.01)


def test_at_its_breakeven_cost_a_schedule_costs_what_never_does() -> None:
    each = shocked().policy("every 4")
    again = shocked().with_costs(retrain_cost=each.breakeven_cost).policy("every 4")
    assert again.difference == pytest.approx(0, abs=1e-9)


def test_without_change_no_policy_is_called_better() -> None:
    result = RetrainingResult.of(grid(shock=False), retrain_cost=5.0)
    assert "better" not in {each.verdict for each in result.policies}
    assert result.best.kind == "never"
    assert result.policy("every 1").verdict == "worse"
    assert result.status in {"passed", "not_enough_data"}


def test_policies_enter_the_judged_part_with_the_first_model() -> None:
    result = shocked()
    main = result.grids()[0].losses
    assert result.judged_never == pytest.approx(main[4, 16:].sum())
    every = result.policy("every 8")  # one retrain in 12 chunks, before chunk 24
    assert every.judged_total == pytest.approx(main[4, 16:24].sum() + main[23, 24:].sum() + 5.0)


def test_what_happens_in_the_judged_part_moves_no_threshold() -> None:
    other = replace(grid(), sums=grid().sums.copy(), signals={"drift": grid().signals["drift"].copy()})
    other.sums[:, :, 16:] *= 3
    other.signals["drift"][:, 16:] *= 3
    again = RetrainingResult.of(other, retrain_cost=5.0)
    for name in ("drift", "drift, gated"):
        assert again.policy(name).threshold == shocked().policy(name).threshold


def test_hindsight_is_kept_apart_from_the_policies() -> None:
    result = shocked()
    assert result.best_total <= result.best.judged_total
    assert result.best_name not in {"", "oracle"}


def test_sliders_leave_thresholds_and_with_costs_learns_them_anew() -> None:
    kept = shocked().with_costs(retrain_cost=50, label_delay=0, retune=False)
    assert {each.name: each.threshold for each in kept.policies} == {
        each.name: each.threshold for each in shocked().policies
    }
    assert kept.policy("drift").alarm_share == shocked().policy("drift").alarm_share
    assert kept.terms.label_delay == 0
    assert kept.label_delay == 1


def test_several_windows_share_the_first_model_and_are_named() -> None:
    result = RetrainingResult.of({"all rows": grid(), "last 4 weeks": grid(seed=1)}, retrain_cost=5.0)
    one, two = result.grids()
    assert np.array_equal(one.losses[4], two.losses[4], equal_nan=True)
    assert not np.array_equal(one.losses[5], two.losses[5], equal_nan=True)
    assert {"every 4 (all rows)", "every 4 (last 4 weeks)", "never"} <= set(result.totals())
    alone = RetrainingResult.of(grid(), retrain_cost=5.0)
    assert result.totals()["every 4 (all rows)"] == pytest.approx(alone.totals()["every 4"])


def test_given_thresholds_are_used_where_too_few_readings_are_there_to_learn_from() -> None:
    short = RetrainingResult.of(replace(grid(), first=20), thresholds={"drift": (6.0,)})
    assert short.policy("drift").threshold == 6.0


def test_few_chunks_are_not_enough_data() -> None:
    result = RetrainingResult.from_matrix(np.ones((6, 6)) + np.tri(6)).with_costs(retrain_cost=1)
    assert (result.status, result.findings[0].code) == ("not_enough_data", "LC-SR-01")
    assert {each.verdict for each in result.policies} <= {"same as never", "not enough data"}


@pytest.mark.parametrize("chunks", [1, 2])
def test_a_timeline_of_one_or_two_chunks_has_a_card(chunks: int) -> None:
    result = RetrainingResult.from_matrix(np.ones((chunks, chunks)))
    assert result.totals()["never"] == result.totals()["oracle"] == chunks
    assert card_of(result).headline == result.headline


def test_it_comes_back_from_its_file() -> None:
    again = RetrainingResult.from_dict(shocked().to_dict())
    assert again.totals() == shocked().totals()
    assert again.with_costs(retrain_cost=1).totals() == shocked().with_costs(retrain_cost=1).totals()


def test_an_unknown_policy_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown policy 'drfit'.*Did you mean 'drift'"):
        shocked().policy("drfit")


SQUARE = [[1.0, 1.0], [np.nan, 1.0]]


@pytest.mark.parametrize(("losses", "options", "said"), [
    ([[1.0, 2.0]], {}, r"losses= has shape \(1, 2\)"),
    ([], {}, r"losses= has shape \(0,\)"),
    ([["a"]], {}, "losses= isn't an array of numbers"),
    ([[1.0, np.nan], [0, 1.0]], {}, "The loss of model 0 in chunk 1 is nan"),
    ([[1.0, np.inf], [0, 1.0]], {}, "The loss of model 0 in chunk 1 is inf"),
    ([[np.nan, np.nan], [0, 1.0]], {}, "The first model, 0, has no losses"),
    (SQUARE, {"first": 2}, "first=2, but there are 2 chunks"),
    (SQUARE, {"first": -1}, "first=-1"),
    (SQUARE, {"label_delay": 0.5}, "label_delay=0.5"),
    (SQUARE, {"counts": [1, -1]}, "counts= has shape"),
    (SQUARE, {"counts": [1]}, r"counts= has shape \(1,\)"),
])  # fmt: skip
def test_a_matrix_that_cannot_be_read_is_refused_by_name(losses: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        RetrainingResult.from_matrix(losses, **options)


@pytest.mark.parametrize(("options", "said"), [
    ({"retrain_cost": -1}, "retrain_cost=-1"),
    ({"retrain_cost": float("nan")}, "retrain_cost=nan"),
    ({"retrain_cost": "5"}, "retrain_cost='5'"),
    ({"value_per_loss": 0}, "value_per_loss=0"),
    ({"deploy_delay": -1}, "deploy_delay=-1"),
    ({"label_delay": 1.5}, "label_delay=1.5"),
])  # fmt: skip
def test_a_cost_or_delay_out_of_range_is_refused_by_name(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        shocked().with_costs(**options)


def test_grids_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(InputError, match="grids='b' differs"):
        RetrainingResult.of({"a": grid(), "b": replace(grid(), label_delay=2)})
    with pytest.raises(InputError, match="holds no losses"):
        RetrainingResult.of({})
    with pytest.raises(InputError, match="2 names for 28 chunks"):
        RetrainingResult.of(grid(), labels=["a", "b"])


def test_a_missing_model_and_a_chunk_without_labels_are_no_error() -> None:
    sums = grid().sums.copy()
    sums[:, 9] = np.nan
    sums[:, :, 20] = np.nan
    counts = np.full((2, CHUNKS), 100.0)
    counts[:, 20] = 0
    result = RetrainingResult.of(Grid(sums=sums, counts=counts, first=4, label_delay=1), retrain_cost=5.0)
    assert all(model != 9 for each in result.policies for _, model in each.installs)
    assert np.isfinite(list(result.totals().values())).all()


def test_the_explorer_judges_other_costs() -> None:
    explorer = mw.lifecycle.RetrainingExplorer(shocked())
    found = explorer.run(retrain_cost=500.0, label_delay=3)
    assert isinstance(found, RetrainingResult)
    assert (found.retrain_cost, found.assumed_label_delay) == (500.0, 3)
    with pytest.raises(InputError, match=r"deploy_delay=0\.5"):
        explorer.run(deploy_delay=0.5)


def test_the_view_carries_less_than_a_hundred_kilobytes_of_arrays() -> None:
    signals = {name: np.where(np.isnan(LONG.sums[0]), np.nan, 1.0) for name in "abcde"}
    result = RetrainingResult.of(replace(LONG, signals=signals), thresholds=dict.fromkeys("abcde", (2.0,)))
    view = card_of(result).view
    assert view is not None
    assert sum(each.size * 4 * 4 / 3 for each in view.arrays.values()) < 100_000


LONG = Grid(
    sums=np.where(np.triu(np.ones((60, 60))) > 0, np.ones((2, 60, 60)), np.nan), counts=np.ones((2, 60)), first=0
)


def test_what_a_retrain_may_cost_is_no_promise_where_no_policy_beats_never() -> None:
    rng = np.random.default_rng(8)
    size = 30
    losses = np.where(np.tri(size, dtype=bool).T, rng.normal(1.0, 0.2, (size, size)), np.nan)
    result = RetrainingResult.from_matrix(losses)
    assert all(each.verdict != "better" for each in result.policies)
    (breakeven,) = [finding for finding in result.findings if finding.code == "LC-SR-04"]
    assert breakeven.status == "not_enough_data"
    assert breakeven.claim.endswith("by the point estimate, which can't be told from nothing")
