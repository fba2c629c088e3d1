import numpy as np
import pytest

from mlops_widgets.measures.experiments.stratified import ratio_by_stage, stratified
from mlops_widgets.measures.experiments.unit_values import Summary


def test_one_stage_is_the_plain_summary() -> None:
    values = np.random.default_rng(0).normal(size=50)
    arms = np.arange(50) % 2
    found = stratified(values, arms, np.zeros(50, dtype=np.int64), np.arange(50), count=2)
    for arm in (0, 1):
        plain = Summary.of(values[arms == arm])
        assert (found[arm].mean, found[arm].variance, found[arm].units) == pytest.approx(
            (plain.mean, plain.variance, 25)
        )


def test_a_stage_in_which_everything_is_higher_doesnt_make_the_arm_that_grew_better() -> None:
    stages = np.repeat([0, 1], [1000, 1000])
    arms = np.concatenate([np.repeat([0, 1], [990, 10]), np.repeat([0, 1], [500, 500])])
    values = 10.0 * stages
    found = stratified(values, arms, stages, np.arange(2000), count=2)
    assert found[0].mean == found[1].mean
    assert values[arms == 1].mean() - values[arms == 0].mean() > 6


def test_the_variance_is_that_of_a_weighted_sum_of_means() -> None:
    rng = np.random.default_rng(1)
    stages, arms = rng.integers(0, 3, 600), rng.integers(0, 2, 600)
    values = rng.normal(size=600) * (1 + stages)
    found = stratified(values, arms, stages, np.arange(600), count=2)[0]
    sizes = np.array([[((arms == a) & (stages == s)).sum() for s in range(3)] for a in (0, 1)])
    weights = 1 / (1 / sizes).sum(axis=0)
    weights /= weights.sum()
    parts = [values[(arms == 0) & (stages == s)] for s in range(3)]
    expected = sum(w**2 * part.var(ddof=1) / len(part) for w, part in zip(weights, parts, strict=True))
    assert found.variance / found.units == pytest.approx(expected, rel=0.02)


def test_a_unit_seen_in_two_stages_counts_once() -> None:
    rng = np.random.default_rng(2)
    each = rng.normal(size=200)
    arms = np.tile(np.arange(200) % 2, 2)
    stages = np.repeat([0, 1], 200)
    twice = stratified(np.tile(each, 2), arms, stages, np.tile(np.arange(200), 2), count=2)[0]
    once = Summary.of(each[::2])
    assert twice.units == 100
    assert twice.variance == pytest.approx(once.variance)


def test_a_stage_without_one_arm_tells_nothing() -> None:
    found = stratified(np.array([1.0, 2.0, 99.0]), np.array([0, 1, 1]), np.array([0, 0, 1]), np.arange(3), count=2)
    assert [each.mean for each in found] == [1.0, 2.0]
    assert stratified(np.ones(2), np.array([0, 1]), np.array([0, 1]), np.arange(2), count=2)[0].units == 0


def test_sizes_are_judged_within_stages() -> None:
    planned = np.array([[0.99, 0.01], [0.5, 0.5], [0.0, 1.0]])
    fine = np.array([[9900, 100], [5000, 5000], [0, 700]])
    assert ratio_by_stage([fine], planned)[:2] == (1.0, 1.0)
    off = np.array([[9900, 100], [5000, 5600], [0, 700]])
    once, watched, name = ratio_by_stage([fine, off], planned)
    assert once < 1e-6
    assert watched < 0.001
    assert name == "exact binomial test, by stage"
    assert ratio_by_stage([np.array([[990, 10], [5, 5], [1, 700]])], planned)[0] == 0
