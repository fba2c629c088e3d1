"""A buffer before the log, for services that answer one row at a time."""

import os
from datetime import UTC, datetime
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mlops_widgets.core.options import check_counts
from mlops_widgets.errors import InputError
from mlops_widgets.governance.prediction_log.batch_files import Batch
from mlops_widgets.governance.prediction_log.keys import LogKey, read_key
from mlops_widgets.governance.prediction_log.log_predictions import Keep, model_of, prepared
from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog

if TYPE_CHECKING:
    import pyarrow as pa

    from mlops_widgets.study.study import Study

_ARGUMENTS = ("scores", "classes", "decisions", "threshold", "reasons", "overrides", "policy_version", "ids", "at")


class PredictionLogger:
    """Collects answers and writes them to the log in batches: when `flush_rows` are there, on `flush()`, and at the end of `with`.

    What wasn't flushed is lost if the process is killed: `flush_rows=1` loses nothing and writes a file an answer. Threads may share one;
    each process has its own.

    Parameters
    ----------
    log
        The log, or its folder.
    study, model_digest, key, keep
        As in `log_predictions`, for all that is collected.
    flush_rows
        Answers a batch, 1 or more.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with PredictionLogger(f"{home}/log", model_digest="ab" * 32, key=b"sixteen bytes or more") as logger:
    ...         for income in (31_000, 52_000):
    ...             logger.add(inputs={"income": income}, scores=income / 100_000, decisions=int(income > 50_000))
    ...     PredictionLog(f"{home}/log").rows
    2
    """

    def __init__(
        self, log: PredictionLog | str | os.PathLike[str], *, study: "Study | None" = None, model_digest: str | os.PathLike[str] | None = None,
        key: LogKey | None = None, keep: Keep = (), flush_rows: int = 1000,
    ) -> None:  # fmt: skip
        check_counts(flush_rows=(flush_rows, 1))
        self.log = log if isinstance(log, PredictionLog) else PredictionLog(log)
        self.flush_rows = flush_rows
        self._model, self._threshold = (
            model_of(study, model_digest),
            None if study is None else study.decision_threshold,
        )
        self._key, self._keep = None if key is None else read_key(key, home=self.log.folder), keep
        self._held: list[pa.Table] = []
        self._name, self._rows, self._lock = "", 0, Lock()

    def add(self, *, inputs: Any = None, **given: Any) -> None:  # noqa: ANN401 - arguments of log_predictions
        """Collect answers, mostly one; the arguments are those of `log_predictions`."""
        unknown = sorted(set(given) - set(_ARGUMENTS))
        if unknown:
            raise InputError(f"add() has no argument {unknown[0]!r}. Arguments: inputs, {', '.join(_ARGUMENTS)}.")
        fields = {name: given.get(name) for name in _ARGUMENTS}
        fields["at"] = datetime.now(UTC) if fields["at"] is None else fields["at"]
        fields["threshold"] = self._threshold if fields["threshold"] is None else fields["threshold"]
        table, name = prepared(
            fields,
            study=None,
            model_digest=self._model,
            inputs=inputs,
            key=self._key,
            keep=self._keep,
            home=self.log.folder,
        )
        with self._lock:
            self._held.append(table)
            self._rows += table.num_rows
            self._name = name or self._name
            if self._rows >= self.flush_rows:
                self._flush()

    def flush(self) -> Batch | None:
        """Write what was collected, and return its batch; None where there was nothing."""
        with self._lock:
            return self._flush()

    def _flush(self) -> Batch | None:
        import pyarrow as pa

        if not self._held:
            return None
        batch = self.log.append(pa.concat_tables(self._held, promote_options="permissive"), key_name=self._name)
        self._held, self._rows = [], 0
        return batch

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what was collected, also where something went wrong: it was answered."""
        self.flush()
