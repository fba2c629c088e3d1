"""A cleaning recipe, live: steps switched, moved and undone, with what each does to the rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import short
from mlops_widgets.data_quality.cleaning.preview import RecipeResult
from mlops_widgets.data_quality.cleaning.propose import propose_recipe
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.figures.recipe import view_state
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.errors import InputError
from mlops_widgets.study.roles import Roles
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

if TYPE_CHECKING:
    import pandas as pd

_MOST_EXAMPLES = 8


class RecipeEditor(Explorer):
    """Go through the steps of a recipe, see what each does to your rows, switch, move, undo.

    Examples of cells come from the kernel when a step is chosen. They are in no output, no report and no saved notebook.

    Parameters
    ----------
    table
        A Study (its reference, else its test), or any table that a study accepts; never changed.
    recipe
        A recipe to begin with; by default one is proposed on first display.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    screen
        Where outputs go.

    Examples
    --------
    >>> import pandas as pd
    >>> from mlops_widgets.data_quality import CleaningRecipe, Step
    >>> recipe = CleaningRecipe((Step(kind="void_numbers", columns=("age",), parameters={"values": [-999]}),))
    >>> editor = RecipeEditor(pd.DataFrame({"age": [31, -999]}), recipe)
    >>> editor.toggle(0).steps[0].on, editor.undo().steps[0].on
    (False, True)
    """

    def __init__(
        self, table: Any, recipe: CleaningRecipe | None = None, *,  # noqa: ANN401 - a study, or any form of table
        roles: Roles | Mapping[str, str | Sequence[str]] | None = None, screen: Screen | None = None,
    ) -> None:  # fmt: skip
        self._source = source_of(table, roles=roles)
        self._frame = self._source.table.pandas()
        self._recipe = recipe
        self._undone: list[CleaningRecipe] = []
        self._lock = RLock()
        super().__init__(self._look, (), screen=screen, ask=self._told)

    @property
    def recipe(self) -> CleaningRecipe:
        """The recipe as it stands now; proposed here if nobody has yet."""
        if self._recipe is None or self.result is None:
            self.run()
        return self._now()

    def toggle(self, index: int) -> CleaningRecipe:
        """Switch one step on or off, and return the recipe."""
        return self._change(lambda recipe: recipe.toggle(index))

    def move(self, index: int, to: int) -> CleaningRecipe:
        """Put one step at another place, and return the recipe."""
        return self._change(lambda recipe: recipe.move(index, to))

    def undo(self) -> CleaningRecipe:
        """Take the last change back, and return the recipe.

        Raises
        ------
        InputError
            If nothing was changed.
        """
        with self._lock:
            before = self.recipe
            self._set(before.undo())
            self._undone.append(before)
            return self._now()

    def redo(self) -> CleaningRecipe:
        """Make the change again that was undone last, and return the recipe.

        Raises
        ------
        InputError
            If nothing was undone since the last change.
        """
        with self._lock:
            if not self._undone:
                raise InputError("There is nothing to redo: nothing was undone since the last change.")
            self._set(self._undone.pop())
            return self._now()

    def examples(self, index: int, *, most: int = _MOST_EXAMPLES) -> "pd.DataFrame":
        """Return the first cells that a step changes: row, column, before, after.

        Parameters
        ----------
        index
            Position of the step.
        most
            Most cells, 1 or more.
        """
        check_counts(most=(most, 1))
        return self.recipe.examples(self._frame, index, most=most)

    def _look(self, _options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
        """Propose a recipe if there is none, and say what it does."""
        with self._lock:
            recipe = self._recipe
        if recipe is None:
            recipe = propose_recipe(self._source, progress=progress, cancel=cancel)
        else:
            recipe = recipe.fit(self._frame)
            recipe = replace(recipe, measured=recipe.preview(self._frame, progress=progress, cancel=cancel))
        with self._lock:
            self._recipe = recipe
        return self._measured(recipe)

    def _now(self) -> CleaningRecipe:
        if self._recipe is None:
            raise InputError("There is no recipe yet: call run() first.")
        return self._recipe

    def _change(self, change: Callable[[CleaningRecipe], CleaningRecipe]) -> CleaningRecipe:
        with self._lock:
            self._set(change(self.recipe))
            self._undone.clear()
            return self._now()

    def _set(self, recipe: CleaningRecipe) -> None:
        """Learn again, since the order counts, and measure."""
        fitted = recipe.fit(self._frame)
        self._recipe = replace(fitted, measured=fitted.preview(self._frame))
        self.result = self._measured(self._recipe)

    @staticmethod
    def _measured(recipe: CleaningRecipe) -> RecipeResult:
        if recipe.measured is None:
            raise InputError("The recipe was not previewed: call preview(table).")
        return recipe.measured

    def _told(self, question: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the recipe after what the page asks for, with examples of a step; then put it into the saved outputs."""
        with self._lock:
            chosen = self._act(question.get("do"), question.get("at"))
            told = self._state(chosen)
        changed = question.get("do") != "show"
        yield {**told, "more": changed}
        if changed and self.result is not None:
            self._accept(self.result)
            yield {**told, "more": False}

    def _act(self, do: object, at: object) -> int:
        """Do what a page asks for, and return the position of the step that it looks at then."""
        last = len(self.recipe.steps) - 1
        if type(at) is not int or not 0 <= at <= last:
            raise InputError(f"at={at!r:.40}. Allowed: 0 to {last}, the position of a step.")
        if do == "toggle":
            self.toggle(at)
        elif do in {"up", "down"}:
            to = min(max(at + (1 if do == "down" else -1), 0), last)
            if to != at:
                self.move(at, to)
            return to
        elif do == "undo":
            self.undo()
        elif do == "redo":
            self.redo()
        elif do != "show":
            raise InputError(f"do={do!r:.40}. Allowed: show, toggle, up, down, undo, redo.")
        return at

    def _state(self, at: int) -> dict[str, Any]:
        recipe = self._now()
        result = self._measured(recipe)
        rows = [
            [f"{row + 1:,}", _cell(column), *(self._masked(cell, column, recipe.steps[at].columns) for cell in cells)]
            for row, column, *cells in self.examples(at).itertuples(index=False, name=None)
        ]
        return {
            **view_state(result), "at": at, "headline": result.headline, "examples": rows, "undo": recipe.is_changed,
            "redo": bool(self._undone),
        }  # fmt: skip

    def _masked(self, cell: object, column: str, columns: Sequence[str]) -> str:
        """Return a cell as it is shown; a row that is dropped, of no one column, without content where any of its columns is personal."""
        text = _cell(cell)
        if text in {"–", "dropped", "left out"}:
            return text
        personal = self._source.personal
        about = [column] if column else [each for each in columns if each in personal]
        return personal.masked(about[0], text) if about else text


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)) or str(value) in {"NaT", "<NA>"}:
        return "–"
    text = f"{value:.10g}" if isinstance(value, float | np.floating) else str(value)
    return short(text)
