"""Cards for Results that have no picture of their own: the verdict, the findings and the table."""

import pandas as pd

from mlops_widgets.core.display import register
from mlops_widgets.core.exercise import ExerciseResult
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.words import number
from mlops_widgets.study.describing import StudyDescription, TableLine
from mlops_widgets.ui.card import Card, Table

_MOST_ROWS = 50


@register
def card_of_result(result: Result) -> Card:
    """Return verdict, findings and the first rows of the table."""
    first = result.findings[0]
    return Card(
        headline=result.headline,
        status=result.status,
        findings=result.findings[1:],
        table=table_of(result.frame()),
        action=first.action,
        small=small_print(result),
        reference=result.reference,
    )


@register
def card_of_no_result(result: NoResult) -> Card:
    """Return the designed empty state: what is missing and what to pass."""
    first = result.findings[0]
    why = f"Missing: {result.missing}." if result.missing else "The run stopped before there was anything to draw."
    return Card(
        headline=result.headline,
        status=result.status,
        empty=f"{why} {first.action}".strip(),
        findings=result.findings[1:],
        small=small_print(result),
        reference=result.reference,
    )


@register
def card_of_exercise(result: ExerciseResult) -> Card:
    """Return the question and what measuring the answer found."""
    finding = result.findings[0]
    return Card(
        headline=finding.claim, status=finding.status, summary="" if result.state == "not tried" else result.question,
        action=finding.action, small=f"Exercise {finding.code}: {result.state}.",
    )  # fmt: skip


@register
def card_of_description(result: StudyDescription) -> Card:
    """Return the study in a sentence, and its tables."""
    share = [result.share_of] if result.share_of else []
    columns = ("table", "rows", "labelled", *share, "first", "last")
    rows = tuple(_table_line(line, has_share=bool(share)) for line in result.lines)
    return Card(headline=result.headline, table=Table(columns=columns, rows=rows), small=" ".join(result.notes))


def _table_line(line: TableLine, *, has_share: bool) -> tuple[str, ...]:
    share = ["–" if line.share is None else number(line.share)] if has_share else []
    return line.table, f"{line.rows:,}", f"{line.labelled:,}", *share, line.first or "–", line.last or "–"


def small_print(result: Result, *more: str, of: str = "") -> str:
    """Return rows (`of` what), seed, method and what else there is; first of all, where it is so, that data are made up."""
    made_up = "synthetic data" if getattr(result, "synthetic", False) else ""
    noun = "row" if result.rows == 1 else "rows"
    rows = f"{number(result.rows, 'integer')} {noun}{of and f' of {of}'}" if result.rows else ""
    seed = f"seed {result.seed}" if result.seed is not None else ""
    return " · ".join(part for part in (made_up, rows, seed, result.method.removesuffix("."), *more) if part)


def table_of(frame: pd.DataFrame, caption: str = "") -> Table:
    """Return the first rows of `frame` as words and numbers, and how many there are in all where some are left out."""
    shown = frame.head(_MOST_ROWS)
    left_out = f"{_MOST_ROWS} of {number(len(frame), 'integer')} rows" if len(frame) > len(shown) else ""
    rows = tuple(tuple(_cell(value) for value in row) for row in shown.itertuples(index=False, name=None))
    words = " · ".join(part for part in (caption, left_out) if part)
    return Table(columns=tuple(str(name) for name in frame.columns), rows=rows, caption=words)


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or value is pd.NA:
        return "–"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value, "integer")
    return str(value)
