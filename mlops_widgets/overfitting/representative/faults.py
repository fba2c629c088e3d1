"""The fault bench's list: what goes wrong with inputs in production, and the check that would have stopped it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.overfitting.representative.faulty_columns import kind_of, spoiled

Scope = Literal["column", "table", "batch"]
EXTRA = "a column that the model didn't ask for"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Parameters
    ----------
    name
        As in `faults=`.
    code
        Code of its finding.
    label
        What it is, as read after "fails silently on".
    short
        The same in one to three words, for figures.
    scope
        "column": befalls one feature at a time; "table": the columns as a whole; "batch": how rows are put together.
    guard
        The check before predict that would stop it.
    """

    name: str
    code: str
    label: str
    short: str
    scope: Scope
    guard: str


def _fault(name: str, number: int, label: str, short: str, guard: str, scope: Scope = "column") -> Fault:
    return Fault(name=name, code=f"OV-ST-{number:02d}", label=label, short=short, guard=guard, scope=scope)


FAULTS: tuple[Fault, ...] = (
    _fault("nulls", 2, "missing cells", "missing", "refuse a batch whose share of missing cells in a column exceeds that of the reference"),
    _fault("sentinel_low", 3, "−999 in the place of a number", "−999", "refuse numbers below the reference's smallest"),
    _fault("sentinel_high", 4, "9999 in the place of a number", "9999", "refuse numbers above the reference's largest"),
    _fault("outlier", 5, "values ten standard deviations out", "outliers", "give each number a range from the reference and refuse what lies outside"),
    _fault("times_1000", 6, "numbers a thousand times too large", "× 1000", "compare each batch's median with the reference's and name the unit in the contract"),
    _fault("divided_100", 7, "numbers a hundred times too small", "÷ 100", "compare each batch's median with the reference's and name the unit in the contract"),
    _fault("jitter", 8, "noise of a tenth of a standard deviation", "noise", "average the column over repeated measurements, or train with such noise"),
    _fault("swapped", 9, "two columns of one type swapped", "swapped", "match columns by name and compare each one's range with the reference's"),
    _fault("unseen_level", 10, "a category never seen before", "new category", "list the allowed categories and refuse or count others"),
    _fault("case", 11, "categories in other capitals", "capitals", "put words into one case before training and before predict"),
    _fault("whitespace", 12, "categories with a space behind", "space", "strip words before training and before predict"),
    _fault("number_as_text", 13, "numbers that arrive as text", "number as text", "give each column its type in the contract and refuse others"),
    _fault("text_as_number", 14, "categories that arrive as numbers", "text as number", "give each column its type in the contract and refuse others"),
    _fault("date_format", 15, "dates written day first", "date format", "send dates as ISO 8601 and refuse others"),
    _fault("stale", 16, "a column stuck at one value", "stuck", "alarm when a column that varied in the reference has one value in a batch"),
    _fault("missing_column", 17, "a column left out", "left out", "refuse a batch that lacks a column of the contract", "column"),
    _fault("reordered", 18, "columns in another order", "order", "put the columns in order by name before predict", "table"),
    _fault("extra_column", 19, "a column more", "one more", "select the contract's columns by name before predict", "table"),
    _fault("duplicated_column", 20, "a column that comes twice", "twice", "refuse a batch in which a column name recurs", "table"),
    _fault("duplicated_rows", 21, "rows that come twice", "rows twice", "count repeated keys in each batch, and compute nothing over the batch inside predict", "batch"),
    _fault("single_row", 22, "rows that come one at a time", "one by one", "compute nothing over the batch inside predict", "batch"),
)  # fmt: skip
"""All faults, in the order of their codes."""

BY_NAME = {fault.name: fault for fault in FAULTS}


@dataclass(frozen=True, kw_only=True, eq=False)
class Spoiled:
    """Inputs with one fault in one place: `place` is the feature's position, or None for the table as a whole."""

    place: int | None
    inputs: pd.DataFrame


def spoil(
    fault: Fault, inputs: pd.DataFrame, places: list[int], hit: npt.NDArray[np.bool_], *, seed: int
) -> Iterator[Spoiled]:
    """Yield the inputs with the fault in each of `places` that it can befall; `inputs` stays as it is."""
    if fault.scope == "table":
        changed = _rearranged(fault.name, inputs)
        if changed is not None:
            yield Spoiled(place=None, inputs=changed)
        return
    for place in places:
        changed = _with_fault(fault.name, inputs, place, hit, seed=seed + place)
        if changed is not None:
            yield Spoiled(place=place, inputs=changed)


def _with_fault(
    name: str, inputs: pd.DataFrame, place: int, hit: npt.NDArray[np.bool_], *, seed: int
) -> pd.DataFrame | None:
    if name == "missing_column":
        return inputs.iloc[:, [k for k in range(inputs.shape[1]) if k != place]] if inputs.shape[1] > 1 else None
    if name == "swapped":
        return _swapped(inputs, place, hit)
    changed = spoiled(name, inputs.iloc[:, place], hit, seed=seed)
    return None if changed is None else _put(inputs, {place: changed})


def _rearranged(name: str, inputs: pd.DataFrame) -> pd.DataFrame | None:
    if name == "reordered":
        return inputs.iloc[:, ::-1] if inputs.shape[1] > 1 else None
    if name == "extra_column":
        return pd.concat([inputs, pd.Series(1.0, index=inputs.index, name=EXTRA)], axis=1)
    return pd.concat([inputs, inputs.iloc[:, [0]]], axis=1)


def _swapped(inputs: pd.DataFrame, place: int, hit: npt.NDArray[np.bool_]) -> pd.DataFrame | None:
    """Swap a column with the next of its kind; the last with the first."""
    kinds = [kind_of(inputs.iloc[:, k]) for k in range(inputs.shape[1])]
    alike = [k for k, kind in enumerate(kinds) if kind == kinds[place]]
    if len(alike) < 2 or kinds[place] == "other" or (len(alike) == 2 and place == alike[1]):
        return None
    other = alike[(alike.index(place) + 1) % len(alike)]
    one, two = inputs.iloc[:, place], inputs.iloc[:, other]
    if one.astype(object).equals(two.astype(object)):
        return None
    return _put(inputs, {place: _moved(one, two, hit), other: _moved(two, one, hit)})


def _moved(column: "pd.Series[Any]", source: "pd.Series[Any]", hit: npt.NDArray[np.bool_]) -> "pd.Series[Any]":
    taken = source.set_axis(column.index).rename(column.name)
    if hit.all():
        return taken
    if pd.api.types.is_numeric_dtype(column.dtype) and pd.api.types.is_numeric_dtype(taken.dtype):
        return taken.astype(np.float64).mask(~hit, column.astype(np.float64))
    return taken.astype(object).mask(~hit, column.astype(object))


def _put(inputs: pd.DataFrame, columns: "dict[int, pd.Series[Any]]") -> pd.DataFrame:
    """Return the inputs with columns replaced by position: names may recur, or be of any kind."""
    changed = pd.concat([columns.get(k, inputs.iloc[:, k]) for k in range(inputs.shape[1])], axis=1)
    return changed.set_axis(inputs.columns, axis=1)
