"""Refits along time against a walk through the events of a small study, label by label."""

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining
from mlops_widgets.lifecycle.retraining.windows import Window, rows_to_fit
from mlops_widgets.lifecycle.stream import stream_of
from mlops_widgets.study.study import Study

MONDAY = pd.Timestamp("2024-01-01")
WEEKS, WINDOW, DELAY, LAST = 14, 4, 2, 12


@cache
def events() -> pd.DataFrame:
    """Fourteen weeks of rows in time order: most labels come within two whole weeks, one in thirty much later, one in forty never."""
    rng = np.random.default_rng(11)
    n = 980
    happened = MONDAY + pd.to_timedelta(np.sort(rng.integers(0, WEEKS * 7 * 86_400, n)), unit="s")
    wait = np.where(rng.random(n) < 1 / 30, rng.uniform(22, 60, n), rng.uniform(1, 13.9, n))
    known = pd.Series(happened + pd.to_timedelta((wait * 86_400).astype(int), unit="s"))
    x = rng.normal(size=n)
    y = (x * np.where(np.arange(n) < 600, 1, -1) + rng.normal(size=n) > 0).astype(float)
    lost = rng.random(n) < 1 / 40
    return pd.DataFrame({"x": x, "y": np.where(lost, np.nan, y), "t": happened, "k": known.mask(lost)})


def built(rows: pd.DataFrame) -> Study:
    reference = rows[rows["t"] < MONDAY + timedelta(weeks=WINDOW)]
    learned = reference.dropna(subset=["y"])
    return mw.load_study(
        model=LogisticRegression().fit(learned[["x"]], learned["y"]), target="y", time="t", label_time="k", features=["x"],
        reference=reference, production=rows.drop(reference.index), unit="row",
    )  # fmt: skip


def simulated(rows: pd.DataFrame) -> RetrainingResult:
    result = simulate_retraining(built(rows), chunks="week")
    assert isinstance(result, RetrainingResult), result.findings
    return result


@cache
def as_it_was() -> RetrainingResult:
    return simulated(events())


@cache
def told() -> tuple[Any, ...]:
    return tuple(events().itertuples())


def begin(week: int) -> pd.Timestamp:
    return MONDAY + timedelta(weeks=week)


def walked(model: int, week: int) -> float:
    """Return what the model of a week loses in another, from the events alone."""
    inputs, outcomes = [], []
    for row in told():
        if begin(model - WINDOW) <= row.t < begin(model) and row.k <= begin(model + DELAY):
            inputs.append(row.x)
            outcomes.append(row.y)
    fitted = LogisticRegression().fit(pd.DataFrame({"x": inputs}), outcomes)
    lost = 0.0
    for row in told():
        if begin(week) <= row.t < begin(week + 1) and row.k <= begin(week + 1 + DELAY):
            p = float(fitted.predict_proba(pd.DataFrame({"x": [row.x]}))[0, int(row.y)])
            lost -= np.log(min(max(p, 1e-3), 1 - 1e-3))
    return lost


def test_losses_are_those_of_a_walk_through_the_events() -> None:
    grid = as_it_was().grids()[0]
    assert (grid.first, grid.label_delay, grid.chunks) == (WINDOW, DELAY, LAST)
    for model, week in ((4, 4), (4, 11), (6, 7), (9, 9), (10, 11), (11, 11)):
        assert abs(grid.losses[model, week] - walked(model, week)) < 1e-9


def test_a_refit_has_labels_that_took_longer_than_the_delay_and_are_there() -> None:
    study = built(events())
    stream = stream_of(study, chunks="week")
    window, late = Window(chunks=WINDOW, name=""), 0
    for model in range(WINDOW, LAST):
        rows = rows_to_fit(study, stream, window, model, max_rows=10_000, seed=0)
        expected = [
            place
            for place, row in enumerate(told())
            if begin(model - WINDOW) <= row.t < begin(model) and row.k <= begin(model + DELAY)
        ]
        assert rows.tolist() == expected
        late += int((~stream.in_time[rows]).sum())
    assert late > 0


def test_labels_that_arrive_after_a_decision_change_no_model_that_could_be_had_by_then() -> None:
    at = 9
    rows = events()
    poisoned = simulated(rows.assign(y=rows["y"].where(~(rows["k"] > begin(at)), 1 - rows["y"]))).grids()[0]
    grid, newest = as_it_was().grids()[0], at - DELAY
    one, other = (
        grid.signals["label-free"],
        poisoned.signals["label-free"],
    )  # answers alone, so that it tells fits apart
    np.testing.assert_array_equal(one[: newest + 1], other[: newest + 1])
    assert not np.array_equal(one[newest + 1, newest + 1 :], other[newest + 1, newest + 1 :])
    np.testing.assert_array_equal(grid.losses[: newest + 1, :newest], poisoned.losses[: newest + 1, :newest])
    for name in grid.needs_labels:
        reading = grid.signals[name][: newest + 1, :newest]
        np.testing.assert_array_equal(reading, poisoned.signals[name][: newest + 1, :newest])


def test_months_past_the_datas_end_are_as_long_as_the_calendars() -> None:
    # The data end in March; a label of 1 May comes after the beginning of May, which 31-day months would put on 2 May.
    days = pd.date_range("2024-01-01", "2024-03-31", freq="D")
    known = pd.Series(days + pd.Timedelta(days=45)).mask(days == days[-1], pd.Timestamp("2024-05-01 12:00"))
    rows = pd.DataFrame({"x": np.arange(len(days)) % 7.0, "y": np.arange(len(days)) % 2.0, "t": days, "k": known})
    study = mw.load_study(
        model=LogisticRegression().fit(rows[["x"]], rows["y"]), target="y", time="t", label_time="k", features=["x"],
        reference=rows[:45], production=rows[45:], unit="row",
    )  # fmt: skip
    stream = stream_of(study, chunks="month")
    assert stream.arrives[-1] == 5  # January is chunk 0: known at the beginning of June
