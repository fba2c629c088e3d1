"""What a comparison of two methods is made of: agreement with its interval, and causes with their gains."""

from dataclasses import dataclass

import numpy as np

Pairing = ("feature", "sign", "rank", "signed_rank", "correlation", "concordance")
"""The measures of agreement, as in `measures.attribution.agreement`."""

LEAST_GAIN = 0.05
"""A gain in agreement below this explains nothing that matters."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A mean over the rows with its interval; NaN where it can't be told."""

    name: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What removing one difference between the methods does.

    Parameters
    ----------
    name
        Which difference.
    removed
        What was done, completing "agreement when …"; why it is none where the gain is NaN.
    agreement
        Share of the leading columns that both then name with the same sign. Of joined columns what joining as many at
        random adds is taken off.
    gain
        That less the agreement before, over the same rows.
    """

    name: str
    removed: str
    agreement: Measured
    gain: Measured

    @property
    def tried(self) -> bool:
        """Whether there is such a difference here."""
        return bool(np.isfinite(self.gain.value))

    @property
    def explains(self) -> bool:
        """Whether removing it adds agreement beyond noise, and enough to matter."""
        return bool(self.gain.lower > 0 and self.gain.value >= LEAST_GAIN)

    @property
    def order(self) -> tuple[bool, bool, float]:
        """Sort key: what explains most first, what is no difference last."""
        return not self.explains, not self.tried, -self.gain.value if self.tried else 0.0
