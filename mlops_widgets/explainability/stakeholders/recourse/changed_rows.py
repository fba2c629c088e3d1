"""Changed rows as frames: the row, its new values, what follows from them, and the model's answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import ModelError
from mlops_widgets.explainability.stakeholders.recourse.aim import Aim, Answers
from mlops_widgets.explainability.stakeholders.recourse.moves import Move
from mlops_widgets.explainability.stakeholders.recourse.rules import Rule
from mlops_widgets.study.predictor import Predictor

Floats = npt.NDArray[np.float64]
_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Asker:
    """A row, what may change of it, what follows, and whom to ask.

    Parameters
    ----------
    row
        The row as it is, a frame of one row.
    moves
        The columns that may change.
    rules
        The columns that follow, by name, in the order of working them out.
    aim
        What is wanted.
    model
        Whom to ask.
    cancel
        Stops between batches.
    """

    row: pd.DataFrame
    moves: tuple[Move, ...]
    rules: Mapping[str, Rule]
    aim: Aim
    model: Predictor
    cancel: Cancel | None = None

    def frame(self, codes: Floats) -> pd.DataFrame:
        """Return rows with these new values: codes (n, moves), NaN where a column stays."""
        moved = {move.column: codes[:, place] for place, move in enumerate(self.moves)}
        by_column = {move.column: move for move in self.moves}
        columns: dict[str, Any] = {}
        for column in self.row.columns:
            own = self.row[column]
            if column in moved:
                columns[column] = by_column[column].fill(own, moved[column])
            else:
                columns[column] = own.take(np.zeros(len(codes), dtype=np.int64)).reset_index(drop=True)
        rows = pd.DataFrame(columns, columns=self.row.columns)
        return self._followed(rows, np.asarray(np.isnan(codes).all(axis=1)))

    def _followed(self, rows: pd.DataFrame, same: npt.NDArray[np.bool_]) -> pd.DataFrame:
        """Return rows with what follows worked out; a row in which nothing changed stays as it is."""
        for column, rule in self.rules.items():
            found = rule.work(rows, self.row)
            if len(found) != len(rows):
                raise ModelError(f"The rule of {column!r} gave {len(found):,} values for {len(rows):,} rows.")
            rows[column] = _typed(pd.Series(found), self.row[column]).where(~same, self.row[column].iloc[0])
        return rows

    def ask(self, codes: Floats) -> Answers:
        """Return the model's answers; where what follows can't be worked out nothing is reached."""
        parts = []
        for start in range(0, len(codes), _AT_ONCE):
            check_cancel(self.cancel)
            parts.append(self._ask(self.frame(codes[start : start + _AT_ONCE])))
        if len(parts) == 1:
            return parts[0]
        return Answers(*(
            np.concatenate([getattr(part, name) for part in parts]) if parts else np.zeros(0, dtype=kind)
            for name, kind in (("reached", bool), ("shortfall", float), ("shown", float))
        ))  # fmt: skip

    def _ask(self, rows: pd.DataFrame) -> Answers:
        sound = np.ones(len(rows), dtype=bool)
        for column in self.rules:
            if pd.api.types.is_numeric_dtype(rows[column].dtype):
                sound &= np.isfinite(rows[column].to_numpy(dtype=np.float64, na_value=np.nan))
        if sound.all():
            return self.aim.ask(rows, self.model)
        answers = Answers(np.zeros(len(rows), dtype=bool), np.full(len(rows), np.inf), np.full(len(rows), np.nan))
        if sound.any():
            some = self.aim.ask(rows[sound].reset_index(drop=True), self.model)
            for name in ("reached", "shortfall", "shown"):
                getattr(answers, name)[sound] = getattr(some, name)
        return answers

    def cost(self, codes: Floats) -> Floats:
        """Return what each row's changes cost in all."""
        changed = ~np.isnan(codes)
        costs = [move.cost(codes[:, place]) for place, move in enumerate(self.moves)]
        return np.where(changed, np.column_stack(costs), 0.0).sum(axis=1) if costs else np.zeros(len(codes))


def _typed(found: "pd.Series[Any]", own: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return what a rule gave in the type of the column: whole numbers are rounded."""
    if pd.api.types.is_integer_dtype(own.dtype) and pd.api.types.is_numeric_dtype(found.dtype):
        values = found.to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.Series(np.round(values)).astype(own.dtype if np.isfinite(values).all() else np.float64)
    if pd.api.types.is_numeric_dtype(own.dtype) or found.dtype == own.dtype:
        return found
    return found.astype(own.dtype)
