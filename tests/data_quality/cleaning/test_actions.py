"""What each step does, on cells whose right answer is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.cleaning.steps import KINDS, Step


def after(kind: str, frame: pd.DataFrame, *columns: str, **parameters: Any) -> pd.DataFrame:
    return Step(kind=kind, columns=columns, parameters=parameters).act(frame.copy())


def column(kind: str, cells: Any, **parameters: Any) -> list[Any]:
    found = after(kind, pd.DataFrame({"a": cells}), "a", **parameters)["a"]
    return [None if pd.isna(cell) else cell for cell in found]


def test_placeholders_become_missing_whatever_blanks_stand_around_them() -> None:
    assert column("void_texts", ["?", " ? ", "x?", "N/A"], texts=["?", "N/A"]) == [None, None, "x?", None]


def test_sentinels_become_missing_in_whole_numbers_too() -> None:
    assert column("void_numbers", [1, -999, 3], values=[-999]) == [1.0, None, 3.0]


def test_a_column_keeps_its_type_whether_or_not_a_sentinel_came() -> None:
    for kind, parameters in (
        ("void_numbers", {"values": [-999]}), ("void_range", {"lower": 0, "upper": None}),
        ("clip_range", {"lower": 0, "upper": 9}), ("rescale", {"factor": 10, "low": 5, "high": None}),
    ):  # fmt: skip
        types = {after(kind, pd.DataFrame({"a": cells}), "a", **parameters)["a"].dtype for cells in ([1, 2], [1, -999])}
        assert types == {np.dtype("float64")}


def test_values_outside_of_a_range_become_missing_and_its_ends_stay() -> None:
    assert column("void_range", [-1.0, 0.0, 120.0, 121.0], lower=0, upper=120) == [None, 0.0, 120.0, None]


def test_values_outside_of_a_range_are_put_on_its_ends() -> None:
    assert column("clip_range", [-1.0, 5.0, 121.0, None], lower=0, upper=120) == [0.0, 5.0, 120.0, None]


def test_values_between_two_ends_are_multiplied_and_the_ends_are_not() -> None:
    assert column("rescale", [0.0, 1.7, 3.0, 170.0, None], factor=100, low=0, high=3) == [0.0, 170.0, 3.0, 170.0, None]


def test_numbers_are_read_in_units_and_nothing_is_guessed() -> None:
    cells = ["12 oz", "12.5", "$1,200", "1 lb", "twelve", "1,2", 7, None, "1e2", "-3", "1" * 100]
    units = [["", 1], ["oz", 1], ["$", 1], ["lb", 16]]
    read = column("parse_numbers", cells, units=units)
    assert read == [12.0, 12.5, 1200.0, 16.0, None, None, 7.0, None, 100.0, -3.0, None]


def test_dates_are_read_in_the_first_format_that_fits() -> None:
    cells = ["2024-03-01", "01/04/2024", "31/31/2024", None]
    found = after("parse_dates", pd.DataFrame({"a": cells}), "a", formats=["%Y-%m-%d", "%d/%m/%Y"])["a"]
    assert found.dt.strftime("%Y-%m-%d").tolist()[:2] == ["2024-03-01", "2024-04-01"]
    assert found.isna().tolist() == [False, False, True, True]


def test_one_spelling_is_written_for_all_that_differ_in_case_blanks_and_punctuation() -> None:
    cells = ["new york", "NEW-YORK ", "New York", "Newark"]
    assert column("unify_spelling", cells, spellings=["New York"]) == ["New York", "New York", "New York", "Newark"]


def test_misspelt_texts_are_mapped() -> None:
    assert column("map_texts", ["Oslo ", "Olso", "X"], pairs=[["Olso", "Oslo"]]) == ["Oslo ", "Oslo", "X"]


def test_categories_follow_what_becomes_of_them() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["Olso", "?", "Oslo"])})
    mapped = after("void_texts", after("map_texts", frame, "a", pairs=[["Olso", "Oslo"]]), "a", texts=["?"])["a"]
    assert list(mapped.cat.categories) == ["Oslo"]
    assert mapped.isna().tolist() == [False, True, False]


def test_a_date_that_contradicts_another_becomes_missing() -> None:
    frame = pd.DataFrame({"start": pd.to_datetime(["2024-01-02"] * 3), "end": ["2024-01-01", "2024-01-02", None]})
    after_ = after("void_order", frame, "end", not_before="start", not_after=None)
    assert after_["end"].isna().tolist() == [True, False, True]
    other = after("void_order", frame, "start", not_before=None, not_after="end")
    assert other["start"].isna().tolist() == [True, False, False]


def test_dates_outside_of_two_days_become_missing() -> None:
    cells = pd.to_datetime(["1900-01-01", "2024-01-01", "2999-01-01"])
    frame = pd.DataFrame({"a": cells.tz_localize("Asia/Tokyo")})
    found = after("void_dates", frame, "a", earliest="2000-01-01", latest="2025-01-01")["a"]
    assert found.isna().tolist() == [True, False, True]
    assert found.dtype == frame["a"].dtype


def test_the_majority_of_a_group_is_written_and_missing_cells_wait_to_be_asked_for() -> None:
    frame = pd.DataFrame({"zip": [1, 1, 1, 2, None], "town": ["A", "B", None, "C", "D"]})
    majority = [["1", "A"]]
    kept = after("fill_dependency", frame, "town", by=["zip"], least_share=0.5, fills=False, majority=majority)
    filled = after("fill_dependency", frame, "town", by=["zip"], least_share=0.5, fills=True, majority=majority)
    assert kept["town"].fillna("-").tolist() == ["A", "A", "-", "C", "D"]
    assert filled["town"].tolist() == ["A", "A", "A", "C", "D"]


def test_missing_cells_are_filled_column_by_column() -> None:
    frame = pd.DataFrame({"a": [1.0, None], "b": ["x", None]})
    assert after("impute", frame, "a", "b", values=[7, "y"]).iloc[1].tolist() == [7.0, "y"]


def test_repeated_rows_are_dropped_but_the_first_and_missing_cells_are_equal() -> None:
    frame = pd.DataFrame({"a": [1.0, None, 1.0, None], "b": [[1], "x", [1], "x"]}, index=[7, 8, 9, 10])
    assert after("drop_duplicates", frame, "a", "b").index.tolist() == [7, 8]


def test_nearly_repeated_rows_differ_in_case_blanks_and_late_digits() -> None:
    frame = pd.DataFrame({"name": ["Ann Lee", "ann  lee.", "Ann Li"], "x": [1.23456, 1.23459, 1.23456]})
    assert after("drop_near_duplicates", frame, "name", "x", digits=4).index.tolist() == [0, 2]


def test_equal_rows_with_different_labels_are_all_dropped() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2, 2, 3], "y": [0, 1, 1, 1, None]})
    assert after("drop_conflicts", frame, "a", target="y").index.tolist() == [2, 3, 4]


def test_columns_are_left_out() -> None:
    assert list(after("drop_columns", pd.DataFrame({"a": [1], "b": [2]}), "a").columns) == ["b"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_step_is_described(kind: str) -> None:
    assert KINDS[kind].label
    assert KINDS[kind].action.__doc__
