"""A plain CatBoost object behind scikit-learn's methods."""

from typing import Any

from mlops_widgets.study.faces.native import Answers, Kind, Native, NativeModel, face_of, one_target

_EXPONENTIAL = ("Poisson", "Tweedie")
_RANKERS = ("YetiRank", "PairLogit", "QueryRMSE", "QuerySoftMax", "QueryCrossEntropy", "StochasticRank", "LambdaMart")

_PRINTING = ("verbose", "verbose_eval", "silent", "logging_level", "metric_period")
"""Parameters that say what is printed, of which one at most may be given."""


def catboost_face(model: Any) -> NativeModel:  # noqa: ANN401 - a catboost.CatBoost
    """Return the face of a `catboost.CatBoost`, which gives raw values unless it is asked for more."""
    loss = str(model.get_all_params().get("loss_function", ""))
    labels = tuple(model.classes_)
    if loss.startswith("Multi") and not labels:
        one_target("the CatBoost model", 2)
    kind: Kind = "probabilities" if labels else "scores" if loss.startswith(_RANKERS) else "numbers"
    asked = "Probability" if labels else "Exponent" if loss.startswith(_EXPONENTIAL) else "RawFormulaVal"

    def answer(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        found: Answers = model.predict(frame, prediction_type=asked)
        return found

    def label(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        found: Answers = model.predict(frame, prediction_type="Class")
        return found

    columns = catboost_columns(model)
    return face_of(
        Native(
            name="the CatBoost model", model=model, kind=kind, answer=answer, columns=columns,
            width=len(model.feature_names_), class_count=len(labels), labels=labels or None,
            label=label if labels else None,
        )
    )  # fmt: skip


def catboost_columns(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any CatBoost model
    """Return the columns that a CatBoost model learned; empty where they are numbers, as of an array."""
    names = tuple(str(name) for name in model.feature_names_ or ())
    return () if names == tuple(str(i) for i in range(len(names))) else names


def quiet(estimator: Any) -> Any:  # noqa: ANN401 - any unfitted estimator of scikit-learn's kind
    """Return `estimator`, in which CatBoost, also inside a pipeline or search, now fits without leaving files or prints.

    By default a fit writes a folder `catboost_info` into the working folder and a line a tree to the screen.
    """
    for part in (estimator, *estimator.get_params().values()):
        if type(part).__module__.startswith("catboost."):
            prints = {} if set(_PRINTING) & set(part.get_params()) else {"verbose": False}
            part.set_params(allow_writing_files=False, **prints)
    return estimator
