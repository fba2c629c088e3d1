"""Patterns: what every engine reads alike is let through, the rest is refused by name."""

import re

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import InputError
from mlops_widgets.study.contract.checking import check
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.patterns import portable

TEXTS = ["AB-1", "ab-1", "", "a\nb", "é9", "a.b", "x]", "-", "ab12", "a b", "٣", "a\\", "&~"]


@pytest.mark.parametrize("pattern", [
    r"[A-Z]{2}-\d", "a|ab-1", "^ab-1$", r"\w+", r"[^a-z]+", r"a.b", r"[]x]+", r"[\w.-]+", r"(?:a|x)\]?", r"\s|a\sb", r"[&~]+", r"\\|a\\",
])  # fmt: skip
def test_python_arrow_polars_and_duckdb_agree(pattern: str) -> None:
    whole = portable(pattern)
    said = [re.fullmatch(whole.removesuffix("$"), text) is not None for text in TEXTS]
    assert pc.match_substring_regex(pa.array(TEXTS), whole).to_pylist() == said
    assert pl.Series(TEXTS).str.contains(whole).to_list() == said
    assert [row[0] for row in duckdb.execute("select regexp_matches(unnest(?), ?)", [TEXTS, whole]).fetchall()] == said


@pytest.mark.parametrize(
    "pattern",
    [
        "(?i)a",
        "(?=a)",
        "a*?",
        "a**",
        r"(a)\1",
        r"\p{L}",
        r"\bа",
        "a{9999}",
        "[a",
        "(a",
        "a\\",
        "[a--b]",
        "a^b",
        "[[:alpha:]]|+",
        "(" * 12 + "a" + ")" * 12,
        "a" * 401,
        "{2}",
        "[z-a]",
    ],
)
def test_what_engines_read_otherwise_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="pattern="):
        portable(pattern)


def test_a_pattern_that_would_take_python_forever_comes_to_an_end() -> None:
    frame = pd.DataFrame({"a": ["a" * 50_000]})
    contract = Contract(name="t", columns=(ColumnRules(name="a", pattern="(a+)+b"),))
    assert check(frame, contract).outcomes[-1].broken == 1


@settings(max_examples=25)
@given(st.text(alphabet="ab0[](){}|*+?.\\^$-,d", max_size=12))
def test_a_pattern_is_portable_or_refused_and_stays_as_it_is(pattern: str) -> None:
    try:
        whole = portable(pattern)
    except InputError:
        return
    inside = whole.removeprefix("^(?:").removesuffix(")$")
    assert portable(inside) == whole
