"""`mlops-widgets pipeline export` and `pipeline due`: the words of the command line."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError


def add_export(commands: Any) -> None:  # noqa: ANN401 - argparse's subparsers, whose type has no public name
    """Add `export` and `due` to the commands of `mlops-widgets pipeline`."""
    parser = commands.add_parser("export", help="write a file that runs the pipeline at its times")
    parser.add_argument("pipeline", type=Path, help="the pipeline.toml")
    parser.add_argument("--to", required=True, choices=["github-actions", "cron"], help="the program that is to run it")
    parser.add_argument(
        "--schedule", type=Path, metavar="FILE", help="a schedule.yaml: runs the pipeline where it says so"
    )
    parser.add_argument(
        "--every", metavar="PERIOD", help="without a schedule: hour, day, week, month, quarter or year (default: week)"
    )
    parser.add_argument(
        "--at", default="05:17", metavar="HH:MM", help="time of day: UTC in GitHub Actions, local time in cron"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: print it)")
    parser.set_defaults(run=_export)
    due = commands.add_parser("due", help="say what a schedule plans for now; exit code 0 if something, 1 if nothing")
    due.add_argument("schedule", type=Path, help="a schedule.yaml")
    due.set_defaults(run=_due)


def _export(options: argparse.Namespace) -> int:
    from mlops_widgets.core.result import write_atomically
    from mlops_widgets.pipeline.export.cron import export_cron
    from mlops_widgets.pipeline.export.github_actions import export_github_actions

    export = export_cron if options.to == "cron" else export_github_actions
    text = export(options.pipeline, schedule=options.schedule, every=options.every, at=options.at)
    if options.out is None:
        sys.stdout.write(text)
        return 0
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(options.out, text.encode())
    except OSError as error:
        raise InputError(f"{str(options.out)!r} can't be written: {error.strerror}.") from error
    sys.stdout.write(f"{options.out}\n")
    return 0


def _due(options: argparse.Namespace) -> int:
    from mlops_widgets.lifecycle.scheduling.schedule_files import read_schedule

    schedule = read_schedule(options.schedule)
    found = schedule.due(datetime.now())  # noqa: DTZ005 - a schedule is in local time
    if found.action == "expired":
        raise InputError(
            f"{str(options.schedule)!r} held until {schedule.valid_until}: its evidence is stale. Simulate anew and save a new schedule."
        )
    following = f"; next: {found.next_date}" if found.next_date else ""
    sys.stdout.write(f"{found.action}{following}\n")
    return int(found.action == "nothing")
