"""From a few rows that a person judged to how likely every cell is wrong.

Each column has a logistic regression on the signs of its cells that starts from what the detectors said (`prior_logistic`): a
first one over all columns together, so that "missing is wrong here" is learned once, then one a column. Where several rows
report one thing, its vote on the cell (`conflicting_reports`) is one more sign, trusted as far as it foretold the answers on
things that it hadn't seen. Some rows that nobody judged stand in for what the detectors believe: what many cells have in
common takes several answers to become suspicious.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.detection.answers import Answers
from mlops_widgets.data_quality.detection.cell_signs import Sign
from mlops_widgets.data_quality.detection.evidence import Evidence
from mlops_widgets.measures.conflicting_reports import learn_trust, wrong_reports
from mlops_widgets.measures.prior_logistic import fit_prior_logistic, logit, sigmoid
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LEAST = 0.01
"""How near to 0 and 1 the detectors' confidence is taken."""
_BELIEVED_ROWS = 200
_BELIEF = 3.0
"""How many answers the rows that nobody judged count for together, in each column."""
_RIDGE = 1.0
_VOTE_RIDGE = 1.0
_SUREST_VOTE = 4.0
_FOLDS = 5


@dataclass(frozen=True)
class Learned:
    """What answers taught of one column.

    Parameters
    ----------
    evidence
        What was known before.
    logits
        Log-odds that each cell is wrong, shape (rows,).
    vote
        Log-odds by what other rows report of the same thing, 0 where there are none, shape (rows,).
    precision
        Inverse covariance of the column's own coefficients, shape (d, d).
    """

    evidence: Evidence
    logits: Floats
    vote: Floats
    precision: Floats

    def features(self, rows: Integers) -> Floats:
        """Return the signs that the column's own coefficients weigh, shape (len(rows), d)."""
        return _features((*self.evidence.shared, *self.evidence.own), rows, self.vote[rows])


def scores_of(learned: Sequence[Learned], answers: Answers) -> dict[int, Floats]:
    """Return how likely each cell is wrong, by place of the column, shape (rows,): judged cells as they were judged."""
    scores = {}
    for each in learned:
        score = sigmoid(each.logits)
        score[answers.rows] = answers.wrong[:, each.evidence.index]
        scores[each.evidence.index] = score
    return scores


def learn_columns(evidence: Sequence[Evidence], answers: Answers, *, seed: int = 0) -> tuple[Learned, ...]:
    """Return what the answers taught of each column that there is evidence on."""
    if not evidence:
        return ()
    with one_thread():
        return _learn_each(evidence, answers, seed)


def _learn_each(evidence: Sequence[Evidence], answers: Answers, seed: int) -> tuple[Learned, ...]:
    rows = answers.rows
    total = len(evidence[0].prior)
    rng = np.random.default_rng(seed)
    believed = np.setdiff1d(rng.choice(total, min(_BELIEVED_ROWS, total), replace=False), rows)
    lessons = [_lesson(each, answers, believed) for each in evidence]
    shared = [lesson.features(each.shared) for each, lesson in zip(evidence, lessons, strict=True)]
    first = fit_prior_logistic(
        np.vstack(shared), np.concatenate([each.targets for each in lessons]), ridge=_ridge(shared[0].shape[1]),
        offset=np.concatenate([each.offset for each in lessons]), weights=np.concatenate([each.weights for each in lessons]),
    )  # fmt: skip
    return tuple(
        _learned(each, lesson, first, lesson.offset + features @ first)
        for each, lesson, features in zip(evidence, lessons, shared, strict=True)
    )


@dataclass(frozen=True)
class _Lesson:
    """The rows that one column's coefficients are learned from: the answers, then rows that nobody judged."""

    rows: Integers
    targets: Floats
    offset: Floats
    weights: Floats
    vote: Floats
    foretold: Floats

    def features(self, signs: Sequence[Sign]) -> Floats:
        return _features(signs, self.rows, self.foretold)


def _lesson(evidence: Evidence, answers: Answers, believed: Integers) -> _Lesson:
    rows = np.concatenate([answers.rows, believed])
    offset = logit(evidence.prior[rows], least=_LEAST)
    said = answers.wrong[:, evidence.index]
    vote, foretold = _votes(evidence, answers)
    judged = np.ones(len(said))
    return _Lesson(
        rows, np.concatenate([said.astype(np.float64), sigmoid(offset[len(said) :])]), offset,
        np.concatenate([judged, np.full(len(believed), _BELIEF / max(len(believed), 1))]), vote,
        np.concatenate([foretold, np.zeros(len(believed))]),
    )  # fmt: skip


def _learned(evidence: Evidence, lesson: _Lesson, first: Floats, offset: Floats) -> Learned:
    """Learn the column's own coefficients on top of those of all columns."""
    signs = (*evidence.shared, *evidence.own)
    features = lesson.features(signs)
    ridge = _ridge(features.shape[1])
    second = fit_prior_logistic(features, lesson.targets, offset=offset, weights=lesson.weights, ridge=ridge)
    p = sigmoid(offset + features @ second)
    precision = (features.T * (lesson.weights * p * (1 - p))) @ features + np.diag(ridge)
    logits = logit(evidence.prior, least=_LEAST) + _weighed(evidence.shared, first, lesson.vote)
    return Learned(evidence, logits + _weighed(signs, second, lesson.vote), lesson.vote, precision)


def _features(signs: Sequence[Sign], rows: Integers, vote: Floats) -> Floats:
    return np.hstack([*(sign.of(rows) for sign in signs), vote[:, None]])


def _weighed(signs: Sequence[Sign], coefficients: Floats, vote: Floats) -> Floats:
    total = coefficients[-1] * vote
    start = 0
    for sign in signs:
        total = total + sign.weighed(coefficients[start : start + sign.table.shape[1]])
        start += sign.table.shape[1]
    return np.asarray(total, dtype=np.float64)


def _ridge(count: int) -> Floats:
    return np.append(np.full(count - 1, _RIDGE), _VOTE_RIDGE)


def _votes(evidence: Evidence, answers: Answers) -> tuple[Floats, Floats]:
    """Return the log-odds that others contradict each cell, and the same of judged rows without what was said of their thing."""
    if evidence.reports is None or evidence.things is None or not len(answers.rows):
        return np.zeros(len(evidence.prior)), np.zeros(len(answers.rows))
    said = answers.wrong[:, evidence.index]
    trust = learn_trust(evidence.reports, answers.rows, said)
    vote = _vote(wrong_reports(evidence.reports, trust, answers.rows, said))
    folds = np.unique(evidence.things[answers.rows], return_inverse=True)[1] % _FOLDS
    foretold = np.zeros(len(said))
    for fold in np.unique(folds):
        out = folds == fold
        rows, wrong = answers.rows[~out], said[~out]
        without = wrong_reports(evidence.reports, learn_trust(evidence.reports, rows, wrong), rows, wrong)
        foretold[out] = _vote(without[answers.rows[out]])
    return vote, foretold


def _vote(wrong: Floats) -> Floats:
    return np.clip(logit(np.where(np.isnan(wrong), 0.5, wrong)), -_SUREST_VOTE, _SUREST_VOTE)
