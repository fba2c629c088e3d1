"""Numbers that stand for "none": found by how they lie among the others, not by a list."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from mlops_widgets.core.words import number, p_words, short
from mlops_widgets.data_quality.detection.columns import Columns, Floats
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, Suspicion
from mlops_widgets.measures.oddities.spikes import LEVEL, Spike, find_spikes
from mlops_widgets.study.tables import FEWEST_QUOTED

_UNSURE = 0.3
_MOST_WIDTHS = 100.0
_STRUCTURAL = 0.95
_COVERED = 0.8
_MOST_LEVELS = 30
_ELSEWHERE = 0.1


def suspect_sentinels(columns: Columns, numbers: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """Suspect numbers that stand alone and recur; one that does so in several columns more, a zero that others explain less.

    Parameters
    ----------
    columns
        The table.
    numbers
        Name → (n,) numbers, NaN where missing.
    """
    found = {name: find_spikes(cells) for name, cells in numbers.items()}
    columns_of = Counter(spike.value for spikes in found.values() for spike in spikes if spike.value != 0)
    for name, spikes in found.items():
        for spike in spikes:
            confidence = spike.confidence
            if columns_of[spike.value] > 1:
                confidence = min(0.98, confidence + _ELSEWHERE)
            rows = np.flatnonzero(numbers[name] == spike.value)
            if spike.sign == "zero" and confidence >= _UNSURE and _explained(columns, name, rows):
                confidence = _UNSURE
            yield Suspicion(
                kind="disguised_missing", column=name, rows=rows, confidence=np.full(len(rows), confidence),
                reason=_reason(name, spike, columns_of[spike.value], sure=confidence >= CERTAIN), repair=np.full(len(rows), np.nan, dtype=object),
                systematic=True,
            )  # fmt: skip


def _reason(name: str, spike: Spike, columns_with_it: int, *, sure: bool) -> str:
    what = f"{spike.value:,.12g}".replace("-", "−") if spike.rows >= FEWEST_QUOTED else "One number"
    widths = number(min(spike.distance, _MOST_WIDTHS), digits=1 if spike.distance < 10 else 0)
    often = f"{spike.rows:,} {'row' if spike.rows == 1 else 'rows'}"
    where = {
        "far": f"{widths} tail widths or more from all others",
        "lone sign": "the only negative number", "zero": f"{widths} tail widths below all others",
        "inside": "far more often than the numbers around it",
    }[spike.sign]  # fmt: skip
    said = f"{what} in {often} of {short(name)}, {where}"
    if spike.p_value < LEVEL:
        said += f" ({p_words(spike.p_value)} for so many)"
    if columns_with_it > 1:
        said += f", and the same in {columns_with_it} columns"
    return f"{said}: it {'probably stands' if sure else 'may stand'} for a missing value."


def _explained(columns: Columns, name: str, rows: "np.typing.NDArray[np.int64]") -> bool:
    """Say whether another column's levels give the zeros: who doesn't work works no hours, which is no error."""
    zero = np.zeros(columns.rows, dtype=np.bool_)
    zero[rows] = True
    for other, column in columns.columns.items():
        if other == name or column.kind == "other" or not 2 <= column.distinct <= _MOST_LEVELS:
            continue
        codes = column.cells.factorize(use_na_sentinel=False)[0]
        of_level = np.bincount(codes, weights=zero) / np.maximum(np.bincount(codes), 1)
        covered = zero[of_level[codes] >= _STRUCTURAL].sum()
        if (of_level < _STRUCTURAL).any() and covered >= _COVERED * len(rows):
            return True
    return False
