"""From the ramp file to the analysis of its log: stages with other shares must fool neither sizes nor difference."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.overfitting import AbTestResult, Ramp, RampStage, analyse_ab_test, read_ramp, write_ramp


def _ramp() -> Ramp:
    return Ramp(
        salt="pricing-7",
        incumbent="old",
        stages=(
            RampStage(starts=datetime(2026, 3, 2), shares={"old": 0.95, "new": 0.05}),  # noqa: DTZ001
            RampStage(starts=datetime(2026, 3, 4), shares={"old": 0.5, "new": 0.5}),  # noqa: DTZ001
            RampStage(starts=datetime(2026, 3, 6), shares={"old": 0.0, "new": 1.0}),  # noqa: DTZ001
        ),
    )


def _shares(ramp: Ramp) -> dict[int, dict[str, float]]:
    return {number: dict(stage.shares) for number, stage in enumerate(ramp.stages)}


def _log(ramp: Ramp, *, effect: float, seed: int = 0, a_day: int = 1500, returning: float = 0.3) -> pd.DataFrame:
    """Return what a service logs: who came when, by whom they were served, and what came of it; business grows daily."""
    rng = np.random.default_rng(seed)
    days = []
    for day in range(6):
        at = f"2026-03-{2 + day:02d}"
        units = day * int((1 - returning) * a_day) + np.arange(a_day)
        arm = np.asarray(ramp.arm_of(units, at=at))
        bought = (rng.random(a_day) < 0.1 + 0.05 * day + effect * (arm == "new")).astype(int)
        days.append(
            pd.DataFrame({"day": at, "customer": units, "arm": arm, "stage": ramp.stage_at(at), "bought": bought})
        )
    return pd.concat(days, ignore_index=True)


def _analysed(log: pd.DataFrame, ramp: Ramp, **more: object) -> AbTestResult:
    fixed: dict[str, Any] = {"outcome": "bought", "unit": "customer", "time": "day", "control": "old", "stage": "stage"}
    return analyse_ab_test(log, **(fixed | {"shares": _shares(ramp)} | more))


@pytest.fixture(scope="module")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Ramp:
    return read_ramp(write_ramp(_ramp(), tmp_path_factory.mktemp("ramp") / "ramp.toml"))


def test_stages_of_other_shares_neither_break_the_sizes_nor_bias_the_difference(ramp: Ramp, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    _log(ramp, effect=0.0).to_csv(path, index=False)
    found = _analysed(pd.read_csv(path), ramp)
    assert found.verdict != "don't read"
    assert found.primary.lower < 0 < found.primary.upper
    split = pd.read_csv(path).query("stage < 2")
    pooled = analyse_ab_test(split, outcome="bought", control="old")
    assert pooled.verdict == "don't read"
    assert pooled.primary.lower > 0.03  # growth that looks like the challenger's doing


def test_a_true_effect_is_found_with_its_size(ramp: Ramp) -> None:
    found = _analysed(_log(ramp, effect=0.06, a_day=4000), ramp, effect=0.01)
    assert found.verdict == "ship"
    assert found.primary.lower < 0.06 < found.primary.upper
    assert "By stage (3)" in found.method


def test_intervals_by_stage_hold_what_they_promise(ramp: Ramp) -> None:
    missed = 0
    for seed in range(30):
        log = _log(ramp, effect=0.0, seed=seed, a_day=150)
        found = _analysed(log, ramp, time=None)
        missed += not found.primary.lower <= 0 <= found.primary.upper
    assert missed <= 5  # of 30 at 5 %: more than 5 has a chance of .3 %


def test_an_arm_that_loses_units_in_one_stage_is_seen(ramp: Ramp) -> None:
    log = _log(ramp, effect=0.0)
    lost = (log["stage"] == 1) & (log["arm"] == "new") & (log["customer"] % 4 == 0)
    assert _analysed(log[~lost], ramp, looks="once").verdict == "don't read"


def test_someone_in_an_arm_that_nobody_should_be_in_is_seen(ramp: Ramp) -> None:
    log = _log(ramp, effect=0.0)
    last = log.index[-1]
    log.loc[last, "arm"] = "old"
    assert _analysed(log, ramp).verdict == "don't read"


def test_a_stage_without_shares_is_named(ramp: Ramp) -> None:
    log = _log(ramp, effect=0.0, a_day=200)
    with pytest.raises(InputError, match="nothing of stage 2"):
        analyse_ab_test(log, outcome="bought", control="old", stage="stage", shares={0: {"old": 1}, 1: {"old": 1}})
    shares = {number: {"old": 0.5, "green": 0.5} for number in range(3)}
    with pytest.raises(InputError, match="names green"):
        analyse_ab_test(log, outcome="bought", control="old", stage="stage", shares=shares)
    apart = log[((log["stage"] == 0) & (log["arm"] == "old")) | ((log["stage"] == 2) & (log["arm"] == "new"))]
    with pytest.raises(InputError, match="no stage in 'stage' has it in all arms"):
        analyse_ab_test(apart, outcome="bought", control="old", stage="stage")
    with pytest.raises(InputError, match="stage"):
        analyse_ab_test({"control": (1, 10), "treatment": (2, 10)}, stage="stage")
