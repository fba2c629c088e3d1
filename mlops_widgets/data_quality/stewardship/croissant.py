"""A record of a table as Croissant 1.0: JSON-LD that other tools read."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.errors import InputError, listed
from mlops_widgets.study.tables import read_table

if TYPE_CHECKING:
    from mlops_widgets.data_quality.stewardship.data_record import DataRecord

_FORMATS = {".csv": "text/csv", ".parquet": "application/x-parquet"}
_CHUNK = 1 << 20
_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField",
    "path": "cr:path", "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "equivalentProperty": "cr:equivalentProperty", "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip
_TYPES = (
    ("bool", "sc:Boolean"),
    ("int", "sc:Integer"),
    ("uint", "sc:Integer"),
    ("float", "sc:Float"),
    ("datetime", "sc:DateTime"),
)


def write_croissant(record: "DataRecord", path: Path, *, file: Path, url: str, overwrite: bool) -> Path:
    """Write the record as Croissant beside or away from the table's file; see `DataRecord.to_croissant`."""
    if path.suffix != ".json":
        raise InputError(f"to_croissant({path.name!r}): the name must end in .json.")
    if path.exists() and not overwrite:
        raise InputError(f"There is a file {path.name!r} already. Pass overwrite=True to replace it.")
    if not file.is_file() or file.suffix not in _FORMATS:
        raise InputError(
            f"file={file.name!r} is no file that ends in {listed(_FORMATS)}. Write the table to one first."
        )
    names = tuple(each.name for each in record.version.columns)
    held = read_table(file, name="file").columns
    if held != names:
        odd = sorted({*held} ^ {*names}) or list(names)
        raise InputError(
            f"file={file.name!r} has other columns than were recorded: {listed(odd)}. Pass the recorded table's file."
        )
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
    file_id = _id(file.name)
    return {
        "@context": _CONTEXT, "@type": "sc:Dataset", "name": _id(r.version.name),
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"], "version": f"1.0.0+{r.version.version}",
        **{name: value for name, value in facts.items() if value},
        "distribution": [{
            "@type": "cr:FileObject", "@id": file_id, "name": file_id, "contentUrl": url or file.name, "encodingFormat": _FORMATS[file.suffix],
            "sha256": _sha256(file),
        }],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": _fields(r, file_id)}],
    }  # fmt: skip


def _fields(r: "DataRecord", file_id: str) -> list[dict[str, Any]]:
    fields, taken = [], set[str]()
    for at, each in enumerate(r.version.columns):
        name = _id(each.name)
        name = name if name not in taken else f"{name}-{at}"
        taken.add(name)
        told = r.sensitivity.get(each.name, "sensitivity not said")
        fields.append({
            "@type": "cr:Field", "@id": f"rows/{name}", "name": name, "description": f"{each.name} ({told})", "dataType": _type(each.type),
            "source": {"fileObject": {"@id": file_id}, "extract": {"column": each.name}},
        })  # fmt: skip
    return fields


def _id(name: str) -> str:
    """Return a name of letters, digits, dots, dashes and underscores: others mean something in an identifier."""
    return re.sub(r"[^\w.\-]+", "-", name, flags=re.ASCII).strip("-") or "unnamed"


def _type(dtype: str) -> str:
    return next((kind for start, kind in _TYPES if dtype.lower().startswith(start)), "sc:Text")


def _sha256(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as opened:
        while part := opened.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest()
