"""How numbers are written in claims, figures and tables, the same in Python and in the browser."""

import math
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Form = Literal["number", "percent", "integer", "date"]
"""What kind of number it is; a percent is a share from 0 to 1, a date milliseconds since 1970."""

MINUS = "\u2212"
NO_BREAK = "\u202f"
"""A narrow space that never breaks, between a number and its sign of percent."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_ROUNDED = 1e15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number(value: float, form: Form = "number", *, digits: int | None = None) -> str:
    """Return `value` as readers of statistics write it: .79, −.10, 12 %, 24,000, 1 Mar 2024.

    Parameters
    ----------
    value
        The number; a share from 0 to 1 for `"percent"`, milliseconds since 1970 for `"date"`.
    form
        What kind of number it is.
    digits
        Decimals (of the percentage for `"percent"`); by default two or three significant digits.

    Examples
    --------
    >>> number(0.7912), number(0.1234, "percent"), number(24000, "integer"), number(-0.5, digits=1)
    ('.79', '12\u202f%', '24,000', '−.5')
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else f"{MINUS if value < 0 else ''}∞"
    if form == "date":
        date = _EPOCH + timedelta(milliseconds=value)
        return f"{date.day} {MONTHS[date.month - 1]} {date.year}"
    if form == "percent":
        return _decimal(value * 100, _percent_digits(value) if digits is None else digits) + NO_BREAK + "%"
    if form == "integer":
        return _decimal(value, 0)
    if 0 < abs(value) < 1e-4 and digits is None:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    return _short(_decimal(value, _number_digits(value) if digits is None else digits))


