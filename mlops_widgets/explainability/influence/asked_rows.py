"""Which rows a global view asks the model about, with their units, and the model as a function of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import UnknownNameError, did_you_mean, listed
from mlops_widgets.explainability.attribution.chosen_rows import table_of
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.study_questions import Output, ask_study
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, frame_of
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_MOST_ROWS = 50_000
"""Rows that the user's model is asked about at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Rows of one table and the model as a function of them.

    Parameters
    ----------
    question
        The question about these rows.
    table, positions
        The table, and which of its rows these are (n,).
    units, weights
        (n,) resampling unit and weight of each row.
    by_entity
        Whether units are people or things with rows of their own, so that five rows may be one owner's.
    """

    question: Question
    table: Table
    positions: Integers
    units: Integers
    weights: Floats
    by_entity: bool = False

    @property
    def owners(self) -> Integers | None:
        """Whose row each is, (n,); None where each is somebody else's."""
        return self.units if self.by_entity else None

    @property
    def rows(self) -> pd.DataFrame:
        """The rows: the model's own columns."""
        return self.question.rows

    @property
    def count(self) -> int:
        """How many units there are."""
        return len(np.unique(self.units))

    def answers(self, rows: pd.DataFrame) -> Floats:
        """Return the model's answers on the question's scale, (rows, outputs), a bounded number of rows at a time."""
        parts = [
            self.question.predict(rows.iloc[start : start + _MOST_ROWS].reset_index(drop=True))
            for start in range(0, len(rows), _MOST_ROWS)
        ]
        return np.concatenate(parts)

    def replaced(self, chosen: "npt.NDArray[Any]", columns: "dict[str, Any]") -> pd.DataFrame:
        """Return these of the rows (positions, repeats allowed) with other cells in some columns, whatever their names."""
        rows = self.rows
        cells = {name: columns[name] if name in columns else rows[name].array.take(chosen) for name in rows.columns}
        return frame_of(cells, rows.columns)

    def first(self, most: int) -> "Asked":
        """Return the same with `most` of the rows at even distances, which is a random sample of a random sample."""
        if len(self.rows) <= most:
            return self
        kept = np.linspace(0, len(self.rows) - 1, most).round().astype(np.int64)
        return self.take(kept)

    def take(self, kept: Integers) -> "Asked":
        """Return the same with these of the rows."""
        question = replace(
            self.question, rows=self.rows.iloc[kept].reset_index(drop=True),
            row_names=tuple(self.question.row_names[k] for k in kept),
        )  # fmt: skip
        return Asked(
            question=question, table=self.table, positions=self.positions[kept], units=codes(self.units[kept]),
            weights=self.weights[kept], by_entity=self.by_entity,
        )  # fmt: skip

    def resampler(self, study: Study, *, draws: int, seed: int) -> Resampler:
        """Return resamples of these rows by the study's unit."""
        return resampler_of(study, self.units, draws=draws, seed=seed)

    def drawn(self, study: Study, *, draws: int, seed: int) -> Floats:
        """Return how often each row comes in each resample times its weight, (draws, n)."""
        found = np.concatenate(list(self.resampler(study, draws=draws, seed=seed).weights(len(self.positions))))
        return np.asarray(found * self.weights, dtype=np.float64)


def asked_of(
    study: Study, table: str | None, *, most_rows: int, output: Output, seed: int, labelled: bool = False
) -> Asked:
    """Return at most so many rows of a table, drawn by seed, with the model as a function of them.

    Parameters
    ----------
    study
        The study.
    table
        Name of the table; by default the test, else production, else the reference.
    most_rows
        Most rows.
    output
        The scale.
    seed
        Of the draw.
    labelled
        Whether only rows with a label are drawn.
    """
    home = table_of(study, table)
    pool = np.flatnonzero(~np.isnan(study.labels(home))) if labelled else np.arange(home.rows)
    return asked_about(study, home, sampled(pool, most_rows, seed), output=output, seed=seed)


def asked_about(study: Study, home: Table, positions: Integers, *, output: Output, seed: int) -> Asked:
    """Return these rows of a table with the model as a function of them."""
    question = ask_study(study, [int(k) for k in positions], table=home.name, output=output, seed=seed)
    return Asked(
        question=question, table=home, positions=positions, units=codes(study.units(home)[positions]),
        weights=study.weights(home)[positions], by_entity=study.unit == "entity",
    )  # fmt: skip


def sampled(pool: Integers, most_rows: int, seed: int) -> Integers:
    """Return at most so many of the positions, in order."""
    if len(pool) <= most_rows:
        return pool
    return np.sort(np.random.default_rng(seed).choice(pool, most_rows, replace=False))


def wanted_columns(columns: str | Sequence[str] | None, features: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that were asked for, or all.

    Raises
    ------
    UnknownNameError
        If the model takes no such column.
    """
    if columns is None:
        return tuple(features)
    named = (columns,) if isinstance(columns, str) else tuple(columns)
    unknown = [str(name) for name in named if name not in features]
    if unknown or not named:
        raise UnknownNameError(
            f"columns= names {listed(unknown)}, which the model doesn't take. It takes {listed(features)}."
            f"{did_you_mean(unknown[0], features)}"
            if unknown else f"columns= is empty. The model takes {listed(features)}."
        )  # fmt: skip
    return named
