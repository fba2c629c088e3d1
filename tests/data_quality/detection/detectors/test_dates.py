"""Dates that can't be."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.data_quality.detection.detectors import dates

from .said import reached, spilt, sure, suspicions


@cache
def deliveries() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    ordered = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 600, 900), unit="D")
    return pd.DataFrame(
        {"ordered": ordered, "delivered": ordered + pd.to_timedelta(rng.gamma(2, 2, 900).round(), unit="D")}
    )


@pytest.mark.parametrize("name", ["loans", "flights"])
def test_clean_dates_are_left_alone(name: str) -> None:
    frame = mw.sample(name).tables["reference"].pandas()[:4000]
    assert not sure(dates, frame).any()
    assert not sure(dates, deliveries()).any()


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_the_first_day_of_a_calendar_is_a_gap(share: float) -> None:
    dirty, wrong = spilt(deliveries(), "sentinel", share, ["ordered", "delivered"])
    assert reached(sure(dates, dirty, "disguised_missing"), wrong) == (1.0, 0)


def test_a_year_that_is_off_is_found() -> None:
    dirty = deliveries().copy()
    dirty.loc[[5, 9], "ordered"] = pd.to_datetime(["2203-05-01", "1923-02-02"])
    assert np.argwhere(sure(dates, dirty, "date")).tolist() == [[5, 0], [9, 0]]


def test_an_end_before_its_start_is_one_of_two_errors() -> None:
    dirty = deliveries().copy()
    dirty.loc[[3, 4, 5], "delivered"] = dirty.loc[[3, 4, 5], "ordered"] - pd.Timedelta(days=20)
    found = sure(dates, dirty, "date")
    assert np.flatnonzero(found.any(axis=1)).tolist() == [3, 4, 5]
    confidence = np.concatenate([each.confidence for each in suspicions(dates, dirty)])
    assert confidence.sum() == pytest.approx(3)  # one cell of two in each row


def test_two_dates_in_any_order_contradict_nothing() -> None:
    rng = np.random.default_rng(0)
    start = pd.Timestamp("2023-01-01")
    days = {name: start + pd.to_timedelta(rng.integers(0, 600, 900), unit="D") for name in ("a", "b")}
    assert not sure(dates, pd.DataFrame(days)).any()


@pytest.mark.parametrize(("text", "is_wrong"), [("2024-02-30", True), ("31/02/2024", True), ("13/13/2024", True), ("29/02/2024", False), ("2023-02-29", True), ("unknown", False)])  # fmt: skip
def test_days_that_aren_t_in_the_calendar_are_found(text: str, is_wrong: bool) -> None:
    iso = text[:2] == "20"
    written = ["2024-03-01" if iso else "03/04/2024"] * 40
    frame = pd.DataFrame({"day": [*written, text]})
    assert np.flatnonzero(sure(dates, frame, "date")).tolist() == ([40] if is_wrong else [])


def test_dates_of_the_other_order_are_found() -> None:
    days = [f"{day:02}/{month:02}/2024" for day in range(1, 29) for month in range(1, 13)]
    assert not sure(dates, pd.DataFrame({"day": days})).any()
    assert np.flatnonzero(sure(dates, pd.DataFrame({"day": [*days, "05/24/2024"]}))).tolist() == [len(days)]
