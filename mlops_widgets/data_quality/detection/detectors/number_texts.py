"""Numbers written with something around them, and texts in a column of numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.placeholders import KNOWN
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.study.tables import FEWEST_QUOTED, as_numbers

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]

_CORE = re.compile(r"([^\d.+-]{0,4}?)\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([^\d]{0,24})")
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_DIGIT = re.compile(r"\d")
_BOUND = re.compile(r"[<>≤≥~+]")
_NUMBERS = 0.5
_FEW_NUMBERS = 0.02
_WITH_UNIT = 0.9
_MOST_UNITS = 12
_ONE_WRITING = 0.8
_SAME_UNIT = 0.35
_CODES = 0.5
_FEW_NUMBERS_DIFFER = 10
_ONE_IN = 200
_CODE = 0.45
"""How sure it is that a word is wrong among few whole numbers, which may be names of levels: floors are 1, 2, 3 and G."""
_SAMPLED = 300
_MOST_LEVELS = 50_000


@dataclass(frozen=True)
class _Read:
    """The values of a column as numbers, plain or with an affix.

    Parameters
    ----------
    values, counts
        The column's values and how many cells hold each, shape (values,).
    plain
        The number that each is, NaN where it is none.
    core
        The number inside each, NaN where there is none.
    affix
        What stands around it, "" where nothing does.
    """

    values: Texts
    counts: npt.NDArray[np.int64]
    plain: Floats
    core: Floats
    affix: Texts

    def share(self, mask: Booleans) -> float:
        """Return the share of cells that hold one of these values, among those that no placeholder fills."""
        told = ~self.known
        total = self.counts[told].sum()
        return float(self.counts[mask & told].sum() / total) if total else 0.0

    @cached_property
    def known(self) -> Booleans:
        """Which values are widely written for missing."""
        return np.array([str(value).casefold() in KNOWN for value in self.values], dtype=bool)

    @cached_property
    def placeholders(self) -> Booleans:
        """Which values would stand for missing among numbers: those widely written for it, and words that recur."""
        words = np.array([not _DIGIT.search(value[:60]) for value in self.values], dtype=bool)
        return self.known | (words & (self.counts >= 2))

    def numbers(self, scale: float) -> Texts:
        """Return the numbers inside, scaled and without digits that only arithmetic made, objects of shape (values,)."""
        return np.array([float(f"{core * scale:.12g}") for core in self.core], dtype=object)

    @property
    def numeric(self) -> Booleans:
        """Which values are plain numbers."""
        return np.isfinite(self.plain)

    @property
    def with_affix(self) -> Booleans:
        """Which values are a number with something around it."""
        return np.isfinite(self.core) & ~self.numeric & ~self.known


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect texts among numbers, and numbers whose unit is written in several ways."""
    for column in columns.texts:
        if not 0 < len(column.levels.values) <= _MOST_LEVELS or not _speaks_of_numbers(column):
            continue
        read = _read(column)
        if read.share(read.numeric) >= _NUMBERS:
            yield from _texts_among_numbers(column, read)
        elif read.with_affix.any() and read.share(read.with_affix | read.numeric) >= _WITH_UNIT:
            yield from _numbers_with_units(column, read)
        elif read.share(read.numeric) <= _FEW_NUMBERS:
            yield from _numbers_among_texts(column, read)


