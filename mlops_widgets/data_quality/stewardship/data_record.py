"""Write a table down: who answers for it, what it is for, what in it is sensitive, which version it is, and how it came about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import Document
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.data_quality.stewardship.accountable import (
    Sensitivity,
    named,
    read_day,
    read_sensitivity,
    read_tasks,
    told,
)
from mlops_widgets.data_quality.stewardship.data_record_findings import find, find_difference
from mlops_widgets.data_quality.stewardship.lineage import Lineage, LineageStep, TableVersion, version_of
from mlops_widgets.data_quality.stewardship.record_document import document_of_record
from mlops_widgets.errors import InputError
from mlops_widgets.study.personal.detection import PersonalColumn, personal_columns
from mlops_widgets.study.roles import Roles

if TYPE_CHECKING:
    import pandas as pd

_METHOD = (
    "Version: 16 hex digits of the SHA-256 of column names, types and cells in row order; other types (a CSV read again) or another order of "
    "rows are another version. Personal data by check digits, shape and name"
)


@dataclass(frozen=True, kw_only=True)
class DataRecord(Result):
    """A table written down. It holds no cell of it.

    Parameters
    ----------
    version
        Which table it is: name, rows, content hash, and a hash of each column.
    owner, purpose, source, licence, retention
        What a person said; "" where nobody has.
    said_by, said_on
        Who said so, and on which day.
    sensitivity
        Column → "personal", "confidential" or "public", as a person said.
    found
        What looks personal in it.
    accountable
        Task → who answers for it; "" where nobody does.
    steps
        How the table came about.
    """

    version: TableVersion
    owner: str = ""
    purpose: str = ""
    source: str = ""
    licence: str = ""
    retention: str = ""
    said_by: str = ""
    said_on: str = ""
    sensitivity: Mapping[str, Sensitivity]
    found: tuple[PersonalColumn, ...] = ()
    accountable: Mapping[str, str]
    steps: tuple[LineageStep, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What nobody has said yet: the record is complete when this is empty."""
        facts = ("owner", "purpose", "source", "licence", "retention", "said_by", "said_on")
        gone = [name for name in facts if not getattr(self, name)]
        gone += [f"accountable: {task}" for task, who in self.accountable.items() if not who]
        unsaid = len(self.version.columns) - len(self.sensitivity)
        return (*gone, *([f"sensitivity of {unsaid:,} {'column' if unsaid == 1 else 'columns'}"] if unsaid else []))

    @property
    def document(self) -> Document:
        """The record as a text: what `save` writes as .md, .html and .pdf."""
        return document_of_record(self)

    def frame(self) -> "pd.DataFrame":
        """Return one row a column: type, what a person said of its sensitivity, what was found in it, its hash."""
        import pandas as pd

        found = {each.column: each.kind for each in reversed(self.found)}
        rows = [
            {"column": each.name, "type": each.type, "sensitivity": self.sensitivity.get(each.name, ""), "found": found.get(each.name, ""), "version": each.version}
            for each in self.version.columns
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["column", "type", "sensitivity", "found", "version"])

    def compare(self, data: Any, *, table: str | None = None) -> "RecordComparison":  # noqa: ANN401 - any form of table
        """Say whether a table is the one that was recorded.

        Parameters
        ----------
        data
            A Study, or any table that a study accepts.
        table
            Of a study: which of its tables.

        Returns
        -------
        RecordComparison
            Finding DQ-DR-10: whether it is the same, else which columns changed.
        """
        chosen = source_of(data, table=table, max_rows=None).table
        now = version_of(chosen, name=chosen.name)
        before, after = ({each.name: each.version for each in version.columns} for version in (self.version, now))
        result = RecordComparison(
            findings=(), rows=now.rows, method=_METHOD, recorded=self.version.version, version=now.version, name=self.version.name,
            recorded_rows=self.version.rows, changed=tuple(name for name in before if name in after and before[name] != after[name]),
            gone=tuple(name for name in before if name not in after), new=tuple(name for name in after if name not in before),
        )  # fmt: skip
        return replace(result, findings=find_difference(result))

    def to_croissant(self, path: str | Path, *, file: str | Path, url: str = "", overwrite: bool = False) -> Path:
        """Write the record as Croissant 1.0 (JSON-LD), which `mlcroissant validate` accepts.

        Parameters
        ----------
        path
            A .json file.
        file
            The table as a file, .csv or .parquet: its SHA-256 and name go into the record, its cells don't.
        url
            Where the data can be had; by default the file's name, beside the record.
        overwrite
            Whether a file that is already there may be replaced.

        Raises
        ------
        InputError
            If the file isn't there, is of another kind, or has other columns than were recorded.
        """
        from mlops_widgets.data_quality.stewardship.croissant import write_croissant

        return write_croissant(self, Path(path), file=Path(file), url=url, overwrite=overwrite)

    def to_openlineage(self, folder: str | Path, *, namespace: str, at: str = "") -> tuple[Path, ...]:
        """Write the steps as OpenLineage events, a START and a COMPLETE a step, one JSON file each; nothing is sent.

        Parameters
        ----------
        folder
            Where to write; made if it isn't there.
        namespace
            What the tables and steps belong to, such as "credit".
        at
            When, in ISO format with a time; by default midnight (UTC) of the day on which the record was said to be right.

        Raises
        ------
        InputError
            If there is no step, no time, or a file is already there.
        """
        from mlops_widgets.data_quality.stewardship.openlineage_events import write_events

        return write_events(self, Path(folder), namespace=namespace, at=at)


