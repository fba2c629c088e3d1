"""The path that a decision tree takes with one row, in words, and what became of the rows that took it too."""

from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_margin
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import capital, estimate, number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.explainability.attribution.chosen_rows import Row
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.study_questions import Output, ask_row
from mlops_widgets.explainability.local.box import Condition, box_around
from mlops_widgets.explainability.local.leaves import Read, reader_of
from mlops_widgets.explainability.local.row_form import RowForm
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.shares import share_of
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table

Flags = npt.NDArray[np.bool_]
MARGIN = 0.1
_MOST_STRAYS = 0.01
_METHOD = (
    "Each column is moved alone until a tree takes another branch; ends by narrowing. Shares with Wilson's interval, means with "
    "Student's, over resampling units, 95 %"
)
_REMEDY = "Explain the row instead: mw.explainability.explain(study, row)."


@dataclass(frozen=True, kw_only=True)
class PathRows:
    """The rows of one table that take the path, and what became of them.

    Parameters
    ----------
    table
        Its name.
    rows, taking
        How many rows it has, and how many of them take the path.
    labelled
        How many of those have a label.
    value, lower, upper
        Of these the share with the outcome, or the mean target, with its 95 % interval; NaN without labels.
    """

    table: str
    rows: int
    taking: int
    labelled: int
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class DecisionPathResult(Result):
    """One row's path through a tree, or the box in which several trees take the same branches for it.

    It holds thresholds of the model and values that at least five training rows share, or the row's own; no other cells.

    Parameters
    ----------
    row_name
        What the row is called.
    conditions
        The path's conditions, merged by column; empty where there is none worth reading.
    trees
        How many trees the model has.
    outcome
        What the answer is about: "defaulted = 1", or the target.
    answer
        The model's answer for the row: a probability or, of numbers, the prediction.
    share
        Whether it is a probability.
    parts
        The rows of each table that take the path: first those that the model learned from.
    margin
        The largest difference of answer and outcome that doesn't matter, in the answer's unit.
    """

    holds_cells: ClassVar[bool] = True

    row_name: str
    conditions: tuple[Condition, ...]
    trees: int
    outcome: str
    answer: float
    share: bool
    parts: tuple[PathRows, ...]
    margin: float

    def frame(self) -> pd.DataFrame:
        """Return one row a condition: the column, its ends or levels, and the condition in words."""
        names = ["column", "lower", "upper", "levels", "or_missing", "text"]
        rows = [{name: getattr(each, name) for name in names} for each in self.conditions]
        return pd.DataFrame(rows, columns=names)


