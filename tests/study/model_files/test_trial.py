"""A trial in a child process: what happens there doesn't happen here."""

from pathlib import Path

import pytest

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files import trial
from mlops_widgets.study.model_files.trial import try_in_child

READERS = """
import os, time
class Dying:
    n_features_in_ = 2
    def predict(self, rows): print("noise"); os.abort()
class Raising:
    n_features_in_ = 2
    def predict(self, rows): raise ValueError("made-up rows mean nothing")
def dying(path): return Dying()
def raising(path): return Raising()
def waiting(path): time.sleep(60)
def failing(path): raise KeyError("gone")
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trial_readers.py").write_text(READERS)
    monkeypatch.syspath_prepend(tmp_path)  # the child imports from where this process does
    return tmp_path / "m.bin"


def test_a_model_that_crashes_on_predict_crashes_there(path: Path) -> None:
    with pytest.raises(UnsafeModelError, match="crashed with signal SIGABRT in the trial, so it wasn't loaded here"):
        try_in_child("trial_readers:dying", path)


def test_an_exception_on_made_up_rows_says_nothing(path: Path) -> None:
    try_in_child("trial_readers:raising", path)


def test_a_model_that_hangs_is_stopped(path: Path) -> None:
    with pytest.raises(UnsafeModelError, match=r"more than 0\.5 seconds"):
        try_in_child("trial_readers:waiting", path, seconds=0.5)


def test_a_module_of_pythons_own_isnt_taken_from_the_notebooks_folder(path: Path) -> None:
    (path.parent / "random.py").write_text("import os; os.abort()")
    try_in_child("trial_readers:raising", path)


def test_an_exception_of_the_reader_is_handed_back(path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"challenger='m\.bin' can't be loaded: KeyError: 'gone'"):
        try_in_child("trial_readers:failing", path, argument="challenger")


@pytest.mark.parametrize("said", [b"", b"[]", b"{}", b'{"outcome": 1, "says": ""}', b"\xff", b"[" * 100_000])
def test_a_report_that_is_none_counts_as_none(said: bytes) -> None:
    assert trial._report(said) is None