def rounded(value: float, digits: int) -> float:
    """Return `value` to `digits` decimals, halves away from zero, as the browser has it too.

    Three more decimals are read first: pictures get numbers of half the precision, where .745 is .745000005.

    Examples
    --------
    >>> rounded(0.745, 2), rounded(0.745000005, 2), rounded(-0.5, 0)
    (0.75, 0.75, -1.0)
    """
    if not abs(value) < _MOST_ROUNDED:
        return value
    near = Decimal(repr(round(float(value), digits + 3)))
    return float(near.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def digits_for(lower: float, upper: float) -> int:
    """Return how many decimals the interval supports: the first digit of its half width, two at least up to 1.

    Examples
    --------
    >>> digits_for(0.07, 0.13), digits_for(0.6912, 0.6987), digits_for(1200.0, 1270.0)
    (2, 3, 0)
    """
    half = (upper - lower) / 2
    least = 2 if max(abs(lower), abs(upper)) <= 1 else 0
    if not math.isfinite(half) or half <= 0:
        return max(least, 2)
    return min(max(least, math.ceil(-math.log10(half) - 1e-9)), 6)


def digits_shown(value: float, lower: float, upper: float) -> int:
    """Return the decimals of an estimate: those that its interval supports, and one where it would read 0 without.

    Examples
    --------
    >>> digits_shown(0.245, -2.1, 2.6), digits_shown(24.5, -2.1, 52.6), digits_shown(0.001, -2.1, 2.6)
    (1, 0, 0)
    """
    digits = digits_for(lower, upper)
    return 1 if digits == 0 and 0.05 <= abs(value) < 0.5 else digits


def known(value: float) -> float | None:
    """Return the number, or None where it is none or without end, as evidence and pictures hold what isn't known.

    Examples
    --------
    >>> known(0.5), known(math.nan), known(math.inf)
    (0.5, None, None)
    """
    return float(value) if math.isfinite(value) else None


def p_words(p_value: float) -> str:
    """Return a p-value in words, `"p = .03"`; below .001 its size says nothing that a reader could use.

    Examples
    --------
    >>> p_words(0.0312), p_words(0.0042), p_words(2e-6), p_words(0.9999)
    ('p = .03', 'p = .004', 'p < .001', 'p > .99')
    """
    if p_value < 0.001:
        return "p < .001"
    if 0.99 < p_value < 1:
        return "p > .99"
    return f"p = {number(p_value, digits=3 if p_value < 0.01 else 2)}"


def capital(words: str) -> str:
    """Return the words as a sentence begins; the rest stays as it is, unlike with `str.capitalize`.

    Examples
    --------
    >>> capital("the ROC AUC")
    'The ROC AUC'
    """
    return words[:1].upper() + words[1:]


def short(text: str, most: int = 40) -> str:
    """Return a name or value that is no longer than a sentence or a line of a chart can bear.

    Examples
    --------
    >>> short("debt_to_income_at_the_time_of_the_first_decision", 20)
    'debt_to_income_at_t…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def worse(harm: float, lower: float, upper: float, *, digits: int | None = None) -> str:
    """Return a harm in words, `".05 worse [.03, .07]"`, or how much better where it is negative.

    Examples
    --------
    >>> worse(0.05, 0.03, 0.07), worse(-0.05, -0.07, -0.03)
    ('.05 worse [.03, .07]', '.05 better [.03, .07]')
    """
    word = "worse" if harm >= 0 else "better"
    lower, upper = (lower, upper) if harm >= 0 else (-upper, -lower)
    digits = digits_shown(harm, lower, upper) if digits is None else digits
    return f"{number(abs(harm), digits=digits)} {word} {interval(lower, upper, digits=digits)}".rstrip()


def interval(lower: float | None, upper: float | None, form: Form = "number", *, digits: int | None = None) -> str:
    """Return `"[.07, .13]"`, rounded to `digits` or to what its width supports; empty where an end is missing.

    Examples
    --------
    >>> interval(0.0712, 0.1291), interval(0.021, 0.058, "percent")
    ('[.07, .13]', '[2, 6]\u202f%')
    """
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper):
        return ""
    digits = _interval_digits(lower, upper, form) if digits is None else digits
    if form == "percent":
        return f"[{_decimal(lower * 100, digits)}, {_decimal(upper * 100, digits)}]{NO_BREAK}%"
    return f"[{number(lower, form, digits=digits)}, {number(upper, form, digits=digits)}]"


def estimate(value: float, lower: float | None, upper: float | None, form: Form = "number") -> str:
    """Return the number with its interval, both rounded to the interval's precision: `".10 [.07, .13]"`.

    Examples
    --------
    >>> estimate(0.1004, 0.0712, 0.1291), estimate(0.5, None, None)
    ('.10 [.07, .13]', '.50')
    """
    if lower is None or upper is None or not interval(lower, upper, form):
        return number(value, form)
    digits = digits_shown(value, lower, upper) if form == "number" else _interval_digits(lower, upper, form)
    text, span = number(value, form, digits=digits), interval(lower, upper, form, digits=digits)
    return f"{text} {span.removesuffix(NO_BREAK + '%')}"


def _interval_digits(lower: float, upper: float, form: Form) -> int:
    if form == "percent":
        half = (upper - lower) * 50
        return min(max(0, math.ceil(-math.log10(half) - 1e-9)), 4) if math.isfinite(half) and half > 0 else 1
    return 0 if form in {"integer", "date"} else digits_for(lower, upper)


def _percent_digits(share: float) -> int:
    """One decimal near 0 and 100 %, where whole percents would hide the difference; none where it would be a zero."""
    near_an_end = abs(share) < 0.0995 or 0.985 < abs(share) < 1
    return 1 if near_an_end and round(share * 100, 1) != round(share * 100) else 0


def _number_digits(value: float) -> int:
    size = abs(value)
    if size == 0 or size >= 100:
        return 0
    if size >= 10:
        return 1
    return 2 if size >= 0.01 else 1 - math.floor(math.log10(size))


def _decimal(value: float, digits: int) -> str:
    text = f"{rounded(value, digits):,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def _short(text: str) -> str:
    """Drop the zero before the point, as the field writes shares and correlations."""
    sign = MINUS if text.startswith(MINUS) else ""
    body = text.removeprefix(MINUS)
    return sign + (body[1:] if body.startswith("0.") else body)
