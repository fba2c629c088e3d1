from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.report.chapter import build_chapter, open_chapter
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.ui.host import is_live, set_render
from tests.report.fakes import finding, scored


@pytest.fixture(autouse=True)
def _render() -> Iterator[None]:
    yield
    set_render(None)


def test_a_chapter_opens_on_the_named_study() -> None:
    chapter = open_chapter(study="loans", guess=0.7, seed=2, budget_seconds=30, render="static")
    assert (chapter.study.name, chapter.guess, chapter.seed, chapter.budget_seconds) == ("loans", 0.7, 2, 30)
    assert chapter.study.seed == 2
    assert not is_live()


def test_tables_may_be_injected_though_the_notebook_doesnt_list_them(tmp_path: Path) -> None:
    rows = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8] * 30, "age": range(60)})
    rows.to_csv(tmp_path / "log.csv", index=False)
    injected = {"test": str(tmp_path / "log.csv"), "target": "y", "scores": "score", "seed": 4}
    chapter = build_chapter({"study": "loans", "guess": None, "seed": 4}, injected)
    assert chapter.study.roles.target == "y"
    assert chapter.study.test is not None
    assert chapter.study.test.rows == 60


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'guess'"):
        open_chapter(study="loans", gues=1)


def test_a_wrong_way_to_render_is_an_error() -> None:
    with pytest.raises(InputError, match="render='liv'"):
        open_chapter(study="loans", render="liv")


def test_the_command_states_what_is_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    chapter = build_chapter({"study": "loans", "guess": None, "seed": 3, "render": "static"}, {})
    line = chapter.command(0, guess=0.71).command_line
    assert line == "mlops-widgets report loans --chapters 0 --out report --seed 3 --guess 0.71"


def test_a_live_study_needs_a_script_first() -> None:
    chapter = build_chapter({"study": sample("loans")}, {})
    commands = chapter.command(0)
    assert "my_study.py" in commands.note
    assert commands.command_line.startswith("mlops-widgets report my_study.py")


def test_takeaways_come_from_the_results() -> None:
    chapter = build_chapter({"study": "loans"}, {})
    assert chapter.takeaways(scored(finding("failed"))).headline == "XX-AA-01 failed."
