"""A crontab that runs a pipeline at its times: one line, quoted for the shell and then for cron."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.scheduling.schedule import RetrainingSchedule
from mlops_widgets.pipeline.export.pipeline_places import check_text, places_of
from mlops_widgets.pipeline.export.triggers import Every, trigger_of

_LONGEST = 990
"""Characters of a command: cron cuts longer ones off at 999."""
_HEAD = """\
# Made by `mlops-widgets pipeline export --to cron`; install it with: crontab FILE (which replaces the crontab that there is).
# It looks {words}, in the machine's local time{due}.
# What a run prints goes to {log}; cron mails the line below where a run ends with another code than 0:
# 3 retrained and promoted, 4 retire, 5 not enough data, 6 not promoted, 1 a check failed, 2 wrong usage or data.
SHELL=/bin/sh
"""


def export_cron(
    pipeline: str | os.PathLike[str],
    *,
    schedule: RetrainingSchedule | str | os.PathLike[str] | None = None,
    schedule_file: str | os.PathLike[str] | None = None,
    every: Every | None = None,
    at: str = "05:17",
    command: Sequence[str] | None = None,
    log: str | os.PathLike[str] | None = None,
) -> str:
    r"""Return a crontab that runs `mlops-widgets pipeline run` on this file.

    Parameters
    ----------
    pipeline
        The `pipeline.toml`.
    schedule
        A schedule's file: cron looks once a chunk, and runs the pipeline where it says so.
    schedule_file
        Where the schedule lies, if `schedule` isn't a path.
    every
        Without a schedule: "hour", "day", "week" (as by default), "month", "quarter" or "year".
    at
        Time of day, in the machine's local time.
    command
        The program and its first arguments; by default the one that is running, by its whole path, since cron's PATH is short.
    log
        Where what a run prints is appended; by default beside the pipeline, `pipeline.log`.

    Raises
    ------
    InputError
        If a file can't be read, or a name can't stand in a crontab.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pipeline.toml"
    >>> _ = file.write_text('study = "study.toml"\n')
    >>> export_cron(file, every="day", command=["mlops-widgets"]).splitlines()[-1].split()[:7]
    ['17', '5', '*', '*', '*', 'mlops-widgets', 'pipeline']
    """
    file = places_of(pipeline).file.resolve()
    trigger = trigger_of(schedule, every=every, at=at)
    path = schedule_file if isinstance(schedule, RetrainingSchedule) else schedule
    if trigger.schedule is not None and path is None:
        raise InputError(
            "schedule= is no path. Save it, and pass where as schedule_file=: cron's program reads the file."
        )
    program = _program() if command is None else list(command)
    log_file = file.with_suffix(".log") if log is None else Path(log).resolve()
    run = f'{_shell([*program, "pipeline", "run", str(file)])} >>{_shell([str(log_file)])} 2>&1 || echo "mlops-widgets pipeline run: exit code $?"'
    if path is not None:
        run = f"{_shell([*program, 'pipeline', 'due', str(Path(path).resolve())])} >/dev/null && {{ {run}; }}"
    if len(run.encode()) > _LONGEST:
        raise InputError(
            f"The line would have {len(run.encode()):,} bytes, and cron takes {_LONGEST}. Use shorter paths, or a link."
        )
    due = "; something is run only where the schedule says so" if path is not None else ""
    return _HEAD.format(words=trigger.words, due=due, log=log_file) + f"{trigger.cron} {run}\n"


def _program() -> list[str]:
    """Return how this program is called: the script beside this Python, else its module."""
    script = Path(sys.executable).with_name("mlops-widgets")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "mlops_widgets"]


def _shell(words: Sequence[str]) -> str:
    """Return words quoted for the shell, their percent signs for cron, which reads a bare one as a line break."""
    for word in words:
        check_text(word, "The name")
    return shlex.join(words).replace("%", r"\%")
