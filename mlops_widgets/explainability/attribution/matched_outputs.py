"""How what was read from a model becomes what was asked: found by comparing it with the model's own answers."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.attribution.checks import rounding_of
from mlops_widgets.explainability.attribution.question import Question, finite, pooled
from mlops_widgets.explainability.attribution.read_model import Scale, UnreadableError
from mlops_widgets.explainability.attribution.transforms import Inputs, mixed_pairs

Floats = npt.NDArray[np.float64]

AGREEMENT_SHARE = 1e-5
"""Share of the range of the answers by which they may differ: XGBoost adds up in single precision."""
_SINGLE = 1e-6
_FEWEST_COMPARED = 20
_MIXES = 64
_ROWS = 32


def trial_frame(question: Question, inputs: Inputs) -> pd.DataFrame:
    """Return rows to compare on: the background, explained rows, and mixes of both, which say whose each input is."""
    pool = pooled(question.background, question.rows.iloc[:_ROWS])
    rng = np.random.default_rng([question.seed, 3])
    own = np.arange(len(pool))
    pairs = np.concatenate([np.column_stack([own, own]), rng.integers(0, len(pool), (_MIXES, 2))])
    taken = rng.random((len(pairs), len(question.players))) < 0.5
    return mixed_pairs(pool, pairs, taken, inputs.place)


def matched(question: Question, frame: pd.DataFrame, own: Floats, scale: Scale, name: str) -> Floats:
    """Return the matrix that turns what was read into what is asked, (read outputs, asked outputs).

    Each asked output is one that was read, its negative (the other of two classes), or of several classes the centred one.

    Parameters
    ----------
    question
        What is asked.
    frame
        Rows of the question's columns.
    own
        (rows, read outputs) what was read says of them.
    scale
        On which that adds up.
    name
        What the estimator is called.

    Raises
    ------
    UnreadableError
        If an asked output is none of these.
    """
    asked = finite(question.predict(frame))
    offered = _offered(own.shape[1])
    off = np.abs((own @ offered)[None] - asked.T[:, :, None]) - _allowed(question, asked, own).T[:, :, None]
    agree = np.asarray((off <= 0).all(axis=1))
    if not agree.any(axis=1).all():
        raise UnreadableError(_why(question, scale, name))
    # Where several agree, the one in its place: of one output the last, as of the second class.
    place = np.arange(asked.shape[1]) if asked.shape[1] > 1 else np.array([own.shape[1] - 1])
    liked = agree + (np.arange(offered.shape[1]) % own.shape[1] == place[:, None])
    return np.asarray(offered[:, np.where(agree, liked, -1).argmax(axis=1)])


def _offered(count: int) -> Floats:
    plain = np.eye(count)
    return np.concatenate([plain, plain - 1 / count if count > 1 else -plain], axis=1)


def _allowed(question: Question, asked: Floats, own: Floats) -> Floats:
    """Return how far the answers may lie apart, (rows, asked outputs)."""
    slack = rounding_of(question, asked)
    if question.scale == "log-odds" and asked.shape[1] > 1:
        slack = np.where(_cut(asked), np.inf, slack)
    if np.isfinite(slack).all(axis=1).sum() < min(_FEWEST_COMPARED, len(asked)):
        raise UnreadableError(
            "the model's probabilities are rounded to 0 or 1, so its log-odds can't be compared with anything"
        )
    return np.asarray(AGREEMENT_SHARE * np.ptp(asked, axis=0) + slack + _SINGLE * np.abs(own).max(initial=0))


def _cut(centred: Floats) -> npt.NDArray[np.bool_]:
    """Return in which rows a class's probability is one that log-odds take for 0, (rows, 1)."""
    odds = np.exp(centred - centred.max(axis=1, keepdims=True))
    return np.asarray(
        (odds / odds.sum(axis=1, keepdims=True) <= 2 * np.finfo(np.float64).eps).any(axis=1, keepdims=True)
    )


def _why(question: Question, scale: Scale, name: str) -> str:
    if scale == "logarithm of the prediction":
        return f"{name} adds up in the logarithm of what it predicts"
    if scale in _NAMED and question.scale in _NAMED and scale != question.scale:
        return f"{name} adds up in {scale}, and the question is about {question.scale}: ask for output={scale!r}"
    return f"what {name} holds doesn't add up to the model's own answers"


_NAMED = ("log-odds", "probability", "score")
