"""One row with other values: what the model says when one column changes alone, and the explanation it starts from."""

from dataclasses import dataclass
from functools import cached_property, partial
from math import isnan
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import capital, number
from mlops_widgets.errors import InputError, listed
from mlops_widgets.explainability.attribution.chosen_rows import Row
from mlops_widgets.explainability.attribution.explain import answer_question
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.lime_route import along_widths
from mlops_widgets.explainability.attribution.neighbourhood import draw_neighbourhood
from mlops_widgets.explainability.attribution.standing import StandingExplainer
from mlops_widgets.explainability.attribution.study_questions import Output, ask_row
from mlops_widgets.explainability.local.row_form import Field, RowForm, number_text
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
_ACTION = (
    "Read it as what the model says, not as what would happen: changing a cell of a table changes nothing else that goes "
    "with it in life."
)


@dataclass(frozen=True, kw_only=True)
class WhatIfResult(Result):
    """What the model says of one row when one column changes alone.

    It holds the cells of the row that it is about, and values that at least five training rows share or a range without
    their extremes; no other cells.

    Parameters
    ----------
    explanation
        The row as it is, explained.
    fields
        What each column can be changed to; the columns that contribute most come first.
    answers
        (points, outputs) the model's answers along all fields' `points`, one field after the other.
    widths
        (w,) kernel widths of LIME, from a third of the default to four times as wide; empty without LIME.
    lime_along
        (w, p, outputs) LIME's contributions at each.
    r2_along
        (w, outputs) how its surrogates fit there.
    synthetic
        Whether the data were made up by a generator.
    """

    holds_cells: ClassVar[bool] = True

    explanation: Explanation
    fields: tuple[Field, ...]
    answers: Floats
    widths: Floats
    lime_along: Floats
    r2_along: Floats
    synthetic: bool = False

    def along(self, place: int) -> Floats:
        """Return the answers along the points of the field at `place`, (points, outputs)."""
        start = sum(len(field.points) for field in self.fields[:place])
        return self.answers[start : start + len(self.fields[place].points)]

    def frame(self) -> pd.DataFrame:
        """Return one row a point and output: the column, its value in words, and the answer."""
        rows = [
            {"column": field.column, "value": point_text(field, point), "output": output, "answer": float(answer)}
            for place, field in enumerate(self.fields)
            for point, answers in zip(field.points, self.along(place), strict=True)
            for output, answer in zip(self.explanation.outputs, answers, strict=True)
        ]
        return pd.DataFrame(rows, columns=["column", "value", "output", "answer"])


class OneRow:
    """A row, its explanation and its form; `standing` explains it again and again with other cells.

    Parameters
    ----------
    study, row, table, lime, output, seed
        As in `vary_row`.
    progress, cancel
        As everywhere.
    """

    def __init__(
        self, study: Study, row: Row, *, table: str | None = None, lime: bool = True, output: Output = "auto", seed: int = 0,
        progress: Progress | None = None, cancel: Cancel | None = None,
    ) -> None:  # fmt: skip
        self.question = ask_row(study, row, table=table, output=output, seed=seed)
        self.first = answer_question(self.question, method="both" if lime else "shap", progress=progress, cancel=cancel)
        order = np.argsort(-np.abs(self.first.values[0]).max(axis=1), kind="stable")
        training = self.question.background if self.question.training is None else self.question.training
        ranked = [self.first.columns[place] for place in order]
        self.form = RowForm(self.question.rows, training, order=ranked, personal=study.personal)
        self._stand = partial(StandingExplainer, study, output=output, lime=lime, seed=seed)

    def output(self, asked: object) -> int:
        """Return the position of an output that a page asks for.

        Raises
        ------
        InputError
            If there is none at that position.
        """
        if type(asked) is not int or not 0 <= asked < len(self.first.outputs):
            raise InputError(f"output must be a whole number from 0 to {len(self.first.outputs) - 1}.")
        return asked

    @cached_property
    def standing(self) -> StandingExplainer:
        """Explains rows like this one, prepared at first use."""
        return self._stand()


