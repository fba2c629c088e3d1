import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from tests.awkward import study_of
from tests.data_quality.detection.tables import flagged, found, shops


def dirty() -> pd.DataFrame:
    table = shops().copy()
    table["amount"] = table["amount"].astype(str)
    table.loc[[1, 2, 3], "amount"] = "n/a"
    table.loc[[10, 100], "city"] = ["Madison", "Jane Roe"]
    return table


def test_frame_scores_and_cells_tell_the_same() -> None:
    result = found(dirty())
    frame = result.frame()
    assert frame["confidence"].is_monotonic_decreasing
    assert result.cells.shape == result.scores.shape == dirty().shape
    sure = frame[frame["confidence"] >= 0.5]
    assert result.cells.to_numpy().sum() == len(sure) == 5
    assert [dirty()[column].iloc[row] for row, column in zip(sure["row"], sure["column"], strict=True)] == sure[
        "value"
    ].tolist()


def test_the_headline_counts_cells_and_says_the_verdict_by_the_margin() -> None:
    result = found(dirty())
    assert result.findings[0].evidence["cells"] == 5
    assert result.status == "warning"
    assert found(dirty(), margin=0.001).status == "failed"
    assert found(shops()).status == "passed"
    assert {finding.code for finding in result.findings[1:]} == {"DQ-FE-03", "DQ-FE-10"}


def test_files_and_cards_quote_no_cell_that_few_rows_hold() -> None:
    result = found(dirty())
    card = card_of(result)
    said = json.dumps([result.to_dict(), card.headline, card.table.rows, [str(each) for each in card.findings]])
    assert "Jane Roe" not in said
    again = ErrorsResult.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again.values == ()
    assert again.frame()["value"].isna().all()
    assert again.cells.equals(result.cells)


def test_only_the_kinds_that_are_asked_for_are_looked_for() -> None:
    assert set(found(dirty(), kinds=["disguised_missing"]).kinds) == {"disguised_missing"}
    assert set(found(dirty(), kinds="dependency").frame()["kind"]) == {"dependency"}


def test_wrong_options_are_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match=r"'typos' in kinds=.*Did you mean 'typo'"):
        find_errors(shops(), kinds=["typos"])
    with pytest.raises(InputError, match="kinds= is empty"):
        find_errors(shops(), kinds=[])
    with pytest.raises(InputError, match=r"margin=0\. Pass the share"):
        find_errors(shops(), margin=0)
    with pytest.raises(UnknownNameError, match="Tables of this study"):
        find_errors(study_of("plain"), table="refrence")


def test_it_stops_when_asked_and_says_how_far_it_is() -> None:
    with pytest.raises(CancelledError):
        find_errors(shops(), cancel=lambda: True)
    shares: list[float] = []
    find_errors(shops(), progress=lambda share, text: shares.append(share))
    assert shares[-1] == 1.0


def test_a_study_is_looked_at_in_the_table_that_is_named() -> None:
    study = study_of("plain")
    assert found(study).table == "reference"
    assert found(study, table="test").table_rows == study.tables["test"].rows


def hostile() -> dict[str, pd.DataFrame]:
    half = "\ud800half"
    mixed = [1, "1", 1.0, True, None, b"x", (1, 2), 10**400, float("inf"), pd.Timestamp("2024-01-01", tz="UTC")]
    return {
        "one row": pd.DataFrame({"a": ["x"], "b": [1]}),
        "all missing": pd.DataFrame({"a": [None] * 40, "b": [np.nan] * 40, "c": [""] * 40}),
        "lists": pd.DataFrame({"a": [[1, 2], {"k": 1}, None, "x"] * 20, "b": range(80)}),
        "mixed": pd.DataFrame({"a": pd.Series(mixed * 8, dtype=object), "b": range(80)}),
        "huge": pd.DataFrame({"a": [10**5000, 2**70, -1, 0] * 20, "b": [np.inf, -np.inf, np.nan, 1e308] * 20}),
        "long cell": pd.DataFrame({"a": ["y" * 10_000_000, *(f"12.{at}" for at in range(79))], "b": range(80)}),
        "halves": pd.DataFrame({"a": pd.Series([half, "x", "?", "x\x00y"] * 20, dtype=object), "b": range(80)}),
        "empty name": pd.DataFrame({"": ["n/a", "1", "2", "3"] * 20, "None": range(80)}),
        "zones": pd.DataFrame({"a": pd.date_range("2024-01-01", periods=80, tz="Asia/Tokyo"), "b": pd.Categorical(["p", "q"] * 40)}),
        "complex": pd.DataFrame({"a": np.arange(80) * 1j, "b": pd.period_range("2024", periods=80, freq="D")}),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_hostile_tables_get_an_answer_that_can_be_saved(name: str) -> None:
    table = hostile()[name]
    result = found(table)
    assert result.cells.shape == table.shape
    assert json.dumps(result.to_dict(), allow_nan=False)
    assert card_of(result).headline


def test_the_same_table_gives_the_same_answer_in_another_order_of_rows() -> None:
    table = dirty()
    order = np.random.default_rng(0).permutation(len(table))
    one, other = found(table).cells.to_numpy(), found(table.iloc[order]).cells.to_numpy()
    assert (one[order] == other).all()


def test_text_types_of_pandas_make_no_difference() -> None:
    answers: list[Any] = [
        found(dirty().astype({"city": kind, "amount": kind})).cells for kind in ("object", "str", "category")
    ]
    assert answers[0].equals(answers[1])
    assert answers[0].equals(answers[2])


def test_the_table_is_left_as_it_is() -> None:
    table, before = dirty(), dirty()
    found(table)
    pd.testing.assert_frame_equal(table, before)


def test_clean_rows_raise_nothing() -> None:
    assert flagged(found(shops()), "city") == []
    assert not found(shops()).cells.to_numpy().any()
