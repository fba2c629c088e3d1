"""Columns that differ between what a model learned from and what it serves."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.detection.detectors import skew
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import study_of

from .said import notes, said


def study(production: dict[str, Any] | None = None, **arguments: Any) -> Study:
    rng = np.random.default_rng(0)

    def rows(count: int) -> pd.DataFrame:
        return pd.DataFrame({
            "size": rng.normal(size=count), "colour": rng.choice(["red", "blue"], count), "price": rng.lognormal(size=count),
            "y": rng.integers(0, 2, count),
        })  # fmt: skip

    reference, served = rows(800), rows(600).assign(**(production or {}))
    return load_study(predict=lambda frame: np.zeros(len(frame), dtype=int), target="y", features=["size", "colour", "price"],
                      reference=reference, production=served, **arguments)  # fmt: skip


@cache
def drawn() -> np.random.Generator:
    return np.random.default_rng(9)


def test_alike_tables_get_no_note() -> None:
    assert notes(skew, study()) == {}


def test_a_shift_is_noted_and_others_are_not() -> None:
    shifted = study({"size": drawn().normal(0.8, 1, 600)})
    assert notes(skew, shifted) == {"skew": ["size"]}


def test_gaps_count_as_lying_elsewhere() -> None:
    gone = np.where(np.arange(600) % 3 == 0, np.nan, drawn().normal(size=600))
    (note,) = said(skew, study({"size": gone}))
    assert "missing: 0" in note.reason
    assert "33" in note.reason


def test_a_new_category_is_noted_though_few_rows_have_it() -> None:
    colour = np.where(np.arange(600) < 20, "green", drawn().choice(["red", "blue"], 600))
    (note,) = said(skew, study({"colour": colour}))
    assert "the reference never has" in note.reason


def test_a_change_of_type_is_noted() -> None:
    assert notes(skew, study({"price": [f"{each} EUR" for each in range(600)]})) == {"skew": ["price"]}


def test_a_table_alone_has_nothing_to_be_compared_with() -> None:
    assert said(skew, pd.DataFrame({"a": [1.0, 2.0]})) == []
    assert said(skew, study_of("logged_predictions")) == []
