"""Numbers in another unit: a second cluster that is the first one times a factor."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

LEVEL = 0.001
_INNER, _OUTER = 2.5, 3.5
_FEWEST_FAR = 4
_MOST_FAR = 0.45
_NORMAL = 1.4826
_SPREADS = (0.33, 2.0)
"""How much more or less a cluster in another unit may vary than the first, whose spread it should have."""

FACTORS: dict[float, str] = {
    10.0: "a shifted decimal point", 100.0: "percent or cents", 1000.0: "thousands (grams, metres, milliseconds)",
    10_000.0: "a shifted decimal point", 1e6: "millions", 1e9: "billions", 12.0: "months or inches to the foot",
    24.0: "hours to the day", 60.0: "minutes or seconds", 3600.0: "seconds to the hour", 86_400.0: "seconds to the day",
    1440.0: "minutes to the day", 7.0: "days to the week", 365.25: "days to the year", 52.18: "weeks to the year",
    30.44: "days to the month", 2.54: "centimetres to the inch", 1.609344: "kilometres to the mile",
    2.20462: "pounds to the kilogram", 3.28084: "feet to the metre", 28.3495: "grams to the ounce", 4.184: "joules to the calorie",
    3.6: "km/h to m/s", 1.8: "Fahrenheit degrees to Celsius", 0.3048: "metres to the foot", 3.78541: "litres to the gallon",
    18.0182: "mg/dL to mmol/L of glucose", 88.42: "µmol/L to mg/dL of creatinine", 33.8647: "mbar to inches of mercury",
}  # fmt: skip
"""Factor → what it stands between. Where the interval holds none of these, the factor is as found."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A second cluster on the logarithmic scale.

    Parameters
    ----------
    far
        Which numbers belong to it, (n,).
    factor
        By what it is multiplied: the unit's where the interval holds one, else as found.
    lower, upper
        The 99 % interval of the factor.
    unit
        What the factor stands for; "" where the interval holds no known one.
    p_value
        Chance of as many so far out, under any tail that only falls.
    separation
        Distance between the clusters, in spreads of the first.
    """

    far: Booleans
    factor: float
    lower: float
    upper: float
    unit: str
    p_value: float
    separation: float


def find_shift(logs: Floats, *, upwards: bool) -> Shift | None:
    """Return the cluster of numbers that lie a factor away from all others, if there is one on that side.

    The centre and spread of the numbers are median and median absolute deviation. What lies over 3.5 spreads out on one
    side may be a second cluster: its median is the shift. As in another unit it must vary about as much as the first (a
    third to twice), and it must be a cluster, not the end of a tail: under any density that only falls from the centre
    outwards, a row in the cluster's window or in the valley before it lies in the window with at most the window's share
    of both widths; an exact binomial test asks whether there are more, doubled for the two sides. The
    binomial holds for a window given beforehand; this one is placed at the median of what lies out there, so .001 is the level
    of the test and no bound on false alarms, which are simulated (docs/methods.md).

    Parameters
    ----------
    logs
        (n,) natural logarithms, or what is left of them when other columns are taken into account.
    upwards
        Whether larger numbers are looked at, else smaller ones.

    Examples
    --------
    >>> metres = np.random.default_rng(0).normal(100.0, 10.0, 1000)
    >>> metres[:30] *= 1000
    >>> shift = find_shift(np.log(metres), upwards=True)
    >>> shift.factor, int(shift.far.sum()), shift.unit
    (1000.0, 30, 'thousands (grams, metres, milliseconds)')
    """
    sign = 1.0 if upwards else -1.0
    centre = float(np.median(logs))
    spread = _NORMAL * float(np.median(np.abs(logs - centre)))
    if spread <= 0:
        return None
    out = sign * (logs - centre) / spread
    far = out > _OUTER
    if far.sum() < _FEWEST_FAR or far.mean() > _MOST_FAR:
        return None
    separation = float(np.median(out[far]))
    cluster = np.abs(out - separation) <= _INNER
    if separation - _INNER <= _OUTER or cluster.sum() < 0.5 * far.sum():
        return None
    p_value = _valley_p(out, separation)
    own = _NORMAL * float(np.median(np.abs(out[cluster] - separation)))
    if p_value >= LEVEL or not _SPREADS[0] <= own <= _SPREADS[1]:
        return None
    main = np.abs(out) <= _OUTER
    centre_of_main = float(np.median(out[main]))
    return _named(
        cluster, shift=(separation - centre_of_main) * spread, p_value=p_value, separation=separation, upwards=upwards,
        error=1.2533 * spread * float(np.sqrt(own**2 / cluster.sum() + 1 / main.sum())),
    )  # fmt: skip


def _valley_p(out: Floats, separation: float) -> float:
    """Return the chance of as many in the cluster's window rather than the valley before it, under a falling density."""
    start, end = separation - _INNER, separation + _INNER
    inside = int(((out > start) & (out <= end)).sum())
    valley = int(((out > _OUTER) & (out <= start)).sum())
    share = (end - start) / (end - _OUTER)
    return min(1.0, 2 * float(stats.binom.sf(inside - 1, inside + valley, share)))


