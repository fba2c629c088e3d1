"""All rows of a study in the order of time, and when each label became known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MissingInputError, TableError
from mlops_widgets.lifecycle.stream.arrivals import NEVER, arrivals, chunks_of_delay, usual_delay
from mlops_widgets.lifecycle.stream.periods import cut
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks, chunk_rows, codes, times_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_LEAST_LABELLED = 0.5
"""A last chunk with a smaller share of the usual labels is still waiting for them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """The rows of reference, tests and production in the order of time.

    Parameters
    ----------
    table
        The rows: the model's columns and those that roles and values name.
    chunks
        How they are cut along time; `chunks.of_row` is their chunk, (rows,).
    y
        Encoded labels, (rows,); NaN where there is none.
    weights
        Weight of each row, (rows,).
    units
        Resampling unit of each row, (rows,).
    arrives
        Chunk at whose beginning the label is known, (rows,): its own chunk's number plus 1 at the earliest; `NEVER`
        without a label.
    part
        Which table each row came from, (rows,): a place in `parts`.
    parts
        Names of the tables.
    delay
        Whole chunks after which all but a few labels have arrived: those of chunk j are known at the beginning of chunk
        t if j < t - delay.
    dated
        Whether the delay was read from dates of labels; else it was stated, or is 0.
    undated_rows
        Rows left out for want of a time.
    source_rows
        Rows of all tables before any were left out or sampled.
    """

    table: Table
    chunks: Chunks
    y: Floats
    weights: Floats
    units: Integers
    arrives: Integers
    part: Integers
    parts: tuple[str, ...]
    delay: int
    dated: bool
    undated_rows: int
    source_rows: int

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return len(self.chunks.labels)

    @property
    def of_row(self) -> Integers:
        """Chunk of each row, (rows,)."""
        return self.chunks.of_row

    @property
    def known(self) -> Mask:
        """Which rows have a label, whenever it came, (rows,)."""
        return np.asarray(~np.isnan(self.y))

    @property
    def in_time(self) -> Mask:
        """Which rows have a label that came no later than `delay` chunks after their own, (rows,)."""
        return self.known & (self.arrives <= self.of_row + 1 + self.delay)

    @property
    def is_production(self) -> Mask:
        """Which rows are of production, (rows,)."""
        return np.asarray([name == "production" for name in self.parts])[self.part]

    @property
    def is_reference(self) -> Mask:
        """Which rows are of the reference, which the model in service learned from, (rows,)."""
        return np.asarray([name == "reference" for name in self.parts])[self.part]

    def known_by(self, chunk: int) -> Mask:
        """Return which rows have a label that is known at the beginning of a chunk, (rows,).

        No label is known before its own chunk is over, so none of these rows is of this chunk or of a later one.
        """
        return self.known & (self.arrives <= chunk)

    def labelled_chunks(self) -> int:
        """Return how many chunks, from the first, have got their labels; the last ones may be waiting for them.

        A chunk whose labels can't have come before the data end is still waiting, and so is a last one with less than half
        the usual share of labels.
        """
        rows = np.bincount(self.of_row, minlength=self.count)
        shares = np.bincount(self.of_row, weights=self.in_time, minlength=self.count) / np.maximum(rows, 1)
        usual = float(np.median(shares[shares > 0])) if (shares > 0).any() else 0.0
        last = self.count - self.delay if self.dated else self.count
        while last > 0 and (rows[last - 1] == 0 or shares[last - 1] < _LEAST_LABELLED * usual or shares[last - 1] == 0):
            last -= 1
        return last

    def span_of(self, name: str) -> int:
        """Return how many chunks, from the first, a table reaches into; a chunk that it shares with others counts by rows."""
        if name not in self.parts:
            return 0
        inside = self.part == self.parts.index(name)
        rows = np.bincount(self.of_row, minlength=self.count)
        share = np.bincount(self.of_row, weights=inside, minlength=self.count) / np.maximum(rows, 1)
        held = np.flatnonzero(share >= _LEAST_LABELLED)
        return int(held.max()) + 1 if len(held) else int(self.of_row[inside].max(initial=-1)) + 1


