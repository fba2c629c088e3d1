"""What was found wrong with a table, in words: how much, of which kinds, where, and what to do first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import capital, number, short
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, KINDS
from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.data_quality.detection.errors import ErrorsResult

Booleans = npt.NDArray[np.bool_]

_NAMED = 3
_REPAIR = "Look at the surest first (errors.frame()), and repair what you agree with."
_LABEL = "Judging about 20 rows (ErrorLabeller) sorts out what only looks odd."
_ACTIONS = {
    "missing": "Fill what other rows or columns tell; leave the rest missing.",
    "disguised_missing": "Make them missing before anything is computed from them.",
    "wrong_type": "Parse the numbers, and refuse the rest where the data come in.",
    "out_of_range": "Make them missing, and refuse them where the data come in.",
    "unit": "Convert them, and ask who sends them in which unit.",
    "variant": "Map them to one spelling.",
    "typo": "Map them to what they are misspelt from, and offer a choice where they are typed in.",
    "format": "Write them as the rest is written, and refuse others where the data come in.",
    "dependency": "Take what the other rows say, or ask who is right.",
    "outlier": "Look at them: an outlier may be the truth.",
    "duplicate": "Drop the copies before splitting: copies on both sides of a split flatter the score.",
    "near_duplicate": "Drop the copies before splitting: near copies on both sides of a split flatter the score.",
    "date": "Correct or empty the dates, and check their order where they come in.",
    "conflicting_label": "Have the rows judged again.",
    "constant": "Drop the column, or find out why it no longer varies.",
    "id_like": "Keep it out of the model's inputs.",
    "leak": "Find out when the column is known: after the outcome it can't be used.",
    "skew": "Find out which table is right before the model is trusted.",
    "labelled": "Look at some of them: judge a few more rows where they are right.",
}
_CODES = {kind: f"DQ-FE-{at:02d}" for at, kind in enumerate(KINDS, start=2)}


def find(result: "ErrorsResult") -> tuple[Finding, ...]:
    """Return the headline and one finding a kind of error, the gravest first."""
    sure = result.confidence >= CERTAIN
    each = [found for kind in KINDS for found in (_of_kind(result, kind, sure), _of_notes(result, kind)) if found]
    return (_headline(result, sure), *sorted(each, key=lambda finding: finding.order))


def _headline(result: "ErrorsResult", sure: Booleans) -> Finding:
    cells = sure & (result.cell_columns >= 0)
    total = result.table_rows * len(result.columns)
    count, rows = int(cells.sum()), len(result.repeated_rows)
    status, lower, upper = _verdict(result, cells, total)
    evidence = {
        "cells": count, "all_cells": total, "share": count / total if total else None, "expected_wrong": float(result.confidence[cells].sum()),
        "lower": lower, "upper": upper, "repeated_rows": rows, "columns": len(np.unique(result.cell_columns[cells])),
        "margin": result.margin, "weakly_suspected": int((~sure).sum()),
    }  # fmt: skip
    if not count and not rows:
        weak = evidence["weakly_suspected"]
        odd = f"; {number(float(weak or 0), 'integer')} are odd, but less likely wrong than right" if weak else ""
        claim = f"No cell of {_named(result)} counts as wrong, of {number(total, 'integer')}{odd}."
        return Finding(
            code="DQ-FE-01", status="passed", claim=claim, evidence=evidence, action="Look again with every new batch."
        )
    claim = f"{_counted(count, total, result)}{_repeated(rows, count)}{_mostly(result, cells)}."
    return Finding(
        code="DQ-FE-01",
        status=status,
        claim=claim,
        evidence=evidence,
        action=_REPAIR if result.labelled else f"{_REPAIR} {_LABEL}",
    )


def _named(result: "ErrorsResult") -> str:
    return "the table" if result.table == "table" else f"the {result.table}"


def _counted(count: int, total: int, result: "ErrorsResult") -> str:
    if not count:
        return ""
    share = number(count / total, "percent", digits=1 if count / total < 0.1 else 0)
    places = len(np.unique(result.cell_columns[(result.confidence >= CERTAIN) & (result.cell_columns >= 0)]))
    where = "one column" if places == 1 else f"{places} of {len(result.columns)} columns"
    return f"{number(count, 'integer')} of {number(total, 'integer')} cells of {_named(result)} ({share}) look wrong, in {where}"


def _repeated(rows: int, count: int) -> str:
    if not rows:
        return ""
    said = f"{number(rows, 'integer')} {'row repeats' if rows == 1 else 'rows repeat'} another"
    return f", and {said}" if count else said


def _mostly(result: "ErrorsResult", cells: Booleans) -> str:
    counts = _by_kind(result, cells)
    if len(counts) < 2:
        return f": {KINDS[next(iter(counts))]}" if counts else ""
    most = sorted(counts, key=lambda kind: -counts[kind])[:_NAMED]
    named = [f"{KINDS[kind]} ({number(counts[kind], 'integer')})" for kind in most]
    return f": mostly {listed(named)}"


def _by_kind(result: "ErrorsResult", chosen: Booleans) -> dict[str, int]:
    counts = np.bincount(result.cell_reasons[chosen], minlength=len(result.reasons))
    found: dict[str, int] = {}
    for reason, count in zip(result.reasons, counts, strict=True):
        if count:
            found[reason.kind] = found.get(reason.kind, 0) + int(count)
    return found


def _verdict(result: "ErrorsResult", cells: Booleans, total: int) -> tuple[Status, float, float]:
    """Return the verdict by the share of wrong cells that the confidences stand for, with its 95 % interval.

    The number of wrong ones among the suspected is a sum of independent draws with these chances (Poisson binomial), read
    by its mean and variance.
    """
    p = result.confidence[cells]
    expected, deviation = float(p.sum()), float(np.sqrt((p * (1 - p)).sum()))
    lower, upper = max(0.0, expected - 1.96 * deviation), min(float(len(p)), expected + 1.96 * deviation)
    failed = total > 0 and lower > result.margin * total
    return "failed" if failed else "warning", lower, upper


def _of_kind(result: "ErrorsResult", kind: str, sure: Booleans) -> Finding | None:
    of = np.array([reason.kind == kind for reason in result.reasons], dtype=bool)
    chosen = sure & np.append(of, False)[result.cell_reasons]
    count = int(chosen.sum())
    if not count:
        return None
    places, cells = np.unique(result.cell_columns[chosen], return_counts=True)
    order = np.argsort(-cells)
    named = [short(result.columns[places[at]]) for at in order if places[at] >= 0]
    where = f" in {listed(named, most=_NAMED)}" if named else ""
    status: Status = "failed" if count > result.margin * result.table_rows * len(result.columns) else "warning"
    surest = result.reasons[int(result.cell_reasons[chosen][0])].text
    return Finding(
        code=_CODES[kind], status=status, claim=f"{capital(KINDS[kind])}: {number(count, 'integer')}{where}. {surest}",
        action=_ACTIONS[kind], evidence={"count": count, "columns": len(named), "surest": float(result.confidence[chosen][0])},
    )  # fmt: skip


def _of_notes(result: "ErrorsResult", kind: str) -> Finding | None:
    notes = sorted(
        (note for note in result.notes if note.kind == kind and note.confidence >= CERTAIN), key=lambda n: -n.confidence
    )
    if not notes:
        return None
    others = _others([short(note.column) for note in notes[1:]])
    return Finding(
        code=_CODES[kind].replace("DQ-FE-", "DQ-FE-C"), status="warning", claim=f"{notes[0].reason.rstrip('.')}.{others}", action=notes[0].action,
        evidence={"columns": len(notes), "surest": notes[0].confidence},
    )  # fmt: skip


def _others(names: Sequence[str]) -> str:
    return f" The like of {listed(names, most=_NAMED)}." if names else ""
