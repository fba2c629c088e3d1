"""Values that the earlier table never held: beyond its range, or a level that it doesn't know."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.overfitting.representative.pair import Column, Pair

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


def unmet_values(column: Column, later: Marks, units: Integers) -> Marks:
    """Return which rows (n,) hold a value that no other unit of the earlier table vouches for.

    A later row is marked if its number lies beyond the smallest or largest of the earlier table, or its level (missing
    counts as one) doesn't occur there. An earlier row is marked if that is so of it and the rest of its table: so the
    share of marked earlier rows is what to expect of new rows from the same source.

    Parameters
    ----------
    column
        The column.
    later, units
        (n,) whether each row is of the later table, and its resampling unit.
    """
    missing = np.isnan(column.values)
    marked = _unknown_level(np.where(missing, -1.0, column.values if column.kind == "level" else 0.0), later, units)
    if column.kind != "level":
        present = ~missing
        marked[present] |= _beyond(column.values[present], later[present], units[present])
    return marked


def _unknown_level(levels: Floats, later: Marks, units: Integers) -> Marks:
    """Mark levels that no earlier unit holds but the row's own."""
    codes = np.unique(levels, return_inverse=True)[1]
    held = np.unique(np.column_stack([codes[~later], units[~later]]), axis=0)  # a level and a unit that holds it
    holders = np.bincount(held[:, 0], minlength=int(codes.max()) + 1)
    return np.asarray(holders[codes] < np.where(later, 1, 2))


def _beyond(values: Floats, later: Marks, units: Integers) -> Marks:
    """Mark numbers outside the range of the earlier rows of other units."""
    if later.all():
        return np.ones(len(values), dtype=np.bool_)
    return _above_others(values, later, units) | _above_others(-values, later, units)


def _above_others(values: Floats, later: Marks, units: Integers) -> Marks:
    early, owner = values[~later], units[~later]
    largest = float(early.max())
    holder = int(owner[np.argmax(early)])
    others = early[owner != holder]
    second = float(others.max()) if len(others) else -np.inf
    limit = np.where(~later & (units == holder), second, largest)
    return np.asarray(values > limit)


def unmet_rows(pair: Pair) -> tuple[Floats, Marks]:
    """Return the share of later rows that each column marks (columns,), and which rows (n,) any column marks."""
    any_column = np.zeros(len(pair.later), dtype=np.bool_)
    shares = []
    for column in pair.columns:
        marked = unmet_values(column, pair.later, pair.units)
        shares.append(float(marked[pair.later].mean()))
        any_column |= marked
    return np.array(shares), any_column
