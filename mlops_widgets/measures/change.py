"""How much of a metric's change comes from other rows: post-stratification, with the change that it can't explain."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import InputError
from mlops_widgets.measures.importance import whole_counts
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats, Kernel

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Labelled rows of one time, ready for a metric.

    Parameters
    ----------
    y, output
        (n,) outcomes; (n,) or (n, K) what the metric needs of the model.
    units
        (n,) resampling unit of each row; None where rows are the unit.
    weights
        (n,) weight of each row, or None.
    """

    y: Floats
    output: Floats
    units: Integers | None
    weights: Floats | None = None

    @property
    def count(self) -> int:
        """How many units there are."""
        return len(self.y) if self.units is None else len(np.unique(self.units))


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a change in the metric, positive where it got worse, with its interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Split:
    """A change of a metric and its two parts: by another mix of strata, and within strata.

    Parameters
    ----------
    total, mix, remainder
        The change and its parts, which add up.
    before, mixed, after
        The metric on the earlier rows, on these in the mix of the later ones, and on the later rows.
    weights
        (n,) weight that gives each earlier row the later mix.
    unsupported
        Share of the later rows in strata without an earlier row.
    """

    total: Part
    mix: Part
    remainder: Part
    before: float
    mixed: float
    after: float
    weights: Floats
    unsupported: float


class Change:
    """A metric on earlier and later rows under the same bootstrap draws, to be split by strata.

    Units are drawn with replacement in either sample, and the strata's shares are taken anew in each draw, so that an
    interval holds what the mixes owe to chance. Strata themselves are taken as given.

    Parameters
    ----------
    metric
        The metric.
    before, after
        Earlier and later rows, drawn independently.
    draws, seed
        How many draws, and their seed.
    level
        Coverage aimed at.
    """

    def __init__(
        self, metric: Metric, before: Sample, after: Sample, *, draws: int, seed: int, level: float = 0.95
    ) -> None:
        self._metric, self._before, self._after, self._level = metric, before, after, level
        samplers = [Resampler(each.units, draws=draws, seed=seed + i) for i, each in enumerate((before, after))]
        self._draws = samplers[0].draws_of([metric])
        self._weights = [
            _drawn(sampler, each, self._draws) for sampler, each in zip(samplers, (before, after), strict=True)
        ]
        kernels = [metric.prepare(np.asarray(each.y), np.asarray(each.output)) for each in (before, after)]
        self._kernel = kernels[0]
        self._scores = [_score(k, w) for k, w in zip(kernels, self._weights, strict=True)]

    def split(self, before: Integers, after: Integers, *, cancel: Cancel | None = None) -> Split:
        """Return the change's parts by these strata, (n,) of the earlier rows and (m,) of the later ones.

        The earlier rows are weighted so that each stratum has its later share (Holt & Smith 1979); strata by quantiles
        of a propensity score balance all that the score is made of (Rosenbaum & Rubin 1984). Later strata without an
        earlier row are left out.

        Raises
        ------
        InputError
            If no stratum is in both samples, or the metric has no value under the later mix.
        """
        check_cancel(cancel)
        size = int(max(before.max(), after.max())) + 1
        held, wanted = _held(self._weights[0], before, size), _held(self._weights[1], after, size)
        factors = _factors(held, wanted)
        if not factors[0].any():
            raise InputError("No stratum of the later rows holds an earlier row, so nothing can be reweighted.")
        weights = self._weights[0] * factors[:, before]
        mixed = _score(self._kernel, weights, whole=self._metric.whole_weights)
        earlier, later = self._scores
        if np.isnan([earlier[0], mixed[0], later[0]]).any():
            raise InputError(f"{self._metric.label} has no value under the later mix: {self._metric.undefined}.")
        shares = wanted[0] / wanted[0].sum()
        return Split(
            total=self._part(earlier, later), mix=self._part(earlier, mixed), remainder=self._part(mixed, later),
            before=float(earlier[0]), mixed=float(mixed[0]), after=float(later[0]), weights=weights[0],
            unsupported=float(shares[held[0] == 0].sum()),
        )  # fmt: skip

    def _part(self, one: Floats, other: Floats) -> Part:
        """Return how much worse `other` is: the first entry is the estimate, the others are draws."""
        lost = self._metric.gain(one, other)
        drawn = lost[1:][~np.isnan(lost[1:])]
        freedom = min(self._before.count, self._after.count) - 1
        if freedom < 1 or 2 * len(drawn) < self._draws:
            return Part(value=float(lost[0]), lower=-np.inf, upper=np.inf)
        reach = float(stats.t.ppf(0.5 + self._level / 2, freedom) * drawn.std(ddof=1))
        return Part(value=float(lost[0]), lower=float(lost[0]) - reach, upper=float(lost[0]) + reach)


def _drawn(sampler: Resampler, rows: Sample, draws: int) -> Floats:
    """Return weights (1 + draws, n): the rows as they are, then the draws."""
    weights = np.vstack([np.ones((1, len(rows.y)), dtype=np.float32), *sampler.weights(len(rows.y), draws=draws)])
    return np.asarray(weights if rows.weights is None else weights * rows.weights)


def _score(kernel: Kernel, weights: Floats, *, whole: bool = False) -> Floats:
    used = np.array([whole_counts(each, len(each)) for each in weights]) if whole else weights
    return np.concatenate([np.asarray(kernel(part)) for part in np.array_split(used, max(1, used.size // 500_000))])


def _held(weights: Floats, strata: Integers, size: int) -> Floats:
    """Return the weight in each stratum under each weighting, (B, strata)."""
    marks = np.zeros((len(strata), size), dtype=np.float32)
    marks[np.arange(len(strata)), strata] = 1
    return np.asarray(weights @ marks, dtype=np.float64)


def _factors(held: Floats, wanted: Floats) -> Floats:
    shares = [each / each.sum(axis=1, keepdims=True) for each in (held, wanted)]
    return np.asarray(np.divide(shares[1], shares[0], out=np.zeros(held.shape), where=held > 0))
