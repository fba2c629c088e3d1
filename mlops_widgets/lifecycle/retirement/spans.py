"""One signal over the chunks: numbers, intervals, labels, and what it was on the test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.intervals import Estimate

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Span:
    """A signal's history.

    Parameters
    ----------
    value, lower, upper
        (chunks,) the signal and its 95 % interval; NaN where it wasn't measured.
    rows
        (chunks,) labels that it rests on; of signals without labels 0.
    errors
        (chunks,) standard error.
    base, base_error
        The signal on the test's rows and its standard error, before `magnitude`; NaN without a test.
    magnitude
        Whether the size of a number that may be negative is judged.
    labelled
        Whether it needs labels.
    why
        Why it can't be measured; "" where it can.
    """

    value: Floats
    lower: Floats
    upper: Floats
    rows: Integers
    errors: Floats
    base: float = float("nan")
    base_error: float = float("nan")
    magnitude: bool = False
    labelled: bool = True
    why: str = ""

    @classmethod
    def of_estimates(cls, found: Sequence[Estimate | None], base: Estimate | None, *, magnitude: bool) -> "Span":
        """Return the history of estimates; one without a finite interval isn't measured."""
        kept = [e if e is not None and np.isfinite([e.value, e.lower, e.upper]).all() else None for e in found]
        numbers = np.array(
            [[np.nan] * 3 if e is None else _size(e) if magnitude else [e.value, e.lower, e.upper] for e in kept]
        )
        value, lower, upper = numbers.reshape(-1, 3).T
        known = base is not None and bool(np.isfinite([base.value, base.lower, base.upper]).all())
        return cls(
            value=value, lower=lower, upper=upper, rows=np.array([0 if e is None else e.rows for e in kept], dtype=np.int64),
            errors=np.array([np.nan if e is None else _error(e) for e in kept]), magnitude=magnitude,
            base=base.value if base is not None and known else float("nan"),
            base_error=_error(base) if base is not None and known else float("nan"),
            why="" if any(e is not None for e in kept) else "no chunk has labels enough",
        )  # fmt: skip

    @classmethod
    def plain(cls, value: Floats, *, error: Floats | None = None) -> "Span":
        """Return the history of a signal without labels."""
        spread = np.zeros_like(value) if error is None else error
        return cls(
            value=value, lower=value - 1.96 * spread, upper=value + 1.96 * spread, rows=np.zeros(len(value), dtype=np.int64),
            errors=spread, labelled=False,
        )  # fmt: skip


def missing_span(chunks: int, why: str) -> Span:
    """Return the history of a signal that can't be measured."""
    nothing = np.full(chunks, np.nan)
    return Span(
        value=nothing, lower=nothing, upper=nothing, errors=nothing, rows=np.zeros(chunks, dtype=np.int64), why=why
    )  # fmt: skip


def _error(e: Estimate) -> float:
    return (e.upper - e.lower) / 2 / 1.96


def _size(e: Estimate) -> list[float]:
    """Return the size of a signed number, with the interval of the sizes that its interval holds."""
    ends = sorted((abs(e.lower), abs(e.upper)))
    return [abs(e.value), 0.0 if e.lower <= 0 <= e.upper else ends[0], ends[1]]


def without_few(span: Span, least: int) -> Span:
    """Return the history without the chunks that have fewer labels than `least`; a signal without labels stays."""
    if not span.labelled:
        return span
    few = span.rows < max(least, 1)

    def blank(values: Floats) -> Floats:
        return np.where(few, np.nan, values)

    return replace(
        span, value=blank(span.value), lower=blank(span.lower), upper=blank(span.upper), errors=blank(span.errors)
    )  # fmt: skip
