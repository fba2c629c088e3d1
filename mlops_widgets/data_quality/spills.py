"""The six spills of the spoiler's desk: what is spilled, where, and into which columns of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.damage import OF_LABELS, Damaged, damage
from mlops_widgets.study.tables import as_numbers, distinct, holds_numbers

_MEASURED = 10
"""A column of numbers with as many different ones is a measurement; with fewer it is a code or a count."""
_LARGE = 100
_MOST_JITTERED = 2


@dataclass(frozen=True, kw_only=True)
class Spill:
    """One thing that goes wrong.

    Parameters
    ----------
    name
        Its name.
    kind
        The kind of damage that it is.
    label, short
        What it is called in a sentence, and on a button.
    place
        Where it lies: in what the model learns from, in what it is asked later, or copied before rows are split.
    """

    name: str
    kind: str
    label: str
    short: str
    place: Literal["learning", "serving", "split"]


SPILLS: tuple[Spill, ...] = (
    Spill(name="near_duplicates", kind="duplicates", label="near-duplicates before the split", short="near-duplicates", place="split"),
    Spill(name="flipped_labels", kind="labels", label="wrong labels", short="labels flipped", place="learning"),
    Spill(name="late_labels", kind="late_labels", label="positive outcomes not booked yet", short="booked late", place="learning"),
    Spill(name="sentinel", kind="sentinel", label="missing cells written as a number", short="9999 in training", place="learning"),
    Spill(name="unit", kind="unit", label="another unit at serving", short="unit at serving", place="serving"),
    Spill(name="bad_join", kind="shuffled", label="a bad join at serving", short="bad join", place="serving"),
)  # fmt: skip
"""All spills; the first is the one that is shown first, since it makes the score better."""

BY_NAME = {spill.name: spill for spill in SPILLS}


def measurements(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those of `columns` that hold measurements: numbers, ten different ones or more.

    Examples
    --------
    >>> measurements(pd.DataFrame({"a": range(20), "b": [0, 1] * 10, "c": ["x"] * 20}), ["a", "b", "c"])
    ['a']
    """
    return [
        name for name in columns
        if holds_numbers(frame[name]) and frame[name].dtype != bool and distinct(frame[name]) >= _MEASURED
    ]  # fmt: skip


def places_of(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns that each spill of `SPILLS` hits; a spill that these columns can't have is left out.

    Parameters
    ----------
    frame
        The rows.
    columns
        Columns that may be hit, the most telling first; not the target.
    """
    found = measurements(frame, columns)
    amounts = [name for name in found if _size(frame[name]) >= _LARGE]
    places: dict[str, tuple[str, ...]] = {"near_duplicates": tuple((amounts or found)[:_MOST_JITTERED])}
    if found:
        places["sentinel"] = (found[0],)
        other = [name for name in (*amounts, *found) if name != found[0]]
        places["unit"] = ((other or found)[0],)
    if columns:
        places["bad_join"] = tuple(columns)
    return places


def put(
    spill: Spill, frame: pd.DataFrame, share: float, *, columns: Sequence[str], target: str | None, positive: object,
    seed: int,
) -> Damaged:  # fmt: skip
    """Return a copy of `frame` with a spill in a share of its rows; of outcomes booked late, of the positive ones."""
    of_labels = spill.kind in OF_LABELS
    return damage(
        frame, spill.kind, share, columns=None if of_labels else columns, target=target if of_labels else None,
        positive=positive if spill.kind == "late_labels" else None, seed=seed,
    )  # fmt: skip


def _size(column: "pd.Series[Any]") -> float:
    numbers = np.abs(as_numbers(column))
    return float(np.median(numbers[np.isfinite(numbers)])) if np.isfinite(numbers).any() else 0.0
