"""Telling two tables apart: the classifiers that do it, and the density ratio that follows from them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.overfitting.representative.pair import Pair
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

_BINS = 64
_MOST_LEVELS = 30
_FURTHEST = 5.0  # standard deviations; beyond, a linear score would be decided by single cells
_LEAST_RATIO = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Designs:
    """The columns of a pair as two kinds of classifier take them.

    Parameters
    ----------
    trees
        (n, columns) quantile bins of numbers and codes of levels, NaN where missing.
    categorical
        (columns,) whether a column holds codes.
    linear
        (n, …) standardised numbers, 0/1 columns of gaps and of levels.
    """

    trees: Floats
    categorical: Marks
    linear: Floats


def designs_of(pair: Pair) -> Designs:
    """Return the columns of a pair for either classifier; nothing here looks at which table a row is of."""
    trees, linear = [], []
    for column in pair.columns:
        missing = np.isnan(column.values)
        filled = np.where(missing, 0.0, column.values)
        if column.kind == "level":
            capped = np.minimum(filled, _MOST_LEVELS)
            trees.append(np.where(missing, np.nan, capped))
            present = np.unique(capped[~missing])
            linear += [((capped == level) & ~missing).astype(np.float64) for level in present]
        else:
            trees.append(_binned(column.values))
            middle = float(np.median(column.values[~missing])) if (~missing).any() else 0.0
            linear.append(_standardised(np.where(missing, middle, column.values)))
        linear.append(missing.astype(np.float64))
    columns = [each for each in linear if np.ptp(each) > 0]
    return Designs(
        trees=np.column_stack(trees), categorical=np.array([c.kind == "level" for c in pair.columns]),
        linear=np.column_stack(columns) if columns else np.zeros((len(pair.later), 1)),
    )  # fmt: skip


def _binned(values: Floats) -> Floats:
    """Return the number of each value's quantile bin, as the boosting would bin it; its own weighted way takes seconds."""
    known = values[~np.isnan(values)]
    if len(np.unique(known)) <= _BINS:
        return values
    edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS))
    return np.where(np.isnan(values), np.nan, np.searchsorted(edges, values, side="right"))


def _standardised(values: Floats) -> Floats:
    spread = float(values.std())
    return np.clip((values - values.mean()) / spread, -_FURTHEST, _FURTHEST) if spread > 0 else np.zeros(len(values))


def held_out_scores(pair: Pair, fitted_on: Marks, *, seed: int) -> Floats:
    """Return how much each row outside `fitted_on` looks like the later table, by a boosted classifier fitted on those."""
    designs = designs_of(pair)
    model = _boosted(designs, seed)
    with one_thread():
        model.fit(
            designs.trees[fitted_on],
            pair.later[fitted_on],
            sample_weight=_balanced_in(pair.later, fitted_on)[fitted_on],
        )
        return np.asarray(model.decision_function(designs.trees[~fitted_on]), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Density:
    """How much more frequent each row is in the later table than in the earlier one.

    Parameters
    ----------
    ratio
        (n,) the density ratio, by models that saw no row of the same unit.
    by
        Which classifier gave it, in words.
    """

    ratio: Floats
    by: str


def density_ratio(pair: Pair, learn: Marks, *, folds: int = 3, seed: int = 0, cancel: Cancel | None = None) -> Density:
    """Return each row's density ratio, cross-fitted by units (Sugiyama et al. 2012, section 4.1).

    Two classifiers, logistic regression and gradient boosting, tell the tables apart, each on balanced classes; of the
    two and the constant that says "no difference" the one with the lowest log loss on rows it didn't see counts. The
    odds of a balanced classifier are the ratio.

    Parameters
    ----------
    pair
        The tables.
    learn
        (n,) rows that the classifiers may learn from; the others only get their ratio.
    folds, seed, cancel
        As elsewhere.
    """
    designs, rng = designs_of(pair), np.random.default_rng(seed)
    fold = rng.permutation(np.arange(int(pair.units.max()) + 1) % folds)[pair.units]
    weights = _relative(pair.weights, pair.later) * _balanced_in(pair.later, learn)
    found = {"no difference": np.zeros(len(fold)), "logistic regression": np.zeros(len(fold)),
             "gradient boosting": np.zeros(len(fold))}  # fmt: skip
    makers: dict[str, tuple[Floats, Callable[[], Any]]] = {
        "logistic regression": (designs.linear, _logistic),
        "gradient boosting": (designs.trees, lambda: _boosted(designs, seed)),
    }
    for name, (matrix, make) in makers.items():
        for number in range(folds):
            check_cancel(cancel)
            asked = fold == number
            known = learn & ~asked
            if not known.any() or not 0 < pair.later[known].mean() < 1 or not asked.any():
                continue
            with one_thread():
                model = make().fit(matrix[known], pair.later[known], sample_weight=weights[known])
                found[name][asked] = model.decision_function(matrix[asked])
    losses = {name: _log_loss(pair.later, odds, weights) for name, odds in found.items()}
    best = min(losses, key=lambda name: losses[name])
    return Density(ratio=np.maximum(np.exp(np.clip(found[best], -30, 30)), _LEAST_RATIO), by=best)


def _log_loss(later: Marks, odds: Floats, weights: Floats) -> float:
    return float(np.average(np.logaddexp(0.0, np.where(later, -odds, odds)), weights=weights))


def _balanced_in(later: Marks, learn: Marks) -> Floats:
    """Return weights under which either table counts as much among the rows to learn from."""
    share = later[learn].mean()
    return np.where(later, 0.5 / share, 0.5 / (1 - share)) if 0 < share < 1 else np.ones(len(later))


def _relative(weights: Floats, later: Marks) -> Floats:
    """Return the rows' own weights, of mean 1 within each table."""
    relative = np.ones(len(weights))
    for side in (later, ~later):
        if weights[side].sum() > 0:
            relative[side] = weights[side] / weights[side].mean()
    return relative


def _boosted(designs: Designs, seed: int) -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, categorical_features=designs.categorical, max_bins=_BINS, random_state=seed,
    )  # fmt: skip


def _logistic() -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=200)
