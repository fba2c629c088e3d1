"""How far each chunk's columns are from the rows that a model learned from, in limits that a stream without drift keeps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.measures.drift.alarms import Streams, null_distances, null_of
from mlops_widgets.measures.drift.cells import Cells, number_cells, word_cells
from mlops_widgets.study.encoding import as_words, number_reader
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_BINS, _MOST_COLUMNS, _MOST_UNITS, _DRAWS = 10, 40, 1000, 400
_CLOCK = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnDrift:
    """Counts by chunk, and what their distances are where nothing drifts.

    Parameters
    ----------
    streams
        Of the first model's rows, by unit.
    counts
        (chunks, cells) of every chunk.
    centre, spread
        (chunks, columns) of distances without drift.
    limit
        What the largest over columns and chunks stays below in nearly all timelines without drift, in standard deviations.
    clocks
        Columns left out because they tell the time.
    left_out
        How many columns there are beyond the most that are watched.
    """

    streams: Streams
    counts: Floats
    centre: Floats
    spread: Floats
    limit: float
    clocks: tuple[str, ...]
    left_out: int

    def readings(self, learned: slice, start: int) -> Floats:
        """Return (T,) the largest distance over columns from the chunks that a model learned from, over its limit."""
        found = np.full(len(self.counts), np.nan)
        distances = self.streams.distances(self.counts[learned].sum(axis=0)[None, :], self.counts[start:])
        apart = (distances - self.centre[start:]) / self.spread[start:]
        present = self.counts[start:].sum(axis=1) > 0
        found[start:][present] = apart[present].max(axis=1) / self.limit
        return found


def measure_drift(
    study: Study, stream: Stream, *, learned: slice, chunks: int, share: float, seed: int, cancel: Cancel | None
) -> ColumnDrift | None:
    """Return the drift of the model's columns in the first `chunks` chunks; None where no column can be watched.

    Parameters
    ----------
    study, stream
        The study and its rows.
    learned
        Chunks that the first model learned from: they say what varies without drift.
    chunks, share
        How many chunks are read, and the share of timelines without drift that may alarm.
    seed, cancel
        Of the draws, and the caller's callback.
    """
    rows = np.flatnonzero(stream.of_row < chunks)
    of_row = stream.of_row[rows]
    inside = (of_row >= learned.start) & (of_row < learned.stop)
    names = list(study.model.features) or [name for name in stream.table.columns if name not in study.roles.not_inputs]
    watched, clocks = _watched(stream, names[:_MOST_COLUMNS], rows, inside)
    if not watched or inside.sum() < 2:
        return None
    counts = np.hstack([cells.counts(values, of_row, chunks) for cells, values in watched]).astype(np.float64)
    units = stream.units[rows]
    streams, held = _by_unit(watched, units, inside, seed)
    sizes = np.array([len(np.unique(units[of_row == j])) for j in range(learned.stop, chunks)], dtype=np.int64)
    drawn = null_distances(
        streams, chunk_units=np.maximum(sizes, 1), baseline_units=held, draws=_DRAWS, seed=seed, cancel=cancel,
        run_units=max(1, min(7, int(np.median(sizes)), held // 4)) if study.unit == "time block" else 1,
    )  # fmt: skip
    null = null_of(drawn, np.maximum(sizes, 1))
    limit = float(np.quantile(null.largest.max(axis=1), 1 - share, method="higher"))
    head = ((learned.stop, 0), (0, 0))
    return ColumnDrift(
        streams=streams, counts=counts, centre=np.pad(null.centre, head, constant_values=np.nan),
        spread=np.pad(null.spread, head, constant_values=np.nan), limit=max(limit, 1.0), clocks=clocks,
        left_out=max(0, len(names) - _MOST_COLUMNS),
    )  # fmt: skip


def _watched(
    stream: Stream, names: list[str], rows: Integers, inside: npt.NDArray[np.bool_]
) -> tuple[list[tuple[Cells, npt.NDArray[Any]]], tuple[str, ...]]:
    """Return each column's cells, learned on the first model's rows, with its values; and the columns that tell the time."""
    kept: list[tuple[Cells, npt.NDArray[Any]]] = []
    clocks = []
    for name in names:
        if name not in stream.table:
            continue
        column = stream.table[name].iloc[rows]
        read = number_reader(column[inside])
        values: npt.NDArray[Any] = as_words(column).to_numpy(dtype=object) if read is None else read(column)
        if read is not None and _is_clock(values, stream.of_row[rows]):
            clocks.append(name)
        else:
            kept.append(
                (word_cells(values[inside]) if read is None else number_cells(values[inside], bins=_BINS), values)
            )
    return kept, tuple(clocks)


def _is_clock(values: Floats, of_row: Integers) -> bool:
    """Say whether numbers tell the chunk: 95 % of the variance of their ranks lies between chunks."""
    known = ~np.isnan(values)
    if not known.any():
        return False
    ranks = np.unique(values[known], return_inverse=True)[1].astype(np.float64)
    size = np.bincount(of_row[known])
    means = np.bincount(of_row[known], weights=ranks) / np.maximum(size, 1)
    between = float((size * (means - ranks.mean()) ** 2).sum() / size.sum())
    return bool(ranks.var() > 0 and between > _CLOCK * ranks.var())


def _by_unit(
    watched: list[tuple[Cells, npt.NDArray[Any]]], units: Integers, inside: npt.NDArray[np.bool_], seed: int
) -> tuple[Streams, int]:
    """Return the first model's rows counted by unit, at most 1,000 of them in the order of time, and how many there are."""
    found, first, place = np.unique(units[inside], return_index=True, return_inverse=True)
    in_time = np.argsort(np.argsort(first))[place]
    kept = np.arange(len(found))
    if len(found) > _MOST_UNITS:
        kept = np.sort(np.random.default_rng(seed).permutation(len(found))[:_MOST_UNITS])
    number = np.full(len(found), -1)
    number[kept] = np.arange(len(kept))
    parts = [cells.counts(values[inside], number[in_time], len(kept)) for cells, values in watched]
    return Streams(
        counts=np.hstack(parts).astype(np.float32), bounds=np.cumsum([0, *(part.shape[1] for part in parts)]),
        ordered=np.array([cells.ordered for cells, _ in watched]),
    ), len(found)  # fmt: skip
