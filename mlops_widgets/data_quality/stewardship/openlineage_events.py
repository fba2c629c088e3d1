"""The steps of a record as OpenLineage events, as files."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.data_quality.stewardship.accountable import told
from mlops_widgets.data_quality.stewardship.lineage import LineageStep, TableVersion
from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    from mlops_widgets.data_quality.stewardship.data_record import DataRecord

_PRODUCER = "https://pypi.org/project/mlops-widgets"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"


def write_events(record: "DataRecord", folder: Path, *, namespace: str, at: str) -> tuple[Path, ...]:
    """Write a START and a COMPLETE event for each step; see `DataRecord.to_openlineage`."""
    if not record.steps:
        raise InputError("The record holds no step. Pass lineage= to record_data.")
    if not told("namespace", namespace):
        raise InputError("namespace='' names nothing. Pass what tables and steps belong to, such as 'credit'.")
    when = _time(at or (f"{record.said_on}T00:00:00+00:00" if record.said_on else ""))
    events = [(_name(place, step, kind), _event(record, place, step, kind, namespace=namespace, when=when))
        for place, step in enumerate(record.steps, start=1) for kind in ("START", "COMPLETE")]  # fmt: skip
    taken = [name for name, _ in events if (folder / name).exists()]
    if taken:
        raise InputError(f"There is a file {taken[0]!r} in {folder.name!r} already. Pass another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, event in events:
        write_atomically(folder / name, json.dumps(event, indent=2, ensure_ascii=False).encode(errors=JSON_ERRORS))
    return tuple(folder / name for name, _ in events)


def _time(at: str) -> str:
    try:
        when = datetime.fromisoformat(at)
    except (TypeError, ValueError):
        raise InputError(
            f"at={at!r:.60}. Pass when, as 2026-03-31T09:00:00+00:00, or said_on= to record_data."
        ) from None
    if "T" not in at or when.tzinfo is None:
        raise InputError(f"at={at!r:.60} lacks a time or its zone. Pass 2026-03-31T09:00:00+00:00.")
    return when.isoformat()


def _name(place: int, step: LineageStep, kind: str) -> str:
    words = re.sub(r"[^\w\-]+", "-", step.name, flags=re.ASCII).strip("-")[:60] or "step"
    return f"{place:03d}-{words}-{kind.lower()}.json"


def _event(
    record: "DataRecord", place: int, step: LineageStep, kind: str, *, namespace: str, when: str
) -> dict[str, Any]:
    run = uuid5(NAMESPACE_URL, "/".join((namespace, record.version.version, str(place), step.name, when)))
    job = {"namespace": namespace, "name": step.name, "facets": {}}
    if step.code:
        job["facets"] = {
            "documentation": _facet("1-1-0", "DocumentationJobFacet", {"description": f"Code: {step.code}"})
        }
    return {
        "eventType": kind, "eventTime": when, "producer": _PRODUCER, "schemaURL": _EVENT, "run": {"runId": str(run), "facets": {}}, "job": job,
        "inputs": [_dataset(record, each, namespace) for each in step.inputs],
        "outputs": [_dataset(record, each, namespace) for each in step.outputs],
    }  # fmt: skip


def _dataset(record: "DataRecord", table: TableVersion, namespace: str) -> dict[str, Any]:
    facets = {
        "schema": _facet("1-2-0", "SchemaDatasetFacet", {"fields": [{"name": each.name, "type": each.type} for each in table.columns]}),
        "version": _facet("1-0-1", "DatasetVersionDatasetFacet", {"datasetVersion": table.version}),
    }  # fmt: skip
    if table.version == record.version.version:  # what the record says is said of this table alone
        if record.purpose:
            facets["documentation"] = _facet("1-1-0", "DocumentationDatasetFacet", {"description": record.purpose})
        if record.owner:
            facets["ownership"] = _facet(
                "1-0-1", "OwnershipDatasetFacet", {"owners": [{"name": record.owner, "type": "OWNER"}]}
            )
    return {"namespace": namespace, "name": table.name, "facets": facets}


def _facet(version: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "_producer": _PRODUCER,
        "_schemaURL": f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}",
        **content,
    }
