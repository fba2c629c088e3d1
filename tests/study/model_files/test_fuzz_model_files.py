"""Whatever the bytes: a model that predicts without a crash, or an error of ours."""

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer
from sklearn.svm import SVC

from mlops_widgets.errors import ModelFileError
from mlops_widgets.study.model_files.door import READERS, read_model

X = np.random.default_rng(0).random((40, 3))
y = (X[:, 0] > 0.5).astype(int)
MODELS: list[Callable[[], Any]] = [
    lambda: RandomForestClassifier(2, random_state=0).fit(X, y),
    lambda: GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, np.digitize(X[:, 1], [0.3, 0.6])),
    lambda: HistGradientBoostingClassifier(
        max_iter=2, min_samples_leaf=3, categorical_features=[1], random_state=0
    ).fit(np.c_[X[:, 0], np.round(X[:, 1] * 4), X[:, 2]], y),
    lambda: IsolationForest(n_estimators=2, random_state=0).fit(X),
    lambda: KNeighborsClassifier(2, algorithm="kd_tree", leaf_size=5).fit(X, y),
    lambda: KNeighborsClassifier(2, algorithm="brute").fit(X, y),
    lambda: SVC().fit(X, np.digitize(X[:, 1], [0.3, 0.6])),
    lambda: make_pipeline(SplineTransformer(), LogisticRegression()).fit(X, y),
    lambda: make_pipeline(OneHotEncoder(handle_unknown="ignore"), SGDClassifier(random_state=0)).fit(np.round(X, 1), y),
    lambda: SGDClassifier(random_state=0).fit(X, y).sparsify(),
    lambda: KMeans(2, n_init=1, random_state=0).fit(X),
]
BAD_NUMBERS = st.sampled_from([0, -1, 1, 2, 2**15, 2**31 - 1, 2**31, 2**40, -(2**31), -(2**40)])


@cache
def members(number: int) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(MODELS[number]()))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def with_bad_cells(data: bytes, draw: Any) -> bytes:
    """Put bad numbers into a few cells of a saved array, or cut it."""
    array = np.load(io.BytesIO(data))
    if array.size and draw(st.integers(0, 9)):
        flat = array.reshape(-1).copy()
        for _ in range(draw(st.integers(1, 3))):
            field = draw(st.sampled_from(array.dtype.names)) if array.dtype.names else ...
            cells = flat[field]
            if cells.dtype.kind in "iuf":
                cells[draw(st.integers(0, len(flat) - 1))] = np.array(draw(BAD_NUMBERS)).astype(cells.dtype)
        array = flat.reshape(array.shape)
    else:
        array = array[: draw(st.integers(0, len(array)))] if array.ndim else array
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def with_bad_words(data: bytes, draw: Any) -> bytes:
    """Put a bad number in place of one number that the description holds."""
    schema = json.loads(data)
    found = [each for each in leaves(schema) if each.get("__loader__") == "JsonNode"]
    draw(st.sampled_from(found))["content"] = json.dumps(draw(st.one_of(BAD_NUMBERS, st.none(), st.just("a"))))
    return json.dumps(schema).encode()


def leaves(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    if not isinstance(value, dict):
        return []
    return [value, *(leaf for each in value.values() for leaf in leaves(each))]


@st.composite
def damaged_models(draw: Any) -> bytes:
    files = dict(members(draw(st.integers(0, len(MODELS) - 1))))
    arrays = sorted(name for name in files if name.endswith(".npy"))
    if arrays and draw(st.integers(0, 3)):
        for name in draw(st.lists(st.sampled_from(arrays), min_size=1, max_size=3, unique=True)):
            files[name] = with_bad_cells(files[name], draw)
    else:
        files["schema.json"] = with_bad_words(files["schema.json"], draw)
    return zipped(files)


def used(path: Path) -> None:
    with suppress(ModelFileError):
        model = read_model(path).model
        for method in ("predict", "predict_proba", "decision_function", "transform"):
            with suppress(Exception):  # damaged numbers may make no sense; what counts is that Python survives
                getattr(model, method)(X)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@given(data=damaged_models())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.filterwarnings("ignore")
def test_damaged_models_predict_without_a_crash_or_are_refused(data: bytes, folder: Path) -> None:
    (folder / "m.skops").write_bytes(data)
    used(folder / "m.skops")


@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.builds(
            bytes.__add__, st.sampled_from([b"PK\x03\x04", b"\x80\x04", b"tree\n", b"{", b"\x08", b"CBM1"]), st.binary()
        ),
    ),
    suffix=st.sampled_from([*READERS, ".zip", ""]),
)
@settings(max_examples=60)
def test_random_bytes_are_refused(data: bytes, suffix: str, folder: Path) -> None:
    (folder / f"m{suffix}").write_bytes(data)
    with pytest.raises(ModelFileError):
        read_model(folder / f"m{suffix}")


@given(number=st.integers(0, len(MODELS) - 1), cut=st.floats(0, 1), flips=st.lists(st.floats(0, 0.999999), max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.filterwarnings("ignore")
def test_cut_and_flipped_files_are_refused_or_predict(
    number: int, cut: float, flips: list[float], folder: Path
) -> None:
    data = bytearray(zipped(members(number)))
    for flip in flips:
        data[int(flip * len(data))] ^= 0xFF
    (folder / "c.skops").write_bytes(data[: max(1, int(len(data) * (1 - cut * 0.01)))])
    used(folder / "c.skops")
