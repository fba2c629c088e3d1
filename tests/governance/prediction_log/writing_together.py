"""Children that write to one prediction log, some of which are killed; says what each was told. Run: `python writing_together.py folder`."""

import json
import os
import sys
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pyarrow.compute
import pyarrow.dataset
import pyarrow.parquet  # noqa: F401

from mlops_widgets.governance.prediction_log.log_predictions import log_predictions
from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog

MODEL, BATCHES, ROWS = "ab" * 32, 20, 5


class _KilledBeforeTheRecord:
    """Stands for a store whose process is killed when it is to write."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, *_: object, **__: object) -> None:
        os.kill(os.getpid(), SIGKILL)


class _KilledBeforeTheName(PredictionLog):
    """A log whose process is killed after the record and before the file has its name."""

    def _publish(self, file: Path, to: Path) -> None:
        os.kill(os.getpid(), SIGKILL)


def write(folder: str, name: str, batches: int, told: int | None = None) -> None:
    """Log batches, and say after each, to an open pipe, that it was acknowledged."""
    log = PredictionLog(folder)
    for number in range(batches):
        ids = [f"{name}-{number}-{row}" for row in range(ROWS)]
        log_predictions(log, model_digest=MODEL, decisions=[1] * ROWS, ids=ids)
        if told is not None:
            os.write(told, f"{number}\n".encode())


def child(work: Any, *arguments: Any) -> int:
    """Start a child, and return its number."""
    number = os.fork()
    if number == 0:
        code = 1
        try:
            work(*arguments)
            code = 0
        finally:
            os._exit(code)
    return number


def before_the_record(folder: str) -> None:
    """Be killed with the file written and no record."""
    log = PredictionLog(folder)
    log.records = _KilledBeforeTheRecord(log.records)  # type: ignore[assignment]  # all that is asked of it
    log_predictions(log, model_digest=MODEL, decisions=[1] * ROWS, ids=[f"lost-{row}" for row in range(ROWS)])


def before_the_name(folder: str) -> None:
    """Be killed with the record written and the file not named."""
    log = _KilledBeforeTheName(folder)
    log_predictions(log, model_digest=MODEL, decisions=[1] * ROWS, ids=[f"late-{row}" for row in range(ROWS)])


def main(home: Path) -> None:
    """Let four children write at once; kill one in the middle of its work, and two at the worst moments."""
    folder = str(home / "log")
    together = [child(write, folder, f"w{number}", BATCHES) for number in range(4)]
    ended = [os.waitpid(each, 0)[1] for each in together]
    reading, writing = os.pipe()
    endless = child(write, folder, "killed", 10_000, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = [told.readline() for _ in range(3)]
        os.kill(endless, SIGKILL)
        said += told.readlines()
    killed = [os.waitpid(endless, 0)[1]]
    killed += [os.waitpid(child(work, folder), 0)[1] for work in (before_the_record, before_the_name)]
    acknowledged = [int(each) for each in said if each.strip()]
    sys.stdout.write(json.dumps({"ended": ended, "killed": killed, "acknowledged": acknowledged}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
