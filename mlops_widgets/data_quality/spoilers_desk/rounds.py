"""Numbers of several rounds of one game: their means, and what the spread over rounds says of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rounds:
    """What the dials showed.

    Parameters
    ----------
    draws
        (rounds, spills, shares, 2, dials); the first share is 0; NaN where a dial shows nothing.
    """

    draws: Floats

    @property
    def rounds(self) -> int:
        """How many rounds were played."""
        return len(self.draws)

    def bounds(self, ends: Sequence[tuple[float | None, float | None]]) -> tuple[Floats, Floats, Floats]:
        """Return means and 95 % intervals (Student's t over rounds), cut at the ends of each dial."""
        mean, lower, upper = _t_interval(self.draws)
        for dial, (low, high) in enumerate(ends):
            for bound in (lower, upper):
                bound[..., dial] = np.clip(bound[..., dial], low, high)
        return mean, lower, upper

    def changes(self) -> tuple[Floats, Floats, Floats]:
        """Return the same of the differences from the clean rows of the same round."""
        return _t_interval(self.draws - self.draws[:, :, :1, :1])


def _t_interval(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, lower and upper over the first axis; NaN where a round has no number."""
    n = len(draws)
    mean = draws.mean(axis=0)
    half = stats.t.ppf(0.975, n - 1) * draws.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half
