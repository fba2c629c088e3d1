"""What a Bayesian says of two arms: the chance that one is better, and what choosing it may cost."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.integrate import trapezoid

_POINTS = 4001


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Of treatment less control.

    Parameters
    ----------
    better
        Chance that the treatment's value is the higher, 0 to 1.
    loss_if_shipped, loss_if_kept
        Expected loss of choosing the treatment, or the control, where the other is the higher, in the outcome's unit.
    """

    better: float
    loss_if_shipped: float
    loss_if_kept: float


def beta_posterior(
    control: tuple[float, float], treatment: tuple[float, float], *, prior: tuple[float, float] = (1.0, 1.0)
) -> Posterior:
    """Compare two shares from successes and trials, each with a Beta prior, by quadrature of the exact posteriors.

    Examples
    --------
    >>> found = beta_posterior((100, 1000), (120, 1000))
    >>> round(found.better, 3), round(found.loss_if_shipped, 5)
    (0.923, 0.00048)
    """
    below, above = (stats.beta(prior[0] + x, prior[1] + n - x) for x, n in (control, treatment))
    low = min(float(each.ppf(1e-12)) for each in (below, above))
    high = max(float(each.isf(1e-12)) for each in (below, above))
    grid = low + (high - low) * (1 - np.cos(np.linspace(0, math.pi, _POINTS))) / 2  # denser at both ends
    lower, upper = below.cdf(grid), above.cdf(grid)
    gain = float(trapezoid(lower * (1 - upper), grid))
    loss = float(trapezoid(upper * (1 - lower), grid))
    # P(treatment > control) = ∫ F_control dF_treatment, by the midpoints of the steps of F_treatment.
    better = float(((lower[1:] + lower[:-1]) / 2 * np.diff(upper)).sum() + lower[0] * upper[0])
    return Posterior(better=min(better, 1.0), loss_if_shipped=loss, loss_if_kept=gain)


def normal_posterior(difference: float, standard_error: float) -> Posterior:
    """Compare two means from their difference (treatment less control) and its standard error, with a flat prior.

    Examples
    --------
    >>> normal_posterior(0.0, 1.0).loss_if_shipped == 1 / math.sqrt(2 * math.pi)
    True
    """
    if standard_error == 0:
        return Posterior(
            better=0.5 if difference == 0 else float(difference > 0), loss_if_shipped=max(-difference, 0.0),
            loss_if_kept=max(difference, 0.0),
        )  # fmt: skip
    z = difference / standard_error
    density, better = float(stats.norm.pdf(z)), float(stats.norm.cdf(z))
    return Posterior(
        better=better,
        loss_if_shipped=max(standard_error * density - difference * (1 - better), 0.0),
        loss_if_kept=max(standard_error * density + difference * better, 0.0),
    )
