"""The mixes that the test's rows can be weighted to: production's, or one that the user names."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.core.words import number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.importance import chance_distance, effective_rows, post_stratified, unsupported_share
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.two_samples import largest_differences
from mlops_widgets.overfitting.representative.domain import density_ratio
from mlops_widgets.overfitting.representative.pair import Pair
from mlops_widgets.overfitting.representative.strata import Strata, named_mix
from mlops_widgets.overfitting.representative.unmet import unmet_values
from mlops_widgets.overfitting.representative.weighted_scores import Reweigh
from mlops_widgets.study.scoring import estimate_score
from mlops_widgets.study.study import Measured, Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

_REALISED_DRAWS = 400
_MOST_NAMED = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A mix and how to weigh the labelled test rows towards it.

    Parameters
    ----------
    words, assumption, how
        The mix, what must hold for the reweighted score to be its, and how the weights were found, in words.
    reweigh
        Weights before → weights under the mix.
    unsupported_share
        Share of the mix where the test has hardly a row.
    imbalance_before, imbalance_after
        How far the most different column is from the mix before and after; NaN where the mix is hit exactly.
    imbalance_by_chance
        How far it may be by chance alone.
    realised
        Production's own score, or None.
    """

    words: str
    assumption: str
    how: str
    reweigh: Reweigh
    unsupported_share: float
    imbalance_before: float = float("nan")
    imbalance_after: float = float("nan")
    imbalance_by_chance: float = 0.0
    realised: Estimate | None = None


def production_mix(
    study: Study, test: Measured, pair: Pair, *, max_fit_rows: int, seed: int, cancel: Cancel | None
) -> Target:
    """Return production's mix of the features, by a density ratio."""
    kept = pair.take(np.sort(np.concatenate([test.rows, pair.sampled(True, max_fit_rows, seed=seed)])))
    early = ~kept.later  # the test's labelled rows in their order: they come first in a pair
    learn = kept.later.copy()
    learn[kept.sampled(False, max_fit_rows, seed=seed)] = True
    density = density_ratio(kept, learn, seed=seed, cancel=cancel)
    ratio, scores = density.ratio[early], np.log(density.ratio)
    weights = np.where(kept.later, kept.weights, kept.weights * density.ratio)
    by_score = unsupported_share(scores[early], scores[kept.later], kept.weights[early], kept.weights[kept.later])
    return Target(
        words="production's mix", how=_how(density.by),
        assumption="covariate shift: outcomes follow from the features as they did in the test",
        reweigh=lambda rows: np.asarray(rows * ratio, dtype=np.float64),
        unsupported_share=max(by_score, _unmet_share(kept)),
        imbalance_before=_imbalance(kept, kept.weights), imbalance_after=_imbalance(kept, weights),
        imbalance_by_chance=chance_distance(
            effective_rows(weights[early]), effective_rows(weights[kept.later]), len(kept.columns)
        ),
        realised=_realised(study, seed=seed, cancel=cancel),
    )  # fmt: skip


def _how(by: str) -> str:
    if by == "no difference":
        return "No classifier told test and production apart on units it didn't see, so all rows keep their weight"
    return f"Density ratio by {by}, cross-fitted by units in 3 folds; not refitted in draws"


def _unmet_share(pair: Pair) -> float:
    """Return the largest share of production whose value of one column the test never held, less what chance gives."""
    found = [unmet_values(column, pair.later, pair.units) for column in pair.columns]
    later, early = pair.weights[pair.later], pair.weights[~pair.later]
    if not later.sum() > 0:
        later = np.ones(len(later))
    excess = [np.average(u[pair.later], weights=later) - np.average(u[~pair.later], weights=early) for u in found]
    return max(0.0, *(float(each) for each in excess))


def _imbalance(pair: Pair, weights: Floats) -> float:
    """Return how far the most different column of the two tables is apart under these weights."""
    cells = [column.cells() for column in pair.columns]
    widths = [int(each.max()) + 1 for each in cells]
    early, late = (
        np.concatenate([
            np.bincount(each[side], weights=weights[side], minlength=width) for each, width in zip(cells, widths, strict=True)
        ])[None, :]
        for side in (~pair.later, pair.later)
    )  # fmt: skip
    return float(largest_differences(early, late, [column.kind != "level" for column in pair.columns], widths).max())


def _realised(study: Study, *, seed: int, cancel: Cancel | None) -> Estimate | None:
    """Return production's score on its labelled rows, or None without such rows."""
    try:
        later = study.measure(study.need("production"))
    except MissingInputError:
        return None
    if not later.metric.events(later.y, later.output).any() or (study.task != "regression" and later.events == later.n):
        return None  # one class only
    return estimate_score(study, later, draws=_REALISED_DRAWS, seed=seed + 1, cancel=cancel)


def user_mix(study: Study, test: Measured, to: object) -> Target:
    """Return the mix that `to={column: …}` names."""
    strata, shares = named_mix(study, test, to)
    empty = strata.tested <= 0
    kept = np.where(empty, 0.0, shares)
    assumption = (
        "label shift: rows of each class look as they did in the test" if strata.kind == "class"
        else f"the score within each level of {strata.name[:60]} stays as it was in the test"
    )  # fmt: skip
    return Target(
        words=_said(strata, shares), assumption=assumption, how="Post-stratified anew in each draw (Holt & Smith 1979)",
        reweigh=lambda rows: post_stratified(rows, strata.of_row, kept), unsupported_share=float(shares[empty].sum()),
    )  # fmt: skip


def _said(strata: Strata, shares: Floats) -> str:
    moved = np.argsort(-np.abs(shares - strata.tested), kind="stable")[:_MOST_NAMED]
    parts = [f"{number(float(shares[k]), 'percent')} {strata.labels[k] or 'rare levels'}" for k in sorted(moved)]
    return f"a mix of {strata.name[:60]} with {', '.join(parts)}"
