"""Single cells repaired on their own, as pricing wants them."""

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.cleaning.repairs import repair_cells
from tests.data_quality.cleaning.planted import ROWS, errors_of, planted


def test_each_cell_gets_what_belongs_there_and_keeps_its_columns_type() -> None:
    dirty, errors = planted().dirty, planted().errors
    found = repair_cells(dirty, errors)
    assert found["county"].iloc[:ROWS].tolist() == planted().clean["county"].tolist()
    assert found["age"].isna().sum() == 20
    assert found["end"].dtype == dirty["end"].dtype
    assert found["town"].dtype == dirty["town"].dtype
    assert len(found) == len(dirty)


def test_only_the_kinds_that_are_asked_for_are_repaired() -> None:
    found = repair_cells(planted().dirty, planted().errors, kinds=["unit"])
    changed = [name for name in found if not found[name].equals(planted().dirty[name])]
    assert changed == ["income"]


def test_categories_and_objects_take_what_is_new_to_them() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": pd.Series([1, "z"], dtype=object), "c": [1, 2]})
    said = [(0, "a", "typo", 0.9, "new"), (1, "b", "typo", 0.9, np.nan), (0, "c", "out_of_range", 0.4, 9)]
    found = repair_cells(frame, errors_of(frame, said))
    assert found["a"].tolist() == ["new", "y"]
    assert found["b"].isna().tolist() == [False, True]
    assert found["c"].tolist() == [1, 2]
