"""Closed forms of the vote, brute force over all worlds for checked reports, and made-up sources that copy each other."""

from itertools import product

import numpy as np
import pytest

from mlops_widgets.measures.conflicting_reports import (
    MISTAKEN,
    Trust,
    gather_reports,
    learn_trust,
    wrong_reports,
)

NOBODY = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)


def _codes(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_an_unchecked_vote_is_a_softmax_of_the_counts_with_none_as_a_value() -> None:
    reports = gather_reports(_codes(0, 0, 0, 1), _codes(0, 0, 1, 1))
    wrong = wrong_reports(reports, learn_trust(reports, *NOBODY), *NOBODY)
    total = np.exp(1.0) + np.exp(0.5) + 1
    assert wrong[:3] == pytest.approx(1 - np.array([np.exp(1.0), np.exp(1.0), np.exp(0.5)]) / total)
    assert wrong[3] == pytest.approx(1 - np.exp(0.5) / (np.exp(0.5) + 1))


def test_a_row_that_reports_nothing_has_no_answer() -> None:
    reports = gather_reports(_codes(0, 0, -1), _codes(0, -1, 0))
    assert np.isnan(wrong_reports(reports, learn_trust(reports, *NOBODY), *NOBODY)).tolist() == [False, True, True]


@pytest.mark.parametrize("said", list(product([True, False], repeat=2)))
def test_checks_of_a_thing_count_as_bayes_rule_says(said: tuple[bool, bool]) -> None:
    values = _codes(0, 1, 1, 2)
    reports = gather_reports(np.zeros(4, dtype=np.int64), values)
    trust = Trust(np.array([0.7]), 0.2)
    checked = _codes(0, 2)
    weight = np.exp([0.7 * (values == value).sum() for value in range(3)] + [0.2])  # the last world: none is right
    for row, wrong in zip(checked, said, strict=True):
        holds = np.arange(4) == values[row]
        weight = weight * np.where(holds == (not wrong), 1 - MISTAKEN, MISTAKEN)
    share = weight / weight.sum()
    np.testing.assert_allclose(wrong_reports(reports, trust, checked, np.array(said)), 1 - share[values])


def _sources(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give two honest sources and four that copy one rumour, right half the time: the vote of the rows is the rumour's."""
    rng = np.random.default_rng(seed)
    truth = np.arange(60) * 2
    rumour = np.where(rng.random(60) < 0.5, truth + 1, truth)
    source, thing = np.repeat(np.arange(6), 60), np.tile(np.arange(60), 6)
    values = np.where(source < 2, truth[thing], rumour[thing])
    return thing, values, source, values != truth[thing]


def test_a_few_checks_tell_which_sources_to_trust() -> None:
    thing, values, source, wrong = _sources(0)
    reports = gather_reports(thing, values, [source])
    unchecked = wrong_reports(reports, learn_trust(reports, *NOBODY), *NOBODY)
    assert ((unchecked > 0.5) == wrong).mean() < 0.6  # the copies outvote the honest
    rows = np.random.default_rng(1).choice(len(thing), 15, replace=False)
    trust = learn_trust(reports, rows, wrong[rows])
    untouched = ~np.isin(thing, thing[rows])
    assert ((wrong_reports(reports, trust, rows, wrong[rows]) > 0.5) == wrong)[untouched].mean() > 0.95
    assert trust.weights[1:3].min() > trust.weights[3:].max()


def test_a_few_mistaken_checks_do_not_turn_it_over() -> None:
    thing, values, source, wrong = _sources(2)
    reports = gather_reports(thing, values, [source])
    rng = np.random.default_rng(3)
    rows = rng.choice(len(thing), 40, replace=False)
    said = wrong[rows] ^ (np.arange(40) < 2)
    found = wrong_reports(reports, learn_trust(reports, rows, said), rows, said)
    assert ((found > 0.5) == wrong).mean() > 0.9


def test_the_learned_trust_is_where_no_small_step_betters_the_fit() -> None:
    thing, values, source, wrong = _sources(4)
    reports = gather_reports(thing, values, [source])
    rows = np.arange(0, 360, 31)
    trust = learn_trust(reports, rows, wrong[rows])

    def loss(weights: np.ndarray, none: float) -> float:
        told = wrong_reports(reports, Trust(weights, none), *NOBODY)[rows]
        right = MISTAKEN + (1 - 2 * MISTAKEN) * np.where(wrong[rows], told, 1 - told)
        first = np.append(0.5, np.zeros(len(weights) - 1))
        return float(-np.log(right).sum() + 0.5 * ((weights - first) ** 2).sum() + 0.15 * none**2)

    best = loss(trust.weights, trust.none)
    for step in np.vstack([np.eye(8), -np.eye(8)]) * 0.01:
        assert loss(trust.weights + step[:-1], trust.none + step[-1]) > best
