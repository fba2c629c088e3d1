import numpy as np
import pytest

from mlops_widgets.measures.truth_discovery import discover_truth


def test_one_round_of_the_vote_is_the_formula_of_accu() -> None:
    # Two sources against one on one thing, all of the prior reliability .8 and two wrong values: Dong et al. 2009, eq. 3 and 4.
    # The reliabilities settle together, so the check is that the answer solves its own equations.
    things, sources = np.array([0, 0, 0]), np.array([0, 1, 2])
    truth = discover_truth(things, sources, [np.array([0, 0, 1])])
    a = truth.reliability
    votes = np.log(2 * a / (1 - a))
    for_first, for_second = np.exp(votes[0] + votes[1]), np.exp(votes[2])
    right = for_first / (for_first + for_second + 1)
    assert truth.right[0][0] == pytest.approx(right, abs=1e-3)
    assert a[0] == pytest.approx((right + 8) / 11, abs=1e-3)
    assert a[2] == pytest.approx((for_second / (for_first + for_second + 1) + 8) / 11, abs=1e-3)


def test_reliable_sources_outvote_more_unreliable_ones() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 300)
    things, sources = np.tile(np.arange(300), 7), np.repeat(np.arange(7), 300)
    accuracy = np.array([0.95, 0.95, 0.95, 0.4, 0.4, 0.4, 0.4])
    said = np.where(rng.random(2100) < accuracy[sources], truth[things], rng.integers(0, 5, 2100))
    found = discover_truth(things, sources, [said])
    shares = np.array([(said == truth[things])[sources == each].mean() for each in range(7)])
    assert np.abs(found.reliability - shares).max() < 0.05
    best = np.array([found.best[0][things == each][0] for each in range(300)])
    assert (best == truth).mean() > 0.97


def test_what_nobody_reports_has_no_answer() -> None:
    found = discover_truth(np.array([0, 0, -1]), np.array([0, 1, 0]), [np.array([-1, -1, 3])])
    assert found.best[0].tolist() == [-1, -1, -1]
    assert np.isnan(found.right[0]).all()
    assert np.isnan(found.best_right[0]).all()
