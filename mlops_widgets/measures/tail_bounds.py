"""How far beyond the values seen the next ones may lie: a bound from the tail of a sample."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FEWEST_VALUES = 50
_MOST_EXCESSES = 250
_FEWEST_EXCESSES = 20
_LARGEST_SHAPE = 0.9
_NO_VARIANCE, _RAGGED = 0.5, 0.4
_ERRORS = 1.5
"""Standard errors of the shape that are added to it: the tail is taken to be as heavy as the sample allows."""


def upper_bound(values: Floats, *, new: int, chance: float) -> float:
    """Return a bound that the largest of `new` further values of the same kind exceeds with about `chance`, or less.

    Excesses over a high value follow a generalised Pareto distribution, whatever the distribution (Pickands 1975). Its shape and
    scale are those with the probability-weighted moments of the highest tenth, at most 250 values (Hosking and Wallis 1987,
    Technometrics 29, 339-349); the shape is then raised by
    a standard error and a half, and taken for a ceiling only where it is three below 0. Never below the largest value.

    Parameters
    ----------
    values
        Values without gaps, shape (n,), 50 or more.
    new
        How many further values there will be, 1 or more.
    chance
        Chance that the largest of them is beyond the bound, above 0 and below 1.

    Examples
    --------
    >>> upper_bound(np.repeat([1.0, 2.0, 3.0], 100), new=300, chance=0.01)
    3.0
    """
    largest = float(values.max())
    threshold, excesses = _excesses(values)
    count, mean = len(excesses), float(excesses.mean()) if len(excesses) else 0.0
    if not 0 < mean < math.inf:  # one value holds the whole top: a ceiling
        return largest
    shape = _cautious(_shape(excesses), count)
    scale = mean * (1 - shape)
    times = max(new * count / len(values) / chance, 1.0)
    growth = math.log(times) if abs(shape) < 1e-6 else (times**shape - 1) / shape
    bound = threshold + scale * growth
    return max(largest, bound) if math.isfinite(bound) else largest


def lower_bound(values: Floats, *, new: int, chance: float) -> float:
    """Return a bound that the smallest of `new` further values is below with about `chance`, or less; see `upper_bound`.

    Examples
    --------
    >>> lower_bound(np.repeat([1.0, 2.0, 3.0], 100), new=300, chance=0.01)
    1.0
    """
    return -upper_bound(-values, new=new, chance=chance)


def has_no_variance(values: Floats) -> bool:
    """Say whether the upper tail looks too heavy to have a variance: a shape above a half, and a ragged end.

    A few rows far off, but close together, give a large shape too. So the mean logarithm of the twenty largest distances from the
    median, as multiples of the next one, must also be large (Hill 1975, Annals of Statistics 3, 1163-1174).

    Parameters
    ----------
    values
        Values without gaps, shape (n,), 50 or more.

    Examples
    --------
    >>> has_no_variance(np.arange(1, 1001) ** -1.0), has_no_variance(np.arange(1000.0))
    (True, False)
    """
    _, excesses = _excesses(values)
    if not len(excesses) or not 0 < float(excesses.mean()) < math.inf or _shape(excesses) <= _NO_VARIANCE:
        return False
    ends = np.sort(values)[-_FEWEST_EXCESSES - 1 :] - np.median(values)
    return bool(ends[0] > 0 and np.log(ends[1:] / ends[0]).mean() > _RAGGED)


def _excesses(values: Floats) -> tuple[float, Floats]:
    """Return a high value and how far those above lie beyond it, rising order, shape (k,); none where one value holds the top."""
    count = min(max(len(values) // 10, _FEWEST_EXCESSES), _MOST_EXCESSES)
    top = np.sort(values)[-count - 1 :]
    if top[0] == top[-1]:
        return float(top[0]), top[:0]
    top = _untied(top, values)
    return float(top[0]), top[1:] - top[0]


def _untied(top: Floats, values: Floats) -> Floats:
    """Return rising values with ties spread evenly over the step between neighbours: counts and ages are rounded."""
    levels = np.unique(top)
    below = values[values < levels[0]]
    steps = np.diff(np.append(below.max(), levels) if len(below) else levels)
    if not len(steps):
        return top
    step = float(steps.min())
    held = int((values == levels[0]).sum())
    ranks = np.concatenate(
        [
            _middles(held)[held - int((top == levels[0]).sum()) :],
            *(_middles(int((top == each).sum())) for each in levels[1:]),
        ]
    )
    return top + step * (ranks - 0.5)


def _middles(count: int) -> Floats:
    return (np.arange(count) + 0.5) / count


def _shape(excesses: Floats) -> float:
    """Return the shape with these excesses' weighted moments, rising order, shape (k,); -1 is uniform, 0 exponential."""
    count = len(excesses)
    left = 1 - (np.arange(1, count + 1) - 0.35) / count
    first, second = float(excesses.mean()), float((left * excesses).mean())
    spread = first - 2 * second
    return max(2 - first / spread, -1.0) if spread > 0 else -1.0


def _cautious(shape: float, count: int) -> float:
    """Return a heavier shape that the excesses don't speak against; a ceiling needs three standard errors."""
    error = _standard_error(shape, count)
    raised = min(shape + _ERRORS * error, _LARGEST_SHAPE)
    return max(raised, 0.0) if shape + 3 * error > 0 else raised


def _standard_error(shape: float, count: int) -> float:
    """Return the shape's standard error in large samples (Hosking and Wallis 1987, equation 12), for shapes below a half."""
    at = min(shape, 0.4)
    variance = (1 - at) * (2 - at) ** 2 * (1 - at + 2 * at**2) / ((1 - 2 * at) * (3 - 2 * at))
    return math.sqrt(variance / count)
