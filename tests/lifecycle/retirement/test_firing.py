"""When rules fire: only on what was known, pinned to the browser's arithmetic by a fixture."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_widgets.lifecycle.retirement.firing import UNKNOWN, beyond, chance_of_firing, first_firing, states
from mlops_widgets.lifecycle.retirement.waiting_cost import cost_since

FIXTURE = json.loads((Path(__file__).parents[2] / "js/fixtures/retirement.json").read_text(encoding="utf-8"))


def floats(values: list[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values with NaN for null."""
    return np.array([np.nan if each is None else each for each in values])


@pytest.mark.parametrize("case", FIXTURE["firing"])
def test_a_rule_fires_first_where_the_browser_says(case: dict[str, Any]) -> None:
    crossed = beyond(floats(case["ends"]), below=case["below"], bound=case["bound"])
    assert first_firing(states(crossed, wait=case["wait"], k=case["k"], n=case["n"])) == case["first"]


@pytest.mark.parametrize("case", FIXTURE["cost"])
def test_waiting_costs_what_the_browser_says(case: dict[str, Any]) -> None:
    value, error, rows = cost_since(
        floats(case["edge"]), floats(case["errors"]), np.array(case["rows"]), case["chunk"], total=case["total"]
    )
    assert rows == case["count"]
    if case["value"] is None:
        assert np.isnan(value)
    else:
        assert value == pytest.approx(case["value"])
        assert error == pytest.approx(case["error"])


@given(
    crossed=st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=1, max_size=10), wait=st.integers(0, 3), n=st.integers(1, 4),
    data=st.data(),
)  # fmt: skip
def test_states_are_those_of_a_brute_force_that_reads_only_known_chunks(
    crossed: list[float], wait: int, n: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, n))
    found = states(np.array(crossed), wait=wait, k=k, n=n)
    for now in range(len(crossed) + 1):
        known = [each for chunk, each in enumerate(crossed) if chunk + 1 + wait <= now and not np.isnan(each)][-n:]
        wanted = UNKNOWN if not known else 1 if sum(known) >= k else 0 if len(known) >= n else UNKNOWN
        assert found[now] == wanted


@given(wait=st.integers(0, 3), now=st.integers(0, 8), poison=st.sampled_from([0.0, 1.0]))
def test_poisoned_chunks_that_are_not_known_yet_change_nothing(wait: int, now: int, poison: float) -> None:
    clean = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    poisoned = np.where(np.arange(8) + 1 + wait <= now, clean, poison)
    assert states(clean, wait=wait, k=2, n=3)[now] == states(poisoned, wait=wait, k=2, n=3)[now]


def test_the_chance_of_one_chunk_is_that_of_the_normal_distribution() -> None:
    found = chance_of_firing(
        np.array([1.0]), base=0.0, base_error=0.0, below=True, lower_end=False, bound=0.0, wait=0, k=1, n=1, runs=40_000
    )
    assert found == pytest.approx(stats.norm.cdf(-1.96), abs=0.003)


def test_the_chance_of_two_of_two_chunks_is_the_square() -> None:
    found = chance_of_firing(
        np.ones(2), base=0.0, base_error=0.0, below=True, lower_end=False, bound=1.96, wait=0, k=2, n=2, runs=40_000
    )
    assert found == pytest.approx(0.25, abs=0.01)
