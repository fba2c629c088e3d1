"""How much each row looks like production rather than the test: the better of boosted trees, a straight line, or both."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_FOLDS = 3
_MOST_ROWS = 5_000
"""Rows of either table that a model learns from at most; more hardly sharpen it."""
_PRIOR_ROWS = 20.0
"""Rows of either side that a category is thought to hold beforehand, half and half: rare ones say little."""


class Columns(NamedTuple):
    """The rows of both tables, one below the other: numbers with NaN, or cell numbers of categories, (n, columns)."""

    values: Floats
    categories: Mask


def likeness(columns: Columns, later: Mask, *, units: Integers, seed: int, cancel: Cancel | None = None) -> Floats:
    """Return each row's log odds of being of production, (n,), by models that saw no row of its unit.

    Trees find bends and interactions, but on few rows their noise hides part of a plain shift, which reweighting then
    leaves. A logistic regression finds plain shifts. The one with the smaller log loss on rows unseen by it is taken, or
    the mean of both where that is smaller still.

    Parameters
    ----------
    columns
        The rows.
    later
        (n,) which rows are production's; both sides count half.
    units
        (n,) unit of each row, from 0.
    seed
        Seed of folds and trees.
    cancel
        Looked at between folds.
    """
    rng = np.random.default_rng(seed)
    fold = rng.permutation(np.arange(int(units.max()) + 1) % _FOLDS)[units]
    order, balance = rng.random(len(later)), _balance(later)
    trees, line = np.zeros(len(later)), np.zeros(len(later))
    for number in range(_FOLDS):
        check_cancel(cancel)
        told, learn = fold == number, _thinned(fold != number, later, order)
        if not told.any() or not 0 < later[learn].mean() < 1:
            continue
        with one_thread():
            trees[told] = _trees(columns, later, learn, told, seed=seed)
            line[told] = _line(columns, later, learn, told)
    return min((trees, line, (trees + line) / 2), key=lambda score: _log_loss(score, later, balance))


def _log_loss(score: Floats, later: Mask, balance: Floats) -> float:
    return float((balance * np.logaddexp(0, np.where(later, -score, score))).sum())


def _balance(later: Mask) -> Floats:
    """Return weights under which both tables count half."""
    return np.asarray(np.where(later, 0.5 / later.mean(), 0.5 / (1 - later.mean())))


def _thinned(kept: Mask, later: Mask, order: Floats) -> Mask:
    """Return at most so many of the kept rows of either table, those first in a random order."""
    found = np.zeros(len(kept), dtype=np.bool_)
    for side in (later, ~later):
        rows = np.flatnonzero(kept & side)
        found[rows[np.argsort(order[rows])[:_MOST_ROWS]]] = True
    return found


def _trees(columns: Columns, later: Mask, learn: Mask, told: Mask, *, seed: int) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=25, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1.0, early_stopping=False,
        max_bins=32, random_state=seed,
    )  # fmt: skip
    model.fit(columns.values[learn], later[learn], sample_weight=_balance(later[learn]))
    return np.asarray(model.decision_function(columns.values[told]))


def _line(columns: Columns, later: Mask, learn: Mask, told: Mask) -> Floats:
    from sklearn.linear_model import LogisticRegression

    x = np.column_stack([
        _log_odds(each, later, learn) if category else _standardised(each, learn)
        for each, category in zip(columns.values.T, columns.categories, strict=True)
    ])  # fmt: skip
    model = LogisticRegression(max_iter=50, tol=1e-3).fit(x[learn], later[learn], sample_weight=_balance(later[learn]))
    return np.asarray(model.decision_function(x[told]))


def _standardised(values: Floats, learn: Mask) -> Floats:
    """Return numbers by the median and the spread of the middle 80 % of the rows learned from, ends cut at ±4; gaps as 0."""
    known = values[learn & np.isfinite(values)]
    if not len(known):
        return np.zeros(len(values))
    low, middle, high = np.quantile(known, [0.1, 0.5, 0.9])
    scale = (high - low) / 2.5 or float(known.std()) or 1.0
    return np.asarray(np.nan_to_num(np.clip((values - middle) / scale, -4, 4)))


def _log_odds(cells: Floats, later: Mask, learn: Mask) -> Floats:
    """Return each category's log odds of production among the rows learned from, drawn towards 0 where it is rare."""
    place, size = cells.astype(np.int64), int(cells.max()) + 1
    weights, side = _balance(later[learn]), later[learn]
    held = [
        np.bincount(place[learn][one], weights=weights[one], minlength=size) + _PRIOR_ROWS / 2 for one in (side, ~side)
    ]
    return np.asarray(np.log(held[0] / held[1])[place])
