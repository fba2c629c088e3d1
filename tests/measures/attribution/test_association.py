"""How closely two columns go together, against scipy, and which make a group."""

import numpy as np
from scipy import stats

from mlops_widgets.measures.attribution.association import associations, clusters


def _some() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    return x, x + rng.normal(size=200)


def test_two_numbers_have_spearmans_correlation_without_its_sign() -> None:
    x, y = _some()
    assert np.isclose(associations([x, -y])[0, 1], stats.spearmanr(x, y).statistic)


def test_rows_that_lack_either_number_are_left_out() -> None:
    x, y = _some()
    known = np.arange(200) % 3 > 0
    assert np.isclose(
        associations([np.where(known, x, np.nan), y])[0, 1], stats.spearmanr(x[known], y[known]).statistic
    )


def test_two_categories_have_cramers_v_corrected_for_chance() -> None:
    table = np.array([[30, 10, 5], [8, 25, 22]])
    a, b = (np.repeat(each.ravel(), table.ravel()) for each in np.indices(table.shape))
    n, (rows, columns) = table.sum(), table.shape
    # Bergsma 2013, equations for the corrected V, from scipy's chi-square
    phi2 = stats.chi2_contingency(table, correction=False).statistic / n - (rows - 1) * (columns - 1) / (n - 1)
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    assert np.isclose(associations([a, b])[0, 1], np.sqrt(phi2 / least))


def test_unrelated_columns_of_many_categories_are_not_associated_by_chance() -> None:
    rng = np.random.default_rng(1)
    found = [
        associations([rng.integers(0, 12, 150), rng.integers(0, 12, 150), rng.normal(size=150)]) for _ in range(40)
    ]
    assert np.mean([each[0, 1] for each in found]) < 0.1
    assert np.mean([each[0, 2] for each in found]) < 0.1


def test_a_category_that_follows_from_a_number_is_close_to_it() -> None:
    x = np.arange(300.0)
    assert associations([x, (x // 60).astype(np.int64)])[0, 1] > 0.95


def test_a_column_that_does_not_vary_goes_with_nothing() -> None:
    x, _ = _some()
    assert associations([x, np.ones(200), np.zeros(200, dtype=np.int64)])[0, 1:].tolist() == [0.0, 0.0]


def test_groups_are_joined_by_their_average_and_not_by_one_close_pair() -> None:
    chain = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.9], [0.1, 0.9, 1.0]])
    assert sorted(map(len, clusters(chain))) == [1, 2]
    assert clusters(np.eye(3)) == [[0], [1], [2]]
    assert clusters(np.ones((1, 1))) == [[0]]
    assert clusters(np.full((3, 3), 0.8) + 0.2 * np.eye(3)) == [[0, 1, 2]]
