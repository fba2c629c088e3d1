"""Tables that nobody would wish for are audited with a clear answer."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality.audits.check_pipeline import PipelineCheckResult, check_pipeline
from mlops_widgets.errors import TableError
from tests.awkward import HOSTILE_NAMES
from tests.data_quality.audits.weeks import audited

ROWS = 60
TABLES: dict[str, pd.DataFrame] = {
    "no rows": pd.DataFrame({"a": np.array([], dtype=np.float64), "b": np.array([], dtype=object)}),
    "one row": pd.DataFrame({"a": [1.0], "b": ["x"]}),
    "all null": pd.DataFrame({"a": [None] * ROWS, "b": [np.nan] * ROWS}),
    "infinities": pd.DataFrame({"a": [np.inf, -np.inf, 1.0, np.nan] * 15}),
    "huge integers": pd.DataFrame({"a": [10**30, -(10**25), 3] * 20}, dtype=object),
    "lists": pd.DataFrame({"a": [[1, 2], {"b": 1}, None] * 20}),
    "a long cell": pd.DataFrame({"a": ["x" * 1_000_000, *["y"] * (ROWS - 1)]}),
    "half letters": pd.DataFrame({"a": ["\ud800", "ok", "\x00"] * 20}, dtype=object),
    "zones": pd.DataFrame({"a": [pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-01-01", tz="Asia/Tokyo")] * 30}, dtype=object),
    "hostile names": pd.DataFrame({str(name): np.arange(ROWS) % 7 for name in HOSTILE_NAMES}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_audited_and_drawn(name: str) -> None:
    table = TABLES[name]
    other = table.iloc[: len(table) // 2].reset_index(drop=True)
    result = audited({"first": table, "second": other}, learn="baseline" if len(table) else "nothing")
    assert result.findings[0].code == "DQ-AB-01"
    assert card_of(result).headline
    assert result.to_dict() == type(result).from_dict(result.to_dict()).to_dict()


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_goes_through_a_pipeline_check(name: str) -> None:
    table: Any = TABLES[name]
    found = check_pipeline({"first": table, "second": lambda frame: frame}, keys=list(table.columns[:1]))
    assert isinstance(found, PipelineCheckResult)
    assert [step.keys_lost for step in found.steps] == [0, 0]
    assert [step.rows for step in found.steps] == [len(table)] * 2


@pytest.mark.parametrize(
    "batches", [[pd.DataFrame(index=range(3))], [pd.DataFrame()], [pd.DataFrame([[1, 2]], columns=["a", "a"])]]
)
def test_a_table_without_columns_or_with_a_name_twice_is_refused(batches: list[pd.DataFrame]) -> None:
    with pytest.raises(TableError):
        audited(batches)


def test_a_batch_that_came_empty_fails(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("a,b\n")
    whole = pd.DataFrame({"a": range(60), "b": ["x", "y"] * 30})
    for empty in (whole[:0], path):
        result = audited([whole, empty, whole[:59]])
        assert [
            each.evidence["check"] for each in result.findings if each.status == "failed" and each.code == "DQ-AB-03"
        ] == ["rows"]


def test_other_columns_than_the_baseline_are_told_and_not_compared() -> None:
    result = audited([pd.DataFrame({"a": range(60)}), pd.DataFrame({"b": range(60)})])
    frame = result.frame().set_index("check")
    assert frame.loc["columns", "status"] == "failed"
    assert frame.loc["columns", "value"] == 2


def test_of_very_many_columns_the_first_are_compared_and_a_lost_one_is_told_whichever_it_is() -> None:
    wide = pd.DataFrame(np.arange(310)[None, :] % 7).rename(columns=str)
    result = audited([wide, wide.drop(columns="305")])
    assert next(each for each in result.findings if each.code == "DQ-AB-09").evidence["beyond"] == 10
    assert result.frame().set_index("check").loc["columns", "value"] == 1
    assert "305" not in result.columns
