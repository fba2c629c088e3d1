"""How far a drift reading can get at all, and that a trigger which can't fire is told."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.lifecycle.retraining.column_drift import ColumnDrift
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.signals import reach_of
from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining
from mlops_widgets.lifecycle.retraining.simulate_findings import out_of_reach
from mlops_widgets.measures.drift.alarms import Streams


def drift(limit: float) -> ColumnDrift:
    """Two columns, of four ordered cells and of two words; one chunk learned from, two read."""
    learned = [10.0, 20.0, 30.0, 40.0, 75.0, 25.0]
    streams = Streams(
        counts=np.array([learned], dtype=np.float32), bounds=np.array([0, 4, 6]), ordered=np.array([True, False])
    )
    ends = [[np.nan, np.nan], [0.1, 0.15], [0.2, 0.15]]
    spread = [[np.nan, np.nan], [0.2, 0.3], [0.2, 0.3]]
    return ColumnDrift(
        streams=streams, counts=np.array([learned] * 3), centre=np.array(ends), spread=np.array(spread), limit=limit, clocks=(),
        left_out=0,
    )  # fmt: skip


def test_a_column_gets_farthest_where_a_chunk_is_in_one_cell() -> None:
    # all in the first cell: cumulative shares differ by .9; all in the rarer word: shares by .75
    assert reach_of(drift(2.0), slice(0, 1), 1).tolist() == pytest.approx(
        [(0.9 - 0.1) / 0.2 / 2, (0.75 - 0.15) / 0.3 / 2]
    )


def test_no_chunk_reads_more_than_the_reach() -> None:
    rng = np.random.default_rng(0)
    of = drift(2.0)
    most = reach_of(of, slice(0, 1), 1).max()
    for _ in range(200):
        given = np.concatenate([rng.dirichlet(np.full(4, 0.1)), rng.dirichlet(np.full(2, 0.1))]) * 1000
        assert (
            np.nanmax(replace(of, counts=np.stack([of.counts[0], given, given])).readings(slice(0, 1), 1))
            <= most + 1e-9
        )


@cache
def moved(*, stays: bool) -> RetrainingResult:
    """A column that is one number a day and moves far away, and where `stays` one that differs row by row and doesn't."""
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(112), 8)
    rows = pd.DataFrame({"a": rng.normal(size=112)[day] + 9.0 * (day > 60), "b": rng.normal(size=len(day))})
    rows["y"] = (rng.random(len(day)) < 0.4).astype(int)
    rows["on"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    names = ["a", "b"] if stays else ["a"]
    learned = rows[day < 28]
    study = mw.load_study(
        model=LogisticRegression().fit(learned[names], learned["y"]), reference=learned, production=rows[day >= 28], target="y",
        time="on", features=names, unit="time block",
    )  # fmt: skip
    result = simulate_retraining(study, chunks="week", policies=["drift"])
    assert isinstance(result, RetrainingResult), result.findings
    return result


def note(result: RetrainingResult) -> Any:
    return {finding.code: finding for finding in result.findings}["LC-SR-08"]


def test_a_drift_trigger_that_cannot_fire_is_told() -> None:
    told = note(moved(stays=False))
    assert np.nanmax(moved(stays=False).grids()[0].signals["drift"]) < 1  # though the column is all new
    assert (told.status, told.evidence["drift_out_of_reach"], told.evidence["drift_columns"]) == ("warning", 1, 1)
    assert "drift can't fire here" in told.claim


def test_a_drift_trigger_that_can_fire_is_not_called_mute() -> None:
    told = note(moved(stays=True))
    assert (told.status, told.evidence["drift_columns"]) == ("passed", 2)
    assert "drift can't fire here" not in told.claim


def test_columns_that_cannot_fire_are_counted_beside_those_that_can() -> None:
    assert "can't fire by 2 of its 3 columns" in out_of_reach((0.5, 1.0, 1.5), 2, "row")
    assert "read 0.99 of its limit at most" in out_of_reach((0.5, 0.996), 2, "row")
