"""Several rows report one value of one thing: which report is right, learned from a few that were checked.

SLiMFast (Joglekar, Rekatsinas, Garcia-Molina, Parameswaran & Ré, SIGMOD 2017, "SLiMFast: Guaranteed Results for Data Fusion
and Source Reliability"): the log-odds of a value are the summed trust in the rows that report it, and a row's trust is a sum
over what it has in common with other rows, such as its source. Here every row starts with the same trust, so without a
checked report the answer is the vote of the rows; "none of the reported values" is an answer too; and a check may be mistaken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

MISTAKEN = 0.03
"""Share of checks that are taken to be slips."""
_FIRST_TRUST = 0.5
_RIDGE = 1.0
_RIDGE_NONE = 0.3
_MOST_STEPS = 100


@dataclass(frozen=True)
class Reports:
    """What rows report of things.

    Parameters
    ----------
    pair
        The (thing, value) that each row reports, an index, -1 where it reports nothing; shape (rows,).
    thing
        The thing of each pair, shape (pairs,).
    things
        Number of things.
    votes
        How many rows of each kind report each pair, shape (pairs, kinds); column 0 counts all rows.
    """

    pair: Integers
    thing: Integers
    things: int
    votes: sparse.csr_matrix


@dataclass(frozen=True)
class Trust:
    """How far rows are trusted: a weight a kind of row, and the log-odds that none of the reported values is right."""

    weights: Floats
    none: float


def gather_reports(things: Integers, values: Integers, kinds: Sequence[Integers] = ()) -> Reports:
    """Return what rows report of things.

    Parameters
    ----------
    things, values
        Thing and value of each row, codes from 0, -1 where there is none; shape (rows,).
    kinds
        Ways to group rows that may be trusted alike, such as by source: codes from 0, each of shape (rows,).

    Examples
    --------
    >>> gather_reports(np.array([0, 0, 1, -1]), np.array([0, 0, 1, 1])).pair.tolist()
    [0, 0, 1, -1]
    """
    reports = (things >= 0) & (values >= 0)
    width = int(values.max(initial=0)) + 1
    keys, inverse = np.unique(things[reports] * width + values[reports], return_inverse=True)
    pair = np.full(len(things), -1, dtype=np.int64)
    pair[reports] = inverse
    parts = [sparse.csr_matrix(np.bincount(inverse, minlength=len(keys))[:, None].astype(np.float64))]
    for codes in kinds:
        shape = (len(keys), int(codes.max(initial=0)) + 1)
        parts.append(sparse.csr_matrix((np.ones(len(inverse)), (inverse, codes[reports])), shape=shape))
    votes = sparse.csr_matrix(sparse.hstack(parts))
    return Reports(pair, (keys // width).astype(np.int64), int(things.max(initial=-1)) + 1, votes)


def learn_trust(reports: Reports, checked: Integers, wrong: Booleans) -> Trust:
    """Return how far rows are trusted, from those that were checked.

    Parameters
    ----------
    reports
        What rows report.
    checked
        Positions of the checked rows, shape (n,).
    wrong
        Whether what each reports is wrong, shape (n,).
    """
    first = np.zeros(reports.votes.shape[1])
    first[:1] = _FIRST_TRUST
    said = reports.pair[checked] >= 0
    if not said.any():
        return Trust(first, 0.0)
    pairs, wrong = reports.pair[checked][said], wrong[said]
    things = np.unique(reports.thing[pairs])
    inside = np.flatnonzero(np.isin(reports.thing, things))
    votes, thing = reports.votes[inside], np.searchsorted(things, reports.thing[inside])
    which = np.searchsorted(inside, pairs)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        weights, none = parameters[:-1], parameters[-1]
        p = _shares(votes @ weights, thing, len(things), none)
        right = MISTAKEN + (1 - 2 * MISTAKEN) * np.where(wrong, 1 - p[which], p[which])
        slope = np.where(wrong, 1, -1) * (1 - 2 * MISTAKEN) / right * p[which]
        of_thing = np.bincount(thing[which], slope, len(things))
        by_pair = np.bincount(which, slope, len(p)) - p * of_thing[thing]
        nobody = 1 - np.bincount(thing, p, len(things))
        penalty = 0.5 * _RIDGE * ((weights - first) ** 2).sum() + 0.5 * _RIDGE_NONE * none**2
        gradient = np.append(votes.T @ by_pair + _RIDGE * (weights - first), _RIDGE_NONE * none - nobody @ of_thing)
        return float(penalty - np.log(right).sum()), gradient

    found = optimize.minimize(
        loss, np.append(first, 0.0), jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS}
    )
    return Trust(found.x[:-1], float(found.x[-1]))


def wrong_reports(reports: Reports, trust: Trust, checked: Integers, wrong: Booleans) -> Floats:
    """Return how likely each row's report is wrong, 0 to 1, shape (rows,); NaN where it reports nothing.

    Parameters
    ----------
    reports, trust
        What rows report, and how far they are trusted.
    checked, wrong
        As in `learn_trust`: what was checked of a thing counts for all its rows.
    """
    p = _shares(reports.votes @ trust.weights, reports.thing, reports.things, trust.none)
    said = reports.pair[checked] >= 0
    pairs = reports.pair[checked][said]
    of = reports.thing[pairs]
    # A check multiplies the odds of the pair that it is about against all else of its thing.
    slip = np.log((1 - MISTAKEN) / MISTAKEN)
    odds = np.zeros(len(p))
    np.add.at(odds, pairs, np.where(wrong[said], -slip, slip))
    touched = np.isin(reports.thing, of)
    scaled = p[touched] * np.exp(np.clip(odds[touched], -30, 30))
    thing = reports.thing[touched]
    nobody = 1 - np.bincount(reports.thing, p, reports.things)
    p[touched] = scaled / (np.bincount(thing, scaled, reports.things) + nobody)[thing]
    told = np.full(len(reports.pair), np.nan)
    reporting = reports.pair >= 0
    told[reporting] = 1 - p[reports.pair[reporting]]
    return told


def _shares(scores: Floats, thing: Integers, things: int, none: float) -> Floats:
    """Return the softmax over the values of each thing, "none" among them; shape (pairs,)."""
    highest = np.full(things, none)
    np.maximum.at(highest, thing, scores)
    raised = np.exp(scores - highest[thing])
    total = np.exp(none - highest) + np.bincount(thing, raised, things)
    return np.asarray(raised / total[thing], dtype=np.float64)
