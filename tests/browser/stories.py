"""Short notebooks for tests that need no whole chapter."""

from pathlib import Path

import nbformat
from playwright.sync_api import Page

from tests.browser.harness import Lab, open_notebook, run_all
from tests.browser.views import errors

STORY = (
    (
        "import mlops_widgets as mw\n"
        "tournament = mw.overfitting.run_tournament(mw.sample('loans'), n_models=40, train_rows=200)\n"
        "guess = mw.Guess('What will the winner score in production?')\nguess"
    ),
    "guess.veil(tournament)",
    "guess.compare(tournament.winner().later, label='ROC AUC in production')",
    "print(guess.state, guess.value)",
)
"""A guess, what it veils, what comes of it, and what the kernel knows of it."""


def run_story(page: Page, lab: Lab, *cells: str, name: str = "story.ipynb") -> None:
    """Write a notebook of `cells`, open it and run it; everything is on the screen, and no cell failed."""
    lab.write_notebook(name, cells or STORY)
    open_notebook(page, lab, name)
    wrong = errors(run_all(page))
    assert not wrong, wrong  # said here, because pytest explains only the asserts of test modules


def copy_unsigned(path: Path, name: str) -> None:
    """Write a copy that Jupyter has no signature of, as when a notebook comes by mail."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["came_by"] = "mail"
    nbformat.write(notebook, path.with_name(name))
