"""Which rows can be cross-validated, and which splits fit the study: by chance, by entity, by time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.folds.splitters import (
    Rows,
    Split,
    draw_of_size,
    grouped_folds,
    random_folds,
    shuffled_twins,
    stratified_folds,
    time_folds,
)
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 10
"""Below ten labelled rows there is nothing to take folds from."""
FEWEST_DRAWS = 2
"""How often rows are drawn to match a time-ordered training set: with one there is no telling how draws differ."""


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """The labelled rows that the model learned from, as arrays.

    Parameters
    ----------
    table
        These rows.
    y
        (n,) encoded labels.
    units
        (n,) resampling unit of each row.
    entities
        (n,) entity of each row, or None.
    moments
        (n,) time block or time of each row, NaN where unknown; None without time.
    weights
        (n,) row weights, or None.
    whole
        Whether these are all the labelled rows of the reference as the user has it, rather than a sample.
    """

    table: Table
    y: Floats
    units: Rows
    entities: Rows | None
    moments: Floats | None
    weights: Floats | None
    whole: bool

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)


def training_rows(study: Study, *, max_fit_rows: int, seed: int) -> TrainingRows:
    """Return the labelled rows of the reference; over `max_fit_rows` a seeded sample of whole units.

    Raises
    ------
    MissingInputError
        If there is no reference, fewer than ten labelled rows, or only one class.
    """
    table = study.need("reference")
    y = study.labels(table)
    known = np.flatnonzero(~np.isnan(y))
    if len(known) < FEWEST_ROWS:
        remedy = f"The reference has {len(known)}; cross-validation takes at least {FEWEST_ROWS}."
        raise MissingInputError("training rows with a label to take folds from", remedy)
    if study.task != "regression" and len(np.unique(y[known])) < 2:
        raise MissingInputError("second class among the training labels", "Pass training rows of every class.")
    units = study.units(table)
    whole = table.rows == table.source_rows and len(known) <= max_fit_rows
    if len(known) > max_fit_rows:
        rng = np.random.default_rng(seed)
        known = draw_of_size(known, max_fit_rows, rng=rng, units=None if study.unit == "row" else units)
    entity = study.roles.entity
    return TrainingRows(
        table=table.take(known), y=y[known], units=codes(units[known]),
        entities=codes(table[entity])[known] if entity is not None and entity in table else None,
        moments=_moments(study, table, known), weights=study.weights(table)[known] if study.roles.weights else None,
        whole=whole,
    )  # fmt: skip


def _moments(study: Study, table: Table, known: Rows) -> Floats | None:
    times = study.times(table)
    if times is None:
        return None
    return times[known] if study.block is None else times[known] // study.block[1]


@dataclass(frozen=True, kw_only=True)
class FoldPlan:
    """The splits of each scheme.

    Parameters
    ----------
    repeats
        Splits at random, stratified where there are classes, one list a repeat; the first is also the single k-fold.
    random
        Splits at random that ignore classes; in regression the first repeat.
    grouped, time
        Splits by entity and along time; empty where the study has no such column, or too few values in it.
    twins
        For each time-ordered split, splits of half of its test rows that train on as many rows drawn from all others.
    missing
        Scheme → what it lacks, in half a sentence.
    """

    repeats: list[list[Split]]
    random: list[Split]
    grouped: list[Split] = field(default_factory=list)
    time: list[Split] = field(default_factory=list)
    twins: list[list[Split]] = field(default_factory=list)
    missing: Mapping[str, str] = field(default_factory=dict)


def plan_folds(study: Study, rows: TrainingRows, *, folds: int, repeats: int, seed: int) -> FoldPlan:
    """Return the splits of every scheme that the study's columns allow.

    A class of fewer rows than `folds` lowers the number of random folds to the size of that class, two at least.
    """
    rng = np.random.default_rng(seed)
    classes = rows.y if study.task != "regression" else None
    count = min(folds, rows.n)
    if classes is not None:
        count = max(2, min(count, int(np.unique(classes, return_counts=True)[1].min())))
    missing: dict[str, str] = {}
    if classes is None:
        missing["stratified"] = "the target is a number, so there are no classes to share out"
        shuffled = [random_folds(rows.n, folds=count, rng=rng) for _ in range(repeats)]
    else:
        shuffled = [stratified_folds(classes, folds=count, rng=rng) for _ in range(repeats)]
    random = shuffled[0] if classes is None else random_folds(rows.n, folds=count, rng=rng)
    grouped = _grouped(rows, classes, folds, rng, missing)
    time = _time(rows, folds, missing)
    twins = shuffled_twins(time, draws=max(FEWEST_DRAWS, repeats), rng=rng) if time else []
    return FoldPlan(repeats=shuffled, random=random, grouped=grouped, time=time, twins=twins, missing=missing)


def _grouped(
    rows: TrainingRows, classes: Floats | None, folds: int, rng: np.random.Generator, missing: dict[str, str]
) -> list[Split]:
    if rows.entities is None:
        missing["grouped"] = "the study has no entity column (entity=)"
        return []
    splits = grouped_folds(rows.entities, folds=folds, rng=rng, classes=classes)
    if len(splits) < 2:
        missing["grouped"] = "all training rows are of one entity"
        return []
    return splits


def _time(rows: TrainingRows, folds: int, missing: dict[str, str]) -> list[Split]:
    if rows.moments is None:
        missing["time"] = "the study has no time column (time=)"
        return []
    known = np.flatnonzero(~np.isnan(rows.moments))
    splits = time_folds(rows.moments[known], folds=folds)
    if not splits:
        missing["time"] = "all training rows are of one moment"
    return [Split(known[split.train], known[split.test]) for split in splits]


def count_fits(plan: FoldPlan, wanted: Collection[str], *, tuned: bool) -> int:
    """Return how many fits the wanted schemes take together; identical ones are shared."""
    shuffled = sum(map(len, plan.repeats)) if "repeated" in wanted else 0
    if not shuffled and "stratified" in wanted and "stratified" not in plan.missing:
        shuffled = len(plan.repeats[0])
    shared = shuffled > 0 and plan.random is plan.repeats[0]
    alone = len(plan.random) if "random" in wanted and not shared else 0
    ordered = len(plan.time) + sum(map(len, plan.twins)) if "time" in wanted else 0
    nested = len(plan.repeats[0]) if tuned and "nested" in wanted else 0
    return shuffled + alone + ordered + nested + (len(plan.grouped) if "grouped" in wanted else 0)
