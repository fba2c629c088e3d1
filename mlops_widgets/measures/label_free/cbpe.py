"""A metric without labels: its value if each row had every outcome with that outcome's probability.

Confidence-based performance estimation (NannyML 0.13.1, "How CBPE works"): each row counts as every class at once, with
the class's probability as its weight. For any metric that takes row weights this is the metric on the rows repeated
once a class. For accuracy it is the expectation; for ratios such as F1 or ROC AUC the ratio of the expected counts.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.weighted import Floats, Numbers

_BATCH_CELLS = 500_000  # of single-precision weights: stays in the processor's cache


def chances(probabilities: Numbers) -> Floats:
    """Return the probability of each class, shape (classes, n).

    Parameters
    ----------
    probabilities
        Of the positive class (n,), or of each class (n, classes).
    """
    given = np.asarray(probabilities, dtype=np.float64)
    return np.stack([1 - given, given]) if given.ndim == 1 else np.ascontiguousarray(given.T)


def draw_outcomes(chance: Floats, *, draws: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return outcomes (draws, classes, n), 1 for the class that came, each row's independent of the others'.

    The number of hits among such rows is Poisson-binomial.

    Examples
    --------
    >>> certain = chances(np.array([1.0, 0.0]))
    >>> draw_outcomes(certain, draws=1, rng=np.random.default_rng(0)).tolist()
    [[[0.0, 1.0], [1.0, 0.0]]]
    """
    limits = np.cumsum(chance, axis=0)[:-1].astype(np.float32)
    codes = np.arange(len(chance))[:, None]
    found = np.empty((draws, *chance.shape), dtype=np.float32)
    for each in found:
        each[...] = (rng.random((1, chance.shape[1]), dtype=np.float32) >= limits).sum(axis=0) == codes
    return found


class Expected:
    """A metric of rows whose outcomes are only known by their probabilities.

    Parameters
    ----------
    metric
        Any metric that takes row weights.
    output
        What the model answered, shape (n,) or (n, classes), as the metric needs it.
    classes
        How many there are.
    weights
        Weight of each row, shape (n,); None for equal ones.

    Examples
    --------
    >>> from mlops_widgets.measures.metrics import METRICS
    >>> said = np.array([1.0, 1.0, 0.0])
    >>> round(Expected(METRICS["accuracy"], said, classes=2).value(chances(np.array([0.9, 0.6, 0.3]))), 4)
    0.7333
    """

    def __init__(self, metric: Metric, output: Numbers, *, classes: int, weights: Numbers | None = None) -> None:
        self._rows, self._classes = len(output), classes
        outcome = np.repeat(np.arange(classes, dtype=np.float64), self._rows)
        self._kernel = metric.prepare(outcome, np.concatenate([output] * classes))
        self._weights = np.ones(self._rows) if weights is None else np.asarray(weights, dtype=np.float64)

    def value(self, chance: Floats) -> float:
        """Return the metric where outcomes have these probabilities, shape (classes, n); NaN where it has none."""
        return float(self._kernel((chance * self._weights).reshape(1, -1))[0])

    def weighted(self, chance: Floats, counts: Numbers) -> Floats:
        """Return it (B,) under each of `counts` (B, n), on top of the rows' own weights."""
        own = (chance * self._weights).astype(np.float32)
        return np.concatenate([
            self._kernel((batch[:, None, :] * own).reshape(len(batch), -1)) for batch in self._batches(counts)
        ])  # fmt: skip

    def values(self, many: Numbers) -> Floats:
        """Return it (B,) under each of many sets of probabilities, or of drawn outcomes, shape (B, classes, n)."""
        own = self._weights.astype(np.float32)
        return np.concatenate([
            self._kernel((batch.astype(np.float32) * own).reshape(len(batch), -1)) for batch in self._batches(many)
        ])  # fmt: skip

    def _batches(self, many: Numbers) -> Iterator[npt.NDArray[np.floating]]:
        size = max(1, _BATCH_CELLS // (self._rows * self._classes))
        for start in range(0, len(many), size):
            yield np.asarray(many[start : start + size], dtype=np.float32)
