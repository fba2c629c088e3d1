"""What every model would have lost in every chunk of time: the arrays on which each retraining policy is a lookup."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


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

    @property
    def losses(self) -> Floats:
        """(T, T) summed loss of model i in chunk j, on all rows."""
        return np.asarray(self.sums.sum(axis=0))
