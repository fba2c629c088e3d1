"""The log of what a model answered: files of entries, and a chain of records that says which files there are."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.statements import person
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.governance.prediction_log.batch_files import (
    OVERRIDES,
    PREDICTIONS,
    RECORDS,
    Batch,
    batch_of,
    check_kinds,
    deleted_in,
    described,
    digest_of_file,
    joined,
    pending,
    write_pending,
)
from mlops_widgets.governance.prediction_log.check_predictions import PredictionLogCheck, check_predictions
from mlops_widgets.governance.prediction_log.entries import CLASS_SCORE, FIELDS, OVERRIDE, as_rows, entry_table
from mlops_widgets.governance.prediction_log.input_digests import input_digests
from mlops_widgets.governance.prediction_log.keys import LogKey, read_key
from mlops_widgets.records import Record, open_records
from mlops_widgets.records.database import alone
from mlops_widgets.records.journal import sync_folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from mlops_widgets.study.study import Study


class PredictionLog:
    """What models answered: a folder of Parquet files and a chain of records that holds the digest of each.

    `log_predictions` writes entries; `load_study(production=log, labels=…)` reads them as a table. A batch is in the log, whole, from the
    moment that its record is on disk; several processes may write at once, and one that is killed leaves no half of a batch. Any program
    that reads Parquet reads `folder/predictions/*.parquet`.

    The chain shows a file that was changed, taken out or added, and a record that was edited. That its end was cut off, or all of it was
    written anew, only a `head` or a checkpoint that is kept elsewhere shows: `AuditLog(folder / "log.db").checkpoint(key)` signs one.

    Parameters
    ----------
    folder
        Where the log lies; made if new, readable by its owner alone.

    Raises
    ------
    InputError
        If the folder holds something else, or can't be made.

    Examples
    --------
    >>> import tempfile
    >>> from mlops_widgets.governance import log_predictions
    >>> with tempfile.TemporaryDirectory() as home:
    ...     log = PredictionLog(f"{home}/log")
    ...     batch = log_predictions(log, model_digest="ab" * 32, scores=[0.2, 0.7], decisions=[0, 1], threshold=0.5)
    ...     log.rows, log.frame()["decision"].tolist(), log.verify().status
    (2, [0, 1], 'passed')
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = _home(folder)
        self.records = open_records(self.folder / RECORDS)
        self._seen: list[Record] = []
        self._files: dict[str, dict[int, Batch]] = {PREDICTIONS: {}, OVERRIDES: {}}
        self._kinds: dict[str, dict[str, str]] = {PREDICTIONS: {}, OVERRIDES: {}}
        for kind in (PREDICTIONS, OVERRIDES):
            (self.folder / kind).mkdir(mode=0o700, exist_ok=True)
        self._settle()

    def __repr__(self) -> str:
        """Return the folder's name."""
        return f"PredictionLog({self.folder.name!r})"

    @property
    def rows(self) -> int:
        """How many entries there are, without those that were deleted."""
        return sum(batch.rows for batch in self.batches())

    @property
    def head(self) -> str:
        """Digest of the last record: kept elsewhere, it shows later that the log was cut off or written anew."""
        return self.records.head

    def entries(self, *kinds: str) -> list[Record]:
        """Return the records of these kinds, or all, in order."""
        self._catch_up()
        return [record for record in self._seen if not kinds or record.kind in kinds]

    def batches(self, kind: str = PREDICTIONS) -> tuple[Batch, ...]:
        """Return the files of entries in the order in which they were written, without those whose deletion is recorded."""
        self._catch_up()
        return tuple(self._files[kind].values())

    @property
    def kinds(self) -> dict[str, str]:
        """Column → what kind of cells it holds or held, of the columns that aren't empty."""
        self._catch_up()
        return dict(self._kinds[PREDICTIONS])

    def _catch_up(self) -> None:
        """Read the records that were written since, by whichever process: none is read twice."""
        for record in self.records.read(after=self._seen[-1].number if self._seen else 0):
            if record.kind in self._files:
                batch = batch_of(record)
                self._files[record.kind][record.number] = batch
                self._kinds[record.kind] |= batch.kinds
            for number in deleted_in([record]):
                for files in self._files.values():
                    files.pop(number, None)
            self._seen.append(record)

    def path_of(self, batch: Batch) -> Path:
        """Return where a batch lies."""
        return self.folder / batch.kind / batch.file

    def append(
        self, table: "pa.Table", *, key_name: str = "", kind: str = PREDICTIONS, written: datetime | None = None
    ) -> Batch:
        """Add entries, as `entry_table` makes them; return their batch once it is on disk.

        Parameters
        ----------
        table
            The entries.
        key_name
            Name of the key that digested their inputs.
        kind
            "predictions", or "overrides" that were made later.
        written
            When they are written, which the record says; by default now.

        Raises
        ------
        InputError
            If there are none, they are in the log already, or their columns hold another kind of cells than before.
        """
        if not table.num_rows:
            raise InputError("There is nothing to log: no rows. Pass one answer or more.")
        with alone(self.folder / "appending"):
            self._catch_up()
            payload, content = described(table, key_name)
            check_kinds(payload["kinds"], self._kinds[kind])
            if "override" in payload["kinds"]:
                decided = {**self._kinds[PREDICTIONS], **payload["kinds"]}.get("decision", payload["kinds"]["override"])
                check_kinds({"override": payload["kinds"]["override"]}, {"override": decided})
            if (self.folder / kind / payload["file"]).exists():
                raise InputError(
                    f"These {table.num_rows:,} entries are in the log already, with the same ids and times. Log them once."
                )
            file = write_pending(self.folder / kind, payload["file"], content)
            try:
                record = self.records.append(kind, payload, at=written)
            except BaseException:
                file.unlink(missing_ok=True)
                raise
            self._publish(file, self.folder / kind / payload["file"])
        return Batch(number=record.number, kind=kind, **payload)

    def override(
        self, ids: Sequence[str] | str, decisions: Any, *, by: str, why: str = "", at: datetime | None = None  # noqa: ANN401 - decisions of any kind
    ) -> Batch:  # fmt: skip
        """Log what a person decided later instead of the model; the model's own answers stay as they are.

        Parameters
        ----------
        ids
            Row ids of entries, as they were given or as `frame()` shows them.
        decisions
            What was decided instead, one for all or one a row.
        by, why
            Who, and why.
        at
            When; by default now.

        Raises
        ------
        InputError
            If an id isn't in the log, or nobody is named.
        """
        names = [ids] if isinstance(ids, str) else [str(each) for each in ids]
        if not person("by", by):
            raise InputError("by='' names nobody. Pass who decided.")
        known = set(self.frame("row_id")["row_id"])
        missing = [name for name in names if name not in known]
        if missing:
            raise UnknownNameError(
                f"ids= names {len(missing):,} rows that aren't in this log. Pass ids of frame()['row_id']."
            )
        decided = [decisions] * len(names) if as_rows(decisions) is None else decisions
        said = {"decision": decided, "by": by, "why": why}
        table = entry_table(len(names), {"ids": names, "at": at, "model": "", "overrides": said}, kept={})
        table = table.select(["row_id", "at", *OVERRIDE])
        return self.append(table, kind=OVERRIDES)

    def frame(self, *columns: str) -> "pd.DataFrame":
        """Return the entries, as one table in the order in which they were written; what persons decided later stands beside each.

        Parameters
        ----------
        columns
            Which; by default all.

        Raises
        ------
        InputError
            If a file was changed or is missing: what is returned is what was written.
        UnknownNameError
            If there is no such column.
        """
        dataset = self._dataset()
        known = _checked_names(columns, tuple(dataset.schema.names))
        asked = columns or known
        with_overrides = bool(set(asked) & set(OVERRIDE))
        read = dict.fromkeys((*asked, *(("row_id", *OVERRIDE) if with_overrides else ())))
        frame = dataset.to_table(columns=list(read)).to_pandas()
        return (self._overridden(frame) if with_overrides else frame)[list(asked)]

    def arrow(self, *columns: str) -> "pa.Table":
        """Return the entries as they were logged, as Arrow: in it a score that wasn't logged isn't NaN. Later overrides are left out."""
        dataset = self._dataset()
        known = _checked_names(columns, tuple(dataset.schema.names))
        table: pa.Table = dataset.to_table(columns=list(columns or known))
        return table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `frame()`: an entry's fields, and what was kept of the inputs."""
        return tuple(self._dataset().schema.names)

    @property
    def score_columns(self) -> list[str]:
        """The columns of scores that aren't empty, in the order of their classes."""
        filled = self.kinds
        return [name for name in self.columns if name in filled and (name == "score" or name.startswith(CLASS_SCORE))]

    def __study_table__(self) -> "pa.RecordBatchReader":
        """Return what a study reads: ids, times, scores, decisions and what was kept of the inputs, batch by batch."""
        dataset, filled = self._dataset(), self.kinds
        wanted = {"row_id", "at", "decision"}
        names = [
            name
            for name in dataset.schema.names
            if name in filled and (name in wanted or name not in FIELDS or name == "score")
        ]
        reader: pa.RecordBatchReader = dataset.scanner(columns=names).to_reader()
        return reader

    def find(self, inputs: "pd.DataFrame", *, key: LogKey) -> "pd.DataFrame":
        """Return the entries about these inputs: what a person's own row was answered, without any input in the log.

        Parameters
        ----------
        inputs
            Rows with the columns that were digested.
        key
            The key that digested them.
        """
        wanted = set(input_digests(inputs, read_key(key, home=self.folder)))
        frame = self.frame()
        return frame[frame["input_hmac"].isin(wanted)].reset_index(drop=True)

    def study(self, labels: Any = None, *, target: str, **options: Any) -> "Study":  # noqa: ANN401 - arguments of load_study
        """Return the log as a study without a model: `load_study(production=log, …)` with the columns of the log named.

        Parameters
        ----------
        labels
            A table of `row_id` and the target, as outcomes arrived; or the map that `load_study` takes.
        target
            Its column of outcomes.
        options
            Of `load_study`, such as `test=`, `groups=` (columns that the log kept) and `positive=`.
        """
        from mlops_widgets.study.loading import load_study

        kinds = self.kinds
        usual: dict[str, Any] = {"production": self, "labels": labels, "target": target, "time": "at", "ids": "row_id"}
        usual |= {"predictions": "decision"} if "decision" in kinds else {}
        usual |= {"scores": self.score_columns}
        return load_study(**(usual | options))

    def verify(self, head: str | None = None) -> PredictionLogCheck:
        """Say whether every file and record is as it was written; see `check_predictions`."""
        return check_predictions(self.folder, head=head)

    def _dataset(self) -> Any:  # noqa: ANN401 - pyarrow's dataset has no types
        """Return all files as one, after the digest of each was checked."""
        batches = self.batches()
        if not batches:
            raise InputError(f"{self.folder.name} holds no entries. Log some first: log_predictions(log, …).")
        for batch in batches:
            file = self.path_of(batch)
            if not file.is_file() or digest_of_file(file) != batch.sha256:
                raise InputError(
                    f"{batch.kind}/{batch.file} is missing or was changed since it was written. verify() says what is wrong; put back a copy."
                )
        return joined([self.path_of(batch) for batch in batches])

    def _overridden(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Put what persons decided later beside each entry; of several for one, the last."""
        import pandas as pd

        files = [self.path_of(batch) for batch in self.batches(OVERRIDES)]
        if not files:
            return frame
        later = (
            joined(files).to_table().to_pandas().sort_values("at", kind="stable").drop_duplicates("row_id", keep="last")
        )
        found = later.set_index("row_id")[list(OVERRIDE)].reindex(frame["row_id"])
        newer = found["override"].notna().to_numpy()
        for name in OVERRIDE:
            cells = frame[name].astype(object).to_numpy().copy()
            cells[newer] = found[name].astype(object).to_numpy()[newer]
            frame[name] = pd.Series(cells, index=frame.index, dtype=object).infer_objects()
        return frame

    def _publish(self, file: Path, to: Path) -> None:
        """Give a file that its record names the name that readers look at."""
        file.replace(to)
        sync_folder(to.parent)

    def _settle(self) -> None:
        """Publish what a killed process recorded and didn't rename."""
        lost = [
            batch
            for kind in (PREDICTIONS, OVERRIDES)
            for batch in self.batches(kind)
            if not self.path_of(batch).exists()
        ]
        if not lost or not self.records.writable:
            return
        with alone(self.folder / "appending"):
            for batch in lost:
                whole = [
                    each
                    for each in pending(self.folder / batch.kind, batch.file)
                    if digest_of_file(each) == batch.sha256
                ]
                if whole and not self.path_of(batch).exists():
                    self._publish(whole[0], self.path_of(batch))


def _checked_names(columns: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the log's columns, if it has all that are asked for."""
    for name in columns:
        if name not in known:
            raise UnknownNameError(
                f"Unknown column {name[:60]!r}. Columns of this log: {listed(known)}.{did_you_mean(name, known)}"
            )
    return known


def _home(folder: str | os.PathLike[str]) -> Path:
    """Return a log's folder, made if new."""
    try:
        home = Path(folder).resolve()
        others = [each.name for each in home.iterdir()] if home.is_dir() else []
        if others and RECORDS not in others and not all(name.startswith(RECORDS) for name in others):
            raise InputError(
                f"{home.name!r} holds other files ({listed(sorted(others), most=3)}). Name a new folder for the log."
            )
        home.mkdir(mode=0o700, exist_ok=True)
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{str(folder)[:80]!r} can't be a log's folder ({type(error).__name__}). Name a folder in one that exists."
        ) from error
    return home
