"""Where a pipeline's file lies, and where it keeps what must outlast a run."""

import os
from dataclasses import dataclass
from pathlib import Path

from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError

_MISSING = "Write a pipeline.toml first, and name it."


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a pipeline's file says of where things are.

    Parameters
    ----------
    file
        The file.
    out
        Name of the folder beside it that holds what it makes.
    records
        Name of its records beside it, where they aren't in that folder; else empty.
    """

    file: Path
    out: str
    records: str


def places_of(pipeline: str | os.PathLike[str]) -> Places:
    """Return where a pipeline keeps things.

    Raises
    ------
    InputError
        If the file can't be read, or its name or those in it can't stand in a file for another program.
    """
    file = Path(pipeline)
    check_text(str(file), "pipeline=")
    said = read_toml(file, what="pipeline file", missing=_MISSING)
    out, records = (said.get(name, usual) for name, usual in (("out", "pipeline"), ("records", "")))
    for name, value in (("out", out), ("records", records)):
        if not isinstance(value, str) or "/" in value or value in {".", ".."}:
            raise InputError(
                f"{file.name}: {name} is {str(value)[:60]!r}. It must be the name of a file or folder beside it."
            )
        check_text(value, f"{file.name}: {name}")
    return Places(file=file, out=out, records=records)


def check_text(text: str, what: str) -> None:
    """Raise `InputError` for a text that can't be quoted alike for YAML, shells and cron: control characters, backslashes."""
    if not text.isprintable() or "\\" in text:
        raise InputError(
            f"{what} {text[:80]!r} holds a backslash or a character that can't be seen, such as a line break, which no crontab or "
            "workflow can hold safely. Rename it."
        )
