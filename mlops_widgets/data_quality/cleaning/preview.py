"""What a recipe does to a table, step by step: rows touched, cells changed, distributions before and after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.progress import steps as in_steps
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.cleaning.distributions import distributions
from mlops_widgets.data_quality.cleaning.learning import learn
from mlops_widgets.data_quality.cleaning.recipe_findings import find
from mlops_widgets.data_quality.cleaning.rows import changed_cells, said
from mlops_widgets.data_quality.cleaning.rules.suspects import Suspects, is_missing, numbers_in, suspects_of
from mlops_widgets.data_quality.cleaning.steps import Scope, Step, describe
from mlops_widgets.study.tables import FEWEST_QUOTED

if TYPE_CHECKING:
    from mlops_widgets.data_quality.detection.errors import ErrorsResult

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class StepEffect:
    """What one step did, or would do if it were switched on.

    Parameters
    ----------
    words, reason
        What it does and why, quoting no cell that fewer than five rows hold.
    kind, scope, columns, on
        The step.
    cells
        Cells whose content it changed.
    rows
        Rows that it touched: in which it changed a cell, or that it dropped.
    bins, before, after
        A distribution before and after it: names of shape (bins,) and shares of the rows, each 0 to 1.
    of
        What the distribution is of.
    """

    words: str
    reason: str
    kind: str
    scope: Scope
    columns: tuple[str, ...]
    on: bool
    cells: int
    rows: int
    bins: tuple[str, ...] = ()
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    of: str = ""


@dataclass(frozen=True, kw_only=True)
class RecipeResult(Result):
    """What a recipe did to a table. Counts and shares alone: no cell that fewer than five rows hold.

    Parameters
    ----------
    steps
        One a step, in order.
    columns
        Number of columns of the table.
    rows_left
        Rows that are left for training.
    cells_changed
        Cells that say something else than before, in rows that are left.
    suspected
        Cells that counted as errors; None where nobody looked for errors.
    repaired
        Of these, cells that now hold what belongs there, or are missing where nothing does.
    dropped
        Of these, cells whose row or column is left out.
    unrepairable
        Of these, cells of which nobody knows what belongs there.
    unsuspected
        Cells changed that did not count as errors; None where nobody looked for errors.
    """

    steps: tuple[StepEffect, ...]
    columns: int
    rows_left: int
    cells_changed: int
    suspected: int | None = None
    repaired: int | None = None
    dropped: int | None = None
    unrepairable: int | None = None
    unsuspected: int | None = None

    def frame(self) -> pd.DataFrame:
        """Return one row a step: what it does, to which columns, whether it is on, cells and rows that it touches."""
        names = ["words", "kind", "scope", "columns", "on", "cells", "rows", "reason"]
        rows = [{name: getattr(step, name) for name in names} for step in self.steps]
        return pd.DataFrame(rows, columns=names).assign(columns=[", ".join(step.columns) for step in self.steps])


def preview_steps(
    steps: Sequence[Step], frame: pd.DataFrame, errors: "ErrorsResult | None", *,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> RecipeResult:  # fmt: skip
    """Return what the steps do to a frame, as when a model is trained: rows are dropped, too."""
    frame = frame.reset_index(drop=True)  # the index now says which row of the table each row is
    now, effects = frame, []
    for step in in_steps(tuple(steps), "step", progress, cancel):
        known = step if step.is_learned else learn(step, now)
        if not set(known.needs) <= set(now.columns):  # a step before it left the column out
            effects.append(_effect(known, now, now))
            continue
        after = known.act(now.copy())
        effects.append(_effect(known, now, after))
        now = after if step.on else now
    changed = _changed(frame, now)
    fits = errors is not None and errors.table_rows == len(frame) and errors.columns == tuple(frame.columns)
    counts: dict[str, Any] = _against(errors, now, changed) if errors is not None and fits else {}
    unsaid = RecipeResult(
        findings=(), rows=len(frame), steps=tuple(effects), columns=frame.shape[1], rows_left=len(now),
        cells_changed=int(sum(each.sum() for each in changed.values())), **counts,
        method="Each step acts on a copy, after those before it; a step that is off is tried where it stands",
    )  # fmt: skip
    return replace(unsaid, findings=find(unsaid))


def changes(steps: Sequence[Step], frame: pd.DataFrame, index: int, *, most: int) -> pd.DataFrame:
    """Return the first cells that step `index` changes, where it stands: row, column, before, after.

    Of a step that drops rows, the first of these with what they hold; of one that leaves a column out, its first cells.
    """
    now = frame.reset_index(drop=True)
    step = steps[index]
    for each in steps[:index]:
        now = (each if each.is_learned else learn(each, now)).act(now.copy()) if each.on else now
    rows: list[tuple[int, str, Any, Any]] = []
    if not set(step.needs) <= set(now.columns):
        return pd.DataFrame(rows, columns=_CHANGES)
    after = (step if step.is_learned else learn(step, now)).act(now.copy())
    if step.scope == "rows":
        gone = now.loc[now.index.difference(after.index)[:most], list(step.columns[:_SHOWN])]
        rows = [(int(at), "", " · ".join(map(str, cells)), "dropped") for at, *cells in gone.itertuples(name=None)]
    elif step.scope == "columns":
        rows = [
            (at, step.columns[0], cell, "left out")
            for at, cell in zip(now.index.tolist(), now[step.columns[0]], strict=True)
        ]
    else:
        rows = [each for name in step.columns for each in _differing(now[name], after[name], most)]
    return pd.DataFrame(rows[:most], columns=_CHANGES, dtype=object)


def _differing(before: "pd.Series[Any]", after: "pd.Series[Any]", most: int) -> list[tuple[int, str, Any, Any]]:
    at = np.flatnonzero(changed_cells(before, after))[:most]
    return [(int(before.index[each]), str(before.name), before.iloc[each], after.iloc[each]) for each in at]


_CHANGES = ["row", "column", "before", "after"]
_SHOWN = 5


def _changed(frame: pd.DataFrame, now: pd.DataFrame) -> dict[str, Booleans]:
    """Return, by column that is left, which cells of the rows that are left say something else, shape (rows left,)."""
    rows = frame.loc[now.index]
    return {name: changed_cells(rows[name], now[name]) for name in now.columns}


def _against(errors: "ErrorsResult", now: pd.DataFrame, changed: dict[str, Booleans]) -> dict[str, int]:
    """Return what became of the cells that counted as errors."""
    cells = errors.cells
    repairs = suspects_of(errors)
    left = cells.loc[now.index]
    unsuspected = sum(int((each & ~left[name].to_numpy()).sum()) for name, each in changed.items() if name in left)
    here = left[[name for name in cells.columns if name in now.columns]].to_numpy()
    return {
        "suspected": int(cells.to_numpy().sum()),
        "repaired": sum(_repaired(each, now) for each in repairs.values() if each.column in now),
        "dropped": int(cells.to_numpy().sum()) - int(here.sum()),
        "unrepairable": int(cells.to_numpy().sum()) - sum(map(len, repairs.values())),
        "unsuspected": unsuspected,
    }


def _repaired(suspects: Suspects, now: pd.DataFrame) -> int:
    """Return how many cells now hold what belongs there."""
    here = dict(zip(now.index.tolist(), now[suspects.column], strict=True))
    return sum(_is(here[each.row], each.repair) for each in suspects if each.row in here)


def _is(cell: object, repair: object) -> bool:
    """Say whether a cell holds what belongs there; numbers to six digits, since a factor leaves traces in the last ones."""
    if is_missing(cell) or is_missing(repair):
        return is_missing(cell) and is_missing(repair)
    is_, wanted = said(cell), said(repair)
    if isinstance(is_, float) and isinstance(wanted, float):
        return isclose(is_, wanted, rel_tol=1e-6)
    return is_ == wanted


def _effect(step: Step, before: pd.DataFrame, after: pd.DataFrame) -> StepEffect:
    counts = _held(before, step)
    about: dict[str, Any] = {
        "words": describe(step, lambda text: counts.get(text, 0) >= FEWEST_QUOTED), "reason": step.reason, "kind": step.kind,
        "scope": step.scope, "columns": step.columns, "on": step.on,
    }  # fmt: skip
    if after is before or step.scope == "columns":
        return StepEffect(**about, cells=0, rows=0)
    if step.scope == "rows":
        gone = len(before) - len(after)
        share = gone / len(before) if len(before) else 0.0
        bars: dict[str, Any] = {
            "bins": ("kept", "dropped"),
            "before": (1.0, 0.0),
            "after": (1 - share, share),
            "of": "rows",
        }
        return StepEffect(**about, cells=0, rows=gone, **bars)
    changed = {name: changed_cells(before[name], after[name]) for name in step.columns}
    rows = int(np.logical_or.reduce(list(changed.values())).sum())
    most = max(changed, key=lambda name: int(changed[name].sum()))
    return StepEffect(
        **about, cells=int(sum(each.sum() for each in changed.values())), rows=rows, of=most,
        **distributions(before[most], after[most]),
    )  # fmt: skip


def _held(before: pd.DataFrame, step: Step) -> Counter[str]:
    """Return how many rows hold each text or number that the step knows, so that rare ones aren't quoted."""
    if step.kind not in {"void_texts", "void_numbers", "map_texts", "unify_spelling"} or step.columns[0] not in before:
        return Counter()
    cells = before[step.columns[0]]
    if step.kind == "void_numbers":
        return Counter(f"{value:.10g}" for value in numbers_in(cells))
    return Counter(cell.strip() for cell in cells if isinstance(cell, str))
