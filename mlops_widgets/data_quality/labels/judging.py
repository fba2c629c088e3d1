"""From labels and what models say of them to scores, flags and a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.labels.confident_learning import issues, suspicions
from mlops_widgets.errors import InputError
from mlops_widgets.measures.label_noise import (
    Excess,
    confidently_other,
    draw_labels,
    excess_over_chance,
    excess_residuals,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_ADD_UP = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What was found of the labelled rows, each array of shape (n,).

    Parameters
    ----------
    labels
        Codes of classes, or numbers.
    suggested
        The likeliest class, or the mean prediction.
    scores
        How suspicious each label is.
    flagged
        Which labels are flagged.
    excess
        How many of them chance doesn't explain.
    by_cleanlab, by_cleanlab_of_right
        How many cleanlab's own filter calls wrong: of these labels, and of labels drawn from the models' mean probabilities, all
        of which are right; None for numbers.
    """

    labels: Floats
    suggested: Floats
    scores: Floats
    flagged: npt.NDArray[np.bool_]
    excess: Excess
    by_cleanlab: int | None = None
    by_cleanlab_of_right: int | None = None


def judge_classes(labels: Integers, answers: Sequence[Floats], classes: int, *, seed: int) -> Judged:
    """Judge labels of classes by the models' probabilities, each of shape (n, classes)."""
    mean = np.mean(answers, axis=0)
    if classes < 2:
        raise InputError("All labels are of one class, so no label can surprise. Pass labels of two classes or more.")
    return Judged(
        labels=labels.astype(np.float64), suggested=mean.argmax(axis=1).astype(np.float64), scores=suspicions(labels, mean),
        flagged=confidently_other(mean, labels), excess=excess_over_chance(answers, mean, labels, seed=seed),
        by_cleanlab=int(issues(labels, mean).sum()),
        by_cleanlab_of_right=int(issues(draw_labels(mean.cumsum(axis=1), np.random.default_rng(seed)), mean).sum()),
    )  # fmt: skip


def judge_numbers(labels: Floats, answers: Sequence[Floats]) -> Judged:
    """Judge numbers by the models' predictions, each of shape (n,)."""
    mean = np.mean(answers, axis=0)
    if not np.isfinite(labels).all():
        raise InputError("With predictions=, labels are numbers. Pass finite ones; rows without a label may be None.")
    scores, excess = excess_residuals(labels - mean)
    return Judged(
        labels=labels, suggested=mean, scores=scores, flagged=scores > excess.beyond, excess=excess
    )  # fmt: skip


def given_predictions(given: Any, of: int, rows: Integers) -> tuple[Floats, ...]:  # noqa: ANN401 - an array, or several
    """Return predictions as arrays of the labelled rows, checked."""
    arrays = []
    for each in _several(given):
        array = np.asarray(each, dtype=np.float64)
        if array.shape != (of,):
            raise InputError(
                f"predictions= has the shape {array.shape}, and there are {of:,} labels. Pass one number a label."
            )
        arrays.append(_finite(array[rows], "predictions"))
    return tuple(arrays)


def given_probabilities(given: Any, of: int, rows: Integers, *, classes: int) -> tuple[Floats, ...]:  # noqa: ANN401
    """Return probabilities as arrays of shape (labelled rows, classes), checked."""
    arrays = []
    for each in _several(given):
        array = np.asarray(each, dtype=np.float64)
        if array.shape == (of,) and classes <= 2:
            array = np.column_stack([1 - array, array])
        if array.shape != (of, classes):
            raise InputError(
                f"probabilities= has the shape {array.shape}, and there are {of:,} labels of {classes} classes. Pass one row a label and "
                "one column a class, in sorted order; or of two classes the probability of the second."
            )
        chosen = _finite(array[rows], "probabilities")
        off = np.abs(chosen.sum(axis=1) - 1).max()
        if chosen.min() < 0 or off > _ADD_UP:
            raise InputError(
                f"probabilities= holds {chosen.min():.3g}, and its rows are up to {off:.3g} off a sum of 1. Pass probabilities, not scores."
            )
        arrays.append(chosen)
    return tuple(arrays)


def _finite(array: Floats, what: str) -> Floats:
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise InputError(
            f"{what}= holds {bad:,} missing or infinite numbers in labelled rows. Pass out-of-fold answers of all rows."
        )
    return array


def _several(given: Any) -> list[Any]:  # noqa: ANN401 - an array, or several
    """Return the models' answers one by one: a list of arrays is several models, a list of numbers or rows is one."""
    several = (
        isinstance(given, list | tuple) and len(given) > 0 and hasattr(given[0], "shape") and np.ndim(given[0]) > 0
    )
    return list(given) if several else [given]
