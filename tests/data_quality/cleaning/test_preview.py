"""What a preview counts, and that it quotes no cell that fewer than five rows hold."""

import json

import pandas as pd

from mlops_widgets.data_quality.cleaning.distributions import distributions
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.rows import changed_cells
from mlops_widgets.data_quality.cleaning.steps import Step


def test_cells_and_rows_that_each_step_touches_are_counted_after_those_before_it() -> None:
    frame = pd.DataFrame({"a": ["?", "x", "X", "y"] * 5, "b": ["?", "?", "z", "z"] * 5})
    every = CleaningRecipe((
        Step(kind="void_texts", columns=("a", "b"), parameters={"texts": ["?"]}),
        Step(kind="unify_spelling", columns=("a",), parameters={"spellings": ["x"]}, on=False),
        Step(kind="drop_duplicates", columns=("a", "b")),
    )).preview(frame)  # fmt: skip
    assert [(step.cells, step.rows) for step in every.steps] == [(15, 10), (5, 5), (0, 16)]
    assert (every.rows, every.rows_left, every.cells_changed) == (20, 4, 3)
    assert every.suspected is None
    assert every.frame()["on"].tolist() == [True, False, True]


def test_the_same_said_otherwise_is_no_change() -> None:
    before = pd.Series(["12", " x", None, "  ", "007", True], dtype=object)
    after = pd.Series([12.0, "x", float("nan"), None, "7.0", "True"], dtype=object)
    assert not changed_cells(before, after).any()
    assert changed_cells(pd.Series(["12 oz", "x", "y"]), pd.Series([12.0, None, "Y"], dtype=object)).all()


def test_nothing_that_few_rows_hold_is_quoted() -> None:
    rare, common = "Ann Lee of 3 Elm St", "unknown"
    frame = pd.DataFrame(
        {"name": [rare, common, common, common, common, common, "Bo Ek"] + ["x"] * 20, "age": [7, *range(26)]}
    )
    every = CleaningRecipe((
        Step(kind="void_texts", columns=("name",), parameters={"texts": [rare, common]}),
        Step(kind="map_texts", columns=("name",), parameters={"pairs": [["Bo Ek", "Bo Eck"]]}),
        Step(kind="void_numbers", columns=("age",), parameters={"values": [25]}),
    )).preview(frame)  # fmt: skip
    written = json.dumps(every.to_dict())
    assert common in written
    assert not any(text in written for text in (rare, "Bo Ek", "Bo Eck", "25"))
    assert every.steps[0].words.endswith("('unknown' and 1 more)")


def test_shares_of_bins_add_up_and_tiny_columns_have_none() -> None:
    numbers = distributions(pd.Series([*range(100), -999] * 2), pd.Series([*map(float, range(100)), None] * 2))
    assert sum(numbers["before"]) == 1
    assert sum(numbers["after"]) == 1
    assert numbers["bins"][0] == "missing"
    tiny = distributions(pd.Series([1, 2]), pd.Series([1.0, None]))
    assert tiny == {"bins": ("missing", "known"), "before": (0.0, 1.0), "after": (0.5, 0.5)}
    dates = distributions(pd.Series(["a", "b"]), pd.to_datetime(pd.Series(["2024-01-01", None])))
    assert dates["bins"] == ("missing", "no date", "known")


def test_a_step_whose_column_was_left_out_before_does_nothing() -> None:
    frame = pd.DataFrame({"a": [1, -999], "b": [1, 2]})
    gone, void = (
        Step(kind="drop_columns", columns=("a",)), Step(kind="void_numbers", columns=("a",), parameters={"values": [-999]}),
    )  # fmt: skip
    assert CleaningRecipe((gone, void)).preview(frame).steps[1].cells == 0
