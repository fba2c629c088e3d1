"""Reports on disk: each chapter's notebook executed on a study, and one page that opens anywhere, offline."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mlops_widgets import __version__, errors
from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.errors import InputError, MlopsWidgetsError
from mlops_widgets.report.document import Executed, read_executed, write_page
from mlops_widgets.report.notebooks import choose_chapter, find_notebooks, share_out
from mlops_widgets.report.parameters import merge
from mlops_widgets.report.secrecy import forget_trust
from mlops_widgets.report.template import verdict_line, whole_page
from mlops_widgets.study.study import Study
from mlops_widgets.ui.escaping import clean

_SILENT = "--IPKernelApp.log_level=50"
"""Of a kernel: on the terminal it would warn at each start that it talks to this process over TCP, and report the interrupt
that ends it after a refusal as an error."""

Execute = Callable[[Path, Mapping[str, Any]], Any]
"""From a notebook and its parameters to the executed notebook (nbformat's node)."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    number: int
    name: str
    parameters: Mapping[str, Any]
    notebook: Any
    executed: Executed


def write_report(
    study: str | Path | None = None,
    chapters: Sequence[int] = (1,),
    *,
    out: str | Path,
    parameters: Mapping[str, Any] | None = None,
    notebooks: Path | None = None,
    today: date | None = None,
    execute: Execute | None = None,
) -> list[Path]:
    """Execute chapters on a study and write what they found: notebooks, pages, `findings.json`.

    Everything is executed before anything is written, and each file appears whole or not at all.

    Parameters
    ----------
    study
        A sample, the path of a `study.toml` or of a Python file that defines `study`, or None with tables among the
        parameters, else for the `study.toml` in the working folder. A chapter runs in its own kernel, so a live Study
        can't be handed over.
    chapters
        Their numbers.
    out
        Folder; made if it doesn't exist.
    parameters
        Further parameters of the chapters, as in `open_chapter`. `trust` is handed on and not written.
    notebooks
        Folder of the chapters; by default those of this installation.
    today
        Date on the pages; by default today's.
    execute
        Runs a notebook with parameters; by default papermill, in this process's working folder.

    Returns
    -------
    list of Path
        The files, in the order written.

    Raises
    ------
    UnknownNameError
        If there is no such chapter or parameter.
    InputError
        If a value can't be used.
    MlopsWidgetsError
        If a chapter stops with an error; the message is the error's own.
    """
    if isinstance(study, Study):
        raise InputError(
            "study= is a live Study; a report runs in its own kernel. Save it by study.save('study.toml') and pass that "
            "path, or the path of a script that defines it."
        )
    given = merge({}, dict(parameters or {}) | ({} if study is None else {"study": str(study)}))
    folder = notebooks or find_notebooks()
    paths = {number: choose_chapter(number, folder) for number in dict.fromkeys(chapters)}
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise InputError(f"out={str(out)!r} is a file. Name a folder, or a name that doesn't exist yet.")
    shared = share_out(given, paths)
    runs = [_run(number, path, shared[number], execute or execute_by_papermill) for number, path in paths.items()]
    out.mkdir(parents=True, exist_ok=True)
    files = _files(runs, (today or date.today()).isoformat())  # noqa: DTZ011 - the reader's own calendar day
    for name, content in files.items():
        write_atomically(out / name, content.encode(errors=JSON_ERRORS))  # pages hold no halves of characters
    return [out / name for name in files]


def execute_by_papermill(path: Path, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - nbformat's node
    """Return the notebook at `path`, executed; papermill's parameters stand in a cell of their own.

    Raises
    ------
    MlopsWidgetsError
        If a cell raises; of one of our own errors the message alone, else also its type and cell.
    """
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    notebook = nbformat.read(path, as_version=4)  # the node, not the path: papermill would format braces in a path
    try:
        with _quiet("papermill"):
            return papermill.execute_notebook(
                notebook,
                None,
                parameters={**parameters, "render": "static"},
                progress_bar=False,
                store_widget_state=False,
                extra_arguments=[_SILENT],
            )
    except PapermillExecutionError as error:
        raise MlopsWidgetsError(_message(path.stem, error)) from error


def _message(name: str, error: Any) -> str:  # noqa: ANN401 - papermill ships no types
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, MlopsWidgetsError):
        return str(error.evalue)
    return f"Chapter {name} stopped in its cell {error.exec_count}: {error.ename}: {error.evalue}"


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep papermill from warning of parameters that the notebook doesn't list: `open_chapter` checks them all."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _run(number: int, path: Path, parameters: Mapping[str, Any], execute: Execute) -> _Run:
    notebook = execute(path, parameters)
    _forget_paths(notebook)
    forget_trust(notebook)
    executed = read_executed(notebook)
    return _Run(number=number, name=path.stem, parameters=parameters, notebook=notebook, executed=executed)


def _forget_paths(notebook: Any) -> None:  # noqa: ANN401 - nbformat's node
    """Take out what papermill noted of this machine."""
    noted = notebook["metadata"].get("papermill", {})
    for name in ("input_path", "output_path", "environment_variables"):
        noted.pop(name, None)


def _files(runs: Sequence[_Run], day: str) -> dict[str, str]:
    import nbformat

    files: dict[str, str] = {}
    names = [run.name for run in runs]
    footer = f"Made by mlops-widgets {__version__}. This page loads nothing: it works offline and can be sent as it is."
    for run in runs:
        facts = [*_facts(run), day]
        files[f"{run.name}.ipynb"] = nbformat.writes(run.notebook)
        files[f"{run.name}.html"] = write_page(run.executed, facts=facts, footer=footer, chapters=names)
    files["findings.json"] = json.dumps(_findings(runs), indent=2, allow_nan=False, ensure_ascii=False)
    if len(runs) > 1:
        files["index.html"] = whole_page("Report", _index(runs, day), footer=footer, runs=False)
    return files


def _facts(run: _Run) -> list[str]:
    about = run.executed.about
    study = [f"Study {about['study']}" + (" (synthetic)" if about.get("synthetic") else "")] if "study" in about else []
    study += [f"fingerprint {about['fingerprint']}", f"seed {about['seed']}"] if "fingerprint" in about else []
    return study + [f"{name} {value}" for name, value in run.parameters.items() if name in {"guess", "budget_seconds"}]


def _findings(runs: Sequence[_Run]) -> dict[str, Any]:
    return {
        "made_by": f"mlops-widgets {__version__}",
        "findings": [{"chapter": run.number, **finding} for run in runs for finding in run.executed.findings],
        "chapters": [
            {
                "chapter": run.number,
                "notebook": f"{run.name}.ipynb",
                "study": run.executed.about,
                "results": run.executed.results,
            }
            for run in runs
        ],
    }


def _index(runs: Sequence[_Run], day: str) -> str:
    items = "".join(
        f'<li><a href="{run.name}.html">{clean(run.executed.title)}</a>'
        f"{verdict_line([str(f['status']) for f in run.executed.findings])}</li>"
        for run in runs
    )
    return f'<h1>Report</h1>\n<ul class="meta"><li>{clean(day)}</li></ul>\n<ul class="chapters">{items}</ul>'
