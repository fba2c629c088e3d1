from typing import Any

import numpy as np
import pytest

from mlops_widgets.measures.label_noise import (
    confidently_other,
    excess_over_chance,
    excess_residuals,
    fit_lapse,
    recalibrated,
)


def _drawn(share: float, *, n: int = 4000, seed: int = 0) -> tuple[Any, Any, int]:
    rng = np.random.default_rng(seed)
    p = rng.beta(0.4, 0.4, n)
    y = (rng.random(n) < p).astype(np.int64)
    wrong = rng.random(n) < share
    return np.column_stack([1 - p, p]), np.where(wrong, 1 - y, y), int(wrong.sum())


@pytest.mark.parametrize("share", [0.0, 0.03, 0.1])
def test_the_interval_holds_the_share_of_wrong_labels(share: float) -> None:
    p, y, _ = _drawn(share)
    lapse = fit_lapse(p, y)
    assert lapse.lower <= share <= lapse.upper
    assert abs(lapse.value - share) < 0.02


def test_without_wrong_labels_recalibration_returns_the_truth() -> None:
    p, y, _ = _drawn(0.0)
    assert np.abs(recalibrated(p, y, 0.0) - p).mean() < 0.02


def test_recalibration_undoes_a_temperature() -> None:
    p, y, _ = _drawn(0.0, n=20000)
    sharp = p**3 / (p**3).sum(axis=1, keepdims=True)
    assert np.abs(recalibrated(sharp, y, 0.0) - p).mean() < 0.02


def test_off_the_diagonal_of_the_confident_joint_as_cleanlab_counts() -> None:
    from cleanlab.count import num_label_issues  # 2.9.0

    rng = np.random.default_rng(0)
    p = rng.dirichlet([0.5, 0.5, 0.5], 600)
    y = np.array([rng.choice(3, p=row) for row in p])
    y[:60] = (y[:60] + 1) % 3
    assert confidently_other(p, y).sum() == num_label_issues(y, p, estimation_method="off_diagonal")


def test_only_the_excess_over_chance_is_counted() -> None:
    p, y, wrong = _drawn(0.05)
    found = excess_over_chance([p], p, y)
    assert 0.5 * wrong < found.count < 1.3 * wrong
    p, y, _ = _drawn(0.0)
    clean = excess_over_chance([p], p, y)
    assert clean.flagged > 100
    assert clean.count == 0


def test_equal_residuals_are_never_outlying() -> None:
    scores, excess = excess_residuals(np.zeros(50))
    assert not scores.any()
    assert excess.count == 0
