"""The first line of every chapter after its parameters: everything is checked, then the Study is opened."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_widgets.core.result import Result
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.report.notebooks import choose_chapter, find_notebooks
from mlops_widgets.report.parameters import (
    CHAPTER_PARAMETERS,
    check_answers,
    check_budget,
    check_guess,
    check_listed,
    check_seed,
    merge,
    read_injected,
    table_parameters,
)
from mlops_widgets.report.sources import find_study, name_of
from mlops_widgets.report.takeaways import ChapterCommands, Takeaways, take_away, write_commands
from mlops_widgets.study.saved.study_file import STUDY_FILE
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import MAX_ROWS, Table, read_table
from mlops_widgets.ui.host import Render, set_render

CHAPTER_MIME = "application/vnd.mlops-widgets.chapter+json"
"""Of the output by which a report learns which study an executed notebook is about."""

_SAMPLE = "loans"
_TABLE_FILE = "table.parquet"
_TRUST = "What the model file was trusted with is never written down: add --trust (for papermill, -p trust) to the command again."


@dataclass(frozen=True, kw_only=True, eq=False)
class Chapter:
    """A chapter that is open on a study.

    Parameters
    ----------
    study
        What the chapter looks at.
    table
        A table without a model that it looks at instead, where that is what was given.
    guess
        The reader's guess, or None where it is skipped or made on the screen.
    seed
        Seed of everything random in the chapter.
    budget_seconds
        How long its runs may take.
    render
        How results are shown: "live", "static", or None to find out.
    parameters
        What was given, by name, without what was left at None and without `trust`.
    trusted
        Whether `trust` was given.
    chosen
        Which study was opened because none was named, in a sentence, or "".
    """

    study: Study
    guess: float | None
    seed: int
    budget_seconds: float
    render: Render | None
    parameters: Mapping[str, Any]
    trusted: bool = False
    chosen: str = ""
    table: Table | None = None

    def takeaways(self, *results: Result | None) -> Takeaways:
        """Return three sentences from the findings of `results`: what came first, the rest, what to do.

        None stands for a result that isn't there yet, such as that of an Explorer still at work, and is passed over.
        """
        return take_away([result for result in results if result is not None])

    def command(self, number: int = 1, *, study: Study | None = None, guess: float | None = None) -> ChapterCommands:
        """Return the commands that make this chapter a report in its present state.

        Parameters
        ----------
        number
            Number of the chapter.
        study
            The study that the chapter shows by now, such as one that was loaded in its form; by default the one that it
            was opened on.
        guess
            The guess as locked on the screen; by default the parameter's.

        Raises
        ------
        WrongTypeError
            If `study` is none.
        UnknownNameError
            If there is no chapter of that number.

        Examples
        --------
        >>> chapter = open_chapter(study="loans")
        >>> print(chapter.command(1, study=find_study("census"), guess=0.7).command_line)
        mlops-widgets report census --chapters 1 --out report --guess 0.7
        """
        if not isinstance(study, Study | None):
            raise WrongTypeError(f"study= is {type(study).__name__}. Pass a Study, or leave it out.")
        given, note = self._parameters_for(self.study if study is None else study)
        if self.table is not None and not isinstance(given["table"], str | os.PathLike):
            given["table"], note = _TABLE_FILE, f"{note} First save the table as {_TABLE_FILE}.".lstrip()
        guess = self.guess if guess is None else guess
        given |= {} if guess is None else {"guess": guess}
        notebook = choose_chapter(number, find_notebooks()).name
        return write_commands(_plain(given), number=number, notebook=notebook, note=note)

    def _parameters_for(self, study: Study) -> tuple[dict[str, Any], str]:
        """Return the parameters that open the chapter on `study`, and what has to be done first."""
        given = {name: value for name, value in self.parameters.items() if name != "render"}
        if study is self.study and not isinstance(given.get("study"), Study):
            return given, _TRUST if self.trusted else ""
        name, note = name_of(study, seed=given.get("seed", 0))
        return {each: given[each] for each in CHAPTER_PARAMETERS if each in given} | {"study": name}, note

    def __repr__(self) -> str:
        """Return the study's description in words."""
        return repr(self.study)

    def _ipython_display_(self) -> None:
        from mlops_widgets.core.display import display_result

        display_result(self.study.describe())


