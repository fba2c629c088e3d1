"""Which labels surprise every model, and how many of them chance doesn't explain."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import short
from mlops_widgets.data_quality.labels.judging import (
    Judged,
    given_predictions,
    given_probabilities,
    judge_classes,
    judge_numbers,
)
from mlops_widgets.data_quality.labels.label_errors_findings import find
from mlops_widgets.data_quality.labels.out_of_fold import out_of_fold
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.errors import InputError, MissingInputError, WrongTypeError
from mlops_widgets.measures.label_noise import Excess
from mlops_widgets.measures.metrics import Task
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table, as_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_KEPT = 200
"""Ranked rows that a file keeps."""
_OUT_OF_FOLD = "Out-of-fold answers of {models}, {folds} folds by {unit}, averaged."
_GIVEN = "The {} that were passed, averaged."
_CLASSES = (
    "Score: one minus the mean probability of the label (cleanlab's self-confidence). Count: labels off the diagonal of the confident "
    "joint, beyond how many there are among labels drawn from the models' own probabilities, recalibrated (20 draws; claimed where "
    "more than 97.5 % of them)."
)
_NUMBERS = (
    "Score: residual in robust standard deviations. Count: residuals beyond 5 that Student's t with the tail of the inner 98 % doesn't "
    "explain."
)
_REFERENCE = "Northcutt, Jiang & Chuang 2021, Confident learning, JAIR 70; Wichmann & Hill 2001 (lapse rates)"


@dataclass(frozen=True, kw_only=True)
class LabelErrorsResult(Result):
    """Surprising labels, the most suspicious first, and how many chance doesn't explain.

    Parameters
    ----------
    task
        Of the labels.
    ranked
        Positions of the most suspicious rows in the table, at most 200, shape (k,).
    ranked_scores
        Their scores, shape (k,).
    count
        How many labels are wrong beyond chance; 0 where chance explains every surprise.
    excess
        The count's parts: flagged, expected by chance, lapse.
    by_cleanlab
        How many cleanlab's default filter calls wrong; None in regression.
    flagged_by_class
        Class → labels of it that are flagged; empty in regression.
    models
        Whose answers were averaged.
    labelled
        Rows with a label.
    table
        Whose rows.
    scores
        How suspicious each row's label is, higher is more: one minus its mean probability, or the residual in robust standard
        deviations; NaN without a label; shape (rows,). In memory only.
    suggested
        The class that the models hold likeliest, or their mean prediction, one a row; in memory only.
    given
        The labels, one a row; in memory only.
    """

    task: Task
    ranked: Integers
    ranked_scores: Floats
    count: int
    excess: Excess
    by_cleanlab: int | None
    flagged_by_class: dict[str, int]
    models: tuple[str, ...]
    labelled: int
    table: str
    scores: Floats = field(default_factory=lambda: np.zeros(0), metadata=IN_MEMORY, repr=False)
    suggested: Sequence[Any] = field(default=(), metadata=IN_MEMORY, repr=False)
    given: Sequence[Any] = field(default=(), metadata=IN_MEMORY, repr=False)

    def frame(self) -> pd.DataFrame:
        """Return the ranked rows: row, score, whether it is among the `count`, and in memory the label and what is suggested."""
        rows = self.ranked
        columns: dict[str, Any] = {
            "row": rows,
            "score": self.ranked_scores,
            "counted": np.arange(len(rows)) < self.count,
        }
        if len(self.given):
            columns["label"] = pd.Series([self.given[row] for row in rows], dtype=object)
            columns["suggested"] = pd.Series([self.suggested[row] for row in rows], dtype=object)
        return pd.DataFrame(columns)


@strategy("DQ-LE", takes_data=True)
def find_label_errors(
    data: Any,  # noqa: ANN401 - a study, or labels
    *,
    probabilities: Any = None,  # noqa: ANN401 - arrays
    predictions: Any = None,  # noqa: ANN401 - arrays
    table: str | None = None,
    folds: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LabelErrorsResult:
    """Return the labels that surprise several models, ranked, and how many of them chance doesn't explain.

    Outcomes are partly chance: one loan in ten with a probability of .1 defaults, and no label is wrong. So a surprise alone proves nothing, and
    the confident joint calls 15 % of the labels of a made-up loan desk wrong, where none is. Here labels are drawn from the models' own
    probabilities, flagged in the same way, and what is left over is claimed.

    Parameters
    ----------
    data
        A Study, whose models are fitted here; or the labels, shape (n,), with `probabilities` or `predictions`.
    probabilities
        With labels of classes: out-of-fold probabilities, shape (n, classes) with classes in sorted order, or (n,) of the
        second of two; or a list of such, one a model.
    predictions
        With numbers as labels: out-of-fold predictions, shape (n,), or a list of such.
    table
        Of a study: whose labels; by default the reference.
    folds
        Of a study: number of folds, 2 or more.
    seed
        Of folds, fits and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Raises
    ------
    InputError
        If shapes don't fit each other, or probabilities don't lie between 0 and 1 and add up to 1.

    References
    ----------
    Northcutt, Jiang & Chuang (2021). Confident learning. Journal of Artificial Intelligence Research 70.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(0.3, 0.3, 2000)  # some rows are sure, some are not
    >>> labels = (rng.random(2000) < p).astype(int)
    >>> find_label_errors(labels, probabilities=p).count
    0
    >>> labels[:100] = 1 - labels[:100]
    >>> 50 < find_label_errors(labels, probabilities=p).count < 120
    True
    """
    check_counts(folds=(folds, 2))
    if isinstance(data, Study):
        if probabilities is not None or predictions is not None:
            raise InputError(
                "A study's models are fitted here: leave probabilities= and predictions= out, or pass labels."
            )
        return _of_study(data, table, folds=folds, seed=seed, progress=progress, cancel=cancel)
    return _of_labels(data, probabilities, predictions, seed=seed)


def _of_study(
    study: Study, name: str | None, *, folds: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> LabelErrorsResult:
    table = source_of(study, table=name).table
    asked = out_of_fold(study, table, folds=folds, seed=seed, progress=part(progress, 0, 0.9), cancel=cancel)
    tell(progress, 0.9, "drawing labels")
    names: list[Any]
    models, answers = tuple(asked.answers), tuple(asked.answers.values())
    said = _OUT_OF_FOLD.format(models=f"{', '.join(models[:-1])} and {models[-1]}", folds=folds, unit=study.unit_name)
    if study.task == "regression":
        judged = judge_numbers(asked.y, answers)
        names = []
    else:
        names = list(study.outcome.classes)
        judged = judge_classes(asked.y.astype(np.int64), answers, len(names), seed=seed)
    return _result(
        judged, rows=asked.rows, of=table.rows, task=study.task, models=models, names=names, table=table.name, seed=seed, said=said
    )  # fmt: skip


def _of_labels(labels: Any, probabilities: Any, predictions: Any, *, seed: int) -> LabelErrorsResult:  # noqa: ANN401
    if probabilities is None and predictions is None and _is_table(labels):
        raise MissingInputError(
            "model and target", "Pass a study: mw.load_study(model=…, reference=…, test=…, target=…)."
        )
    if (probabilities is None) == (predictions is None):
        raise WrongTypeError(
            "find_label_errors takes a Study, or labels with probabilities= (classes) or predictions= (numbers), out of fold."
        )
    names: list[Any]
    series = pd.Series(labels.to_numpy() if isinstance(labels, pd.Series) else np.asarray(labels).ravel())
    rows = np.flatnonzero(~series.isna().to_numpy())
    if not len(rows):
        raise InputError("The labels are all missing. Pass one label a row; rows without one may be None.")
    if predictions is not None:
        numbers = given_predictions(predictions, len(series), rows)
        judged, names = judge_numbers(as_numbers(series.iloc[rows]), numbers), []
        what = ("predictions",) * len(numbers)
    else:
        names = sorted(series.iloc[rows].unique().tolist(), key=lambda each: (type(each).__name__, each))
        given = given_probabilities(probabilities, len(series), rows, classes=len(names))
        codes = series.iloc[rows].map({name: at for at, name in enumerate(names)}).to_numpy(dtype=np.int64)
        judged = judge_classes(codes, given, len(names), seed=seed)
        what = ("probabilities",) * len(given)
    task: Task = "regression" if not names else "multiclass" if len(names) > 2 else "binary"
    return _result(
        judged, rows=rows, of=len(series), task=task, models=what, names=names, table="labels", seed=seed, said=_GIVEN.format(what[0])
    )  # fmt: skip


def _is_table(data: object) -> bool:
    """Say whether `data` is a table, of which nobody said which column holds the labels."""
    return isinstance(data, Source | Table | str | os.PathLike) or len(getattr(data, "shape", ())) == 2


def _result(
    judged: Judged, *, rows: Integers, of: int, task: Task, models: tuple[str, ...], names: list[Any], table: str, seed: int, said: str
) -> LabelErrorsResult:  # fmt: skip
    scores = np.full(of, np.nan)
    scores[rows] = judged.scores
    order = np.argsort(-judged.scores, kind="stable")
    given: list[Any] = [None] * of
    suggested: list[Any] = [None] * of
    for at, row in enumerate(rows.tolist()):
        given[row] = names[int(judged.labels[at])] if names else float(judged.labels[at])
        suggested[row] = names[int(judged.suggested[at])] if names else float(judged.suggested[at])
    by_class = {
        short(str(name)): int(judged.flagged[judged.labels == at].sum())
        for at, name in enumerate(names)
        if (judged.labels == at).sum() >= FEWEST_QUOTED
    }
    return LabelErrorsResult(
        findings=find(
            judged.excess, len(rows), task=task, by_cleanlab=judged.by_cleanlab, of_right=judged.by_cleanlab_of_right
        ), rows=len(rows), seed=seed,
        method=f"{said} {_NUMBERS if task == 'regression' else _CLASSES}", reference=_REFERENCE, task=task,
        ranked=rows[order[:_KEPT]], ranked_scores=judged.scores[order[:_KEPT]], count=judged.excess.count, excess=judged.excess,
        by_cleanlab=judged.by_cleanlab, flagged_by_class=by_class, models=models, labelled=len(rows), table=table, scores=scores,
        suggested=suggested, given=given,
    )  # fmt: skip
