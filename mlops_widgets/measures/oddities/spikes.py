"""One exact number held by more rows than chance gives it, where nothing else is: how missing cells are written as numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Sign = Literal["far", "lone sign", "zero", "inside"]

LEVEL = 0.001
"""Chance of as many equal rows, below which a value is a spike."""
FAR = 2.5
"""Gap to the rest, in reaches of its tail, from which a value stands alone."""
_WIDE, _EXTREME = 4.0, 8.0
_DETACHED = 5.0
"""Gap to the rest, in steps between the nearest other values, from which a value is detached from them."""
_FEWEST_ROWS = 20
"""Other rows from which twice their span is far; of fewer, ten times is."""
_SMALL = 10.0
"""Rows at which half of a distance is believed: the reach of a tail is read from a tenth of the rows."""
_NEIGHBOURS = 20
_DEEPEST = 3
_FAR_ZERO = 4.0
"""The same for zero: a wind too weak for the sensor reads 0 too."""
_FEWEST_DISTINCT = 10
_NINES = 10.0 ** np.arange(3, 13) - 1
_TYPE_ENDS = frozenset(float(sign * 2**bits + end) for bits in (7, 15, 31, 63) for sign, end in ((1, -1), (-1, 0)))


@dataclass(frozen=True, kw_only=True)
class Spike:
    """A number that stands for something else.

    Parameters
    ----------
    value
        The number.
    rows
        How many rows hold it.
    sign
        What gives it away: it lies far from all others, it is the only negative one, it is a zero where numbers stay away
        from zero, or it stands out among its neighbours.
    distance
        Gap to the rest, in reaches of the rest's tail on that side.
    p_value
        Chance of as many rows, were it as frequent as its neighbours.
    confidence
        0 to 1.
    """

    value: float
    rows: int
    sign: Sign
    distance: float
    p_value: float
    confidence: float


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """Different values, ascending, and the rows of each."""

    values: Floats
    rows: Integers

    def without(self, drop: npt.NDArray[np.bool_]) -> "_Counted":
        return _Counted(values=self.values[~drop], rows=self.rows[~drop])

    def quantile(self, share: float) -> float:
        upto = np.cumsum(self.rows)
        return float(self.values[min(np.searchsorted(upto, share * upto[-1]), len(upto) - 1)])


def find_spikes(numbers: Floats) -> list[Spike]:
    """Return the numbers that stand for something else, the surest first.

    The lowest and highest values are looked at (up to three on a side, so that 98 and 99 don't hide each other), zero where
    all others are positive, and numbers of nines anywhere.

    A value stands alone where the gap to the rest is several reaches of the rest's tail: the mean excess over its outer
    tenth, or the widest step between neighbours there if that is more. Positive values must stand alone on a logarithmic
    scale too, since that is how amounts spread. It is a spike where as many rows would be rare if it were as frequent as its
    twenty nearest neighbours that are at least as round: a binomial test, its count divided by how much more the
    neighbours' counts vary than chance has it, so that heaps on round numbers aren't spikes.

    Parameters
    ----------
    numbers
        (n,); NaN where missing.

    Examples
    --------
    >>> ages = np.concatenate([np.arange(18.0, 80.0).repeat(5), np.full(9, 999.0)])
    >>> [(spike.value, spike.rows, spike.sign) for spike in find_spikes(ages)]
    [(999.0, 9, 'far')]
    """
    finite = numbers[np.isfinite(numbers)]
    values, rows = np.unique(finite, return_counts=True)
    counted = _Counted(values=values, rows=rows.astype(np.int64))
    if len(values) < 3:
        return []
    found = {each.value: each for side in (1, -1) for each in _at_edge(counted, side)}
    kept = counted.without(np.isin(values, list(found)))
    for each in (*_inside(kept), *_zero(kept)):
        found.setdefault(each.value, each)
    return sorted(found.values(), key=lambda each: -each.confidence)


def conventional(value: float) -> bool:
    """Say whether a number is written as people write "none": one digit over and over, −1, −9, or an end of a type.

    Examples
    --------
    >>> [conventional(x) for x in (-1, 99, -999, 8888, 32767, 0, 22, 512.3, 1000)]
    [True, True, True, True, True, False, False, False, False]
    """
    if value in _TYPE_ENDS or not np.isfinite(value) or abs(value) >= 1e30:
        return True
    if value != np.floor(value):
        return False
    digits = str(abs(int(value)))
    if value < 0 and digits in {"1", "9"}:
        return True
    return len(set(digits)) == 1 and digits[0] != "0" and (len(digits) >= 3 or digits == "99")


def _at_edge(counted: _Counted, side: int) -> list[Spike]:
    """Return the spikes among the outermost values of one side (1: highest), with the widest gap behind them."""
    best: list[Spike] = []
    for depth in range(1, min(_DEEPEST, len(counted.values) - 2) + 1):
        outer = np.zeros(len(counted.values), dtype=np.bool_)
        outer[-depth:] = True
        if side < 0:
            outer = outer[::-1]
        rest, block = counted.without(outer), counted.without(~outer)
        spikes = [each for each in _judged(block, rest, side) if each.value != 0]
        if len(spikes) == depth and sum(s.confidence for s in spikes) > sum(s.confidence for s in best):
            best = spikes
    return best


def _judged(block: _Counted, rest: _Counted, side: int) -> Iterator[Spike]:
    edge, nearest = (rest.values[-1], block.values[0]) if side > 0 else (rest.values[0], block.values[-1])
    gap = abs(float(nearest - edge))
    distance = _distance(rest, float(nearest), side)
    spans = 2 if rest.rows.sum() >= _FEWEST_ROWS else 10
    beyond = gap >= spans * float(rest.values[-1] - rest.values[0])
    believed = distance * float(rest.rows.sum() / (rest.rows.sum() + _SMALL))
    signs = {
        "extreme": believed >= _EXTREME and beyond, "wide": believed >= _WIDE and beyond,
        "far": believed >= FAR and len(rest.values) >= _FEWEST_DISTINCT, "alone": _sign_alone(block, rest),
        "among many": len(rest.values) >= _FEWEST_DISTINCT, "detached": gap >= _DETACHED * _step_near(rest, side),
    }  # fmt: skip
    if not any(holds for name, holds in signs.items() if name not in {"detached", "among many"}):
        return
    for value, rows in zip(block.values, block.rows, strict=True):
        p_value = _spike_p(float(value), int(rows), rest)
        of_value = {"shaped": conventional(float(value)), "spiky": p_value < LEVEL, "repeated": rows >= 3}
        shown = {name for name, holds in {**signs, **of_value}.items() if holds}
        confidence = next((grade for grade, needed in _GRADES if needed <= shown), 0.0)
        if confidence > 0:
            sign: Sign = "lone sign" if shown.isdisjoint({"extreme", "far"}) else "far"
            yield Spike(value=float(value), rows=int(rows), sign=sign, distance=distance, p_value=p_value, confidence=confidence)  # fmt: skip


def _sign_alone(block: _Counted, rest: _Counted) -> bool:
    """Say whether the block is one negative value and nothing else is negative, among enough values to say so."""
    return len(block.values) == 1 and block.values[0] < 0 <= rest.values[0] and len(rest.values) >= _FEWEST_DISTINCT


def _step_near(rest: _Counted, side: int) -> float:
    """Return the usual step between the values of the rest that are nearest to its end."""
    near = rest.values[-_NEIGHBOURS:] if side > 0 else rest.values[:_NEIGHBOURS]
    return float(np.median(np.diff(near)))


_GRADES: tuple[tuple[float, frozenset[str]], ...] = (
    (0.97, frozenset({"shaped", "extreme", "spiky"})),
    (0.93, frozenset({"shaped", "extreme"})),
    (0.93, frozenset({"shaped", "far", "repeated"})),
    (0.9, frozenset({"shaped", "alone", "spiky"})),
    (0.8, frozenset({"extreme", "spiky", "among many"})),
    (0.7, frozenset({"alone", "spiky", "repeated"})),
    (0.7, frozenset({"shaped", "far"})),
    (0.7, frozenset({"shaped", "alone", "repeated", "detached"})),
    (0.45, frozenset({"shaped", "alone", "repeated"})),
    (0.65, frozenset({"wide", "spiky", "repeated", "among many"})),
    (0.6, frozenset({"extreme", "repeated", "among many"})),
    (0.45, frozenset({"extreme", "repeated"})),
    (0.45, frozenset({"far", "spiky", "repeated"})),
)
"""How sure each set of signs makes; the first that is complete counts."""


def distance_to_others(numbers: Floats, value: float, besides: Floats) -> float:
    """Return how far a number lies outside of all others, in reaches of their tail on that side; 0 where it lies among them.

    Parameters
    ----------
    numbers
        (n,) all numbers, NaN where missing.
    value
        The one that is asked about.
    besides
        Numbers that don't count as others either, such as further candidates.

    Examples
    --------
    >>> days = np.append(np.arange(1000.0), 1e6)
    >>> distance_to_others(days, 1e6, np.array([1e6])) > 100, distance_to_others(days, 500.0, np.array([]))
    (True, 0.0)
    """
    rest = numbers[np.isfinite(numbers) & ~np.isin(numbers, np.append(besides, value))]
    values, rows = np.unique(rest, return_counts=True)
    if len(values) < 3 or values[0] <= value <= values[-1]:
        return 0.0
    return _gap(_Counted(values=values, rows=rows.astype(np.int64)), value, 1 if value > values[-1] else -1)


def _distance(rest: _Counted, value: float, side: int) -> float:
    """Return the gap to the rest in reaches of its tail, the smaller of the linear and the logarithmic scale."""
    linear = _gap(rest, value, side)
    if value <= 0 or rest.values[0] <= 0:
        return linear
    logs = _Counted(values=np.log(rest.values), rows=rest.rows)
    return min(linear, _gap(logs, float(np.log(value)), side))


def _gap(rest: _Counted, value: float, side: int) -> float:
    signed = _Counted(values=rest.values * side, rows=rest.rows) if side > 0 else _mirrored(rest)
    start = signed.quantile(0.9)
    outer = signed.values > start
    spread = float(signed.values[-1] - signed.values[0])
    excess = float(np.average(signed.values[outer] - start, weights=signed.rows[outer])) if outer.any() else 0.0
    inner = signed.values[(signed.values >= signed.quantile(0.5)) & (signed.values <= signed.quantile(0.995))]
    step = float(np.diff(inner).max()) if len(inner) > 1 else 0.0
    reach = max(excess, step, 0.01 * spread)
    return float((side * value - signed.values[-1]) / reach) if reach > 0 else 0.0


def _mirrored(rest: _Counted) -> _Counted:
    return _Counted(values=-rest.values[::-1], rows=rest.rows[::-1])


def _spike_p(value: float, rows: int, rest: _Counted) -> float:
    """Return the chance of so many rows at `value`, were it as frequent as its nearest neighbours that are as round."""
    values, counts = rest.values, rest.rows
    round_ = _roundness(np.array([value]))[0]
    if round_:
        as_round = _roundness(values) >= round_
        values, counts = (values[as_round], counts[as_round]) if as_round.sum() >= 3 else (values, counts)
    near = counts[np.argsort(np.abs(values - value), kind="stable")[:_NEIGHBOURS]].astype(np.float64)
    mean = float(near.mean())
    varies = max(1.0, float(near.var(ddof=1)) / mean) if len(near) > 1 else 1.0
    total = (rows + near.sum()) / varies
    return float(stats.binom.sf(np.ceil(rows / varies) - 1, int(np.ceil(total)), 1 / (1 + len(near))))


def _roundness(values: Floats) -> Integers:
    """Return how many zeros each number ends in, at most six; numbers with decimals end in none."""
    with np.errstate(invalid="ignore", over="ignore"):
        ends = [np.mod(values, 10.0**power) == 0 for power in range(1, 7)]
    return np.asarray(np.sum(ends, axis=0), dtype=np.int64)


def _zero(counted: _Counted) -> Iterator[Spike]:
    """Yield zero where every other value is positive and stays away from it, as no weight or pressure comes near 0."""
    if counted.values[0] != 0 or len(counted.values) <= _FEWEST_DISTINCT:
        return
    rest = counted.without(counted.values == 0)
    rows, share = int(counted.rows[0]), float(counted.rows[0] / counted.rows.sum())
    distance = _gap(rest, 0.0, -1)
    if distance < FAR or rows < 2:
        return
    yield Spike(
        value=0.0, rows=rows, sign="zero", distance=distance, p_value=_spike_p(0.0, rows, rest), confidence=_of_zero(share) if distance >= _FAR_ZERO else 0.4,
    )  # fmt: skip


def _of_zero(share: float) -> float:
    """Return how sure a lone zero is an error: the more rows hold it, the likelier it means "none"."""
    return 0.8 if share <= 0.1 else 0.6 if share <= 0.3 else 0.4


def _inside(counted: _Counted) -> Iterator[Spike]:
    """Yield numbers of three nines or more among other numbers, where they tower over their neighbours.

    At an end to which the other numbers lead up they may be a cap: what is higher was booked as 99,999.
    """
    for at in np.flatnonzero(np.isin(np.abs(counted.values), _NINES) & (counted.rows >= 5)):
        value, rows = counted.values[at], counted.rows[at]
        rest = counted.without(counted.values == value)
        p_value = _spike_p(float(value), int(rows), rest)
        near = rest.rows[np.argsort(np.abs(rest.values - value), kind="stable")[:_NEIGHBOURS]]
        if p_value < LEVEL**2 and rows > 5 * near.max():
            at_end = not counted.values[0] < value < counted.values[-1]
            yield Spike(
                value=float(value), rows=int(rows), sign="inside", distance=0.0, p_value=p_value,
                confidence=0.45 if at_end else 0.7,
            )  # fmt: skip
