"""Distances between shares, against scipy 1.17.1, nannyml 0.13.1 and evidently 0.7.23's published definitions."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from mlops_widgets.errors import InputError
from mlops_widgets.measures.drift.cells import word_cells
from mlops_widgets.measures.drift.shares import (
    chi_squared,
    hellinger,
    jensen_shannon,
    l_infinity,
    largest_cumulative,
    psi,
    shares_of,
)

Floats = npt.NDArray[np.float64]
_counts = st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(any)


def counted() -> tuple[Floats, Floats]:
    """The same categorical columns that nannyml was given."""
    rows = np.arange(400)
    reference = np.array(list("aaabbcd"), dtype=object)[rows % 7]
    chunk = np.array(list("abbccdd"), dtype=object)[rows[:150] % 7]
    cells = word_cells(reference)
    one = (cells.counts(each, np.zeros(len(each), dtype=np.int64), 1)[0] for each in (reference, chunk))
    first, second = (each.astype(np.float64) for each in one)
    return first, second


def test_categorical_distances_are_nannyml_s() -> None:
    counts = counted()
    p, q = shares_of(counts[0]), shares_of(counts[1])
    assert float(jensen_shannon(p, q)) == pytest.approx(0.2921854315562148, abs=1e-12)  # nannyml 0.13.1
    assert float(hellinger(p, q)) == pytest.approx(0.2454239005694414, abs=1e-12)  # nannyml 0.13.1
    assert float(l_infinity(p, q)) == pytest.approx(0.2833333333333333, abs=1e-12)  # nannyml 0.13.1
    assert chi_squared(*counts)[0] == pytest.approx(47.77121666884162, abs=1e-9)  # nannyml 0.13.1


def test_base_e_reads_a_sixth_lower_than_base_two() -> None:
    p, q = (shares_of(each) for each in counted())
    ratio = float(jensen_shannon(p, q) / jensen_shannon(p, q, base=math.e))
    assert ratio == pytest.approx(1 / math.sqrt(math.log(2)), abs=1e-12)  # 1.2011: nannyml against evidently


@settings(max_examples=40, deadline=None)
@given(_counts, _counts)
def test_jensen_shannon_and_chi_squared_are_scipy_s(a: list[int], b: list[int]) -> None:
    p, q = shares_of(a), shares_of(b)
    assert float(jensen_shannon(p, q)) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-7)
    assert float(jensen_shannon(p, q, form="divergence")) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-9)
    table = np.array([a, b])[:, np.array(a) + np.array(b) > 0]
    statistic, freedom, chance = chi_squared(a, b)
    if table.shape[1] > 1:
        theirs = stats.chi2_contingency(table, correction=False)
        assert (statistic, freedom, chance) == pytest.approx((theirs.statistic, theirs.dof, theirs.pvalue), abs=1e-9)


def test_psi_is_evidently_s_with_an_empty_cell() -> None:
    # evidently 0.7.23, get_psi: Σ (p - q) ln(p / q), an empty cell's share set to 0.0001 where all others exceed that
    by_hand = (
        (0.5 - 0.25) * math.log(0.5 / 0.25) + (0.25 - 0.5) * math.log(0.25 / 0.5) + (0.2499) * math.log(0.25 / 1e-4)
    )
    assert float(psi([0.5, 0.25, 0.25], [0.25, 0.5, 0.25])) == pytest.approx(0.5 * math.log(2))
    found = float(psi([0.5, 0.25, 0.25, 0.0], [0.25, 0.5, 0.0, 0.25]))
    assert found == pytest.approx(0.5 * math.log(2) + 2 * 0.2499 * math.log(0.25 / 1e-4))
    assert by_hand < found
    assert float(psi([0.5, 0.5, 0.0], [0.5, 0.5, 0.0])) == 0.0


@settings(max_examples=40, deadline=None)
@given(_counts, _counts)
def test_distances_are_symmetric_and_zero_on_equal_shares(a: list[int], b: list[int]) -> None:
    p, q = shares_of(a), shares_of(b)
    for distance in (psi, jensen_shannon, hellinger, l_infinity, largest_cumulative):
        assert float(distance(p, q)) == pytest.approx(float(distance(q, p)), abs=1e-12)
        assert float(distance(p, p)) == pytest.approx(0, abs=1e-7)
        assert 0 <= float(distance(p, q)) <= (1 + 1e-9 if distance is not psi else np.inf)


def test_binned_kolmogorov_smirnov_is_scipy_s_on_values_that_are_their_own_cells() -> None:
    a, b = np.repeat(np.arange(4), [5, 1, 0, 4]), np.repeat(np.arange(4), [1, 2, 6, 1])
    found = float(largest_cumulative(shares_of([5, 1, 0, 4]), shares_of([1, 2, 6, 1])))
    assert found == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)


def test_many_chunks_are_compared_at_once() -> None:
    p, chunks = shares_of([4, 4]), shares_of([[4, 4], [0, 8], [0, 0]])
    assert l_infinity(p, chunks) == pytest.approx([0, 0.5, np.nan], nan_ok=True)
    assert jensen_shannon(p, chunks)[2] == pytest.approx(np.nan, nan_ok=True)


def test_what_has_no_answer_is_said() -> None:
    assert np.isnan(chi_squared([1, 2], [0, 0])[0])
    assert chi_squared([5, 0], [3, 0]) == (0.0, 0, 1.0)
    with pytest.raises(InputError, match="same cells"):
        psi([0.5, 0.5], [1.0])
    with pytest.raises(InputError, match="base=1"):
        jensen_shannon([0.5, 0.5], [0.5, 0.5], base=1)
