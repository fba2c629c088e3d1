"""A model that is only known by the answers that it logged."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError, TableError
from mlops_widgets.study.outcomes import Outcome, sort_key
from mlops_widgets.study.predictor import Ability, Predictor, numeric_column
from mlops_widgets.study.tables import Table, as_numbers

Floats = npt.NDArray[np.float64]
_MOST_FRACTIONS = 0.5
"""Share of cells above which a column of predicted labels is one of scores."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Which columns hold what a model once answered.

    Parameters
    ----------
    predictions
        Column of predicted labels or numbers, or None.
    scores
        Column of the positive class's score, or one column a class in sorted order; empty where none were logged.
    """

    predictions: str | None = None
    scores: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.scores, *([self.predictions] if self.predictions is not None else []))


class LoggedPredictor(Predictor):
    """Answers that were logged beside the rows: whatever needs no new predict works.

    Parameters
    ----------
    outcome
        Task and classes.
    logged
        The columns.
    decision_threshold
        Score at which a binary prediction is positive; None for 0.5 where the scores are `proper`.
    proper
        Whether every score lies between 0 and 1, so that scores count as probabilities.
    """

    def __init__(self, *, outcome: Outcome, logged: Logged, decision_threshold: float | None, proper: bool) -> None:
        super().__init__(outcome=outcome, name="the logged model", features=())
        self._logged, self._threshold, self._proper = logged, decision_threshold, proper

    @property
    def can(self) -> frozenset[Ability]:
        """What the logged columns allow; probabilities where every score lies between 0 and 1."""
        able: set[Ability] = set()
        if self._logged.scores:
            able.add("scores")
            able |= {"probabilities"} if self._proper else set()
        decides = self._threshold is not None or self._proper or self.outcome.task == "multiclass"
        if self._logged.predictions is not None or (self._logged.scores and decides):
            able.add("predict")
        return frozenset(able)

    def _predict(self, table: Table) -> Floats:
        if self._logged.predictions is not None:
            self._check(table, self._logged.predictions)
            self._check_kind(table, self._logged.predictions)
            return self.outcome.encode(table[self._logged.predictions], where=f"predictions= in {table.name}")
        scores = self.scores(table)
        missing = np.asarray(np.isnan(scores.reshape(len(scores), -1)).any(axis=1))
        if self.outcome.task == "multiclass":
            chosen = np.where(missing[:, None], 0.0, scores).argmax(axis=1).astype(np.float64)
        else:
            chosen = (scores >= (0.5 if self._threshold is None else self._threshold)).astype(np.float64)
        return np.where(missing, np.nan, chosen)

    def _check_kind(self, table: Table, column: str) -> None:
        """Say which argument takes a column of fractions, where labels are whole numbers or words."""
        if self.outcome.task == "regression":
            return
        cells = as_numbers(table[column])
        cells = cells[np.isfinite(cells)]
        classes = [label for label in self.outcome.classes if isinstance(label, float)]
        if cells.size and not classes and (cells != np.round(cells)).mean() > _MOST_FRACTIONS:
            raise TableError(
                f"predictions={column!r} in {table.name} holds fractions, not labels. Scores and probabilities are passed as "
                f"scores={column!r}."
            )

    def _scores(self, table: Table) -> Floats:
        self._check(table, *self._logged.scores)
        columns = [numeric_column(table, column, argument="scores") for column in self._logged.scores]
        if len(columns) == 1:
            return columns[0]
        in_order = sorted(self.outcome.classes, key=sort_key)
        by_class = np.column_stack([columns[in_order.index(label)] for label in self.outcome.classes])
        return by_class[:, 1].copy() if self.outcome.task == "binary" else by_class

    def _probabilities(self, table: Table) -> Floats:
        return np.array(self.scores(table))

    def check(self, table: Table) -> None:
        """Raise `TableError` if a logged prediction in `table` is no label or number."""
        if self._logged.predictions is not None and self._logged.predictions in table:
            self.predictions(table)

    def _check(self, table: Table, *columns: str) -> None:
        """Training rows often lack logged answers: that table can't be measured, the others can."""
        for column in columns:
            if column not in table:
                raise MissingInputError(
                    f"logged answers in {table.name}", f"Log the column {column!r} there too, or pass model=."
                )
