"""CatBoost models (.cbm): sizes checked, tried in a child process, then loaded as what they say they are."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, named, same_bytes
from mlops_widgets.study.model_files.packages import needs
from mlops_widgets.study.model_files.trial import try_once
from mlops_widgets.study.model_files.trust import Trusted

_MAGIC = b"CBM1"
_MADE_ROWS = 500


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Read a CatBoost model (`save_model`, the .cbm form), as classifier or regressor by its own word.

    CatBoost verifies the form of the file (it is a flatbuffer), not every index in it: what that misses, the trial in a
    child process meets.

    Raises
    ------
    ModelFileError
        If the file can't be read, isn't CatBoost's, or the package is missing.
    UnsafeModelError
        If its sizes lie, or it crashes in the trial.
    """
    data = file_bytes(path, argument=argument)
    digest, name = sha256(data).hexdigest(), named(path, argument)
    trusted.check_digest(digest, name=name)
    with needs("catboost", extra="boosting", argument=argument):
        import catboost  # noqa: F401 - to say early that it is missing
    problem = cbm_problem(data)
    if problem:
        raise (ModelFileError if "CBM1" in problem else UnsafeModelError)(
            f"{name} can't be loaded: {problem}. Save it again with model.save_model('model.cbm')."
        )
    try_once(try_cbm, path, digest=digest, argument=argument)
    try:
        model = _loaded(data)
    except Exception as error:  # CatBoost's own errors and those of its parameters' JSON
        raise ModelFileError(f"{name} isn't a model that CatBoost reads: {str(error)[:200]}") from error
    from mlops_widgets.study.faces.catboost_face import catboost_columns

    return ModelFile(model=model, notes=(), digest=digest, features=catboost_columns(model))


def cbm_problem(data: bytes) -> str | None:
    """Return what is wrong with the outside of a .cbm file, in a clause, or None.

    Examples
    --------
    >>> cbm_problem(b"CBM1" + (99).to_bytes(4, "little"))
    'it states a size beyond its end'
    """
    if not data.startswith(_MAGIC):
        return "it isn't a CatBoost model, which begins with CBM1"
    size = int.from_bytes(data[4:8], "little")
    if len(data) < 16 or size > len(data) - 8:
        return "it states a size beyond its end"
    root = int.from_bytes(data[8:12], "little")
    return None if 4 <= root <= size - 4 else "its root lies beyond its end"


def try_cbm(path: Path, *, digest: str) -> None:
    """Load the file in a child process, answer on made-up rows and explain a few; only ever called there."""
    from contextlib import suppress

    import catboost

    data = same_bytes(path, digest=digest)
    model = _loaded(data)
    words = [*model.get_cat_feature_indices(), *model.get_text_feature_indices()]
    rows = _made_rows(model.feature_names_, words)
    few = catboost.Pool(rows.head(20), cat_features=model.get_cat_feature_indices())
    for kind in ("RawFormulaVal", "Probability", "Class"):
        with suppress(Exception):  # a regressor has no classes; an exception isn't a crash
            model.predict(rows, prediction_type=kind, thread_count=1)
    with suppress(Exception):
        model.calc_leaf_indexes(rows, thread_count=1)
    with suppress(Exception):
        model.get_feature_importance(few, type="ShapValues", thread_count=1)


def _made_rows(names: list[str], words: list[int]) -> Any:  # noqa: ANN401 - a frame
    """Return rows from every corner: an index out of range is met only by rows that come by it."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    extremes = np.array([0.0, 1.0, 1e30, -1e30, np.nan])
    cells: dict[int, Any] = {}
    for i in range(len(names)):
        if i in words:
            cells[i] = rng.choice(["a", "b", "0", "1", ""], _MADE_ROWS)
        else:
            numbers = rng.normal(size=_MADE_ROWS) * 10.0 ** rng.integers(-1, 4, _MADE_ROWS)
            cells[i] = np.concatenate([extremes, numbers[len(extremes) :]])
    return pd.DataFrame(cells).set_axis(names, axis=1)


def _loaded(data: bytes) -> Any:  # noqa: ANN401 - a CatBoostClassifier or CatBoostRegressor, or CatBoost for rankers
    import catboost

    plain = catboost.CatBoost().load_model(blob=data)
    loss = str(plain.get_all_params().get("loss_function", ""))
    kind = catboost.CatBoostClassifier if len(plain.classes_) else catboost.CatBoost
    kind = catboost.CatBoostRegressor if loss.startswith(_REGRESSIONS) and not len(plain.classes_) else kind
    # Bytes bring no settings along, so that a refit would be of another model.
    return kind(**_settings(plain)).load_model(blob=data)


def _settings(model: Any) -> dict[str, Any]:  # noqa: ANN401 - a CatBoost model
    """Return the settings that the file says it was trained with: those that only say how to learn, none that names a file."""
    stored = json.loads(dict(model.get_metadata()).get("params", "{}")).get("flat_params", {})
    return {
        name: value
        for name, value in stored.items()
        if name in _LEARNING and isinstance(value, bool | int | float | str)
    }


_LEARNING = frozenset({
    "auto_class_weights", "bagging_temperature", "boosting_type", "bootstrap_type", "border_count", "depth",
    "grow_policy", "iterations", "l2_leaf_reg", "leaf_estimation_iterations", "leaf_estimation_method", "learning_rate",
    "loss_function", "max_leaves", "min_data_in_leaf", "nan_mode", "one_hot_max_size", "random_seed", "random_strength",
    "rsm", "score_function", "subsample",
})  # fmt: skip


_REGRESSIONS = (
    "RMSE", "MAE", "Quantile", "LogLinQuantile", "MAPE", "Poisson", "Tweedie", "Huber", "Expectile", "Lq", "LogCosh",
)  # fmt: skip
