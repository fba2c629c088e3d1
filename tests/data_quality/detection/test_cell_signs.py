import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.cell_signs import Sign, bin_sign, level_sign, value_signs
from mlops_widgets.data_quality.detection.columns import Column, prepare
from mlops_widgets.data_quality.source import source_of


def _signs(cells: object) -> tuple[np.ndarray, np.ndarray]:
    table = prepare(source_of(pd.DataFrame({"a": pd.Series(cells)})))
    rows = np.arange(table.rows)
    general, special = value_signs(table.columns["a"])
    return general.of(rows), special.of(rows)


def test_a_weighed_sign_is_its_numbers_times_the_weights() -> None:
    rng = np.random.default_rng(0)
    sign = Sign(rng.integers(0, 5, 30), rng.normal(size=(5, 3)))
    weights = rng.normal(size=3)
    np.testing.assert_allclose(sign.weighed(weights), sign.of(np.arange(30)) @ weights)


def test_bins_and_levels_have_one_number_each() -> None:
    assert bin_sign(np.array([-1.0, 0.5, 2.0, np.nan]), (0.0, 1.0)).of(np.arange(4)).argmax(axis=1).tolist() == [
        0,
        1,
        2,
        3,
    ]
    assert level_sign(np.array([1, 0, 2])).of(np.arange(3)).tolist() == np.eye(3)[[1, 0, 2]].tolist()


@pytest.mark.parametrize(
    ("cells", "odd"),
    [
        (["7:10 a.m.", "11:05 p.m."] * 40 + ["7:10aDec 1"], 80),
        (["red", "green", "blue"] * 40 + ["?!"], 120),
        ([str(each) for each in range(120)] + ["unknown"], 120),
        ([float(each % 9) for each in range(120)] + [5e4], 120),
        (["word"] * 120 + ["word" * 30], 120),
    ],
)
def test_an_odd_cell_has_more_signs_than_any_other(cells: list[object], odd: int) -> None:
    general, _ = _signs(cells)
    count = general.sum(axis=1)
    assert int(np.argmax(count)) == odd
    assert count[odd] > np.delete(count, odd).max()


def test_a_missing_cell_has_the_sign_of_missing_alone() -> None:
    general, special = _signs(["a", "b", None, "  ", "c"] * 4)
    assert general[[2, 3]].tolist() == [[1.0] + [0.0] * (general.shape[1] - 1)] * 2
    assert general[:, 0].sum() == 8
    assert special[2, 1] == 1


def test_equal_cells_have_equal_signs_and_numbers_no_signs_of_letters() -> None:
    cells = np.random.default_rng(0).integers(0, 4, 50)
    for each in _signs(cells):
        for value in range(4):
            assert (each[cells == value] == each[cells == value][0]).all()


@pytest.mark.parametrize(
    "cells",
    [
        [[1, 2], {"k": 1}, None] * 5,
        pd.Series(["\ud83d", "ok", "x\udc00"] * 5, dtype=object),
        [10**400, np.inf, -np.inf, 1, 2] * 3,
        pd.date_range("2024", periods=15, tz="Europe/Berlin"),
        pd.to_timedelta(range(15), unit="h"),
        pd.Categorical(["a", "b", None] * 5),
        pd.array([True, None, False] * 5, dtype="boolean"),
        ["x" * 300_000] + ["y"] * 14,
        [None] * 15,
    ],
)
def test_any_cells_have_finite_signs(cells: object) -> None:
    for each in _signs(cells):
        assert len(each) == 15
        assert np.isfinite(each).all()


def test_the_texts_of_a_column_are_read_once_a_value() -> None:
    column = Column("a", pd.Series(["x", "y"] * 500))
    assert value_signs(column)[0].table.shape[0] == 3  # two values, and missing
