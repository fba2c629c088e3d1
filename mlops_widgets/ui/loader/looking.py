"""A first look at what was chosen: enough rows to confirm what columns mean, and whether a model file may be opened."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_widgets.errors import MlopsWidgetsError
from mlops_widgets.study.tables import Table, read_table
from mlops_widgets.ui.loader.browsing import size_words

MOST_ROWS = 5_000
"""Rows looked at; the whole table is read when the study is loaded."""
_LARGE = 16_000_000
_HEAD = 4_000_000
_PLAIN_TEXT = (".csv", ".tsv", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class TableLook:
    """The first rows of a table, and what is said of it."""

    table: Table
    said: str


@dataclass(frozen=True, kw_only=True)
class ModelLook:
    """What a model is: its words, and the columns that it says it takes."""

    said: str
    features: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a person is asked before a model file is opened.

    Parameters
    ----------
    kind
        "types": each type in it that nobody has reviewed is to be named; "pickle": the file is a program.
    words
        Why, in the words of the error that a script would see.
    types
        Names of the types.
    digest
        SHA-256 of the file.
    """

    kind: Literal["types", "pickle"]
    words: str
    types: tuple[str, ...] = ()
    digest: str = ""


def look_at_table(source: Any, *, name: str) -> TableLook:  # noqa: ANN401 - any table
    """Return the first rows of a live object or a file.

    Raises
    ------
    TableError
        If it can't be read.
    """
    table = read_table(_head(source), name=name)
    shown = f"{table.rows:,} rows"
    if table.rows >= MOST_ROWS:
        shown = f"the first {MOST_ROWS:,} rows are looked at, and guesses speak of these"
    size = ""
    if isinstance(source, str | Path) and Path(source).is_file():
        size = f", {size_words(Path(source).stat().st_size)}"
        shown = (
            "its first rows are looked at, and guesses speak of these"
            if Path(source).stat().st_size > _LARGE
            else shown
        )
    said = f"{len(table.columns):,} columns, {shown}{size}."
    part = table.replace(table.pandas().iloc[:MOST_ROWS])
    return TableLook(part, said + (f" {table.reading.partition(': ')[2]}" if table.reading else ""))


def _head(source: Any) -> Any:  # noqa: ANN401 - any table
    """Return the first rows of a source where they can be had without the others, else the source."""
    if isinstance(source, tuple) and len(source) == 2 and not isinstance(source[0], str | Path):
        return tuple(_head(part) for part in source)
    if isinstance(source, pd.DataFrame | pd.Series):
        return source.iloc[:MOST_ROWS]
    if isinstance(source, np.ndarray):
        return source[:MOST_ROWS]
    if isinstance(source, str | Path):
        return _head_of_file(Path(source))
    few = getattr(source, "head", None) or getattr(source, "limit", None)
    slice_of = getattr(source, "slice", None) if few is None else None  # pyarrow's
    if slice_of is not None:
        return slice_of(0, MOST_ROWS)
    return few(MOST_ROWS) if callable(few) else source


def _head_of_file(path: Path) -> Any:  # noqa: ANN401 - a path or a table
    suffix = path.suffix.lower()
    if not path.is_file() or path.stat().st_size <= _LARGE:
        return path
    if suffix == ".parquet":
        return _head_of_parquet(path)
    return _head_of_text(path) if suffix in _PLAIN_TEXT else path


def _head_of_parquet(path: Path) -> Any:  # noqa: ANN401 - a pyarrow table or a path
    from pyarrow import ArrowException
    from pyarrow import Table as ArrowTable
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            return ArrowTable.from_batches([next(file.iter_batches(batch_size=MOST_ROWS))])
    except (ArrowException, OSError, StopIteration):
        return path  # the reader of whole files says in words what is wrong


def _head_of_text(path: Path) -> Any:  # noqa: ANN401 - a frame or a path
    """Return the first lines of a large text as a table: read by the same door, from a short copy."""
    import tempfile

    with path.open("rb") as file:
        head = file.read(_HEAD)
    with tempfile.TemporaryDirectory() as folder:
        short = Path(folder) / path.name
        short.write_bytes(head[: head.rfind(b"\n") + 1] or head)
        return read_table(short, name="table")


def question_of(error: MlopsWidgetsError) -> Question | None:
    """Return what to ask where a refused file could be trusted; None where nothing that a person says would open it.

    Parameters
    ----------
    error
        What the door for model files raised: `types` names the types that nobody has reviewed, `digest` the file.
    """
    types = tuple(str(each) for each in getattr(error, "types", ()) or ())
    if types:
        return Question(kind="types", words=str(error), types=types)
    digest = str(getattr(error, "digest", "") or "")
    if digest:
        return Question(kind="pickle", words=str(error).partition("\n")[0], digest=digest)  # then how to say it in code
    return None
