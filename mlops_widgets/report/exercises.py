"""One door to the exercises of all pitfalls."""

from collections.abc import Sequence
from typing import Any

from mlops_widgets.core.exercise import ExerciseResult
from mlops_widgets.core.result import Result
from mlops_widgets.errors import UnknownNameError, did_you_mean, listed
from mlops_widgets.report.pitfalls import PITFALLS, package_of


def exercise(
    code: str,
    study: Any,  # noqa: ANN401 - a Study; where the question is about data, any form of table
    *,
    answer: Any = None,  # noqa: ANN401 - each question has its own form of answer
    results: Sequence[Result] = (),
) -> ExerciseResult:
    """Ask a question about your study, or find out what measuring your answer says.

    Parameters
    ----------
    code
        Which question, such as "OV-1"; the letters name the pitfall.
    study
        What it is about; of chapter 4, a table will do where the question needs no model.
    answer
        Your answer, in the form that the question names; None shows the question.
    results
        Results that the chapter already has, so that they needn't run again.

    Returns
    -------
    ExerciseResult
        Not tried, not yet (with what was measured), or right.

    Raises
    ------
    UnknownNameError
        If there is no such question.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> mw.exercise("OV-4", mw.sample("census")).state
    'not tried'
    """
    prefix = code.partition("-")[0]
    if prefix not in PITFALLS:
        raise UnknownNameError(
            f"Unknown exercise {code!r}. Codes begin with {listed(PITFALLS)}.{did_you_mean(prefix, PITFALLS)}"
        )
    found: ExerciseResult = package_of(prefix).exercise(code, study, answer=answer, results=results)
    return found
