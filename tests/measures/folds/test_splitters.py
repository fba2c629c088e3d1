"""Which rows train and which test."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.measures.folds.splitters import (
    Split,
    draw_of_size,
    grouped_folds,
    random_folds,
    shuffled_twins,
    stratified_folds,
    time_folds,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def is_partition(splits: list[Split], rows: int) -> bool:
    tested = np.sort(np.concatenate([split.test for split in splits]))
    whole = all(len(np.union1d(split.train, split.test)) == rows for split in splits)
    return whole and np.array_equal(tested, np.arange(rows))


@given(st.integers(5, 200), st.integers(2, 5))
def test_random_folds_test_each_row_once_and_differ_in_size_by_one_at_most(rows: int, folds: int) -> None:
    splits = random_folds(rows, folds=folds, rng=rng())
    sizes = [len(split.test) for split in splits]
    assert is_partition(splits, rows)
    assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(0, 2), min_size=10, max_size=120))
def test_stratified_folds_share_each_class_out_evenly(labels: list[int]) -> None:
    y = np.array(labels)
    splits = stratified_folds(y, folds=3, rng=rng())
    assert is_partition(splits, len(y))
    for level in np.unique(y):
        counts = [int((y[split.test] == level).sum()) for split in splits]
        assert max(counts) - min(counts) <= 1


@given(st.lists(st.integers(0, 30), min_size=20, max_size=200), st.integers(2, 6))
def test_grouped_folds_never_take_a_group_apart(labels: list[int], folds: int) -> None:
    groups = np.array(labels)
    splits = grouped_folds(groups, folds=folds, rng=rng())
    assert is_partition(splits, len(groups)) or len(splits) == 1
    assert all(not np.isin(groups[split.test], groups[split.train]).any() for split in splits)


def test_grouped_folds_are_even_in_rows_and_in_the_rare_class() -> None:
    groups = np.repeat(np.arange(200), 5)
    rare = (np.repeat(np.arange(200) % 10 == 0, 5)).astype(float)
    splits = grouped_folds(groups, folds=5, rng=rng(), classes=rare)
    assert [len(split.test) for split in splits] == [200] * 5
    assert [int(rare[split.test].sum()) for split in splits] == [20] * 5


@given(st.lists(st.integers(0, 15), min_size=2, max_size=150), st.integers(2, 6))
def test_time_folds_train_on_the_past_only_and_keep_moments_whole(labels: list[int], folds: int) -> None:
    moments = np.array(labels)
    for split in time_folds(moments, folds=folds):
        assert moments[split.train].max() < moments[split.test].min()


def test_time_folds_equal_scikit_learns_where_every_moment_is_different() -> None:
    from sklearn.model_selection import TimeSeriesSplit

    ours = time_folds(np.arange(60), folds=5)
    theirs = list(TimeSeriesSplit(5).split(np.zeros((60, 1))))
    for split, (train, test) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(split.train, train)
        np.testing.assert_array_equal(split.test, test)


def test_one_moment_gives_no_time_folds() -> None:
    assert time_folds(np.zeros(20), folds=5) == []


def test_twins_test_half_of_the_rows_learn_from_as_many_and_know_all_times() -> None:
    splits = time_folds(np.arange(60), folds=5)
    twins = shuffled_twins(splits, draws=3, rng=rng())
    assert len(twins) == len(splits)
    for split, several in zip(splits, twins, strict=True):
        for twin in several:
            assert len(twin.test) == (len(split.test) + 1) // 2
            assert np.isin(twin.test, split.test).all()
            assert len(twin.train) == len(split.train)
            assert not np.isin(twin.train, twin.test).any()
    pairs = [(split, twin) for split, several in zip(splits, twins, strict=True) for twin in several]
    assert any(twin.train.max() > split.test.max() for split, twin in pairs)
    assert all(np.isin(twin.train, split.test).any() for split, twin in pairs[-3:])


def test_whole_units_are_drawn_where_units_are_given() -> None:
    units = np.repeat(np.arange(20), 5)
    drawn = draw_of_size(np.arange(100), 42, rng=rng(), units=units)
    assert len(drawn) == 40
    assert set(np.bincount(units[drawn])) <= {0, 5}
