"""How the suspected cells of a table look: where they are, of which kinds, and the reasons in words."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, KINDS
from mlops_widgets.data_quality.figures.taught import taught_charts, taught_words
from mlops_widgets.ui.card import Axis, Card, HeatMap, Table
from mlops_widgets.ui.figures import small_print

_MOST_COLUMNS = 20
_SHORT = {
    "disguised_missing": "disguised", "wrong_type": "type", "out_of_range": "range", "near_duplicate": "near copy",
    "dependency": "conflict", "conflicting_label": "label", "id_like": "id",
}  # fmt: skip
_WHOLE = "whole row"


@register
def card_of_errors(result: ErrorsResult) -> Card:
    """Return the grid of columns and kinds, the reasons as a table, and what to do next."""
    first = result.findings[0]
    counts = _counts(result)
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=(*_charts(result, counts), *taught_charts(result.taught)), findings=result.findings[1:],
        table=_table(result), action=first.action, code=_code(result), small=_small(result), reference=result.reference,
    )  # fmt: skip


def _counts(result: ErrorsResult) -> npt.NDArray[np.float64]:
    """Return how many cells of each column count as wrong of each kind, shape (columns + 1, kinds); whole rows at the end."""
    kinds = list(KINDS)
    counts = np.zeros((len(result.columns) + 1, len(kinds)))
    sure = result.confidence >= CERTAIN
    kind = np.array([kinds.index(reason.kind) for reason in result.reasons], dtype=np.int64)
    np.add.at(counts, (result.cell_columns[sure], kind[result.cell_reasons[sure]]), 1)
    return counts


def _charts(result: ErrorsResult, counts: npt.NDArray[np.float64]) -> tuple[HeatMap, ...]:
    rows = np.flatnonzero(counts.sum(axis=1))
    kinds = np.flatnonzero(counts.sum(axis=0))
    if not len(rows):
        return ()
    most = np.sort(rows[np.argsort(-counts[rows].sum(axis=1), kind="stable")][:_MOST_COLUMNS])
    shown = counts[np.ix_(most, kinds)]
    names = [*result.columns, _WHOLE]
    left_out = f", the {len(most)} of {len(rows)} columns with most" if len(most) < len(rows) else ""
    title = f"Cells that look wrong, by column and kind (empty: none{left_out})"
    words = list(KINDS)
    return (
        HeatMap(
            values=np.where(shown > 0, shown, np.nan), rows=tuple(short(names[at], 24) for at in most),
            columns=tuple(_SHORT.get(words[at], words[at].replace("_", " ")) for at in kinds),
            axis=Axis(label="cells", form="integer", lower=0.0), title=title,
        ),
    )  # fmt: skip


def _summary(result: ErrorsResult) -> str:
    weak = int((result.confidence < CERTAIN).sum())
    parts = [*taught_words(result.taught)]
    parts += [f"{number(weak, 'integer')} more are odd, but less likely wrong than right"] if weak else []
    if result.notes:
        notes = len(result.notes)
        parts.append(f"{notes} {'note' if notes == 1 else 'notes'} on whole columns")
    return f"{'; '.join(parts)}." if parts else ""


def _table(result: ErrorsResult) -> Table:
    """Return one line a reason, the commonest first, then the notes."""
    sure = result.confidence >= CERTAIN
    cells = np.bincount(result.cell_reasons[sure], minlength=len(result.reasons))
    mean = np.bincount(result.cell_reasons[sure], result.confidence[sure], minlength=len(result.reasons))
    lines = [
        (KINDS[result.reasons[at].kind], number(cells[at], "integer"), number(mean[at] / cells[at], digits=2), result.reasons[at].text)
        for at in np.argsort(-cells, kind="stable") if cells[at]
    ]  # fmt: skip
    lines += [
        (KINDS[note.kind], short(note.column), number(note.confidence, digits=2), note.reason) for note in result.notes
    ]
    return Table(columns=("kind", "cells or column", "confidence", "reason"), rows=tuple(lines))


def _code(result: ErrorsResult) -> str:
    return "mw.data_quality.propose_recipe(table, errors=errors)" if (result.confidence >= CERTAIN).any() else ""


def _small(result: ErrorsResult) -> str:
    return small_print(
        result, f"{len(result.columns):,} columns", f"fails over {number(result.margin, 'percent')} wrong cells", of=result.table
    )  # fmt: skip
