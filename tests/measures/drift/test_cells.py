"""Bins and categories: missing and unseen values have cells of their own."""

import numpy as np

from mlops_widgets.measures.drift.cells import number_cells, word_cells
from mlops_widgets.measures.drift.shares import shares_of


def test_bins_hold_equal_shares_of_the_reference() -> None:
    reference = np.random.default_rng(0).normal(size=1000)
    cells = number_cells(reference, bins=10)
    assert cells.counts(reference, np.zeros(1000, dtype=np.int64), 1)[0].tolist() == [100] * 10 + [0]


def test_few_values_have_a_bin_each() -> None:
    values = np.array([0.0, 1.0, 1.0, 2.0])
    cells = number_cells(values, bins=10)
    assert cells.of(values).tolist() == [0, 1, 1, 2]


def test_a_heavy_value_takes_the_place_of_several_bins() -> None:
    values = np.concatenate([np.zeros(90), np.arange(1.0, 31.0)])
    cells = number_cells(values, bins=10)
    assert cells.edges is not None
    assert cells.edges[0] == 0
    assert len(cells.edges) < 9
    assert shares_of(cells.counts(values, np.zeros(120, dtype=np.int64), 1))[0, 0] == 0.75


def test_missing_numbers_are_the_last_cell_and_new_extremes_fall_in_the_outer_bins() -> None:
    cells = number_cells(np.arange(100.0), bins=4)
    assert cells.of(np.array([-1e9, 1e9, np.nan])).tolist() == [0, 3, 4]
    assert cells.count == 5


def test_a_column_without_values_has_a_bin_and_a_cell_for_missing() -> None:
    cells = number_cells(np.array([np.nan]))
    assert cells.of(np.array([1.0, np.nan])).tolist() == [0, 1]


def test_rare_unseen_and_missing_categories_are_three_cells() -> None:
    words = np.array(["a"] * 3 + ["b"] * 2 + ["c", "d", None], dtype=object)
    cells = word_cells(words, most=2)
    assert cells.levels == ("a", "b")
    assert cells.of(np.array(["b", "c", "d", "e", None], dtype=object)).tolist() == [1, 2, 2, 3, 4]


def test_rows_of_no_chunk_are_not_counted() -> None:
    cells = word_cells(np.array(["a"], dtype=object))
    counts = cells.counts(np.array(["a", "a", "b"], dtype=object), np.array([0, -1, 1]), 2)
    assert counts.tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]
