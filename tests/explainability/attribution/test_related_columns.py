"""Which columns go together, whatever they are stored as."""

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.explainability.attribution.related_columns import as_measured, columns_together

HOURS = np.arange(300.0)


def _together(**columns: object) -> list[list[str]]:
    rows = pd.DataFrame({"hours": HOURS, "side": HOURS * 7 % 13, **columns})
    return [[str(rows.columns[k]) for k in group] for group in columns_together(rows)[0]]


@pytest.mark.parametrize(
    "same",
    [
        pd.Timestamp("2026-01-01") + pd.to_timedelta(HOURS, "D"),
        (pd.Timestamp("2026-01-01", tz="Europe/Berlin") + pd.to_timedelta(HOURS, "D")).strftime("%Y-%m-%d"),
        [f"{hour:.1f}" for hour in HOURS],
        pd.cut(HOURS, 12, labels=list("abcdefghijkl")),
    ],
    ids=["dates", "dates as text", "numbers as text", "categories"],
)
def test_a_column_goes_with_itself_however_it_is_stored(same: object) -> None:
    assert _together(same=same) == [["hours", "same"], ["side"]]


def test_names_that_are_all_different_go_with_nothing() -> None:
    assert _together(name=[f"person {k}" for k in range(len(HOURS))]) == [["hours"], ["side"], ["name"]]


def test_missing_cells_belong_to_no_category() -> None:
    assert as_measured(pd.Series(["a", None, "b", "a"])).tolist() == [0, -1, 1, 0]
