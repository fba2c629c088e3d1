"""What a row loses by a model's answer: money where outcomes are worth some, else a loss that adds up over rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.label_free.direct_loss import mean_loss
from mlops_widgets.measures.losses import (
    absolute_errors,
    class_log_losses,
    log_losses,
    percentage_errors,
    squared_errors,
)
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Kind = Literal["value", "log loss", "zero-one", "error"]

LEAST_PROBABILITY = 1e-3
"""What a smaller probability of an outcome counts as: a refit that is sure and wrong once would else outweigh its chunk."""


@dataclass(frozen=True, kw_only=True)
class RowLoss:
    """How a row's loss is counted.

    Parameters
    ----------
    kind
        "value" lost by decisions, "log loss" of probabilities, "zero-one" of decisions, or "error" of numbers.
    name
        What to call it.
    method
        How it is counted, in a sentence.
    """

    kind: Kind
    name: str
    method: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What a model says of n rows.

    Parameters
    ----------
    said
        Decisions or numbers, (n,), where the loss needs them; else None.
    probabilities
        Of the positive class (n,) or of each (n, classes); None where the model gives none.
    """

    said: Floats | None
    probabilities: Floats | None


def choose_loss(study: Study) -> RowLoss:
    """Return what rows lose: values where the study has them, else log loss, else wrong decisions; an error in regression."""
    if study.values is not None:
        return RowLoss(
            kind="value", name="lost value", method="A row loses what its decision was worth, with the sign turned."
        )
    if study.task == "regression":
        return _error(study)
    if "probabilities" in study.model.can:
        least = f"{LEAST_PROBABILITY:g}"[1:]
        return RowLoss(
            kind="log loss", name="log loss",
            method=f"Natural logarithm; a probability below {least} given to what came counts as {least}.",
        )  # fmt: skip
    return RowLoss(kind="zero-one", name="wrong decisions", method="A row loses 1 where the decision was wrong.")


_NAMES = {"mae": "absolute error", "mape": "absolute percentage error", "mse": "squared error", "rmse": "squared error"}


def _error(study: Study) -> RowLoss:
    """Return the study's own metric where it is a mean over rows, or the root of one; else the squared error."""
    own = mean_loss(study.metric)
    if own is None:
        return RowLoss(kind="error", name="squared error", method=f"{study.metric.label} doesn't add up over rows.")
    return RowLoss(kind="error", name=_NAMES.get(study.metric.name, study.metric.label), method="It adds up over rows.")


def answers_of(study: Study, loss: RowLoss, model: Predictor, table: Table) -> Answers:
    """Return what the model says of these rows, as far as the loss and the signals need it."""
    probable = study.task != "regression" and "probabilities" in model.can
    needs_said = loss.kind != "log loss"
    return Answers(
        said=np.array(model.predictions(table)) if needs_said or not probable else None,
        probabilities=np.array(model.probabilities(table)) if probable else None,
    )


def losses_of(study: Study, loss: RowLoss, table: Table, y: Floats, answers: Answers) -> Floats:
    """Return what each row loses, (n,); NaN without a label."""
    known = ~np.isnan(y)
    found = np.full(len(y), np.nan)
    if loss.kind == "value" and study.values is not None and answers.said is not None:
        return -study.values.of_rows(table, y, answers.said)
    if loss.kind == "log loss" and answers.probabilities is not None:
        p = np.clip(answers.probabilities[known], LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        found[known] = (class_log_losses if p.ndim == 2 else log_losses)(y[known], p)
    elif answers.said is not None:
        found[known] = _error_of(study, loss, y[known], answers.said[known])
    return found


def _error_of(study: Study, loss: RowLoss, y: Floats, said: Floats) -> Floats:
    if loss.kind == "zero-one":
        return np.asarray(said != y, dtype=np.float64)
    named = {"absolute error": absolute_errors, "absolute percentage error": percentage_errors}
    if loss.name in named:
        return named[loss.name](y, said)
    own = mean_loss(study.metric)
    return squared_errors(y, said) if own is None else own.loss(y, said)


def residuals_of(study: Study, y: Floats, answers: Answers) -> Floats:
    """Return outcome less answer, (n, k): one column, or one a class; NaN without a label."""
    answer = answers.probabilities if answers.probabilities is not None else answers.said
    if answer is None:
        return np.full((len(y), 1), np.nan)
    if study.task != "multiclass":
        return np.asarray((y - answer)[:, None])
    classes = np.arange(len(study.outcome.classes))
    came = np.where(np.isnan(y)[:, None], np.nan, y[:, None] == classes)
    return np.asarray(came - (answer if answer.ndim == 2 else answer[:, None] == classes))


def expected_losses(answers: Answers) -> Floats | None:
    """Return the log loss that the model's own probabilities expect, (n,); None without probabilities.

    It says nothing of a change that the model doesn't see in its inputs.
    """
    p = answers.probabilities
    if p is None:
        return None
    each = np.column_stack([p, 1 - p]) if p.ndim == 1 else p
    inside = np.clip(each, LEAST_PROBABILITY, 1.0)
    return np.asarray(-(each * np.log(inside)).sum(axis=1))
