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


FAULTS: tuple[Fault, ...] = (
    Fault(
        name="nulls", code="OV-ST-02", label="missing cells", short="missing", scope="column",
        guard="refuse a batch whose share of missing cells in a column exceeds that of the reference",
    ),
    Fault(
        name="sentinel_low", code="OV-ST-03", label="−999 in the place of a number", short="−999", scope="column",
        guard="refuse numbers below the reference's smallest",
    ),
    Fault(
        name="sentinel_high", code="OV-ST-04", label="9999 in the place of a number", short="9999", scope="column",
        guard="refuse numbers above the reference's largest",
    ),
    Fault(
        name="outlier", code="OV-ST-05", label="values ten standard deviations out", short="outliers", scope="column",
        guard="give each number a range from the reference and refuse what lies outside",
    ),
    Fault(
        name="times_1000", code="OV-ST-06", label="numbers a thousand times too large", short="× 1000", scope="column",
        guard="compare each batch's median with the reference's and name the unit in the contract",
    ),
    Fault(
        name="divided_100", code="OV-ST-07", label="numbers a hundred times too small", short="÷ 100", scope="column",
        guard="compare each batch's median with the reference's and name the unit in the contract",
    ),
    Fault(
        name="jitter", code="OV-ST-08", label="noise of a tenth of a standard deviation", short="noise", scope="column",
        guard="average the column over repeated measurements, or train with such noise",
    ),
    Fault(
        name="swapped", code="OV-ST-09", label="two columns of one type swapped", short="swapped", scope="column",
        guard="match columns by name and compare each one's range with the reference's",
    ),
    Fault(
        name="unseen_level", code="OV-ST-10", label="a category never seen before", short="new category", scope="column",
        guard="list the allowed categories and refuse or count others",
    ),
    Fault(
        name="case", code="OV-ST-11", label="categories in other capitals", short="capitals", scope="column",
        guard="put words into one case before training and before predict",
    ),
    Fault(
        name="whitespace", code="OV-ST-12", label="categories with a space behind", short="space", scope="column",
        guard="strip words before training and before predict",
    ),
    Fault(
        name="number_as_text", code="OV-ST-13", label="numbers that arrive as text", short="number as text", scope="column",
        guard="give each column its type in the contract and refuse others",
    ),
    Fault(
        name="text_as_number", code="OV-ST-14", label="categories that arrive as numbers", short="text as number", scope="column",
        guard="give each column its type in the contract and refuse others",
    ),
    Fault(
        name="date_format", code="OV-ST-15", label="dates written day first", short="date format", scope="column",
        guard="send dates as ISO 8601 and refuse others",
    ),
    Fault(
        name="stale", code="OV-ST-16", label="a column stuck at one value", short="stuck", scope="column",
        guard="alarm when a column that varied in the reference has one value in a batch",
    ),
    Fault(
        name="missing_column", code="OV-ST-17", label="a column left out", short="left out", scope="column",
        guard="refuse a batch that lacks a column of the contract",
    ),
    Fault(
        name="reordered", code="OV-ST-18", label="columns in another order", short="order", scope="table",
        guard="put the columns in order by name before predict",
    ),
    Fault(
        name="extra_column", code="OV-ST-19", label="a column more", short="one more", scope="table",
        guard="select the contract's columns by name before predict",
    ),
    Fault(
        name="duplicated_column", code="OV-ST-20", label="a column that comes twice", short="twice", scope="table",
        guard="refuse a batch in which a column name recurs",
    ),
    Fault(
        name="duplicated_rows", code="OV-ST-21", label="rows that come twice", short="rows twice", scope="batch",
        guard="count repeated keys in each batch, and compute nothing over the batch inside predict",
    ),
    Fault(
        name="single_row", code="OV-ST-22", label="rows that come one at a time", short="one by one", scope="batch",
        guard="compute nothing over the batch inside predict",
    ),
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
    taken: pd.Series[Any] = source.set_axis(column.index)
    taken.name = column.name
    if hit.all():
        return taken
    numeric = all(pd.api.types.is_numeric_dtype(each.dtype) for each in (column, taken))
    kind = np.dtype(np.float64 if numeric else object)
    mixed: pd.Series[Any] = taken.astype(kind).mask(~hit, column.astype(kind))
    return mixed


def _put(inputs: pd.DataFrame, columns: "dict[int, pd.Series[Any]]") -> pd.DataFrame:
    """Return the inputs with columns replaced by position: names may recur, or be of any kind."""
    changed = pd.concat([columns.get(k, inputs.iloc[:, k]) for k in range(inputs.shape[1])], axis=1)
    return changed.set_axis(inputs.columns, axis=1)
