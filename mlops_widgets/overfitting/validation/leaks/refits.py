"""What some training rows are worth: the user's model fitted with and without them, asked about the same test rows."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import ModelError
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck
from mlops_widgets.overfitting.validation.leaks.material import Material
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.scoring import compare_scores, on_common_rows
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Measured

Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 50
_MOST_FIT_ROWS = 5000
_MOST_ASKED_ROWS = 5000
_DRAWS = 400


@dataclass(frozen=True, kw_only=True)
class Worth:
    """How much better a model scores that was given rows it shouldn't have, in the metric's unit, with its interval."""

    value: float
    lower: float
    upper: float
    without: float
    given: float
    fit_rows: int
    asked_rows: int


def worth_of_rows(material: Material, *, without: Integers, asked: Integers, rng: np.random.Generator) -> Worth | None:
    """Return what a model gains that learned from rows of the whole reference instead of only those in `without`.

    Both learn from equally many rows of the reference and are asked about the test rows `asked`; None where the model
    can't be refitted, there are too few rows, or a class is missing.
    """
    study, model = material.study, material.study.learner
    reference, test = material.need_reference(), material.need_test()
    known = np.flatnonzero(~np.isnan(reference.y))
    kept = np.intersect1d(without, known)
    count = min(len(kept), _MOST_FIT_ROWS)
    asked = _some(asked[~np.isnan(test.y[asked])], _MOST_ASKED_ROWS, rng)
    if not isinstance(model, EstimatorPredictor) or "refit" not in model.can or min(count, len(asked)) < FEWEST_ROWS:
        return None
    apart, mixed = (np.sort(rng.permutation(rows)[:count]) for rows in (kept, known))
    if study.task != "regression" and any(
        len(np.unique(reference.y[rows])) < len(np.unique(reference.y[known])) for rows in (apart, mixed)
    ):
        return None
    table, fixed = test.table.take(asked), chosen_model(model)
    measured = []
    for rows in (apart, mixed):
        check_cancel(material.cancel)
        try:
            measured.append(study.measure(table, model=fixed.refit(reference.table.take(rows))))
        except ModelError:  # a refit that raises says nothing of leaks; the finding says that it couldn't be measured
            return None
    return _compared(material, *measured, fit_rows=count)


def _some(rows: Integers, most: int, rng: np.random.Generator) -> Integers:
    return rows if len(rows) <= most else np.sort(rng.permutation(rows)[:most])


def _compared(material: Material, apart: Measured, mixed: Measured, *, fit_rows: int) -> Worth | None:
    study = material.study
    mixed, apart = on_common_rows(mixed, apart)
    given, without, found = compare_scores(study, mixed, apart, draws=_DRAWS, seed=material.seed)
    if not np.isfinite([found.value, found.lower, found.upper]).all():
        return None
    sign = 1 if study.metric.greater_is_better else -1
    low, high = sorted((sign * found.lower, sign * found.upper))
    return Worth(
        value=sign * found.value, lower=low, upper=high, without=without.value, given=given.value,
        fit_rows=fit_rows, asked_rows=apart.n,
    )  # fmt: skip


def with_worth(check: LeakCheck, worth: Worth | None) -> LeakCheck:
    """Return the check with its verdict by what the rows are worth; a warning where that can't be measured or told."""
    if worth is None:
        return replace(check, status="warning", evidence={**check.evidence, "refitted": False})
    verdict = judge(worth.lower, worth.upper, margin=check.margin, n=worth.asked_rows)
    evidence = {
        **check.evidence, "refitted": True, "score_without": worth.without, "score_with": worth.given,
        "fit_rows": worth.fit_rows, "asked_rows": worth.asked_rows, "rows_needed": verdict.needed,
    }  # fmt: skip
    return replace(
        check, status=verdict.status, value=worth.value, lower=worth.lower, upper=worth.upper, evidence=evidence
    )  # fmt: skip
