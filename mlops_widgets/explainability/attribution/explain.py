"""Explain rows: what each of the user's own columns contributed, by Shapley values and by LIME."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Finding
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.explainability.attribution.asking import BACKGROUND_ROWS, Output, ask_study, players_of
from mlops_widgets.explainability.attribution.chosen import Background, Rows
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.question import Predict, Question
from mlops_widgets.explainability.attribution.routes import Answer, by_predictions
from mlops_widgets.study.study import Study

Method = Literal["both", "shap", "lime"]


@strategy("EX-AT")
def explain(
    study: Study, rows: Rows = None, *, method: Method = "both", output: Output = "auto", table: str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None, background: Background = BACKGROUND_ROWS,
    budget_seconds: float | None = None, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Explanation:  # fmt: skip
    """Say what each column contributed to the model's answer on some rows."""
    question = ask_study(
        study, rows, table=table, output=output, groups=groups, background=background, seed=seed
    )
    return answer_question(question, method=method, progress=progress, cancel=cancel)


def explain_function(
    predict: Predict, background: pd.DataFrame, rows: pd.DataFrame, *, method: Method = "both",
    groups: Mapping[str, Sequence[str]] | None = None, scale: str = "prediction", outputs: Sequence[str] = (), seed: int = 0,
) -> Explanation:  # fmt: skip
    """Say what each column contributed to the answers of any function of a frame."""

    def asked(frame: pd.DataFrame) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        return np.asarray(predict(frame), dtype=np.float64).reshape(len(frame), -1)

    question = Question(
        predict=asked, rows=rows, background=background, players=players_of(list(background.columns), groups),
        outputs=tuple(outputs) or tuple(f"output {k}" for k in range(asked(rows.iloc[:1]).shape[1])), scale=scale,
        row_names=tuple(f"row {name}" for name in rows.index), background_text=f"the average over {len(background):,} rows",
        seed=seed,
    )  # fmt: skip
    return answer_question(question, method=method)


def answer_question(
    question: Question, *, method: Method = "shap", progress: Progress | None = None, cancel: Cancel | None = None
) -> Explanation:
    """Return the explanation that answers a question."""
    return as_explanation(question, by_predictions(question, progress, cancel))


def as_explanation(question: Question, answer: Answer) -> Explanation:
    """Return an answer with everything that a reader needs to read it."""
    names = tuple(question.players)
    strongest = int(np.abs(answer.values[0, :, -1]).argmax())
    claim = (
        f"{question.row_names[0]}: {names[strongest]} moves the answer most, by {number(float(answer.values[0, strongest, -1]))} "
        f"({question.scale}) from {number(float(answer.base[0, -1]))} to {number(float(answer.prediction[0, -1]))} in all."
    )
    return Explanation(
        findings=(Finding(code="EX-AT-01", status="passed", claim=claim),), rows=len(question.rows), seed=question.seed,
        method=answer.method, engine="shap", route=answer.route, exact=answer.exact, scale=question.scale, columns=names,
        outputs=question.outputs, row_names=question.row_names, cells=_cells(question), numbers=_numbers(question),
        values=answer.values, standard_error=answer.standard_error, base=answer.base, prediction=answer.prediction,
        pairs=answer.pairs, evaluations=answer.evaluations, background_rows=len(question.background),
        baseline_text=question.background_text,
    )  # fmt: skip


def _cells(question: Question) -> tuple[tuple[str, ...], ...]:
    def shown(row: "pd.Series[object]") -> tuple[str, ...]:
        return tuple(", ".join(str(row[column]) for column in columns) for columns in question.players.values())

    return tuple(shown(row) for _, row in question.rows.astype(object).iterrows())


def _numbers(question: Question) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    columns = [
        pd.to_numeric(question.rows[columns[0]], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        if len(columns) == 1 else np.full(len(question.rows), np.nan)
        for columns in question.players.values()
    ]  # fmt: skip
    return np.column_stack(columns)
