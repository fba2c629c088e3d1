"""A study in words: its tables, rows and labels, and what was found out while loading."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Result
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import times_of, written

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_LABEL = 40
_DAY = len("2024-01-31")


@dataclass(frozen=True, kw_only=True)
class TableLine:
    """One table in a description; `share` is the share of positives, or the mean label in regression."""

    table: str
    rows: int
    source_rows: int
    labelled: int
    share: float | None
    first: str
    last: str


@dataclass(frozen=True, kw_only=True)
class StudyDescription(Result):
    """What a study holds, one line a table, and the notes of loading.

    Parameters
    ----------
    lines
        A line a table.
    notes
        What was found out or decided while loading.
    share_of
        What `share` in the lines is: "share of 'yes'" of two classes, "mean label" of numbers, "" of more classes.
    """

    lines: tuple[TableLine, ...]
    notes: tuple[str, ...]
    share_of: str = ""

    def frame(self) -> "pd.DataFrame":
        """Return one row a table: rows, labelled rows, share of positives or mean label, first and last time."""
        import pandas as pd

        return pd.DataFrame([vars(line) for line in self.lines]).set_index("table")

    def __str__(self) -> str:
        """Return the headline, a line a table, and the notes."""
        lines = [self.headline]
        lines += [f"  {x.table}: {x.rows:,} rows, {x.labelled:,} labelled" + _when(x) for x in self.lines]
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])


def _when(line: TableLine) -> str:
    return f", {line.first} to {line.last}" if line.first else ""


def describe(study: Study) -> StudyDescription:
    """Return the description of `study`."""
    lines = tuple(_describe_table(study, name, table) for name, table in study.tables.items())
    target = study.outcome.target
    what = f"{target!r} = {study.outcome.positive!r}" if study.task == "binary" else repr(target)
    made_up = " Synthetic." if study.synthetic else ""
    claim = (
        f"Study {study.name!r}: {study.model.name} predicts {what} ({study.task}), judged by {study.metric.label}; "
        f"resampled by {study.unit_name}.{made_up}"
    )
    finding = Finding(code="ST-01", status="passed", claim=claim)
    return StudyDescription(
        findings=(finding,), rows=sum(x.rows for x in lines), lines=lines, notes=study.notes, share_of=_share_of(study)
    )


def _share_of(study: Study) -> str:
    if study.task == "binary":
        return f"share of {repr(study.outcome.positive)[:_LONGEST_LABEL]}"
    return "mean label" if study.task == "regression" else ""


def _describe_table(study: Study, name: str, table: Table) -> TableLine:
    y = study.labels(table) if study.outcome.target in table else np.full(table.rows, np.nan)
    known = y[~np.isnan(y)]
    share = float(known.mean()) if len(known) and study.task != "multiclass" else None
    first, last = _time_range(study, table)
    return TableLine(
        table=name,
        rows=table.rows,
        source_rows=table.source_rows,
        labelled=len(known),
        share=share,
        first=first,
        last=last,
    )


def _time_range(study: Study, table: Table) -> tuple[str, str]:
    if study.roles.time is None or study.roles.time not in table:
        return "", ""
    times, are_dates = times_of(table, study.roles.time)
    if np.isnan(times).all():
        return "", ""
    ends = (written(end, are_dates=are_dates) for end in (np.nanmin(times), np.nanmax(times)))
    first, last = (end[:_DAY] if are_dates else end for end in ends)  # the moment is a single row's own
    return first, last
