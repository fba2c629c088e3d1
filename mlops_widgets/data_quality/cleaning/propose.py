"""Propose a recipe: from suspected cells and what belongs there to rules that hold for new rows, too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, part, steps
from mlops_widgets.data_quality.cleaning.learning import learn
from mlops_widgets.data_quality.cleaning.preview import preview_steps
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.rows import changed_cells, frame_of_table
from mlops_widgets.data_quality.cleaning.rules import dependency_rules, number_rules, row_rules, text_rules
from mlops_widgets.data_quality.cleaning.rules.suspects import Suspects, suspects_of
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.study.roles import Roles


def propose_recipe(
    table: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    errors: ErrorsResult | None = None,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CleaningRecipe:
    """Return a recipe that repairs what `find_errors` found, as rules that apply to new rows, too.

    Only cells that count as errors (confidence .5 and more) and whose repair is known give rise to a step. A repair that can't
    be known isn't invented: the cell stays as it is, or becomes missing where the error says so. A rule that would change as
    many cells that nobody suspected isn't proposed. Labels aren't touched. Steps that drop columns, fill missing cells or drop
    rows with conflicting labels are proposed switched off.

    Parameters
    ----------
    table
        A Study (its reference, else its test), or any table that a study accepts.
    errors
        What `find_errors` found in the same table; by default it is looked for now.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    CleaningRecipe
        Fitted on the table, with `measured`: what each step did.

    Raises
    ------
    InputError
        If `errors` is of a table of other size, or was read from a file and so lacks the cells.

    Examples
    --------
    >>> import pandas as pd
    >>> recipe = propose_recipe(pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]}))
    >>> [step.kind for step in recipe.steps if step.on]
    []
    """
    source = source_of(table, roles=roles)
    if errors is None:
        found = find_errors(source, progress=part(progress, 0, 0.6), cancel=cancel)
        if not isinstance(found, ErrorsResult):
            raise InputError(f"errors= could not be found: {found.headline}")
        errors = found
    _check(errors, source)
    frame = frame_of_table(source.table.pandas())
    every, after = _cell_steps(frame, source, errors, part(progress, 0.6, 0.9), cancel)
    every += _row_and_column_steps(after, source, errors)
    recipe = CleaningRecipe(tuple(every), errors=errors).fit(frame)
    measured = preview_steps(recipe.steps, frame, errors, progress=part(progress, 0.9, 1), cancel=cancel)
    return replace(recipe, measured=measured)


def _check(errors: ErrorsResult, source: Source) -> None:
    if not isinstance(errors, ErrorsResult):
        raise WrongTypeError(f"errors={type(errors).__name__}. Pass what find_errors(table) returned, or leave it out.")
    if errors.table_rows != source.table.rows or errors.columns != source.table.columns:
        raise InputError(
            f"errors= is of a table with {errors.table_rows:,} rows and {len(errors.columns)} columns; this one has "
            f"{source.table.rows:,} and {len(source.table.columns)}. Pass the errors of the same table."
        )
    if len(errors.cell_rows) and not len(errors.repairs):
        raise InputError("errors= was read from a file, which holds no cells. Call find_errors(table) again.")


def _cell_steps(
    frame: pd.DataFrame, source: Source, errors: ErrorsResult, progress: Progress | None, cancel: Cancel | None
) -> tuple[list[Step], pd.DataFrame]:
    """Return the steps that change cells, and the frame after them: first column by column, then what other columns decide."""
    by_column = {name: each for name, each in suspects_of(errors).items() if name in frame and name != source.target}
    every: list[Step] = []
    after = frame
    for suspects in steps(tuple(by_column.values()), "column", part(progress, 0, 0.5), cancel):
        for step in _of_column(after, suspects):
            after = _accepted(step, after, suspects, every)
    codes = dependency_rules.Codes(after)
    left_out = {name for name in (source.target,) if name is not None}
    deciders = dependency_rules.may_decide(after, left_out)
    for suspects in steps(tuple(by_column.values()), "column", part(progress, 0.5, 1), cancel):
        for step in dependency_rules.dependencies(after, suspects, codes, deciders=deciders):
            after = _accepted(step, after, suspects, every)
    return _in_order(every), after


def _of_column(frame: pd.DataFrame, suspects: Suspects) -> Iterator[Step]:
    """Yield what the cells of one column and their repairs suggest; after numbers are read, no text is left to repair."""
    cells = frame[suspects.column]
    numbers = list(text_rules.numbers_in_texts(cells, suspects))
    yield from numbers
    if not numbers:
        yield from text_rules.placeholders(cells, suspects)
        yield from text_rules.spellings(cells, suspects)
    yield from number_rules.sentinels(cells, suspects)
    yield from number_rules.other_units(cells, suspects)
    yield from number_rules.impossible_numbers(cells, suspects)
    yield from number_rules.impossible_dates(frame, suspects)


def _accepted(step: Step, frame: pd.DataFrame, suspects: Suspects, every: list[Step]) -> pd.DataFrame:
    """Keep the step, and return the frame after it, unless it changes as many cells that nobody suspected."""
    step = learn(step, frame)
    after = step.act(frame.copy())
    changed = np.flatnonzero(changed_cells(frame[suspects.column], after[suspects.column]))
    hits = int(np.isin(changed, suspects.rows).sum())
    if hits <= len(changed) - hits:
        return frame
    every.append(step)
    return after


_LAST = ("void_range", "void_dates", "void_order", "fill_dependency")


def _in_order(every: list[Step]) -> list[Step]:
    """Return the steps by kind, stably: what is read and written alike comes before what is compared."""
    return sorted(every, key=lambda step: _LAST.index(step.kind) + 1 if step.kind in _LAST else 0)


def _row_and_column_steps(frame: pd.DataFrame, source: Source, errors: ErrorsResult) -> list[Step]:
    target = source.target
    kept = set() if target is None else {target}
    ids = [note.column for note in errors.notes if note.kind == "id_like"]
    ids += [name for name in source.roles.ids if name not in ids]
    rows = [*row_rules.repeated_rows(frame, errors, ids), *row_rules.conflicting_rows(frame, errors, target, ids)]
    needless = list(row_rules.needless_columns(frame, errors.notes, kept))
    return [*rows, *row_rules.fillers(frame, kept | set(ids)), *needless]
