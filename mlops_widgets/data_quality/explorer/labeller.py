"""Rows to judge, one key a cell: what a person says of about 20 rows teaches which cells of all the others are wrong."""

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mlops_widgets.core.display import Bundle
from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import estimate, number, short
from mlops_widgets.data_quality.detection.answers import Answers, Said, read_answers
from mlops_widgets.data_quality.detection.find_errors import Looked, errors_result, look
from mlops_widgets.data_quality.detection.labelling import Labelling, rates
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, Suspicion
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.errors import InputError
from mlops_widgets.study.personal.masks import Personal
from mlops_widgets.study.roles import Roles
from mlops_widgets.ui.card import Card, View
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen
from mlops_widgets.ui.show import bundles

if TYPE_CHECKING:
    import pandas as pd

_MOST_CELLS = 40
_MOST_LETTERS = 120
_ODD = 0.1
_QUICK_CELLS = 2_000_000
"""Cells of a table up to which everything is learned anew after each row; beyond, after every fourth."""
_AT_ONCE = 4
_LIKE_YOURS = "like cells that you called wrong."
_MISSING = "(missing)"
_HEADLINE = "Say which cells of a row are wrong: the list of errors follows."
_NO_ROW = {"row": -1, "title": "Every row was judged or skipped.", "cells": [], "first": 0, "more": ""}
_STATE = {
    "alone": "Rows are judged where a kernel runs: mw.data_quality.ErrorLabeller(table) in JupyterLab. No saved page holds them.",
    "keys": [
        ["↑ ↓ 1–9", "move ·"], ["x", "wrong ·"], ["Enter", "the rest is right, next row ·"], ["u", "undo ·"], ["s", "skip"],
    ],
    "buttons": [["judge", "The rest is right, next row"], ["undo", "Undo"], ["skip", "Skip"]],
}  # fmt: skip


