"""Repeated rows: exact while rows are few, then unbiased with the stated interval."""

import numpy as np
import pytest

from mlops_widgets.measures.sketches import repeats
from mlops_widgets.measures.sketches.hashes import hash_numbers
from mlops_widgets.measures.sketches.repeats import HashSample


def test_few_rows_are_counted_exactly() -> None:
    found = HashSample().added(hash_numbers(np.array([1, 2, 2, 3, 3, 3])))
    assert found.repeats() == (3.0, 3.0, 3.0)


def test_parts_add_up_to_the_whole_exactly() -> None:
    rows = hash_numbers(np.random.default_rng(0).integers(0, 60_000, 70_000))
    whole = HashSample().added(rows)
    parts = HashSample().added(rows[:9000]).merged(HashSample().added(rows[9000:]))
    assert whole.level == parts.level > 0
    assert (whole.keys == parts.keys).all()
    assert (whole.counts == parts.counts).all()


def test_the_interval_holds_the_number_of_repeats_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(1), 0
    for seed in range(40):
        rows = np.arange(40_000) + seed * 10**6
        repeated = rng.choice(rows, 2000)
        _, lower, upper = HashSample().added(hash_numbers(np.concatenate([rows, repeated]))).repeats()
        held += lower <= 2000 <= upper
    assert held >= 34  # binomial of 40 at .95: below 34 in .4 % of runs


def test_no_repeat_seen_still_leaves_room_for_some() -> None:
    estimate, lower, upper = HashSample().added(hash_numbers(np.arange(2 * repeats.MOST_KEPT))).repeats()
    assert (estimate, lower) == (0.0, 0.0)
    assert upper == pytest.approx(3 * 2)
