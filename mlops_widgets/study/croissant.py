"""Tables as Croissant 1.0 (mlcommons.org/croissant): JSON-LD that other tools read. It holds names, types and digests, no cell."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, listed
from mlops_widgets.study.tables import read_table

FORMATS = {".csv": "text/csv", ".parquet": "application/x-parquet"}
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


@dataclass(frozen=True, kw_only=True)
class CroissantColumn:
    """A column: its name, its dtype, and what is said of it."""

    name: str
    dtype: str
    description: str


@dataclass(frozen=True, kw_only=True)
class CroissantFile:
    """A table in a file: its file's name, where it can be had, its digest, the record set's name, and its columns."""

    name: str
    url: str
    sha256: str
    rows: str
    columns: tuple[CroissantColumn, ...]


def croissant(
    name: str, *, version: str, facts: Mapping[str, Any], files: Iterable[CroissantFile] = ()
) -> dict[str, Any]:
    """Return a data set as plain JSON-LD; `mlcroissant validate` accepts it.

    Parameters
    ----------
    name
        Of the data set.
    version
        What tells these data from others: a fingerprint.
    facts
        Other properties, such as "description", "license", "rai:dataCollection"; empty ones are left out.
    files
        The tables whose files are known; of others Croissant can't say which columns they have.
    """
    given = list(files)
    plain = {
        "@context": _CONTEXT, "@type": "sc:Dataset", "name": safe_id(name),
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"], "version": f"1.0.0+{version}",
        **{fact: value for fact, value in facts.items() if value},
    }  # fmt: skip
    if given:
        plain["distribution"] = [_file(each) for each in given]
        plain["recordSet"] = [_records(each) for each in given]
    return plain


def _file(file: CroissantFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject", "@id": safe_id(file.name), "name": safe_id(file.name), "contentUrl": file.url,
        "encodingFormat": FORMATS[Path(file.name).suffix], "sha256": file.sha256,
    }  # fmt: skip


def _records(file: CroissantFile) -> dict[str, Any]:
    fields, taken, rows = [], set[str](), safe_id(file.rows)
    for at, each in enumerate(file.columns):
        if not each.name:  # a column without a name can't be told from the others there: validators refuse it
            continue
        name = safe_id(each.name)
        name = name if name not in taken else f"{name}-{at}"
        taken.add(name)
        fields.append({
            "@type": "cr:Field", "@id": f"{rows}/{name}", "name": name, "description": each.description, "dataType": _type(each.dtype),
            "source": {"fileObject": {"@id": safe_id(file.name)}, "extract": {"column": each.name}},
        })  # fmt: skip
    return {"@type": "cr:RecordSet", "@id": rows, "name": rows, "field": fields}


def check_file(file: Path, columns: tuple[str, ...]) -> None:
    """Refuse a file that isn't a table of these columns.

    Raises
    ------
    InputError
        If it isn't there, is of another kind, or has other columns.
    """
    if not file.is_file() or file.suffix not in FORMATS:
        raise InputError(f"file={file.name!r} is no file that ends in {listed(FORMATS)}. Write the table to one first.")
    held = read_table(file, name="file").columns
    if held != columns:
        odd = sorted({*held} ^ {*columns}) or list(columns)
        raise InputError(
            f"file={file.name!r} has other columns than were recorded: {listed(odd)}. Pass the recorded table's file."
        )


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file, read in parts."""
    digest = sha256()
    with file.open("rb") as opened:
        while part := opened.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest()


def safe_id(name: str) -> str:
    """Return a name of letters, digits, dots, dashes and underscores: others mean something in an identifier.

    Examples
    --------
    >>> safe_id("loans <2024>"), safe_id("🎲")
    ('loans-2024', 'unnamed')
    """
    return re.sub(r"[^\w.\-]+", "-", name, flags=re.ASCII).strip("-") or "unnamed"


def _type(dtype: str) -> str:
    return next((kind for start, kind in _TYPES if dtype.lower().startswith(start)), "sc:Text")
