"""An answer with everything that a reader needs to read it, and its verdicts in words."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.result import WORST_FIRST, Finding, Status
from mlops_widgets.core.words import estimate, number, short
from mlops_widgets.explainability.attribution.checks import sampling_error
from mlops_widgets.explainability.attribution.explanation import Check, Engine, Explanation, half_width
from mlops_widgets.explainability.attribution.lime_findings import lime_findings
from mlops_widgets.explainability.attribution.lime_route import LimeAnswer
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.explainability.attribution.trust_checks import leaders_survive, lime_checks
from mlops_widgets.study.personal.masks import Personal
from mlops_widgets.study.tables import as_numbers

Floats = npt.NDArray[np.float64]

_SHAP = (
    "Lundberg & Lee (2017), Advances in Neural Information Processing Systems 30; Janzing et al. (2020), AISTATS 108"
)
_LIME = "Ribeiro et al. (2016), KDD '16, pp. 1135-1144"
_CODES = {
    "additivity": "EX-AT-02", "sharing out": "EX-AT-03", "repeatability": "EX-AT-04", "re-estimate": "EX-AT-05",
    "sampling error": "EX-AT-06", "leading columns": "EX-AT-08",
}  # fmt: skip
_REFUSED = "EX-AT-07"
_ACTIONS = {
    "additivity": "Ask with method='shap', which falls back to asking the model.",
    "sharing out": "Ask with method='shap', which falls back to asking the model.",
    "repeatability": "Make predict answer each row by itself and the same each time, then explain again.",
    "re-estimate": "Ask for more pairs, such as pairs=50.",
    "sampling error": "Ask for more pairs, such as pairs=50, or put columns that belong together into groups=.",
    "leading columns": "Ask for more pairs, such as pairs=50, or don't name one of these columns as the reason.",
}
_MOST_LETTERS = 60


def as_explanation(question: Question, answer: Answer, checks: tuple[Check, ...] = ()) -> Explanation:
    """Return an answer of a Shapley route with its checks as findings.

    Parameters
    ----------
    question, answer
        What was asked and found.
    checks
        What was checked; the sampling error, and whether the leading columns survive it, are added here.
    """
    if answer.pairs > 1:
        noise = sampling_error(answer, half_width(answer.standard_error, answer.pairs))
        checks = (*checks, noise, leaders_survive(answer, question.seed))
    told = _told(question, answer, "shap")
    return replace(told, checks=checks, findings=(_headline(told, checks), *map(_finding, checks)))


def as_lime_explanation(question: Question, answer: LimeAnswer) -> Explanation:
    """Return LIME's answer as an explanation on the same scale; how it fits is in `fit`, what that says in `checks`."""
    told = _told(question, answer, "lime")
    return replace(told, fit=answer.fit, checks=lime_checks(answer.fit), findings=lime_findings(question, answer))


def with_lime(explained: Explanation, question: Question, answer: LimeAnswer | Declined) -> Explanation:
    """Return Shapley values with LIME's answer beside them, or with why there is none."""
    if isinstance(answer, Declined):
        finding = Finding(
            code="EX-LI-00", status="not_applicable", claim=answer.why, action="Read the Shapley values alone."
        )
        return replace(explained, findings=(*explained.findings, finding))
    lime = as_lime_explanation(question, answer)
    return replace(explained, lime=lime, findings=(*explained.findings, *lime.findings))


def _told(question: Question, answer: Answer, engine: Engine) -> Explanation:
    shap = engine == "shap"
    against = (
        f"; contributions to {question.scale} against {question.background_text}" if shap else f"; in {question.scale}"
    )
    return Explanation(
        findings=(), rows=len(question.rows), seed=question.seed, method=f"{answer.method}{against}.",
        reference=_SHAP if shap else _LIME, engine=engine, route=answer.route, exact=answer.exact, scale=question.scale,
        columns=tuple(question.players), outputs=question.outputs, row_names=question.row_names,
        positions=question.positions, cells=cells_of(question), numbers=numbers_of(question), values=answer.values,
        standard_error=answer.standard_error, base=answer.base, prediction=answer.prediction, pairs=answer.pairs,
        evaluations=answer.evaluations, background_rows=len(question.background), baseline_text=question.background_text,
        declined=answer.declined,
    )  # fmt: skip


