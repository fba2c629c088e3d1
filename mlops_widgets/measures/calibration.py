"""Do forecasts mean what they say: CORP curves, the parts of a score, and the line that would correct them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special, stats
from scipy.optimize import isotonic_regression

from mlops_widgets.measures.weighted import Floats

Integers = npt.NDArray[np.int64]
Loss = Literal["squared", "log"]
Kind = Literal["probability", "mean"]

_INSIDE = 1e-6
"""Probabilities of 0 and 1 have no logit; nearer to the ends than this they count as this far away."""
_STEPS, _LONGEST_STEP = 50, 5.0
_ANGLES, _RADII = 72, 12


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a mean score is made of: score = miscalibration - discrimination + uncertainty, exactly.

    Parameters
    ----------
    score
        The mean loss of the forecasts as they are.
    miscalibration
        What isotonic recalibration on the same rows takes away, 0 or more.
    discrimination
        What the recalibrated forecasts are better than the mean outcome, 0 or more.
    uncertainty
        The mean loss of forecasting the mean outcome.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A reliability curve, drawn from bins of equal rows.

    Parameters
    ----------
    forecast, observed
        (b,) mean forecast of each bin, and its isotonic outcome.
    lower, upper
        (b,) where 95 % of such curves lie while the forecasts are calibrated (at each forecast on its own).
    rows
        (b,) rows of each bin.
    """

    forecast: Floats
    observed: Floats
    lower: Floats
    upper: Floats
    rows: Integers


@dataclass(frozen=True, kw_only=True)
class Line:
    """The line that would correct the forecasts, on the logit scale for probabilities.

    Parameters
    ----------
    intercept, slope
        0 and 1 while calibrated; a slope below 1 is overconfidence.
    slope_lower, slope_upper
        95 % interval of the slope.
    gap, gap_lower, gap_upper
        Root mean square distance of the corrected forecasts from those given, and its least and largest value over
        the joint 95 % confidence region of intercept and slope.
    """

    intercept: float
    slope: float
    slope_lower: float
    slope_upper: float
    gap: float
    gap_lower: float
    gap_upper: float


def losses(y: Floats, forecast: Floats, loss: Loss) -> Floats:
    """Return the loss of each row (n,): squared error, or minus the logarithm of the probability given to the outcome."""
    if loss == "squared":
        return np.asarray((y - forecast) ** 2)
    return np.asarray(-(special.xlogy(y, forecast) + special.xlogy(1 - y, 1 - forecast)))


class Pooled:
    """Rows with equal forecasts put together, in the order of the forecasts: isotonic fits of many outcomes are cheap.

    Parameters
    ----------
    forecasts
        (n,) what was forecast.
    weights
        (n,) weights of rows; None where all count alike.
    """

    def __init__(self, forecasts: Floats, weights: Floats | None = None) -> None:
        self.weights = np.ones(len(forecasts)) if weights is None else np.asarray(weights, dtype=np.float64)
        kept = self.weights > 0
        self.values, place = np.unique(forecasts[kept], return_inverse=True)
        self._kept, self._place = kept, place.astype(np.intp)
        self._mass = np.bincount(self._place, self.weights[kept])

    def isotonic(self, y: Floats) -> Floats:
        """Return the isotonic regression of `y` (n,) on the forecasts, one value for each distinct one (m,).

        Pool adjacent violators (Ayer et al. 1955), as in CORP (Dimitriadis, Gneiting & Jordan 2021).
        """
        means = np.bincount(self._place, (self.weights * y)[self._kept]) / self._mass
        return np.asarray(isotonic_regression(means, weights=self._mass).x)

    def parts(self, y: Floats, *, loss: Loss = "squared") -> Parts:
        """Return the parts of the mean loss of the forecasts about `y` (n,); see `Parts`."""
        true, weights = y[self._kept], self.weights[self._kept]
        fitted, mean = self.isotonic(y)[self._place], np.full(len(true), np.average(true, weights=weights))
        given = self.values[self._place]
        score, recalibrated, constant = (
            float(np.average(losses(true, each, loss), weights=weights)) for each in (given, fitted, mean)
        )
        return Parts(
            score=score, miscalibration=score - recalibrated, discrimination=constant - recalibrated,
            uncertainty=constant,
        )  # fmt: skip

    def miscalibration(self, y: Floats) -> float:
        """Return the miscalibration of the squared error about any outcomes `y` (n,)."""
        means = np.bincount(self._place, (self.weights * y)[self._kept]) / self._mass
        fitted = isotonic_regression(means, weights=self._mass).x
        # The squares of the outcomes themselves cancel.
        apart = self._mass * ((self.values - means) ** 2 - (fitted - means) ** 2)
        return float(apart.sum() / self._mass.sum())


