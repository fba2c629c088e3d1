"""Which row to ask about next: the one whose answer would teach most."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.detection.answers import Answers
from mlops_widgets.data_quality.detection.learning import Learned
from mlops_widgets.measures.prior_logistic import sigmoid
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_DRAWN = 300
_DOUBTFUL = 100
_SAME_THING = 0.5
"""What is left of what a cell can teach where a row about the same thing was judged."""
_C = np.pi * np.log(2) / 2


def pick_rows(learned: Sequence[Learned], answers: Answers, *, count: int = 1, seed: int = 0) -> Integers:
    """Return positions of rows to ask about, the most telling first.

    A row tells what its cells tell about the coefficients of their columns: BALD (Houlsby, Huszár, Ghahramani & Lengyel 2011,
    "Bayesian Active Learning for Classification and Preference Learning", equation 3), high where the model is unsure for want
    of answers and low where a cell is merely a toss-up. Rows are drawn from the table, so that what is common is asked about
    first, and taken from the most doubtful; each that is picked counts as answered for the next.

    Parameters
    ----------
    learned
        What was learned of the columns, also from no answers yet.
    answers
        What was said already; these rows aren't picked again.
    count
        How many rows, 1 or more; fewer come where the table has no more.
    seed
        Seed of the rows that are drawn.
    """
    if not learned:
        return np.zeros(0, dtype=np.int64)
    rows = _candidates(learned, answers, count, seed)
    if not len(rows):
        return rows
    with one_thread():
        return rows[_most_telling([_Asked(each, rows, answers) for each in learned], len(rows), count)]


def _most_telling(asked: "Sequence[_Asked]", candidates: int, count: int) -> list[int]:
    picked: list[int] = []
    free = np.ones(candidates, dtype=bool)
    for _ in range(min(count, candidates)):
        worth = np.sum([each.worth() for each in asked], axis=0)
        best = int(np.argmax(np.where(free, worth, -np.inf)))
        free[best] = False
        picked.append(best)
        for each in asked:
            each.count_as_answered(best)
    return picked


def _candidates(learned: Sequence[Learned], answers: Answers, count: int, seed: int) -> Integers:
    doubt = np.sum([sigmoid(each.logits) * (1 - sigmoid(each.logits)) for each in learned], axis=0)
    doubt[answers.rows] = -1.0
    free = np.flatnonzero(doubt >= 0)
    drawn = np.random.default_rng(seed).permutation(free)[: max(_DRAWN, count)]
    most = np.argsort(-doubt, kind="stable")[: min(_DOUBTFUL, len(free))]
    return np.unique(np.concatenate([drawn, most])).astype(np.int64)


class _Asked:
    """One column's view on the candidates: what each cell would tell, less what rows that were picked told already."""

    def __init__(self, learned: Learned, rows: Integers, answers: Answers) -> None:
        self._logits = learned.logits[rows]
        p = sigmoid(self._logits)
        self._curvature = p * (1 - p)
        self._features = learned.features(rows)
        self._spread = np.linalg.solve(learned.precision, self._features.T).T
        self._variance = np.einsum("ij,ij->i", self._features, self._spread)
        things = learned.evidence.things
        self._things = None if things is None else things[rows]
        known = np.zeros(0, dtype=np.int64) if things is None else things[answers.rows]
        self._left = (
            np.ones(len(rows)) if self._things is None else np.where(np.isin(self._things, known), _SAME_THING, 1.0)
        )

    def worth(self) -> Floats:
        """Return the bits that each candidate's cell is expected to tell, shape (candidates,)."""
        # The logistic curve as a normal one (MacKay 1992): variances in units of 8/pi.
        scale = np.pi / 8
        mean, variance = self._logits * np.sqrt(scale), np.maximum(self._variance, 0.0) * scale
        p = sigmoid(self._logits / np.sqrt(1 + variance))
        unsure = -p * np.log2(np.maximum(p, 1e-12)) - (1 - p) * np.log2(np.maximum(1 - p, 1e-12))
        toss_up = np.sqrt(_C / (variance + _C)) * np.exp(-(mean**2) / (2 * (variance + _C)))
        return np.asarray(np.maximum(unsure - toss_up, 0.0) * self._left, dtype=np.float64)

    def count_as_answered(self, at: int) -> None:
        """Shrink what is uncertain by an answer on one candidate (Sherman & Morrison)."""
        along = self._features @ self._spread[at]
        weight = self._curvature[at] / (1 + self._curvature[at] * self._variance[at])
        self._spread = self._spread - weight * np.outer(along, self._spread[at])
        self._variance = self._variance - weight * along**2
        if self._things is not None:
            self._left = np.where(self._things == self._things[at], self._left * _SAME_THING, self._left)
