"""The page on security names a test for each claim: the tests exist, and so do the limits that it quotes."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "security.md"
LINK = re.compile(r'\]\(\.\./(tests/[\w/]+\.py) "(\w+)"\)')


def test_each_claim_is_proved_by_a_test_that_exists() -> None:
    links = LINK.findall(PAGE.read_text())
    gone = [f"{file}::{name}" for file, name in links if f"def {name}(" not in (PAGE.parents[1] / file).read_text()]
    assert len(links) > 30
    assert gone == []


def test_every_row_of_what_could_happen_has_its_proof() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    threats = [row for row in rows if LINK.search(row[2])]
    heads = [row for row in rows if row[2] == "proved by"]
    bare = [
        row[0]
        for row in rows
        if row not in threats and row not in heads and set(row[0]) != {"-"} and row[0] not in FILES
    ]
    assert bare == []


FILES = ("file", "`.skops`", "`.ubj`, `.json` (XGBoost), `.txt` (LightGBM), `.cbm` (CatBoost), `.onnx`",
         "`.pkl`, `.joblib`, anything that begins like a pickle")  # fmt: skip
"""Rows of the one table that says how files are read, not what could happen."""
