"""What one column explains."""

import numpy as np
import pytest

from mlops_widgets.measures.column_power import explained, learned_means


def test_what_is_explained_is_numpys_squared_correlation() -> None:
    rng = np.random.default_rng(4)
    guess = rng.normal(size=(200, 1))
    y = guess + rng.normal(size=(200, 1))
    weights = np.vstack([np.ones(200), rng.integers(0, 3, 200)])
    again = np.repeat(np.arange(200), weights[1].astype(int))
    expected = [np.corrcoef(g[:, 0], t[:, 0])[0, 1] ** 2 for g, t in ((guess, y), (guess[again], y[again]))]
    assert explained(guess, y, weights) == pytest.approx(expected, abs=1e-12)
    assert explained(-guess, y, weights).tolist() == [0.0, 0.0]
    assert explained(np.ones_like(y), y, weights).tolist() == [0.0, 0.0]


def test_learned_means_shrink_small_levels_to_the_mean() -> None:
    means = learned_means(np.array([0] * 95 + [1] * 5), np.r_[np.zeros(95), np.ones(5)][:, None], levels=3)
    assert means[:, 0].tolist() == pytest.approx([0.25 / 100, 5.25 / 10, 0.05])
