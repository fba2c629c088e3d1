"""Look for errors in a table, cell by cell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Finding
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.detection.columns import Columns, prepare
from mlops_widgets.data_quality.detection.detectors import blanks
from mlops_widgets.data_quality.detection.errors import CERTAIN, ErrorsResult
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.study.roles import Roles

Detector = Callable[[Columns], Iterator[Suspicion | ColumnNote]]

DETECTORS: tuple[Detector, ...] = (blanks.detect,)
"""Every detector; a new one joins by a name here."""


@strategy("DQ-FE", takes_data=True)
def find_errors(
    table: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ErrorsResult:
    """Return the cells of a table that look wrong, the surest first.

    Parameters
    ----------
    table
        A Study (its reference, else its test), or any table that a study accepts.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.
    """
    source = source_of(table, roles=roles)
    columns = prepare(source)
    said = [each for detect in steps(DETECTORS, "detector", progress, cancel) for each in detect(columns)]
    suspicions = [each for each in said if isinstance(each, Suspicion)]
    notes = tuple(each for each in said if isinstance(each, ColumnNote))
    return _result(columns, suspicions, notes)


def _result(columns: Columns, suspicions: Sequence[Suspicion], notes: tuple[ColumnNote, ...]) -> ErrorsResult:
    names = tuple(columns.columns)
    index = {name: at for at, name in enumerate(names)}
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(each.rows for each in suspicions)])
    confidence = np.concatenate([np.zeros(0), *(each.confidence for each in suspicions)])
    of = np.repeat(np.arange(len(suspicions)), [len(each.rows) for each in suspicions])
    order = np.argsort(-confidence, kind="stable")
    sure = int((confidence >= CERTAIN).sum())
    finding = Finding(
        code="DQ-FE-01", status="warning" if sure else "passed", claim=f"{sure:,} cells look wrong.",
        action="Look at the surest first.",
    )  # fmt: skip
    return ErrorsResult(
        findings=(finding,), rows=columns.rows, columns=names, notes=notes, table_rows=columns.rows,
        kinds=tuple(suspicions[of[at]].kind for at in order), reasons=tuple(suspicions[of[at]].reason for at in order),
        cell_rows=rows[order], cell_columns=np.array([index[suspicions[of[at]].column] for at in order], dtype=np.int64),
        confidence=confidence[order],
    )  # fmt: skip
