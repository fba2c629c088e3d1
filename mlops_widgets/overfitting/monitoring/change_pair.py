"""The labelled rows of test and production side by side, in cells, with strata that say how alike rows of the two are."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.change import Sample
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.overfitting.monitoring.likeness import Columns, likeness
from mlops_widgets.study.over_time.stages import Settings
from mlops_widgets.study.over_time.streams import OUTPUT, Watched, watch
from mlops_widgets.study.scoring import weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STRATA = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Labelled rows of test and production.

    Parameters
    ----------
    before, after
        The rows of the two tables.
    columns
        The columns that both have, in cells learned on the test.
    cells
        (n, columns) and (m, columns) the cell of each row's values; beyond `Cells.count` those larger and smaller than
        all of the test's.
    strata
        (n,) and (m,) stratum of each row by a propensity score: 0 looks most like the test.
    scores
        (n,) and (m,) the score: log odds of being of production, by models that saw no row of the same unit.
    """

    before: Measured
    after: Measured
    columns: tuple[Watched, ...]
    cells: tuple[Integers, Integers]
    strata: tuple[Integers, Integers]
    scores: tuple[Floats, Floats]


def pair_of(study: Study, settings: Settings, *, cancel: Cancel | None = None) -> Pair:
    """Return the pair; of tables larger than `settings.max_fit_rows` a sample of whole units.

    Raises
    ------
    MissingInputError
        If test or production lacks labels, or they share no column.
    """
    production = study.need("production")
    before, after = (
        capped(study.measure(table), settings.max_fit_rows, seed=settings.seed)
        for table in (study.need("test"), production)
    )
    seen = watch(study, before.table, study.chunks(production))
    columns = tuple(each for each in seen.watched if each.name != OUTPUT)
    if not columns:
        raise MissingInputError("column to explain by", "Pass tables with the columns that the model takes.")
    sides = [(each.before[before.rows], each.after[after.rows]) for each in columns]
    codes_of = [_cells(each, *values) for each, values in zip(columns, sides, strict=True)]
    cells = np.column_stack([c[0] for c in codes_of]), np.column_stack([c[1] for c in codes_of])
    seen_as = tuple(
        np.column_stack([
            np.asarray(values[side], dtype=np.float64) if each.cells.ordered else cells[side][:, index]
            for index, (each, values) in enumerate(zip(columns, sides, strict=True))
        ])
        for side in (0, 1)
    )  # fmt: skip
    units = _joint_units(study, before, after)
    later = np.repeat([False, True], [before.n, after.n])
    both = Columns(np.vstack(seen_as).astype(np.float64), np.array([not each.cells.ordered for each in columns]))
    score = likeness(both, later, units=units, seed=settings.seed, cancel=cancel)
    scores = score[~later], score[later]
    edges = np.unique(np.quantile(np.concatenate(scores), np.arange(1, STRATA) / STRATA))
    strata = tuple(np.searchsorted(edges, each).astype(np.int64) for each in scores)
    return Pair(before=before, after=after, columns=columns, cells=cells, strata=(strata[0], strata[1]), scores=scores)


def capped(rows: Measured, most: int, *, seed: int) -> Measured:
    """Return at most so many labelled rows: whole units drawn at random, in the original order."""
    if rows.n <= most:
        return rows
    taken = rows.take(whole_units(rows.units, most, np.random.default_rng(seed)))
    return replace(taken, units=codes(taken.units))


def sample_of(study: Study, rows: Measured) -> Sample:
    """Return rows as `Change` takes them."""
    return Sample(
        y=rows.y, output=rows.output, units=None if study.unit == "row" else rows.units, weights=weights_of(study, rows)
    )


def _cells(column: Watched, before: npt.NDArray[Any], after: npt.NDArray[Any]) -> tuple[Integers, Integers]:
    """Return the cells of both sides; numbers beyond all that the test holds get two cells of their own.

    The outer bins have no end, so that reweighting would let the test's largest values stand for any larger ones.
    """
    codes_before, codes_after = column.cells.of(before), column.cells.of(after)
    if column.cells.ordered and not np.isnan(before).all():
        low, high = np.nanmin(before), np.nanmax(before)
        codes_after = np.where(after > high, column.cells.count, codes_after)
        codes_after = np.where(after < low, column.cells.count + 1, codes_after)
    return codes_before, codes_after.astype(np.int64)


def _joint_units(study: Study, before: Measured, after: Measured) -> Integers:
    """Return units that both tables number alike: an entity may be in both."""
    entity = study.roles.entity
    if study.unit == "entity" and entity is not None:
        named = [rows.table[entity].to_numpy(dtype=object)[rows.rows] for rows in (before, after)]
        return codes(np.concatenate(named))
    return np.concatenate([before.units, after.units + int(before.units.max()) + 1])
