import numpy as np
import pytest

from mlops_widgets.core.words import digits_for, estimate, interval, number, rounded


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.7912, "number", ".79"), (-0.1, "number", "−.10"), (12.34, "number", "12.3"), (1234.5, "number", "1,235"),
        (0, "number", "0"), (0.00123, "number", ".0012"), (2e-7, "number", "2e−7"), (float("nan"), "number", "–"),
        (float("-inf"), "number", "−∞"), (0.5, "percent", "50\u202f%"), (0.123, "percent", "12\u202f%"),
        (0.0123, "percent", "1.2\u202f%"), (24000, "integer", "24,000"), (-0.001, "integer", "0"),
        (1709251200000, "date", "1 Mar 2024"), (-86400000, "date", "31 Dec 1969"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_statistics_are(value: float, form: str, text: str) -> None:
    assert number(value, form) == text  # type: ignore[arg-type]


def test_an_estimate_has_the_digits_that_its_interval_supports() -> None:
    assert estimate(0.12345, 0.1, 0.15) == ".12 [.10, .15]"
    assert estimate(0.5, 0.4, float("nan")) == ".50"
    assert estimate(0.5, 0.48, 0.52, "percent") == "50\u202f% [48, 52]"
    assert interval(None, 1.0) == ""
    assert interval(0.0, float("inf")) == "[.00, ∞]"
    assert interval(10, 20, "integer") == "[10, 20]"
    assert digits_for(1.0, 1.0) == 2


@pytest.mark.parametrize(("value", "digits", "text"), [
    (0.745, 2, ".75"), (0.125, 2, ".13"), (0.375, 2, ".38"), (-0.745, 2, "−.75"), (0.7449, 2, ".74"), (2.5, 0, "3"),
    (1234.5, 0, "1,235"), (0.615, 2, ".62"),
])  # fmt: skip
def test_a_half_is_rounded_away_from_zero_in_both_precisions(value: float, digits: int, text: str) -> None:
    # the same cases as in tests/js/numbers.test.js
    assert number(value, digits=digits) == text
    assert number(float(np.float32(value)), digits=digits) == text


def test_huge_and_missing_numbers_are_not_rounded() -> None:
    assert rounded(1e300, 2) == 1e300
    assert np.isnan(rounded(float("nan"), 2))


def test_an_estimate_below_one_is_not_written_as_zero() -> None:
    assert estimate(0.245, -2.1, 2.64) == ".2 [−2.1, 2.6]"
    assert estimate(24.5, -20, 70) == "25 [−20, 70]"
