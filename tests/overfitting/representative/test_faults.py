from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.overfitting.representative.faults import BY_NAME, FAULTS, spoil
from mlops_widgets.overfitting.representative.faulty_columns import CHANGES, NEW_LEVEL, kind_of, spoiled

ALL = np.ones(4, dtype=np.bool_)
HALF = np.array([True, False, True, False])
NUMBERS = pd.Series([1, 2, 3, 4], name="n")
WORDS = pd.Series(["red", "Blue", None, "red"], name="w")
DATES = pd.Series(pd.to_datetime(["2024-03-01", "2024-03-02", "NaT", "2024-12-31"]), name="d")


def after(fault: str, column: "pd.Series[Any]", hit: "np.typing.NDArray[np.bool_]" = ALL) -> list[object]:
    changed = spoiled(fault, column, hit, seed=0)
    assert changed is not None
    return changed.astype(object).where(changed.notna(), None).tolist()


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (NUMBERS, "number"), (pd.Series([1.5, None]), "number"), (pd.Series([True, False]), "flag"), (WORDS, "word"),
        (WORDS.astype("category"), "word"), (DATES, "date"), (pd.Series(["2024-03-01", None]), "date"),
        (pd.Series(["2024", "1999"]), "word"), (pd.Series([None, None]), "other"), (pd.Series([[1], [2]]), "other"),
    ],
)  # fmt: skip
def test_a_column_is_what_its_cells_are(column: "pd.Series[Any]", kind: str) -> None:
    assert kind_of(column) == kind


@pytest.mark.parametrize(
    ("fault", "column", "expected"),
    [
        ("nulls", NUMBERS, [None] * 4),
        ("nulls", WORDS, [None] * 4),
        ("sentinel_low", NUMBERS, [-999] * 4),
        ("sentinel_high", NUMBERS, [9999] * 4),
        ("times_1000", NUMBERS, [1000, 2000, 3000, 4000]),
        ("divided_100", NUMBERS, [0.01, 0.02, 0.03, 0.04]),
        ("number_as_text", NUMBERS, ["1", "2", "3", "4"]),
        ("text_as_number", WORDS, [0, 1, None, 0]),
        ("unseen_level", WORDS, [NEW_LEVEL] * 4),
        ("case", WORDS, ["RED", "BLUE", None, "RED"]),
        ("whitespace", WORDS, ["red ", "Blue ", None, "red "]),
        ("date_format", DATES, ["01/03/2024", "02/03/2024", None, "31/12/2024"]),
        ("stale", NUMBERS, [1] * 4),
    ],
)
def test_a_fault_does_what_it_is_called(fault: str, column: "pd.Series[Any]", expected: list[object]) -> None:
    assert after(fault, column) == expected


def test_an_outlier_lies_ten_standard_deviations_out() -> None:
    column = pd.Series([0.0, 100.0] * 50)
    assert set(after("outlier", column, np.ones(100, dtype=np.bool_))) == {550.0}


def test_noise_has_a_tenth_of_the_columns_standard_deviation() -> None:
    column = pd.Series(np.random.default_rng(0).normal(0, 20, 5000))
    noisy = spoiled("jitter", column, np.ones(5000, dtype=np.bool_), seed=1)
    assert noisy is not None
    assert float((noisy - column).std()) == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("fault", list(CHANGES))
def test_rows_that_a_fault_spares_keep_their_cells(fault: str) -> None:
    column = {"number": NUMBERS, "word": WORDS, "date": DATES}[
        next(kind for kind in ("number", "word", "date") if kind in CHANGES[fault][0])
    ]
    changed = spoiled(fault, column, HALF, seed=0)
    if changed is not None:
        kept = changed[~HALF].astype(object)
        assert kept.tolist()[:1] == column[~HALF].astype(object).tolist()[:1]


def test_small_integers_grow_as_large_as_the_fault_needs() -> None:
    changed = spoiled("sentinel_high", pd.Series([1, 2], dtype=np.int8), ALL[:2], seed=0)
    assert changed is not None
    assert changed.tolist() == [9999, 9999]


def test_categories_keep_their_type_and_gain_the_level() -> None:
    changed = spoiled("unseen_level", WORDS.astype("category"), ALL, seed=0)
    assert changed is not None
    assert isinstance(changed.dtype, pd.CategoricalDtype)
    assert set(changed) == {NEW_LEVEL}


def test_a_fault_that_changes_nothing_is_none() -> None:
    assert spoiled("stale", pd.Series([5, 5]), ALL[:2], seed=0) is None
    assert spoiled("case", NUMBERS, ALL, seed=0) is None


def test_the_inputs_stay_as_they_are_whatever_the_fault() -> None:
    frame = pd.DataFrame({"n": NUMBERS, "m": NUMBERS * 2.5, "w": WORDS, "d": DATES})
    before = frame.copy(deep=True)
    for fault in (each for each in FAULTS if each.scope != "batch"):
        for each in spoil(fault, frame, [0, 1, 2, 3], ALL, seed=0):
            assert not each.inputs.equals(before)
    assert frame.equals(before)


def test_swapped_columns_hold_each_others_cells() -> None:
    frame = pd.DataFrame({"a": [1, 2], "w": ["x", "y"], "b": [3, 4]})
    (found,) = spoil(BY_NAME["swapped"], frame, [0, 1, 2], ALL[:2], seed=0)
    assert found.inputs.to_dict("list") == {"a": [3, 4], "w": ["x", "y"], "b": [1, 2]}


def test_columns_whose_names_recur_are_spoiled_one_at_a_time() -> None:
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    found = list(spoil(BY_NAME["sentinel_low"], frame, [0, 1], ALL[:2], seed=0))
    assert [each.inputs.to_numpy().tolist() for each in found] == [[[-999, 2], [-999, 4]], [[1, -999], [3, -999]]]
