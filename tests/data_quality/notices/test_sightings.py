"""When a spill counts as noticed."""

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.damage import damage
from mlops_widgets.data_quality.notices.sightings import Sighting, sighting, spill_into
from mlops_widgets.data_quality.source import source_of


def seen(hits: int, of: int, others: int, others_of: int) -> bool:
    return Sighting(hits=hits, of=of, others=others, others_of=others_of, said="").noticed(0.1)


def test_three_of_three_may_be_chance_and_five_of_five_isnt() -> None:
    # One-sided Fisher: 1 / C(6, 3) = .05 and 1 / C(10, 5) = .004, against a level of .01.
    assert not seen(3, 3, 0, 3)
    assert seen(5, 5, 0, 5)


def test_rows_pointed_at_everywhere_are_no_sighting() -> None:
    assert not seen(50, 100, 950, 1900)


def test_a_twentieth_of_the_rows_hit_is_too_little_however_sure() -> None:
    assert not seen(5, 100, 0, 10_000)
    assert seen(10, 100, 0, 10_000)


def test_nothing_hit_is_nothing_noticed() -> None:
    assert not seen(0, 0, 0, 10)


def test_an_alarm_needs_no_rows() -> None:
    assert Sighting(hits=0, of=5, others=0, others_of=5, said="", alarm=True).noticed(0.1)


def test_a_sighting_counts_rows_that_were_hit_and_others() -> None:
    copy = damage(pd.DataFrame({"a": np.arange(20.0) + 500}), "unit", 0.25, columns=["a"], seed=0)
    hit = copy.cells["a"].to_numpy()
    found = sighting(hit | (np.arange(20) == np.flatnonzero(~hit)[0]), copy, "")
    assert (found.hits, found.of, found.others, found.others_of) == (5, 5, 1, 15)
    assert found.share == 1.0


@pytest.mark.parametrize(
    ("roles", "target", "left_out"),
    [
        ({}, list("ab" * 50), {"flipped_labels", "late_labels"}),
        ({"target": "y"}, list("abcd" * 25), {"late_labels"}),
        ({"target": "y"}, list("ab" * 50), set()),
    ],
)
def test_labels_are_spilled_where_there_are_some(roles: dict[str, str], target: list[str], left_out: set[str]) -> None:
    frame = pd.DataFrame({"amount": np.linspace(1000, 9000, 100), "y": target})
    batch = spill_into(source_of(frame, roles=roles), 0.2, seed=0)
    assert set(batch.left_out) == left_out
    assert len(batch.spilt) + len(batch.left_out) == 6
