"""The bootstrap: units drawn with replacement, as weights, the same for every metric."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import InputError
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.weighted import Floats, Numbers

_BATCH_BYTES = 2_000_000  # of single-precision weights: stays in the processor's cache, far from filling memory

SLOW_DRAWS = 200
"""Most draws of a metric whose every draw is a call of the user's own function: a standard error within about 5 %."""

Scored = tuple[Metric, Numbers, Numbers]
"""A metric, the outcomes (n,) and the outputs (n,) or (n, K) that it is to be drawn on."""


class Resampler:
    """Draws of units with replacement, each time as many as there are.

    Rows as units give Efron's bootstrap (1979); customers or other entities with all their rows the cluster bootstrap
    (Field & Welsh 2007); non-overlapping blocks of time Carlstein's (1986).

    Parameters
    ----------
    units
        (n,) the unit of each row, any integers; None where each row is its own unit.
    draws
        How many resamples.
    seed
        Same seed, same draws.
    """

    def __init__(self, units: npt.ArrayLike | None = None, *, draws: int = 1000, seed: int = 0) -> None:
        self._codes: npt.NDArray[np.intp] | None = None
        if units is not None:
            self._codes = np.unique(np.asarray(units), return_inverse=True)[1].astype(np.intp)
        self._draws, self._seed = draws, seed

    @property
    def independent_rows(self) -> bool:
        """Whether each row is its own unit."""
        return self._codes is None

    def count(self, rows: npt.NDArray[np.bool_]) -> int:
        """Return how many units have a row among those marked in `rows` (n,)."""
        return int(rows.sum()) if self._codes is None else len(np.unique(self._codes[rows]))

    def draws_of(self, metrics: Iterable[Metric]) -> int:
        """Return how many draws these metrics get together: fewer where one of them is slow."""
        return min(self._draws, SLOW_DRAWS) if any(metric.slow for metric in metrics) else self._draws

    def weights(self, rows: int, *, draws: int | None = None) -> Iterator[npt.NDArray[np.float32]]:
        """Yield how often each row is drawn, in batches (b, n) of a few megabytes that make up all draws.

        Parameters
        ----------
        rows
            How many rows there are, n.
        draws
            Only so many, the first ones; None for all.

        Raises
        ------
        InputError
            If the units are of another number of rows.
        """
        if rows == 0 or (self._codes is not None and len(self._codes) != rows):
            raise InputError(f"{rows} rows to resample, units for {0 if self._codes is None else len(self._codes)}.")
        rng = np.random.default_rng(self._seed)
        units = self.count(np.ones(rows, dtype=np.bool_))
        batch = max(1, _BATCH_BYTES // (4 * rows))
        count = self._draws if draws is None else draws
        for start in range(0, count, batch):
            counts = _counts(rng, min(batch, count - start), units)
            yield counts if self._codes is None else counts[:, self._codes]

    def draws(
        self, metrics: Mapping[str, Scored], *, sample_weights: Numbers | None = None, cancel: Cancel | None = None
    ) -> dict[str, Floats]:
        """Return each metric under the same resamples, so that their differences are paired.

        Parameters
        ----------
        metrics
            Name → metric, outcomes, outputs, all of the same rows.
        sample_weights
            (n,) the user's own weights of the rows, on top.
        cancel
            Looked at between batches.

        Returns
        -------
        dict of str to ndarray (draws,)
            NaN where a metric has no value in a resample, such as ROC AUC where only one class was drawn. As many draws
            as `draws_of` says.
        """
        rows = {len(y) for _, y, _ in metrics.values()}
        if len(rows) != 1:
            raise InputError(f"Metrics drawn together need the same rows; these have {sorted(rows)}.")
        kernels = {name: metric.prepare(np.asarray(y), np.asarray(o)) for name, (metric, y, o) in metrics.items()}
        own = None if sample_weights is None else np.asarray(sample_weights, dtype=np.float32)
        parts: dict[str, list[Floats]] = {name: [] for name in metrics}
        count = self.draws_of(metric for metric, _, _ in metrics.values())
        for batch in self.weights(rows.pop(), draws=count):
            check_cancel(cancel)
            weights = batch if own is None else batch * own
            for name, kernel in kernels.items():
                parts[name].append(kernel(weights))
        return {name: np.concatenate(each) for name, each in parts.items()}


def shuffled_rows(rows: int, units: npt.NDArray[np.int64] | None, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the positions of all rows in random order, those of a unit one after the other.

    Examples
    --------
    >>> shuffled_rows(4, np.array([0, 1, 0, 1]), np.random.default_rng(0)).tolist()
    [2, 0, 1, 3]
    """
    if units is None:
        return rng.permutation(rows)
    order = rng.permutation(int(units.max(initial=0)) + 1)[units]
    return np.lexsort((rng.random(rows), order))


def whole_units(units: npt.NDArray[np.int64], most_rows: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return positions of at most so many rows, in order: whole units drawn at random, one at least, however large.

    Examples
    --------
    >>> whole_units(np.array([0, 0, 1, 1, 2, 2]), 4, np.random.default_rng(0)).tolist()
    [0, 1, 4, 5]
    """
    if len(units) <= most_rows:
        return np.arange(len(units))
    names, codes = np.unique(units, return_inverse=True)
    drawn = rng.permutation(len(names))
    fits = np.cumsum(np.bincount(codes)[drawn]) <= most_rows
    fits[0] = True
    return np.flatnonzero(np.isin(codes, drawn[fits]))


def _counts(rng: np.random.Generator, draws: int, units: int) -> npt.NDArray[np.float32]:
    """Return how often each unit comes in each draw (draws, units): multinomial with equal chances."""
    drawn = rng.integers(0, units, size=(draws, units), dtype=np.intp)
    drawn += np.arange(draws)[:, None] * units
    return np.bincount(drawn.ravel(), minlength=draws * units).reshape(draws, units).astype(np.float32)
