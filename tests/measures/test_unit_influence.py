"""Means and gaps of units: against the clustered mean, deletion of units, and drawn blocks."""

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.unit_influence import pulled_gap, pulled_mean, run_ratio


def test_the_error_is_that_of_the_clustered_mean() -> None:
    rng = np.random.default_rng(0)
    values, units = rng.normal(size=60), np.sort(rng.integers(0, 9, 60))
    mean, _, upper = clustered_mean(values, units)
    found = pulled_mean(values, np.ones(60), units)
    assert found.value == pytest.approx(mean)
    assert found.error * stats.t.ppf(0.975, 8) == pytest.approx(upper - mean)


def test_the_gap_is_the_difference_of_means_and_its_error_that_of_a_bootstrap_of_units() -> None:
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(80), 5)
    values = rng.normal(size=400) + rng.normal(size=80)[units]
    inside = rng.random(400) < 0.4
    found = pulled_gap(values, np.ones(400), units, inside)
    assert found.value == pytest.approx(values[inside].mean() - values[~inside].mean())
    weights = rng.multinomial(80, np.full(80, 1 / 80), size=2000)[:, units]
    one, other = weights * inside, weights * ~inside
    drawn = (one @ values) / one.sum(axis=1) - (other @ values) / other.sum(axis=1)
    assert found.error == pytest.approx(drawn.std(), rel=0.06)


def test_the_run_ratio_is_what_drawing_runs_gives() -> None:
    rng = np.random.default_rng(2)
    pulls = np.convolve(rng.normal(size=126), np.ones(7), mode="valid")
    pulls -= pulls.mean()
    begin = rng.integers(0, 120, (4000, 20, 1))
    runs = pulls[(begin + np.arange(6)) % 120].reshape(4000, -1).sum(axis=1).std()
    single = pulls[rng.integers(0, 120, (4000, 120))].sum(axis=1).std()
    assert run_ratio(pulls, 6) == pytest.approx(runs / single, rel=0.05)


def test_an_empty_side_has_no_gap() -> None:
    assert np.isnan(pulled_gap(np.ones(3), np.ones(3), np.arange(3), np.ones(3, dtype=bool)).value)
    assert np.isnan(pulled_mean(np.ones(2), np.zeros(2), np.arange(2)).value)
    assert run_ratio(np.array([1.0, -1.0]), 5) == 1.0
