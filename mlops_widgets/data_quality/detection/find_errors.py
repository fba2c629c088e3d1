"""Look for errors in a table, cell by cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.detection.answers import Oracle, Said, read_answers
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
from mlops_widgets.data_quality.detection.labelling import Labelling, ask
from mlops_widgets.data_quality.detection.suspicions import KINDS, ColumnNote, Suspicion
from mlops_widgets.data_quality.detection.taught_findings import find_taught
from mlops_widgets.data_quality.source import Source, source_of
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
    data: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    table: str | None = None,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    kinds: Sequence[str] | None = None,
    labels: Mapping[int, Said] | pd.DataFrame | None = None,
    oracle: Oracle | None = None,
    label_rows: int = 20,
    margin: float = 0.01,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ErrorsResult:
    """Return the cells of a table that look wrong, the surest first.

    Parameters
    ----------
    data
        A Study, or any table that a study accepts.
    table
        Of a study: which of its tables; by default the reference, else the test, else production.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    kinds
        Kinds of error to look for; by default all of `suspicions.KINDS`.
    labels
        What you say of some rows, such as `ErrorLabeller.labels`: row position in the table → names of its wrong columns (an
        empty list: nothing is wrong), a truth value a column, or column → truth value; or a frame of truth values whose index
        holds row positions. All other cells are judged anew by what these have in common.
    oracle
        Judges rows that are picked for what their answers teach: called with a position, returns what `labels` hold of a row.
    label_rows
        How many rows the oracle is asked about, 1 or more.
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
        Findings: DQ-FE-01 how much looks wrong, DQ-FE-L1 what labels changed and how good they say the result is, then one a
        kind of error, and one a kind of note on whole columns.

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
    check_counts(max_rows=(max_rows, 1), seed=(seed, 0), label_rows=(label_rows, 1))
    wanted = _check_options(kinds, margin)
    source = source_of(data, table=table, roles=roles, max_rows=max_rows, seed=seed)
    looked = look(source, wanted, progress=progress, cancel=cancel)
    labelling = Labelling(looked.columns, looked.found, seed=seed)
    if labels is not None:
        labelling.say(read_answers(labels, labelling.names, looked.columns.rows))
    if oracle is not None:
        ask(labelling, oracle, label_rows, progress=progress, cancel=cancel)
    return errors_result(looked, labelling, picked=labels is None, margin=margin)


@dataclass(frozen=True)
class Looked:
    """A table that every detector has seen."""

    columns: Columns
    found: Suspected
    notes: tuple[ColumnNote, ...]


def look(
    source: Source,
    kinds: Iterable[str] = tuple(KINDS),
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Looked:
    """Return what the detectors suspect, of the kinds that are wanted."""
    columns = prepare(source)
    said = [each for detect in steps(DETECTORS, "detector", progress, cancel) for each in detect(columns)]
    said = [each for each in said if each.kind in set(kinds)]
    suspicions, crowds = settle_crowds(columns, [each for each in said if isinstance(each, Suspicion)])
    notes = (*(each for each in said if isinstance(each, ColumnNote)), *crowds)
    return Looked(columns, combine(columns, suspicions), notes)


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


def errors_result(looked: Looked, labelling: Labelling, *, picked: bool, margin: float = 0.01) -> ErrorsResult:
    """Return what is suspected of a table after the answers so far; `picked` says that its rows were picked for them."""
    columns, found = looked.columns, labelling.found()
    judged = tuple(int(row) for row in labelling.answers.rows)
    taught = labelling.taught(picked=picked) if judged else None
    table = columns.source.table
    used, of = np.unique(found.of, return_inverse=True)
    reasons = tuple(Reason(kind=found.suspicions[at].kind, text=found.suspicions[at].reason) for at in used)
    result = ErrorsResult(
        findings=(), rows=columns.rows, seed=labelling.seed, columns=tuple(columns.columns), reasons=reasons, notes=looked.notes, margin=margin,
        labelled=judged, taught=taught,
        table=table.name, table_rows=columns.rows, cell_rows=found.rows, cell_columns=found.columns,
        cell_reasons=of.astype(np.int64), confidence=found.confidence, values=tuple(_values(columns, found).tolist()), repairs=tuple(found.repairs.tolist()),
        method=_method(columns, judged), reference="Mahdavi et al. 2019 (Raha); Qahtan et al. 2018 (FAHES); Dong et al. 2009 (ACCU)",
    )  # fmt: skip
    headline, *others = find(result)
    return replace(result, findings=(headline, *find_taught(taught), *others))


def _values(columns: Columns, found: Suspected) -> npt.NDArray[Any]:
    """Return what each suspected cell holds, objects of shape (n,); None for a row as a whole."""
    values = np.empty(len(found.rows), dtype=object)
    for at, column in enumerate(columns.columns.values()):
        here = np.flatnonzero(found.columns == at)
        if len(here):
            values[here] = column.cells.iloc[found.rows[here]].astype(object).to_numpy()
    return values


def _method(columns: Columns, judged: Sequence[int]) -> str:
    sampled = " ".join(columns.source.table.sampling)
    how = "Each detector looks for one kind of error; suspicions on different evidence add up (noisy-or), a cell counts from .5. "
    learned = (
        f"A logistic regression a column, started from these, learned from {len(judged)} rows that a person judged; of several "
        "reports of one thing, which to trust was learned from them too (SLiMFast)"
        if judged
        else "No cell was checked by a person"
    )
    return f"{how}{learned}. {sampled}".rstrip()
