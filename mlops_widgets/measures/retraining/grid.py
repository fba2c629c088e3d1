"""What every model would have lost in every chunk of time: the arrays on which each retraining policy is a lookup."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Losses of models by the chunk before which they were trained, and by the chunk in which they serve.

    Model i has learned from rows of the chunks before i whose labels had arrived in time; at the beginning of chunk t, with
    labels that take `label_delay` chunks, the newest model that can be trained is i = t - label_delay. So every delay is a
    lookup.

    Parameters
    ----------
    sums
        (2, T, T) summed loss of model i in chunk j on either half of the chunk's rows, mean over seeds; NaN for j < i, for
        i < `first` and where there is no model.
    counts
        (2, T) rows with a label in either half of each chunk.
    first
        The model that serves first, from chunk `first` on; it is free.
    label_delay
        Whole chunks after which the labels of a chunk have arrived: those of chunk j are known at the beginning of chunk t
        if j < t - label_delay.
    by_seed
        (S, T, T) summed loss over both halves, seed by seed.
    signals
        Name → (T, T): what a monitor would read of model i in chunk j, larger being worse; NaN where it reads nothing.
    needs_labels
        Names of the signals that need the labels of chunk j; the others are known once chunk j is over.
    """

    sums: Floats
    counts: Floats
    first: int = 0
    label_delay: int = 0
    by_seed: Floats | None = None
    signals: Mapping[str, Floats] = field(default_factory=dict)
    needs_labels: frozenset[str] = frozenset()

    @property
    def chunks(self) -> int:
        """How many chunks of time there are, T."""
        return int(self.counts.shape[1])

    @cached_property
    def losses(self) -> Floats:
        """(T, T) summed loss of model i in chunk j, on all rows; 0 where a model met a chunk without labels."""
        return self._filled(np.asarray(self.sums.sum(axis=0)))

    @cached_property
    def rows(self) -> Floats:
        """(T,) labelled rows of each chunk."""
        return np.asarray(self.counts.sum(axis=0))

    @cached_property
    def exists(self) -> Truths:
        """(T,) whether there is a model i: one that was scored somewhere, the first or newer."""
        scored = np.isfinite(self.sums.sum(axis=0)).any(axis=1)
        return np.asarray(scored & (np.arange(self.chunks) >= self.first))

    @property
    def has_halves(self) -> bool:
        """Whether both halves of the chunks hold rows, so that a choice made on one can be scored on the other."""
        return bool((self.counts.sum(axis=1) > 0).all())

    def half(self, index: int) -> Floats:
        """Return (T, T) the losses of one half, blown up to all rows of the chunk; all rows' where that half is empty."""
        share = np.divide(self.rows, self.counts[index], out=np.zeros(self.chunks), where=self.counts[index] > 0)
        return np.where(share > 0, self._filled(np.asarray(self.sums[index])) * share, self.losses)

    def _filled(self, sums: Floats) -> Floats:
        later = np.triu(np.ones((self.chunks, self.chunks), dtype=bool))
        return np.where(later & self.exists[:, None], np.nan_to_num(sums, nan=0.0), np.nan)
