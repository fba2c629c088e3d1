"""Sound files to begin with: a fuzzer that starts from nothing spends its time on the first bytes."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

_STUDY = """model = "model.skops"\ntest = "log.csv"\ntarget = "y"\nmax_rows = 100\nsplit = {test = 2024-01-01}
[values]\ntp = 1.5\n"""


def write_seeds(folder: Path) -> None:
    """Write a folder of seeds for each target."""
    for name, content in _seeds():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"seed-{len(list((folder / name).iterdir()))}").write_bytes(content)


def _seeds() -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=12), "b": [*"xyz"] * 4, "y": [0, 1] * 6})
    text = frame.to_csv(index=False).encode()
    yield "study_file", _STUDY.encode()
    yield "csv", text
    yield "csv", frame.to_csv(index=False, sep=";", decimal=",", encoding="utf-16").encode("utf-16")
    yield "csv_gz", gzip.compress(text, mtime=0)
    yield "json_lines", frame.to_json(orient="records", lines=True).encode()
    yield "parquet", frame.to_parquet()
    yield "feather", _feather(frame)
    yield from _models(frame)


def _feather(frame: pd.DataFrame) -> bytes:
    frame.to_feather(content := io.BytesIO())
    return content.getvalue()


def _models(frame: pd.DataFrame) -> Iterator[tuple[str, bytes]]:
    import lightgbm
    import onnx
    import skops.io
    import xgboost
    from catboost import CatBoostClassifier
    from skl2onnx import to_onnx

    x, y = frame[["a"]], frame["y"]
    for model in (LogisticRegression(), RandomForestClassifier(2), HistGradientBoostingClassifier(max_iter=2)):
        yield "skops_bytes", skops.io.dumps(model.fit(x, y))
    rows = lightgbm.Dataset(x, y, params={"verbose": -1, "min_data_in_leaf": 1, "min_data_in_bin": 1})
    yield "lightgbm_text", lightgbm.train({"verbose": -1, "min_data_in_leaf": 1}, rows, 2).model_to_string().encode()
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(x, y), 2)
    for form in ("ubj", "json"):
        yield "xgboost_bytes", bytes(booster.save_raw(form))
    trees = CatBoostClassifier(iterations=2, depth=2, verbose=0, allow_writing_files=False).fit(x, y)
    yield "catboost_bytes", trees._serialize_model()
    graph: onnx.ModelProto = to_onnx(RandomForestClassifier(2).fit(x.to_numpy(), y), x.to_numpy(np.float32)[:1])
    yield "onnx_bytes", graph.SerializeToString()
