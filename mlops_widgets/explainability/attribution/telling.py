"""An answer with everything that a reader needs to read it, and its verdicts in words."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.result import WORST_FIRST, Finding, Status
from mlops_widgets.core.words import MINUS, estimate, number
from mlops_widgets.explainability.attribution.checks import sampling_error
from mlops_widgets.explainability.attribution.explanation import Check, Explanation
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer
from mlops_widgets.study.tables import as_numbers

Floats = npt.NDArray[np.float64]

_CODES = {
    "additivity": "EX-AT-02", "sharing out": "EX-AT-03", "repeatability": "EX-AT-04", "re-estimate": "EX-AT-05",
    "sampling error": "EX-AT-06",
}  # fmt: skip
_REFUSED = "EX-AT-07"
_ACTIONS = {
    "additivity": "Ask with another method=, or compare predict on the row with what production answers.",
    "sharing out": "Ask with method='shap', which falls back to asking the model.",
    "repeatability": "Make predict answer each row by itself and the same each time, then explain again.",
    "re-estimate": "Ask for more pairs: pairs=50.",
    "sampling error": "Ask for more pairs (pairs=50), or put columns that belong together into groups=.",
}
_MOST_LETTERS = 60


def as_explanation(question: Question, answer: Answer, checks: tuple[Check, ...] = ()) -> Explanation:
    """Return an answer of the Shapley routes with its checks as findings.

    Parameters
    ----------
    question, answer
        What was asked and found.
    checks
        What was checked; the sampling error is added here.
    """
    explained = tell(question, answer, checks)
    if answer.pairs < 2:
        return explained
    lower, upper = explained.interval()
    return tell(question, answer, (*checks, sampling_error(answer, (upper - lower) / 2)))


def tell(question: Question, answer: Answer, checks: tuple[Check, ...]) -> Explanation:
    """Return an answer with these checks and no others."""
    names = tuple(question.players)
    lower = upper = None
    if answer.pairs > 1:
        pass
    explained = Explanation(
        findings=(), rows=len(question.rows), seed=question.seed, method=_method(question, answer), engine="shap",
        reference=_REFERENCE, route=answer.route, exact=answer.exact, scale=question.scale, columns=names,
        outputs=question.outputs, row_names=question.row_names, positions=question.positions, cells=cells_of(question),
        numbers=numbers_of(question), values=answer.values, standard_error=answer.standard_error, base=answer.base,
        prediction=answer.prediction, pairs=answer.pairs, evaluations=answer.evaluations,
        background_rows=len(question.background), baseline_text=question.background_text, checks=checks, declined=answer.declined,
    )  # fmt: skip
    return explained
