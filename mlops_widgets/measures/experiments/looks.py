"""What looking several times at a growing experiment does: the chance that a boundary was crossed by each look.

The statistic of a growing experiment moves like Brownian motion. The density of where it is while it hasn't crossed is carried
from look to look by numerical integration (Armitage, McPherson & Rowe 1969), here with Gauss-Legendre nodes. Under an effect
the same density holds, times a likelihood ratio, so that one pass serves every effect.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FAR = 9.0  # standard deviations beyond which nothing is left to integrate


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Where the statistic can be, at each look, if it hasn't crossed before.

    Parameters
    ----------
    times
        (K,) information at each look, as a share of that at the last one.
    places, masses
        (K, nodes) values of the Brownian motion, and the probability that each stands for without an effect.
    """

    times: Floats
    places: Floats
    masses: Floats

    def crossed(self, drift: float = 0.0) -> Floats:
        """Return (K,) the chance of having crossed by each look; `drift` is the expected z at the last look."""
        ratio = np.exp(drift * self.places - drift**2 * self.times[:, None] / 2)
        return np.asarray(1 - (self.masses * ratio).sum(axis=1))

    def expected_time(self, drift: float = 0.0) -> float:
        """Return the mean share of the information used if one stops at the first crossing, else at the last look."""
        return self.time_used(self.crossed(drift))

    def time_used(self, crossed: Floats) -> float:
        """Return the same from the chances (K,) of having crossed."""
        staying = 1 - np.concatenate([[0.0], crossed[:-1]])
        return float((np.diff(self.times, prepend=0.0) * staying).sum())


def watch(boundaries: Floats, times: Floats, *, sides: int = 2) -> Looks:
    """Carry the density through the looks.

    Parameters
    ----------
    boundaries
        (K,) how far from 0 the z statistic may be at each look.
    times
        (K,) information at each look, rising.
    sides
        2 stops beyond either boundary, 1 only beyond the upper one.

    Examples
    --------
    >>> chances = watch(np.full(10, 1.959964), np.arange(1, 11) / 10.0).crossed()
    >>> [round(float(chances[k - 1]), 3) for k in (1, 5, 10)]
    [0.05, 0.142, 0.193]
    """
    times = times / times[-1]
    upper = boundaries * np.sqrt(times)
    lower = -upper if sides == 2 else np.minimum(upper - 1e-9, -_FAR * np.sqrt(times))
    steps = np.sqrt(np.diff(times, prepend=0.0))
    nodes, weights = np.polynomial.legendre.leggauss(int(np.ceil(3 * ((upper - lower) / steps).max())) + 40)
    places = (upper + lower)[:, None] / 2 + (upper - lower)[:, None] / 2 * nodes
    masses = np.empty_like(places)
    density = _normal(places[0], steps[0])
    for look in range(len(times)):
        if look:
            density = masses[look - 1] @ _normal(places[look] - places[look - 1][:, None], steps[look])
        masses[look] = density * weights * (upper[look] - lower[look]) / 2
    return Looks(times=times, places=places, masses=masses)


def _normal(distance: Floats, deviation: float) -> Floats:
    return np.asarray(np.exp(-((distance / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi)))


def even_looks(count: int) -> Floats:
    """Return (count,) the times of evenly spread looks, the last at 1."""
    return np.arange(1, count + 1) / count
