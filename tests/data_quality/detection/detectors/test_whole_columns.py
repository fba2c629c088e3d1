"""Columns that say nothing, name rows, or know the outcome."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

import mlops_widgets as mw
from mlops_widgets.data_quality.detection.detectors import whole_columns

from .said import notes, said


@cache
def cancer() -> pd.DataFrame:
    frame: pd.DataFrame = load_breast_cancer(as_frame=True).frame.iloc[:, -8:]
    return frame


def test_clean_columns_get_no_note() -> None:
    assert notes(whole_columns, cancer(), target="target") == {}
    for name in ("loans", "flights"):
        assert notes(whole_columns, mw.sample(name)) == {}


def test_each_kind_is_noted() -> None:
    rng, y = np.random.default_rng(0), cancer()["target"]
    spoilt = cancer().assign(
        nothing=7, gone=None, code=[f"{each:07d}" for each in rng.permutation(10**6)[: len(y)]], row_id=np.arange(len(y)),
        told=y + rng.normal(0, 0.05, len(y)), half_told=y + rng.normal(0, 0.5, len(y)),
    )  # fmt: skip
    found = notes(whole_columns, spoilt, target="target")
    assert found == {"constant": ["nothing", "gone"], "id_like": ["code", "row_id"], "leak": ["told"]}


def test_unique_measurements_and_sentences_are_no_ids() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.normal(size=200), "n": rng.permutation(10_000)[:200], "note": [f"said {k} words" for k in range(200)]}
    )
    assert notes(whole_columns, frame) == {}


def test_an_id_that_is_known_as_one_isn_t_noted() -> None:
    frame = pd.DataFrame({"row_id": np.arange(200)})
    assert len(said(whole_columns, frame)) == 1
    assert said(whole_columns, frame, ids=("row_id",)) == []


def test_what_a_leak_explains_is_its_squared_correlation() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=4000)
    frame = pd.DataFrame({"y": y, "told": y + rng.normal(0, 0.15, 4000)})
    (note,) = said(whole_columns, frame, target="y")
    # 32 bins lose what lies within them: a hundredth of the .978 that the correlation gives
    assert " .96" in note.reason or " .97" in note.reason


def test_a_column_of_several_classes_may_leak_too() -> None:
    y = np.random.default_rng(0).integers(0, 4, 400)
    assert notes(whole_columns, pd.DataFrame({"y": y, "z": [f"class {each}" for each in y]}), target="y") == {
        "leak": ["z"]
    }
