import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mlops_widgets.explainability.documentation.limits import limits_of, outside, share_interval
from mlops_widgets.study.loading import load_study


def test_numbers_lie_outside_below_the_least_and_above_the_largest() -> None:
    assert outside(pd.Series([1, 3]), pd.Series([0, 1, 2, 3, 4])).tolist() == [True, False, False, False, True]


def test_categories_and_truth_values_lie_outside_where_training_has_none() -> None:
    assert outside(pd.Series(["a", None]), pd.Series(["a", "b", None])).tolist() == [False, True, False]
    assert outside(pd.Series([True, True]), pd.Series([True, False])).tolist() == [False, True]


def test_a_gap_lies_outside_where_training_has_none() -> None:
    dates = pd.Series(pd.to_datetime(["2026-01-01", "2026-02-01"]))
    assert outside(dates, pd.Series(pd.to_datetime(["2026-01-15", "NaT", "2025-01-01"]))).tolist() == [
        False,
        True,
        True,
    ]


def test_independent_rows_have_the_exact_interval_of_clopper_and_pearson() -> None:
    marked = np.arange(200) < 10
    value, lower, upper = share_interval(marked, np.arange(200) < 100, np.arange(200), level=0.9)
    # The variance of a share by its sums of deviations is p (1 - p) / (n - 1): one row is what it costs.
    assert value == 0.05
    assert lower == pytest.approx(stats.beta.ppf(0.05, 0.05 * 199, 0.95 * 199 + 1), abs=1e-9)
    assert upper == pytest.approx(stats.beta.ppf(0.95, 0.05 * 199 + 1, 0.95 * 199), abs=1e-9)


def test_rows_of_one_owner_count_once() -> None:
    units = np.repeat(np.arange(20), 10)
    none, alike = np.zeros(200, dtype=bool), units < 10
    assert share_interval(none, alike, units, level=0.95)[2] == pytest.approx(
        1 - 0.025 ** (1 / 19), abs=1e-6
    )  # nineteen of them, of two hundred rows


def test_ends_that_few_rows_hold_are_rounded() -> None:
    rows = pd.DataFrame(
        {"x": [*range(1_234_567, 1_234_567 + 100 * 77_777, 77_777)], "z": [0] * 6 + [1_234] * 88 + [9_999] * 6}
    )
    rows["born"], rows["y"] = pd.date_range("1940-01-02", periods=100, freq="97D"), [0, 1] * 50
    study = load_study(
        predict=lambda f: f["x"].to_numpy(float), task="regression", reference=rows, test=rows, target="y"
    )
    told = {limit.column: limit.trained_on for limit in limits_of(study)}
    assert told == {"x": "1,500,000 to 8,600,000", "z": "0 to 9,999", "born": "1 Jan 1941 to 1 Jan 1965"}


def test_the_training_range_is_one_that_five_rows_reach() -> None:
    rows = pd.DataFrame({"x": [*range(100), 10_000], "y": [0, 1] * 50 + [0]})
    study = load_study(
        predict=lambda f: f["x"].to_numpy(float), task="regression", reference=rows, test=rows, target="y"
    )
    limit = limits_of(study)[0]
    assert limit.trained_on == "4 to 96"
    assert limit.share == 0
