"""A pipeline file names no code, vouches for nothing, and leads nowhere else."""

from pathlib import Path

import pytest

from mlops_widgets.errors import MlopsWidgetsError
from mlops_widgets.pipeline.pipeline import Pipeline


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('study = "loans"\ntrust = "pickle"', "can't vouch for a file"),
        ('study = "my_study.py"', "no script"),
        ('study = "../study.toml"', "leads out"),
        ('study = "loans"\nout = "../out"', "without /"),
        ('study = "loans"\nout = "/etc"', "without /"),
        ('study = "loans"\nrecords = ".."', "without /"),
        ('study = "loans"\ncontract = "/etc/passwd"', "leads out"),
        ('study = "loans"\nsteps = 1', "unknown name 'steps'"),
        ('study = "loans"\nmargin = 1', "unknown name 'margin'"),
        ('study = "loans"\n[gate]\nmargn = 1', "Did you mean 'margin'"),
        ('study = "loans"\ngate = 1', "must be a table"),
        ('study = "loans"\nnotebooks = ["evil.ipynb"]', "numbers of chapters"),
        ('study = "loans"\nseed = true', "whole number"),
        ("name = 'x'", "names no study"),
        ("study = ", "no TOML"),
        ('study = "loans"\nseed = 0x' + "f" * 5000, "more than 64 bits"),
        ('study = "loans"\n[gate]\nmargin = 1' + "0" * 400, "more than 64 bits"),
        ('study = "loans"\n[gate]\nmargin = nan', "margin=nan"),
        ('study = "loans"\nname = "a\\n::error::b"', "on one line"),
        ('study = "loans"\nname = "\\u001b[31m"', "on one line"),
    ],
)
def test_a_hostile_file_is_refused(tmp_path: Path, text: str, match: str) -> None:
    file = tmp_path / "pipeline.toml"
    file.write_text(text)
    with pytest.raises(MlopsWidgetsError, match=match):
        Pipeline.from_file(file)


def test_a_link_that_leads_out_isnt_followed(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "out").symlink_to(tmp_path)
    file = tmp_path / "here" / "pipeline.toml"
    file.write_text('study = "loans"\nout = "out"\n')
    with pytest.raises(MlopsWidgetsError, match="leads out"):
        Pipeline.from_file(file)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.toml"
    file.write_text('study = "loans"\nrecords = "r.db"\n[retrain]\nholdout = 0.5\n')
    made = Pipeline.from_file(file)
    assert (made.out, made.records, made.options.holdout) == (tmp_path / "pipeline", tmp_path / "r.db", 0.5)


@pytest.mark.parametrize("name", ["out", "records"])
def test_a_link_to_what_isnt_there_yet_isnt_written_through(tmp_path: Path, name: str) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "x").symlink_to(tmp_path / "elsewhere")
    file = tmp_path / "here" / "pipeline.toml"
    file.write_text(f'study = "loans"\n{name} = "x"\n')
    with pytest.raises(MlopsWidgetsError, match="leads out"):
        Pipeline.from_file(file)
