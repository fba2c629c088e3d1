import json
from pathlib import Path

import pytest

from mlops_widgets.errors import MlopsWidgetsError, UnknownNameError
from mlops_widgets.report.notebooks import choose_chapter, find_chapters, find_notebooks, share_out


def test_chapters_are_numbered_by_their_file_names(tmp_path: Path) -> None:
    for name in ("00_start_here.ipynb", "01_overfitting.ipynb", "notes.ipynb", "01_overfitting.new.ipynb"):
        (tmp_path / name).touch()
    assert {number: path.name for number, path in find_chapters(tmp_path).items()} == {
        0: "00_start_here.ipynb",
        1: "01_overfitting.ipynb",
    }
    with pytest.raises(UnknownNameError, match=r"Unknown chapter 7. Chapters: 0 \(start here\), 1 \(overfitting\)"):
        choose_chapter(7, tmp_path)


def test_a_wheel_carries_its_notebooks_inside(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "mlops_widgets"
    (package / "notebooks").mkdir(parents=True)
    (package / "notebooks" / "00_start_here.ipynb").touch()
    assert find_notebooks(package) == package / "notebooks"


def test_somebody_elses_notebooks_beside_the_package_are_not_ours(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "mlops_widgets"
    package.mkdir(parents=True)
    (package.parent / "notebooks").mkdir()
    (package.parent / "notebooks" / "00_start_here.ipynb").touch()
    with pytest.raises(MlopsWidgetsError, match="carries no notebooks"):
        find_notebooks(package)


def _notebook(folder: Path, number: int, source: str) -> Path:
    path = folder / f"{number:02}_tiny.ipynb"
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": [source]}
    path.write_text(json.dumps({"cells": [cell]}))
    return path


def test_what_only_one_chapter_takes_goes_to_that_one(tmp_path: Path) -> None:
    chapters = {
        0: _notebook(tmp_path, 0, "seed = 0\nanswers = None"),
        1: _notebook(tmp_path, 1, "seed = 0\nguess = None"),
    }
    assert share_out({"seed": 3, "guess": 0.7, "answers": {"label_delay": "no"}}, chapters) == {
        0: {"seed": 3, "answers": {"label_delay": "no"}},
        1: {"seed": 3, "guess": 0.7},
    }


def test_what_no_chapter_takes_is_an_error(tmp_path: Path) -> None:
    chapters = {1: _notebook(tmp_path, 1, "guess = None"), 2: _notebook(tmp_path, 2, "guess = None")}
    with pytest.raises(UnknownNameError, match=r"None of the chapters 1, 2 takes 'answers'. Leave answers= out"):
        share_out({"answers": {}}, chapters)


def test_the_chapters_of_this_checkout_take_a_guess_or_answers() -> None:
    chapters = find_chapters(find_notebooks())
    shared = share_out({"guess": 0.5, "answers": {}}, chapters)
    assert (shared[0], shared[1]) == ({"answers": {}}, {"guess": 0.5})
