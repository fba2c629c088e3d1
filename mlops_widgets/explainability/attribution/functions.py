"""Explain any function of a frame or an array."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.errors import InputError, ModelError, WrongTypeError, listed
from mlops_widgets.explainability.attribution.chosen_rows import row_names, rows_like
from mlops_widgets.explainability.attribution.explain import Method, answer_question
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.neighbourhood import SAMPLES
from mlops_widgets.explainability.attribution.question import Predict, Question, Remembered
from mlops_widgets.explainability.attribution.study_questions import players_of
from mlops_widgets.study.predictor import users_code

Floats = npt.NDArray[np.float64]
Data = pd.DataFrame | npt.NDArray[Any]


def explain_function(
    predict: Callable[[Any], Any], background: Data, rows: Data | Mapping[str, Any], *, method: Method = "both",
    groups: Mapping[str, Sequence[str]] | None = None, scale: str = "prediction", outputs: Sequence[str] = (),
    pairs: int | None = None, samples: int = SAMPLES, budget_seconds: float | None = None, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> Explanation:  # fmt: skip
    """Say what each column contributed to the answers of any function.

    Parameters
    ----------
    predict
        Takes a frame of the background's columns (an array, where the background is one) and returns a number a row, or
        several, shape (rows,) or (rows, outputs).
    background
        The rows that a column's absence is averaged over, all of them; an array's columns are called x0, x1 and so on.
    rows
        The rows to explain; one row may be a mapping or an array of one dimension.
    method, groups, pairs, samples, budget_seconds, seed, progress, cancel
        As in `explain`.
    scale
        What the answers are in; only a name.
    outputs
        What each output is called; by default "output 0" and so on.

    Raises
    ------
    WrongTypeError
        If `predict` can't be called, or the background is no table.
    InputError
        If background and rows don't fit each other.
    ModelError
        If `predict` raises, or answers with another number of rows, or with something else than numbers.

    Examples
    --------
    >>> import numpy as np
    >>> background = np.array([[0.0, 0.0], [2.0, 0.0]])
    >>> explain_function(lambda x: 3 * x[:, 0] + x[:, 1], background, [1.0, 5.0], method="shap").to_frame()
            x0   x1
    row 0  0.0  5.0
    """
    if not callable(predict):
        raise WrongTypeError(
            f"predict= is {type(predict).__name__}, which can't be called. Pass a function of rows, such as model.predict_proba."
        )
    frame, as_array = _frame(background, "background")
    given = _rows(rows, list(frame.columns))
    typed = rows_like(given, list(frame.columns), frame, argument="rows")
    ask = Remembered(_asking(predict, as_array=as_array))
    with_names = tuple(outputs) or tuple(f"output {k}" for k in range(ask(typed.iloc[:1]).shape[1]))
    question = Question(
        predict=ask, rows=typed, background=frame, players=players_of(list(frame.columns), groups), outputs=with_names,
        scale=scale, row_names=row_names(given, typed), seed=seed,
        background_text=f"the average over the {len(frame):,} rows that were given as background",
    )  # fmt: skip
    return answer_question(
        question, method=method, pairs=pairs, samples=samples, budget_seconds=budget_seconds, progress=progress, cancel=cancel
    )  # fmt: skip


def _frame(data: Any, argument: str) -> tuple[pd.DataFrame, bool]:  # noqa: ANN401 - checked here
    """Return the data as a frame with names of text, and whether it was an array."""
    if isinstance(data, pd.DataFrame):
        frame = data.set_axis([str(column) for column in data.columns], axis=1)
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()].unique()
            raise InputError(f"{argument}= has {listed(twice)} more than once. Keep one column of each name.")
        made, as_array = frame.reset_index(drop=True), False
    else:
        array = np.asarray(data)
        if array.ndim != 2:
            raise WrongTypeError(
                f"{argument}= is {type(data).__name__} of {array.ndim} dimensions. Pass a pandas frame, or an array of rows x columns."
            )
        made, as_array = pd.DataFrame(array, columns=[f"x{k}" for k in range(array.shape[1])]), True
    if not len(made) or not len(made.columns):
        raise InputError(f"{argument}= has no rows or no columns. Pass one or more of each.")
    return made, as_array


def _rows(rows: Any, columns: list[str]) -> pd.DataFrame:  # noqa: ANN401 - checked here
    if isinstance(rows, pd.DataFrame):
        return rows
    if isinstance(rows, Mapping | pd.Series):
        return pd.DataFrame({str(name): pd.Series([cell]) for name, cell in rows.items()})
    array = np.atleast_2d(np.asarray(rows))
    if array.ndim != 2 or array.shape[1] != len(columns):
        raise InputError(
            f"rows= has shape {array.shape}, and the background {len(columns)} columns. Pass rows of the same columns."
        )
    return pd.DataFrame(array, columns=columns)


def _asking(predict: Callable[[Any], Any], *, as_array: bool) -> Predict:
    name = getattr(predict, "__name__", type(predict).__name__)

    def ask(frame: pd.DataFrame) -> Floats:
        with users_code(name, "on rows in which an explained row's cells stand beside the background's"):
            # It may write into what it is given.
            answer = np.asarray(predict(frame.to_numpy(copy=True) if as_array else frame.copy(deep=False)))
        if answer.dtype.kind not in "biuf" and not (answer.dtype == object and _all_numbers(answer)):
            raise ModelError(
                f"{name} answers with {answer.dtype}, and numbers are needed. Pass a function that returns scores."
            )
        if answer.ndim not in {1, 2} or len(answer) != len(frame) or not answer.size:
            raise ModelError(
                f"{name} answers with shape {answer.shape} for {len(frame):,} rows. It must be one number a row, or (rows, outputs)."
            )
        return answer.astype(np.float64).reshape(len(frame), -1)

    return ask


def _all_numbers(answer: npt.NDArray[Any]) -> bool:
    return all(isinstance(each, int | float | np.number) for each in answer.ravel())
