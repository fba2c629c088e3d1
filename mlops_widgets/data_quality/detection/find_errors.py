"""Look for errors in a table, cell by cell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.detection.columns import Columns, prepare
from mlops_widgets.data_quality.detection.combination import Suspected, combine, settle_crowds
from mlops_widgets.data_quality.detection.detectors import (
    arithmetic,
    blanks,
    conflicting_labels,
    dates,
    dependencies,
    duplicates,
    encodings,
    formats,
    merged_cells,
    number_texts,
    numbers,
    placeholders,
    skew,
    sources,
    spellings,
    typos,
    whole_columns,
)
from mlops_widgets.data_quality.detection.errors import ErrorsResult, Reason
from mlops_widgets.data_quality.detection.errors_findings import find
from mlops_widgets.data_quality.detection.suspicions import KINDS, ColumnNote, Suspicion
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.tables import MAX_ROWS

Detector = Callable[[Columns], Iterator[Suspicion | ColumnNote]]

DETECTORS: tuple[Detector, ...] = (
    blanks.detect, placeholders.detect, number_texts.detect, formats.detect, spellings.detect, typos.detect,
    encodings.detect, merged_cells.detect, dependencies.detect, sources.detect, duplicates.detect,
    numbers.detect, dates.detect, arithmetic.detect, conflicting_labels.detect, whole_columns.detect, skew.detect,
)  # fmt: skip
"""Every detector; a new one joins by a name here."""


@strategy("DQ-FE", takes_data=True)
def find_errors(
    table: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    kinds: Sequence[str] | None = None,
    table_name: str | None = None,
    margin: float = 0.01,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ErrorsResult:
    """Return the cells of a table that look wrong, the surest first.

    Parameters
    ----------
    table
        A Study, or any table that a study accepts.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    kinds
        Kinds of error to look for; by default all of `suspicions.KINDS`.
    table_name
        Of a study: which of its tables; by default the reference, else the test, else production.
    margin
        Share of wrong cells from which the verdict is "failed", above 0 and below 1; below it, any make a warning.
    max_rows
        Most rows that are looked at; more are sampled, and the result says so.
    seed
        Seed of the sample.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ErrorsResult or NoResult
        Findings: DQ-FE-01 how much looks wrong, then one a kind of error, and one a kind of note on whole columns.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such kind of error, table or role.
    TableError
        If the table can't be read.

    Examples
    --------
    >>> import pandas as pd
    >>> amounts = pd.DataFrame({"amount": [str(10 + at) for at in range(30)] + ["n/a"] * 3})
    >>> errors = find_errors(amounts)
    >>> errors.frame()[["row", "column", "kind"]].head(1).to_dict("records")
    [{'row': 30, 'column': 'amount', 'kind': 'disguised_missing'}]
    """
    check_counts(max_rows=(max_rows, 1), seed=(seed, 0))
    wanted = _check_options(kinds, margin)
    source = source_of(table, table=table_name, roles=roles, max_rows=max_rows, seed=seed)
    columns = prepare(source)
    said = [each for detect in steps(DETECTORS, "detector", progress, cancel) for each in detect(columns)]
    said = [each for each in said if each.kind in wanted]
    suspicions, crowds = settle_crowds(columns, [each for each in said if isinstance(each, Suspicion)])
    notes = (*(each for each in said if isinstance(each, ColumnNote)), *crowds)
    return _result(columns, combine(columns, suspicions), notes, margin=margin, seed=seed)


def _check_options(kinds: Sequence[str] | None, margin: float) -> frozenset[str]:
    wanted = [kinds] if isinstance(kinds, str) else KINDS if kinds is None else kinds
    for kind in wanted:
        if kind not in KINDS:
            raise UnknownNameError(
                f"Unknown kind of error {kind!r} in kinds=. Kinds: {listed(KINDS, most=20)}.{did_you_mean(kind, KINDS)}"
            )
    if not wanted:
        raise InputError(f"kinds= is empty. Kinds: {listed(KINDS, most=20)}.")
    if not 0 < margin < 1:
        raise InputError(f"margin={margin}. Pass the share of wrong cells that is too many, above 0 and below 1.")
    return frozenset(wanted)


def _result(
    columns: Columns, found: Suspected, notes: tuple[ColumnNote, ...], *, margin: float, seed: int
) -> ErrorsResult:
    table = columns.source.table
    used, of = np.unique(found.of, return_inverse=True)
    reasons = tuple(Reason(kind=found.suspicions[at].kind, text=found.suspicions[at].reason) for at in used)
    result = ErrorsResult(
        findings=(), rows=columns.rows, seed=seed, columns=tuple(columns.columns), reasons=reasons, notes=notes, margin=margin,
        table=table.name, table_rows=columns.rows, cell_rows=found.rows, cell_columns=found.columns,
        cell_reasons=of.astype(np.int64), confidence=found.confidence, values=tuple(_values(columns, found).tolist()), repairs=tuple(found.repairs.tolist()),
        method=_method(columns), reference="Mahdavi et al. 2019 (Raha); Qahtan et al. 2018 (FAHES); Dong et al. 2009 (ACCU)",
    )  # fmt: skip
    return replace(result, findings=find(result))


def _values(columns: Columns, found: Suspected) -> npt.NDArray[Any]:
    """Return what each suspected cell holds, objects of shape (n,); None for a row as a whole."""
    values = np.empty(len(found.rows), dtype=object)
    for at, column in enumerate(columns.columns.values()):
        here = np.flatnonzero(found.columns == at)
        if len(here):
            values[here] = column.cells.iloc[found.rows[here]].astype(object).to_numpy()
    return values


def _method(columns: Columns) -> str:
    sampled = " ".join(columns.source.table.sampling)
    how = (
        "Each detector looks for one kind of error; suspicions on different evidence add up (noisy-or), a cell counts from .5. "
        "No cell was checked by a person"
    )
    return f"{how}. {sampled}".rstrip()
