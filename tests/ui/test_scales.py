import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.core.words import digits_for, estimate, interval, number
from mlops_widgets.ui.card import Axis
from mlops_widgets.ui.scales import digits_apart, range_digits, shared_digits, span, spread, ticks

numbers = st.floats(-1e6, 1e6)
FIXTURE = json.loads((Path(__file__).parents[1] / "js/fixtures/digits.json").read_text(encoding="utf-8"))


def milliseconds(day: int) -> float:
    return day * 86_400_000.0


@pytest.mark.parametrize(
    ("low", "high", "form", "labels"),
    [
        (0.48, 0.86, "number", [".5", ".6", ".7", ".8"]),
        (-0.03, 0.1, "number", ["−.02", "0", ".02", ".04", ".06", ".08", ".10"]),
        (0.0, 0.13, "percent", ["0\u202f%", "2\u202f%", "4\u202f%", "6\u202f%", "8\u202f%", "10\u202f%", "12\u202f%"]),
        (0.0, 2500.0, "integer", ["0", "500", "1,000", "1,500", "2,000", "2,500"]),
        (
            milliseconds(19_358),
            milliseconds(20_058),
            "date",
            ["Jan 2023", "May 2023", "Sep 2023", "Jan 2024", "May 2024", "Sep 2024"],
        ),
        (
            milliseconds(19_362),
            milliseconds(19_366),
            "date",
            ["5 Jan 2023", "6 Jan 2023", "7 Jan 2023", "8 Jan 2023", "9 Jan 2023"],
        ),
    ],
)
def test_ticks_are_round_and_written_alike(low: float, high: float, form: str, labels: list[str]) -> None:
    assert ticks(low, high, form)[1] == labels  # type: ignore[arg-type]  # the table holds Forms


@given(numbers, st.floats(1e-6, 1e6))
def test_ticks_lie_within_the_axis(low: float, reach: float) -> None:
    places, labels = ticks(low, low + reach, "number")
    assert len(places) == len(labels)
    assert all(low - reach * 1e-6 <= place <= low + reach * (1 + 1e-6) for place in places)


@given(st.lists(st.one_of(numbers, st.none(), st.just(float("nan")))))
def test_axis_holds_every_finite_value(values: list[float | None]) -> None:
    low, high = span(values, Axis(label="x"))
    assert low < high
    assert all(low <= value <= high for value in values if value is not None and value == value)  # noqa: PLR0124 - NaN


def test_given_ends_of_an_axis_count() -> None:
    assert span([5.0], Axis(label="x", lower=0.0, upper=1.0)) == (0.0, 1.0)
    assert span([5.0], Axis(label="x", lower=2.0, upper=1.0)) == (1.5, 2.5)


@given(st.lists(st.floats(0, 300), max_size=8))
def test_labels_are_moved_apart_in_their_order(places: list[float]) -> None:
    moved = spread(places, 16, 0, 300)
    order = sorted(range(len(places)), key=lambda i: places[i])
    ways = [moved[b] - moved[a] for a, b in pairwise(order)]
    assert all(way >= 15 for way in ways)


def test_labels_apart_stay_where_they_are() -> None:
    assert spread([10.0, 100.0], 16, 0, 300) == [10.0, 100.0]


def test_a_column_is_written_with_the_decimals_that_its_intervals_support() -> None:
    assert shared_digits([(0.7, 0.8), (0.712, 0.716)]) == 3
    assert shared_digits([(0.7, 0.8), (0.71, 0.77)]) == 2
    assert shared_digits([(None, None)]) is None


def test_a_hundredth_of_a_range_shows() -> None:
    assert [range_digits(0, 1), range_digits(0, 100), range_digits(0.0, 0.1), range_digits(1, 1)] == [2, 0, 3, 2]


def test_numbers_beside_a_chart_have_the_digits_that_the_browser_gives_them() -> None:
    assert [digits_for(each["lower"], each["upper"]) for each in FIXTURE["spans"]] == [
        each["digits"] for each in FIXTURE["spans"]
    ]
    assert [shared_digits(each["intervals"]) for each in FIXTURE["charts"]] == [
        each["digits"] for each in FIXTURE["charts"]
    ]
    assert [number(each["value"]) for each in FIXTURE["values"]] == [each["text"] for each in FIXTURE["values"]]
    for each in FIXTURE["shares"]:
        ends = (each["lower"], each["upper"])
        assert estimate(each["value"], *ends, "percent").split(" [", 1)[0] == each["text"]
        assert interval(*ends, "percent") == each["interval"]


def test_numbers_without_intervals_have_the_decimals_that_the_browser_gives_them() -> None:
    """The same cases are in tests/js/rows.test.js."""
    cases = [((-2.19, -0.4), 2), ((-1.7, -0.93), 2), ((0.01, 0.05), 3), ((3, 40), 1), ((0, 12000), 0), ((1, 1), 2)]
    assert [digits_apart(values, "number") for values, _ in cases] == [digits for _, digits in cases]
    assert [digits_apart((0.06, high), "percent") for high in (0.32, 0.07)] == [0, 2]
