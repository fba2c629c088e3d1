"""What other columns make one expect of a number, so that wrong numbers don't bend the expectation."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_TUNING = 1.345
_ROUNDS = 8
_NORMAL = 1.4826
_CLIPPED = 4.0


def expect(y: Floats, inputs: Floats, *, learn: "npt.NDArray[np.int64]") -> Floats:
    """Return what a robust linear regression on other columns expects, (n,).

    Huber's M-estimator (1964; tuning 1.345, scale from the median absolute residual, reweighted eight times from a fit of
    least absolute values), on inputs that are clipped at four robust spreads, so that a wrong input doesn't lever the fit.

    Parameters
    ----------
    y
        (n,) finite.
    inputs
        (n, columns); missing ones count as the column's median.
    learn
        Positions of the rows that it is fitted to.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(500, 1))
    >>> y = 3 * x[:, 0] + 0.1 * rng.normal(size=500)
    >>> y[:50] += 1000
    >>> bool(np.abs(expect(y, x, learn=np.arange(500)) - 3 * x[:, 0]).max() < 0.2)
    True
    """
    design = np.column_stack([np.ones(len(y)), *(_clipped(column) for column in inputs.T)])
    rows, target = design[learn], y[learn]
    weights = np.ones(len(target))
    centre = np.median(target)
    residual = target - centre
    coefficients = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        scale = max(_NORMAL * float(np.median(np.abs(residual))), 1e-12)
        weights = np.minimum(1.0, _TUNING * scale / np.maximum(np.abs(residual), 1e-300))
        weighted = rows * weights[:, None]
        coefficients = np.linalg.lstsq(
            weighted.T @ rows + 1e-9 * np.eye(rows.shape[1]), weighted.T @ target, rcond=None
        )[0]
        residual = target - rows @ coefficients
    return np.asarray(design @ coefficients)


def _clipped(column: Floats) -> Floats:
    known = column[np.isfinite(column)]
    if not len(known):
        return np.zeros(len(column))
    middle = float(np.median(known))
    spread = _NORMAL * float(np.median(np.abs(known - middle))) or float(known.std()) or 1.0
    filled = np.where(np.isfinite(column), column, middle)
    return np.asarray(np.clip((filled - middle) / spread, -_CLIPPED, _CLIPPED))
