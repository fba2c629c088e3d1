"""What goes wrong with whole rows and with labels: a bad join, rows booked twice, labels that are wrong or not yet there."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError
from mlops_widgets.study.tables import distinct, holds_numbers

Integers = npt.NDArray[np.int64]

JITTER = 0.002
"""Standard deviation of what sets a near-copy's numbers apart, as a share of the number."""

MOST_EXACT = 2**53
"""Whole numbers beyond this have no exact float."""

MOST_CLASSES = 20
"""A column of numbers with more different ones than this holds amounts, not classes."""


def shuffled(
    frame: pd.DataFrame, hit: Integers, columns: Sequence[str], rng: np.random.Generator
) -> tuple[pd.DataFrame, Integers]:
    """Return rows that got the columns of another row of those that are hit, as from a join on the wrong key."""
    order = rng.permutation(hit)
    copy = frame.copy()
    for name in columns:
        copy[name] = _moved(frame[name], to=order, of=np.roll(order, 1))
    return copy, np.arange(len(frame), dtype=np.int64)


def duplicates(
    frame: pd.DataFrame, hit: Integers, columns: Sequence[str], rng: np.random.Generator
) -> tuple[pd.DataFrame, Integers]:
    """Return the rows with near-copies of those that are hit at the end: numbers differ in the third digit."""
    copies = frame.iloc[hit].copy()
    for name in columns:
        copies[name] = _jittered(copies[name], rng)
    return pd.concat([frame, copies]), np.concatenate([np.arange(len(frame), dtype=np.int64), hit])


def flipped(column: "pd.Series[Any]", hit: Integers, rng: np.random.Generator) -> "pd.Series[Any]":
    """Return labels of which those that are hit are wrong: another class, or in a column of amounts another row's."""
    hit = hit[column.notna().to_numpy()[hit]]
    if holds_numbers(column) and distinct(column) > MOST_CLASSES:
        order = rng.permutation(hit)
        return _moved(column, to=order, of=np.roll(order, 1))
    codes, classes = pd.factorize(column)
    if len(classes) < 2:
        return column
    others = (codes[hit] + rng.integers(1, len(classes), len(hit))) % len(classes)
    copy = column.copy()
    copy.iloc[hit] = pd.Series(classes).take(others).to_numpy()
    return copy


def not_yet_booked(column: "pd.Series[Any]", hit: Integers, positive: Any) -> "pd.Series[Any]":  # noqa: ANN401 - a label
    """Return labels of two classes of which the positive ones that are hit still read negative.

    Raises
    ------
    InputError
        If there are more than two classes, or `positive` is none of them.
    """
    classes = sorted(column.dropna().unique(), key=lambda label: (str(type(label)), label))
    if len(classes) > 2:
        raise InputError(
            f"kind='late_labels' with target={str(column.name)[:60]!r}, which has {len(classes):,} classes. Outcomes that aren't "
            "booked yet need two: pass a target with two, or kind='labels'."
        )
    if len(classes) < 2:
        return column
    positive = classes[1] if positive is None else positive
    if positive not in classes:
        raise InputError("positive= is no class of the target. Pass the label of the outcome that is booked late.")
    late = hit[(column == positive).to_numpy(dtype=np.bool_, na_value=False)[hit]]
    copy = column.copy()
    copy.iloc[late] = classes[0] if positive == classes[1] else classes[1]
    return copy


def _moved(column: "pd.Series[Any]", *, to: Integers, of: Integers) -> "pd.Series[Any]":
    places = np.arange(len(column))
    places[to] = of
    return column.take(places).set_axis(column.index)


def _jittered(column: "pd.Series[Any]", rng: np.random.Generator) -> "pd.Series[Any]":
    if not holds_numbers(column) or pd.api.types.is_bool_dtype(column.dtype):
        return column
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    noisy = values * (1 + rng.normal(0.0, JITTER, len(values)))
    if not pd.api.types.is_integer_dtype(column.dtype):
        return pd.Series(noisy, index=column.index)
    known = np.isfinite(values) & (np.abs(values) < MOST_EXACT)
    whole = np.round(np.clip(noisy[known], column.min(), column.max())).astype(np.int64)
    copy = column.copy()
    copy.iloc[np.flatnonzero(known)] = pd.Series(whole).astype(column.dtype).to_numpy()
    return copy
