"""Reference numbers: scipy's `binomtest`, exact."""

import numpy as np
import pytest
from scipy import stats

from mlops_widgets.measures.proportions import clopper_pearson


@pytest.mark.parametrize(("hits", "of"), [(0, 10), (10, 10), (3, 40), (1, 1)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_exact_bounds_are_scipys(hits: int, of: int, level: float) -> None:
    known = stats.binomtest(hits, of).proportion_ci(level, method="exact")
    np.testing.assert_allclose(clopper_pearson(hits, of, level=level), (known.low, known.high), rtol=1e-10)


def test_counts_between_whole_ones_lie_between_their_bounds() -> None:
    low, middle, high = (clopper_pearson(hits, 40) for hits in (3, 3.5, 4))
    assert low[0] < middle[0] < high[0]
    assert low[1] < middle[1] < high[1]