def _named(
    far: Booleans, *, shift: float, error: float, p_value: float, separation: float, upwards: bool
) -> Shift | None:
    """Return the shift with the nearest known factor within its interval, else with the factor as found."""
    lower, upper = shift - 2.58 * error, shift + 2.58 * error
    inside = [known for known in _ASKED if lower <= np.log(known) <= upper]
    best = min(inside, key=lambda known: (abs(np.log(known) - shift) > error, -_power_of_ten(known), abs(np.log(known) - shift)), default=None)  # fmt: skip
    factor = float(np.exp(shift)) if best is None else best
    ends = (float(np.exp(lower)), float(np.exp(upper)))
    unit = "" if best is None else FACTORS.get(best, FACTORS.get(1 / best, ""))
    if not upwards:
        factor, ends = 1 / factor, (1 / ends[1], 1 / ends[0])
    return Shift(
        far=far, factor=factor, lower=ends[0], upper=ends[1], unit=unit, p_value=p_value, separation=separation
    )


_ASKED = tuple(sorted({max(known, 1 / known) for known in FACTORS}))


def _power_of_ten(factor: float) -> bool:
    return bool(np.isclose(np.log10(factor), np.round(np.log10(factor))))


CONVERSIONS: dict[str, tuple[float, float]] = {
    "Fahrenheit": (1.8, 32.0), "Celsius among Fahrenheit": (1 / 1.8, -32 / 1.8), "Kelvin": (1.0, 273.15),
    "Celsius among Kelvin": (1.0, -273.15),
}  # fmt: skip
"""Scale of temperature → what its numbers are made of the others by: times the first, plus the second."""


def find_conversion(numbers: Floats) -> tuple[str, Booleans, float] | None:
    """Return the scale of temperature that a second cluster of numbers is in, which ones, and the p-value; None without one.

    As `find_shift`, on the numbers themselves: a conversion moves the window and stretches it.

    Parameters
    ----------
    numbers
        (n,) finite.

    Examples
    --------
    >>> celsius = np.random.default_rng(0).normal(20.0, 4.0, 1000)
    >>> celsius[:50] = 1.8 * celsius[:50] + 32
    >>> scale, which, p_value = find_conversion(celsius)
    >>> scale, int(which.sum())
    ('Fahrenheit', 50)
    """
    centre = float(np.median(numbers))
    spread = _NORMAL * float(np.median(np.abs(numbers - centre)))
    if spread <= 0:
        return None
    fits = [(_conversion_p(numbers, centre, spread, *CONVERSIONS[name]), name) for name in CONVERSIONS]
    (p_value, which), name = min(fits, key=lambda each: each[0][0])
    return (name, which, p_value) if p_value < LEVEL / len(CONVERSIONS) else None


def _conversion_p(numbers: Floats, centre: float, spread: float, times: float, plus: float) -> tuple[float, Booleans]:
    there = times * centre + plus
    sign = 1.0 if there > centre else -1.0
    out = sign * (numbers - centre) / spread
    middle, half = sign * (there - centre) / spread, _INNER * times
    inside = np.abs(out - middle) <= half
    far = out > _OUTER
    none = np.zeros(len(numbers), dtype=np.bool_)
    if (
        middle - half <= _OUTER
        or inside.sum() < _FEWEST_FAR
        or inside.sum() < 0.8 * far.sum()
        or far.mean() > _MOST_FAR
    ):
        return 1.0, none
    own = _NORMAL * float(np.median(np.abs(out[inside] - middle))) / times
    if not _SPREADS[0] <= own <= _SPREADS[1]:
        return 1.0, none
    valley = int(((out > _OUTER) & (out <= middle - half)).sum())
    share = 2 * half / (middle + half - _OUTER)
    return float(stats.binom.sf(inside.sum() - 1, inside.sum() + valley, share)), np.asarray(inside)
