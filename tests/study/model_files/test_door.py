"""The door for model files: which file is read by whom, and what is no file."""

import os
from pathlib import Path
from typing import Any

import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.errors import InputError, ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files import opened
from mlops_widgets.study.model_files.door import read_model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    skops.io.dump(LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"]), tmp_path / "clf.skops")
    return tmp_path / "clf.skops"


def test_a_plain_model_loads_and_its_digest_is_known(path: Path) -> None:
    opened = read_model(path)
    assert list(opened.model.predict([[0.0], [1.0]])) == ["no", "yes"]
    assert opened.notes == ()
    assert read_model(str(path), trust=f"sha256:{opened.digest}").digest == opened.digest


def test_a_link_to_a_file_is_followed(path: Path, tmp_path: Path) -> None:
    (tmp_path / "latest.skops").symlink_to(path)
    assert mw.load_model(tmp_path / "latest.skops").classes_.tolist() == ["no", "yes"]


def test_a_digest_pins_files_that_are_no_pickles_too(path: Path) -> None:
    with pytest.raises(UnsafeModelError, match="isn't the file that trust= names"):
        read_model(path, trust="sha256:" + "0" * 64)


def test_an_unknown_suffix_is_answered_with_the_nearest_known(path: Path) -> None:
    other = path.rename(path.with_suffix(".skop"))
    with pytest.raises(ModelFileError, match=r"Did you mean '\.skops'"):
        read_model(other)


def test_what_is_no_file_is_refused_by_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.skops")
    (tmp_path / "empty.skops").touch()
    (tmp_path / "folder.skops").mkdir()
    said = {
        "absent.skops": "no such file", "pipe.skops": "a device or a pipe", "empty.skops": "is empty",
        "folder.skops": "a folder without an MLmodel", "zero\0.skops": "can't be read",
    }  # fmt: skip
    for name, words in said.items():
        with pytest.raises(ModelFileError, match=words):
            read_model(tmp_path / name)
    with pytest.raises(ModelFileError, match="a device or a pipe"):
        read_model("/dev/zero")


@pytest.mark.parametrize("given", [None, 3, b"clf.skops", "", " "])
def test_what_is_no_path_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match="challenger="):
        read_model(given, argument="challenger")


def test_a_file_over_the_limit_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST_BYTES", 100)
    with pytest.raises(ModelFileError, match="the most that is read"):
        read_model(path)


def test_a_file_that_is_another_format_than_its_name_says_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.skops").write_bytes(b"tree\nversion=v4\n")
    with pytest.raises(ModelFileError, match="no zip archive"):
        read_model(tmp_path / "x.skops")
