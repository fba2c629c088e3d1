"""All that is known of the cells of a table before a person judges any: signs of each cell, and who reports the same thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.detection.cell_signs import Sign, bin_sign, level_sign, value_signs
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.combination import Suspected
from mlops_widgets.data_quality.detection.entities import Entities, find_contexts, find_entities, reporters
from mlops_widgets.data_quality.detection.suspicions import KINDS
from mlops_widgets.measures.conflicting_reports import Reports, gather_reports

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_COLUMNS = 60
"""Columns that are learned about; of more, those that are suspected most."""
_LEVELS = 20
_ABSENT = (0.5, 1.5, 2.5)
_DOUBTS = (0.25, 0.75, 1.5)


@dataclass(frozen=True)
class Evidence:
    """What is known of the cells of one column.

    Parameters
    ----------
    index
        Its place in the table.
    prior
        How sure the detectors are that each cell is wrong, 0 to 1, shape (rows,).
    shared
        Signs that mean the same in every column.
    own
        Signs of this column alone.
    things, reports
        The thing that each row is about, -1 for none, shape (rows,), and what rows report of things, where the column is a
        property of some thing.
    """

    index: int
    prior: Floats
    shared: tuple[Sign, ...]
    own: tuple[Sign, ...]
    things: Integers | None = None
    reports: Reports | None = None


def gather_evidence(columns: Columns, found: Suspected, *, also: Sequence[int] = ()) -> tuple[Evidence, ...]:
    """Return the evidence on the columns that are suspected most, `also` on those.

    Parameters
    ----------
    columns
        The prepared table.
    found
        What the detectors suspect.
    also
        Places of columns that are wanted in any case, as those in which a person found errors.
    """
    names = tuple(columns.columns)
    chosen = _chosen(found, len(names), also)
    priors = {at: _prior(found, at, columns.rows) for at in chosen}
    cells = [columns.columns[names[at]] for at in chosen]
    absent = np.sum([each.missing for each in cells], axis=0, dtype=np.float64) if cells else np.zeros(columns.rows)
    doubt = np.sum(list(priors.values()), axis=0) if priors else np.zeros(columns.rows)
    entities = find_entities(cells)
    contexts = find_contexts(entities.sources, doubt)
    gathered = []
    for at, column in zip(chosen, cells, strict=True):
        general, special = value_signs(column)
        beside = bin_sign(absent - column.missing, _ABSENT), bin_sign(doubt - priors[at], _DOUBTS)
        levels = (level_sign(entities.sources[name]) for name in contexts if name != column.name)
        gathered.append(Evidence(
            at, priors[at], (general, _kinds(found, column.name, columns.rows), *beside), (special, *levels), *_reported(entities, column.name)
        ))  # fmt: skip
    return tuple(gathered)


def _chosen(found: Suspected, columns: int, also: Sequence[int]) -> list[int]:
    of_cells = found.columns >= 0
    doubt = np.bincount(found.columns[of_cells], found.confidence[of_cells], minlength=columns)
    doubt = doubt.astype(np.float64)
    doubt[list(also)] = np.inf
    return sorted(int(at) for at in np.argsort(-doubt, kind="stable")[:MOST_COLUMNS])


def _prior(found: Suspected, at: int, rows: int) -> Floats:
    prior = np.zeros(rows)
    here = found.columns == at
    prior[found.rows[here]] = found.confidence[here]
    return prior


def _kinds(found: Suspected, name: str, rows: int) -> Sign:
    """Return a number a kind of error: how sure its detectors are of each cell, in twentieths."""
    kinds = list(KINDS)
    codes, lines = np.zeros(rows, dtype=np.int64), np.zeros((1, len(kinds)))
    for place, kind in enumerate(kinds):
        of_kind = [each for each in found.suspicions if each.column == name and each.kind == kind]
        if not of_kind:
            continue
        sure = np.zeros(rows)
        for each in of_kind:
            np.maximum.at(sure, each.rows, each.confidence)
        steps = np.rint(np.clip(sure, 0, 1) * _LEVELS).astype(np.int64)
        met, codes = np.unique(codes * (_LEVELS + 1) + steps, return_inverse=True)
        lines = lines[met // (_LEVELS + 1)]
        lines[:, place] = met % (_LEVELS + 1) / _LEVELS
    return Sign(codes.astype(np.int64), lines)


def _reported(entities: Entities, name: str) -> tuple[Integers, Reports] | tuple[None, None]:
    if name not in entities.key:
        return None, None
    key = entities.key[name]
    things = entities.codes[key]
    others: Mapping[str, Integers] = {each: of for each, of in entities.sources.items() if each not in (name, key)}
    kinds = [others[each] for each in reporters(things, others)]
    return things, gather_reports(things, entities.codes[name], kinds)
