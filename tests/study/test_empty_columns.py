import numpy as np
import pandas as pd
import pytest

from mlops_widgets.study.empty_columns import empty_columns
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.tables import Table
from tests.awkward import plain


def _table(name: str, share: float) -> Table:
    a = np.where(np.arange(100) < 100 * share, np.nan, 1.0)
    return Table(pd.DataFrame({"a": a, "b": 1.0}), name=name)


@pytest.mark.parametrize(
    ("here", "there", "said"), [(1.0, 0.0, True), (0.96, 0.4, True), (0.9, 0.0, False), (1.0, 0.9, False)]
)
def test_a_feature_empty_in_one_table_and_known_in_another_is_noted(here: float, there: float, said: bool) -> None:
    notes = empty_columns([_table("reference", there), _table("test", here)], ("a", "b"))
    assert bool(notes) == said


def test_the_note_names_table_column_and_shares() -> None:
    (note,) = empty_columns([_table("reference", 0.0), _table("test", 1.0), _table("production", 0.1)], ("a", "b"))
    assert note.startswith("test: 'a' is missing in 100 of 100 rows, in reference in 0 of 100.")


def test_loading_notes_it_and_takes_other_columns_for_what_they_are() -> None:
    tables = plain(400).arguments
    empty = tables["test"].assign(a=None, unused=np.nan)
    study = load_study(
        **{
            **tables,
            "model": None,
            "predict": lambda x: x["b"].gt(0).astype(int),
            "test": empty,
            "features": ["a", "b"],
        }
    )
    assert [note for note in study.notes if "missing in 100 of 100 rows" in note]
