"""Small models of LightGBM, XGBoost, CatBoost and ONNX, each made once a run, and the rows that they learned from."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

ROWS = 300


@cache
def rows() -> pd.DataFrame:
    """Numbers with gaps, a category, and targets of three kinds that follow from them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "a": rng.normal(size=ROWS), "b": rng.normal(size=ROWS), "c": pd.Categorical(rng.choice(list("uvwxyz"), ROWS)),
        "d": rng.integers(0, 5, ROWS).astype(float),
    })  # fmt: skip
    frame.loc[::7, "a"] = np.nan
    signal = frame["b"] + frame["c"].isin(["x", "u"]) * 2.0 + rng.normal(size=ROWS) * 0.3
    return frame.assign(two=(signal > 0.8).astype(int), three=pd.cut(signal, 3, labels=False), number=signal)


def features() -> pd.DataFrame:
    return rows()[["a", "b", "c", "d"]]


@cache
def lightgbm_booster(kind: str = "two") -> Any:
    import lightgbm

    common = {"verbose": -1, "num_leaves": 6, "min_data_in_leaf": 5, "num_threads": 1, "seed": 1}
    common |= {"min_data_per_group": 5, "cat_smooth": 1}
    special: dict[str, tuple[dict[str, Any], str]] = {
        "two": ({"objective": "binary"}, "two"), "dart": ({"objective": "binary", "boosting": "dart"}, "two"),
        "rf": ({"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}, "two"),
        "three": ({"objective": "multiclass", "num_class": 3}, "three"), "number": ({"objective": "regression"}, "number"),
        "linear": ({"objective": "regression", "linear_tree": True}, "number"),
        "single": ({"objective": "binary", "min_data_in_leaf": 10_000}, "two"),
        "monotone": ({"objective": "regression", "monotone_constraints": [0, 1, 0, 0]}, "number"),
        "bins": ({"objective": "binary", "max_bin": 3}, "two"), "rank": ({"objective": "lambdarank"}, "two"),
    }  # fmt: skip
    told, target = special[kind]
    group = np.full(ROWS // 10, 10) if kind == "rank" else None
    data = lightgbm.Dataset(features(), rows()[target], group=group, params=common | told)
    return lightgbm.train(common | told, data, 4)


@cache
def xgboost_booster(kind: str = "two") -> Any:
    import xgboost

    common: dict[str, Any] = {"max_depth": 3, "nthread": 1, "seed": 1}
    plain = features().drop(columns="c")
    special: dict[str, tuple[dict[str, Any], str, pd.DataFrame]] = {
        "two": ({"objective": "binary:logistic"}, "two", features()),
        "three": ({"objective": "multi:softprob", "num_class": 3}, "three", features()),
        "softmax": ({"objective": "multi:softmax", "num_class": 3}, "three", features()),
        "number": ({"objective": "reg:squarederror"}, "number", plain),
        "dart": ({"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.3}, "two", plain),
        "gblinear": ({"objective": "binary:logistic", "booster": "gblinear"}, "two", plain.fillna(0)),
        "margin": ({"objective": "binary:logitraw"}, "two", plain),
        "pruned": ({"objective": "binary:logistic", "tree_method": "exact", "gamma": 5}, "two", plain),
        "vector": ({"objective": "reg:squarederror", "multi_strategy": "multi_output_tree"}, "both", plain),
    }  # fmt: skip
    told, target, x = special[kind]
    if kind == "gblinear":
        del common["max_depth"]
    y = rows()[["number", "d"]].to_numpy() if target == "both" else rows()[target]
    return xgboost.train(common | told, xgboost.DMatrix(x, y, enable_categorical=True), 4)


@cache
def catboost_model(kind: str = "two") -> Any:
    import catboost

    told: dict[str, Any] = {"iterations": 4, "depth": 2, "verbose": 0, "thread_count": 1, "allow_writing_files": False}
    x = features().assign(c=features()["c"].astype(str))
    if kind == "number":
        return catboost.CatBoostRegressor(**told).fit(x, rows()["number"], cat_features=["c"])
    words = rows()["two"].map({0: "no", 1: "yes"})
    return catboost.CatBoostClassifier(**told).fit(x, words, cat_features=["c"])


@cache
def onnx_bytes(kind: str = "forest") -> bytes:
    from skl2onnx import to_onnx
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    block = features()[["b", "d"]].to_numpy(dtype=np.float32)
    words = rows()["two"].map({0: "no", 1: "yes"})
    if kind == "columns":
        table = features()[["b", "c"]].assign(b=lambda f: f["b"].astype(np.float32), c=lambda f: f["c"].astype(str))
        encode = make_column_transformer((OneHotEncoder(), ["c"]), remainder="passthrough")
        model = make_pipeline(encode, LogisticRegression()).fit(table, words)
        return bytes(to_onnx(model, table[:1], options={"zipmap": True}).SerializeToString())
    options = {"forest": {"zipmap": True}, "plain": {"zipmap": False}, "number": None}[kind]
    if kind == "number":
        model = RandomForestRegressor(3, max_depth=3, random_state=0).fit(block, rows()["number"])
    else:
        model = RandomForestClassifier(3, max_depth=3, random_state=0).fit(
            block, words if kind == "forest" else rows()["two"]
        )
    return bytes(to_onnx(model, block[:1], options=options).SerializeToString())
