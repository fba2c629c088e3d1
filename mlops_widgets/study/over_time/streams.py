"""What of a study is watched for drift: its columns and the model's answers, as cells of the baseline and of production."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.drift.alarms import Streams
from mlops_widgets.measures.drift.cells import Cells, number_cells, word_cells
from mlops_widgets.study.encoding import as_words, number_reader
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BINS = 20
MOST_COLUMNS = 40
_MOST_UNITS = 2000
_CLOCK = 0.95
OUTPUT = "model output"

Part = Literal["test", "reference"]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One thing watched: its cells, and the values of baseline and production.

    Parameters
    ----------
    name
        The column, or `OUTPUT`.
    cells
        Learned on the baseline.
    before, after
        Values of the baseline (n,) and of production (m,): numbers with NaN, or text with None.
    """

    name: str
    cells: Cells
    before: npt.NDArray[Any]
    after: npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Everything that is watched.

    Parameters
    ----------
    baseline
        What production is compared with.
    watched
        The columns, then the model's output where it is to be had on both sides.
    clocks
        Columns left out because they tell the time: they drift by themselves.
    left_out
        How many columns there are beyond the most that are watched.
    """

    baseline: Table
    watched: tuple[Watched, ...]
    clocks: tuple[str, ...]
    left_out: int

    def counts(self, chunks: Chunks) -> list[tuple[Integers, Integers]]:
        """Return each stream's counts: of the baseline (cells,) and of production's chunks (chunks, cells)."""
        zeros = np.zeros(self.baseline.rows, dtype=np.int64)
        return [
            (each.cells.counts(each.before, zeros, 1)[0],
             each.cells.counts(each.after, chunks.of_row, len(chunks.labels)))
            for each in self.watched
        ]  # fmt: skip


def choose_baseline(study: Study, wanted: Part | None) -> Table:
    """Return the table that production is compared with: the first test, or else the reference.

    Raises
    ------
    MissingInputError
        If the study has neither, or not the one wanted.
    """
    if wanted is not None:
        return study.need(wanted)
    found = study.test if study.test is not None else study.reference
    if found is None:
        raise MissingInputError("baseline", "Pass test= (or reference=): production is compared with it.")
    return found


def watch(study: Study, baseline: Table, chunks: Chunks, columns: Sequence[str] = ()) -> Watch:
    """Return what is watched: the model's features, else all columns without another role, and the model's output."""
    production = study.need("production")
    names = _columns(study, baseline, production, columns)
    kept: list[Watched] = []
    clocks: list[Watched] = []
    for name in names[:MOST_COLUMNS]:
        found = _watched(name, baseline, production)
        (clocks if not columns and _is_clock(found, chunks.of_row) else kept).append(found)
    output = _output(study, baseline, production)
    if output is not None:
        kept.append(output)
    if not kept:
        raise MissingInputError("column to watch", "Pass columns that baseline and production share, or scores=.")
    return Watch(baseline=baseline, watched=tuple(kept), clocks=tuple(each.name for each in clocks),
                 left_out=max(0, len(names) - MOST_COLUMNS))  # fmt: skip


def _columns(study: Study, baseline: Table, production: Table, wanted: Sequence[str]) -> list[str]:
    shared = [name for name in baseline.columns if name in production]
    for name in wanted:
        if name not in shared:
            raise UnknownNameError(
                f"columns= names {name!r}, which isn't in both {baseline.name} and production. Columns: "
                f"{listed(shared)}.{did_you_mean(name, shared)}"
            )
    if wanted:
        return list(wanted)
    features = [name for name in study.model.features if name in shared]
    return features or [name for name in shared if name not in study.roles.not_inputs]


def _watched(name: str, baseline: Table, production: Table) -> Watched:
    column = baseline[name]
    read = number_reader(column)
    if read is not None:
        before, after = read(column), read(production[name])
        return Watched(name=name, cells=number_cells(before, bins=BINS), before=before, after=after)
    words = [as_words(each).to_numpy(dtype=object) for each in (column, production[name])]
    return Watched(name=name, cells=word_cells(words[0]), before=words[0], after=words[1])


def _output(study: Study, baseline: Table, production: Table) -> Watched | None:
    """Return the model's answers: scores, else predictions; None where it answers better on rows that it learned from."""
    model = study.model
    if baseline is study.reference and "refit" in model.can:
        return None
    able = "scores" if "scores" in model.can and study.task == "binary" else "predict"
    if able not in model.can:
        return None
    before, after = (
        np.array(model.scores(each) if able == "scores" else model.predictions(each)) for each in (baseline, production)
    )
    if study.task == "multiclass":
        words = [np.array([None if np.isnan(v) else f"{v:g}" for v in each], dtype=object) for each in (before, after)]
        return Watched(name=OUTPUT, cells=word_cells(words[0]), before=words[0], after=words[1])
    return Watched(name=OUTPUT, cells=number_cells(before, bins=BINS), before=before, after=after)


