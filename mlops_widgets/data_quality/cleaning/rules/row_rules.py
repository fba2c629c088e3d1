"""Steps that drop rows and columns: repeated rows, rows with conflicting labels, columns that say nothing."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.data_quality.detection.errors import CERTAIN, ErrorsResult
from mlops_widgets.data_quality.detection.suspicions import ColumnNote

Booleans = npt.NDArray[np.bool_]

_HALF = 0.5
_DIGITS = (6, 4, 3, 2)


def repeated_rows(frame: pd.DataFrame, errors: ErrorsResult, ids: Sequence[str]) -> Iterator[Step]:
    """Propose to drop repeated rows where the rows suspected are repeated in all columns, or in all that don't name rows."""
    for kind, name, details in (
        ("duplicate", "drop_duplicates", ({},)),
        ("near_duplicate", "drop_near_duplicates", tuple({"digits": digits} for digits in _DIGITS)),
    ):
        rows, reason = _suspected(errors, kind, len(frame))
        if rows.any():
            tried = [
                Step(kind=name, columns=columns, parameters=parameters, reason=reason)
                for columns in _compared(frame, ids) for parameters in details
            ]  # fmt: skip
            yield from islice(filter(partial(_covers, frame, rows), tried), 1)


def _compared(frame: pd.DataFrame, ids: Sequence[str]) -> list[tuple[str, ...]]:
    every = tuple(map(str, frame.columns))
    without_ids = tuple(name for name in every if name not in ids)
    return list(dict.fromkeys([every, without_ids or every]))


def _covers(frame: pd.DataFrame, rows: Booleans, step: Step) -> bool:
    """Say whether the step drops at least half of what is to be dropped of the suspected rows, and not as many others."""
    gone = ~np.isin(np.arange(len(frame)), step.act(frame).index.to_numpy())
    hits, others = int((gone & rows).sum()), int((gone & ~rows).sum())
    return hits > 0 and hits >= _HALF * _repeats(rows, gone) and others <= hits


def _repeats(rows: Booleans, gone: Booleans) -> int:
    """Return how many rows there are to drop: whoever marks both of a pair means one of them."""
    return int(rows.sum()) if not (rows & ~gone).any() else (int(rows.sum()) + 1) // 2


def conflicting_rows(
    frame: pd.DataFrame, errors: ErrorsResult, target: str | None, ids: Sequence[str]
) -> Iterator[Step]:
    """Propose, switched off, to drop equal rows with different labels."""
    rows, reason = _suspected(errors, "conflicting_label", len(frame))
    features = tuple(str(name) for name in frame.columns if name != target and name not in ids)
    if rows.any() and target in frame.columns and features:
        yield Step(kind="drop_conflicts", columns=features, parameters={"target": target}, on=False, reason=reason)


def needless_columns(frame: pd.DataFrame, notes: Sequence[ColumnNote], kept: set[str]) -> Iterator[Step]:
    """Propose, switched off, to leave columns out: a model that has learned with them needs them."""
    for note in notes:
        if (
            note.kind in {"constant", "id_like", "leak"} and note.confidence >= CERTAIN and note.column in frame.columns
            and note.column not in kept
        ):  # fmt: skip
            yield Step(kind="drop_columns", columns=(note.column,), on=False, reason=note.reason)


def fillers(frame: pd.DataFrame, kept: set[str]) -> Iterator[Step]:
    """Propose, switched off, to fill what is missing: a guess, which many models do better without."""
    columns = [str(name) for name in frame.columns if name not in kept and _can_fill(frame[name])]
    if columns:
        yield Step(
            kind="impute", columns=tuple(columns), on=False,
            reason="A missing cell stays missing unless you say otherwise: the median, or the most frequent text, is a guess.",
        )  # fmt: skip


def _can_fill(cells: "pd.Series[Any]") -> bool:
    kinds = pd.api.types
    fits = kinds.is_numeric_dtype(cells.dtype) and not kinds.is_bool_dtype(cells.dtype)
    texts = cells.dtype == object or isinstance(cells.dtype, pd.StringDtype | pd.CategoricalDtype)
    if not (fits and not kinds.is_complex_dtype(cells.dtype)) and not texts:
        return False
    missing = cells.isna().to_numpy()
    plain = fits or all(isinstance(cell, str) for cell in cells[~missing])
    return bool(missing.any() and not missing.all() and plain)


def _suspected(errors: ErrorsResult, kind: str, count: int) -> tuple[Booleans, str]:
    every = errors.frame()
    found = every[(every["kind"] == kind) & (every["confidence"] >= CERTAIN)]
    rows = np.isin(np.arange(count), found["row"].to_numpy())
    return rows, str(found["reason"].iloc[0]) if len(found) else ""
