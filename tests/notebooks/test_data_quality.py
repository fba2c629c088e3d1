"""Chapter 4 as papermill runs it: on the desk as it was typed in, on studies as awkward as people's own, on a table alone."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.notebooks.running import CANARY, TOLD, Run, assert_ran_and_is_shareable, execute, parameters_of

pytestmark = pytest.mark.notebook

OF_ROWS = ("profile", "errors", "labeller", "validate", "personal", "record", "audit")
"""Cells that need no model."""
OF_A_MODEL = ("labels", "prices")
NOTICES = ("notice-errors", "notice-contract", "notice-recipe", "notice-record", "notice-audit")
QUESTIONS = tuple(f"exercise-{k}" for k in range(1, 6))


def _orders(path: Path) -> dict[str, Any]:
    """Write a shop's orders, with a marked row and persons' addresses, and return the parameter that opens them."""
    rng = np.random.default_rng(5)
    n = 400
    ordered = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, n), unit="D")
    amount = np.exp(rng.normal(3, 0.6, n)).round(2)
    amount[:8] = -999
    country = rng.choice(["Norway", "Spain", "Chile", "spain ", "unknown"], n, p=[0.4, 0.3, 0.2, 0.05, 0.05]).astype(
        object
    )
    comment = np.full(n, "fine", dtype=object)
    comment[17] = CANARY
    mail = [f"person{k}@example.com" for k in range(n)]
    pd.DataFrame({
        "order": np.arange(n) + 7000, "ordered": ordered.strftime("%Y-%m-%d"), "country": country, "amount": amount, "mail": mail,
        "comment": comment,
    }).to_csv(path, index=False)  # fmt: skip
    return {"table": str(path)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return what executes chapter 4 on a study or table, once for all tests."""

    @cache
    def run(name: str) -> Run:
        folder = tmp_path_factory.mktemp(name.replace("+", "_"))
        given = _orders(folder / "orders.csv") if name == "orders" else parameters_of(name, folder)
        return execute("04_data_quality", folder, given)

    return run


@pytest.fixture(params=["loans+dirty", "census", "regression", "three_classes", "logged", "orders"])
def chapter(request: pytest.FixtureRequest, runs: Callable[[str], Run]) -> Run:
    """Return chapter 4 as it was executed on one study; a cell that raises fails every test of that study."""
    return runs(request.param)


def test_the_chapter_runs_on_any_rows_and_its_file_can_be_shared(chapter: Run) -> None:
    assert_ran_and_is_shareable(chapter)


def test_each_strategy_measures_or_names_what_is_missing(chapter: Run) -> None:
    wrong = {}
    for cell in (*OF_ROWS, *OF_A_MODEL, *NOTICES):
        (result,) = chapter.results(cell)
        first = result["findings"][0]
        named = "measured" in first["claim"] and "Pass " in first["action"]
        if not (named if first["status"] == "not_applicable" else first["status"] in TOLD):
            wrong[cell] = first
    assert wrong == {}


def test_every_question_is_asked_and_takeaways_are_three_sentences(chapter: Run) -> None:
    for cell in QUESTIONS:
        (result,) = chapter.results(cell)
        assert result["state"] in {"not tried", "can't be asked"}
    (words,) = chapter.outputs("takeaways", "text/plain")
    assert len(words.splitlines()) == 3


def test_on_the_desk_every_question_can_be_asked_and_every_error_is_found(runs: Callable[[str], Run]) -> None:
    desk = runs("loans+dirty")
    assert {desk.results(cell)[0]["state"] for cell in QUESTIONS} == {"not tried"}
    (errors,) = desk.results("errors")
    said = " ".join(finding["claim"] for finding in errors["findings"])
    assert [name for name in ("credit_score", "income", "purpose", "employment_years") if name not in said] == []
    noticed = [desk.results(cell)[0]["after"] for cell in NOTICES]
    assert noticed == sorted(noticed)
    assert noticed[-1] >= 3


def test_a_table_without_a_model_is_looked_at_whole(runs: Callable[[str], Run]) -> None:
    alone = runs("orders")
    for cell in OF_ROWS:
        assert alone.results(cell)[0]["findings"][0]["status"] in TOLD, cell
    for cell in OF_A_MODEL:
        assert alone.results(cell)[0]["findings"][0]["status"] == "not_applicable", cell