class ErrorLabeller(Explorer):
    """Judge rows of a table, one key a cell, and watch the list of errors follow.

    Rows come from the kernel one at a time and are kept nowhere: not in the output, a report or a saved notebook. What you said
    of them is in `labels`, by position.

    Parameters
    ----------
    table
        A Study, or any table that a study accepts.
    rows
        How many rows to judge, 1 or more; about 20 are enough for most tables, and you may go on.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    labels
        What you said before, as in `find_errors`; the loop goes on from there.
    seed
        Seed of what is picked.
    screen
        Where outputs go.

    Examples
    --------
    >>> import pandas as pd
    >>> codes = [f"A-{at % 7}" for at in range(40)] + ["A7"] * 3
    >>> labeller = ErrorLabeller(pd.DataFrame({"code": codes, "n": range(43)}))
    >>> labeller.judge(40, ["code"])
    >>> labeller.labels, int(labeller.result.cells["code"].sum())
    ({40: ('code',)}, 3)
    """

    def __init__(
        self, table: Any, *, rows: int = 20,  # noqa: ANN401 - a study, or any form of table
        roles: Roles | Mapping[str, str | Sequence[str]] | None = None, labels: "Mapping[int, Said] | pd.DataFrame | None" = None,
        seed: int = 0, screen: Screen | None = None,
    ) -> None:  # fmt: skip
        check_counts(rows=(rows, 1), seed=(seed, 0))
        self._result: Result | None = None
        self._source = source_of(table, roles=roles, seed=seed)
        self._rows, self._seed, self._lock = rows, seed, RLock()
        given = read_answers(labels or {}, self._source.table.columns, self._source.table.rows)
        self._given, self._answered = (
            given,
            {int(row): wrong for row, wrong in zip(given.rows, given.wrong, strict=True)},
        )
        self._looked: Looked | None = None
        self._labelling: Labelling | None = None
        self._foretold: dict[int, np.typing.NDArray[np.bool_]] = {}
        self._skipped: set[int] = set()
        self._queue: list[int] = []
        super().__init__(self._look, (), screen=screen, ask=self._told)

    @property
    def labels(self) -> dict[int, tuple[str, ...]]:
        """What was said so far: row position → names of its wrong columns, as `find_errors(table, labels=…)` takes it."""
        names = self._source.table.columns
        return {row: tuple(names[at] for at in np.flatnonzero(wrong)) for row, wrong in self._answered.items()}

    @property
    def result(self) -> Result | None:
        """What is suspected after what was said so far; None before the first run."""
        with self._lock:
            if self._result is None and self._looked is not None and self._labelling is not None:
                self._result = errors_result(self._looked, self._labelling, picked=not len(self._given.rows))
            return self._result

    @result.setter
    def result(self, value: Result | None) -> None:
        self._result = value

    def judge(self, row: int, wrong: Iterable[str] = ()) -> None:
        """Say which cells of a row are wrong; the others are right.

        Parameters
        ----------
        row
            Its position in the table.
        wrong
            The names of its wrong columns; none where nothing is wrong.

        Raises
        ------
        InputError
            If there is no such row.
        UnknownNameError
            If there is no such column.
        """
        with self._lock:
            labelling = self._now()
            said = read_answers({row: wrong}, labelling.names, labelling.columns.rows)
            if row not in self._foretold:
                self._foretold[row] = labelling.flagged(row)
            self._answered.pop(row, None)
            self._answered[row] = said.wrong[0]
            labelling.say(said)
            self._result = None
            self._queue = [each for each in self._queue if each != row]

    def undo(self) -> int:
        """Take back what was said last, and return the row.

        Raises
        ------
        InputError
            If nothing was said yet.
        """
        with self._lock:
            if not self._answered:
                raise InputError("There is nothing to undo: no row was judged yet.")
            row, _ = self._answered.popitem()
            self._now().forget(row)
            self._foretold.pop(row, None)
            self._result = None
            self._queue.insert(0, row)
            return row

    def next_row(self) -> int | None:
        """Return the position of the row to judge next, None where every row was judged."""
        with self._lock:
            labelling = self._now()
            if not self._queue:
                cells = labelling.columns.rows * len(labelling.names)
                count = 1 if cells <= _QUICK_CELLS else _AT_ONCE
                picked = labelling.pick(count + len(self._skipped)).tolist()
                self._queue = [row for row in picked if row not in self._skipped][:count]
            return self._queue[0] if self._queue else None

    def _look(self, _options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
        looked = look(self._source, progress=progress, cancel=cancel)
        with self._lock:
            self._looked = looked
            self._labelling = Labelling(looked.columns, looked.found, seed=self._seed)
            if self._answered:
                rows = np.array(list(self._answered), dtype=np.int64)
                self._labelling.say(Answers(rows, np.array(list(self._answered.values()))))
            self._result = None
            return errors_result(looked, self._labelling, picked=not len(self._given.rows))

    def _now(self) -> Labelling:
        if self._labelling is None:
            self._look({}, None, None)
        return cast("Labelling", self._labelling)

    def _card(self) -> Card:
        """Return the card of the live widget: rows to judge in the place of the charts."""
        card = super()._card()
        return card if self.result is None else _to_judge(card)

    def _accept(self, result: Result) -> Card:
        return _to_judge(super()._accept(result))

    def _outputs(self) -> Sequence[Bundle]:
        """Return what is saved: the list of errors, without a row."""
        return super()._outputs() if self.result is None else bundles(self.result, super()._card())

    def _told(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take what the page says of a row, and return the next one as texts."""
        with self._lock:
            names, what, row = self._source.table.columns, question.get("what"), question.get("row")
            marked: tuple[str, ...] = ()
            if what == "judge":
                self.judge(cast("int", row), [names[at] for at in _places(question.get("wrong"), len(names))])
                self._save()
            elif what == "skip" and isinstance(row, int):
                self._skipped.add(row)
                self._queue = [each for each in self._queue if each != row]
            elif what == "undo":
                marked = self.labels[next(reversed(self._answered))] if self._answered else ()
                self.undo()
            row = self.next_row()
            return {**self._standing(), **(_NO_ROW if row is None else self._shown(row, marked))}

    def _save(self) -> None:
        """Put the Result into the saved outputs once enough rows were judged; making its picture takes a moment."""
        if len(self._answered) == self._rows and self._updates:
            super()._accept(cast("Result", self.result))

    def _standing(self) -> dict[str, Any]:
        """Return how far one is, and how good the list of errors is by what was said so far."""
        labelling = self._now()
        found = labelling.found()
        sure = int(((found.confidence >= CERTAIN) & (found.columns >= 0)).sum())
        foretold = [row for row in self._answered if row in self._foretold]
        flagged = np.array([self._foretold[row] for row in foretold], dtype=bool).reshape(
            len(foretold), len(labelling.names)
        )
        wrong = np.array([self._answered[row] for row in foretold], dtype=bool).reshape(flagged.shape)
        precision = rates(flagged, wrong)[0]
        said = f" Of those on judged rows, {estimate(precision.value, precision.lower, precision.upper, 'percent')} were wrong."
        judged, many = len(self._answered), number(float(self._rows), "integer")
        done = "" if judged < self._rows else "; labeller.result holds the list, and more rows sharpen it"
        count = f"{judged} of {many} rows judged{done}. {number(sure, 'integer')} cells count as errors."
        return {"says": f"{count}{said if precision.rows else ''}"}

    def _shown(self, row: int, marked: Sequence[str]) -> dict[str, Any]:
        """Return a row's cells: all, or of many the suspected ones and the first."""
        labelling = self._now()
        found = labelling.found()
        of = {int(found.columns[line]): line for line in np.flatnonzero(found.rows == row)[::-1]}
        doubtful = sorted(of, key=lambda at: -found.confidence[of[at]])
        columns = [labelling.columns.columns[name] for name in labelling.names]
        kept = sorted(dict.fromkeys([*(at for at in doubtful if at >= 0), *range(len(columns))][:_MOST_CELLS]))
        cells, first, personal = [], 0, self._source.personal
        for place, at in enumerate(kept):
            sure = float(found.confidence[of[at]]) if at in of else 0.0
            if sure >= CERTAIN and not first:
                first = place
            cells.append({
                "at": at, "column": short(columns[at].name), "wrong": columns[at].name in marked,
                "text": _MISSING if columns[at].missing[row] else _text(columns[at].cells.iloc[row], personal, columns[at].name),
                "doubt": _doubt(found.suspicions[found.of[of[at]]], sure) if sure >= _ODD else "",
            })  # fmt: skip
        others = len(columns) - len(kept)
        more = (
            f"{others} more columns look right; labeller.judge({row}, [column]) calls a cell of theirs wrong."
            if others
            else ""
        )
        return {
            "row": row,
            "title": f"Row {row}, counted from 0: which cells are wrong?",
            "cells": cells,
            "first": first,
            "more": more,
        }


def _doubt(suspicion: Suspicion, sure: float) -> str:
    """Return why a cell is suspected, and how surely, in words."""
    mark = "▲ looks wrong" if sure >= CERTAIN else "△ odd"
    why = _LIKE_YOURS if suspicion.kind == "labelled" else suspicion.reason
    return f"{mark}, {number(sure, 'percent', digits=0)}: {why}"


def _to_judge(card: Card) -> Card:
    """Return a card of rows to judge, without what judging changes."""
    return Card(
        headline=_HEADLINE, view=View(name="labeller", state=_STATE), small=card.small, reference=card.reference
    )


def _places(wrong: object, columns: int) -> list[int]:
    """Return the places of columns that a page names; it may send anything."""
    if not isinstance(wrong, list) or not all(type(at) is int and 0 <= at < columns for at in wrong):
        raise InputError(f"wrong={str(wrong)[:60]}. Pass a list of places of columns, from 0 to {columns - 1}.")
    return wrong


def _text(cell: object, personal: Personal, column: str) -> str:
    """Return a cell as it is shown: masked where it is about a person."""
    text = personal.masked(column, f"{cell:.10g}" if isinstance(cell, float | np.floating) else str(cell))
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
