"""The values that one column of a row may take instead of its own, what each costs, and how it is written into a frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, listed
from mlops_widgets.explainability.stakeholders.recourse.constraints import Constraint
from mlops_widgets.study.tables import FEWEST_QUOTED, as_numbers, holds_numbers
from mlops_widgets.study.wording import Wording, cell_text

Floats = npt.NDArray[np.float64]

QUANTILES = (0.01, 0.99)
_GRID = 25
_MOST_LEVELS = 12
_FEW = 20
_FINEST = 6
_PER_UNIT = 20
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Move:
    """What one column of the row may become. A value is a code: a number itself, days of a date, a place among `cells`.

    Parameters
    ----------
    column
        The column.
    own
        Code of the row's own cell; NaN where it is missing.
    codes
        New values to try, the nearest first.
    unit
        A change of 1: of numbers the median distance of the reference's rows from their median.
    weight
        Cost of a change of 1.
    ordered
        Whether codes are amounts, so that there are values between two of them.
    lower, upper
        Range of new values; NaN of categories.
    step
        New values are multiples of it: of it from the row's own value where the user gave it, else from 0.
    from_own
        Which of the two.
    few
        The only new values there are, in order; empty where any multiple does.
    cells
        Of categories, the cells by code.
    """

    column: str
    own: float
    codes: Floats
    unit: float
    weight: float
    ordered: bool
    lower: float
    upper: float
    step: float
    from_own: bool
    few: Floats
    cells: tuple[Any, ...]

    def cost(self, codes: Floats) -> Floats:
        """Return what each new value costs; a category, or a value where there was none, is a change of 1."""
        if not self.ordered or math.isnan(self.own):
            return np.where(codes == self.own, 0.0, self.weight).astype(np.float64)
        return np.asarray(np.abs(codes - self.own) / self.unit * self.weight)

    def near(self, share: Floats, codes: Floats) -> Floats:
        """Return the allowed value at `share` of the way from the row's own to each code, never nearer than that."""
        reached = self.outward(self.own + share * (codes - self.own))
        return np.where(codes > self.own, np.minimum(reached, codes), np.maximum(reached, codes))

    def outward(self, exact: Floats) -> Floats:
        """Return the nearest allowed value from each on, away from the row's own."""
        up = exact > self.own
        if not len(self.few):
            return self.snapped(exact, np.where(up, 1, -1))
        left, right = (np.searchsorted(self.few, exact, side=side) for side in _SIDES)
        return np.asarray(self.few[np.clip(np.where(up, left, right - 1), 0, len(self.few) - 1)])

    def snapped(self, exact: Floats, towards: "npt.NDArray[np.int64] | int" = 0) -> Floats:
        """Return the nearest multiples of the step; the next above with 1, below with -1."""
        origin = self.own if self.from_own else 0.0
        steps = (exact - origin) / self.step
        whole = np.where(
            towards == 0, np.round(steps), np.where(towards == 1, np.ceil(steps - 1e-9), np.floor(steps + 1e-9))
        )
        return np.asarray(np.round(origin + whole * self.step, _FINEST + 2))

    def settled(self, exact: Floats) -> Floats:
        """Return the nearest values that the column can have."""
        if not len(self.few):
            return self.snapped(exact)
        values = np.unique(np.append(self.few, self.own))
        middles = (values[1:] + values[:-1]) / 2
        return np.asarray(values[np.searchsorted(middles, exact)])

    def fill(self, own: "pd.Series[Any]", codes: Floats) -> "pd.Series[Any]":
        """Return the column of rows whose new codes these are, NaN where the cell stays; `own` holds the row's own cell."""
        changed = ~np.isnan(codes)
        if not self.ordered:
            pool = _with_cells(own, self.cells)
            return pool.take(np.where(changed, np.nan_to_num(codes) + 1, 0).astype(np.int64)).reset_index(drop=True)
        if pd.api.types.is_datetime64_any_dtype(own.dtype):
            zone = getattr(own.dtype, "tz", None)
            moments = pd.Series(pd.Timestamp(0, tz=zone) + pd.to_timedelta(np.nan_to_num(codes), unit="D"))
            return moments.astype(own.dtype).where(changed, own.iloc[0])
        values = np.where(changed, codes, self.own)
        whole = pd.api.types.is_integer_dtype(own.dtype) and bool((values == np.round(values)).all())
        nullable = not isinstance(own.dtype, np.dtype)
        return pd.Series(values).astype(own.dtype if whole or nullable else np.float64)

    def codes_of(self, cells: "pd.Series[Any]") -> Floats:
        """Return the cells of a column of amounts as codes; NaN where they are missing."""
        return _codes(cells)

    def words(self, code: float, words: Wording) -> str:
        """Return a value in words."""
        return words.value(self.column, self.cell(code))

    def cell(self, code: float) -> Any:  # noqa: ANN401 - any cell
        """Return the cell of a code that changes something."""
        return code if self.ordered else self.cells[int(code)]


