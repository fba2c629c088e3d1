import numpy as np
import pandas as pd

from mlops_widgets.study.tables import as_numbers


def test_whole_numbers_beyond_floats_are_no_numbers() -> None:
    cells = pd.Series([10**400, 1, "2", "x", None, -(10**400)], dtype=object)
    np.testing.assert_array_equal(as_numbers(cells), [np.nan, 1.0, 2.0, np.nan, np.nan, np.nan])
