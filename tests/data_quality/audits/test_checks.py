"""The parts of a verdict: how wide, when it began, and the chance it uses up."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.core.result import Status
from mlops_widgets.data_quality.audits.checks import Cell, Limits, _widened
from mlops_widgets.data_quality.audits.first_change import first_changes
from tests.data_quality.audits.weeks import audited, week

LIMITS = Limits(margin=0.1, missing_margin=0.02, error_share=0.05)


def cells(*ends: tuple[float, float]) -> list[Cell]:
    """Return a check's cells with these intervals of the distance."""
    found = []
    for place, (lower, upper) in enumerate(ends):
        status: Status = "warning" if lower > 0.1 else "passed" if upper <= 0.1 else "not_enough_data"
        found.append(
            Cell(
                batch=place,
                check="a: distribution",
                kind="values",
                column="a",
                status=status,
                value=lower,
                lower=lower,
                upper=upper,
            )
        )
    return found


@pytest.mark.parametrize(
    ("ends", "began"),
    [
        ([(0, 0.05), (0, 0.05), (0.2, 0.4)], (2, 2)),
        ([(0, 0.05), (0, 0.2), (0.2, 0.4)], (1, 2)),
        ([(0, 0.2), (0, 0.05), (0, 0.2), (0.05, 0.3), (0.2, 0.4)], (2, 4)),
        ([(0.2, 0.4), (0, 0.05)], (0, 0)),
    ],
)
def test_a_change_began_after_the_last_batch_that_is_within_the_margin_for_certain(
    ends: list[tuple[float, float]], began: tuple[int, int]
) -> None:
    (found,) = first_changes(cells(*ends), LIMITS)
    assert (found.earliest, found.latest) == began


def test_without_an_alarm_nothing_changed_first() -> None:
    assert first_changes(cells((0, 0.05), (0, inf), (nan, nan)), LIMITS) == []


def test_the_parts_of_the_chance_add_up_to_it() -> None:
    assert LIMITS.of_contract + LIMITS.of_values + LIMITS.of_rows == pytest.approx(LIMITS.error_share)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 5))
def test_an_interval_is_only_ever_widened(value: float, below: float, above: float, factor: float) -> None:
    lower, upper = _widened(value, value - below, value + above, factor)
    assert lower <= value - below + 1e-12
    assert upper >= value + above - 1e-12


def test_batches_that_differ_among_themselves_widen_each_others_intervals() -> None:
    # Weeks whose means move to and fro by a standard deviation differ more than their rows alone would let them.
    shifts = np.tile([-0.5, 0.5], 5)
    restless = []
    for place, by in enumerate(shifts):
        frame = week(place)
        restless.append(frame.assign(price=frame["price"] + 10 * by))
    still = [week(place) for place in range(10)]
    widths = []
    for batches in (restless, still):
        frame = audited(batches).frame()
        prices = frame[frame["check"] == "price: distribution"]
        widths.append(float((prices["upper"] - prices["value"]).median()))
    assert widths[0] > 2 * widths[1]
