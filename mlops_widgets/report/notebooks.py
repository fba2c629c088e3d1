"""Where this installation keeps its chapters, and which there are."""

import re
from pathlib import Path

from mlops_widgets.errors import MlopsWidgetsError, UnknownNameError, listed

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