@strategy("EX-WI")
def vary_row(
    study: Study, row: Row = 0, *, table: str | None = None, lime: bool = True, output: Output = "auto", seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> WhatIfResult:  # fmt: skip
    """Say what the model answers for one row when a single column has another value, the others as they are.

    Parameters
    ----------
    study
        The study.
    row
        Position in the table, or one row as a mapping or frame of the model's columns; by default the first.
    table, output, seed
        As in `explain`.
    lime
        Whether the row is explained by LIME too.
    progress, cancel
        As everywhere.

    Returns
    -------
    WhatIfResult
        The row's explanation, and the answers along at most twelve values of each column (individual conditional
        expectation; Goldstein et al. 2015).

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.explainability.vary_row(mw.sample("loans"), row=3, lime=False)
    >>> result.frame().columns.tolist()
    ['column', 'value', 'output', 'answer']
    """
    one = OneRow(study, row, table=table, lime=lime, output=output, seed=seed, progress=progress, cancel=cancel)
    return varied(study, one, cancel=cancel)


def varied(study: Study, one: OneRow, *, cancel: Cancel | None = None) -> WhatIfResult:
    """Return the answers along each column of a row that was explained already."""
    check_cancel(cancel)
    grid = one.form.grid()
    answers = one.question.predict(grid) if len(grid) else np.empty((0, len(one.question.outputs)))
    first = one.first
    moved = _moved(first, one.form.fields, answers)
    return WhatIfResult(
        findings=_findings(study, first, moved), rows=1, seed=one.question.seed,
        method=f"Each column moved along its values, the others as they are. {first.method}",
        reference="Goldstein et al. (2015), Peeking inside the black box, section 3", explanation=first,
        fields=one.form.fields, answers=answers, synthetic=study.synthetic, **_along_widths(one),
    )  # fmt: skip


def _along_widths(one: OneRow) -> dict[str, Any]:
    """Return LIME's contributions over kernel widths, from the samples that the explanation rests on; empty without LIME."""
    p, k = one.first.values.shape[1:]
    if one.first.lime is None:
        return {"widths": np.empty(0), "lime_along": np.empty((0, p, k)), "r2_along": np.empty((0, k))}
    path = along_widths(one.question, draw_neighbourhood(one.question))
    return {"widths": path.widths, "lime_along": path.values, "r2_along": path.r2}


@dataclass(frozen=True)
class Moved:
    """The value of a column alone that moves the answer most: the column, the value in words, and the answer there."""

    column: str
    value: str
    answer: float
    by: float


def _moved(first: Explanation, fields: tuple[Field, ...], answers: Floats) -> list[Moved]:
    """Return each column's largest move, the largest first."""
    output, done, found = first.favoured(), 0, []
    own = float(first.prediction[0, output])
    for field in fields:
        along = answers[done : done + len(field.points), output]
        done += len(field.points)
        if along.size:
            far = int(np.abs(along - own).argmax())
            found.append(
                Moved(field.column, point_text(field, field.points[far]), float(along[far]), float(along[far] - own))
            )
    return sorted(found, key=lambda each: -abs(each.by))


def _findings(study: Study, first: Explanation, moved: list[Moved]) -> tuple[Finding, ...]:
    output = first.favoured()
    own = float(first.prediction[0, output])
    if not moved:
        claim = (
            f"{capital(first.row_names[0])}: no column of it can be changed to another value that training rows share."
        )
        return (Finding(code="EX-WI-01", status="not_enough_data", claim=claim, action=_ACTION),)
    most = moved[0]
    claim = (
        f"{capital(first.row_names[0])}: of changes to one column, {most.column} moves {_scale_words(first, output)} most: from "
        f"{_told(first, own)} to {_told(first, most.answer)} at {most.value}."
    )
    evidence: dict[str, float | str] = {
        "column": most.column,
        "answer": own,
        "moved_to": most.answer,
        "columns_tried": len(moved),
    }
    found = [Finding(code="EX-WI-01", status="passed", claim=claim, evidence=evidence, action=_ACTION)]
    threshold = _threshold(study, first)
    if threshold is not None:
        found.append(_turning(moved, own, threshold))
    return tuple(found)


def _turning(moved: list[Moved], own: float, threshold: float) -> Finding:
    turning = [each for each in moved if (each.answer >= threshold) != (own >= threshold)]
    names = listed([each.column for each in turning]) if turning else ""
    claim = (
        f"{len(turning)} of {len(moved)} columns can turn the decision by themselves: {names}." if turning
        else f"None of {len(moved)} columns turns the decision by itself within the values that training rows share."
    )  # fmt: skip
    evidence = {"turning": len(turning), "columns_tried": len(moved), "threshold": threshold}
    return Finding(code="EX-WI-02", status="passed", claim=claim, evidence=evidence)


def _threshold(study: Study, first: Explanation) -> float | None:
    """Return where the decision turns on the explanation's scale, or None where that isn't known."""
    if study.task != "binary" or first.scale not in {"probability", "log-odds"}:
        return None
    threshold = 0.5 if study.decision_threshold is None else study.decision_threshold
    if first.scale == "probability":
        return threshold
    return float(np.log(threshold / (1 - threshold))) if 0 < threshold < 1 else None


def _told(first: Explanation, answer: float) -> str:
    """Return an answer in words: log-odds of one outcome by the probability that they stand for."""
    return number(float(1 / (1 + np.exp(-answer))), "percent") if first.logistic else number(answer)


def _scale_words(first: Explanation, output: int) -> str:
    name = first.outputs[output]
    if first.logistic:
        return f"the probability of {name}"
    return f"the {name}" if first.scale == name else f"the {first.scale} of {name}"


def point_text(field: Field, point: float) -> str:
    """Return a field's point in words."""
    if isnan(point):
        return "missing"
    if field.kind == "choice":
        return field.options[int(point)]
    if field.kind == "date":
        return number(point, "date")
    return number_text(point)
