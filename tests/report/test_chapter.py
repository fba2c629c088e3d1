import pickle
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from mlops_widgets.errors import InputError, UnknownNameError, UnsafeModelError, WrongTypeError
from mlops_widgets.report.chapter import build_chapter, open_chapter
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.saved.study_file import open_study
from mlops_widgets.ui.host import is_live, set_render
from tests.awkward import plain
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
    line = chapter.command(1, guess=0.71).command_line
    assert line == "mlops-widgets report loans --chapters 1 --out report --seed 3 --guess 0.71"


def test_a_live_sample_is_named_in_the_command() -> None:
    commands = build_chapter({"study": sample("loans", shock=True), "seed": 0}, {}).command(1)
    assert commands.command_line.startswith("mlops-widgets report loans+shock --chapters 1")
    assert not commands.note


def test_a_live_study_is_to_be_saved_before_the_command() -> None:
    commands = build_chapter({"study": plain(200).study}, {}).command(1)
    assert commands.note == "First save the study: study.save('study.toml', overwrite=True)."
    assert commands.command_line.startswith("mlops-widgets report study.toml")


def test_a_live_study_that_no_file_can_hold_needs_a_script_before_the_command() -> None:
    made = plain(200)
    study = load_study(**made.arguments | {"model": None, "predict": made.estimator.predict})
    commands = build_chapter({"study": study}, {}).command(1)
    assert "my_study.py" in commands.note
    assert commands.command_line.startswith("mlops-widgets report my_study.py")


def test_the_command_names_the_study_that_was_loaded_later(tmp_path: Path) -> None:
    log = str(_study_file(tmp_path).with_name("test.csv"))
    chapter = build_chapter({"study": None, "guess": 0.7, "seed": 3}, {"test": log, "target": "y", "scores": "score"})
    line = chapter.command(1, study=sample("census", seed=3)).command_line
    assert line == "mlops-widgets report census --chapters 1 --out report --seed 3 --guess 0.7"


def test_the_command_names_the_file_that_a_study_was_opened_from(tmp_path: Path) -> None:
    file = _study_file(tmp_path)
    commands = build_chapter({"study": "loans", "seed": 0}, {}).command(1, study=open_study(file))
    assert (commands.command_line.split()[2], commands.note) == (str(file), "")


def test_a_study_opened_with_changes_is_to_be_saved_before_the_command(tmp_path: Path) -> None:
    study = open_study(_study_file(tmp_path), name="other")
    assert "study.save" in build_chapter({"study": "loans"}, {}).command(1, study=study).note


def test_a_sample_of_another_seed_is_to_be_saved_before_the_command() -> None:
    assert "study.save" in build_chapter({"study": "loans", "seed": 3}, {}).command(1, study=sample("census")).note


def test_the_command_takes_only_a_study() -> None:
    with pytest.raises(WrongTypeError, match="study= is str"):
        build_chapter({"study": "loans"}, {}).command(1, study="census")  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize(("name", "value"), [("answers", {"label_delay": "no"}), ("guess", 0.7)])
def test_a_parameter_of_another_chapter_is_an_error(name: str, value: object) -> None:
    with pytest.raises(UnknownNameError, match=f"This chapter has no parameter '{name}'. Parameters: study, seed"):
        build_chapter({"study": "loans", "seed": 0}, {name: value})


def test_takeaways_come_from_the_results() -> None:
    chapter = build_chapter({"study": "loans"}, {})
    assert chapter.takeaways(scored(finding("failed"))).headline == "XX-AA-01 failed."


def _study_file(folder: Path) -> Path:
    rows = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8, 0.7, 0.4] * 15})
    rows.to_csv(folder / "test.csv", index=False)
    file = folder / "study.toml"
    file.write_text('name = "ours"\ntest = "test.csv"\nscores = "score"\ntarget = "y"\n')
    return file


def test_without_a_name_the_study_file_of_the_folder_is_opened_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _study_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    chapter = build_chapter({"study": None, "trust": None, "seed": 0}, {})
    assert chapter.study.name == "ours"
    assert chapter.chosen == "Opened from study.toml in this folder, since no study was named."
    assert chapter.command(0).command_line == "mlops-widgets report study.toml --chapters 0 --out report --seed 0"


def test_without_a_name_and_a_study_file_the_loans_are_opened_and_said(tmp_path: Path) -> None:
    chapter = build_chapter({"study": None, "seed": 0}, {}, folder=tmp_path)
    assert chapter.study.name == "loans"
    assert "no study was named and there is no study.toml" in chapter.chosen


def test_a_named_study_comes_before_the_study_file(tmp_path: Path) -> None:
    _study_file(tmp_path)
    chapter = build_chapter({"study": "loans"}, {}, folder=tmp_path)
    assert (chapter.study.name, chapter.chosen) == ("loans", "")


def test_injected_tables_come_before_the_study_file_of_the_folder(tmp_path: Path) -> None:
    _study_file(tmp_path)
    injected = {"test": str(tmp_path / "test.csv"), "target": "y", "scores": "score"}
    assert build_chapter({"study": None}, injected, folder=tmp_path).study.name == "yours"


def test_injected_tables_replace_those_of_a_named_study_file(tmp_path: Path) -> None:
    file = _study_file(tmp_path)
    injected = {"study": str(file), "production": str(tmp_path / "test.csv")}
    chapter = build_chapter({"study": str(file)}, injected)
    assert chapter.study.name == "ours"
    assert chapter.study.production is not None


def test_trust_is_used_and_forgotten(tmp_path: Path) -> None:
    made = plain(200)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(made.estimator))
    made.arguments["test"].to_csv(tmp_path / "test.csv", index=False)
    given = {"model": str(tmp_path / "model.pkl"), "test": str(tmp_path / "test.csv"), "target": "y", "trust": "pickle"}
    with pytest.raises(UnsafeModelError):
        build_chapter({"study": None}, {name: value for name, value in given.items() if name != "trust"})
    chapter = build_chapter({"study": None}, given)
    assert "trust" not in chapter.parameters
    commands = chapter.command(0)
    assert not {"--trust", "trust", "pickle"} & set(f"{commands.command_line} {commands.papermill}".split())
    assert "add --trust" in commands.note
