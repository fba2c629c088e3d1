"""A row to edit: prediction and both explanations follow."""

from collections.abc import Iterator, Mapping
from threading import RLock
from typing import Any

import pandas as pd

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.errors import CancelledError, InputError, MissingInputError, ModelError
from mlops_widgets.explainability.attribution.chosen_rows import Row
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.standing import STEPS, StandingExplainer
from mlops_widgets.explainability.attribution.study_questions import Output
from mlops_widgets.explainability.figures.what_if import changed
from mlops_widgets.explainability.local.what_if import OneRow, varied, vary_row
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

FEWEST_PAIRS = 2


class WhatIfExplorer(Explorer):
    """Edit the columns of one row and watch the prediction and both explanations follow.

    The edited row is in no output, no report and no saved notebook; the row as it is, which the Result is about, is.

    Parameters
    ----------
    study
        The study.
    row
        Position in the table, or one row as a mapping or frame of the model's columns; by default the first.
    table, lime, output, seed
        As in `vary_row`.
    result
        A Result of `vary_row` on the same row to begin with; None computes it on first display.
    screen
        Where outputs go.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> explorer = mw.explainability.WhatIfExplorer(mw.sample("loans"), row=3, lime=False)
    >>> before, now = explorer.edit({}), explorer.edit({"prior_defaults": 2})
    >>> bool(now.prediction[0, 0] > before.prediction[0, 0])
    True
    """

    def __init__(
        self, study: Study, row: Row = 0, *, table: str | None = None, lime: bool = True, output: Output = "auto", seed: int = 0,
        result: Result | None = None, screen: Screen | None = None,
    ) -> None:  # fmt: skip
        self._study, self._row = study, row
        self._asked: dict[str, Any] = {"table": table, "lime": lime, "output": output, "seed": seed}
        self._one: OneRow | None = None
        self._lock, self._latest = RLock(), 0
        controls = (
            (Control(name="row", label=f"row of {table or 'the test'}", value=row, kind="number", lower=0, step=1),)
            if isinstance(row, int) else ()
        )  # fmt: skip
        super().__init__(self._work_on, controls, result, screen=screen, ask=self._told)

    def edit(self, changes: Mapping[str, Any]) -> Explanation:
        """Return the explanation of the row with these cells.

        Parameters
        ----------
        changes
            Column → its new cell, None for a missing one; any value that the model takes.

        Raises
        ------
        InputError
            If a column doesn't exist.
        """
        with self._lock:
            one = self._now()
            return one.standing.explain(one.form.changed(changes))

    def _work_on(self, options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
        """Explain the row as it is, and stand ready for edits; a study that can't be asked has a Result that says so."""
        row = int(options["row"]) if "row" in options else self._row
        try:
            one = OneRow(self._study, row, **self._asked, progress=progress, cancel=cancel)
        except (MissingInputError, ModelError):
            return vary_row(self._study, row, **self._asked)
        result = varied(self._study, one, cancel=cancel)
        if progress is not None:  # somebody looks: the first edit is to be as fast as those after it
            one.standing.explain(one.question.rows, pairs=FEWEST_PAIRS)
        with self._lock:
            self._row, self._one = row, one
        return result

    def _now(self) -> OneRow:
        if self._one is None:
            self._one = OneRow(self._study, self._row, **self._asked)
        return self._one

    def _told(self, question: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield what the model says of the row with the page's changes: soon, then with narrower bars."""
        self._latest += 1  # whoever still works on an older question stops and lets go of the lock
        mine = self._latest
        try:
            with self._lock:
                one = self._now()
                cells = one.form.read(question.get("changes"))
            output = one.output(question.get("output"))
            for now in self._sharper(one.standing, one.form.changed(cells), mine):
                told = changed(one.first, now, output, edited=tuple(cells))
                yield {**to_plain(told), "more": not now.exact and now.pairs < STEPS[-1]}
        except ModelError as error:
            yield {"error": f"{error.claim} It can't answer for these values."}
        except InputError as error:
            yield {"error": str(error)}
        except CancelledError:
            return

    def _sharper(self, standing: StandingExplainer, frame: pd.DataFrame, mine: int) -> Iterator[Explanation]:
        """Yield explanations of the frame, each made under the lock: the user's model is asked by one thread at a time."""
        answers = standing.refine(frame, cancel=lambda: self._latest != mine)
        while True:
            with self._lock:
                now = next(answers, None)
            if now is None:
                return
            yield now
