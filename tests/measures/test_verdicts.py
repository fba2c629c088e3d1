"""Interval and margin → verdict and the rows that would settle it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.verdicts import Reason, Verdict, judge

REPEATABLE = settings(derandomize=True, deadline=None, max_examples=100)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        (0.03, 0.05, Verdict("failed", reason="beyond_margin")),
        (0.021, 0.4, Verdict("failed", reason="beyond_margin")),
        (-0.01, 0.01, Verdict("passed", reason="within_margin")),
        (-0.4, -0.1, Verdict("passed", reason="within_margin")),  # it got better
        (0.001, 0.019, Verdict("passed", reason="within_margin")),  # worse for sure, by less than matters
        (-0.04, 0.04, Verdict("not_enough_data", needed=4000, reason="too_wide")),
        (0.0, 0.08, Verdict("not_enough_data", needed=4000, reason="too_wide")),  # the effect doesn't count
        (0.015, 0.03, Verdict("not_enough_data", reason="near_margin")),
        (math.nan, math.nan, Verdict("not_enough_data", reason="no_interval")),
        (-math.inf, math.inf, Verdict("not_enough_data", reason="no_interval")),
    ],
)
def test_verdict_follows_from_interval_and_margin(lower: float, upper: float, expected: Verdict) -> None:
    assert judge(lower, upper, margin=0.02, n=1000) == expected


def test_rows_needed_are_rounded_up_to_two_digits() -> None:
    assert judge(-0.05, 0.05, margin=0.02, n=1234).needed == 7800  # 7,712.5
    assert judge(-0.05, 0.05, margin=0.02, n=7).needed == 44  # 43.75


def test_longer_side_of_a_lopsided_interval_counts() -> None:
    assert judge(-0.01, 0.07, margin=0.02, n=100, estimate=0.01).needed == 900


def test_margin_of_zero_can_fail_but_not_be_settled_by_rows() -> None:
    assert judge(0.1, 0.2, margin=0, n=10).status == "failed"
    assert judge(-0.1, 0.2, margin=0, n=10) == Verdict("not_enough_data")


def test_interval_without_width_at_the_margin_is_near_it() -> None:
    assert judge(0.02, 0.02, margin=0.02, n=10).reason == "near_margin"


@REPEATABLE
@given(middle=st.floats(-1, 1), half=st.floats(1e-6, 1), margin=st.floats(1e-4, 1), n=st.integers(2, 10**6))
def test_rows_needed_exceed_the_rows_there_are_and_do_not_depend_on_the_effect(
    middle: float, half: float, margin: float, n: int
) -> None:
    found = judge(middle - half, middle + half, margin=margin, n=n)
    assert found.needed is None or found.needed > n
    if found.reason == "too_wide":
        at_margin = judge(margin - half, margin + half, margin=margin, n=n).needed
        assert found.needed == pytest.approx(at_margin, rel=0.11)


@pytest.mark.parametrize("reason", ["beyond_margin", "within_margin", "too_wide", "near_margin", "no_interval"])
def test_every_reason_is_a_sentence(reason: Reason) -> None:
    assert Verdict("not_enough_data", needed=4000, reason=reason).sentence.endswith(".")


def test_sentence_names_the_rows_needed() -> None:
    assert "about 4,000 rows" in judge(-0.04, 0.04, margin=0.02, n=1000).sentence
