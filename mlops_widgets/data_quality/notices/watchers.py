"""What each kind of result would point at in a batch: one watcher a kind, which also says what it would point at without a spill.

A watcher of another kind joins by `watched_by.register(type, watcher)`.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.audits.audit_batches import audit_batches
from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.rows import changed_cells
from mlops_widgets.data_quality.contracts.infer import infer_contract
from mlops_widgets.data_quality.contracts.validate import ValidationResult, validate
from mlops_widgets.data_quality.damage import OF_LABELS
from mlops_widgets.data_quality.detection.errors import CERTAIN, ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors
from mlops_widgets.data_quality.labels.label_errors import LabelErrorsResult, find_label_errors
from mlops_widgets.data_quality.notices.sightings import Batch, Sighting, sighting
from mlops_widgets.data_quality.spills import BY_NAME
from mlops_widgets.data_quality.stewardship.data_record import DataRecord
from mlops_widgets.data_quality.stewardship.lineage import version_of
from mlops_widgets.errors import InputError, MissingInputError, WrongTypeError
from mlops_widgets.study.contract.contract import Contract

Booleans = npt.NDArray[np.bool_]
_NAMED = 2
_FOLDS = 3
_MOST_COLUMNS = 200

Sightings = Mapping[str, Sighting]
"""Spill → what is seen of it."""


@singledispatch
def watched_by(result: Any, batch: Batch) -> tuple[str, Sightings]:  # noqa: ANN401, ARG001 - any kind of result
    """Return what a result is called, and what somebody who has it would see of each spill.

    Raises
    ------
    WrongTypeError
        If nothing is known of this kind of result.
    """
    raise WrongTypeError(
        f"notice_spills takes no {type(result).__name__}. Pass what find_errors, infer_contract, propose_recipe, "
        "find_label_errors or audit_batches returned."
    )


def _by_errors(result: ErrorsResult, batch: Batch) -> tuple[str, Sightings]:
    """Look for errors again, in each copy: a row is pointed at if one of its cells, or the row as a whole, counts as wrong."""
    if result.columns != batch.source.table.columns:
        raise InputError("errors of a table with other columns. Pass what find_errors found in this one.")
    columns = _looked_at(batch)
    before = _suspected(batch, batch.frame[columns])
    seen = {}
    for name, copy in batch.spilt.items():
        # A row that looked wrong before isn't noticed because of the spill.
        pointed = _suspected(batch, copy.frame[columns]) & ~before[copy.origin]
        seen[name] = sighting(pointed, copy, "cells that look wrong")
    return "find_errors", seen


def _looked_at(batch: Batch) -> list[str]:
    """Return the columns to look at: all, or of a wide table those that a spill of few columns hits, the target, and others."""
    hit = {name for columns in batch.places.values() if len(columns) < _MOST_COLUMNS for name in columns}
    ranked = sorted(batch.source.table.columns, key=lambda name: name not in {*hit, batch.source.target})
    chosen = set(ranked[:_MOST_COLUMNS])
    return [name for name in batch.source.table.columns if name in chosen]


def _suspected(batch: Batch, frame: pd.DataFrame) -> Booleans:
    found = find_errors(batch.with_rows(frame))
    if not isinstance(found, ErrorsResult):
        raise InputError(f"errors can't be looked for in the rows with a spill: {found.headline}")
    rows = np.zeros(len(frame), dtype=np.bool_)
    rows[found.cell_rows[found.confidence >= CERTAIN]] = True
    return rows


def _by_recipe(recipe: CleaningRecipe, batch: Batch) -> tuple[str, Sightings]:
    """Clean each copy: a row is pointed at if a step changes it, or drops it, and doesn't without the spill."""
    before = _touched(recipe, batch.frame)
    seen = {}
    for name, copy in batch.spilt.items():
        seen[name] = sighting(_touched(recipe, copy.frame) & ~before[copy.origin], copy, "rows that the recipe cleans")
    return "the recipe", seen


def _touched(recipe: CleaningRecipe, frame: pd.DataFrame) -> Booleans:
    numbered = frame.reset_index(drop=True)
    clean = recipe.apply(numbered, training=True)
    rows = np.ones(len(frame), dtype=np.bool_)
    kept = np.asarray(clean.index)
    rows[kept] = False
    for name in clean.columns:
        if name in frame:
            rows[kept] |= changed_cells(numbered[name].iloc[kept], clean[name])
    return rows


