"""Equal rows with different labels."""

import numpy as np
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.data_quality.detection.detectors import conflicting_labels
from mlops_widgets.data_quality.detection.suspicions import ColumnNote

from .said import said, sure


def cases(copies: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(500, 3)), columns=list("abc")).assign(y=rng.integers(0, 2, 500))
    again = [frame.iloc[:7]] * copies
    return pd.concat([frame, *again, frame.iloc[:7].assign(y=lambda f: 1 - f["y"])], ignore_index=True)


def test_two_entries_that_contradict_each_other_are_even() -> None:
    found = np.flatnonzero(sure(conflicting_labels, cases(0), target="y")[:, 3])
    assert found.tolist() == [*range(7), *range(500, 507)]


def test_of_three_entries_the_odd_one_is_suspected() -> None:
    found = np.flatnonzero(sure(conflicting_labels, cases(1), target="y")[:, 3])
    assert found.tolist() == list(range(507, 514))


def test_coarse_columns_only_bound_what_a_model_can_reach() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 2, 1000), "b": rng.integers(0, 2, 1000), "y": rng.random(1000) < 0.25})
    (note,) = said(conflicting_labels, frame, target="y")
    assert isinstance(note, ColumnNote)
    majorities = frame.groupby(["a", "b"])["y"].agg(lambda y: max(y.sum(), len(y) - y.sum())).sum() / 1000
    assert f"more than {majorities:.0%}".replace("%", "\u202f%") in note.reason
    assert note.confidence < 0.5


def test_real_ties_of_the_census_are_no_errors() -> None:
    frame = mw.sample("census").tables["reference"].pandas()
    assert not sure(conflicting_labels, frame, target="employed").any()


def test_without_a_target_nothing_is_said() -> None:
    assert said(conflicting_labels, cases(0)) == []
