"""Every policy against the same policy told another way, and against labels that hadn't arrived."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress

from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.measures.retraining.oracle import oracle
from mlops_widgets.measures.retraining.policies import Policy, Terms, forecast_gain, walk
from tests.measures.retraining.grids import random_grid, random_terms, told

POLICIES = (
    Policy(), *(Policy(kind="every", every=k) for k in (1, 2, 3)), Policy(kind="every", every=1, gate=1),
    Policy(kind="every", every=2, gate=2), Policy(kind="signal", signal="a", threshold=0.4),
    Policy(kind="signal", signal="b", threshold=0.6), Policy(kind="signal", signal="b", threshold=0.2, gate=1),
    Policy(kind="forecast", threshold=1.0, horizon=3), Policy(kind="forecast", threshold=0.0, horizon=2, gate=1),
)  # fmt: skip
FIXTURE = json.loads((Path(__file__).parents[2] / "js/fixtures/retraining.json").read_text(encoding="utf-8"))
REPEATABLE = settings(derandomize=True, deadline=None, max_examples=60)


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_every_policy_does_what_it_does_told_another_way(seed: int) -> None:
    grid, terms = random_grid(seed, most=12), random_terms(seed)
    for start in {grid.first, (grid.first + grid.chunks) // 2}:
        for policy in POLICIES:
            path = walk(grid, policy, terms, start=start)
            total, decided, refused, installs = told(grid, policy, terms, start)
            assert path.total == pytest.approx(total)
            assert (list(path.decided), list(path.refused), list(path.installs)) == (decided, refused, installs)


@REPEATABLE
@given(seed=st.integers(0, 10_000))
def test_no_policy_sees_what_had_not_arrived(seed: int) -> None:
    grid, terms = random_grid(seed), random_terms(seed)
    rng = np.random.default_rng(seed)
    for t in range(grid.first, grid.chunks):
        poisoned = poison(grid, t, terms.label_delay, rng)
        for policy in POLICIES:
            true, other = walk(grid, policy, terms), walk(poisoned, policy, terms)
            assert [each for each in true.decided if each <= t] == [each for each in other.decided if each <= t]
            assert [each for each in true.refused if each <= t] == [each for each in other.refused if each <= t]


def poison(grid: Grid, t: int, label_delay: int, rng: np.random.Generator) -> Grid:
    """Return the grid with other values wherever nobody could know them at the beginning of chunk t."""
    late, soon = max(t - label_delay, 0), t
    sums = grid.sums.copy()
    sums[:, :, late:] = np.where(np.isnan(sums[:, :, late:]), np.nan, rng.normal(0, 1e6, sums[:, :, late:].shape))
    signals = {name: values.copy() for name, values in grid.signals.items()}
    signals["a"][:, soon:] = rng.normal(0, 1e6, signals["a"][:, soon:].shape)
    signals["b"][:, late:] = rng.normal(0, 1e6, signals["b"][:, late:].shape)
    return replace(grid, sums=sums, signals=signals)


def test_the_browser_and_python_go_the_same_ways() -> None:
    for given_ in FIXTURE["grids"]:
        grid = grid_of(given_)
        for case in given_["walks"]:
            path = walk(grid, Policy(**case["policy"]), terms_of(case["terms"]), start=case["start"])
            assert path.total == pytest.approx(case["total"])
            assert path.serving.tolist() == case["serving"]
            assert (list(path.decided), list(path.refused)) == (case["decided"], case["refused"])
        for case in given_["oracles"]:
            best = oracle(grid, terms_of(case["terms"]), start=case["start"])
            assert best.total == pytest.approx(case["total"])
            assert list(best.path.decided) == case["decided"]


def grid_of(given_: dict[str, object]) -> Grid:
    """Return a grid of the shared fixture."""
    size = given_["size"]
    assert isinstance(size, int)

    def square(values: object) -> np.ndarray:
        found = np.full((size, size), np.nan)
        found[np.triu_indices(size)] = np.array(values, dtype=float)
        return found

    signals = given_["signals"]
    assert isinstance(signals, dict)
    return Grid(
        sums=np.stack([square(given_["first_half"]), square(given_["second_half"])]), counts=np.array(given_["counts"]),
        signals={name: square(values) for name, values in signals.items()}, needs_labels=frozenset({"calibration"}),
    )  # fmt: skip


def terms_of(terms: dict[str, float]) -> Terms:
    """Return the terms of the shared fixture."""
    return Terms(
        retrain_cost=terms["cost"], value_per_loss=terms["value"], label_delay=int(terms["labels"]), deploy_delay=int(terms["deploy"])
    )  # fmt: skip


def one_model(lost: list[float]) -> Grid:
    """Return a grid whose first model loses this, and every other one nothing."""
    chunks = len(lost)
    sums = np.where(np.triu(np.ones((chunks, chunks))) > 0, 0.0, np.nan)
    sums[0] = lost
    return Grid(
        sums=np.stack([sums, np.where(np.isnan(sums), np.nan, 0)]), counts=np.stack([np.ones(chunks), np.zeros(chunks)])
    )


def test_the_forecast_of_a_straight_rise_is_the_area_under_it() -> None:
    # Slope 2 a chunk, no noise; three chunks ahead at ages 5, 6 and 7: 2 × (5 + 6 + 7).
    grid = one_model([1.0, 3, 5, 7, 9, 11, 13, 15])
    policy = Policy(kind="forecast", threshold=3.0, horizon=3)
    assert forecast_gain(grid, policy, Terms(), 5, 0) == pytest.approx(36.0)
    assert forecast_gain(grid, policy, Terms(), 3, 0) == -np.inf


def test_the_slope_is_lowered_by_the_standard_error_of_linregress() -> None:
    lost = [1.0, 2.2, 2.7, 4.5, 4.9, 6.0]
    fit = linregress(np.arange(6), lost)  # scipy 1.17
    found = forecast_gain(one_model([*lost, 0.0]), Policy(kind="forecast", threshold=2.0, horizon=2), Terms(), 6, 0)
    assert found == pytest.approx((fit.slope - 2 * fit.stderr) * (6 + 7))


def test_a_refused_challenger_is_paid_for_and_changes_nothing() -> None:
    sums = np.array([[1.0, 1, 1, 1], [np.nan, 5, 5, 5], [np.nan, np.nan, 5, 5], [np.nan, np.nan, np.nan, 5]])
    grid = Grid(sums=np.stack([sums, np.where(np.isnan(sums), np.nan, 0)]), counts=np.array([[1.0] * 4, [0.0] * 4]))
    path = walk(grid, Policy(kind="every", every=1, gate=1), Terms(retrain_cost=0.5))
    assert (path.decided, path.refused, path.installs, path.total) == ((2, 3), (2, 3), (), 5.0)


def test_one_chunk_and_two_chunks_are_timelines_too() -> None:
    one = one_model([4.0])
    assert walk(one, Policy(kind="every", every=1), Terms(retrain_cost=9)).total == 4.0
    two = one_model([4.0, 4.0])
    assert walk(two, Policy(kind="every", every=1), Terms(retrain_cost=1)).total == 5.0
    assert walk(two, Policy(kind="every", every=1), Terms(retrain_cost=1, deploy_delay=1)).total == 9.0
