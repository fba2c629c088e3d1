"""Contributions of every column on a sample of rows, with the rows' units: what global views are made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.sample import explain_sample
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.influence.asked_rows import Asked, asked_about
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_EVALUATIONS = 150_000
"""Rows that the model is asked about at most, where no route knows the contributions from the model itself."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attributed:
    """Contributions on some rows.

    Parameters
    ----------
    asked
        The rows.
    explanation
        What was found for them, without their cells.
    """

    asked: Asked
    explanation: Explanation

    @property
    def values(self) -> Floats:
        """(n, p, k) contributions."""
        return self.explanation.values

    @property
    def columns(self) -> tuple[str, ...]:
        """The p columns."""
        return self.explanation.columns

    @property
    def moved(self) -> Floats:
        """(n, p) how far each column moves the answers, whichever way: of several outputs the mean of all."""
        return np.asarray(np.abs(self.values).mean(axis=2))

    @property
    def how(self) -> str:
        """How they were computed, in words."""
        found = self.explanation
        exact = "exact for this baseline" if found.exact else f"{found.pairs} antithetic pairs a row"
        return (
            f"Shapley values ({found.scale}) of {len(self.asked.positions):,} rows of {self.asked.table.name} against "
            f"{found.baseline_text}, {found.route} route, {exact}"
        )


def attribute(
    study: Study, table: str, *, most_rows: int, output: Output, seed: int, share: float = 1.0, progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Attributed:  # fmt: skip
    """Return the contributions on at most so many rows of a table, drawn by seed, with this share of the evaluations."""
    found = explain_sample(
        study, table, most_rows=most_rows, output=output, most_evaluations=int(share * MOST_EVALUATIONS), seed=seed, progress=progress,
        cancel=cancel,
    )  # fmt: skip
    positions = np.array(found.positions, dtype=np.int64)
    asked = asked_about(study, study.tables[table], positions, output=output, seed=seed)
    return Attributed(asked=asked, explanation=found)


def drawn_means(values: Floats, weights: Floats) -> Floats:
    """Return the weighted means of values (n, p) under each weighting (b, n), (b, p); NaN where the weights sum to 0."""
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(
        np.divide(weights @ values, total, out=np.full((len(weights), values.shape[1]), np.nan), where=total > 0)
    )


def ends_of(drawn: Floats, *, units: int, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return both ends of each number's interval from its value and draws (1 + b, p)."""
    reach = standard_errors(drawn, units=units) * (stats.t.ppf(0.5 + level / 2, units - 1) if units > 1 else np.inf)
    return drawn[0] - reach, drawn[0] + reach


def standard_errors(drawn: Floats, *, units: int) -> Floats:
    """Return each number's standard error (p,) from its value and draws (1 + b, p); infinite for fewer than two units."""
    if units < 2:
        return np.full(drawn.shape[1], np.inf)
    centred = np.where(np.isnan(drawn[1:]), drawn[0], drawn[1:])
    return np.asarray(centred.std(axis=0) * np.sqrt(units / (units - 1)))
