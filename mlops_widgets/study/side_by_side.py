"""Both models on the same rows: what each says, how far apart they are, paired."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.losses import mean_of
from mlops_widgets.measures.metric import Metric
from mlops_widgets.measures.paired_tests import McNemar, RankedPair, delong, mcnemar, mcnemar_by_unit
from mlops_widgets.study.challengers import Challenge
from mlops_widgets.study.scoring import compare_scores, no_value, on_common_rows
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import cap_rows

Floats = npt.NDArray[np.float64]

VALUE = Metric(
    name="value", label="value per decision", needs="predictions", tasks=frozenset({"binary"}), greater_is_better=True,
    lower=None, upper=None, relative_margin=True, prepare=mean_of(lambda _, values: np.asarray(values, dtype=np.float64)),
)  # fmt: skip
"""The mean of what each row's decision was worth, given in the place of a model's answers."""


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """Both models on the same labelled rows.

    Parameters
    ----------
    ours, theirs
        The rows with the model's answers, and with the challenger's.
    incumbent, challenger
        The metric of each with its interval.
    gain
        How much better the challenger is, paired.
    decisions, decisions_p_value
        Rows on which only the model, or only the challenger, decides right; None in regression, or where a model decides nothing.
        McNemar's mid-p where each row is its own unit, else the p-value by unit.
    ranked
        DeLong's comparison of ROC AUC; None for another metric, weights, or where rows aren't the unit.
    """

    ours: Measured
    theirs: Measured
    incumbent: Estimate
    challenger: Estimate
    gain: Estimate
    decisions: McNemar | None
    decisions_p_value: float
    ranked: RankedPair | None


def compare_side_by_side(
    study: Study, challenge: Challenge, *, max_rows: int, draws: int, seed: int, cancel: Cancel | None
) -> SideBySide:
    """Ask both models about the same rows and compare them, paired.

    Raises
    ------
    MissingInputError
        If a model lacks what the metric needs, or the metric has no value on these rows.
    """
    table = cap_rows(challenge.table, max_rows=max_rows, by=study.outcome.target, seed=seed, entity=study.roles.entity)
    ours, theirs = _both(study.measure(table), study.measure(table, model=challenge.model))
    higher = ours.metric.greater_is_better
    pair = (theirs, ours) if higher else (ours, theirs)
    try:
        one, other, gain = compare_scores(study, *pair, draws=draws, seed=seed, cancel=cancel)
    except InputError as error:
        raise no_value(study, f"on {challenge.where}") from error
    incumbent, challenger = (other, one) if higher else (one, other)
    decisions, p_value = _decisions(study, challenge, ours)
    return SideBySide(
        ours=ours, theirs=theirs, incumbent=incumbent, challenger=challenger, gain=gain, decisions=decisions,
        decisions_p_value=p_value, ranked=_ranked(study, ours, theirs),
    )  # fmt: skip


def _both(ours: Measured, theirs: Measured) -> tuple[Measured, Measured]:
    """Keep the rows that both models answer."""
    both = on_common_rows(ours, theirs)
    if not both[0].n:
        raise MissingInputError(f"rows in {ours.table.name} that both models answer", "Pass more rows.")
    return both


def _decisions(study: Study, challenge: Challenge, rows: Measured) -> tuple[McNemar | None, float]:
    if study.task == "regression" or not {"predict"} <= study.model.can & challenge.model.can:
        return None, float("nan")
    ours, theirs = (model.predictions(rows.table)[rows.rows] == rows.y for model in (study.model, challenge.model))
    found = mcnemar(int((ours & ~theirs).sum()), int((theirs & ~ours).sum()))
    if study.unit == "row":
        return found, found.mid
    net = np.bincount(rows.units, weights=theirs.astype(np.float64) - ours)
    return found, mcnemar_by_unit(net)


def _ranked(study: Study, ours: Measured, theirs: Measured) -> RankedPair | None:
    rare = min(int((ours.y == code).sum()) for code in (0, 1)) if study.task == "binary" else 0
    if ours.metric.name != "roc_auc" or study.unit != "row" or study.roles.weights is not None or rare < 2:
        return None
    return delong(ours.y, ours.output, theirs.output)


def decision_values(study: Study, challenge: Challenge, rows: Measured) -> tuple[Floats, Floats] | None:
    """Return what each row's decision would be worth by each model, where the study has prices and both decide."""
    if study.values is None or not {"predict"} <= study.model.can & challenge.model.can:
        return None
    y = study.labels(rows.table)
    worth = [
        study.values.of_rows(rows.table, y, model.predictions(rows.table))[rows.rows]
        for model in (study.model, challenge.model)
    ]
    return None if np.isnan(worth).any() else (worth[0], worth[1])
