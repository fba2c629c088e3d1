from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Finding, NoResult, Result
from mlops_widgets.study.loading import load_study
from mlops_widgets.ui.figures import small_print, table_of


@dataclass(frozen=True, kw_only=True)
class Plain(Result):
    """A Result type for which nobody registered a picture."""


FINDINGS = (
    Finding(code="T-1", status="failed", claim="It fell by .10 [.07, .13].", action="Hold a test set back."),
    Finding(code="T-2", status="passed", claim="Labels are complete."),
)


def test_a_result_without_a_picture_shows_verdict_findings_and_table() -> None:
    card = card_of(
        Plain(findings=FINDINGS, rows=12_000, seed=3, method="Bootstrap, 95 % interval.", reference="Efron (1979)")
    )
    assert (card.headline, card.status, card.action) == (
        "It fell by .10 [.07, .13].",
        "failed",
        "Hold a test set back.",
    )
    assert card.findings == FINDINGS[1:]
    assert card.table.columns == ("code", "status", "claim", "action", "cost", "cost_unit")
    assert card.small == "12,000 rows · seed 3 · Bootstrap, 95 % interval"
    assert card.reference == "Efron (1979)"


def test_a_missing_input_is_shown_with_what_to_pass() -> None:
    finding = Finding(
        code="OV-LG-00", status="not_applicable", claim="Can't be measured here.", action="Pass production=."
    )
    card = card_of(NoResult(findings=(finding,), rows=0, strategy="compare_live", missing="production"))
    assert card.empty == "Missing: production. Pass production=."
    assert card.charts == ()


def test_a_failed_run_is_shown_as_one() -> None:
    finding = Finding(code="OV-LG-00", status="failed", claim="The model raised ValueError.")
    card = card_of(NoResult(findings=(finding,), rows=0, strategy="compare_live"))
    assert card.status == "failed"
    assert card.empty == "The run stopped before there was anything to draw."


def test_small_print_takes_more() -> None:
    assert small_print(Plain(findings=FINDINGS, rows=0), "synthetic") == "synthetic"


def test_cells_are_written_out() -> None:
    frame = pd.DataFrame({"x": [0.7912], "n": [24_000], "text": ["a"], "none": [None], "flag": [True]})
    assert table_of(frame).rows == ((".79", "24,000", "a", "–", "True"),)


def test_a_long_table_says_how_much_is_left_out() -> None:
    table = table_of(pd.DataFrame({"x": range(1200)}), "Scores")
    assert len(table.rows) == 50
    assert table.caption == "Scores · 50 of 1,200 rows"


@pytest.mark.parametrize(
    ("labels", "column"),
    [
        (["no", "yes"] * 30, "share of 'yes'"),
        ([k + 0.5 for k in range(60)], "mean label"),
        (["a", "b", "c"] * 20, ""),
    ],
)
def test_a_study_says_what_its_share_is_of(labels: list[Any], column: str) -> None:
    columns = {"predictions": "answer"} if column != "share of 'yes'" else {"scores": "score"}
    test = pd.DataFrame({"y": labels, "answer": labels, "score": [0.25] * 60})
    table = card_of(load_study(test=test, target="y", **columns).describe()).table  # type: ignore[arg-type]  # by name
    assert table.columns == tuple(each for each in ("table", "rows", "labelled", column, "first", "last") if each)
    assert all(len(row) == len(table.columns) for row in table.rows)
