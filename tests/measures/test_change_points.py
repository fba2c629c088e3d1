"""A single lasting change of a mean: against least squares by brute force, a closed form, and its own false alarms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import CancelledError
from mlops_widgets.measures.change_points import EO_MORLEY, change_point, explained


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_what_a_shape_explains_is_what_weighted_least_squares_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, w, shape = rng.normal(size=30), rng.uniform(0.5, 3, 30), np.clip((np.arange(30) - 11) / 4, 0, 1)
    design = np.column_stack([np.ones(30), shape]) * np.sqrt(w)[:, None]
    left = np.linalg.lstsq(design, y * np.sqrt(w), rcond=None)[1][0]
    centred = y - np.average(y, weights=w)
    total = (w * centred**2).sum()
    assert explained(centred, w, shape[None])[0] == pytest.approx(total - left)


def test_the_onset_is_the_one_with_the_smallest_sum_of_squares() -> None:
    rng = np.random.default_rng(0)
    chunks = np.repeat(np.arange(12), 4)
    y = rng.normal(size=48) + 2.0 * np.clip((chunks - 5 + 1) / 3, 0, 1)
    w = rng.uniform(1, 2, 48)
    errors = {}
    for onset in range(1, 12):
        for length in (1, 2, 3):
            shape = np.clip((chunks - onset + 1) / length, 0, 1)
            design = np.column_stack([np.ones(48), shape]) * np.sqrt(w)[:, None]
            beta, left, *_ = np.linalg.lstsq(design, y * np.sqrt(w), rcond=None)
            errors[onset, length] = (left[0], beta)
    onset, length = min(errors, key=lambda key: errors[key][0])
    found = change_point(y, w, chunks, lengths=(1, 2, 3))
    assert found is not None
    assert (found.onset, found.length) == (onset, length)
    level, step = errors[onset, length][1]
    assert found.before == pytest.approx(level)
    assert found.after - found.before == pytest.approx(step)
    assert found.lower < step < found.upper


def test_the_critical_value_is_the_quantile_of_two_independent_exponential_maxima() -> None:
    """Twice the log likelihood ratio of a two-sided Brownian motion with drift: P(max ≤ c) = (1 - exp(-c / 2))²."""
    assert (1 - np.exp(-EO_MORLEY / 2)) ** 2 == pytest.approx(0.95)
    assert pytest.approx(7.35, abs=0.005) == EO_MORLEY


def test_a_clear_step_is_dated_and_no_other_date_fits() -> None:
    y = np.repeat([0.0, 1.0], 24) + np.tile([0.2, -0.2, 0.1, -0.1], 12)
    found = change_point(y, np.ones(48), np.arange(48) // 4, lengths=(1, 2, 3))
    assert found is not None
    assert (found.onset, found.length, found.p_value) == (6, 1, 0.001)
    assert found.onsets[found.likely == 1].tolist() == [6]


def test_streams_without_change_are_called_changed_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(1)
    found = [
        change_point(rng.normal(size=40), np.ones(40), np.arange(40) // 4, lengths=(1, 3), permutations=99)
        for _ in range(200)
    ]
    share = np.mean([each.p_value <= 0.1 for each in found if each is not None])
    assert 0.04 < share < 0.17  # 99.9 % of binomials of 200 draws at .1


def test_few_pieces_one_chunk_or_no_variation_tell_nothing() -> None:
    assert change_point(np.arange(19.0), np.ones(19), np.arange(19)) is None
    assert change_point(np.arange(30.0), np.ones(30), np.zeros(30)) is None
    assert change_point(np.ones(30), np.ones(30), np.arange(30)) is None


def test_it_stops_when_asked() -> None:
    stop: Cancel = lambda: True  # noqa: E731 - a callback
    with pytest.raises(CancelledError):
        change_point(np.arange(30.0), np.ones(30), np.arange(30), cancel=stop)
