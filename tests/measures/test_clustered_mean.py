import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.clustered_mean import clustered_mean


def test_with_rows_as_units_it_is_students_interval() -> None:
    values = np.random.default_rng(0).normal(size=40)
    expected = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))  # scipy 1.16
    assert clustered_mean(values, np.arange(40)) == pytest.approx((values.mean(), *expected))


def test_repeating_each_row_in_its_unit_changes_nothing() -> None:
    values = np.random.default_rng(1).normal(size=30)
    assert clustered_mean(np.repeat(values, 5), np.repeat(np.arange(30), 5)) == pytest.approx(
        clustered_mean(values, np.arange(30))
    )


@pytest.mark.parametrize(("rows", "mean"), [(0, np.nan), (3, 1.0)])
def test_one_unit_has_no_interval(rows: int, mean: float) -> None:
    found = clustered_mean(np.ones(rows), np.zeros(rows, dtype=np.int64))
    assert np.array_equal(found, [mean, np.nan, np.nan], equal_nan=True)
