"""Numbers that the tail of their column doesn't reach."""

from collections.abc import Iterator, Mapping

import numpy as np

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Floats
from mlops_widgets.data_quality.detection.suspicions import Suspicion
from mlops_widgets.measures.oddities.tails import tail_surprise

FALSE_SHARE = 0.001
"""Share of false ones among the numbers of a column that are called outliers, from which none is."""
_WEAK = 0.05


def suspect_outliers(numbers: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """Suspect numbers so far out that the fitted tail of their column doesn't explain them."""
    for name, cells in numbers.items():
        rows = np.flatnonzero(np.isfinite(cells))
        q_values, sides = tail_surprise(cells[rows])
        for side, word in ((1.0, "above"), (-1.0, "below")):
            at = np.flatnonzero((q_values < _WEAK) & (sides == side))
            if len(at):
                end = float(np.quantile(cells[rows], 0.99 if side > 0 else 0.01))
                yield Suspicion(
                    kind="outlier", column=name, rows=rows[at], confidence=confidence_of(q_values[at]),
                    reason=f"Far {word} the other numbers of {short(name)}, 98 % of which lie within "
                    f"{number(float(f'{end:.2g}'))}: its tail, fitted to the inner rows, all but never reaches so far.",
                )  # fmt: skip


def confidence_of(q_values: Floats) -> Floats:
    """Return how sure an outlier is an error: .5 where a thousandth of such would be false, more with each further power."""
    powers = -np.log10(np.maximum(q_values, 1e-300)) + np.log10(FALSE_SHARE)
    return np.where(q_values < FALSE_SHARE, np.minimum(0.5 + 0.04 * powers, 0.9), 0.3)