def _with_cells(own: "pd.Series[Any]", cells: Sequence[Any]) -> "pd.Series[Any]":
    """Return the row's own cell and the cells of the categories, in the column's type."""
    if isinstance(own.dtype, pd.CategoricalDtype):
        kind = pd.CategoricalDtype(own.dtype.categories, ordered=own.dtype.ordered)
        return pd.concat([own.astype(object), pd.Series(list(cells), dtype=object)], ignore_index=True).astype(kind)
    return pd.Series([own.iloc[0], *cells], dtype=own.dtype)


def move_of(own: "pd.Series[Any]", reference: "pd.Series[Any]", constraint: Constraint, words: Wording) -> Move | None:
    """Return what the row's cell (`own`, one cell) may become; None where nothing else is allowed.

    Parameters
    ----------
    own
        The row's own cell.
    reference
        The column of the rows that say what is usual.
    constraint
        What is allowed.
    words
        A column of numbers whose cells have labels is one of categories, unless the constraint treats it as amounts.

    Raises
    ------
    InputError
        If the constraint asks for an order that the column doesn't have.
    """
    if constraint.change == "immutable":
        return None
    column = str(own.name)
    amounts = constraint.change != "free" or any(
        each is not None for each in (constraint.lower, constraint.upper, constraint.step)
    )
    dated = pd.api.types.is_datetime64_any_dtype(reference.dtype)
    labelled = column in words.values and not amounts
    numeric = holds_numbers(reference) and not pd.api.types.is_bool_dtype(reference.dtype)
    if (numeric and not labelled) or dated:
        return _of_amounts(column, _codes(own), _codes(reference), constraint)
    if amounts:
        raise InputError(
            f"constraints[{column!r}] speaks of more or less, and the column holds {reference.dtype} cells without an order. "
            "Pass allowed=[…], 'free' or 'immutable'."
        )
    return _of_levels(column, own, reference, constraint)


def _codes(cells: "pd.Series[Any]") -> Floats:
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        zone = getattr(cells.dtype, "tz", None)
        return np.asarray((cells - pd.Timestamp(0, tz=zone)) / _DAY, dtype=np.float64)
    values = as_numbers(cells)
    return np.where(np.isfinite(values), values, np.nan)


def _of_amounts(column: str, own: Floats, reference: Floats, constraint: Constraint) -> Move | None:
    known = reference[~np.isnan(reference)]
    if not len(known):
        return None
    here, unit = float(own[0]), unit_of(known)
    low, high = (float(each) for each in np.quantile(known, QUANTILES))
    low = low if constraint.lower is None else constraint.lower
    high = high if constraint.upper is None else constraint.upper
    step = constraint.step or _round_step(known, unit)
    from_own = constraint.step is not None and not math.isnan(here)
    few = _few(known, constraint)
    codes = few if len(few) else _tried(known, here, (low, high), step, from_own=from_own)
    if constraint.change in {"increase", "decrease"} and not math.isnan(here):
        codes = codes[codes > here] if constraint.change == "increase" else codes[codes < here]
    codes = np.unique(codes[(codes != here) & (codes >= low) & (codes <= high)])
    if not len(codes):
        return None
    nearest = codes if math.isnan(here) else codes[np.argsort(np.abs(codes - here), kind="stable")]
    return Move(
        column=column, own=here, codes=nearest, unit=unit, weight=constraint.cost, ordered=True, lower=low, upper=high,
        step=step, from_own=from_own, few=codes if len(few) else few, cells=(),
    )  # fmt: skip


