"""Errors put into rows: each kind in a stated share of the cells that can have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops_widgets.data_quality.damage import KINDS, OF_LABELS, damage
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

SERVING = tuple(kind for kind in KINDS if kind not in {*OF_LABELS, "duplicates"})
"""Kinds that matter to a model that is only asked: a wrong label or a row booked twice changes no answer."""

_SPELLINGS = frozenset({"typo", "variant"})
_OF_ROWS = frozenset({"shuffled", "duplicates"})
NOUNS: Mapping[str, str] = dict.fromkeys((*_OF_ROWS, *OF_LABELS), "rows")
"""What is counted where it isn't cells."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Injected:
    """Rows with errors put in: the table, how many cells (or rows) are wrong, and of all that can be the share."""

    table: Table
    hit: int
    share: float


def inject(
    study: Study, table: Table, kind: str, share: float, *, columns: Sequence[str], seed: int
) -> Injected | None:
    """Return the table with errors of one kind, or None where no column can have them.

    In a kind of cells each column is hit in rows of its own, so that a share of the cells is wrong and not all of a row.
    """
    frame = table.pandas()
    if kind in NOUNS:
        done = damage(
            frame,
            kind,
            share,
            columns=columns,
            target=study.outcome.target,
            positive=_positive(study, table),
            seed=seed,
        )
        hit = int(done.cells.to_numpy().any(axis=1).sum())
        return Injected(table=table.replace(done.frame), hit=hit, share=hit / max(table.rows, 1)) if hit else None
    hit, places = 0, 0
    for index, name in enumerate(columns):
        done = damage(frame[[name]], kind, share, columns=[name], seed=seed + index)
        wrong = int(done.cells.to_numpy().sum())
        if wrong:
            frame[name] = done.frame[name]
            hit, places = hit + wrong, places + table.rows
    return Injected(table=table.replace(frame), hit=hit, share=hit / places) if hit else None


def _positive(study: Study, table: Table) -> Any:  # noqa: ANN401 - a label
    """Return the label of the positive class as the table writes it; None where no row has it."""
    if study.task != "binary":
        return None
    positive = table[study.outcome.target][study.labels(table) == 1]
    return positive.iloc[0] if len(positive) else None


def kinds_for(study: Study, kinds: Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the kinds that are put in at serve time, and in training, as asked for or by default.

    Outcomes that are booked late need two classes. By default spellings are left out where a typo stands for them.
    """
    sensible = [kind for kind in KINDS if kind != "late_labels" or study.task == "binary"]
    if kinds is None:
        return tuple(kind for kind in sensible if kind != "variant"), tuple(k for k in sensible if k not in _SPELLINGS)
    asked = tuple(kind for kind in sensible if kind in kinds)
    return asked, asked


def hit_columns(study: Study, table: Table, most: int, *, seed: int) -> tuple[str, ...]:
    """Return the features that errors are put into: all, or a random choice of so many."""
    features = [name for name in study.model.features if name in table]
    if len(features) <= most:
        return tuple(features)
    chosen = np.random.default_rng(seed).choice(len(features), most, replace=False)
    return tuple(features[place] for place in np.sort(chosen))
