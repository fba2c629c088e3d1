"""A column before and after a step, as shares of the rows in bins that quote no cell that fewer than five rows hold."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import Form, number, short
from mlops_widgets.data_quality.cleaning.rules.suspects import is_missing, numbers_in
from mlops_widgets.study.tables import FEWEST_QUOTED, holds_numbers

Floats = npt.NDArray[np.float64]
Places = list[npt.NDArray[np.intp]]

_BINS = 8
_MOST_NAMES = 6
_LETTERS = 24
_DIGITS = 3


def distributions(before: "pd.Series[Any]", after: "pd.Series[Any]") -> dict[str, Any]:
    """Return names of bins and the shares of the rows in each, before and after.

    Numbers and dates get eight bins between values beyond which at least five rows lie, and one hundredth of them, of what the
    column holds afterwards, and a bin for each side beyond; texts their most frequent values, if five rows hold them.
    """
    is_date = pd.api.types.is_datetime64_any_dtype(after.dtype)
    names, places = (
        _spans(before, after, is_date=is_date) if is_date or holds_numbers(after) else _values(before, after)
    )
    shares = [np.bincount(place, minlength=len(names)) / max(len(place), 1) for place in places]
    kept = [at for at in range(len(names)) if shares[0][at] or shares[1][at]]
    return {
        "bins": tuple(names[at] for at in kept), "before": tuple(float(shares[0][at]) for at in kept),
        "after": tuple(float(shares[1][at]) for at in kept),
    }  # fmt: skip


def _spans(before: "pd.Series[Any]", after: "pd.Series[Any]", *, is_date: bool) -> tuple[list[str], Places]:
    columns = [_as_read(each, is_date=is_date) for each in (before, after)]
    edges = _edges(columns[1][np.isfinite(columns[1])], is_date=is_date)
    form: Form = "date" if is_date else "number"
    words = [number(float(edge), form) for edge in edges]
    what = "no date" if is_date else "no number"
    beyond = (
        [
            f"{'before' if is_date else 'below'} {words[0]}",
            *(f"{low} – {high}" for low, high in pairwise(words)),
            f"from {words[-1]}",
        ]
        if words
        else ["known"]
    )
    names = ["missing", what, *beyond]
    places = []
    for cells, values in zip((before, after), columns, strict=True):
        bins = 2 + (
            np.searchsorted(edges, values, side="right") if len(edges) else np.zeros(len(values), dtype=np.intp)
        )
        gone = np.array([is_missing(cell) for cell in cells], dtype=bool)
        places.append(np.where(gone, 0, np.where(np.isnan(values), 1, bins)).astype(np.intp))
    return names, places


def _edges(known: Floats, *, is_date: bool) -> Floats:
    """Return round ends of bins, none where too few rows are there to say anything of their ends."""
    if len(known) < 2 * FEWEST_QUOTED:
        return np.zeros(0)
    beyond = max(0.01, FEWEST_QUOTED / len(known))
    low, high = np.quantile(known, [beyond, 1 - beyond])
    ends = np.linspace(low, high, _BINS + 1) if high > low else np.array([low])
    return np.unique(ends if is_date else [float(f"{each:.{_DIGITS}g}") for each in ends])


def _as_read(cells: "pd.Series[Any]", *, is_date: bool) -> Floats:
    """Return numbers, or milliseconds since 1970 of dates, NaN for anything else."""
    if not is_date:
        return numbers_in(cells)
    if not pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return np.full(len(cells), np.nan)
    times = pd.to_datetime(cells, utc=True).to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(times), np.nan, times.astype(np.int64).astype(np.float64))


def _values(before: "pd.Series[Any]", after: "pd.Series[Any]") -> tuple[list[str], Places]:
    texts = [["" if is_missing(cell) else str(cell).strip() for cell in each] for each in (before, after)]
    counts = [Counter(each) for each in texts]
    often = {text: max(each[text] for each in counts) for text in {*counts[0], *counts[1]} if text}
    ranked = sorted(often.items(), key=lambda each: (-each[1], each[0]))
    shown = [text for text, count in ranked if count >= FEWEST_QUOTED][:_MOST_NAMES]
    index = {text: at for at, text in enumerate(shown)}
    names = [*(short(text, _LETTERS) for text in shown), "other values", "missing"]
    places = [np.array([index.get(text, len(index) + (not text)) for text in each], dtype=np.intp) for each in texts]
    return names, places
