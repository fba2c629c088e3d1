"""Edges of bins that a person can read: an exact quantile has more digits than anybody wants, and may be one person's cell."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_DAYS_OF_A_YEAR, _DAYS_OF_A_MONTH = 365.2425, 365.2425 / 12
_WIDE = 5.0
"""Calendar units that edges must lie apart for these to tell them apart."""


def readable_edges(edges: Floats, *, lowest: float, highest: float) -> Floats:
    """Return edges rounded to a tenth of the distance to the next one or finer, and no finer than a fiftieth.

    Parameters
    ----------
    edges
        (k,) inner edges, ascending, each once.
    lowest, highest
        The smallest and largest value, which count as neighbours.

    Returns
    -------
    ndarray, shape (k,)
        In the same order. One at `lowest` may come out below it.

    Examples
    --------
    >>> readable_edges(np.array([23_457.13, 41_203.9]), lowest=11_000.7, highest=98_765.4).tolist()
    [23000.0, 41000.0]
    """
    marks = np.unique(np.concatenate([[lowest], edges, [highest]]))
    return np.array([_rounded(value, np.abs(marks - value)) for value in edges], dtype=np.float64)


def _rounded(value: float, distances: Floats) -> float:
    apart = distances[distances > 0]
    if not len(apart):
        return value
    step = 10.0 ** np.floor(np.log10(apart.min() / 5))
    return float(f"{np.round(value / step) * step:.12g}")


def readable_days(edges: Floats, *, lowest: float, highest: float) -> Floats:
    """Return edges in days since 1970 as the first day of their year or month where these tell them apart, else whole days.

    Examples
    --------
    >>> birthdays = np.array(["1961-05-17", "1980-11-02"], dtype="datetime64[D]").astype(np.float64)
    >>> readable_days(birthdays, lowest=-9000.0, highest=15_000.0).astype("datetime64[D]").astype(str).tolist()
    ['1961-01-01', '1980-01-01']
    """
    marks = np.unique(np.concatenate([[lowest], edges, [highest]]))
    apart = float(np.diff(marks).min()) if len(marks) > 1 else 0.0
    unit = "Y" if apart >= _WIDE * _DAYS_OF_A_YEAR else "M" if apart >= _WIDE * _DAYS_OF_A_MONTH else "D"
    days = np.floor(edges).astype("datetime64[D]").astype(f"datetime64[{unit}]").astype("datetime64[D]")
    return np.asarray(days.astype(np.float64))