@dataclass(frozen=True, kw_only=True)
class RecordComparison(Result):
    """Whether a table is the one that was recorded.

    Parameters
    ----------
    name
        What the recorded table is called.
    recorded, version
        Hash that was recorded, and the table's own.
    recorded_rows
        Rows that were recorded.
    changed, gone, new
        Columns whose cells, types or order of rows differ; columns that it lacks; columns that it has beside.
    """

    name: str
    recorded: str
    version: str
    recorded_rows: int
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]

    def frame(self) -> "pd.DataFrame":
        """Return one row a column that differs, and how."""
        import pandas as pd

        parts = (("changed", self.changed), ("gone", self.gone), ("new", self.new))
        rows = [{"column": name, "how": how} for how, names in parts for name in names]
        return pd.DataFrame(rows, columns=["column", "how"])


@strategy("DQ-DR", takes_data=True)
def record_data(
    data: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    owner: str = "",
    purpose: str = "",
    source: str = "",
    licence: str = "",
    retention: str = "",
    sensitivity: Mapping[str, str] | None = None,
    accountable: Mapping[str, str] | None = None,
    said_by: str = "",
    said_on: str = "",
    lineage: Lineage | None = None,
    name: str | None = None,
    table: str | None = None,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> DataRecord:
    """Write a table down: who answers for it, what it is for, what is sensitive, which version it is, how it came about.

    What only a person can say is never guessed: what nobody said is listed as missing, and the record fails until somebody does. Personal
    columns are proposed from what was found; a person confirms every column.

    Parameters
    ----------
    data
        A Study, or any table that a study accepts.
    owner
        Who answers for the data: a person or a team, no placeholder.
    purpose, source, licence, retention
        What they are for, where they come from, under which terms, and how long they are kept.
    sensitivity
        Column → "personal", "confidential" or "public"; "*" for all columns that aren't named.
    accountable
        Task → who does it: "quality", "access", "deletion", "requests", "incidents", and others of your own.
    said_by, said_on
        Who says all this, and on which day (2026-03-31).
    lineage
        The steps from raw data to this table.
    name
        What the table is called; by default as in the study.
    table
        Of a study: which of its tables; by default the first.
    roles
        What columns mean, as `load_study` names them.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    DataRecord or NoResult
        Findings: DQ-DR-01 whether everything is said, DQ-DR-02 columns that look personal and are called otherwise, DQ-DR-03 whether the lineage
        leads to this table, DQ-DR-04 what the version covers. `save` writes .json, .md, .html, .pdf and .png.

    Raises
    ------
    InputError
        If a name is a placeholder, or an option isn't what it may be.

    Examples
    --------
    >>> import pandas as pd
    >>> import mlops_widgets as mw
    >>> record = mw.data_quality.record_data(
    ...     pd.DataFrame({"visits": [3, 5]}), owner="Ada King", sensitivity={"*": "public"}
    ... )
    >>> record.status, len(record.missing)
    ('failed', 11)
    """
    chosen = source_of(data, table=table, roles=roles, max_rows=None).table
    tell(progress, 0.0, "hashes")
    version = version_of(chosen, name=name or chosen.name)

    def tick(share: float) -> None:
        check_cancel(cancel)
        tell(progress, 0.3 + 0.7 * share, "personal data")

    record = DataRecord(
        findings=(), rows=chosen.rows, method=_METHOD, version=version, owner=named("owner", owner), purpose=told("purpose", purpose),
        source=told("source", source), licence=told("licence", licence), retention=told("retention", retention),
        sensitivity=read_sensitivity(sensitivity, chosen.columns), accountable=read_tasks(accountable), said_by=named("said_by", said_by),
        said_on=read_day("said_on", said_on), found=personal_columns(chosen.pandas(), tick=tick), steps=() if lineage is None else lineage.steps,
    )  # fmt: skip
    return replace(record, findings=find(record))


def read_record(path: str | Path) -> DataRecord:
    """Return the record that `DataRecord.save` wrote as .json.

    Raises
    ------
    InputError
        If the file holds no record.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> table = pd.DataFrame({"visits": [3, 5]})
    >>> saved = record_data(table).save(Path(tempfile.mkdtemp()) / "record.json")
    >>> read_record(saved).compare(table.assign(visits=[3, 6])).changed
    ('visits',)
    """
    try:
        plain = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"{Path(path).name!r} can't be read as a record: {type(error).__name__}. Pass what record.save('record.json') wrote."
        ) from error
    return DataRecord.from_dict(plain)
