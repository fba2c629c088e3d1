"""Cells put in on their own: each in its place, in a type that the column can have."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.cleaning.repairs import with_cells


def _put(column: "pd.Series[Any]", cell: object) -> "pd.Series[Any]":
    return with_cells(column, np.array([1]), [cell])


@pytest.mark.parametrize(
    ("column", "cell", "found", "kind"),
    [
        (pd.Series([1, 2]), 7, [1.0, 7.0], "float64"),
        (pd.Series([1, 2], dtype="Int64"), np.nan, [1.0, pd.NA], "Float64"),
        (pd.Series([1, 2], dtype="float32"), 0.5, [1.0, 0.5], "float32"),
        (pd.Series(["~1.5", "x"], dtype=object), 2.5, ["~1.5", 2.5], "object"),
        (pd.Series([1.5, "~2.5"], dtype=object), 2.5, [1.5, 2.5], "float64"),
        (pd.Series(["a", "b"], dtype="string"), 3, ["a", "3"], "string"),
        (pd.Series(["a", "b"], dtype="string"), "  ", ["a", pd.NA], "string"),
        (pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])), pd.NaT, [pd.Timestamp("2024-01-01"), pd.NaT], None),
    ],
)
def test_a_cell_is_put_in_in_a_type_that_fits(
    column: "pd.Series[Any]", cell: object, found: list[Any], kind: str | None
) -> None:
    done = _put(column, cell)
    assert [None if pd.isna(each) else each for each in done] == [None if pd.isna(each) else each for each in found]
    assert done.dtype == (column.dtype if kind is None else kind)
    assert not column.equals(done)


def test_categories_get_what_is_new_to_them_and_keep_their_order() -> None:
    column = pd.Series(pd.Categorical(["x", "y"], categories=["y", "x"], ordered=True))
    done = _put(column, "new")
    assert done.tolist() == ["x", "new"]
    assert (done.cat.categories.tolist(), done.cat.ordered) == (["y", "x", "new"], True)


def test_the_index_and_the_name_stay() -> None:
    done = _put(pd.Series([1, 2], index=["p", "q"], name="a"), None)
    assert (done.index.tolist(), done.name, done.isna().tolist()) == (["p", "q"], "a", [False, True])
