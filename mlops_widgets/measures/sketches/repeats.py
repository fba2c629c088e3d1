"""How many rows or cells are different, and how many repeat an earlier one, from those whose hash ends in zeros."""

from dataclasses import dataclass, field
from math import sqrt

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

MOST_KEPT = 16_384
_Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class HashSample:
    """Different rows (or cells) whose hash ends in `level` zeros, each with how often it came (distinct sampling: Gibbons 2001).

    A row is in the sample with all its copies or not at all, and all are at level 0, so the sample's repeats, times 2^level, are an unbiased estimate.

    Parameters
    ----------
    level
        How many zeros; the fewest that leave at most 16,384 different rows.
    keys
        (k,) their hashes, rising.
    counts
        (k,) how often each came.
    """

    level: int = 0
    keys: Words = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    counts: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def added(self, hashes: Words, counts: Integers | None = None) -> "HashSample":
        """Return the sample with more rows, each once, or as often as `counts` says."""
        chosen = (hashes & np.uint64(2**self.level - 1)) == 0
        held = None if counts is None else counts[chosen]
        keys, inverse = np.unique(hashes[chosen], return_inverse=True)
        often = np.bincount(inverse, weights=held, minlength=len(keys)).astype(np.int64)
        return self.merged(HashSample(level=self.level, keys=keys, counts=often))

    def merged(self, other: "HashSample") -> "HashSample":
        """Return the sample of both: the same whatever the parts."""
        level = max(self.level, other.level)
        keys, inverse = np.unique(np.concatenate([self.keys, other.keys]), return_inverse=True)
        counts = np.bincount(inverse, weights=np.concatenate([self.counts, other.counts]), minlength=len(keys))
        kept = (keys & np.uint64(2**level - 1)) == 0
        while kept.sum() > MOST_KEPT:
            level += 1
            kept = (keys & np.uint64(2**level - 1)) == 0
        return HashSample(level=level, keys=keys[kept], counts=counts[kept].astype(np.int64))

    def repeats(self) -> tuple[float, float, float]:
        """Return how many rows repeat an earlier one, with a 95 % interval (normal, of the sampling of rows alone).

        Exact at level 0. Where no sampled row repeats, the upper end is three expected in the sample (Hanley &
        Lippman-Hand 1983).
        """
        extra = (self.counts - 1).astype(np.float64)
        times = 2.0**self.level
        estimate = float(extra.sum() * times)
        if not self.level:
            return estimate, estimate, estimate
        half = _Z * sqrt(float((extra**2).sum()) * times * (times - 1))
        sampled = float(extra.sum())
        return estimate, max(sampled, estimate - half), estimate + half if sampled else 3 * times
