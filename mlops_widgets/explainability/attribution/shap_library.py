"""The one module that imports shap, and only when something of shap is asked for."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import ModelError
from mlops_widgets.explainability.attribution.question import Question, finite, pooled
from mlops_widgets.explainability.attribution.routes import PAIRS, Answer
from mlops_widgets.study.predictor import users_code
from mlops_widgets.study.tables import frame_of

if TYPE_CHECKING:
    from mlops_widgets.explainability.attribution.explanation import Explanation

Floats = npt.NDArray[np.float64]

_TREE_OUTPUTS = {"probability": "probability", "log-odds": "raw"}


def _shap() -> Any:  # noqa: ANN401 - the module, which has no types
    """Return shap; its import warns of what matplotlib will drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap
    return shap


def as_shap(explanation: "Explanation") -> Any:  # noqa: ANN401 - a shap.Explanation
    """Return the explanation as shap's own type; of one output, arrays of (n, p)."""
    shap = _shap()

    one = len(explanation.outputs) == 1
    data: npt.NDArray[Any] = np.array(explanation.numbers)
    if explanation.cells and np.isnan(data).any():
        words = np.array(explanation.cells, dtype=object).reshape(data.shape)
        data = np.where(np.isnan(data), words, data)
    return shap.Explanation(
        values=np.array(explanation.values[:, :, 0] if one else explanation.values),
        base_values=np.array(explanation.base[:, 0] if one else explanation.base),
        data=data, feature_names=list(explanation.columns), output_names=None if one else list(explanation.outputs),
    )  # fmt: skip


def by_shap_library(question: Question, *, pairs: int | None = None) -> Answer:
    """Return what the library shap itself finds: by its TreeExplainer where that takes the model, else by permutations.

    The background and the scale are the question's. What it says isn't corrected.

    Parameters
    ----------
    question
        What is asked.
    pairs
        Antithetic permutations of its PermutationExplainer; None for 10.
    """
    found = _by_tree_explainer(question)
    return _by_permutation_explainer(question, pairs or PAIRS) if found is None else found


def _by_tree_explainer(question: Question) -> Answer | None:
    shap = _shap()

    if question.model is None or question.inputs is None or any(len(own) > 1 for own in question.players.values()):
        return None
    try:
        with users_code("shap", "where it was given the model"):
            explainer = shap.TreeExplainer(
                question.model, question.inputs(question.background), feature_perturbation="interventional",
                model_output=_TREE_OUTPUTS.get(question.scale, "raw"),
            )  # fmt: skip
            values = np.asarray(
                explainer.shap_values(question.inputs(question.rows), check_additivity=False), dtype=float
            )
    except ModelError:  # it raises bare Exception, too, of models that it doesn't take
        return None
    base = np.atleast_1d(np.asarray(explainer.expected_value, dtype=float))
    n, p, k = len(question.rows), len(question.players), len(question.outputs)
    if values.ndim == 2:
        values = values[:, :, None]
    if k == 1 and values.shape[2:] == (2,):  # of two classes, the second
        values, base = values[:, :, 1:], base[-1:]
    if values.shape != (n, p, k):
        return None
    base = np.broadcast_to(base[-k:], (n, k))
    if k > 1 and question.scale == "log-odds":  # margins of classes, of which only differences count
        values, base = values - values.mean(axis=2, keepdims=True), base - base.mean(axis=1, keepdims=True)
    return Answer(
        route="shap.TreeExplainer", exact=True, values=values, standard_error=np.zeros_like(values),
        base=base, prediction=finite(question.predict(question.rows)),
        method=f"shap {shap.__version__}: TreeExplainer, interventional",
    )  # fmt: skip


def _by_permutation_explainer(question: Question, pairs: int) -> Answer:
    """Each player is handed to shap as the position of the row that its cells come from, so that any type and group will do."""
    shap = _shap()

    pool = pooled(question.background, question.rows)
    own, n, p = len(question.background), len(question.rows), len(question.players)
    place, evaluations = question.place, 0

    def ask(codes: Floats) -> Floats:
        nonlocal evaluations
        evaluations += len(codes)
        taken = codes.astype(np.intp)
        cells = {column: pool[column].array.take(taken[:, place[column]]) for column in pool.columns}
        return finite(question.predict(frame_of(cells, pool.columns)))

    codes = np.tile(np.arange(own + n, dtype=float)[:, None], p)
    masker = shap.maskers.Independent(codes[:own], max_samples=own)
    explainer = shap.PermutationExplainer(ask, masker, seed=question.seed)
    found = explainer(codes[own:], max_evals=pairs * (2 * p + 1), silent=True)
    values = np.asarray(found.values, dtype=float).reshape(n, p, -1)
    return Answer(
        route="shap.PermutationExplainer", exact=False, values=values, standard_error=np.full(values.shape, np.nan),
        base=np.asarray(found.base_values, dtype=float).reshape(n, -1), prediction=finite(question.predict(question.rows)),
        evaluations=evaluations, method=f"shap {shap.__version__}: PermutationExplainer, {pairs} antithetic permutations",
    )  # fmt: skip
