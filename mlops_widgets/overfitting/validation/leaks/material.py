"""The tables of a study as the searches for leaks read them: rows, labels, units, times."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One table: `y` (rows,) are encoded labels, NaN where unknown; `units` (rows,) what is resampled whole."""

    table: Table
    y: Floats
    units: Integers | None
    times: Floats | None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.table.rows

    def take(self, rows: Integers) -> "Part":
        """Return these rows."""
        return Part(
            table=self.table.take(rows), y=self.y[rows], units=None if self.units is None else self.units[rows],
            times=None if self.times is None else self.times[rows],
        )  # fmt: skip

    def sample(self, most_rows: int, *, rng: np.random.Generator) -> "Part":
        """Return at most about `most_rows` rows, whole units, in their order."""
        if self.rows <= most_rows:
            return self
        if self.units is None:
            return self.take(np.sort(rng.permutation(self.rows)[:most_rows]))
        return self.take(whole_units(self.units, most_rows, rng))

    def scatter(self, most_rows: int, *, rng: np.random.Generator) -> "Part":
        """Return at most `most_rows` rows drawn one by one, so that every unit stays seen."""
        return self if self.rows <= most_rows else self.take(np.sort(rng.permutation(self.rows)[:most_rows]))

    def labelled(self) -> "Part":
        """Return the rows with a label."""
        return self.take(np.flatnonzero(~np.isnan(self.y)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """What the searches look at.

    Parameters
    ----------
    study
        The study.
    features
        Columns that the model takes and that the reference has.
    reference, test, later
        What the model learned from, the first test, production; None where the study has none.
    most_rows
        Rows of each table used where a search costs more than a pass.
    seed
        Seed of samples, draws and injected leaks.
    cancel
        The caller's callback, or None.
    """

    study: Study
    features: tuple[str, ...]
    reference: Part | None
    test: Part | None
    later: Part | None
    most_rows: int
    seed: int
    cancel: Cancel | None = None

    def need_reference(self) -> Part:
        """Return the reference, or raise `MissingInputError`."""
        if self.reference is None:
            self.study.need("reference")
            raise MissingInputError("reference rows", "Pass the rows that the model was trained on as reference=.")
        return self.reference

    def need_test(self) -> Part:
        """Return the test, or raise `MissingInputError`."""
        if self.test is None:
            raise MissingInputError("test table", "Pass the rows that the model was tested on as test=.")
        return self.test

    def need_features(self) -> tuple[str, ...]:
        """Return the model's columns, or raise `MissingInputError`."""
        if not self.features:
            raise MissingInputError(
                "feature columns", "Pass the columns that the model takes, with features= to name them."
            )
        return self.features

    def rng(self, salt: int) -> np.random.Generator:
        """Return a generator of its own for each search, so that one doesn't move another's draws."""
        return np.random.default_rng((self.seed, salt))

    @cached_property
    def sampled(self) -> dict[str, Part]:
        """The labelled rows of each table, at most `most_rows`."""
        parts = {"reference": self.reference, "test": self.test, "later": self.later}
        return {
            name: part.labelled().sample(self.most_rows, rng=self.rng(index))
            for index, (name, part) in enumerate(parts.items())
            if part is not None
        }

    def targets(self, y: Floats) -> Floats:
        """Return labels as one column (n, 1), or one 0/1 column a class (n, K)."""
        if self.study.task == "multiclass":
            return np.asarray(y[:, None] == np.arange(len(self.study.outcome.classes)), dtype=np.float64)
        return y[:, None]


def gather(study: Study, *, most_rows: int, seed: int, cancel: Cancel | None) -> Material:
    """Return the material of a study."""
    answers = {study.outcome.target, study.roles.predictions, *study.roles.scores}
    wanted = study.roles.features or study.model.features
    held = [table for table in (study.reference, study.test, study.production) if table is not None]
    features = tuple(c for c in wanted if c not in answers and all(c in table for table in held))
    reference, test, later = (_part(study, table) for table in (study.reference, study.test, study.production))
    return Material(
        study=study, features=features, reference=reference, test=test, later=later, most_rows=most_rows, seed=seed,
        cancel=cancel,
    )  # fmt: skip


def _part(study: Study, table: Table | None) -> Part | None:
    if table is None:
        return None
    known = study.outcome.target in table
    y = study.labels(table) if known else np.full(table.rows, np.nan)
    independent = study.unit == "row" or (study.unit == "entity" and study.roles.entity not in table)
    return Part(
        table=table, y=y, units=None if independent else study.units(table), times=study.times(table),
    )  # fmt: skip
