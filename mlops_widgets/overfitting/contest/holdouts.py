"""Which rows of a study new models learn from, are chosen on, and are judged on later."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.resampling import shuffled_rows
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 10
"""Fewest labelled rows in each part; with fewer, nothing could be said about any model."""
_TRAIN_SHARE = (
    0.4  # of the test, where there is no reference: leaves half of the rest to choose on and half to judge on
)


@dataclass(frozen=True, kw_only=True)
class LabelledRows:
    """Labelled rows of one table.

    Parameters
    ----------
    table
        These rows alone.
    y
        (n,) encoded labels.
    units
        (n,) resampling unit of each; None where each row is its own.
    weights
        (n,) the user's weights; None where there are none.
    probability
        (n,) true probability of the positive class, where a sample knows it; else None.
    """

    table: Table
    y: Floats
    units: Integers | None
    weights: Floats | None
    probability: Floats | None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.y)


@dataclass(frozen=True, kw_only=True)
class Holdouts:
    """Three sets of rows that share no resampling unit within a table.

    Parameters
    ----------
    train
        What models learn from.
    offline
        What they are chosen on, in random order: the first n are a random test set of n rows.
    later
        What they are judged on.
    where
        Where `later` comes from: "in production" or "on held-back rows".
    notes
        What had to be done for want of a table or of memory, in sentences.
    """

    train: LabelledRows
    offline: LabelledRows
    later: LabelledRows
    where: str
    notes: tuple[str, ...]


def draw_holdouts(study: Study, *, train_rows: int, most_rows: int, seed: int) -> Holdouts:
    """Return rows to learn from, to choose on and to judge on.

    Learning: `train_rows` of the reference. Choosing: the labelled test. Judging: labelled production. Without labelled
    production half of the test, by unit, is held back instead; without reference, 40 % of the test is learned from.
    Rows of an entity stay together; else the training rows are stratified by class.

    Raises
    ------
    MissingInputError
        If there is no test, or a part has fewer than ten labelled rows or a single class.
    """
    rng = np.random.default_rng(seed)
    notes: list[str] = []
    test, train, later = (
        _labelled(study, study.need("test")),
        _known(study, study.reference),
        _known(study, study.production),
    )
    if train is None:
        train, test = _cut(test, _TRAIN_SHARE, rng)
        notes.append(f"No labelled reference table: the models learned from {train.rows:,} of the test rows.")
    where = "in production"
    if later is None:
        test, later = _cut(test, 0.5, rng)
        where = "on held-back rows"
        notes.append(f"No labelled production table: {later.rows:,} of the test rows were held back to judge on.")
    parts = {"offline": test, "later": later}
    for name, part in parts.items():
        if part.rows > most_rows:
            parts[name] = _take(part, np.sort(rng.permutation(part.rows)[:most_rows]))
            notes.append(f"{part.table.name}: {most_rows:,} of {part.rows:,} labelled rows, drawn at random.")
    train = _take(train, _training_rows(study, train, train_rows, rng))
    offline = _take(parts["offline"], _shuffled(study, parts["offline"], rng))
    _check(study, train, offline, parts["later"])
    return Holdouts(train=train, offline=offline, later=parts["later"], where=where, notes=tuple(notes))


def _known(study: Study, table: Table | None) -> LabelledRows | None:
    if table is None or study.outcome.target not in table:
        return None
    rows = _labelled(study, table)
    return rows if rows.rows >= FEWEST_ROWS else None


def _labelled(study: Study, table: Table) -> LabelledRows:
    y = study.labels(table)
    rows = np.flatnonzero(~np.isnan(y))
    truth = (
        study.truth[table.name]["probability"].to_numpy(dtype=np.float64)
        if study.truth and table.name in study.truth
        else None
    )
    return LabelledRows(
        table=table.take(rows), y=y[rows], units=None if study.unit == "row" else codes(study.units(table)[rows]),
        weights=None if study.roles.weights is None or study.roles.weights not in table else study.weights(table)[rows],
        probability=None if truth is None else truth[rows],
    )  # fmt: skip


def _take(part: LabelledRows, rows: Integers) -> LabelledRows:
    return LabelledRows(
        table=part.table.take(rows), y=part.y[rows], units=None if part.units is None else codes(part.units[rows]),
        weights=None if part.weights is None else part.weights[rows],
        probability=None if part.probability is None else part.probability[rows],
    )  # fmt: skip


def _cut(part: LabelledRows, share: float, rng: np.random.Generator) -> tuple[LabelledRows, LabelledRows]:
    """Return about this share of the rows and the others, no unit in both."""
    order = shuffled_rows(part.rows, part.units, rng)
    cut = round(share * part.rows)
    if part.units is not None:
        ends = np.flatnonzero(np.diff(part.units[order])) + 1
        cut = int(ends[np.abs(ends - cut).argmin()]) if len(ends) else cut
    return _take(part, np.sort(order[:cut])), _take(part, np.sort(order[cut:]))


def _shuffled(study: Study, part: LabelledRows, rng: np.random.Generator) -> Integers:
    """Return rows in random order; entities whole, as a smaller test would have fewer of them, each with all its rows.

    Rows of a time block are spread: a smaller test would still be drawn from the whole period.
    """
    return shuffled_rows(part.rows, part.units, rng) if study.unit == "entity" else rng.permutation(part.rows)


def _training_rows(study: Study, part: LabelledRows, wanted: int, rng: np.random.Generator) -> Integers:
    if wanted >= part.rows:
        return np.arange(part.rows)
    if study.unit == "entity" or study.task == "regression":
        return np.sort(_shuffled(study, part, rng)[:wanted])
    shuffled = rng.permutation(part.rows)
    label = part.y[shuffled]
    within = pd.Series(label).groupby(label).cumcount().to_numpy()
    # The first of each class comes first, so that none is missing; then all classes in step.
    place = np.where(within == 0, -1.0, (within + 0.5) / np.bincount(label.astype(np.intp))[label.astype(np.intp)])
    return np.sort(shuffled[np.argsort(place, kind="stable")][:wanted])


def _check(study: Study, *parts: LabelledRows) -> None:
    for part in parts:
        if part.rows < FEWEST_ROWS:
            raise MissingInputError(
                f"{FEWEST_ROWS} labelled rows in {part.table.name} for each of learning, choosing and judging",
                "Pass more rows with a label, or a reference= and production= table beside test=.",
            )
        if study.task != "regression" and len(np.unique(part.y)) < 2:
            raise MissingInputError(
                f"second class among the labelled rows taken from {part.table.name}",
                f"Every one of these {part.rows:,} rows has the same label: pass more rows.",
            )
