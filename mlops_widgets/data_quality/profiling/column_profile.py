"""What a profile says of one column."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.data_quality.profiling import listed_values, numbers
from mlops_widgets.data_quality.profiling.listed_values import ListedValues
from mlops_widgets.data_quality.profiling.numbers import Numbers
from mlops_widgets.data_quality.profiling.scan import ColumnScan, Kind, written
from mlops_widgets.data_quality.profiling.texts import PROSE
from mlops_widgets.errors import InputError
from mlops_widgets.measures.sketches import frequent
from mlops_widgets.measures.sketches.distinct import STANDARD_ERROR, DistinctSketch
from mlops_widgets.measures.sketches.frequent import FrequentValues
from mlops_widgets.measures.sketches.quantiles import histogram
from mlops_widgets.measures.sketches.repeats import HashSample

Flag = Literal[
    "empty", "constant", "mostly missing", "one value a row", "numbers as text", "dates as text", "blank cells", "infinite",
    "not described",
]  # fmt: skip

MOSTLY = 0.9
"""Share of texts that must read as numbers or dates for the column to be called so."""

_HALF = 0.5
_FEWEST = 20
"""Cells below which nothing is said of what most of them are."""

_Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """One column, without any cell that fewer than five rows hold.

    Parameters
    ----------
    name, stored
        Its name, and what the source calls its type.
    kind
        What it holds: "number", "time", "truth value", "text", "other" (nested cells and bytes, counted and not described)
        or "empty".
    rows, missing, not_a_number
        Rows; how many are missing (null or NaN); how many of these are NaN, where the source tells NaN from null.
    numbers
        Of numbers, truth values and times (microseconds since 1970): range, moments, bins.
    blank, read_as_numbers, read_as_dates
        Of texts: how many are white space alone, and how many read as a number or a date.
    lengths
        Of texts: their lengths in characters.
    values, shapes
        The most frequent values; of texts, the most frequent shapes ("Aa-99": letters as A or a, digits as 9, a run of
        letters as one).
    registers
        HyperLogLog registers, from which `distinct` is estimated.
    known_distinct
        How many different values there are, where that is known; else -1.
    repeated
        How many cells repeat an earlier one, estimated beyond 16,384 different values; -1 where profiles from files were added
        up, which can't know.
    seen, counted_values, counted_shapes
        What these are made of; not in files.
    """

    name: str
    stored: str
    kind: Kind
    rows: int
    missing: int = 0
    not_a_number: int = 0
    numbers: Numbers = field(default_factory=Numbers)
    blank: int = 0
    read_as_numbers: int = 0
    read_as_dates: int = 0
    lengths: Numbers = field(default_factory=Numbers)
    values: ListedValues = field(default_factory=ListedValues)
    shapes: ListedValues = field(default_factory=ListedValues)
    registers: str = ""
    known_distinct: int = -1
    repeated: float = -1.0
    seen: HashSample | None = field(default=None, metadata=IN_MEMORY, repr=False)
    counted_values: FrequentValues | None = field(default=None, metadata=IN_MEMORY, repr=False)
    counted_shapes: FrequentValues | None = field(default=None, metadata=IN_MEMORY, repr=False)

    @property
    def present(self) -> int:
        """How many cells aren't missing."""
        return self.rows - self.missing

    @property
    def missing_share(self) -> float:
        """Share of the rows that are missing."""
        return self.missing / self.rows if self.rows else 0.0

    @cached_property
    def distinct(self) -> float:
        """How many different values there are: known, or estimated with a standard error of 2.3 %; NaN where not described."""
        if self.kind == "other":
            return float("nan")
        if self.known_distinct >= 0:
            return float(self.known_distinct)
        if not self.repeated:
            return float(self.present)
        return min(DistinctSketch.from_text(self.registers).estimate, float(self.present))

    @property
    def distinct_interval(self) -> tuple[float, float]:
        """95 % interval of `distinct`: both ends the number itself where it is known."""
        if self.known_distinct >= 0 or self.kind == "other":
            return self.distinct, self.distinct
        half = _Z * STANDARD_ERROR
        least = max(self.distinct / (1 + half), float(len(self.values.values)))
        return least, min(self.distinct / (1 - half), float(self.present))

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """What strikes about the column."""
        known = self.present >= _FEWEST
        said: Mapping[Flag, bool] = {
            "empty": not self.present,
            "constant": self.known_distinct == 1 and self.rows > 1,
            "mostly missing": self.present > 0 and self.missing_share > _HALF,
            "one value a row": known and self._unique(),
            "numbers as text": known and self.read_as_numbers >= MOSTLY * (self.present - self.blank) > 0,
            "dates as text": known and self.read_as_dates >= MOSTLY * (self.present - self.blank) > 0,
            "blank cells": self.blank > 0,
            "infinite": self.numbers.infinite > 0,
            "not described": self.kind == "other",
        }
        return tuple(flag for flag, holds in said.items() if holds)

    def _unique(self) -> bool:
        """Whether no cell was seen to repeat another, for what could be a name: texts that are no prose, and whole numbers."""
        prose = self.shapes.values[:1] == (PROSE,)
        named = (self.kind == "text" and not prose) or (self.kind == "number" and self.numbers.whole)
        if not named or self.values.values:
            return False
        return not self.repeated if self.repeated >= 0 else self.distinct_interval[1] >= self.present

    def histogram(self, most: int = 20) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return (k + 1,) edges and (k,) counts of at most `most` bins: of the numbers or times, else of the lengths."""
        described = self.lengths if self.kind == "text" else self.numbers
        return histogram(described.linear, most)


def column_profile(scan: ColumnScan, *, tells_nan: bool) -> ColumnProfile:
    """Return what a scan found, as files may say it.

    Parameters
    ----------
    scan
        The column, read to its end.
    tells_nan
        Whether the source tells NaN from null; pandas doesn't.
    """
    return ColumnProfile(
        name=scan.name, stored=scan.stored, kind=scan.kind, rows=scan.rows, missing=scan.missing,
        not_a_number=scan.not_a_number if tells_nan else 0, numbers=scan.numbers, blank=scan.texts.blank,
        read_as_numbers=scan.texts.read_as_numbers, read_as_dates=scan.texts.read_as_dates, lengths=scan.texts.lengths,
        registers=scan.distinct.text(), **_counted(scan.kind, scan.seen, scan.frequent, scan.texts.shapes),
    )  # fmt: skip


def _counted(kind: Kind, seen: HashSample, values: FrequentValues, shapes: FrequentValues) -> dict[str, Any]:
    return {
        "values": listed_values.listed_values(values, partial(written, kind)), "shapes": listed_values.listed_values(shapes),
        "known_distinct": -1 if seen.level else len(seen.keys), "repeated": seen.repeats()[0], "seen": seen, "counted_values": values,
        "counted_shapes": shapes,
    }  # fmt: skip


def merge(a: ColumnProfile, b: ColumnProfile) -> ColumnProfile:
    """Return the profile of the cells of both.

    Raises
    ------
    InputError
        If they are of different kinds.
    """
    if a.kind != b.kind and "empty" not in {a.kind, b.kind}:
        raise InputError(
            f"Column {a.name[:60]!r} is {a.kind} in one profile and {b.kind} in the other. Profile both with the same types."
        )
    joint = DistinctSketch.from_text(a.registers).merged(DistinctSketch.from_text(b.registers))
    return ColumnProfile(
        name=a.name, stored=a.stored if a.kind != "empty" else b.stored, kind=a.kind if a.kind != "empty" else b.kind,
        rows=a.rows + b.rows, missing=a.missing + b.missing, not_a_number=a.not_a_number + b.not_a_number,
        numbers=numbers.merge(a.numbers, b.numbers), blank=a.blank + b.blank,
        read_as_numbers=a.read_as_numbers + b.read_as_numbers, read_as_dates=a.read_as_dates + b.read_as_dates,
        lengths=numbers.merge(a.lengths, b.lengths), registers=joint.text(), **_merged_counts(a, b),
    )  # fmt: skip


def _merged_counts(a: ColumnProfile, b: ColumnProfile) -> dict[str, Any]:
    kept = [(each.seen, each.counted_values, each.counted_shapes) for each in (a, b)]
    (seen, values, shapes), (more_seen, more_values, more_shapes) = kept
    if seen and values and shapes and more_seen and more_values and more_shapes:
        kind = a.kind if a.kind != "empty" else b.kind
        return _counted(
            kind, seen.merged(more_seen), frequent.merge(values, more_values), frequent.merge(shapes, more_shapes)
        )
    listed = listed_values.merge(a.values, b.values)
    return {
        "values": listed, "shapes": listed_values.merge(a.shapes, b.shapes),
        "known_distinct": len(listed.values) if listed.complete else -1,
    }  # fmt: skip


def for_files(column: ColumnProfile) -> ColumnProfile:
    """Return what a file may hold of a column: see `Numbers.for_files`."""
    told = column.numbers.for_files(), column.lengths.for_files()
    if told[0] is column.numbers and told[1] is column.lengths:
        return column
    return replace(column, numbers=told[0], lengths=told[1])
