"""The rows that a review compares: those of the test, which made the promise, and those of production, chunk by chunk."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.study.over_time.maturity import Maturity, measure_maturity
from mlops_widgets.study.over_time.periods import Period, chunks_by, longer_periods
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FEWEST_ROWS, FEWEST_UNITS = 30, 5
"""Fewer rows, or resampling units, in a chunk give no number: it would be of single cases."""
_FEWEST_EVENTS = 10
_MATURED_SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Promised:
    """What is compared.

    Parameters
    ----------
    study
        The study.
    test, production
        The tables; the test is None where the study has none.
    chunks
        Of production.
    coarser
        Whether longer chunks than asked for were needed.
    maturity
        How far the labels of production have arrived.
    """

    study: Study
    test: Table | None
    production: Table
    chunks: Chunks
    coarser: bool
    maturity: Maturity

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return len(self.chunks.labels)

    @property
    def settled(self) -> Mask:
        """(rows,) rows of production whose chunk has its labels: what arrives first is no sample of the rest."""
        known = self.chunks.of_row >= 0
        return np.asarray(known & self.maturity.mature[self.chunks.of_row])

    def in_time(self, table: Table) -> tuple[Integers, Floats | None]:
        """Return each row's resampling unit, numbered in the order of time, and when it happened."""
        units, times = self.study.units(table), self.study.times(table)
        if times is None:
            return units, None
        first = np.full(int(units.max(initial=0)) + 1, np.inf)
        np.minimum.at(first, units, np.where(np.isnan(times), np.inf, times))
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first, kind="stable")] = np.arange(len(first))
        return rank[units], times


def promised_rows(study: Study, period: Period) -> Promised:
    """Return what is compared, production in such chunks or, where most of these hold too few rows, in longer ones."""
    production = study.need("production")
    for asked in longer_periods(period):
        chunks = chunks_by(study, production, asked)
        maturity = measure_maturity(study, chunks, matured_share=_MATURED_SHARE)
        if _most_are_large(study, production, chunks, maturity):
            break
    cut_as_asked = not chunks.are_dates or chunks.by in {period, chunks_by(study, production, period).by}
    return Promised(study=study, test=study.test, production=production, chunks=chunks, coarser=not cut_as_asked,
                    maturity=maturity)  # fmt: skip


def _most_are_large(study: Study, production: Table, chunks: Chunks, maturity: Maturity) -> bool:
    """Say whether half of the chunks have rows and units enough, and, where labels came, ten of the rarest class."""
    kept = chunks.of_row >= 0
    rows = np.bincount(chunks.of_row[kept], minlength=len(chunks.labels))
    pairs = np.unique(np.column_stack([chunks.of_row[kept], study.units(production)[kept]]), axis=0)
    units = np.bincount(pairs[:, 0], minlength=len(chunks.labels))
    large = (rows >= FEWEST_ROWS) & (units >= FEWEST_UNITS)
    there = rows > 0
    if maturity.mature.any():
        large &= _events(study, production, chunks) >= _FEWEST_EVENTS
        there &= maturity.mature
    return bool(large[there].sum() >= there.sum() / 2)


def _events(study: Study, production: Table, chunks: Chunks) -> Integers:
    """Return how many labelled rows of the rarest class, or labelled rows of a number, each chunk has."""
    try:
        y = study.labels(production)
    except MissingInputError:
        return np.zeros(len(chunks.labels), dtype=np.int64)
    kept = (chunks.of_row >= 0) & ~np.isnan(y)
    if study.task == "regression":
        return np.bincount(chunks.of_row[kept], minlength=len(chunks.labels)).astype(np.int64)
    found = [
        np.bincount(chunks.of_row[kept & (y == code)], minlength=len(chunks.labels)) for code in np.unique(y[kept])
    ]
    return np.min(found, axis=0).astype(np.int64) if found else np.zeros(len(chunks.labels), dtype=np.int64)


def row_numbers(study: Study, table: Table) -> dict[str, Floats]:
    """Return what single rows say, each (rows,) with NaN where a label is missing.

    "calibration": outcome less prediction (for classes: right or not, less the confidence in the answer). "value": what the
    decision was worth. "loss": log loss, squared error, or a wrong answer. "decided": the share of positive decisions; it needs no
    label.
    """
    return {**_decisions(study, table), **_of_labels(study, table)}


def _decisions(study: Study, table: Table) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    if study.task != "binary":
        return found
    if study.roles.decision is not None and study.roles.decision in table:
        return {"decided": study.outcome.encode(table[study.roles.decision], where=f"decision in {table.name}")}
    if "predict" in study.model.can:
        found["decided"] = np.asarray(study.model.predictions(table), dtype=np.float64)
    return found


def _of_labels(study: Study, table: Table) -> dict[str, Floats]:
    try:
        y = study.labels(table)
    except MissingInputError:
        return {}
    found: dict[str, Floats] = {}
    can = study.model.can
    if study.task == "regression" and "predict" in can:
        error = y - study.model.predictions(table)
        found = {"calibration": error, "loss": error**2}
    elif "probabilities" in can:
        found = _of_probabilities(y, np.asarray(study.model.probabilities(table), dtype=np.float64))
    elif "predict" in can:
        right = np.asarray(study.model.predictions(table) == y, dtype=np.float64)
        found = {"loss": np.where(np.isnan(y), np.nan, 1 - right)}
    if study.values is not None and study.task == "binary":
        found["value"] = study.row_values(table)
    return found


def _of_probabilities(y: Floats, probabilities: Floats) -> dict[str, Floats]:
    known = ~np.isnan(y)
    if probabilities.ndim == 1:
        given = np.where(y == 1, probabilities, 1 - probabilities)
        residual = y - probabilities
    else:
        code = np.where(known, y, 0).astype(np.int64)
        given = probabilities[np.arange(len(y)), code]
        best = probabilities.argmax(axis=1)
        residual = (best == code) - probabilities.max(axis=1)
    loss = -np.log(np.maximum(given, np.finfo(np.float64).eps))
    return {"calibration": np.where(known, residual, np.nan), "loss": np.where(known, loss, np.nan)}
