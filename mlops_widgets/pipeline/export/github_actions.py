"""A workflow of GitHub Actions that runs a pipeline at its times. What a user named never stands in a script, only in `env`."""

import json
import os
from pathlib import Path, PurePosixPath

from mlops_widgets import __version__
from mlops_widgets.core.options import check_counts
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.scheduling.schedule import RetrainingSchedule
from mlops_widgets.pipeline.export.pipeline_places import Places, check_text, places_of
from mlops_widgets.pipeline.export.triggers import Every, Trigger, trigger_of

_GLOB = frozenset("*?[]{}!")
_HEAD = """\
# Made by `mlops-widgets pipeline export --to github-actions`; make it anew rather than editing it.
# Put it into .github/workflows/, and into PACKAGE what pip is to install.
# It looks {words}, UTC{due}.
# GitHub starts scheduled runs late when it is busy, and stops them in public repositories without activity for 60 days.
#
# What must outlast a run (records, registered models, artefacts, which hold rows of your tables) is kept in this
# repository's cache, which GitHub empties after 7 days without a run and beyond 10 GB. To keep it for good, run this on a
# machine of your own (runs-on: self-hosted) and take the two cache steps out.
#
# Exit codes of a run: 0 keep, 3 retrained and promoted, 5 not enough data, 6 not promoted; the job fails on 1 a check
# failed, 2 wrong usage or data, 4 retire the model.
"""
_BODY = """\
name: {name}
on:
  schedule:
    - cron: {cron}  # UTC
  workflow_dispatch: {{}}
permissions:
  contents: read
concurrency:
  group: {group}
  cancel-in-progress: false  # a run under way is never cut off
jobs:
  pipeline:
    runs-on: ubuntu-latest
    timeout-minutes: {minutes}
    env:
      PACKAGE: {package}
      PIPELINE: {pipeline}
{env}    steps:
      # Actions are pinned by major version, which their authors move to fixes; pin commits where your rules ask for it.
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: {python}
      - name: Install
        run: python -m pip install -- "$PACKAGE"
{due}      - name: Bring what earlier runs kept
        uses: actions/cache/restore@v5
        with:
          path: |
{kept}
          key: mlops-widgets-{key}-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: mlops-widgets-{key}-
      - name: Run the pipeline
{condition}        run: |
          code=0
          mlops-widgets pipeline run "$PIPELINE" || code=$?
          case "$code" in
            0) echo "Keep the model." ;;
            3) echo "::notice::A retrained model was promoted." ;;
            5) echo "::warning::Not enough data to decide." ;;
            6) echo "::warning::The retrained model was not promoted." ;;
            4) echo "::error::Retire the model." ; exit 4 ;;
            *) echo "::error::The run failed with code $code." ; exit "$code" ;;
          esac
      - name: Keep it for the next run
        if: always()
        uses: actions/cache/save@v5
        with:
          path: |
{kept}
          key: mlops-widgets-{key}-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
      - name: Keep the report
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: report
          path: {report}
          if-no-files-found: ignore
          retention-days: 30
"""
_DUE = """\
      - name: Is something due?
        id: due
        run: |
          code=0
          mlops-widgets pipeline due "$SCHEDULE" || code=$?
          if [ "$code" -gt 1 ]; then exit "$code"; fi
          if [ "$code" -eq 0 ]; then echo "now=yes" >> "$GITHUB_OUTPUT"; fi
"""
_CONDITION = "        if: steps.due.outputs.now == 'yes' || github.event_name == 'workflow_dispatch'\n"