def stream_of(
    study: Study, *, chunks: str | int | None = None, label_delay: object = None, in_order: bool = False,
    max_rows: int | None = None, seed: int = 0, finest: tuple[int, int] | None = None,
) -> Stream:  # fmt: skip
    """Return all rows of a study in the order of time, with the chunk at whose beginning each label is known.

    Parameters
    ----------
    study
        The study. Its reference, tests and production count, as far as they have a time.
    chunks
        "hour", "day", "week", "month", "quarter" or "year"; the most chunks; None for the finest period that gives 12 to 60
        chunks of rows enough.
    label_delay
        Whole chunks, or text such as "90 days", after which labels come; by default what `label_time=` of the study says,
        else 0: a label is known once its own chunk is over.
    in_order
        Whether rows without any time are taken to be in the order of time.
    max_rows
        Most rows; more are sampled, whole units within each chunk. None for all.
    seed
        Seed of that sample.
    finest
        Without `chunks`: most chunks, and fewest labelled rows of a typical one, to try before these 12 to 60.

    Raises
    ------
    MissingInputError
        If no table has a time column, unless `in_order`.
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> from mlops_widgets import sample
    >>> stream = stream_of(sample("loans", shock=True))
    >>> stream.chunks.by, stream.count, stream.delay, stream.labelled_chunks()
    ('month', 24, 3, 21)
    """
    gathered = _gather(study, in_order=in_order)
    y = _labels(study, gathered.table)
    cuts = _cut(gathered, y, chunks, finest)
    kept = _sampled(study, gathered.table, cuts.of_row, max_rows, seed)
    table = gathered.table if len(kept) == gathered.table.rows else gathered.table.take(kept)
    cuts = Chunks(
        of_row=cuts.of_row[kept], labels=cuts.labels, starts=cuts.starts, by=cuts.by, are_dates=cuts.are_dates
    )
    y = y[kept]
    arrived = _label_times(study, table, cuts) if label_delay is None else np.full(len(kept), np.nan)
    stated = 0 if label_delay is None else chunks_of_delay(label_delay, cuts)
    arrives, delay = _arrivals(cuts, ~np.isnan(y), arrived, stated)
    return Stream(
        table=table, chunks=cuts, y=y, weights=study.weights(table), units=codes(study.units(table)), arrives=arrives,
        part=gathered.part[kept], parts=gathered.parts, delay=delay, dated=bool((~np.isnan(arrived)).any()),
        undated_rows=gathered.undated, source_rows=gathered.source_rows,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class _Gathered:
    """Rows in the order of time, before they are cut."""

    table: Table
    times: Floats
    are_dates: bool | None
    name: str
    part: Integers
    parts: tuple[str, ...]
    undated: int
    source_rows: int


def _gather(study: Study, *, in_order: bool) -> _Gathered:
    """Return the rows of all tables that have a time, sorted by it; ties stay in the order of the model's life."""
    column = study.roles.time
    timed = {name: table for name, table in study.tables.items() if column is not None and column in table}
    if timed:
        times, are_dates = _times(str(column), timed)
    elif in_order:
        timed = study.tables
        times, are_dates = np.arange(sum(table.rows for table in timed.values()), dtype=np.float64), None
    else:
        raise MissingInputError(
            "time column",
            "Pass time= to the study: a model's life is told along it, and nothing says when rows happened.",
        )
    part = np.repeat(np.arange(len(timed)), [table.rows for table in timed.values()])
    gaps = int(np.isnan(times).sum())
    order = np.argsort(times, kind="stable")[: len(times) - gaps]  # gaps come last
    table = next(iter(timed.values())).replace(_joined(study, list(timed.values())).iloc[order], name="stream")
    return _Gathered(
        table=table, times=times[order], are_dates=are_dates, name=str(column), part=part[order], parts=tuple(timed), undated=gaps,
        source_rows=len(times),
    )  # fmt: skip


def _times(column: str, tables: Mapping[str, Table]) -> tuple[Floats, bool]:
    found = [times_of(table, column) for table in tables.values()]
    if len({are_dates for _, are_dates in found}) > 1:
        raise TableError(f"time={column!r} holds dates in some tables and numbers in others. Pass one kind.")
    return np.concatenate([times for times, _ in found]), found[0][1]


def _joined(study: Study, tables: list[Table]) -> pd.DataFrame:
    """Return the rows of the tables one below the other: the columns that the model, roles and values need."""
    roles = study.roles
    values = () if study.values is None else study.values.columns
    singles = (
        roles.target,
        roles.time,
        roles.label_time,
        roles.entity,
        roles.weights,
        roles.decision,
        roles.predictions,
    )
    wanted = dict.fromkeys([*study.model.features, *roles.features, *roles.groups, *roles.scores, *singles, *values])
    names = [name for name in wanted if name is not None and any(name in table for table in tables)]
    frames = [table.pandas().reindex(columns=[name for name in names if name in table]) for table in tables]
    joined = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    return joined[[name for name in names if name in joined]]


def _labels(study: Study, table: Table) -> Floats:
    return study.labels(table) if study.outcome.target in table else np.full(table.rows, np.nan)


def _cut(gathered: _Gathered, y: Floats, chunks: str | int | None, finest: tuple[int, int] | None) -> Chunks:
    if gathered.are_dates is None:
        return chunk_rows(None, are_dates=False, rows=gathered.table.rows, name="rows")
    if not len(gathered.times):
        raise TableError(f"time={gathered.name!r} holds no time that can be read in any table.")
    return cut(
        gathered.times,
        are_dates=gathered.are_dates,
        name=gathered.name,
        chunks=chunks,
        known=~np.isnan(y),
        finest=finest,
    )


def _sampled(study: Study, table: Table, of_row: Integers, max_rows: int | None, seed: int) -> Integers:
    """Return positions of at most `max_rows` rows: the same share of each chunk, whole units within it."""
    if max_rows is None or table.rows <= max_rows:
        return np.arange(table.rows)
    units, rng = codes(study.units(table)), np.random.default_rng(seed)
    kept = []
    for chunk in np.unique(of_row):
        inside = np.flatnonzero(of_row == chunk)
        most = max(1, int(len(inside) * max_rows / table.rows))
        found = whole_units(units[inside], most, rng)
        # a chunk of few units, such as days, is sampled by rows: it would else be one of them
        whole = len(np.unique(units[inside])) >= 2 * len(inside) / max(most, 1)
        kept.append(inside[found if whole else np.sort(rng.permutation(len(inside))[:most])])
    return np.sort(np.concatenate(kept))


def _label_times(study: Study, table: Table, cuts: Chunks) -> Floats:
    column = study.roles.label_time
    if column is None or column not in table or not table[column].notna().any():
        return np.full(table.rows, np.nan)
    times, are_dates = times_of(table, column)
    return times if are_dates == cuts.are_dates else np.full(table.rows, np.nan)


def _arrivals(cuts: Chunks, known: Mask, arrived: Floats, stated: int) -> tuple[Integers, int]:
    """Return arrivals and the usual delay: labels without a date come as late as those with one."""
    width = float(np.median(np.diff(cuts.starts))) if len(cuts.starts) > 1 else 86_400_000.0
    starts = _past_the_end(cuts, float(np.nanmax(arrived, initial=cuts.starts[-1])))
    dated = arrivals(cuts.of_row, known & ~np.isnan(arrived), arrived, starts, width=width, delay=0)
    delay = usual_delay(cuts.of_row, dated) if (dated != NEVER).any() else stated
    return arrivals(cuts.of_row, known, arrived, starts, width=width, delay=delay), delay


_CALENDAR = {"month": "MS", "quarter": "QS", "year": "YS"}
_MOST_PAST = 400


def _past_the_end(cuts: Chunks, until: float) -> Floats:
    """Return where chunks begin, those of the calendar that follow the data's end with them: months differ in length."""
    if not cuts.are_dates or cuts.by not in _CALENDAR:
        return cuts.starts
    later = pd.date_range(pd.Timestamp(cuts.starts[-1], unit="ms"), periods=_MOST_PAST, freq=_CALENDAR[cuts.by])[1:]
    past = later.to_numpy(dtype="datetime64[ms]").astype(np.float64)
    return np.concatenate([cuts.starts, past[: int(np.searchsorted(past, until)) + 1]])
