"""A cleaning recipe: steps in an order, previewed, switched, moved and undone, applied to copies."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_widgets.core.display import display_result
from mlops_widgets.core.options import check_counts
from mlops_widgets.data_quality.cleaning.learning import learn
from mlops_widgets.data_quality.cleaning.preview import RecipeResult, changes, preview_steps
from mlops_widgets.data_quality.cleaning.python_code import python_code
from mlops_widgets.data_quality.cleaning.recipe_file import read_steps, write_steps
from mlops_widgets.data_quality.cleaning.rows import frame_of_table
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed

if TYPE_CHECKING:
    from mlops_widgets.core.progress import Cancel, Progress
    from mlops_widgets.data_quality.cleaning.transformer import RecipeTransformer
    from mlops_widgets.data_quality.detection.errors import ErrorsResult


@dataclass(frozen=True)
class CleaningRecipe:
    """Steps that clean a table, in order. Nothing here changes a table that was passed in: every step works on a copy.

    Parameters
    ----------
    steps
        The steps.
    measured
        What the steps did to the table that they were proposed from, or last previewed on; None where nobody looked since
        the last change.
    errors
        The errors that it was proposed from, for its previews; kept in memory alone.

    Examples
    --------
    >>> import pandas as pd
    >>> recipe = CleaningRecipe((Step(kind="void_numbers", columns=("age",), parameters={"values": [-999]}),))
    >>> recipe.apply(pd.DataFrame({"age": [31, -999]}))["age"].tolist()
    [31.0, nan]
    >>> recipe.toggle(0).apply(pd.DataFrame({"age": [31, -999]}))["age"].tolist()
    [31, -999]
    """

    steps: tuple[Step, ...]
    measured: RecipeResult | None = field(default=None, repr=False, compare=False)
    errors: "ErrorsResult | None" = field(default=None, repr=False, compare=False)
    _before: "CleaningRecipe | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the steps as a tuple."""
        object.__setattr__(self, "steps", tuple(self.steps))

    # What it consists of.

    def toggle(self, index: int, *, on: bool | None = None) -> "CleaningRecipe":
        """Return the recipe with one step switched: on or off as said, else the other way."""
        step = self.steps[self._place(index)]
        return self._with(index, replace(step, on=not step.on if on is None else on))

    def without(self, *indices: int) -> "CleaningRecipe":
        """Return the recipe without these steps."""
        gone = {self._place(index) for index in indices}
        return self._changed(tuple(step for place, step in enumerate(self.steps) if place not in gone))

    def move(self, index: int, to: int) -> "CleaningRecipe":
        """Return the recipe with one step at another place: `to` is its position afterwards."""
        steps = list(self.steps)
        step = steps.pop(self._place(index))
        self._place(to)
        steps.insert(to, step)
        return self._changed(tuple(steps))

    def add(self, step: Step, *, at: int | None = None) -> "CleaningRecipe":
        """Return the recipe with one more step, before position `at` or at the end."""
        steps = list(self.steps)
        steps.insert(len(steps) if at is None else at, step)
        return self._changed(tuple(steps))

    def undo(self) -> "CleaningRecipe":
        """Return the recipe as it was before the last change.

        Raises
        ------
        InputError
            If nothing was changed.
        """
        if self._before is None:
            raise InputError("There is nothing to undo: this recipe is as it was proposed or read.")
        return self._before

    @property
    def is_changed(self) -> bool:
        """Whether there is something to undo."""
        return self._before is not None

    # What it does.

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the steps which are on need, in the order of the steps."""
        return tuple(dict.fromkeys(name for step in self.steps if step.on for name in step.needs))

    def fit(self, table: Any) -> "CleaningRecipe":  # noqa: ANN401 - any form of table
        """Return the recipe with what its steps learn from these rows: majorities and values that fill. No row is dropped.

        Parameters
        ----------
        table
            Any table that a study accepts; the rows that a model may learn from.
        """
        frame, steps = self._frame(table), []
        for step in self.steps:
            learned = learn(step, frame) if step.on else step
            steps.append(learned)
            if learned.on and learned.scope != "rows":
                frame = learned.act(frame)
        return replace(self, steps=tuple(steps))

    def apply(self, table: Any, *, training: bool = False) -> pd.DataFrame:  # noqa: ANN401 - any form of table
        """Return a clean copy of a table.

        Parameters
        ----------
        table
            A pandas frame, or any table that a study accepts. Its index is kept; column names become texts.
        training
            Whether steps that drop rows act, too: rows are dropped before a model learns, and never when it is asked.

        Raises
        ------
        UnknownNameError
            If the table lacks a column that a step needs.
        InputError
            If a step has learned nothing yet: see `fit`.
        """
        frame = self._frame(table)
        for step in self.steps:
            if step.on and (training or step.scope != "rows"):
                frame = step.act(frame)
        return frame

    def preview(
        self, table: Any, *, progress: "Progress | None" = None, cancel: "Cancel | None" = None,  # noqa: ANN401 - any form of table
    ) -> RecipeResult:  # fmt: skip
        """Return what each step does to a table, switched off or not, as counts and distributions before and after.

        Parameters
        ----------
        table
            Any table that a study accepts; compared with the errors that the recipe was proposed from if it is as long.
        progress, cancel
            Callbacks: see `mlops_widgets.core.progress`.
        """
        frame = self._frame(table, every=True)
        return preview_steps(self.steps, frame, self.errors, progress=progress, cancel=cancel)

    def examples(self, table: Any, index: int, *, most: int = 10) -> pd.DataFrame:  # noqa: ANN401 - any form of table
        """Return the first cells that a step changes, after those before it: row, column, before, after.

        Parameters
        ----------
        table
            Any table that a study accepts.
        index
            Position of the step.
        most
            Most cells, 1 or more.
        """
        check_counts(most=(most, 1))
        return changes(self.steps, self._frame(table, every=True), self._place(index), most=most)

    # What becomes of it.

    def to_sklearn(self) -> "RecipeTransformer":
        """Return an unfitted scikit-learn transformer that does what `fit` and `apply` do.

        It drops no rows, since a transformer can't: do that with `apply(training=True)` before the Pipeline. What the steps
        learn they learn in its `fit`. Which steps there are was decided on the table of the proposal; `ProposingTransformer`
        decides that in `fit`, too.
        """
        from mlops_widgets.data_quality.cleaning.transformer import RecipeTransformer

        return RecipeTransformer(self)

    def to_code(self) -> str:
        """Return Python code that needs numpy and pandas alone: a function `clean(frame, training=False)`.

        Texts of the user's stand in it as ASCII literals, so no name or cell can act as code.
        """
        for step in self.steps:
            if step.on and not step.is_learned:
                raise InputError(
                    f"Step {step.kind} of {listed(step.columns)} has learned nothing yet: call fit(table) first."
                )
        return python_code(self.steps)

    def save(self, path: str | Path) -> Path:
        """Write the recipe as JSON. The file is yours: it holds what the steps need, such as spellings and majorities."""
        return write_steps(path, self.steps)

    def __str__(self) -> str:
        """Return the steps, one a line."""
        lines = [
            f"{number}. {'' if step.on else '(off) '}{step.words}" for number, step in enumerate(self.steps, start=1)
        ]
        return "\n".join(lines) or "No steps."

    def _ipython_display_(self) -> None:
        if self.measured is not None:
            display_result(self.measured)
        else:
            print(self)  # noqa: T201 - nothing was measured that a card could show

    def _frame(self, table: Any, *, every: bool = False) -> pd.DataFrame:  # noqa: ANN401 - any form of table
        frame = frame_of_table(table)
        needed = {name for step in self.steps if step.on or every for name in step.needs}
        for name in needed - set(frame.columns):
            hint = did_you_mean(name, frame.columns)
            raise UnknownNameError(
                f"The table has no column {name[:60]!r}, which the recipe cleans. Columns: {listed(frame.columns)}.{hint}"
            )
        return frame

    def _place(self, index: int) -> int:
        if type(index) is not int or not 0 <= index < len(self.steps):
            raise InputError(f"index={index!r}. Allowed: 0 to {len(self.steps) - 1}, the position of a step.")
        return index

    def _with(self, index: int, step: Step) -> "CleaningRecipe":
        return self._changed((*self.steps[:index], step, *self.steps[index + 1 :]))

    def _changed(self, steps: Sequence[Step]) -> "CleaningRecipe":
        return replace(self, steps=tuple(steps), measured=None, _before=self)


def read_recipe(path: str | Path) -> CleaningRecipe:
    """Return the recipe that `save` wrote. Nothing in the file is run: it is data, and checked.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If there is no such file, or it holds no recipe; the message names the step.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> recipe = CleaningRecipe((Step(kind="void_texts", columns=("town",), parameters={"texts": ["?"]}),))
    >>> with TemporaryDirectory() as folder:
    ...     read_recipe(recipe.save(Path(folder) / "recipe.json")) == recipe
    True
    """
    return CleaningRecipe(read_steps(path))
