"""How one number of false alarms a year is shared among all that a review judges."""

from dataclasses import dataclass
from math import isnan

from mlops_widgets.core.words import number

_MOST_OFTEN = 0.05
"""At most one chunk in twenty alarms though nothing changed, however few chunks a year has."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The false alarms of a review.

    Expected numbers add up whether or not alarms come together, so equal shares of the whole make the whole, exactly.

    Parameters
    ----------
    chunk_share
        Expected false alarms a chunk of everything that a review judges, 0 to .05.
    chunks
        Chunks reviewed.
    chunks_a_year
        How many a year has; NaN without a calendar.
    parts
        What shares them.
    """

    chunk_share: float
    chunks: int
    chunks_a_year: float
    parts: tuple[str, ...]

    @property
    def tail(self) -> float:
        """Chance of a false alarm of one part in one chunk."""
        return self.chunk_share / max(len(self.parts), 1)

    @property
    def level(self) -> float:
        """Chance of a false alarm of a part that judges all chunks at once: trend and change."""
        return min(0.05, self.tail * self.chunks)

    @property
    def expected(self) -> float:
        """Expected false alarms in this review."""
        return self.chunk_share * self.chunks

    @property
    def a_year(self) -> float:
        """Expected false alarms a year; NaN without a calendar."""
        return self.chunk_share * self.chunks_a_year

    @property
    def sentence(self) -> str:
        """The rule in one sentence."""
        yearly = "" if isnan(self.a_year) else f" (in a year, {number(self.a_year)})"
        return (
            f"If nothing changed, all alarms of this review together would number {number(self.expected)} on average{yearly}: "
            f"{len(self.parts)} parts ({', '.join(self.parts)}) share them equally."
        )


def budget_of(accepted: float, *, chunks: int, chunks_a_year: float, parts: tuple[str, ...]) -> Budget:
    """Return how `accepted` false alarms a year are shared; without a calendar they are those of one review.

    Examples
    --------
    >>> shared = budget_of(0.6, chunks=24, chunks_a_year=12, parts=("metric", "drift"))
    >>> round(shared.tail, 3), round(shared.expected, 2), round(shared.a_year, 2)
    (0.025, 1.2, 0.6)
    """
    share = accepted / (chunks if isnan(chunks_a_year) else chunks_a_year)
    return Budget(chunk_share=min(share, _MOST_OFTEN), chunks=chunks, chunks_a_year=chunks_a_year, parts=parts)
