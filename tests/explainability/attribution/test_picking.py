"""A row worth explaining, where nobody has named one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.errors import UnknownNameError
from mlops_widgets.explainability.attribution.picking import pick_row


def _study(**given: Any) -> mw.Study:
    frame = pd.DataFrame({"a": np.arange(100.0), "y": np.arange(100) % 2})
    return mw.load_study(test=frame, target="y", **given)


def test_it_stands_in_the_middle_of_those_that_the_model_decides_for() -> None:
    study = _study(predict_proba=lambda frame: np.asarray(frame["a"]) / 100)
    assert pick_row(study) == 74  # of rows 50 to 99, decided at one half


def test_where_the_model_decides_for_none_it_stands_high() -> None:
    assert pick_row(_study(predict_proba=lambda frame: np.asarray(frame["a"]) / 1000)) == 89


def test_of_a_predicted_number_it_stands_high() -> None:
    frame = pd.DataFrame({"a": np.arange(101.0), "y": np.arange(101.0) / 3})
    study = mw.load_study(predict=lambda frame: np.asarray(frame["a"]), test=frame, target="y", task="regression")
    assert pick_row(study) == 90


def test_a_model_that_raises_leaves_the_first_row() -> None:
    def refuses(frame: pd.DataFrame) -> np.ndarray:
        if len(frame) > 20:
            raise RuntimeError
        return np.full(len(frame), 0.3)

    assert pick_row(_study(predict_proba=refuses)) == 0


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="Tables: test"):
        pick_row(_study(predict_proba=lambda frame: np.asarray(frame["a"]) / 100), table="tset")
