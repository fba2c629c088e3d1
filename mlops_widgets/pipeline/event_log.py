"""What happens in a run, as lines of JSON: one an event, flushed as it happens; names, digests and numbers, no cells."""

import json
from datetime import UTC, datetime
from pathlib import Path

from mlops_widgets.errors import InputError

Plain = str | int | float | bool | None


class EventLog:
    """A file that grows by a line an event.

    Parameters
    ----------
    path
        Where; None writes nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def write(self, event: str, **facts: Plain) -> None:
        """Add an event.

        Raises
        ------
        InputError
            If the file can't be written.
        """
        if self.path is None:
            return
        line = json.dumps({"at": datetime.now(UTC).isoformat(), "event": event, **facts}, allow_nan=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise InputError(f"log={self.path.name!r} can't be written: {error.strerror}.") from error
