"""Explain one decision to the person whom it concerns: from the answer to the decision, what counted, and what they can do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.special import expit

from mlops_widgets.core.document import Document, Statement
from mlops_widgets.core.options import check_counts
from mlops_widgets.core.result import Finding, Result, type_name
from mlops_widgets.core.said_files import read_said
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.governance.cards.decision_document import decision_document
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pandas as pd

DECISION_FIELDS = ("purpose", "who can overrule", "how to object", "contact")
"""What only a person can say."""

_METHOD = (
    "The model's own answer and the study's threshold; reasons are those of the explanation that was passed, once its prediction is the "
    "model's, none of its checks failed and their intervals leave out 0"
)
_MOST_APART = 1e-4
_EXPLAIN = "Pass explanation=mw.explainability.explain(study, {row}, table={table!r})."


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What a column did to the answer: column, what it is called, the row's cell in words, and the change on the explanation's scale."""

    column: str
    label: str
    cell: str
    value: float


@dataclass(frozen=True, kw_only=True)
class DecisionExplanation(Result):
    """One decision, explained. It is about one row and holds its cells.

    Parameters
    ----------
    row, table
        Which row.
    decision
        What the model says, such as "defaulted = 0"; of a regression, the number.
    score, threshold
        The model's answer for the positive class and where the decision turns; NaN where there is none.
    favourable
        Whether it is the outcome that is good to be given; None where nobody said which that is.
    recorded
        The decision on record; "" where none is.
    overruled
        Whether that is another one than the model's.
    reasons
        What counted most, the strongest first; empty without a sound explanation.
    scale
        What the reasons' values are in.
    unexplained
        Why there are no reasons; "" where there are.
    statements
        What people said, by field.
    document
        The text.
    fingerprint
        Of the study.
    synthetic
        Whether the data were made up.
    """

    holds_cells: ClassVar[bool] = True

    row: int
    table: str
    decision: str
    score: float
    threshold: float
    favourable: bool | None
    recorded: str
    overruled: bool
    reasons: tuple[Reason, ...]
    scale: str
    unexplained: str
    statements: Mapping[str, Statement]
    document: Document
    fingerprint: str
    synthetic: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that nobody has filled with words, name and day."""
        return tuple(name for name, each in self.statements.items() if each.source == "missing")

    def frame(self) -> "pd.DataFrame":
        """Return one row a reason."""
        import pandas as pd

        names = ["column", "label", "cell", "value"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.reasons], columns=names)


@strategy("GV-ED")
def explain_decision(
    study: Study, row: int, *, explanation: Result | None = None, table: str | None = None,
    statements: "str | PathLike[str] | Mapping[str, Any] | None" = None, most: int = 4,
) -> DecisionExplanation:  # fmt: skip
    """Explain one decision to the person whom it concerns.

    Parameters
    ----------
    study
        The study.
    row
        Position in the table, from 0.
    explanation
        What `mw.explainability.explain(study, row)` returned, for this row or several. Without one, no reason is told and the finding
        fails: nothing is made up in its place.
    table
        Which table; by default the test, else production, else the reference.
    statements
        Field → {"text": …, "by": …, "on": …}, or the path of a TOML file of this form. Fields: purpose, who can overrule, how to object,
        contact. One without words, name or day counts as empty.
    most
        How many reasons are told for each side.

    Returns
    -------
    DecisionExplanation or NoResult
        Findings: GV-ED-01 the decision and whether its reasons are known, GV-ED-02 empty fields, GV-ED-03 a decision on record that is
        another one.

    Raises
    ------
    InputError
        If there is no such row, or the explanation is of another row or model.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans")
    >>> told = explain_decision(study, 3, explanation=mw.explainability.explain(study, 3, method="shap"))
    >>> told.findings[0].status, told.missing
    ('passed', ('purpose', 'who can overrule', 'how to object', 'contact'))
    """
    check_counts(most=(most, 1))
    chosen = _table(study, table)
    if isinstance(row, bool) or not isinstance(row, int | np.integer) or not 0 <= row < chosen.rows:
        raise InputError(f"row={str(row)[:40]}. Positions in {chosen.name}: 0 to {chosen.rows - 1:,}.")
    place, told = int(row), read_said("statements", statements, DECISION_FIELDS)
    decided = _decide(study, chosen, place)
    reasons, scale, why = _reasons(study, chosen, place, decided, explanation, most)
    document = decision_document(
        study, chosen, place, decided=decided, reasons=reasons, scale=scale, unexplained=why, told=told
    )
    return DecisionExplanation(
        findings=_find(chosen, place, decided, reasons, why, told), rows=1, method=_METHOD, row=place, table=chosen.name,
        decision=decided.words, score=decided.score, threshold=decided.threshold, favourable=decided.favourable, recorded=decided.recorded,
        overruled=decided.overruled, reasons=reasons, scale=scale, unexplained=why, statements=told, document=document,
        fingerprint=study.fingerprint, synthetic=study.synthetic,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What the model says of a row.

    Parameters
    ----------
    words
        The decision in words.
    code
        Code of the class; -1 in regression.
    prediction
        The predicted number or code.
    score, threshold
        Of the positive class, and where the decision turns; NaN where there is none.
    share
        Whether the score is a probability.
    favourable, recorded, overruled
        As of DecisionExplanation.
    """

    words: str
    code: int
    prediction: float
    score: float
    threshold: float
    share: bool
    favourable: bool | None = None
    recorded: str = ""
    overruled: bool = False


