"""An XGBoost Booster behind scikit-learn's methods."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.study.faces.native import Answers, Kind, Native, NativeModel, Stop, face_of, one_target

_BINARY: Mapping[str, Kind] = {
    "binary:logistic": "probabilities", "reg:logistic": "probabilities", "binary:logitraw": "margins",
    "binary:hinge": "margins",
}  # fmt: skip


def xgboost_face(booster: Any) -> NativeModel:  # noqa: ANN401 - an xgboost.Booster
    """Return the face of an `xgboost.Booster`."""
    learner = json.loads(booster.save_config())["learner"]
    objective, shape = learner["objective"]["name"], learner["learner_model_param"]
    one_target("the XGBoost Booster", int(shape.get("num_target", 1)))
    classes = int(shape["num_class"]) if objective.startswith("multi:") else 2 * (objective in _BINARY)
    rounds = _rounds(booster)
    names = tuple(booster.feature_names or ())
    types = {"feature_names": booster.feature_names, "feature_types": booster.feature_types}

    def answer(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        import xgboost

        told = {} if isinstance(frame, pd.DataFrame) and names else types
        matrix = xgboost.DMatrix(frame, enable_categorical=True, **told)
        margins = objective == "multi:softmax"  # its own answers are codes; the probabilities are those of softprob
        answers = booster.predict(matrix, iteration_range=(0, rounds), output_margin=margins)
        return _softmax(answers) if margins else np.asarray(answers)

    return face_of(
        Native(
            name="the XGBoost Booster", model=booster, kind=_kind(objective), answer=answer, columns=names,
            width=int(booster.num_features()), class_count=classes, levels=xgboost_levels(booster),
            notes=(f"The XGBoost Booster stopped early: its best {rounds} rounds predict.",) if rounds else (),
        )
    )  # fmt: skip


def _kind(objective: str) -> Kind:
    if objective.startswith("multi:"):
        return "probabilities"
    return "scores" if objective.startswith("rank:") else _BINARY.get(objective, "numbers")


def _rounds(booster: Any) -> int:  # noqa: ANN401 - an xgboost.Booster
    """Return how many rounds predict: up to the best one where scikit-learn's face saved the model, else all (0).

    That face predicts with the best rounds, `Booster.predict` with all; the file says which of them wrote it.
    """
    best = booster.attr("best_iteration")
    return int(best) + 1 if best is not None and best.isdigit() and booster.attr("scikit_learn") is not None else 0


def xgboost_levels(booster: Any) -> dict[str, Any]:  # noqa: ANN401 - an xgboost.Booster; levels as a pandas Index
    """Return the levels of each category column that the booster stores; XGBoost before 3.1 stores none."""
    if "c" not in (booster.feature_types or ()) or not hasattr(booster, "get_categories"):
        return {}
    found = booster.get_categories(export_to_arrow=True).to_arrow()
    return {name: pd.Index(levels.to_pandas()) for name, levels in found or () if levels is not None and _whole(levels)}


def xgboost_unlisted(booster: Any) -> tuple[str, ...]:  # noqa: ANN401 - an xgboost.Booster
    """Return the category columns of which the booster stores no list of levels, so that it reads a table's codes."""
    types = dict(zip(booster.feature_names or (), booster.feature_types or (), strict=False))
    if "c" not in types.values():
        return ()
    found = booster.get_categories(export_to_arrow=True).to_arrow() if hasattr(booster, "get_categories") else None
    stored = {name for name, levels in found or () if levels is not None}
    return tuple(name for name, kind in types.items() if kind == "c" and name not in stored)


def xgboost_stop(given: Any, fitted: Any) -> Stop:  # noqa: ANN401 - estimators of XGBoost's
    """Return where an XGBoost estimator stopped; `given` may be a copy of `fitted` that never learned."""
    from xgboost.callback import EarlyStopping

    best = getattr(fitted, "best_iteration", None)
    rounds = None if best is None else int(best) + 1
    changes: dict[str, Any] = {} if given.early_stopping_rounds is None else {"early_stopping_rounds": None}
    kept = [each for each in given.callbacks or () if not isinstance(each, EarlyStopping)]
    if len(kept) < len(given.callbacks or ()):
        changes["callbacks"] = kept or None
    asked = given.n_estimators or 100  # XGBoost's own default
    if rounds is not None and rounds != asked:
        changes["n_estimators"] = rounds
    return Stop(asked=asked, rounds=rounds, changes=changes)


def takes_the_next_level(booster: Any, column: str) -> bool:  # noqa: ANN401 - an xgboost.Booster
    """Say whether XGBoost takes a level that the booster never saw for the known one that sorts next.

    XGBoost 3.2 looks levels up by bisection and doesn't compare what it finds; it raises only where none sorts behind.
    """
    import xgboost

    learned = xgboost_levels(booster)
    kinds = {name: pd.CategoricalDtype(levels.dropna().unique()) for name, levels in learned.items()}
    known = kinds[column].categories
    first = min(known)
    new = "" if isinstance(first, str) else first - 1
    extended = kinds | {column: pd.CategoricalDtype(pd.Index([*known, new], dtype=known.dtype))}
    cells = {
        name: pd.Series([np.nan, np.nan], dtype=extended.get(name, np.dtype(np.float64)))
        for name in booster.feature_names
    }
    frame = pd.DataFrame(cells | {column: pd.Series([first, new], dtype=extended[column])})
    try:
        answers = booster.predict(xgboost.DMatrix(frame, enable_categorical=True), validate_features=False)
    except (xgboost.core.XGBoostError, ValueError):
        return False
    return bool(np.array_equal(answers[0], answers[1]))


def _whole(levels: Any) -> bool:  # noqa: ANN401 - a pyarrow array
    """Say whether the levels are those that were learned: XGBoost 3.2 cuts text beyond ASCII at the wrong places."""
    try:
        return all(level.isascii() for level in levels.to_pylist() if isinstance(level, str))
    except UnicodeDecodeError:
        return False


def _softmax(margins: Answers) -> Answers:
    raised = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