def _speaks_of_numbers(column: Column) -> bool:
    """Say whether some values begin or end like numbers: few columns of text do, and the rest needn't be read."""
    values = column.levels.values
    some = values[:: max(1, len(values) // _SAMPLED)]
    found = [_CORE.fullmatch(value[:60]) for value in some]
    heads = sum(each is not None and _is_unit(each[1], each[3]) for each in found)
    return heads >= 0.3 * len(some) or bool(np.isfinite(column.numbers).any())


def _read(column: Column) -> _Read:
    values = column.levels.values
    core, affix = np.full(len(values), np.nan), np.full(len(values), "", dtype=object)
    for at, value in enumerate(values):
        found = _CORE.fullmatch(value[:60])
        if found and _is_unit(found[1], found[3]):
            core[at] = float(found[2].replace(",", ""))
            affix[at] = f"{found[1].strip()}{'…' if found[1] else ''}{found[3].strip()}"
    return _Read(values, column.levels.counts, as_numbers(pd.Series(values, dtype=object)), core, affix)


def _is_unit(before: str, after: str) -> bool:
    """Say whether what stands around a number is a unit: not a bound, the ending of an ordinal, or the letters of a code."""
    if _BOUND.search(before + after) or after.strip().casefold() in _ORDINAL:
        return False
    return not any(character.isalpha() for character in before)


def _texts_among_numbers(column: Column, read: _Read) -> Iterator[Suspicion]:
    """Suspect what is no number where most cells are; not among whole numbers of which few recur: those are codes."""
    whole = read.numeric & (read.plain == np.round(read.plain))
    cells = max(int(read.counts[read.numeric].sum()), 1)
    if whole.sum() == read.numeric.sum() and read.numeric.sum() / cells > _CODES:
        return
    share = read.share(read.numeric)
    sure = min(0.95, 0.5 + 0.5 * share)
    odd = ~read.numeric & ~read.placeholders
    affixed = odd & np.isfinite(read.core)
    for affix in dict.fromkeys(read.affix[affixed]):
        chosen = affixed & (read.affix == affix)
        told = f"'{short(affix)}'" if read.counts[chosen].sum() >= FEWEST_QUOTED else "letters or signs"
        letter = len(affix) == 1 and affix.isalpha() and len(set(read.affix[affixed])) > 1
        plain = f"{number(share, 'percent')} of {short(column.name)} are plain numbers"
        reason = f"A number with {told} around it, where {plain}."
        yield _suspicion(column, chosen, 0.4 if letter else sure, reason, read.numbers(_scale(read, chosen)))
    rest = odd & ~affixed
    if rest.any():
        rows = column.levels.rows(rest)
        of_levels = whole.sum() == read.numeric.sum() < _FEW_NUMBERS_DIFFER and rest @ read.counts > cells / _ONE_IN
        yield Suspicion(
            kind="wrong_type", column=column.name, rows=rows, confidence=np.full(len(rows), min(sure, _CODE) if of_levels else sure),
            reason=f"A text, where {number(share, 'percent')} of {short(column.name)} are numbers.", repair=np.full(len(rows), np.nan, dtype=object),
        )  # fmt: skip


def _numbers_among_texts(column: Column, read: _Read) -> Iterator[Suspicion]:
    """Suspect rare numbers where all else is words, surer where the words recur: a name may be a number, a category isn't."""
    words = np.array([not any(character.isdigit() for character in value[:60]) for value in read.values], dtype=bool)
    if not read.numeric.any() or read.share(words | read.numeric) < 1 - _FEW_NUMBERS:
        return
    recur = len(read.values) <= 0.2 * read.counts.sum()
    rows = column.levels.rows(read.numeric)
    yield Suspicion(
        kind="wrong_type", column=column.name, rows=rows, confidence=np.full(len(rows), 0.7 if recur else 0.4),
        reason=f"A number, where {number(read.share(words), 'percent')} of {short(column.name)} are words.",
    )  # fmt: skip


def _scale(read: _Read, chosen: Booleans) -> float:
    """Return what the numbers inside are multiplied by to be like the plain ones: a hundredth for true percentages."""
    if not any("%" in affix for affix in read.affix[chosen]):
        return 1.0
    plain, inside = np.abs(read.plain[read.numeric]), np.abs(read.core[chosen])
    here, there = np.median(plain), np.median(inside)
    return 0.01 if there > 0 and here > 0 and abs(np.log(there / here / 100)) < abs(np.log(there / here)) else 1.0


def _numbers_with_units(column: Column, read: _Read) -> Iterator[Suspicion | ColumnNote]:
    """Say that a column is numbers with a unit; suspect its cells where the unit is written in several ways."""
    plain = read.numeric & (read.share(read.numeric) > _FEW_NUMBERS)
    chosen = read.with_affix | plain
    names, of = np.unique(read.affix[chosen].astype(str), return_inverse=True)
    cells = np.bincount(of, read.counts[chosen])
    if len(names) > _MOST_UNITS or cells.sum() < FEWEST_QUOTED:
        return
    most = int(cells.argmax())
    written = ", ".join(f"'{short(names[at])}'" for at in np.argsort(-cells)[:3] if cells[at] >= FEWEST_QUOTED)
    yield ColumnNote(
        kind="wrong_type", column=column.name, confidence=0.9, action="Parse the numbers, and put the unit into the column's name.",
        reason=f"{short(column.name)} holds numbers with their unit ({written}), so it is read as text.",
    )  # fmt: skip
    if len(names) < 2 or not _side_by_side(read, chosen, of):
        return
    alike = _alike(read.core[chosen], read.counts[chosen], of, most)
    where = np.flatnonzero(chosen)
    one = cells[most] / cells.sum() >= _ONE_WRITING
    reason = (
        f"The unit of {short(column.name)} is written in {len(names)} ways ({written})"
        f"{'; the numbers behind them are alike, so the number is what counts' if alike.all() else ''}."
    )
    for same in (True, False):
        part = np.zeros(len(read.values), dtype=bool)
        part[where[(alike[of] == same) & ~((of == most) & one) & ~plain[chosen]]] = True
        if part.any():
            yield _suspicion(column, part, 0.9 if same else 0.6, reason, read.numbers(1.0) if same else None)


def _side_by_side(read: _Read, chosen: Booleans, of: npt.NDArray[np.int64]) -> bool:
    """Say whether one number occurs with several units: "1 year" beside "2 years" is grammar, "5 kg" beside "5 kilo" isn't."""
    cores = read.core[chosen]
    pairs = pd.Series(of).groupby(cores).nunique()
    cells = pd.Series(read.counts[chosen]).groupby(cores).sum()
    return bool(cells[pairs > 1].sum() >= 0.2 * cells.sum())


def _alike(cores: Floats, counts: npt.NDArray[np.int64], of: npt.NDArray[np.int64], most: int) -> Booleans:
    """Return which ways of writing hold much the same numbers as the commonest: overlap of their distributions."""
    names = int(of.max()) + 1
    _, core = np.unique(cores, return_inverse=True)
    table = np.zeros((names, int(core.max()) + 1))
    np.add.at(table, (of, core), counts)
    shares = table / table.sum(axis=1, keepdims=True)
    overlap = np.minimum(shares, shares[most]).sum(axis=1)
    # A writing of few cells can't match a distribution; that its numbers all occur with the others says the same.
    known = (table[:, table[most] > 0]).sum(axis=1) / table.sum(axis=1)
    return np.asarray((overlap >= _SAME_UNIT) | ((table.sum(axis=1) < 30) & (known >= 0.5)))


def _suspicion(column: Column, chosen: Booleans, sure: float, reason: str, numbers: Texts | None) -> Suspicion:
    """Return the suspicion of the cells with the chosen values, and what belongs there, a number a value, where that is known."""
    rows = column.levels.rows(chosen)
    return Suspicion(
        kind="wrong_type", column=column.name, rows=rows, confidence=np.full(len(rows), sure), reason=reason,
        repair=None if numbers is None else numbers[column.levels.codes[rows]], systematic=True,
    )  # fmt: skip