def calibrated_outcomes(
    y: Floats, forecasts: Floats, *, units: Integers | None, kind: Kind, draws: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Yield outcomes (n,) as they could be if the forecasts were calibrated.

    Independent rows with probabilities: each outcome is drawn from its own probability, which makes the test by these
    draws exact. Else the errors keep their size and, in whole units, change their sign at random (wild cluster
    bootstrap with the null imposed: Cameron, Gelbach & Miller 2008): that needs no model of how rows of a unit hang
    together.

    Parameters
    ----------
    y, forecasts
        (n,) outcomes and forecasts.
    units
        (n,) unit of each row from 0; None where each row is its own.
    kind
        Whether forecasts are probabilities of a 0/1 outcome, or means.
    draws, rng
        How many, and by which generator.
    """
    errors = y - forecasts
    count = len(y) if units is None else int(units.max()) + 1
    for _ in range(draws):
        if units is None and kind == "probability":
            yield (rng.random(len(y)) < forecasts).astype(np.float64)
        else:
            signs = rng.integers(0, 2, count) * 2.0 - 1.0
            yield forecasts + errors * (signs if units is None else signs[units])


def corp_test(pooled: Pooled, y: Floats, outcomes: Iterator[Floats]) -> tuple[float, float]:
    """Return the p-value of "the forecasts are calibrated", and the mean miscalibration that chance alone makes.

    The statistic is the miscalibration of the squared error, compared with that of `outcomes` drawn under calibration;
    one draw is added to both counts, so the test holds its level.
    """
    seen = pooled.miscalibration(y)
    drawn = np.array([pooled.miscalibration(each) for each in outcomes])
    return float((1 + (drawn >= seen).sum()) / (1 + len(drawn))), float(drawn.mean())


def curve(
    y: Floats, forecasts: Floats, outcomes: Iterator[Floats], *, weights: Floats | None = None, most_bins: int = 100,
    fewest_rows: int = 5,
) -> Curve:  # fmt: skip
    """Return the reliability curve with its consistency band.

    Rows are first put into bins of equal rows, so that no point rests on fewer than `fewest_rows`; equal forecasts stay
    together.

    Parameters
    ----------
    y, forecasts
        (n,) outcomes and forecasts.
    outcomes
        Outcomes drawn under calibration, each (n,): see `calibrated_outcomes`.
    weights
        (n,) weights of rows.
    most_bins, fewest_rows
        How many bins at most, and rows in each at least.
    """
    weights = np.ones(len(y)) if weights is None else weights
    place, rows = _bins(forecasts, most=max(1, min(most_bins, len(y) // fewest_rows)), fewest=fewest_rows)
    mass = np.bincount(place, weights)
    held = mass > 0

    def means(values: Floats) -> Floats:
        return np.asarray(np.bincount(place, weights * values)[held] / mass[held])

    def fit(values: Floats) -> Floats:
        return np.asarray(isotonic_regression(means(values), weights=mass[held]).x)

    drawn = np.array([fit(each) for each in outcomes])
    lower, upper = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Curve(forecast=means(forecasts), observed=fit(y), lower=lower, upper=upper, rows=rows[held])


def _bins(values: Floats, *, most: int, fewest: int) -> tuple[npt.NDArray[np.intp], Integers]:
    """Return the bin of each row, and the rows of each bin; bins of too few rows join the one before."""
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    label = np.minimum((middle / len(values) * most).astype(np.intp), most - 1)
    rows = np.bincount(label, counts, minlength=most)
    joined, size, current = np.zeros(most, dtype=np.intp), 0.0, 0
    for index, count in enumerate(rows):
        joined[index] = current
        size += count
        if size >= fewest and rows[index + 1 :].sum() >= fewest:
            current, size = current + 1, 0.0
    bins = joined[label][place] if len(distinct) > 1 else np.zeros(len(values), dtype=np.intp)
    return bins, np.bincount(bins).astype(np.int64)


def mean_difference(
    y: Floats, forecasts: Floats, *, weights: Floats | None = None, units: Integers | None = None
) -> tuple[float, float, float]:
    """Return the mean of (outcome - forecast) with its 95 % interval: calibration in the large.

    The standard error treats the mean as a ratio of sums over units (Cochran 1977, chapter 6), which is right for whole entities or
    blocks of unequal size; Student's t with one degree of freedom less than units. NaN bounds with a single unit.

    Examples
    --------
    >>> mean_difference(np.array([0.0, 1.0, 1.0, 1.0]), np.full(4, 0.5))
    (0.25, -0.545..., 1.045...)
    """
    weights = np.ones(len(y)) if weights is None else weights
    value = float(np.average(y - forecasts, weights=weights))
    pulls = _by_unit((weights * (y - forecasts - value))[:, None], units)
    count = len(pulls)
    if count < 2:
        return value, float("nan"), float("nan")
    error = float(np.sqrt((pulls**2).sum() * count / (count - 1))) / float(weights.sum())
    reach = float(stats.t.ppf(0.975, count - 1)) * error
    return value, value - reach, value + reach


def recalibration_line(
    y: Floats, forecasts: Floats, *, kind: Kind, weights: Floats | None = None, units: Integers | None = None
) -> Line | None:
    """Return the line that would correct the forecasts (Cox 1958 for probabilities), or None where there is none.

    Weighted logistic or least-squares regression of the outcome on the logit of the forecast, or on the forecast;
    covariance by the sandwich over whole units (Liang & Zeger 1986) times units / (units - 1).

    Parameters
    ----------
    y, forecasts
        (n,) outcomes and forecasts.
    kind
        Whether forecasts are probabilities of a 0/1 outcome, or means.
    weights, units
        (n,) weights and units of rows; None where all count alike and each row is its own unit.
    """
    weights = np.ones(len(y)) if weights is None else weights
    x = special.logit(np.clip(forecasts, _INSIDE, 1 - _INSIDE)) if kind == "probability" else forecasts
    spread = float(np.std(x))
    if spread <= 1e-9 * max(1.0, float(np.abs(x).max())) or (kind == "probability" and np.ptp(y) == 0):
        return None
    centre = float(np.average(x, weights=weights))
    design = np.column_stack([np.ones(len(x)), (x - centre) / spread])  # well-conditioned whatever the unit
    found = _newton(y, design, weights, kind)
    if found is None:
        return None
    theta, bread, residual = found
    pulls = _by_unit(design * (weights * residual)[:, None], units)
    count = len(pulls)
    if count < 4:
        return None
    covariance = bread @ (pulls.T @ pulls) @ bread * count / (count - 1)
    reach = float(stats.t.ppf(0.975, count - 1)) * float(np.sqrt(covariance[1, 1])) / spread
    slope = float(theta[1]) / spread
    bins, _ = _bins(forecasts, most=200, fewest=1)
    mass = np.bincount(bins, weights).astype(np.float64)
    x_binned = np.bincount(bins, weights * design[:, 1]) / np.where(mass > 0, mass, 1)
    gaps = _gaps(_region(theta, covariance, count), x_binned, mass, lambda z: centre + spread * z, kind)
    ideal = _inside(np.array([centre, spread]), theta, covariance, count)
    return Line(
        intercept=float(theta[0]) - slope * centre, slope=slope, slope_lower=slope - reach, slope_upper=slope + reach,
        gap=float(gaps[0]), gap_lower=0.0 if ideal else float(gaps.min()), gap_upper=float(gaps.max()),
    )  # fmt: skip


def _by_unit(values: Floats, units: Integers | None) -> Floats:
    """Return sums over units (u, c) of values (n, c)."""
    if units is None:
        return values
    return np.column_stack([np.bincount(units, column) for column in values.T])


def _newton(y: Floats, design: Floats, weights: Floats, kind: Kind) -> tuple[Floats, Floats, Floats] | None:
    """Return coefficients, the inverse of the weighted information, and residuals; None where it doesn't converge."""
    theta = np.zeros(2)
    for _ in range(_STEPS):
        linear = design @ theta
        mean = special.expit(linear) if kind == "probability" else linear
        working = weights * (mean * (1 - mean) if kind == "probability" else 1.0)
        information = design.T @ (design * working[:, None])
        if np.linalg.cond(information) > 1e12:
            return None
        bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
        step = bread @ (design.T @ (weights * (y - mean)))
        largest = float(np.abs(step).max())
        if kind == "probability" and largest > _LONGEST_STEP:  # it would overshoot where probabilities are near 0 or 1
            step *= _LONGEST_STEP / largest
        theta = theta + step
        if largest < 1e-9 * max(1.0, float(np.abs(theta).max())):
            return theta, bread, y - (special.expit(design @ theta) if kind == "probability" else design @ theta)
    return None


def _reach(count: int) -> float:
    """Return the squared radius of the joint 95 % region of two coefficients (Hotelling's T² with few units)."""
    return 2 * (count - 1) / (count - 2) * float(stats.f.ppf(0.95, 2, count - 2))


def _inside(point: Floats, theta: Floats, covariance: Floats, count: int) -> bool:
    apart = point - theta
    return float(apart @ np.linalg.pinv(covariance) @ apart) <= _reach(count)


def _region(theta: Floats, covariance: Floats, count: int) -> Floats:
    """Return the estimate, then points that fill the joint 95 % confidence region, (p, 2)."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    angle = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    radii = np.linspace(0, np.sqrt(_reach(count)), _RADII + 1)[1:]
    return np.concatenate([theta[None, :], *(theta + radius * circle @ root.T for radius in radii)])


def _gaps(thetas: Floats, x: Floats, mass: Floats, back: Callable[[Floats], Floats], kind: Kind) -> Floats:
    """Return the root mean square distance between corrected and given forecasts under each of `thetas`."""
    corrected = thetas[:, :1] + thetas[:, 1:] * x
    given = back(x)
    if kind == "probability":
        corrected, given = special.expit(corrected), special.expit(given)
    return np.asarray(np.sqrt(((corrected - given) ** 2) @ (mass / mass.sum())))
