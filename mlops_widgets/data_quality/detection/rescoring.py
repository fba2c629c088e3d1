"""What is suspected after a person judged some rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number
from mlops_widgets.data_quality.detection.answers import Answers
from mlops_widgets.data_quality.detection.combination import Suspected
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, Suspicion

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def rescored(found: Suspected, answers: Answers, scores: Mapping[int, Floats], names: Sequence[str]) -> Suspected:
    """Return the suspected cells with new confidences, and those that only the answers found.

    Parameters
    ----------
    found
        What the detectors suspect.
    answers
        What a person said.
    scores
        Place of a column → how likely each of its cells is wrong, shape (rows,).
    names
        The columns, in order.
    """
    sure = _judged(found, answers)
    added: list[tuple[Integers, Suspicion]] = []
    for at, score in scores.items():
        here = found.columns == at
        sure[here] = score[found.rows[here]]
        fresh = score >= CERTAIN
        fresh[found.rows[here]] = False
        rows = np.flatnonzero(fresh)
        if len(rows):
            added.append((np.full(len(rows), at), _labelled(names[at], at, rows, score, answers)))
    return _with(found, sure, added)


def _judged(found: Suspected, answers: Answers) -> Floats:
    """Return the confidences, those of judged cells as they were judged; of rows as a whole nothing was said."""
    sure = found.confidence.copy()
    order = np.argsort(answers.rows)
    place = np.searchsorted(answers.rows[order], found.rows)
    place = order[np.minimum(place, len(order) - 1)]
    judged = (answers.rows[place] == found.rows) & (found.columns >= 0)
    sure[judged] = answers.wrong[place[judged], found.columns[judged]]
    return sure


def _labelled(name: str, at: int, rows: Integers, score: Floats, answers: Answers) -> Suspicion:
    wrong = number(float(answers.wrong[:, at].sum()), "integer")
    judged = number(float(len(answers.rows)), "integer")
    return Suspicion(
        kind="labelled", column=name, rows=rows, confidence=score[rows],
        reason=f"Of {judged} judged rows {wrong} are wrong in {name}; this cell is one of them or like them.",
    )  # fmt: skip


def _with(found: Suspected, sure: Floats, added: Sequence[tuple[Integers, Suspicion]]) -> Suspected:
    suspicions = (*found.suspicions, *(each for _, each in added))
    of = [np.full(len(places), len(found.suspicions) + at) for at, (places, _) in enumerate(added)]
    confidence = np.concatenate([sure, *(each.confidence for _, each in added)])
    nothing: npt.NDArray[Any] = np.empty(len(confidence) - len(sure), dtype=object)
    final = np.argsort(-confidence, kind="stable")
    return Suspected(
        rows=np.concatenate([found.rows, *(each.rows for _, each in added)])[final],
        columns=np.concatenate([found.columns, *(places for places, _ in added)])[final], confidence=confidence[final],
        of=np.concatenate([found.of, *of])[final], repairs=np.concatenate([found.repairs, nothing])[final], suspicions=suspicions,
    )  # fmt: skip