def export_github_actions(
    pipeline: str | os.PathLike[str],
    *,
    schedule: RetrainingSchedule | str | os.PathLike[str] | None = None,
    schedule_file: str | os.PathLike[str] | None = None,
    every: Every | None = None,
    at: str = "05:17",
    package: str = f"mlops-widgets=={__version__}",
    python: str = "3.12",
    minutes: int = 60,
) -> str:
    r"""Return a workflow of GitHub Actions that runs `mlops-widgets pipeline run` on this file.

    Parameters
    ----------
    pipeline
        The `pipeline.toml`, by its path from the repository's root, where this is called.
    schedule
        A schedule's file, by its path from there: the workflow looks once a chunk, and runs the pipeline where it says so.
    schedule_file
        Where the schedule lies, if `schedule` isn't a path.
    every
        Without a schedule: "hour", "day", "week" (as by default), "month", "quarter" or "year".
    at
        Time of day, UTC. The default is off the full hour, when GitHub is busiest.
    package
        What to install, as pip takes it.
    python
        Version of Python.
    minutes
        After how long GitHub stops a run, 1 or more.

    Raises
    ------
    InputError
        If a file can't be read, or a name can't stand in a workflow.

    Examples
    --------
    >>> import contextlib, tempfile
    >>> with contextlib.chdir(tempfile.mkdtemp()):
    ...     _ = Path("pipeline.toml").write_text('study = "study.toml"\n')
    ...     text = export_github_actions("pipeline.toml")
    >>> next(line for line in text.splitlines() if line.startswith("name"))
    'name: "Model lifecycle: pipeline.toml"'
    """
    check_counts(minutes=(minutes, 1))
    places = places_of(pipeline)
    file = _in_repository(places.file, "pipeline=")
    trigger = trigger_of(schedule, every=every, at=at)
    path = schedule_file if isinstance(schedule, RetrainingSchedule) else schedule
    if trigger.schedule is not None and path is None:
        raise InputError(
            "schedule= is no path. Save it, and pass where as schedule_file=: the workflow reads the file."
        )
    planned = "" if path is None else _in_repository(Path(path), "schedule=")
    for what, text in (("package=", package), ("python=", python)):
        check_text(text, what)
        _check_expression(text, what)
    return _written(places, file, planned, trigger, package=package, python=python, minutes=minutes)


def _written(
    places: Places, file: str, planned: str, trigger: Trigger, *, package: str, python: str, minutes: int
) -> str:
    folder = str(PurePosixPath(file).parent)
    out, *others = (f"{folder}/{name}" for name in (places.out, places.records) if name)
    for path in (out, *others):
        _check_path(path)
    kept = "\n".join(f"            {path}" for path in (out, *(f"{each}*" for each in others)))
    key = _key(file)
    due = "; something is run only where the schedule says so" if planned else ""
    return _HEAD.format(words=trigger.words, due=due) + _BODY.format(
        name=_quoted(f"Model lifecycle: {PurePosixPath(file).name}"), cron=_quoted(trigger.cron), group=_quoted(f"mlops-widgets-{key}"),
        minutes=minutes, package=_quoted(package), pipeline=_quoted(file), python=_quoted(python), key=key, kept=kept,
        env=f"      SCHEDULE: {_quoted(planned)}\n" if planned else "", due=_DUE if planned else "",
        condition=_CONDITION if planned else "", report=_quoted(f"{out}/report"),
    )  # fmt: skip


def _key(file: str) -> str:
    """Return a name for caches and groups that no two pipelines of a repository share, of plain characters only."""
    from hashlib import sha256

    return sha256(file.encode()).hexdigest()[:12]


def _quoted(text: str) -> str:
    """Return a text of printable characters as a YAML scalar: what JSON makes of it is one."""
    return json.dumps(text, ensure_ascii=False)


def _in_repository(path: Path, what: str) -> str:
    """Return the path from here with a leading "./", so that no name reads as an option."""
    text = str(path)
    check_text(text, what)
    _check_expression(text, what)
    if path.is_absolute():
        try:
            path = path.relative_to(Path.cwd())
        except ValueError as error:
            raise InputError(
                f"{what}{text[:80]!r} isn't below this folder. Call it at the repository's root, with a path in it."
            ) from error
    if ".." in path.parts:
        raise InputError(
            f"{what}{text[:80]!r} leads out of this folder. Call it at the repository's root, with a path in it."
        )
    return f"./{path.as_posix()}"


def _check_expression(text: str, what: str) -> None:
    if "${{" in text:
        raise InputError(
            f"{what}{text[:80]!r} holds ${{{{, which GitHub would work out instead of reading it. Rename it."
        )


def _check_path(path: str) -> None:
    _check_expression(path, "The path ")
    if set(path) & _GLOB or path != path.strip() or "#" in path:
        raise InputError(
            f"The path {path[:80]!r} holds one of * ? [ ] {{ }} ! #, which GitHub reads as a pattern. Rename it."
        )
