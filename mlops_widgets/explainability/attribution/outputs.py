"""How what was read from a model becomes what was asked: found by comparing it with the model's own answers."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.attribution.checks import rounding_of
from mlops_widgets.explainability.attribution.question import Question, finite, pooled
from mlops_widgets.explainability.attribution.reading import Scale, UnreadableError
from mlops_widgets.explainability.attribution.transforms import Inputs, mixed_pairs

Floats = npt.NDArray[np.float64]

AGREEMENT_SHARE = 1e-5
"""Share of the range of the answers by which they may differ: XGBoost adds up in single precision."""
_SINGLE = 1e-6
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
    count = own.shape[1]
    plain = np.eye(count)
    offered = np.concatenate([plain, plain - 1 / count if count > 1 else -plain], axis=1)
    said = own @ offered
    slack = rounding_of(question, asked) + _SINGLE * np.abs(own).max(initial=0)
    limit = AGREEMENT_SHARE * np.maximum(np.ptp(asked, axis=0), np.ptp(said, axis=0).min()) + slack
    columns = []
    for k in range(asked.shape[1]):
        off = (np.abs(said - asked[:, [k]]) - limit[:, [k]]).max(axis=0)
        good = np.flatnonzero(off <= 0)
        if not len(good):
            raise UnreadableError(_why(question, scale, name))
        # where several agree, the one in its place: of one output the last, as of the second class
        liked = [place % count == (k if asked.shape[1] > 1 else count - 1) for place in good]
        columns.append(offered[:, good[int(np.argmax(liked))]])
    return np.column_stack(columns)


def _why(question: Question, scale: Scale, name: str) -> str:
    if scale == "logarithm of the prediction":
        return f"{name} adds up in the logarithm of what it predicts"
    if scale in _NAMED and question.scale in _NAMED and scale != question.scale:
        return f"{name} adds up in {scale}, and the question is about {question.scale}: ask for output={scale!r}"
    return f"what {name} holds doesn't add up to the model's own answers"


_NAMED = ("log-odds", "probability", "score")
