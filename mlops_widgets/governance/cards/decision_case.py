"""One decision as the model makes it: the answer, where it turns, and what is on record."""

import math
from dataclasses import dataclass

from mlops_widgets.core.words import Form, number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """What the model says of one row.

    Parameters
    ----------
    study, table, row
        Which row.
    decision
        The decision in words.
    code
        Code of the class; -1 in regression.
    prediction
        The predicted number or code.
    score, threshold
        Of the positive class, and where the decision turns; NaN where there is none.
    is_share
        Whether the score is a probability.
    favourable, recorded, overruled
        As of DecisionExplanation.
    """

    study: Study
    table: Table
    row: int
    decision: str
    code: int
    prediction: float
    score: float
    threshold: float
    is_share: bool
    favourable: bool | None = None
    recorded: str = ""
    overruled: bool = False

    @property
    def name(self) -> str:
        """What the row is called, as in an Explanation."""
        return f"row {self.row} of {self.table.name}"

    def cell(self, column: str) -> str:
        """Return the row's cell in words, masked where the column is personal; "" of what is no column."""
        return self.study.words.value(column, self.table[column].iloc[self.row]) if column in self.table else ""

    def amount(self, value: float) -> str:
        """Return a score in words."""
        form: Form = "percent" if self.is_share else "number"
        return number(value, form)


def read_case(study: Study, table: Table, row: int) -> Case:
    """Return what the model says of a row.

    Raises
    ------
    MissingInputError
        If the model gave no answer for it.
    """
    scored = study.task == "binary" and "scores" in study.model.can
    score = float(study.model.scores(table)[row]) if scored else math.nan
    threshold = math.nan if study.decision_threshold is None or not scored else float(study.decision_threshold)
    prediction = float(score >= threshold) if math.isfinite(threshold) else float(study.model.predictions(table)[row])
    if math.isnan(prediction) or (scored and math.isnan(score)):
        raise MissingInputError(
            f"answer of the model for row {row} of {table.name}", "Choose a row that the model answered."
        )
    if study.task == "regression":
        told = f"{study.words.feature(study.outcome.target)} of {number(prediction)}"
        return Case(
            study=study, table=table, row=row, decision=told, code=-1, prediction=prediction, score=score, threshold=threshold, is_share=False
        )  # fmt: skip
    code = int(prediction)
    recorded, other = _recorded(study, table, row, code)
    return Case(
        study=study, table=table, row=row, decision=class_words(study, code), code=code, prediction=prediction, score=score,
        threshold=threshold, is_share="probabilities" in study.model.can, recorded=recorded, overruled=other,
        favourable=None if study.favourable is None else str(study.favourable) == str(study.outcome.classes[code]),
    )  # fmt: skip


def class_words(study: Study, code: int) -> str:
    """Return a class in words: "defaulted = 1"."""
    target = study.outcome.target
    return f"{study.words.feature(target)} = {study.words.value(target, study.outcome.classes[code])}"


def _recorded(study: Study, table: Table, row: int, code: int) -> tuple[str, bool]:
    """Return the decision on record, and whether it is another one than the model's."""
    name = study.roles.decision
    if name is None or name not in table:
        return "", False
    told = study.outcome.encode(table[name], where=f"decision in {table.name}")[row]
    return ("", False) if math.isnan(told) else (class_words(study, int(told)), int(told) != code)
