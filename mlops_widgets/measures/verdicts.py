"""A verdict from an interval and a margin that was stated before looking."""

import math
from dataclasses import dataclass
from typing import Literal

Reason = Literal["beyond_margin", "within_margin", "too_wide", "near_margin", "no_interval"]


@dataclass(frozen=True)
class Verdict:
    """What an interval says about a harm.

    Parameters
    ----------
    status
        "failed", "passed" or "not_enough_data".
    needed
        About how many rows would make the interval as narrow as the margin; None where that isn't what is missing.
    reason
        Which of the five cases it is; `sentence` puts it in words.
    """

    status: Literal["passed", "failed", "not_enough_data"]
    needed: int | None = None
    reason: Reason = "no_interval"

    @property
    def sentence(self) -> str:
        """The reason in one sentence, without the numbers of the interval."""
        return {
            "beyond_margin": "The whole interval lies beyond the margin.",
            "within_margin": "The whole interval lies within the margin.",
            "too_wide": f"The interval is wider than the margin; about {self.needed or 0:,} rows would narrow it to that.",
            "near_margin": "The interval straddles the margin, narrow as it is, so more rows will settle it only slowly.",
            "no_interval": "No finite interval can be given from these rows.",
        }[self.reason]


def judge(lower: float, upper: float, *, margin: float, n: int, estimate: float | None = None) -> Verdict:
    """Return the verdict on a harm (positive = worse) from its interval.

    Failed if the interval lies beyond the margin, passed if it lies below it (equivalence on the harmful side:
    Schuirmann 1987), else not enough data. The rows needed follow from the margin and the interval's half width, never
    from the effect seen (Hoenig & Heisey 2001): n · (half width / margin)².

    Parameters
    ----------
    lower, upper
        The interval of the harm, in the metric's unit; NaN or infinite where there is none.
    margin
        The largest harm that doesn't matter, above 0.
    n
        Rows (or other units) that the interval rests on.
    estimate
        The harm seen; only makes the half width the longer of the two sides of a lopsided interval.

    Examples
    --------
    >>> judge(-0.02, 0.06, margin=0.02, n=1000)
    Verdict(status='not_enough_data', needed=4000, reason='too_wide')
    """
    if lower > margin:
        return Verdict("failed", reason="beyond_margin")
    if upper < margin:
        return Verdict("passed", reason="within_margin")
    half = (upper - lower) / 2 if estimate is None else max(upper - estimate, estimate - lower)
    if not math.isfinite(half) or margin <= 0:
        return Verdict("not_enough_data")
    needed = n * (half / margin) ** 2
    if needed <= n:
        return Verdict("not_enough_data", reason="near_margin")
    return Verdict("not_enough_data", needed=_rounded_up(needed), reason="too_wide")


def _rounded_up(rows: float) -> int:
    """Round up to two digits: the half width it comes from is no more exact than that."""
    step: int = 10 ** max(0, math.floor(math.log10(rows)) - 1)
    return math.ceil(round(rows / step, 6)) * step