def _by_contract(contract: Contract, batch: Batch) -> tuple[str, Sightings]:
    """Check each copy: a rule counts that more rows break than it tolerates, and doesn't without the spill."""
    broken = _checked(batch.frame, contract).broken
    seen = {}
    for name, copy in batch.spilt.items():
        checked = _checked(copy.frame, contract)
        rules = [rule for rule in checked.broken if rule not in broken]
        rows = np.zeros(len(copy.frame), dtype=np.bool_)
        for rule in rules:
            rows[checked.failing(rule)] = True
        seen[name] = sighting(rows, copy, ", ".join(rules[:_NAMED]) or "no rule", alarm=bool(rules))
    return "the contract", seen


def _checked(frame: pd.DataFrame, contract: Contract) -> ValidationResult:
    found = validate(frame, contract)
    if not isinstance(found, ValidationResult):
        raise InputError(f"the rows can't be checked: {found.headline}")
    return found


def _by_record(result: DataRecord, batch: Batch) -> tuple[str, Sightings]:
    """Name the columns of each copy that differ from the batch as it was recorded.

    It raises no alarm: other rows that are right would differ too, so a record notices only what happens to rows after they were recorded.
    """
    if tuple(each.name for each in result.version.columns) != batch.source.table.columns:
        raise InputError("the record is of a table with other columns. Pass the record of this one.")
    before = replace(result, version=version_of(batch.source.table, name=result.version.name))
    seen = {}
    for name, copy in batch.spilt.items():
        compared = before.compare(batch.with_rows(copy.frame).table)
        rows = np.zeros(len(copy.frame), dtype=np.bool_)
        seen[name] = sighting(rows, copy, ", ".join(compared.changed[:_NAMED]))
    return "the record", seen


def _by_labels(result: LabelErrorsResult, batch: Batch) -> tuple[str, Sightings]:
    """Look for surprising labels again where labels were spilt: rows are pointed at that are counted beyond chance."""
    of_labels = {name: copy for name, copy in batch.spilt.items() if BY_NAME[name].kind in OF_LABELS}
    seen = {}
    for name, copy in of_labels.items():
        rows = np.zeros(len(copy.frame), dtype=np.bool_)
        rows[_surprising(batch, copy.frame, models=result.models)] = True
        seen[name] = sighting(rows, copy, "labels that surprise every model")
    return "find_label_errors", seen


def _surprising(batch: Batch, frame: pd.DataFrame, *, models: tuple[str, ...]) -> npt.NDArray[np.int64]:
    study = batch.source.study
    if study is None:
        raise MissingInputError(
            "study", f"Pass the study instead of a table: {', '.join(models)} learn from its columns."
        )
    table = batch.source.table.replace(frame, name="reference")
    found = find_label_errors(replace(study, reference=table, tests={}, production=None), folds=_FOLDS)
    if not isinstance(found, LabelErrorsResult):
        return np.zeros(0, dtype=np.int64)
    return found.ranked[: found.count]


def _by_audit(result: BatchAuditResult, batch: Batch) -> tuple[str, Sightings]:
    """Audit each copy as the next batch after the rows as they are, with a contract learned from these: an alarm is about the whole batch."""
    columns = _looked_at(batch)
    contract = infer_contract(batch.frame[columns])
    seen = {}
    for name, copy in batch.spilt.items():
        checks = _alarms(result, batch.frame[columns], copy.frame[columns], contract)
        rows = np.zeros(len(copy.frame), dtype=np.bool_)
        seen[name] = sighting(rows, copy, ", ".join(checks[:_NAMED]) or "no check", alarm=bool(checks))
    return "the audit", seen


def _alarms(result: BatchAuditResult, before: pd.DataFrame, after: pd.DataFrame, contract: Contract) -> list[str]:
    found = audit_batches(
        [after], contract, baseline=before, margin=result.margin, missing_margin=result.missing_margin
    )
    if not isinstance(found, BatchAuditResult):
        raise InputError(f"the rows can't be audited: {found.headline}")
    pairs = zip(found.checks, found.statuses, strict=True)
    return [check for check, statuses in pairs if {"failed", "warning"} & set(statuses)]


watched_by.register(BatchAuditResult, _by_audit)
watched_by.register(ErrorsResult, _by_errors)
watched_by.register(CleaningRecipe, _by_recipe)
watched_by.register(Contract, _by_contract)
watched_by.register(LabelErrorsResult, _by_labels)
watched_by.register(DataRecord, _by_record)