def _is_clock(found: Watched, of_row: Integers) -> bool:
    """Say whether a column of numbers tells the chunk: 95 % of the variance of its ranks lies between chunks."""
    if not found.cells.ordered:
        return False
    kept = (of_row >= 0) & ~np.isnan(found.after)
    if len(np.unique(of_row[kept])) < 2:
        return False
    ranks = np.unique(found.after[kept], return_inverse=True)[1].astype(np.float64)
    total = ranks.var()
    size = np.bincount(of_row[kept])
    means = np.bincount(of_row[kept], weights=ranks) / np.maximum(size, 1)
    between = float((size * (means - ranks.mean()) ** 2).sum() / size.sum())
    return bool(total > 0 and between > _CLOCK * total)


@dataclass(frozen=True, kw_only=True)
class Units:
    """The resampling units of the comparison.

    Parameters
    ----------
    streams
        Counts of the baseline by unit, in the order of time, at most 2,000 units.
    baseline
        How many units the baseline has.
    chunks
        (chunks,) how many each chunk of production has.
    run
        How many consecutive ones are drawn together.
    """

    streams: Streams
    baseline: int
    chunks: Integers
    run: int


def count_units(study: Study, seen: Watch, chunks: Chunks, *, seed: int) -> Units:
    """Return the baseline's counts by unit, its rows thinned where its units have more of them than those of a chunk.

    A customer's ten rows of a year are two of a month: drawn whole, they would make months look more alike than they are.
    """
    production = study.need("production")
    of_unit, live = _in_time(study, seen.baseline), study.units(production)
    sizes = np.array([len(np.unique(live[chunks.of_row == index])) for index in range(len(chunks.labels))])
    baseline = int(of_unit.max()) + 1
    rng = np.random.default_rng(seed)
    rows_a_unit = (chunks.of_row >= 0).sum() / max(int(sizes.sum()), 1)
    kept = np.flatnonzero(rng.random(len(of_unit)) < rows_a_unit * baseline / len(of_unit))
    if baseline > _MOST_UNITS:
        chosen = np.sort(rng.permutation(baseline)[:_MOST_UNITS])
        place = np.full(baseline, -1)
        place[chosen] = np.arange(_MOST_UNITS)
        of_unit = place[of_unit]
        kept = kept[of_unit[kept] >= 0]
    streams = _by_unit(seen, of_unit, kept, min(baseline, _MOST_UNITS))
    return Units(
        streams=streams, baseline=baseline, chunks=sizes.astype(np.int64), run=run_units(study, baseline, sizes)
    )


def _in_time(study: Study, table: Table) -> Integers:
    """Return each row's unit, numbered in the order of time."""
    units, times = study.units(table), study.times(table)
    if study.unit != "time block" or times is None:
        return units
    first = np.full(int(units.max()) + 1, np.inf)
    np.minimum.at(first, units, np.where(np.isnan(times), np.inf, times))
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[units]


def _by_unit(seen: Watch, of_unit: Integers, kept: Integers, units: int) -> Streams:
    parts = [each.cells.counts(each.before[kept], of_unit[kept], units) for each in seen.watched]
    return Streams(
        counts=np.hstack(parts).astype(np.float32),
        bounds=np.cumsum([0, *(part.shape[1] for part in parts)]),
        ordered=np.array([each.cells.ordered for each in seen.watched]),
    )


def run_units(study: Study, baseline: int, chunks: Integers) -> int:
    """Return how many consecutive time blocks are drawn together: a week of days, where chunks and baseline hold that.

    Weather and holidays last longer than a day, and a week holds each weekday once.
    """
    if study.unit != "time block":
        return 1
    return max(1, min(7, int(np.median(chunks)), baseline // 4))
