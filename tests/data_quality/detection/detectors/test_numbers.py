"""Errors planted in columns of numbers of real tables: how many are found, and how many right cells are suspected."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

import mlops_widgets as mw
from mlops_widgets.data_quality.detection.detectors import numbers
from mlops_widgets.data_quality.detection.suspicions import CERTAIN

from .said import reached, spilt, sure, suspicions

CANCER = ["mean radius", "mean texture", "mean smoothness"]


@cache
def cancer() -> pd.DataFrame:
    frame: pd.DataFrame = load_breast_cancer(as_frame=True).frame.iloc[:, :12]
    return frame


@cache
def clean(name: str) -> pd.DataFrame:
    load = {"wine": load_wine, "diabetes": load_diabetes, "iris": load_iris}
    frame: pd.DataFrame = (
        load[name](as_frame=True).frame if name in load else mw.sample(name).tables["reference"].pandas()[:4000]
    )
    return frame


@pytest.mark.parametrize("name", ["loans", "flights", "census", "wine", "diabetes", "iris"])
def test_clean_tables_hold_no_error(name: str) -> None:
    assert not sure(numbers, clean(name)).any()


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_sentinels_are_all_found(share: float) -> None:
    dirty, wrong = spilt(cancer(), "sentinel", share, CANCER)
    assert reached(sure(numbers, dirty, "disguised_missing"), wrong) == (1.0, 0)


@pytest.mark.parametrize(("share", "least"), [(0.01, 1.0), (0.05, 0.98), (0.2, 0.98)])
def test_other_units_are_found_and_divided_back(share: float, least: float) -> None:
    dirty, wrong = spilt(cancer(), "unit", share, CANCER)
    recall, false = reached(sure(numbers, dirty), wrong)
    assert recall >= least
    assert false == 0
    for each in suspicions(numbers, dirty):
        if each.kind == "unit" and each.repair is not None and each.column is not None:
            right = cancer()[each.column].to_numpy()[each.rows]
            np.testing.assert_allclose(each.repair.astype(float), right)


def test_a_unit_that_only_other_columns_give_away_is_found() -> None:
    rng = np.random.default_rng(0)
    inches = rng.lognormal(4, 0.6, 800)
    frame = pd.DataFrame({"length": inches, "weight": inches**2 * rng.lognormal(0, 0.06, 800)})
    frame.loc[:39, "length"] *= 2.54
    found = sure(numbers, frame, "unit")[:, 0]
    assert found[:40].mean() == 1.0
    assert found[40:].sum() == 0


def test_two_sorts_that_another_column_tells_apart_are_no_units() -> None:
    rng = np.random.default_rng(0)
    long = rng.random(600) < 0.75
    pause = np.where(long, rng.normal(80, 6, 600), rng.normal(54, 6, 600))
    frame = pd.DataFrame(
        {"eruption": np.where(long, rng.normal(4.4, 0.2, 600), rng.normal(0.44, 0.02, 600)), "pause": pause}
    )
    assert not sure(numbers, frame).any()
    assert sure(numbers, frame[["eruption"]]).any()  # alone, it can't be told from a shifted decimal point


def test_two_sorts_of_about_as_many_are_no_units() -> None:
    rng = np.random.default_rng(0)
    small = rng.random(200) < 0.4
    frame = pd.DataFrame({"size": np.where(small, rng.normal(10, 1, 200), rng.normal(100, 8, 200))})
    found = list(suspicions(numbers, frame))
    assert max(each.confidence.max() for each in found if each.kind == "unit") < 0.5


def test_numbers_far_out_are_found() -> None:
    dirty = cancer().copy()
    dirty.loc[[3, 77, 200], "mean texture"] = [310.0, 420.0, 388.8]
    found = sure(numbers, dirty)
    assert np.argwhere(found).tolist() == [[3, 1], [77, 1], [200, 1]]


def test_signs_are_turned_back() -> None:
    dirty = cancer().copy()
    dirty.loc[[1, 2, 3], "mean radius"] *= -1
    (found,) = [each for each in suspicions(numbers, dirty) if each.kind == "out_of_range"]
    assert found.repair is not None
    assert found.repair.tolist() == cancer()["mean radius"][[1, 2, 3]].tolist()


def test_many_negative_amounts_may_be_refunds() -> None:
    amounts = np.random.default_rng(0).normal(80, 9, 500)
    amounts[:40] *= -1
    frame = pd.DataFrame({"booked": amounts})
    assert not sure(numbers, frame).any()
    assert any("refunds" in each.reason for each in suspicions(numbers, frame))


@pytest.mark.parametrize(("name", "bad"), [("age", -3.0), ("age", 212.0), ("rebate_percent", 140.0), ("lat", 122.0), ("probability", 1.7)])  # fmt: skip
def test_a_name_says_what_can_t_be(name: str, bad: float) -> None:
    low, high = {"age": (18, 80), "rebate_percent": (0, 100), "lat": (-60, 60), "probability": (0, 1)}[name]
    values = np.random.default_rng(0).uniform(low, high, 300)
    values[7] = bad
    frame = pd.DataFrame({name: values})
    assert np.flatnonzero(sure(numbers, frame, "out_of_range")).tolist() == [7]


def test_a_name_doesn_t_outweigh_the_data() -> None:
    weights = np.random.default_rng(0).normal(0, 1, 300)
    assert not sure(numbers, pd.DataFrame({"weight": weights})).any()  # of a regression, say


def test_infinite_cells_are_out_of_range() -> None:
    ratio = np.random.default_rng(0).normal(size=100)
    ratio[4] = np.inf
    assert np.flatnonzero(sure(numbers, pd.DataFrame({"ratio": ratio}), "out_of_range")).tolist() == [4]


def test_a_zero_that_another_column_explains_is_no_gap() -> None:
    rng = np.random.default_rng(0)
    works = rng.random(800) < 0.9
    hours = np.where(works, rng.normal(40, 4, 800).round(), 0.0)
    explained = pd.DataFrame({"hours": hours, "works": np.where(works, "yes", "no")})
    assert not sure(numbers, explained).any()
    assert sure(numbers, explained[["hours"]]).any()


def test_reasons_quote_no_number_of_fewer_than_five_rows() -> None:
    values = np.random.default_rng(0).integers(20, 60, 400).astype(float)
    values[:3] = 77_777.0
    reasons = [each.reason for each in suspicions(numbers, pd.DataFrame({"a": values}))]
    assert reasons
    assert not any("77,777" in reason or "77777" in reason for reason in reasons)


def test_suspicions_of_many_equal_cells_stand() -> None:
    days = np.where(np.random.default_rng(0).random(900) < 0.9, 999.0, np.random.default_rng(1).integers(0, 28, 900))
    (found,) = [each for each in suspicions(numbers, pd.DataFrame({"days": days})) if each.confidence[0] >= CERTAIN]
    assert found.systematic
    assert len(found.rows) == (days == 999).sum()
