"""What `profile` returns: a table in numbers that can be added up, as JSON too."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.profiling import column_profile
from mlops_widgets.data_quality.profiling.column_profile import ColumnProfile
from mlops_widgets.data_quality.profiling.scan import moment_text
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.measures.sketches.repeats import HashSample

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, kw_only=True)
class Profile(Result):
    """A table, column by column. Files hold aggregates: no value that fewer than five rows hold, ranges rounded outwards.

    Parameters
    ----------
    table
        Name of the table.
    columns
        The columns, in order.
    source_rows
        Rows of the source; more than `rows` where a sample was profiled.
    repeated, repeated_lower, repeated_upper
        Rows that repeat an earlier one in all columns that can be compared: estimate and 95 % interval, all three equal where
        they were counted. NaN as the upper end where profiles from files were added up, which can't know rows that two
        of them share.
    compared_columns
        How many columns were compared for that.
    notes
        How the table was read and sampled, in sentences.
    row_sample
        What `repeated` rests on; not in files.
    """

    table: str
    columns: tuple[ColumnProfile, ...]
    source_rows: int
    repeated: float
    repeated_lower: float
    repeated_upper: float
    compared_columns: int
    notes: tuple[str, ...] = ()
    row_sample: HashSample | None = field(default=None, metadata=IN_MEMORY, repr=False)

    @property
    def sampled(self) -> bool:
        """Whether the numbers are of a sample of the source."""
        return self.source_rows > self.rows

    @cached_property
    def by_name(self) -> Mapping[str, ColumnProfile]:
        """Name → column."""
        return {column.name: column for column in self.columns}

    def __getitem__(self, column: str) -> ColumnProfile:
        """Return one column.

        Raises
        ------
        UnknownNameError
            If there is none of this name.
        """
        if column not in self.by_name:
            raise UnknownNameError(
                f"Unknown column {str(column)[:60]!r}. Columns: {listed(self.by_name)}.{did_you_mean(str(column), self.by_name)}"
            )
        return self.by_name[column]

    def merge(self, other: "Profile") -> "Profile":
        """Return the profile of the rows of both, without reading either again.

        Counts, ranges and bins are those of one profile of all rows; moments too, but for the last digits. What is estimated
        or listed stays within the error that it states.

        Parameters
        ----------
        other
            A profile of the same columns, in memory or from a file.

        Raises
        ------
        WrongTypeError
            If `other` is no profile.
        InputError
            If it has other columns, or one of another kind, or either is of a sample.

        Examples
        --------
        >>> from mlops_widgets.data_quality import profile
        >>> halves = [profile(pd.DataFrame({"a": range(first, first + 50)})) for first in (0, 50)]
        >>> halves[0].merge(halves[1])["a"].numbers.moments.mean
        49.5
        """
        from mlops_widgets.data_quality.profiling.profile_findings import find

        self._check_fits(other)
        sample = self.row_sample.merged(other.row_sample) if self.row_sample and other.row_sample else None
        among = (self.repeated + other.repeated, self.repeated_lower + other.repeated_lower, float("nan"))
        repeated = among if sample is None else sample.repeats()
        merged = replace(
            self, rows=self.rows + other.rows, source_rows=self.source_rows + other.source_rows,
            columns=tuple(column_profile.merge(column, other[column.name]) for column in self.columns),
            repeated=repeated[0], repeated_lower=repeated[1], repeated_upper=repeated[2], row_sample=sample,
            notes=tuple(dict.fromkeys([*self.notes, *other.notes])),
        )  # fmt: skip
        return replace(merged, findings=find(merged))

    def _check_fits(self, other: "Profile") -> None:
        if not isinstance(other, Profile):
            raise WrongTypeError(f"merge takes a Profile, not {type(other).__name__}.")
        differ = sorted(set(self.by_name) ^ set(other.by_name))
        if differ:
            raise InputError(f"The profiles differ in columns {listed(differ)}. Profile the same ones with columns=.")
        if self.sampled or other.sampled:
            raise InputError("A profile of a sample can't be added up. Profile all rows: leave max_rows= out.")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types; of columns with fewer than five cells, counts alone."""
        if all(column_profile.for_files(column) is column for column in self.columns):
            return super().to_dict()
        return Result.to_dict(replace(self, columns=tuple(map(column_profile.for_files, self.columns))))

    def frame(self) -> pd.DataFrame:
        """Return one row a column: kind, missing, distinct, range, mean, spread, quantiles, most frequent value, flags."""
        return pd.DataFrame([_line(column) for column in self.columns], columns=list(_NAMES))


_NAMES = (
    "column", "kind", "stored", "missing", "missing_share", "blank", "distinct", "distinct_known", "lowest", "highest", "mean", "sd",
    "skewness", "zeros", "infinite", "q05", "q25", "median", "q75", "q95", "mean_length", "most_frequent", "most_frequent_rows",
    "shape", "flags",
)  # fmt: skip


def _line(column: ColumnProfile) -> dict[str, Any]:
    numbers = column.numbers
    quantiles = numbers.quantiles(_QUANTILES).values
    return {
        "column": column.name, "kind": column.kind, "stored": column.stored, "missing": column.missing,
        "missing_share": column.missing_share, "blank": column.blank, "distinct": round(column.distinct, 0),
        "distinct_known": column.known_distinct >= 0, "lowest": _shown(column, numbers.lowest),
        "highest": _shown(column, numbers.highest), "mean": _shown(column, numbers.moments.mean),
        "sd": numbers.moments.sd if column.kind != "time" else None, "skewness": numbers.moments.skewness,
        "zeros": numbers.zeros, "infinite": numbers.infinite,
        **{name: _shown(column, value) for name, value in zip(_NAMES[15:20], quantiles, strict=True)},
        "mean_length": column.lengths.moments.mean,
        "most_frequent": column.values.values[0] if column.values.values else None,
        "most_frequent_rows": int(column.values.counts[0]) if column.values.values else None,
        "shape": column.shapes.values[0] if column.shapes.values else None, "flags": ", ".join(column.flags),
    }  # fmt: skip


def _shown(column: ColumnProfile, value: float) -> float | str:
    """Return a number as it is, a time as text."""
    return moment_text(value) if column.kind == "time" and value == value else value  # noqa: PLR0124 - NaN