def _few(known: Floats, constraint: Constraint) -> Floats:
    """Return the only new values that there are: those allowed, else those of a column of few different ones."""
    if constraint.allowed is not None:
        codes = _codes(pd.Series(list(constraint.allowed)))
        return np.unique(codes[~np.isnan(codes)])
    if any(each is not None for each in (constraint.step, constraint.lower, constraint.upper)):
        return np.zeros(0)
    values, counts = np.unique(known, return_counts=True)
    often = values[counts >= FEWEST_QUOTED]
    return often if 0 < len(values) <= _FEW else np.zeros(0)


def _tried(known: Floats, own: float, ends: tuple[float, float], step: float, *, from_own: bool) -> Floats:
    """Return the values to try: quantiles of the reference, and the row's own value one or a few steps on, both rounded."""
    low, high = ends
    origin = own if from_own else 0.0
    first, last = math.ceil((low - origin) / step - 1e-9), math.floor((high - origin) / step + 1e-9)
    if last < first:
        return np.zeros(0)
    exact = np.quantile(known, np.linspace(QUANTILES[0], QUANTILES[1], _GRID))
    if not math.isnan(own):
        exact = np.concatenate([exact, own + step * np.array([-5, -2, -1, 1, 2, 5])])
    exact = np.concatenate([exact, np.linspace(low, high, 5)])
    whole = np.clip(np.round((exact - origin) / step), first, last)
    return np.round(origin + np.unique(whole) * step, _FINEST + 2)


def unit_of(known: Floats) -> float:
    """Return the median distance from the median; where more than half are equal the standard deviation, else 1.

    Examples
    --------
    >>> unit_of(np.array([1.0, 2.0, 3.0, 4.0, 100.0])), unit_of(np.array([0.0, 0.0, 0.0, 4.0])), unit_of(np.ones(3))
    (1.0, 1.7320508075688772, 1.0)
    """
    unit = float(np.median(np.abs(known - np.median(known))))
    return unit or float(known.std()) or 1.0


def _round_step(known: Floats, unit: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, a twentieth of the unit or less, and none finer than the cells."""
    size = 10.0 ** math.floor(math.log10(unit / _PER_UNIT))
    nice = max(each * size for each in (1, 2, 5) if each * size <= unit / _PER_UNIT * (1 + 1e-9))
    return max(nice, _finest(known))


def _finest(known: Floats) -> float:
    """Return the coarsest power of ten of which the cells are multiples."""
    some = known[:2000]
    for power in range(3, -_FINEST, -1):
        scaled = some / 10.0**power
        if np.all(np.abs(scaled - np.round(scaled)) <= 1e-6 * np.maximum(np.abs(scaled), 1.0)):
            return 10.0**power
    return 10.0**-_FINEST


def _of_levels(column: str, own: "pd.Series[Any]", reference: "pd.Series[Any]", constraint: Constraint) -> Move | None:
    try:
        counts = reference.value_counts()
    except TypeError:  # cells such as lists
        return None
    counts = counts[counts > 0]
    if constraint.allowed is not None:
        known = {cell_text(cell): cell for cell in counts.index}
        strange = [each for each in constraint.allowed if cell_text(each) not in known]
        if strange:
            raise InputError(
                f"constraints[{column!r}]: allowed= holds {str(strange[0])[:60]!r}, which no row of the reference has. "
                f"{_often(counts)}"
            )
        cells = [known[cell_text(each)] for each in constraint.allowed]
    else:
        cells = sorted(
            counts[counts >= FEWEST_QUOTED].index[:_MOST_LEVELS], key=lambda cell: (-counts[cell], str(cell))
        )
    own_text = cell_text(own.iloc[0])
    codes = np.array([code for code, cell in enumerate(cells) if cell_text(cell) != own_text], dtype=np.float64)
    if not len(codes):
        return None
    here = next((float(code) for code, cell in enumerate(cells) if cell_text(cell) == own_text), math.nan)
    return Move(
        column=column, own=here, codes=codes, unit=1.0, weight=constraint.cost, ordered=False, lower=math.nan,
        upper=math.nan, step=1.0, from_own=False,
        few=np.zeros(0), cells=tuple(cells),
    )  # fmt: skip


def _often(counts: "pd.Series[int]") -> str:
    often = counts.index[counts >= FEWEST_QUOTED]
    return (
        f"Values that {FEWEST_QUOTED} rows or more have: {listed(often)}."
        if len(often)
        else "Pass values that rows have."
    )
