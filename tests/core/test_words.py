import pytest

from mlops_widgets.core.words import digits_for, estimate, interval, number


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.7912, "number", ".79"), (-0.1, "number", "−.10"), (12.34, "number", "12.3"), (1234.5, "number", "1,234"),
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