def _headline(told: Explanation, checks: tuple[Check, ...]) -> Finding:
    status: Status = min(
        (check.status for check in checks if check.status != "not_applicable"), key=WORST_FIRST.index, default="passed"
    )
    failed = [check for check in checks if check.status == "failed"]
    claim = _strongest(told) if len(told.row_names) == 1 else _strongest_of_many(told)
    if failed:
        claim = f"Do not rely on this explanation: {failed[0].text[:1].lower()}{failed[0].text[1:]}"
    output = told.favoured()
    return Finding(
        code="EX-AT-01", status=status, claim=claim,
        evidence={
            "prediction": float(told.prediction[0, output]), "baseline": float(told.base[0, output]), "route": told.route,
            "exact": told.exact, "background_rows": told.background_rows, "pairs": told.pairs,
        },
        action=_ACTIONS.get(next((check.name for check in checks if check.status == status), ""), "") if status != "passed" else "",
    )  # fmt: skip


def _strongest(told: Explanation) -> str:
    output = told.favoured()
    values = told.values[0, :, output]
    most = int(np.abs(values).argmax())
    lower, upper = (ends[0, most, output] for ends in told.interval())
    width = upper - lower
    by = estimate(float(values[most]), float(lower), float(upper)) if width > 0 else number(float(values[most]))
    return (
        f"{told.row_names[0]}: the model's {_scale_of(told)} {short(told.outputs[output], _MOST_LETTERS)} is "
        f"{number(float(told.prediction[0, output]))}, for the baseline {number(float(told.base[0, output]))}; "
        f"{short(told.columns[most], _MOST_LETTERS)} contributes most, {by}."
    )


def _scale_of(told: Explanation) -> str:
    """Return "probability of"; a number that is predicted is its own scale."""
    return "prediction of" if told.outputs == (told.scale,) else f"{told.scale} of"


def _strongest_of_many(told: Explanation) -> str:
    leads = np.abs(told.values).max(axis=2).argmax(axis=1)
    counts = np.bincount(leads, minlength=len(told.columns))
    most = int(counts.argmax())
    return (
        f"{len(leads):,} rows were explained; {short(told.columns[most], _MOST_LETTERS)} contributes most to the model's {told.scale} in "
        f"{int(counts[most]):,} of them."
    )


def _finding(check: Check) -> Finding:
    code = _CODES.get(check.name, _REFUSED)
    action = "" if check.status in {"passed", "not_applicable"} else _ACTIONS.get(check.name, "")
    return Finding(
        code=code, status=check.status, claim=check.text, action=action,
        evidence={"value": check.value, "limit": check.limit},
    )  # fmt: skip


def cells_of(question: Question) -> tuple[tuple[str, ...], ...]:
    """Return the rows' cells in words, (n, p); a group's cells stand side by side."""
    words = {
        column: [_word(cell, question.personal, column) for cell in question.rows[column]]
        for column in question.rows.columns
    }
    return tuple(
        tuple(", ".join(words[column][row] for column in columns) for columns in question.players.values())
        for row in range(len(question.rows))
    )


def _word(cell: object, personal: Personal, column: str) -> str:
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return "missing"
    if isinstance(cell, float | np.floating):
        return personal.masked(column, f"{cell:.10g}")
    return short(personal.masked(column, str(cell).removesuffix(" 00:00:00")), _MOST_LETTERS)


def numbers_of(question: Question) -> Floats:
    """Return the rows' cells as numbers, (n, p); NaN where they are none, for groups, and of personal columns."""
    columns = [
        as_numbers(question.rows[columns[0]])
        if len(columns) == 1 and columns[0] not in question.personal
        else np.full(len(question.rows), np.nan)
        for columns in question.players.values()
    ]
    return np.column_stack(columns)
