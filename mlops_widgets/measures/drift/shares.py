"""Distances between two distributions over the same cells, each with its definition: names alone mean different numbers.

Shares are those of `Cells`: bins or categories, then unseen categories, then missing values, each a cell of its own.
All functions compare one reference (K,) with one or many chunks (…, K) at once.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.errors import InputError

Floats = npt.NDArray[np.float64]

PSI_FLOOR = 1e-4
"""What an empty cell counts as in the population stability index, where its logarithm would be infinite."""


def shares_of(counts: npt.ArrayLike) -> Floats:
    """Return counts (…, K) as shares of their sum; NaN where the sum is 0."""
    found = np.asarray(counts, dtype=np.float64)
    size = found.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(found, size, out=np.full(found.shape, np.nan), where=size > 0))


def psi(reference: npt.ArrayLike, chunk: npt.ArrayLike, *, floor: float = PSI_FLOOR) -> Floats:
    """Return the population stability index: Σ (q - p) ln(q / p), natural logarithm, symmetric, without an upper bound.

    Its usual thresholds .1 and .25 are folklore of credit scoring: on small samples it exceeds them by chance alone
    (its mean without any drift is about (K - 1)(1/n + 1/m); Yurdakul & Naranjo 2020).

    Parameters
    ----------
    reference, chunk
        Shares (K,) and (…, K).
    floor
        What an empty cell's share counts as, where the other's isn't empty.

    Examples
    --------
    >>> round(float(psi([0.5, 0.5], [0.25, 0.75])), 4)
    0.2747
    """
    p, q = _pair(reference, chunk)
    return np.asarray(_log_terms(np.maximum(p, floor), np.maximum(q, floor), (p > 0) | (q > 0)).sum(axis=-1))


def _log_terms(p: Floats, q: Floats, present: npt.NDArray[np.bool_]) -> Floats:
    return np.where(present, (q - p) * (np.log(q) - np.log(p)), 0.0)


def jensen_shannon(
    reference: npt.ArrayLike, chunk: npt.ArrayLike, *, base: float = 2.0,
    form: Literal["distance", "divergence"] = "distance",
) -> Floats:  # fmt: skip
    """Return the Jensen–Shannon distance, or the divergence, which is its square.

    Divergence: ½ Σ p log(p/m) + ½ Σ q log(q/m), m = (p + q)/2 (Lin 1991); the distance is its root (Endres & Schindelin
    2003), which nannyml and evidently report. Tools differ in the base of the logarithm: nannyml takes 2, where the
    distance ends at 1; evidently e, where it ends at √ln 2 = .83. So the same pair reads 1.20 times as far in base 2.

    Parameters
    ----------
    reference, chunk
        Shares (K,) and (…, K).
    base
        Base of the logarithm, above 1: 2 or `math.e`.
    form
        "distance" or "divergence".

    Examples
    --------
    >>> float(jensen_shannon([1, 0], [0, 1])), round(float(jensen_shannon([1, 0], [0, 1], base=np.e)), 4)
    (1.0, 0.8326)
    """
    if base <= 1:
        raise InputError(f"base={base}. Pass a number above 1: 2 or math.e.")
    p, q = _pair(reference, chunk)
    middle = (p + q) / 2
    halves = sum(_relative_entropy(each, middle) for each in (p, q))
    divergence = np.maximum(np.asarray(halves) / 2 / np.log(base), 0.0)
    return np.asarray(np.sqrt(divergence) if form == "distance" else divergence)


def _relative_entropy(p: Floats, middle: Floats) -> Floats:
    ratio = np.divide(p, middle, out=np.ones(p.shape), where=p > 0)
    return np.asarray(np.where(np.isnan(p), np.nan, p * np.log(ratio)).sum(axis=-1))


def hellinger(reference: npt.ArrayLike, chunk: npt.ArrayLike) -> Floats:
    """Return the Hellinger distance √(½ Σ (√p - √q)²), from 0 to 1.

    Examples
    --------
    >>> round(float(hellinger([0.5, 0.5], [0.25, 0.75])), 4)
    0.1846
    """
    p, q = _pair(reference, chunk)
    return np.asarray(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=-1) / 2))


def l_infinity(reference: npt.ArrayLike, chunk: npt.ArrayLike) -> Floats:
    """Return the largest difference of a cell's share, max |p - q|, from 0 to 1.

    Examples
    --------
    >>> float(l_infinity([0.5, 0.5, 0], [0.25, 0.5, 0.25]))
    0.25
    """
    p, q = _pair(reference, chunk)
    return np.asarray(np.abs(p - q).max(axis=-1))


def largest_cumulative(reference: npt.ArrayLike, chunk: npt.ArrayLike) -> Floats:
    """Return the largest difference of cumulative shares over ordered cells: Kolmogorov–Smirnov on binned values.

    Never above the distance of the values themselves, which `ks_distance` gives. Missing values as the last cell count
    as values above all others.

    Examples
    --------
    >>> float(largest_cumulative([0.25, 0.25, 0.5], [0.5, 0.25, 0.25]))
    0.25
    """
    p, q = _pair(reference, chunk)
    return np.asarray(np.abs((p - q).cumsum(axis=-1)).max(axis=-1))


def chi_squared(reference_counts: npt.ArrayLike, counts: npt.ArrayLike) -> tuple[float, int, float]:
    """Return Pearson's χ² of homogeneity of two samples, its degrees of freedom, and its p-value for independent rows.

    Both samples are counted as samples (a 2 × K table, no Yates correction); cells empty in both are left out. With rows
    that come in groups (customers, days) the p-value is too small. NaN where a sample is empty, p = 1 with one cell.

    Examples
    --------
    >>> statistic, freedom, p = chi_squared([50, 50], [30, 70])
    >>> round(statistic, 3), freedom, round(p, 4)
    (8.333, 1, 0.0039)
    """
    table = np.array([np.asarray(reference_counts, dtype=np.float64), np.asarray(counts, dtype=np.float64)])
    table = table[:, table.sum(axis=0) > 0]
    if (table.sum(axis=1) == 0).any() or not table.size:
        return float("nan"), 0, float("nan")
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic, freedom = float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1
    return statistic, freedom, float(stats.chi2.sf(statistic, freedom)) if freedom else 1.0


def _pair(reference: npt.ArrayLike, chunk: npt.ArrayLike) -> tuple[Floats, Floats]:
    p, q = np.asarray(reference, dtype=np.float64), np.asarray(chunk, dtype=np.float64)
    if p.shape[-1:] != q.shape[-1:] or not p.size:
        raise InputError(f"Shares of {p.shape} and {q.shape} cells. Pass shares over the same cells, at least one.")
    return np.broadcast_arrays(p, q)[0], q
