import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.errors import InputError
from mlops_widgets.measures.paired_tests import delong, mcnemar, mcnemar_by_unit
from mlops_widgets.measures.ranks import auc_variance

# statsmodels 0.15.0: mcnemar([[100, b], [c, 50]], exact=True), and exact=False, correction=False
STATSMODELS = {
    (1, 7): (0.0703125, 0.033894853524689295),
    (12, 30): (0.007915897334896727, 0.00547855324254737),
    (59, 6): (4.964650327128616e-12, 4.9033614331951344e-11),
    (0, 5): (0.0625, 0.025347318677468325),
    (10, 10): (1.0, 1.0),
}


@pytest.mark.parametrize("counts", STATSMODELS)
def test_mcnemar_equals_statsmodels(counts: tuple[int, int]) -> None:
    exact, chi_square = STATSMODELS[counts]
    assert mcnemar(*counts).exact == pytest.approx(exact, rel=1e-9)
    differences = np.repeat([-1.0, 1.0], counts)
    assert mcnemar_by_unit(differences) == pytest.approx(chi_square, rel=1e-9)


def test_the_mid_p_is_that_of_the_paper() -> None:
    # Fagerland, Lydersen & Laake 2013, airway hyper-responsiveness: 1 and 7 discordant pairs, exact .070, mid-p .039
    assert round(mcnemar(1, 7).mid, 3) == 0.039


@given(st.integers(0, 80), st.integers(0, 80))
def test_the_mid_p_is_below_the_exact_one_and_both_are_chances(b: int, c: int) -> None:
    found = mcnemar(b, c)
    assert 0 <= found.mid <= found.exact <= 1
    assert found.exact == mcnemar(c, b).exact


def test_rows_of_one_unit_dont_count_as_many() -> None:
    rows = np.repeat([1.0, 1.0, -1.0, 1.0], 10)
    by_unit = np.array([10.0, 10.0, -10.0, 10.0])
    assert mcnemar_by_unit(by_unit) > 0.3
    assert mcnemar_by_unit(rows) < 0.01
    assert mcnemar_by_unit(np.zeros(3)) == 1


def test_delong_equals_a_reference_library_with_ties() -> None:
    # MLstatkit 0.1.91: Delong_test(y, a, b) → z 1.1290101674431634, p .2588935445936521, AUC .672 and .7337142857142858
    rng = np.random.default_rng(0)
    y = (rng.random(60) < 0.4).astype(int)
    a = np.round(y * 0.8 + rng.normal(size=60), 1)
    b = np.round(y * 0.3 + 0.6 * a + 0.5 * rng.normal(size=60), 1)
    found = delong(y, a, b)
    assert (found.first, found.second) == pytest.approx((0.672, 0.7337142857142858))
    assert found.p_value == pytest.approx(0.2588935445936521)
    error = (found.upper - found.lower) / 2 / 1.959963984540054
    assert found.difference / error == pytest.approx(1.1290101674431634)


def test_delong_equals_all_pairs_counted_one_by_one() -> None:
    rng = np.random.default_rng(3)
    y = np.repeat([0, 1], [9, 6])
    scores = rng.integers(0, 5, size=(2, 15)).astype(float)
    won = [(s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0]) for s in scores]
    gap = won[1] - won[0]
    variance = gap.mean(axis=1).var(ddof=1) / 6 + gap.mean(axis=0).var(ddof=1) / 9
    found = delong(y, *scores)
    assert found.difference == pytest.approx(gap.mean())
    assert ((found.upper - found.lower) / 2 / 1.959963984540054) ** 2 == pytest.approx(variance)


def test_against_a_model_that_knows_nothing_delong_has_the_variance_of_one() -> None:
    rng = np.random.default_rng(1)
    y, scores = rng.integers(0, 2, 80), rng.normal(size=80)
    found = delong(y, np.zeros(80), scores)
    assert found.first == 0.5
    half = (found.upper - found.lower) / 2 / 1.959963984540054
    assert half**2 == pytest.approx(float(auc_variance(y, scores[None, :])[0]))


def test_equal_rankings_have_nothing_between_them_and_one_class_none() -> None:
    y, scores = np.array([0, 1, 0, 1]), np.arange(4.0)
    same = delong(y, scores, 10 * scores)
    assert (same.difference, same.p_value, same.lower) == (0, 1, 0)
    with pytest.raises(InputError, match="two rows of a class"):
        delong(np.array([0, 0, 1]), scores[:3], scores[:3])
