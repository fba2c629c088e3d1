"""How a table came about: steps from raw data to what a model takes, each with hashes of what went in and came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mlops_widgets.data_quality.source import source_of
from mlops_widgets.data_quality.stewardship.accountable import told
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.study.tables import Table, row_hashes

_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class ColumnVersion:
    """A column as it was: its type and a hash of its cells in row order, 16 hex digits of SHA-256."""

    name: str
    type: str
    version: str


@dataclass(frozen=True, kw_only=True)
class TableVersion:
    """A table as it was.

    Parameters
    ----------
    name
        What it is called.
    version
        `Table.fingerprint`: 16 hex digits of the SHA-256 of names, types and cells in row order.
    rows, source_rows
        Rows that the hash is of, and rows of the source, more where the table was sampled.
    columns
        Its columns.
    """

    name: str
    version: str
    rows: int
    source_rows: int
    columns: tuple[ColumnVersion, ...]


@dataclass(frozen=True, kw_only=True)
class LineageStep:
    """One step.

    Parameters
    ----------
    name
        What it does.
    code
        Where its code is, such as a file and commit.
    inputs, outputs
        What went in, and what came out.
    """

    name: str
    code: str
    inputs: tuple[TableVersion, ...]
    outputs: tuple[TableVersion, ...]


class Lineage:
    """The steps from raw data to a table, written down as they are done.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame({"age": [31, -999]})
    >>> lineage = Lineage()
    >>> clean = raw[raw["age"] > 0]
    >>> lineage.step("drop sentinels", inputs={"raw": raw}, outputs={"clean": clean}, code="clean.py@3f2a")
    >>> [(step.name, step.outputs[0].rows) for step in lineage.steps]
    [('drop sentinels', 1)]
    """

    def __init__(self) -> None:
        self._steps: list[LineageStep] = []

    @property
    def steps(self) -> tuple[LineageStep, ...]:
        """The steps so far, in order."""
        return tuple(self._steps)

    def step(self, name: str, *, inputs: Mapping[str, Any], outputs: Mapping[str, Any], code: str = "") -> None:
        """Write a step down: its tables are hashed now, and not kept.

        Parameters
        ----------
        name
            What the step does.
        inputs, outputs
            Name → table, any that a study accepts; one output at least.
        code
            Where its code is, such as a file and commit.

        Raises
        ------
        InputError
            If it has no name or no output.
        """
        for argument, tables in (("inputs", inputs), ("outputs", outputs)):
            if not isinstance(tables, Mapping):
                raise WrongTypeError(f"{argument}= is {type(tables).__name__}. Allowed: a map, name → table.")
        if not told("name", name) or not outputs:
            raise InputError(
                f"Step {name!r:.60} needs a name and one output at least: step(name, inputs={{…}}, outputs={{…}})."
            )
        went, came = (
            tuple(version_of(table, name=str(label)) for label, table in tables.items()) for tables in (inputs, outputs)
        )
        self._steps.append(LineageStep(name=told("name", name), code=told("code", code), inputs=went, outputs=came))


def version_of(data: Any, *, name: str) -> TableVersion:  # noqa: ANN401 - any form of table
    """Return which table it is, without a cell of it."""
    table = source_of(data, max_rows=None).table
    return TableVersion(
        name=told("name", name), version=table.fingerprint, rows=table.rows, source_rows=table.source_rows,
        columns=tuple(_column_version(table, column) for column in table.columns),
    )  # fmt: skip


def _column_version(table: Table, name: str) -> ColumnVersion:
    column = table[name]
    digest = sha256(str(column.dtype).encode() + row_hashes(column).tobytes()).hexdigest()[:_DIGITS]
    return ColumnVersion(name=name, type=str(column.dtype), version=digest)


def broken_links(steps: tuple[LineageStep, ...], version: str) -> tuple[str, ...]:
    """Return where the chain of versions doesn't hold, a sentence each: what was made under a name goes in as it was made."""
    made: dict[str, str] = {}
    broken = []
    for step in steps:
        broken += [
            f"{step.name!r} took {each.name!r} in another version than a step before it made"
            for each in step.inputs
            if made.get(each.name, each.version) != each.version
        ]
        made |= {each.name: each.version for each in step.outputs}
    if steps and version not in {each.version for each in steps[-1].outputs}:
        broken.append(f"the last step, {steps[-1].name!r}, made another table than this one")
    return tuple(broken)
