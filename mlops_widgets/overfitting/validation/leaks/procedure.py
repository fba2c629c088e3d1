"""What was done to the data before the split: the user's whole procedure is run again on labels that mean nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import InputError, MissingInputError, ModelError
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.material import Floats, Material
from mlops_widgets.study.predictor import users_code
from mlops_widgets.study.study import Study

Procedure = Callable[[pd.DataFrame, "pd.Series[Any]"], Any]

_HOW = (
    "Pass fit_from_raw=, a function of raw X and y that does all that you did (selecting, encoding, splitting, fitting) and "
    "returns the score that it reports, or a fitted search with best_score_."
)
_CONTROL = (
    "labels are shuffled, so an honest procedure scores no better than the best constant answer on average; it fails only if the "
    "95 % t-interval of the mean over shuffles lies beyond the margin"
)


def find_procedure_leak(material: Material, procedure: Procedure | None, *, shuffles: int, margin: float) -> LeakCheck:
    """Return whether the user's whole procedure finds something in shuffled labels, where there is nothing."""
    check = replace(
        blank("procedure"), measure="score above chance on shuffled labels", control=_CONTROL, margin=margin,
    )  # fmt: skip
    if procedure is None:
        raise MissingInputError("procedure to run again (fit_from_raw=)", _HOW)
    part = material.need_reference().labelled()
    names = material.need_features()
    raw = part.table.pandas()[list(names)].set_axis([part.table.original_names[name] for name in names], axis=1)
    labels = part.table.pandas()[material.study.outcome.target]
    chance = score_by_chance(material.study, part.y)
    rng, gains = material.rng(61), []
    try:
        for _ in range(shuffles):
            check_cancel(material.cancel)
            order = rng.permutation(part.rows)
            with users_code("fit_from_raw", "on shuffled labels"):
                answer = procedure(raw.copy(), labels.iloc[order].reset_index(drop=True))
            gains.append(_gain(material.study, _score(answer), chance))
    except ModelError as error:
        return replace(
            check, status="not_run", missing=error.claim, remedy="Call the function yourself on X and shuffled y."
        )
    return _judged(check, np.array(gains), rows=part.rows, chance=chance)


def _judged(check: LeakCheck, gains: Floats, *, rows: int, chance: float) -> LeakCheck:
    value, count = float(gains.mean()), len(gains)
    half = float(stats.t.ppf(0.975, count - 1) * gains.std(ddof=1) / np.sqrt(count))
    verdict = judge(value - half, value + half, margin=check.margin, n=count)
    evidence = {"shuffles": count, "rows": rows, "chance": chance, "visible": check.margin + half,
                "shuffles_needed": verdict.needed}  # fmt: skip
    return replace(check, status=verdict.status, value=value, lower=value - half, upper=value + half, evidence=evidence)


def _score(answer: object) -> float:
    """Return the score that a procedure reports."""
    reported = getattr(answer, "best_score_", answer)
    if (
        isinstance(reported, int | float | np.number)
        and not isinstance(reported, bool)
        and np.isfinite(float(reported))
    ):
        return float(reported)
    raise InputError(
        f"fit_from_raw= returned {type(answer).__name__}. Return the score that your procedure reports, a finite number, or a "
        "fitted search with best_score_: a fitted model alone shows nothing, since on rows it never saw shuffled labels are "
        "chance whatever was done before."
    )


def _gain(study: Study, score: float, chance: float) -> float:
    # scikit-learn reports losses with a minus sign; a loss below 0 can be nothing else.
    turned = -score if not study.metric.greater_is_better and score < 0 else score
    return turned - chance if study.metric.greater_is_better else chance - turned


def score_by_chance(study: Study, y: Floats) -> float:
    """Return the study's metric of the best answer that is the same for every row."""
    metric, ones = study.metric, np.ones((1, len(y)))
    answers = _constants(study, y)
    scores = [float(metric.prepare(y, answer)(ones)[0]) for answer in answers]
    known = [score for score in scores if np.isfinite(score)]
    if not known:
        raise MissingInputError(
            f"value of {metric.label} for a constant answer", "Choose another metric= for the study."
        )
    return max(known) if metric.greater_is_better else min(known)


def _constants(study: Study, y: Floats) -> list[Floats]:
    n = len(y)
    if study.task == "regression":
        return [np.full(n, value) for value in (y.mean(), np.median(y))]
    classes = len(study.outcome.classes)
    if study.metric.needs == "predictions":
        return [np.full(n, float(code)) for code in range(classes)]
    shares = np.bincount(y.astype(np.int64), minlength=classes) / n
    return [np.full(n, shares[1])] if study.task == "binary" else [np.tile(shares, (n, 1))]
