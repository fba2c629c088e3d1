"""Pickles run only where the caller vouches for them, and then in a child process first."""

import pickle
import warnings
from hashlib import sha256
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files import pickles
from mlops_widgets.study.model_files.door import read_model

MODEL = LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"])


def by_reduce(marker: Path) -> bytes:
    return b"cos\nsystem\n(S'touch %s'\ntR." % str(marker).encode()


def by_eval(marker: Path) -> bytes:
    return b"cpandas\neval\n(S\"__import__('pathlib').Path('%s').touch()\"\ntR." % str(marker).encode()


def by_builtins(marker: Path) -> bytes:
    return b"cbuiltins\nexec\n(S\"open('%s', 'w').close()\"\ntR." % str(marker).encode()


def by_import(marker: Path) -> bytes:
    (marker.parent / "side_effect.py").write_text(f"open({str(marker)!r}, 'w').close()")
    return b"cimportlib\nimport_module\n(S'side_effect'\ntR."


@pytest.mark.parametrize("attack", [by_reduce, by_eval, by_builtins, by_import])
@pytest.mark.parametrize(
    "name", ["m.pkl", "m.pickle", "m.joblib", "m.skops", "m.txt", "m.json", "m.onnx", "m.cbm", "m"]
)
def test_a_pickle_that_would_run_code_leaves_no_trace(
    attack: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for data in (attack(tmp_path / "marker"), b"\x80\x04" + attack(tmp_path / "marker")):
        (tmp_path / name).write_bytes(data)
        for trust in (None, "sha256:" + "0" * 64, ("os.system", "pandas.eval", "builtins.exec")):
            with pytest.raises(ModelFileError):
                read_model(tmp_path / name, trust=trust)
    assert not (tmp_path / "marker").exists()


def test_the_refusal_says_why_and_how_to_go_on(tmp_path: Path) -> None:
    data = pickle.dumps(MODEL)
    (tmp_path / "clf.pkl").write_bytes(data)
    with pytest.raises(UnsafeModelError) as caught:
        read_model(tmp_path / "clf.pkl")
    said = str(caught.value)
    assert "A pickle is a program" in said
    assert f'trust="sha256:{sha256(data).hexdigest()}"' in said
    assert "skops.io.dump(pickle.load(open('clf.pkl', 'rb')), 'clf.skops')" in said


def test_a_pickle_under_another_name_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "clf.skops").write_bytes(pickle.dumps(MODEL))
    with pytest.raises(UnsafeModelError, match="Its name doesn't say so"):
        read_model(tmp_path / "clf.skops")


def test_the_file_of_the_digest_loads(tmp_path: Path) -> None:
    joblib.dump(MODEL, tmp_path / "clf.joblib", compress=3)
    digest = sha256((tmp_path / "clf.joblib").read_bytes()).hexdigest()
    model = mw.load_model(tmp_path / "clf.joblib", trust=("my_pkg.Other", f"sha256:{digest}"))
    assert model.predict([[1.0]]) == ["yes"]


def test_the_file_of_another_digest_doesnt(tmp_path: Path) -> None:
    (tmp_path / "clf.pkl").write_bytes(by_reduce(tmp_path / "marker"))
    with pytest.raises(UnsafeModelError, match="isn't the file that trust= names"):
        read_model(tmp_path / "clf.pkl", trust=f"sha256:{sha256(pickle.dumps(MODEL)).hexdigest()}")
    assert not (tmp_path / "marker").exists()


def test_a_class_from_a_notebook_asks_for_the_live_object(tmp_path: Path) -> None:
    (tmp_path / "mine.pkl").write_bytes(b"c__main__\nMine\n)\x81.")
    with pytest.raises(ModelFileError, match="pass the live model"):
        read_model(tmp_path / "mine.pkl", trust="pickle")


def test_a_missing_module_is_named() -> None:
    with pytest.raises(ModelFileError, match="needs the module 'absent_package'"):
        pickles._load(b"cabsent_package\nThing\n.", "model='m.pkl'")


def test_the_child_refuses_bytes_that_changed_since(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(by_reduce(tmp_path / "marker"))
    with pytest.raises(UnsafeModelError, match="isn't the file"):
        pickles.load_for_trial(tmp_path / "m.pkl", digest="0" * 64, argument="model")
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_joblibs_own_ways_of_writing_are_read(compress: Any, tmp_path: Path) -> None:
    joblib.dump({"coef": np.arange(3.0)}, tmp_path / "m.joblib", compress=compress)
    loaded, notes = pickles._load((tmp_path / "m.joblib").read_bytes(), "model='m.joblib'")
    np.testing.assert_array_equal(loaded["coef"], np.arange(3.0))
    assert notes == ()


def test_another_version_of_scikit_learn_is_noted() -> None:
    state = pickle.dumps(MODEL).replace(b"_sklearn_version\x94\x8c\x05", b"_sklearn_version\x94\x8c\x05")
    version = MODEL.__getstate__()["_sklearn_version"].encode()
    old = state.replace(version, b"0.9.9"[: len(version)].ljust(len(version), b"0"))
    assert old != state
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, notes = pickles._load(old, "model='m.pkl'")
    assert len(notes) == 1
    assert "was saved by scikit-learn 0.9.9" in notes[0]


@pytest.mark.parametrize(
    "data", [b"\x80\x04", b"\x80\x04garbage", b"garbage", b"\x1f\x8bgarbage", b"x\x9cgarbage", b"BZh"]
)
def test_damaged_pickles_are_answered_in_words(data: bytes) -> None:
    with pytest.raises(ModelFileError, match="can't be loaded"):
        pickles._load(data, "model='m.pkl'")


def test_settings_that_a_class_gained_since_are_at_their_defaults(tmp_path: Path) -> None:
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    old = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    del old.transform_input  # as scikit-learn 1.4 had none
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(old))
    opened = read_model(tmp_path / "m.pkl", trust="pickle").model
    assert opened.transform_input is None
    assert "transform_input" in clone(opened).get_params()
