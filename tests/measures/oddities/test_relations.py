"""Arithmetic between columns: all triples, with the rows that break it."""

import numpy as np
import pytest

from mlops_widgets.measures.oddities.relations import find_relations, last_digit, on_grid

RNG = np.random.default_rng(0)
A, B = RNG.lognormal(3, 0.7, 400).round(2), RNG.integers(1, 40, 400).astype(float)


@pytest.mark.parametrize(
    ("name", "result"),
    [("c = a + b", A + B), ("c = a − b", A - B), ("c = a × b", A * B), ("c = a ÷ b", (A / B).round(3)), ("c = a + 12.5", A + 12.5)],
)  # fmt: skip
def test_each_sign_is_found(name: str, result: np.ndarray) -> None:
    broken = result.copy()
    broken[5:25] += 17.3
    found = find_relations({"a": A, "b": B, "c": broken})
    assert len(found) == 1
    assert found[0].held == pytest.approx(0.95)
    assert np.flatnonzero(found[0].broken).tolist() == list(range(5, 25))
    if "b" in name:
        members = {found[0].result, found[0].first, found[0].second}
        assert members == {"a", "b", "c"}


def test_the_expected_value_is_the_right_one() -> None:
    total = (A * B).round(2)
    dirty = total.copy()
    dirty[3] = 1.0
    relation = find_relations({"price": A, "count": B, "total": dirty})[0]
    assert relation.words == "total = price × count"
    assert relation.expected[3] == total[3]


def test_unrelated_columns_relate_to_nothing() -> None:
    rng = np.random.default_rng(1)
    columns = {
        **{f"normal {k}": rng.normal(size=500) for k in range(4)}, "count": rng.poisson(3, 500).astype(float),
        "flag": rng.integers(0, 2, 500).astype(float), "mostly zero": rng.poisson(3, 500) * (rng.random(500) < 0.1),
        "scale": rng.integers(1, 8, 500).astype(float), "years": rng.integers(18, 80, 500).astype(float),
    }  # fmt: skip
    assert find_relations(columns) == []


def test_correlation_is_no_equation() -> None:
    assert find_relations({"a": A, "c": 2 * A + RNG.normal(0, 1, 400)}) == []


def test_few_rows_or_huge_numbers_relate_to_nothing() -> None:
    assert find_relations({}) == []
    assert find_relations({"a": A[:20], "b": B[:20], "c": A[:20] + B[:20]}) == []
    assert find_relations({"a": 1e200 * A, "b": 1e200 * B, "c": 1e200 * (A + B)}) == []


def test_decimals_are_read_off_nearly_all_numbers() -> None:
    assert last_digit(A) == 2
    assert last_digit(np.append(A, 1 / 3)) == 2
    assert last_digit(np.array([np.nan])) is None
    assert on_grid(np.array([1.25, 1.255, np.nan]), 2).tolist() == [True, False, False]
