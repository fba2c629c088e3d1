"""Repairs: what is known is put in its place, in the column's own type, and nothing else moves."""

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.pricing.repairs import Repairs, makes_missing, twins_of, usual_cells
from mlops_widgets.study.tables import Table


def _repairs(
    columns: list[str], values: list[object], rows: list[int] | None = None, dropped: tuple[int, ...] = ()
) -> Repairs:
    at = np.arange(len(columns)) if rows is None else np.array(rows, dtype=np.int64)
    return Repairs(
        kind="unit", rows=at, columns=tuple(columns), values=tuple(values), dropped=np.array(dropped, dtype=np.int64)
    )


def _table(**columns: object) -> Table:
    return Table(pd.DataFrame(columns), name="reference")


def test_numbers_stay_numbers_and_texts_that_hid_them_become_numbers() -> None:
    table = _table(a=[1, 2, 3], b=pd.Series(["~1.5", 2.5, 3.5], dtype=object))
    done = _repairs(["a", "b"], [np.nan, 1.5], [1, 0]).applied(table, target="y")
    assert done["a"].isna().tolist() == [False, True, False]
    assert done["a"].dtype == np.float64
    assert done["b"].tolist() == [1.5, 2.5, 3.5]
    assert done["b"].dtype == np.float64
    assert table["a"].tolist() == [1, 2, 3]


def test_categories_get_what_they_lack() -> None:
    table = _table(a=pd.Categorical(["x", "xx", "x"]))
    assert _repairs(["a"], ["z"], [1]).applied(table, target="y")["a"].tolist() == ["x", "z", "x"]


def test_gaps_are_filled_where_told_and_rows_left_out_only_where_a_model_learns() -> None:
    table = _table(a=[1.0, 2.0, 9.0, 4.0])
    repairs = _repairs(["a"], [np.nan], [2], dropped=(0,))
    assert makes_missing(repairs)
    fill = usual_cells(_table(a=[1.0, 2.0, 9.0]), ["a"])
    assert fill == {"a": 2.0}
    assert repairs.applied(table, target="y", fill=fill)["a"].tolist() == [2.0, 2.0, 4.0]
    assert repairs.applied(table, target="y", fill=fill, learning=False)["a"].tolist() == [1.0, 2.0, 2.0, 4.0]


def test_labels_are_repaired_only_where_a_model_learns() -> None:
    table, repairs = _table(y=[0, 1]), _repairs(["y"], [1], [0])
    assert repairs.applied(table, target="y")["y"].tolist() == [1, 1]
    assert repairs.applied(table, target="y", learning=False)["y"].tolist() == [0, 1]


def test_repairs_follow_the_rows_that_are_taken() -> None:
    taken = _repairs(["a", "a"], [7.0, 8.0], [1, 3], dropped=(0, 3)).taken(np.array([3, 2]))
    assert taken.rows.tolist() == [0]
    assert taken.values == (8.0,)
    assert taken.dropped.tolist() == [0]


@pytest.mark.parametrize("cells", [["x", "y", "x"], [None, None, None]])
def test_the_usual_text_is_the_most_frequent_or_none(cells: list[object]) -> None:
    assert usual_cells(_table(a=pd.Series(cells, dtype=object)), ["a"]) == ({"a": "x"} if cells[0] else {})


def test_the_twin_of_a_copy_is_the_row_it_was_made_from() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50), "c": rng.choice(["x", "y"], 50)})
    copies = frame.iloc[[3, 17]].assign(a=lambda f: f["a"] * 1.002)
    table = Table(pd.concat([frame, copies]), name="reference")
    assert twins_of(table, ["a", "b", "c"], np.array([50, 51])).tolist() == [3, 17]
