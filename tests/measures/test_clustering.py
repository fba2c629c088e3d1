"""Likeness of rows within groups."""

import numpy as np
import pytest

from mlops_widgets.measures.clustering import likeness_within


def test_likeness_is_the_intraclass_correlation_of_names_and_nothing_of_a_trend() -> None:
    rng = np.random.default_rng(2)
    name = np.repeat(np.arange(600), 4)
    level = rng.normal(size=600) * np.sqrt(0.3)
    y = (level[name] + rng.normal(size=2400) * np.sqrt(0.7))[:, None]
    assert likeness_within(name, y).correlation == pytest.approx(0.3, abs=0.05)
    assert likeness_within(name, y).pairs == 600 * 6
    age = rng.integers(0, 300, 2400)
    smooth = (np.sin(age / 50) + rng.normal(size=2400))[:, None]
    assert abs(likeness_within(age, smooth).correlation) < 0.02
    assert likeness_within(name, np.ones((2400, 1))).p_value == 1.0


def test_likeness_p_values_of_independent_rows_are_about_uniform() -> None:
    rng = np.random.default_rng(3)
    p = [likeness_within(rng.integers(0, 150, 600), rng.normal(size=(600, 1))).p_value for _ in range(200)]
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.09
    assert np.mean(p) == pytest.approx(0.5, abs=0.06)
