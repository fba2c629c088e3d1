"""Where this installation keeps its chapters, which there are, and which parameters each takes."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_widgets.errors import MlopsWidgetsError, UnknownNameError, listed
from mlops_widgets.report.parameters import OF_SOME_CHAPTERS, assigned

_CHAPTER = re.compile(r"(\d\d)_\w+\.ipynb")


def find_notebooks(package: Path | None = None) -> Path:
    """Return the folder of the notebooks as they were shipped: in the installed package, or in the checkout.

    Parameters
    ----------
    package
        Folder of the package; by default this one's.

    Raises
    ------
    MlopsWidgetsError
        If this installation carries none.
    """
    package = package or Path(__file__).parent.parent
    places = [package / "notebooks"]
    if (
        package.parent / "pyproject.toml"
    ).is_file():  # beside an installed package, `notebooks` would be somebody else's
        places.append(package.parent / "notebooks")
    for place in places:
        if find_chapters(place):
            return place
    raise MlopsWidgetsError(f"This installation carries no notebooks: {package}. Install mlops-widgets from its wheel.")


def find_chapters(folder: Path) -> dict[int, Path]:
    """Return the chapters in `folder` by number: `01_overfitting.ipynb` is chapter 1."""
    found = {path: _CHAPTER.fullmatch(path.name) for path in sorted(folder.glob("*.ipynb"))}
    return {int(match[1]): path for path, match in found.items() if match}


def choose_chapter(number: int, folder: Path) -> Path:
    """Return the notebook of chapter `number`.

    Raises
    ------
    UnknownNameError
        If there is no such chapter; the message lists those that exist.
    """
    chapters = find_chapters(folder)
    if number not in chapters:
        known = listed(f"{n} ({path.stem[3:].replace('_', ' ')})" for n, path in chapters.items())
        raise UnknownNameError(f"Unknown chapter {number!r}. Chapters: {known or 'none'}.")
    return chapters[number]


def share_out(parameters: Mapping[str, Any], chapters: Mapping[int, Path]) -> dict[int, dict[str, Any]]:
    """Return the parameters of each chapter by its number: what only some chapters take goes to those that list it.

    Raises
    ------
    UnknownNameError
        If one is given that none of these chapters takes.
    """
    shared = {number: dict(parameters) for number in chapters}
    for name in (each for each in OF_SOME_CHAPTERS if each in parameters):
        without = [number for number, path in chapters.items() if name not in _listed_in(path)]
        if len(without) == len(chapters):
            asked = "Chapter" if len(chapters) == 1 else "None of the chapters"
            numbers = listed(map(str, chapters))
            raise UnknownNameError(
                f"{asked} {numbers} takes {'no ' if len(chapters) == 1 else ''}{name!r}. Leave {name}= out, or add the "
                "chapter that takes it."
            )
        for number in without:
            del shared[number][name]
    return shared


def _listed_in(path: Path) -> frozenset[str]:
    """Return the names that a notebook's cell of parameters sets."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())]
    return frozenset(name for source in sources for name, _ in assigned(ast.parse(source)))