def open_chapter(*, usual: str = _SAMPLE, **parameters: Any) -> Chapter:  # noqa: ANN401 - checked by name and value
    """Check the parameters of a chapter and open its study; the first line after the parameters cell.

    Parameters that papermill injected are read from its own cell, so a misspelt one is an error here, and the arguments
    of `load_study` that plain data can fill may be injected without being listed in the notebook.

    Parameters
    ----------
    usual
        The sample that is opened where no study is named and no `study.toml` is in the working folder.
    **parameters
        `study` (a sample such as "loans" or "loans+shock", the path of a `study.toml` or of a Python file that defines
        `study`, or a Study; None for the `study.toml` in the working folder, else `usual`), `table` (of the chapter about data: any
        table that a study accepts, looked at without a model), `trust` (for model files, as
        in `load_study`), `guess` (a number or None), `answers` (of the self-assessment), `seed` (0 or more),
        `budget_seconds` (over 0), `render` ("live", "static" or None), and arguments of `load_study` that plain data can
        fill: instead of `study`, as in `test="log.csv", target="y", scores="score"`; beside a `study.toml`, instead of what
        it holds.

    Returns
    -------
    Chapter

    Raises
    ------
    UnknownNameError
        If a name is no parameter, or is injected and only another chapter takes it; the message lists those that are.
    InputError
        If a value can't be used, or the study can't be loaded.

    Examples
    --------
    >>> chapter = open_chapter(study="loans", seed=1)
    >>> chapter.study.name, chapter.seed, chapter.guess
    ('loans', 1, None)
    """
    chapter = build_chapter(parameters, read_injected(_history()), usual=usual)
    _announce(chapter)
    return chapter


def build_chapter(
    given: Mapping[str, Any], injected: Mapping[str, Any], *, folder: Path | None = None, usual: str = _SAMPLE
) -> Chapter:
    """Return the chapter that the notebook's own parameters and the injected ones open; see `open_chapter`.

    Parameters
    ----------
    given, injected
        Parameters by name.
    folder
        Where a study file is looked for if no study is named; by default the working folder.
    usual
        The sample where there is no study file either.
    """
    check_listed(given, injected)
    merged = merge(given, injected)
    trust = merged.pop("trust", None)
    guess, seed = check_guess(merged.get("guess")), check_seed(merged.get("seed", 0))
    budget, render = check_budget(merged.get("budget_seconds", 60.0)), merged.get("render")
    check_answers(merged.get("answers"))
    set_render(render)
    tables = {name: value for name, value in merged.items() if name in table_parameters()}
    table = (
        None if merged.get("table") is None else read_table(merged["table"], name="table", max_rows=MAX_ROWS, seed=seed)
    )
    chosen = ""
    if merged.get("study") is None and not tables:
        merged["study"], chosen = _usual_study(Path() if folder is None else folder, usual)
    study = find_study(merged.get("study"), tables, seed=seed, trust=trust)
    return Chapter(
        study=study, guess=guess, seed=seed, budget_seconds=budget, render=render, parameters=merged,
        trusted=trust is not None, chosen=chosen, table=table,
    )  # fmt: skip


def _usual_study(folder: Path, usual: str) -> tuple[str, str]:
    """Return the study that is opened where none is named, and why."""
    if (folder / STUDY_FILE).is_file():
        return str(folder / STUDY_FILE), f"Opened from {STUDY_FILE} in this folder, since no study was named."
    return usual, f"The sample {usual!r}, since no study was named and there is no {STUDY_FILE} in this folder."


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in given.items()}


def _history() -> Sequence[str]:
    """Return the source of the cells that this kernel ran; nothing outside a notebook."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return [] if shell is None else list(shell.user_ns.get("In", []))


def _announce(chapter: Chapter) -> None:
    """Say in the notebook which study this is: in words for readers, in JSON for the report made of it."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return
    study = chapter.study
    about = {"study": study.name, "fingerprint": study.fingerprint, "seed": chapter.seed, "synthetic": study.synthetic}
    words = f"Study {study.name!r}, fingerprint {study.fingerprint}, seed {chapter.seed}. {chapter.chosen}".rstrip()
    if chapter.table is not None:
        about |= {"study": "table", "fingerprint": chapter.table.fingerprint, "synthetic": False}
        words = f"A table of {chapter.table.rows:,} rows, fingerprint {chapter.table.fingerprint}, seed {chapter.seed}, without a model."
    display({"text/plain": words, CHAPTER_MIME: about}, raw=True)
