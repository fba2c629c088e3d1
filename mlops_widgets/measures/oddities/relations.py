"""Sums, differences, products and ratios that columns keep to: found among all of few columns, with the rows that break them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

HELD = 0.75
"""Share of rows that a relation must hold in, of those beyond what chance explains."""
_SAMPLE = 200
_FEWEST_ROWS, _FEWEST_DISTINCT = 40, 8
_MOST_COLUMNS = 15
_WRITTEN = 0.99
_MOST = 1e12


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A column that two others, or one other, give.

    Parameters
    ----------
    result, first, second
        Names of the columns; `second` is "" where the result is the first plus a constant.
    sign
        "+", "−", "×" or "÷"; "=" where there is no second.
    plus
        What is added: the rows' middle difference.
    tolerance
        By how much a row may differ: half of the last digit, or one where a difference of whole numbers is rounded down.
    held
        Share of rows in which it holds.
    expected
        What the relation gives, (n,).
    broken
        Which rows break it, (n,).
    """

    result: str
    first: str
    second: str
    sign: str
    plus: float
    tolerance: float
    held: float
    expected: Floats
    broken: Booleans

    @property
    def words(self) -> str:
        """The relation as an equation."""
        right = self.first if not self.second else f"{self.first} {self.sign} {self.second}"
        if abs(self.plus) > self.tolerance:
            right += f" {'+' if self.plus > 0 else '−'} {abs(self.plus):.6g}"
        return f"{self.result} = {right}"


def _divided(a: Floats, b: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(np.where(b != 0, a / b, np.nan))


def _times(a: Floats, b: Floats) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(a * b)


_SIGNS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add, "−": np.subtract, "×": _times, "÷": _divided,
}  # fmt: skip


def find_relations(columns: Mapping[str, Floats], *, seed: int = 0) -> list[Relation]:
    """Return the arithmetic that columns keep to and some rows break, the best kept first.

    Every ordered triple of up to 15 columns is tried on 200 rows: result = first (+ − × ÷) second + constant, and result =
    first + constant. A relation is kept if it holds, within rounding, in three quarters of the rows beyond those in which it
    holds by chance (with the result's rows shuffled), so that columns of few values relate to nothing. It is then held
    against all rows. Of relations that say the same (a = b + c, b = a − c) the first is kept.

    Parameters
    ----------
    columns
        Name → (n,) numbers, NaN where missing.
    seed
        Seed of the 200 rows and of the shuffle.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> born, seen = rng.integers(1940, 2000, 300).astype(float), rng.integers(2015, 2024, 300).astype(float)
    >>> age = seen - born
    >>> age[7] = 150
    >>> [
    ...     (each.words, np.flatnonzero(each.broken).tolist())
    ...     for each in find_relations({"age": age, "born": born, "seen": seen})
    ... ]
    [('seen = age + born', [7])]
    """
    usable = [name for name, numbers in columns.items() if _varies(numbers)][:_MOST_COLUMNS]
    known = np.flatnonzero(np.all([np.isfinite(columns[name]) for name in usable], axis=0)) if usable else np.zeros(0)
    if len(known) < _FEWEST_ROWS:
        return []
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(known)[:_SAMPLE]).astype(np.int64)
    sample = {name: columns[name][rows] for name in usable}
    order = rng.permutation(len(rows))
    found: list[Relation] = []
    taken: set[frozenset[str]] = set()
    given = {name for name in usable if _may_result(columns[name])}
    for result, first, second, sign in _candidates(sample, order):
        key = frozenset({result, first, second} - {""})
        if result in given and key not in taken:
            relation = _held(columns, result, first, second, sign)
            if relation is not None:
                found.append(relation)
                taken.add(key)
    return sorted(found, key=lambda each: -each.held)


def _varies(numbers: Floats) -> bool:
    finite = numbers[np.isfinite(numbers)]
    return len(finite) >= _FEWEST_ROWS and bool(np.abs(finite).max() <= _MOST) and bool(finite.min() < finite.max())


def _may_result(numbers: Floats) -> bool:
    """Say whether a column has enough values to be given by others only if it is: few, or one mostly, fit by chance."""
    values, counts = np.unique(numbers[np.isfinite(numbers)], return_counts=True)
    return len(values) >= _FEWEST_DISTINCT and bool(counts.max() < counts.sum() / 2)


