"""Any model as something with scikit-learn's methods, as far as it knows its classes and columns."""

from typing import Any

from mlops_widgets.errors import InputError, ModelFileError


def with_sklearn_face(model: Any) -> Any:  # noqa: ANN401 - any model
    """Return an object with `predict`, `predict_proba`, `classes_`, `feature_names_in_`, as far as `model` knows them.

    Raw `lightgbm.Booster`, `xgboost.Booster` and `catboost.CatBoost`, `onnxruntime.InferenceSession`, onnx `ModelProto`
    and MLflow `PyFuncModel` get a face. Anything else, as any scikit-learn estimator, is returned as it is.

    Raises
    ------
    InputError
        If it predicts several targets at once, or its inputs aren't a table.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> model = LinearRegression()
    >>> with_sklearn_face(model) is model
    True
    """
    library = type(model).__module__.partition(".")[0]
    kind = f"{library}.{type(model).__name__}"
    if kind == "lightgbm.Booster":
        from mlops_widgets.study.faces.lightgbm_face import lightgbm_face

        return lightgbm_face(model)
    if kind == "xgboost.Booster":
        from mlops_widgets.study.faces.xgboost_face import xgboost_face

        return xgboost_face(model)
    if kind == "catboost.CatBoost":
        from mlops_widgets.study.faces.catboost_face import catboost_face

        return catboost_face(model)
    return _graph_face(model, kind)


def _graph_face(model: Any, kind: str) -> Any:  # noqa: ANN401 - any model
    if kind == "onnxruntime.InferenceSession":
        from mlops_widgets.study.faces.onnx_face import onnx_face

        return onnx_face(model)
    if type(model).__name__ == "ModelProto" and hasattr(model, "SerializeToString"):
        from mlops_widgets.study.model_files.onnx_files import session_of

        try:
            return with_sklearn_face(session_of(model.SerializeToString(), argument="model"))
        except ModelFileError as error:
            raise InputError(str(error)) from error
    if kind == "mlflow.PyFuncModel":
        return _unwrapped(model)
    return model


def _unwrapped(model: Any) -> Any:  # noqa: ANN401 - an mlflow PyFuncModel
    """Return the model inside MLflow's wrapper, else its `predict` as a function of a frame."""
    try:
        inside = model.get_raw_model()
    except Exception:  # noqa: BLE001 - wrappers of other libraries raise what they like where there is none
        inside = None
    if inside is None or type(inside).__module__.startswith("mlflow."):
        return model.predict
    return with_sklearn_face(inside)
