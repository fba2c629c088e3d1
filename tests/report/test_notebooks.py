from pathlib import Path

import pytest

from mlops_widgets.errors import MlopsWidgetsError, UnknownNameError
from mlops_widgets.report.notebooks import choose_chapter, find_chapters, find_notebooks


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