@strategy("EX-DP")
def read_decision_path(
    study: Study, row: Row = 0, *, table: str | None = None, margin: float = MARGIN, progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> DecisionPathResult:  # fmt: skip
    """Say in words by which conditions a decision tree answers for one row, and what became of the rows like it.

    Of several trees, it says in which box of values all of them take the branches that they take for the row; the answer is
    the same throughout. No surrogate tree stands in for other models.

    Parameters
    ----------
    study
        The study; its model must be a tree or an ensemble of trees, after any preprocessing.
    row
        Position in the table, or one row as a mapping or frame of the model's columns; by default the first.
    table
        Name of the table that the position counts in; by default the test, else production, else the reference.
    margin
        The largest difference of probability and outcome that doesn't matter, 0 to 1; of numbers, in standard deviations
        of the target.
    progress, cancel
        As everywhere.

    Returns
    -------
    DecisionPathResult
        The conditions, and the rows of reference and test that take the path.

    Raises
    ------
    InputError
        If `row` isn't one row, or `margin` is out of its range.

    Examples
    --------
    >>> import numpy as np, pandas as pd, mlops_widgets as mw
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> rows = pd.DataFrame({"income": np.arange(400.0)}).assign(late=lambda f: (f["income"] < 130).astype(int))
    >>> tree = DecisionTreeClassifier(max_depth=1).fit(rows[["income"]], rows["late"])
    >>> study = mw.load_study(model=tree, reference=rows[::2], test=rows[1::2], target="late")
    >>> [condition.text for condition in mw.explainability.read_decision_path(study, row=3).conditions]
    ['income ≤ 129']
    """
    check_margin(margin)
    question = _question(study, row, table)
    read = reader_of(question.model, question.inputs)
    if read is None:
        raise MissingInputError("model made of trees whose leaves can be read", _REMEDY)
    training = question.background if question.training is None else question.training
    tell(progress, 0.1, "reading the path")
    conditions = box_around(RowForm(question.rows, training), training, read)
    check_cancel(cancel)
    return _result(study, question, conditions, read, margin)


def _question(study: Study, row: Row, table: str | None) -> Question:
    able: Output = "probability" if "probabilities" in study.model.can else "decision"
    output: Output = "prediction" if study.task == "regression" else able
    return ask_row(study, row, table=table, output=output)


def _result(
    study: Study, question: Question, conditions: tuple[Condition, ...], read: Read, margin: float
) -> DecisionPathResult:
    own, features = read(question.rows), list(question.rows.columns)
    code, answer = _event(study, question.predict(question.rows)[0])
    tables = [each for each in (study.reference, study.test) if each is not None] or [study.need("production")]
    frames = [each.pandas()[features] for each in tables]
    taking = [(read(frame) == own).all(axis=1) for frame in frames]
    parts = tuple(_part(study, each, flags, code) for each, flags in zip(tables, taking, strict=True))
    unread = _unreadable(parts[0], own.shape[1], _strays(conditions, frames[0], taking[0]))
    target = study.outcome.target
    found = DecisionPathResult(
        findings=(), rows=sum(part.rows for part in parts), method=_METHOD, row_name=question.row_names[0],
        conditions=() if unread else conditions, trees=own.shape[1],
        outcome=target if code is None else f"{target} = {study.outcome.classes[code]}", answer=answer, share=code is not None,
        parts=parts, margin=margin * (_spread(study, tables[-1]) if code is None else 1.0),
    )  # fmt: skip
    return replace(found, findings=(unread,) if unread else _findings(found))


def _event(study: Study, prediction: npt.NDArray[np.float64]) -> tuple[int | None, float]:
    """Return the class that the answer is about, None of numbers; and its probability, NaN of a class without one."""
    if study.task == "regression":
        return None, float(prediction[0])
    if "probabilities" not in study.model.can:
        return round(float(prediction[0])), nan
    if study.task == "binary":
        return len(study.outcome.classes) - 1, float(prediction[0])
    return int(prediction.argmax()), float(prediction.max())


def _spread(study: Study, table: Table) -> float:
    return float(np.nanstd(study.labels(table))) if study.outcome.target in table else nan


def _strays(conditions: tuple[Condition, ...], frame: pd.DataFrame, taking: Flags) -> float:
    """Return the share of the rows that fulfil the conditions and yet take another path."""
    inside = np.ones(len(frame), dtype=bool)
    for condition in conditions:
        inside &= condition.holds(frame[condition.column])
    return float((inside & ~taking).sum() / max(inside.sum(), 1))


def _part(study: Study, table: Table, taking: Flags, code: int | None) -> PathRows:
    labels = study.labels(table) if study.outcome.target in table else np.full(table.rows, nan)
    chosen = np.flatnonzero(taking & ~np.isnan(labels))
    value = lower = upper = nan
    if chosen.size and code is None:
        value, lower, upper = clustered_mean(labels[chosen], study.units(table)[chosen])
    elif chosen.size:
        share = share_of(labels[chosen] == code, study.units(table)[chosen])
        value, lower, upper = share.value, share.lower, share.upper
    return PathRows(
        table=table.name, rows=table.rows, taking=int(taking.sum()), labelled=len(chosen), value=value, lower=lower, upper=upper,
    )  # fmt: skip


def _unreadable(first: PathRows, trees: int, stray: float) -> Finding | None:
    """Return why no path is shown, or None: too few rows share it, or conditions on single columns don't describe it."""
    if first.taking < FEWEST_QUOTED:
        claim = (
            f"The {trees:,} trees together have no path worth reading: {first.taking:,} of {first.rows:,} rows of "
            f"{first.table} take the same branches in all of them."
        )
        return Finding(code="EX-DP-01", status="not_applicable", claim=claim, action=_REMEDY)
    if stray > _MOST_STRAYS:
        claim = (
            f"The path can't be said in conditions on single columns: {number(stray, 'percent')} of the rows that fulfil them "
            "take another path, since a feature of the tree mixes several columns."
        )
        return Finding(code="EX-DP-01", status="not_applicable", claim=claim, action=_REMEDY)
    return None


def _findings(path: DecisionPathResult) -> tuple[Finding, ...]:
    first = path.parts[0]
    conditions = " and ".join(each.text for each in path.conditions) or "no condition: the tree has one leaf"
    took = "takes the path" if path.trees == 1 else f"keeps its leaf in each of the {path.trees:,} trees while"
    answer = f"; the model says {_written(path, path.answer)}" if isfinite(path.answer) else ""
    claim = f"{capital(path.row_name)} {took}: {conditions} → {_told(path, first)}{answer}."
    action = "Ask somebody who knows the matter whether each condition makes sense for it."
    evidence = {
        "conditions": len(path.conditions),
        "trees": path.trees,
        "rows_taking": first.taking,
        "value": _or_none(first.value),
    }
    found = [Finding(code="EX-DP-01", status="passed", claim=claim, evidence=evidence, action=action)]
    return (*found, *(_held(path, part) for part in path.parts[1:]))


def _held(path: DecisionPathResult, part: PathRows) -> Finding:
    """Return whether the answer of this path holds on rows that the tree didn't learn from."""
    gap = path.answer - part.value
    low, high = path.answer - part.upper, path.answer - part.lower
    status: Status = "not_enough_data"
    if isfinite(low) and isfinite(high):
        sides = [judge(*ends, margin=path.margin, n=part.labelled).status for ends in ((low, high), (-high, -low))]
        status = "failed" if "failed" in sides else "passed" if sides == ["passed", "passed"] else "not_enough_data"
    words = {"passed": "as the model says", "failed": "not what the model says"}.get(status, "too few to tell")
    claim = f"Of the rows that the tree didn't learn from: {_told(path, part)}: {words} (margin {number(path.margin)})."
    evidence = {"answer": _or_none(path.answer), "value": _or_none(part.value), "gap": _or_none(gap), "margin": path.margin, "rows_taking": part.taking}  # fmt: skip
    action = (
        "Don't quote this leaf's answer as a rate: recalibrate the model or prune the tree."
        if status == "failed"
        else ""
    )
    return Finding(code="EX-DP-02", status=status, claim=claim, evidence=evidence, action=action)


def _told(path: DecisionPathResult, part: PathRows) -> str:
    if not part.labelled:
        return f"{part.taking:,} of {part.rows:,} rows of {part.table} take it, none with a label"
    low, high = (part.lower, part.upper) if isfinite(part.lower) else (None, None)
    value = estimate(part.value, low, high, "percent" if path.share else "number")
    what = f"{path.outcome} in {value} of" if path.share else f"mean {path.outcome} {value} over"
    return f"{what} {part.labelled:,} rows of {part.table}"


def _written(path: DecisionPathResult, value: float) -> str:
    return number(value, "percent") if path.share else number(value)


def _or_none(value: float) -> float | None:
    return value if isfinite(value) else None
