"""What steps made, as files named by their digest: written whole or not at all, and checked whenever they are read."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.core.result import Result, write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.pipeline.products import Skipped, StoredModel
from mlops_widgets.study.model_files.opened import MOST_BYTES
from mlops_widgets.study.model_files.trust import Trust, read_trust
from mlops_widgets.study.saved.stable_models import stable_bytes

_KINDS = "a Result, a frame, a model, plain JSON, or Skipped"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An artefact: its kind, the SHA-256 of its bytes, the ending of its file, and what was said of it."""

    kind: str
    digest: str
    suffix: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.digest}{self.suffix}"


class Artefacts:
    """The folder of artefacts.

    Parameters
    ----------
    folder
        Where they lie; made with the first.
    trust
        What the caller vouches for of model files. Digests among it pin files from elsewhere, and aren't asked of ours.
    """

    def __init__(self, folder: Path, *, trust: Trust = None) -> None:
        self.folder = folder
        self.trust: Trust = tuple(sorted(read_trust(trust).types)) or None

    def keep(self, value: object, facts: Mapping[str, Any], *, step: str) -> Kept:
        """Write what a step returned, and return what it is known by.

        Raises
        ------
        InputError
            If it is nothing that can be kept, or can't be written.
        """
        kind, suffix, content = _encoded(value, step)
        kept = Kept(kind=kind, digest=sha256(content).hexdigest(), suffix=suffix, facts=facts)
        if not self.holds(kept):
            write_bytes(self.folder / kept.file, content)
        return kept

    def holds(self, kept: Kept) -> bool:
        """Say whether the file is there and its bytes are those that were kept."""
        return self._bytes(kept) is not None

    def read(self, kept: Kept) -> Any:  # noqa: ANN401 - whatever a step returned
        """Return the value of an artefact.

        Raises
        ------
        InputError
            If its file is gone, was changed, or holds what no step of ours writes.
        """
        content = self._bytes(kept)
        if content is None:
            raise InputError(f"The artefact {kept.file[:16]}… is gone or was changed. Run the pipeline again.")
        if kept.kind == "model":
            return StoredModel(
                path=self.folder / kept.file, digest=kept.digest, facts=dict(kept.facts), trust=self.trust
            )
        try:
            return _decoded(kept.kind, content)
        except (ValueError, TypeError, KeyError, RecursionError, OSError) as error:
            raise InputError(
                f"The artefact {kept.file[:16]}… can't be read ({type(error).__name__}), though its digest is the ledger's: another "
                f"program wrote both. Name another folder as out=, or remove {self.folder.parent.name}/."
            ) from error

    def _bytes(self, kept: Kept) -> bytes | None:
        file = self.folder / kept.file
        try:
            if file.is_symlink() or not file.is_file() or file.stat().st_size > MOST_BYTES:
                return None
            content = file.read_bytes()
        except OSError:
            return None
        return content if sha256(content).hexdigest() == kept.digest else None


def write_bytes(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, its folder too.

    Raises
    ------
    InputError
        If it can't be written, such as on a full disk.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, content)
    except OSError as error:
        raise InputError(
            f"{file.name[:40]} can't be written to {file.parent.name}/: {error.strerror}. What was finished before is kept; "
            "make room and run the pipeline again."
        ) from error


def _encoded(value: object, step: str) -> tuple[str, str, bytes]:
    """Return kind, file ending and bytes of what a step returned."""
    import pandas as pd

    if isinstance(value, Result):
        return "result", ".json", _json(value.to_dict(), step)
    if isinstance(value, Skipped):
        return "skipped", ".json", _json(value.why, step)
    if isinstance(value, pd.DataFrame):
        return "table", ".parquet", _parquet(value, step)
    if hasattr(value, "predict"):
        saved = stable_bytes(value, argument=step)
        return "model", saved.suffix, saved.content
    return "plain", ".json", _json(value, step)


def _json(plain: object, step: str) -> bytes:
    try:
        return json.dumps(plain, sort_keys=True, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"Step {step!r} returned {type(plain).__name__}, which can't be kept. Return {_KINDS}."
        ) from error


def _parquet(frame: Any, step: str) -> bytes:  # noqa: ANN401 - a frame
    import pyarrow as pa

    stream = io.BytesIO()
    try:
        frame.to_parquet(stream, index=False)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise InputError(
            f"Step {step!r} returned a frame that Parquet can't hold ({type(error).__name__}). Give each column one type and a name."
        ) from error
    return stream.getvalue()


def _decoded(kind: str, content: bytes) -> Any:  # noqa: ANN401 - whatever a step returned
    if kind == "table":
        return _frame(content)
    plain = json.loads(content)
    if kind == "result":
        return Result.from_dict(plain)
    return Skipped(why=str(plain)) if kind == "skipped" else plain


def _frame(content: bytes) -> Any:  # noqa: ANN401 - a frame
    import pandas as pd

    return pd.read_parquet(io.BytesIO(content))