def _table(study: Study, name: str | None) -> Table:
    if name is None:
        return study.test or study.production or study.need("reference")
    if name not in study.tables:
        raise UnknownNameError(
            f"table={str(name)[:60]!r}. Tables: {listed(study.tables)}.{did_you_mean(str(name)[:60], study.tables)}"
        )
    return study.tables[name]


def _decide(study: Study, table: Table, row: int) -> Decided:
    target, can = study.outcome.target, study.model.can
    scored = study.task == "binary" and "scores" in can
    score = float(study.model.scores(table)[row]) if scored else math.nan
    threshold = math.nan if study.decision_threshold is None or not scored else float(study.decision_threshold)
    prediction = float(score >= threshold) if math.isfinite(threshold) else float(study.model.predictions(table)[row])
    if math.isnan(prediction) or (scored and math.isnan(score)):
        raise MissingInputError(
            f"answer of the model for row {row} of {table.name}", "Choose a row that the model answered."
        )
    if study.task == "regression":
        told = f"{study.words.feature(target)} of {number(prediction)}"
        return Decided(words=told, code=-1, prediction=prediction, score=score, threshold=threshold, share=False)
    code = int(prediction)
    recorded, other = _recorded(study, table, row, code)
    return Decided(
        words=_class(study, code), code=code, prediction=prediction, score=score, threshold=threshold, share="probabilities" in can,
        favourable=None if study.favourable is None else str(study.favourable) == str(study.outcome.classes[code]),
        recorded=recorded, overruled=other,
    )  # fmt: skip


def _class(study: Study, code: int) -> str:
    target = study.outcome.target
    return f"{study.words.feature(target)} = {study.words.value(target, study.outcome.classes[code])}"


def _recorded(study: Study, table: Table, row: int, code: int) -> tuple[str, bool]:
    """Return the decision on record, and whether it is another one than the model's."""
    name = study.roles.decision
    if name is None or name not in table:
        return "", False
    told = study.outcome.encode(table[name], where=f"decision in {table.name}")[row]
    return ("", False) if math.isnan(told) else (_class(study, int(told)), int(told) != code)


