"""What one detector says of a frame."""

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.damage import damage
from mlops_widgets.data_quality.detection.columns import prepare
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, ColumnNote, Suspicion
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table


def said(
    detector: ModuleType, data: pd.DataFrame | Study, *, target: str = "", ids: tuple[str, ...] = ()
) -> list[Suspicion | ColumnNote]:
    source = (
        source_of(data)
        if isinstance(data, Study)
        else Source(table=Table(data, name="table"), roles=Roles(target=target, ids=ids))
    )
    return list(detector.detect(prepare(source)))


def suspicions(detector: ModuleType, frame: pd.DataFrame, *, target: str = "") -> Iterator[Suspicion]:
    return (each for each in said(detector, frame, target=target) if isinstance(each, Suspicion))


def notes(detector: ModuleType, data: pd.DataFrame | Study, *, target: str = "") -> dict[str, list[str]]:
    """Return kind of note → columns."""
    found: dict[str, list[str]] = {}
    for each in said(detector, data, target=target):
        if isinstance(each, ColumnNote):
            found.setdefault(each.kind, []).append(each.column)
    return found


def sure(
    detector: ModuleType, frame: pd.DataFrame, kind: str | None = None, *, target: str = ""
) -> npt.NDArray[np.bool_]:
    """Return which cells count as errors of a kind, of any by default."""
    cells = np.zeros(frame.shape, dtype=bool)
    for each in suspicions(detector, frame, target=target):
        if kind in {None, each.kind} and each.column is not None:
            cells[each.rows[each.confidence >= CERTAIN], list(frame.columns).index(each.column)] = True
    return cells


def spilt(
    frame: pd.DataFrame, kind: str, share: float, columns: list[str]
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return the frame with one kind of damage in each column, of rows of its own, and which cells are wrong."""
    wrong = np.zeros(frame.shape, dtype=bool)
    for seed, name in enumerate(columns):
        bad = damage(frame, kind, share, columns=[name], seed=seed)
        frame, wrong = bad.frame, wrong | bad.cells.to_numpy()
    return frame, wrong


def reached(found: npt.NDArray[np.bool_], wrong: npt.NDArray[np.bool_]) -> tuple[float, int]:
    """Return the share of wrong cells that are found, and how many right ones are."""
    return float((found & wrong).sum() / wrong.sum()), int((found & ~wrong).sum())