def _candidates(sample: Mapping[str, Floats], order: "npt.NDArray[np.int64]") -> Iterator[tuple[str, str, str, str]]:
    """Yield what holds in the sample, simple equations first."""
    names = list(sample)
    tolerance = {name: _tolerance(sample[name]) for name in names}
    matrix = np.array([sample[name] for name in names])
    tolerances = np.array([tolerance[name] for name in names])[:, None]
    for first in names:
        for result in _matching(matrix, sample[first], tolerances, order, names, exclude={first}):
            if names.index(first) < names.index(result):
                yield result, first, "", "="
    for sign, apply in _SIGNS.items():
        for first, second in permutations(names, 2):
            if sign in "+×" and names.index(first) > names.index(second):
                continue
            for result in _matching(matrix, apply(sample[first], sample[second]), tolerances, order, names, exclude={first, second}):  # fmt: skip
                yield result, first, second, sign


def _matching(
    matrix: Floats, given: Floats, tolerances: Floats, order: "npt.NDArray[np.int64]", names: Sequence[str], *,
    exclude: set[str],
) -> list[str]:  # fmt: skip
    """Return the columns that equal `given`, but for a constant, in far more rows than when its rows are shuffled."""
    if not np.isfinite(given).all():
        given = np.where(np.isfinite(given), given, 0.0)
    apart = matrix - given
    shuffled = matrix - given[order]
    held = (np.abs(apart - np.median(apart, axis=1, keepdims=True)) <= tolerances).mean(axis=1)
    chance = (np.abs(shuffled - np.median(shuffled, axis=1, keepdims=True)) <= tolerances).mean(axis=1)
    beyond = (held - chance) / np.maximum(1 - chance, 1e-9)
    return [
        name
        for name, holds in zip(names, (beyond >= HELD) & (chance <= 0.5), strict=True)
        if holds and name not in exclude
    ]


def _tolerance(numbers: Floats) -> float:
    """Return half of the last digit that the numbers are written with; one where they are whole, as ages are."""
    digits = last_digit(numbers)
    if digits is None:
        return 1e-6 * max(float(np.nanmax(np.abs(numbers))), 1e-300)
    return 1.0 if digits == 0 else 0.5001 * 10.0**-digits


def last_digit(numbers: Floats) -> int | None:
    """Return how many decimals nearly all numbers (99 %) are written with, at most six; None where they need more.

    Examples
    --------
    >>> last_digit(np.array([1.5, 2.25, np.nan])), last_digit(np.array([3.0, 4.0])), last_digit(np.array([1 / 3]))
    (2, 0, None)
    """
    finite = numbers[np.isfinite(numbers)]
    return (
        next((digits for digits in range(7) if on_grid(finite, digits).mean() >= _WRITTEN), None)
        if len(finite)
        else None
    )


def on_grid(numbers: Floats, digits: int | None) -> Booleans:
    """Return which numbers have no more decimals than that; all where `digits` is None, none that are missing, (n,)."""
    if digits is None:
        return np.isfinite(numbers)
    return np.asarray(np.isclose(numbers, np.round(numbers, digits), rtol=1e-9, atol=1e-9))


def _held(columns: Mapping[str, Floats], result: str, first: str, second: str, sign: str) -> Relation | None:
    given = columns[first] if not second else _SIGNS[sign](columns[first], columns[second])
    apart = columns[result] - given
    known = np.isfinite(apart)
    if known.sum() < _FEWEST_ROWS:
        return None
    plus, tolerance = float(np.median(apart[known])), _tolerance(columns[result])
    broken = known & ~(np.abs(apart - plus) <= tolerance * (1 + 1e-9))
    held = 1 - float(broken.sum() / known.sum())
    if held < HELD:
        return None
    digits = last_digit(columns[result])
    expected = np.where(known, given + plus if digits is None else np.round(given + plus, digits), np.nan)
    return Relation(
        result=result, first=first, second=second, sign=sign, plus=plus, tolerance=tolerance, held=held, expected=expected,
        broken=np.asarray(broken),
    )  # fmt: skip