def _reasons(
    study: Study, table: Table, row: int, decided: Decided, given: Result | None, most: int
) -> tuple[tuple[Reason, ...], str, str]:
    """Return the reasons, their scale, and why there are none. The explanation's type is of another chapter: it is known by name."""
    if given is None:
        return (), "", f"No explanation of this row was passed. {_EXPLAIN.format(row=row, table=table.name)}"
    if not isinstance(given, Result) or type_name(type(given)) != "explainability.Explanation":
        if isinstance(given, Result) and given.findings[0].code.startswith("EX-"):
            return (), "", f"The explanation isn't one: {given.headline}"
        raise WrongTypeError(f"explanation= is {type(given).__name__}. {_EXPLAIN.format(row=row, table=table.name)}")
    told: Any = given
    name = f"row {row} of {table.name}"
    if name not in told.row_names:
        raise InputError(
            f"explanation= is about {listed(told.row_names, most=3)}, not {name}. {_EXPLAIN.format(row=row, table=table.name)}"
        )
    k = told.row_names.index(name)
    output = told.favoured(k)
    _check_same_model(study, table, row, decided, told, k, output)
    failed = [each.name for each in told.checks if each.status == "failed"]
    if failed:
        return (), told.scale, f"An explanation was made and isn't told: its check of {listed(failed)} failed."
    lower, upper = told.interval()
    values = told.values[k, :, output]
    sure = np.ones(len(values), dtype=bool) if told.exact else lower[k, :, output] * upper[k, :, output] > 0
    order = [p for p in np.argsort(-np.abs(values), kind="stable") if sure[p] and values[p] != 0]
    kept = [p for p in order if values[p] > 0][:most] + [p for p in order if values[p] < 0][:most]
    found = tuple(
        Reason(column=told.columns[p], label=study.words.feature(told.columns[p]), cell=_cell(study, table, row, told.columns[p]), value=float(values[p]))
        for p in sorted(kept, key=order.index)
    )  # fmt: skip
    return found, told.scale, "" if found else "The explanation knows of no column that moved the answer for certain."


def _check_same_model(study: Study, table: Table, row: int, decided: Decided, told: Any, k: int, output: int) -> None:  # noqa: ANN401 - an Explanation
    """Raise `InputError` if the explanation's prediction for the row isn't the study's model's, on scales where that can be said."""
    said = float(told.prediction[k, output])
    if study.task == "regression":
        ours = decided.prediction
    elif study.task == "binary" and told.scale in {"probability", "log-odds"} and len(told.outputs) == 1:
        said, ours = float(expit(said)) if told.scale == "log-odds" else said, decided.score
    elif told.scale == "probability" and "probabilities" in study.model.can:
        ours = float(study.model.probabilities(table)[row, output])
    else:
        return
    if math.isfinite(ours) and abs(said - ours) > _MOST_APART * max(1.0, abs(ours)):
        raise InputError(
            f"explanation= is of another model: it says {number(said)} of this row, the study's model {number(ours)}. Explain it anew."
        )


def _cell(study: Study, table: Table, row: int, column: str) -> str:
    return study.words.value(column, table[column].iloc[row]) if column in table else ""


def _find(
    table: Table, row: int, decided: Decided, reasons: tuple[Reason, ...], why: str, told: Mapping[str, Statement]
) -> tuple[Finding, ...]:  # fmt: skip
    claim = f"Row {row} of {table.name}: the model says {decided.words}"
    if math.isfinite(decided.threshold):
        side = "at or above" if decided.score >= decided.threshold else "below"
        claim += f", as its answer {_amount(decided.score, decided)} lies {side} {_amount(decided.threshold, decided)}"
    claim += f"; {len(reasons)} reasons are known." if reasons else f". {why}"
    first = Finding(
        code="GV-ED-01", status="passed" if reasons else "failed", claim=claim, evidence={"reasons": len(reasons)},
        action="" if reasons else _EXPLAIN.format(row=row, table=table.name),
    )  # fmt: skip
    empty = [name for name, each in told.items() if each.source == "missing"]
    fields = Finding(
        code="GV-ED-02", status="failed" if empty else "passed", evidence={"empty": len(empty), "fields": len(told)},
        claim=f"Nobody has said: {listed(empty)}." if empty else "The person is told what it is for, who can overrule it, and how to object.",
        action="Pass statements={field: {'text': …, 'by': …, 'on': …}}." if empty else "",
    )  # fmt: skip
    if not decided.overruled:
        return first, fields
    other = Finding(
        code="GV-ED-03", status="warning", claim=f"The decision on record is {decided.recorded}, another one than the model's.",
        action="The reasons are the model's: say who decided otherwise, and why.",
    )  # fmt: skip
    return first, fields, other


def _amount(value: float, decided: Decided) -> str:
    return number(value, "percent") if decided.share else number(value)
