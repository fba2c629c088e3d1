"""A model as bytes that are the same whenever it is: .skops files tell memory addresses and the time of day apart from the model."""

import io
import json
import zipfile
from typing import Any

from mlops_widgets.study.saved.models import SavedModel, model_bytes

_SCHEMA = "schema.json"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def stable_bytes(model: Any, *, argument: str) -> SavedModel:  # noqa: ANN401 - any model
    """Return a live model as a file: equal models give equal bytes, so that one is registered once.

    Raises
    ------
    InputError
        If no file can hold it.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> one, other = (stable_bytes(LogisticRegression().fit([[0], [1]], [0, 1]), argument="model") for _ in range(2))
    >>> one == other
    True
    """
    saved = model_bytes(model, argument=argument)
    return SavedModel(_renumbered(saved.content), saved.suffix) if saved.suffix == ".skops" else saved


def _renumbered(content: bytes) -> bytes:
    """Return the archive with its objects numbered in order in the place of addresses, and no time of day."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(stream, "w") as out:
        schema = json.loads(given.read(_SCHEMA))
        numbers: dict[Any, int] = {}
        files: dict[str, str] = {}
        _number(schema, numbers, files)
        for old, new in files.items():
            _write(out, new, given.read(old), given.getinfo(old).compress_type)
        _write(out, _SCHEMA, json.dumps(schema, indent=2).encode(), given.getinfo(_SCHEMA).compress_type)
    return stream.getvalue()


def _number(root: Any, numbers: dict[Any, int], files: dict[str, str]) -> None:  # noqa: ANN401 - JSON
    """Give each address its number in the order of the schema, and each file the number of its first mention."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "__id__" in part:
                part["__id__"] = numbers.setdefault(part["__id__"], len(numbers) + 1)
            if isinstance(part.get("file"), str) and "__loader__" in part:
                part["file"] = files.setdefault(part["file"], f"{len(files) + 1}.{part['file'].rpartition('.')[2]}")
        if isinstance(part, dict | list):
            waiting += [
                each for each in (part.values() if isinstance(part, dict) else part) if isinstance(each, dict | list)
            ]


def _write(archive: zipfile.ZipFile, name: str, content: bytes, compression: int) -> None:
    member = zipfile.ZipInfo(name, _FIRST_DAY)
    member.compress_type = compression
    archive.writestr(member, content)
