"""Batches of entries as Parquet files: written whole before the record that makes them count."""

import io
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import from_plain
from mlops_widgets.errors import InputError
from mlops_widgets.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

PREDICTIONS, OVERRIDES, DELETION = "predictions", "overrides", "deletion"
"""Kinds of records, the first two also folders of files."""
RECORDS = "log.db"
"""The store of records in a log's folder."""
_PENDING = ".pending-"
_NAME = re.compile(r"\d{8}T\d{6}-[0-9a-f]{16}\.parquet")
"""What files are called: a record that names another path is nobody's of ours."""
_PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What the log's record says of a file of entries.

    Parameters
    ----------
    number
        Of the record.
    kind
        "predictions" or "overrides".
    file
        Its name, in the folder of its kind.
    sha256
        Of its content.
    rows
        How many entries.
    first, last
        Time of the first and the last, ISO 8601.
    models
        Digest of the model → rows.
    kinds
        Column → what kind of cells it holds.
    key
        Name of the key that digested the inputs, or "".
    """

    number: int
    kind: str
    file: str
    sha256: str
    rows: int
    first: str
    last: str
    models: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    @property
    def ended(self) -> datetime:
        """Time of the last entry."""
        return datetime.fromisoformat(self.last)

    @property
    def began(self) -> datetime:
        """Time of the first entry."""
        return datetime.fromisoformat(self.first)


def parquet_bytes(table: "pa.Table") -> bytes:
    """Return a table as the bytes of a Parquet file."""
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def write_pending(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, flushed to disk, under a name that no reader looks at; only its owner may read it."""
    path = folder / f"{_PENDING}{secrets.token_hex(4)}-{name}"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def pending(folder: Path, name: str = "") -> list[Path]:
    """Return what was written and never published, of one name or all."""
    return sorted(
        each for each in folder.glob(f"{_PENDING}*-{name or '*'}") if each.is_file() and not each.is_symlink()
    )


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's content, as hex digits.

    Raises
    ------
    InputError
        If it can't be read.
    """
    digest = sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise InputError(f"{path.name!r} can't be read: {error.strerror}. Pass the path of a file.") from error
    return digest.hexdigest()


def kinds_of(table: "pa.Table") -> dict[str, str]:
    """Return what kind of cells each column holds; of one without any, nothing."""
    columns = zip(table.schema.names, table.columns, strict=True)
    return {name: _kind(cells.type) for name, cells in columns if cells.null_count < len(cells)}


def _kind(kind: "pa.DataType") -> str:
    import pyarrow as pa

    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_timestamp(kind):
        return "time" if kind.tz is None else "time with a zone"
    return {"string": "text", "bool": "truth values"}.get(str(kind), str(kind))


def check_kinds(kinds: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Refuse a batch whose columns hold another kind of cells than those before it: nobody could read them together.

    Raises
    ------
    InputError
        That names the column.
    """
    for name, kind in kinds.items():
        if known.get(name, kind) != kind:
            raise InputError(
                f"The column {name[:60]!r} holds {kind} and held {known[name]} in this log. Pass {known[name]}, or begin another log."
            )


def joined(files: Sequence[Path]) -> Any:  # noqa: ANN401 - pyarrow's dataset has no types
    """Return files as one data set: whole and broken numbers as broken ones, columns that a file lacks as empty."""
    import pyarrow as pa
    from pyarrow import dataset, parquet

    schemas = [parquet.read_schema(each) for each in files]
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    return dataset.dataset([str(each) for each in files], schema=schema, format="parquet")


def described(table: "pa.Table", key_name: str) -> tuple[dict[str, Any], bytes]:
    """Return what the record of a batch says, and the content of its file."""
    import pyarrow.compute as pc

    content = parquet_bytes(table)
    ends = pc.min_max(table["at"]).as_py()
    models = table["model"].value_counts().to_pylist() if "model" in table.schema.names else []
    digest = sha256(content).hexdigest()
    return {
        "file": f"{ends['min']:%Y%m%dT%H%M%S}-{digest[:16]}.parquet", "sha256": digest, "rows": table.num_rows,
        "first": ends["min"].isoformat(), "last": ends["max"].isoformat(),
        "models": {each["values"]: each["counts"] for each in models}, "kinds": kinds_of(table), "key": key_name,
    }, content  # fmt: skip


def batches_of(records: Sequence[Record], kind: str) -> tuple[Batch, ...]:
    """Return the files that records of a kind name, without those whose deletion they say.

    Raises
    ------
    InputError
        If a record is none that this log writes, such as one that names a file elsewhere.
    """
    gone = deleted_in(records)
    return tuple(batch_of(each) for each in records if each.kind == kind and each.number not in gone)


@dataclass(frozen=True, kw_only=True)
class _Gone:
    """A file in the record of a deletion."""

    number: int
    file: str
    sha256: str
    rows: int
    first: str
    last: str


@dataclass(frozen=True, kw_only=True)
class _Deletion:
    """The record of a deletion."""

    files: tuple[_Gone, ...]
    by: str
    why: str
    keep_days: int


def batch_of(record: Record) -> Batch:
    """Return the file that a record names.

    Raises
    ------
    InputError
        If the record is none that this log writes.
    """
    try:
        batch = from_plain(Batch, {**record.payload, "number": record.number, "kind": record.kind})
        right = _NAME.fullmatch(batch.file) is not None and batch.began <= batch.ended and batch.rows >= 0
    except (InputError, TypeError, ValueError) as error:
        raise _foreign(record) from error
    if not right:
        raise _foreign(record)
    return batch


def deleted_in(records: Sequence[Record]) -> dict[int, str]:
    """Return number of the record of each deleted file → its path within the log's folder.

    Raises
    ------
    InputError
        If a record of a deletion is none that this log writes.
    """
    found = {}
    for record in records:
        if record.kind != DELETION:
            continue
        try:
            told = from_plain(_Deletion, record.payload)
        except InputError as error:
            raise _foreign(record) from error
        for each in told.files:
            kind, _, name = each.file.partition("/")
            if kind not in {PREDICTIONS, OVERRIDES} or not _NAME.fullmatch(name):
                raise _foreign(record)
            found[each.number] = each.file
    return found


def _foreign(record: Record) -> InputError:
    return InputError(
        f"Record {record.number} ({record.kind[:40]!r}) is none that a prediction log writes. Open the folder of a PredictionLog."
    )
