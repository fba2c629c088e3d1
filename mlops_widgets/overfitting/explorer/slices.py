"""Weak slices, live: from a slice to the rows that are worst in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.representative.slice_losses import loss_of, row_losses
from mlops_widgets.overfitting.representative.slice_search import Slice
from mlops_widgets.overfitting.representative.weak_slices import WeakSlicesResult, find_weak_slices
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 20
_MOST_COLUMNS = 8
_MOST_LETTERS = 40


class SliceExplorer(Explorer):
    """Go through the slices of `find_weak_slices` and look at their worst rows.

    Rows are fetched from the kernel when a slice is chosen. They are in no output, no report and no saved notebook.

    Parameters
    ----------
    study
        The study.
    table, loss
        As in `find_weak_slices`.
    seed
        Where the control of the seed stands at first.
    result
        A Result to begin with; None runs the search on first display.
    screen
        Where outputs go.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> explorer = mw.overfitting.SliceExplorer(mw.sample("census"))
    >>> result = explorer.run(seed=1)
    >>> len(explorer.worst_rows(0, most=5))
    5
    """

    def __init__(
        self, study: Study, *, table: str | None = None, loss: str | None = None, seed: int = 0,
        result: Result | None = None, screen: Screen | None = None,
    ) -> None:  # fmt: skip
        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            return find_weak_slices(
                study, table=table, loss=loss, seed=int(options["seed"]), progress=progress, cancel=cancel
            )

        self._study = study
        controls = (Control(name="seed", label="seed of the halves", value=seed, kind="number", lower=0, step=1),)
        super().__init__(work, controls, result, screen=screen, ask=self._told)

    def worst_rows(self, index: int, *, raw: bool = False, most: int = _MOST_ROWS) -> "pd.DataFrame":
        """Return the rows of a slice on which the model is furthest beyond its promise, the worst first.

        Parameters
        ----------
        index
            Position in `result.slices`, or in `result.raw`.
        raw
            Whether the slice is one of `result.raw`.
        most
            Most rows, 1 or more.

        Returns
        -------
        pandas.DataFrame
            The columns of the slice's rule and the model's others, before them the target, the model's `answer` and the
            `loss`; with the labels of the table's rows as index.

        Raises
        ------
        InputError
            If there is no Result with such a slice, or `most` is below 1.
        """
        if most < 1:
            raise InputError(f"most={most}. Pass 1 or more rows.")
        result, slice_ = self._slice(index, raw=raw)
        study = self._study
        table = study.tables[result.table]
        losses = row_losses(study, table, loss_of(study, result.loss))
        inside = np.logical_and.reduce([condition.holds(table) for condition in slice_.conditions])[losses.rows]
        chosen = np.flatnonzero(inside)
        chosen = chosen[np.argsort(-losses.excess[chosen], kind="stable")[:most]]
        rows = losses.rows[chosen]
        first = tuple(condition.column for condition in slice_.conditions)
        named = [c for c in dict.fromkeys((*first, *study.model.features)) if c in table and c != study.outcome.target]
        frame = table.pandas().iloc[rows][named]
        frame.insert(0, study.outcome.target, table[study.outcome.target].iloc[rows])
        frame.insert(1, "answer", self._answers(rows, result.table), allow_duplicates=True)
        frame.insert(2, "loss", losses.loss[chosen], allow_duplicates=True)
        return frame

    def _slice(self, index: int, *, raw: bool) -> tuple[WeakSlicesResult, Slice]:
        if not isinstance(self.result, WeakSlicesResult):
            raise InputError("There is no slice yet: call run() first.")
        slices = self.result.raw if raw else self.result.slices
        if type(index) is not int or not 0 <= index < len(slices):
            raise InputError(f"index={index!r}. Allowed: 0 to {len(slices) - 1}, the position of a slice.")
        return self.result, slices[index]

    def _answers(self, rows: "np.typing.NDArray[np.int64]", name: str) -> list[str]:
        """Return what the model said of each row: the class and its probability, or the number."""
        study, table = self._study, self._study.tables[name]
        if "predict" not in study.model.can:
            return [number(float(p)) for p in np.atleast_1d(study.model.scores(table)[rows])]
        said = study.model.predictions(table)[rows]
        if study.task == "regression":
            return [number(float(value)) for value in said]
        names = [str(study.outcome.classes[int(code)]) for code in said]
        if "probabilities" not in study.model.can:
            return names
        p = study.model.probabilities(table)[rows]
        chosen = np.where(said == 1, p, 1 - p) if p.ndim == 1 else p[np.arange(len(rows)), said.astype(int)]
        return [f"{name} ({number(float(share), 'percent')} sure)" for name, share in zip(names, chosen, strict=True)]

    def _told(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the worst rows of a slice as texts."""
        frame = self.worst_rows(question.get("slice"), raw=bool(question.get("raw")))  # type: ignore[arg-type]  # checked there
        left_out = max(frame.shape[1] - _MOST_COLUMNS, 0)
        shown = frame.iloc[:, :_MOST_COLUMNS]
        return {
            "columns": ["row", *map(str, shown.columns)],
            "rows": [
                [f"{label + 1:,}", *map(self._cell, shown.columns, cells)]
                for label, cells in zip(shown.index.tolist(), shown.itertuples(index=False, name=None), strict=True)
            ],
            "left_out": left_out,
        }

    def _cell(self, column: str, value: object) -> str:
        return _short(self._study.words.masked(column, value, _text(value)))


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return "–" if np.isnan(value) else f"{value:.6g}"
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
