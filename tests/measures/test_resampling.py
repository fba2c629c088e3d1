"""Resamples: their weights, their pairing and the spread that they give."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.measures import resampling
from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.measures.resampling import Resampler

MAE = METRICS["mae"]


def all_weights(resampler: Resampler, rows: int) -> npt.NDArray[np.float32]:
    return np.concatenate(list(resampler.weights(rows)))


def test_each_draw_takes_as_many_rows_as_there_are() -> None:
    weights = all_weights(Resampler(draws=50), 30)
    assert weights.shape == (50, 30)
    assert (weights.sum(axis=1) == 30).all()


def test_rows_of_a_unit_are_drawn_together_and_units_as_many_as_there_are() -> None:
    units = np.array([7, 7, -2, 3, 3, 3])
    weights = all_weights(Resampler(units, draws=40), 6)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [3]] == weights[:, 4:]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_one_row_a_unit_is_the_same_as_no_units() -> None:
    assert (all_weights(Resampler(np.arange(9), draws=5), 9) == all_weights(Resampler(draws=5), 9)).all()


def test_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    first, again, other = (all_weights(Resampler(draws=5, seed=seed), 20) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_batches_stay_small_and_make_up_all_draws() -> None:
    sizes = [batch.nbytes for batch in Resampler(draws=100).weights(20_000)]
    assert max(sizes) <= resampling._BATCH_BYTES
    assert sum(sizes) == 100 * 20_000 * 4


def test_rows_larger_than_a_batch_are_drawn_one_resample_at_a_time() -> None:
    assert [batch.shape for batch in Resampler(draws=2).weights(600_000)] == [(1, 600_000)] * 2


def test_units_of_other_rows_are_an_error() -> None:
    with pytest.raises(InputError, match="5 rows to resample, units for 3"):
        next(Resampler(np.arange(3)).weights(5))


def test_metrics_of_other_rows_cannot_be_drawn_together() -> None:
    with pytest.raises(InputError, match=r"same rows; these have \[3, 4\]"):
        Resampler().draws({"a": (MAE, np.zeros(3), np.zeros(3)), "b": (MAE, np.zeros(4), np.zeros(4))})


def test_draws_are_paired_across_metrics() -> None:
    y, output = np.zeros(50), np.random.default_rng(0).normal(size=50)
    draws = Resampler(draws=30).draws({"one": (MAE, y, output), "two": (MAE, y, 2 * output)})
    assert draws["two"] == pytest.approx(2 * draws["one"], rel=1e-5)


def test_users_weights_multiply_the_draws() -> None:
    y, output = np.zeros(4), np.array([1.0, 2, 3, 1000])
    draws = Resampler(draws=30).draws({"mae": (MAE, y, output)}, sample_weights=np.array([1, 1, 1, 0]))["mae"]
    assert np.nanmax(draws) <= 3 + 1e-6


def test_spread_of_a_mean_over_rows_equals_the_closed_form() -> None:
    losses = np.random.default_rng(1).exponential(size=800)
    draws = Resampler(draws=4000).draws({"mae": (MAE, np.zeros(800), losses)})["mae"]
    assert draws.std() == pytest.approx(losses.std() / np.sqrt(800), rel=0.05)


def test_spread_of_a_mean_over_clusters_equals_the_closed_form() -> None:
    # With clusters of equal size the mean is the mean of cluster means (Field & Welsh 2007, section 2).
    rng = np.random.default_rng(2)
    losses = np.abs(5 + rng.normal(size=(200, 1)) + rng.normal(size=(200, 5)))
    draws = Resampler(np.repeat(np.arange(200), 5), draws=4000).draws({"mae": (MAE, np.zeros(1000), losses.ravel())})
    assert draws["mae"].std() == pytest.approx(losses.mean(axis=1).std() / np.sqrt(200), rel=0.05)


def test_units_are_counted_among_marked_rows() -> None:
    marked = np.array([True, True, True, False])
    assert Resampler(np.array([4, 4, 9, 9])).count(marked) == 2
    assert Resampler().count(marked) == 3


def test_cancel_stops_between_batches() -> None:
    with pytest.raises(CancelledError):
        Resampler().draws({"mae": (MAE, np.zeros(3), np.ones(3))}, cancel=lambda: True)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(1, 60), st.integers(0, 5))
def test_rows_left_are_whole_units_and_no_more_than_asked(units: list[int], most: int, seed: int) -> None:
    codes = np.array(units)
    kept = resampling.whole_units(codes, most, np.random.default_rng(seed))
    inside = np.isin(codes, codes[kept])
    assert np.flatnonzero(inside).tolist() == kept.tolist()
    assert len(kept) <= most or len(np.unique(codes[kept])) == 1


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 5))
def test_shuffled_rows_are_all_rows_a_unit_after_the_other(units: list[int], seed: int) -> None:
    codes = np.array(units, dtype=np.int64)
    order = resampling.shuffled_rows(len(codes), codes, np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(len(codes)))
    assert int((np.diff(codes[order]) != 0).sum()) == max(len(np.unique(codes)) - 1, 0)
