"""A model and its tables, frozen: what every pitfall looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError, ModelError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures.metrics import Metric, Task
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor, numeric_column
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.row_weights import as_fitted
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks, Unit, chunk_rows, codes, times_of
from mlops_widgets.study.values import Values
from mlops_widgets.study.wording import Wording

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pandas as pd

    from mlops_widgets.study.describing import StudyDescription
    from mlops_widgets.study.personal.masks import Personal
    from mlops_widgets.study.saved.saving import SavedStudy

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Part = Literal["reference", "test", "production"]

_SIGNATURE_ROWS = 100
"""Rows whose answers tell two models apart."""

_PART_REMEDY: Mapping[str, str] = {
    "reference": "Pass the rows that the model was trained on as reference=.",
    "test": "Pass the rows that the model was tested on as test=.",
    "production": "Pass later rows with their outcome as production=, or data= with split= and time=.",
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The labelled rows of one table as arrays, ready for a metric.

    Parameters
    ----------
    table
        Where the rows come from.
    rows
        Positions of the labelled rows in the table, shape (n,).
    y
        Encoded labels, shape (n,).
    output
        What the metric needs of the model: scores or predictions of shape (n,), probabilities of (n,) or (n, classes).
    units
        Resampling unit of each row, shape (n,).
    weights
        Weight of each row, shape (n,).
    metric
        The metric.
    task
        The task.
    """

    table: Table
    rows: Integers
    y: Floats
    output: Floats
    units: Integers
    weights: Floats
    metric: Metric
    task: Task

    @property
    def n(self) -> int:
        """Number of labelled rows."""
        return len(self.y)

    @property
    def events(self) -> int:
        """What sufficiency counts: rows of the rarest class present, or rows in regression."""
        if self.task == "regression" or not self.n:
            return self.n
        return int(np.unique(self.y, return_counts=True)[1].min())

    @property
    def score(self) -> float:
        """The metric on these rows."""
        return self.metric(self.y, self.output, self.weights)

    def take(self, chosen: "npt.NDArray[Any]") -> "Measured":
        """Return these of the labelled rows (positions or a mask)."""
        return Measured(
            table=self.table, rows=self.rows[chosen], y=self.y[chosen], output=self.output[chosen],
            units=self.units[chosen], weights=self.weights[chosen], metric=self.metric, task=self.task,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """A model, its tables and what counts; made by `load_study`, `sample` or a chapter's loader.

    Parameters
    ----------
    name
        What to call it.
    model
        The model, behind one face (`Predictor`); logged predictions are a model too.
    outcome
        Task, target and classes.
    roles
        What the columns mean.
    metric
        The user's own metric: first everywhere.
    reference, tests, production
        What the model learned from; offline tests by name, the first counting as the test; what came later.
    challenger
        Another model for the same columns, or None.
    expected
        The score that the user believes the model has on the test, or None.
    decision_threshold
        Score at which the decision is positive, or None for the model's own.
    values
        What outcomes are worth, or None.
    unit
        What is resampled whole: "row", "entity" or "time block". Every interval, test and split uses it.
    block
        Name and length in milliseconds of a time block, or None.
    truth
        Of synthetic samples: table name → frame with the true probability, income and label of each row.
    words
        What columns and cells are called in sentences. It says nothing about the model or its data, so it isn't part of
        the fingerprint.
    notes
        What was found out or decided while loading, in sentences.
    synthetic
        Whether the data were made up by a generator.
    margin
        The largest loss that doesn't matter, in the metric's unit, or None for the metric's default.
    favourable
        The class that it is good for a person to be given, or None where nobody said.
    seed
        Seed of splits, sampling and default models; strategies take their own.
    recipe
        The arguments that made the study, as plain data, live objects as `Live`; of a sample, its name and flags. It
        says nothing about the study that the rest doesn't, and isn't part of the fingerprint.
    file
        The study file that it was opened from, where that holds all of it; else None. Not part of the fingerprint.
    """

    name: str
    model: Predictor
    outcome: Outcome
    roles: Roles
    metric: Metric
    reference: Table | None = None
    tests: Mapping[str, Table] = field(default_factory=dict)
    production: Table | None = None
    challenger: Predictor | None = None
    expected: float | None = None
    decision_threshold: float | None = None
    values: Values | None = None
    unit: Unit = "row"
    block: tuple[str, float] | None = None
    truth: "Mapping[str, pd.DataFrame] | None" = None
    words: Wording = field(default_factory=Wording)
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    margin: float | None = None
    favourable: Any = None
    seed: int = 0
    recipe: Mapping[str, Any] = field(default_factory=dict)
    file: "Path | None" = None

    @property
    def task(self) -> Task:
        """The task: "binary", "multiclass" or "regression"."""
        return self.outcome.task

    @property
    def unit_name(self) -> str:
        """The resampling unit in words: "row", the entity's column, or "time block (day)"."""
        if self.unit == "time block" and self.block is not None:
            return f"{self.unit} ({self.block[0]})"
        return f"entity ({self.roles.entity})" if self.unit == "entity" else self.unit

    @property
    def test(self) -> Table | None:
        """The offline test; of several the first."""
        return next(iter(self.tests.values()), None)

    @property
    def tables(self) -> dict[str, Table]:
        """Every table by name, in the order of a model's life."""
        named = {"reference": self.reference, **self.tests, "production": self.production}
        return {name: table for name, table in named.items() if table is not None}

    @property
    def personal(self) -> "Personal":
        """Which columns hold data about persons: found once, when first asked for, or said in `labels={"personal": …}`."""
        return self.words.personal

    def need(self, part: Part) -> Table:
        """Return a table, or raise `MissingInputError` naming what to pass."""
        table: Table | None = getattr(self, part)
        if table is None:
            raise MissingInputError(f"{part} table", _PART_REMEDY[part])
        return table

    def table(self, name: str | None = None) -> Table:
        """Return the table of this name; by default the test, else production, else the reference.

        Raises
        ------
        UnknownNameError
            If there is no such table.
        MissingInputError
            If there is no table at all.
        """
        if name is None:
            return self.test or self.production or self.need("reference")
        if name not in self.tables:
            raise UnknownNameError(
                f"table={str(name)[:60]!r}. Tables of this study: {listed(self.tables)}.{did_you_mean(str(name)[:60], self.tables)}"
            )
        return self.tables[name]

    def accepted_loss(self, value: float, margin: float | None = None, *, metric: Metric | None = None) -> float:
        """Return the largest loss that doesn't matter: `margin`, else the study's, else the metric's default at `value`.

        The study's margin is in the unit of its own metric: where another `metric` is measured, that one's default counts.
        """
        judged = metric or self.metric
        stated = self.margin if margin is None and judged == self.metric else margin
        return judged.default_margin(value) if stated is None else stated

    @cached_property
    def learner(self) -> Predictor:
        """The model as it is to be refitted: given the row weights only if it was fitted with them; see `as_fitted`."""
        model, rows = self.model, self.reference
        if isinstance(model, EstimatorPredictor) and model.takes_weights and rows and self.outcome.target in rows:
            return as_fitted(model, rows, seed=self.seed)
        return model

    def labels(self, table: Table) -> Floats:
        """Return encoded labels, shape (rows,); NaN where a label is missing or hasn't arrived."""
        if self.outcome.target not in table:
            raise MissingInputError(
                f"labels in {table.name}", f"Pass them in a column {self.outcome.target!r}, or as labels= with ids=."
            )
        return self.outcome.encode(table[self.outcome.target], where=table.name)

    def output(self, table: Table, metric: Metric | None = None, model: Predictor | None = None) -> Floats:
        """Return what `metric` needs of `model` on `table`: scores, probabilities or predictions."""
        metric, model = metric or self.metric, model or self.model
        model.need(ABILITY_FOR[metric.needs])
        return {"scores": model.scores, "probabilities": model.probabilities, "predictions": model.predictions}[
            metric.needs
        ](table)

    def measure(self, table: Table, metric: Metric | None = None, model: Predictor | None = None) -> Measured:
        """Return the labelled rows of `table` with the model's answers.

        Raises
        ------
        MissingInputError
            If no row has a label.
        """
        metric = metric or self.metric
        y, output = self.labels(table), self.output(table, metric, model)
        known = np.flatnonzero(~np.isnan(y) & ~np.isnan(output.reshape(len(output), -1)).any(axis=1))
        if not len(known):
            raise MissingInputError(f"labelled rows in {table.name}", _PART_REMEDY.get(table.name, "Pass labels."))
        return Measured(
            table=table, rows=known, y=y[known], output=output[known], units=codes(self.units(table)[known]),
            weights=self.weights(table)[known], metric=metric, task=self.task,
        )  # fmt: skip

    def weights(self, table: Table) -> Floats:
        """Return the weight of each row, shape (rows,); ones without a weights column, which unlabelled tables may lack."""
        if self.roles.weights is None or self.roles.weights not in table:
            return np.ones(table.rows)
        return numeric_column(table, self.roles.weights, argument="weights")

    def units(self, table: Table) -> Integers:
        """Return the resampling unit of each row, shape (rows,): rows of one unit are never taken apart."""
        if self.unit == "entity" and self.roles.entity is not None:
            if self.roles.entity not in table:
                raise MissingInputError(f"entity column in {table.name}", f"Pass {self.roles.entity!r} there too.")
            return codes(table[self.roles.entity])
        if self.unit == "time block" and self.block is not None:
            times = self.times(table)
            if times is not None:
                return codes(times // self.block[1])
        return np.arange(table.rows)

    def times(self, table: Table) -> Floats | None:
        """Return when each row happened, shape (rows,), in milliseconds since 1970 or as numbers; None without time."""
        if self.roles.time is None or self.roles.time not in table:
            return None
        return times_of(table, self.roles.time)[0]

    def chunks(self, table: Table, *, most: int = 26) -> Chunks:
        """Return `table` cut along time into at most `most` calendar periods; into runs of rows without time."""
        if self.roles.time is None or self.roles.time not in table:
            return chunk_rows(None, are_dates=False, rows=table.rows, name="rows")
        times, are_dates = times_of(table, self.roles.time)
        return chunk_rows(times, are_dates=are_dates, rows=table.rows, name=self.roles.time, most=most)

    def row_values(self, table: Table) -> Floats:
        """Return what each row's decision was worth, shape (rows,); NaN where the label is missing."""
        if self.values is None:
            raise MissingInputError("values", "Pass values={'true_positive': …, 'false_positive': …}.")
        decided = (
            self.outcome.encode(table[self.roles.decision], where=f"decision in {table.name}")
            if self.roles.decision is not None and self.roles.decision in table
            else self.model.predictions(table)
        )
        return self.values.of_rows(table, self.labels(table), decided)

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of tables, roles, settings and the model's answers to a few rows."""
        parts = [f"{name}:{table.fingerprint}" for name, table in self.tables.items()]
        parts += [repr(each) for each in (
            self.roles, self.outcome, self.metric.name, self.decision_threshold, self.values, self.unit, self.block,
            self.expected, self.margin, self.favourable, self.seed,
        )]  # fmt: skip
        parts += [_signature(model, self.tables) for model in (self.model, self.challenger) if model is not None]
        return sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]

    def describe(self) -> "StudyDescription":
        """Return what the study holds: tables, rows, labels, time range, and what was found out while loading."""
        from mlops_widgets.study.describing import describe

        return describe(self)

    def save(self, path: "str | os.PathLike[str]" = "study.toml", *, overwrite: bool = False) -> "SavedStudy":
        """Write a `study.toml` that `open_study` opens again; live tables and models go to files beside it.

        Tables are written as Parquet, scikit-learn's kind of model as .skops, boosters in their own format. The folder
        can be moved or copied as a whole. Everything is written before `study.toml` appears, or nothing stays.

        Parameters
        ----------
        path
            Where to write; the other files go to a folder beside it that is called after it ("study_files").
        overwrite
            Whether a file that is already there may be replaced.

        Raises
        ------
        InputError
            If the study holds something that no file can hold, such as a function, or the files can't be written.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mlops_widgets import open_study, sample
        >>> saved = sample("loans", seed=1).save(Path(tempfile.mkdtemp()) / "study.toml")
        >>> open_study(saved).seed
        1
        """
        from mlops_widgets.study.saved.saving import save_study

        return save_study(self, path, overwrite=overwrite)

    def __repr__(self) -> str:
        """Return the description in words."""
        return str(self.describe())

    def _ipython_display_(self) -> None:
        from mlops_widgets.core.display import display_result

        display_result(self.describe())


def _signature(model: Predictor, tables: Mapping[str, Table]) -> str:
    """Return what tells this model from another of the same class: its answers, to six digits."""
    few = next(iter(tables.values()))
    few = few.take(np.arange(min(few.rows, _SIGNATURE_ROWS)))
    try:
        answers = model.scores(few) if "scores" in model.can else model.predictions(few)
    except (MissingInputError, ModelError):  # no logged answers in that table, or a model that fails there
        return model.name
    return f"{model.name}:{[float(f'{x:.6g}') for x in answers.ravel()]}"
