"""A record of a table as Croissant 1.0: JSON-LD that other tools read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.study.croissant import CroissantColumn, CroissantFile, check_file, croissant, file_sha256

if TYPE_CHECKING:
    from mlops_widgets.data_quality.stewardship.data_record import DataRecord


def write_croissant(record: "DataRecord", path: Path, *, file: Path, url: str, overwrite: bool) -> Path:
    """Write the record as Croissant beside or away from the table's file; see `DataRecord.to_croissant`."""
    if path.suffix != ".json":
        raise InputError(f"to_croissant({path.name!r}): the name must end in .json.")
    if path.exists() and not overwrite:
        raise InputError(f"There is a file {path.name!r} already. Pass overwrite=True to replace it.")
    check_file(file, tuple(each.name for each in record.version.columns))
    text = json.dumps(_plain(record, file, url), indent=2, ensure_ascii=False)
    write_atomically(path, text.encode(errors=JSON_ERRORS))
    return path


def _plain(r: "DataRecord", file: Path, url: str) -> dict[str, Any]:
    personal = [each.name for each in r.version.columns if r.sensitivity.get(each.name) == "personal"]
    proposed = [each.column for each in r.found if each.column not in r.sensitivity]
    facts = {
        "description": r.purpose or f"Table {r.version.name}. Its purpose hasn't been said.",
        "license": r.licence, "creator": {"@type": "sc:Organization", "name": r.owner} if r.owner else "", "datePublished": r.said_on,
        "url": url or file.name, "rai:dataCollection": r.source, "rai:dataReleaseMaintenancePlan": r.retention,
        "rai:personalSensitiveInformation": [*personal, *(f"{name} (found, not confirmed)" for name in dict.fromkeys(proposed))],
    }  # fmt: skip
    columns = tuple(
        CroissantColumn(name=each.name, dtype=each.type, description=f"{each.name} ({r.sensitivity.get(each.name, 'sensitivity not said')})")
        for each in r.version.columns
    )  # fmt: skip
    held = CroissantFile(name=file.name, url=url or file.name, sha256=file_sha256(file), rows="rows", columns=columns)
    return croissant(r.version.name, version=r.version.version, facts=facts, files=[held])
