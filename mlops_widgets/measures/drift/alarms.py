"""When a drift distance is an alarm: the null distribution of the largest over columns and chunks, by resampling units.

A fixed threshold (PSI .1, three standard deviations of a few chunks) promises nothing: it depends on how many rows a chunk
has, how alike rows of one unit are, and how many columns are looked at how often. Here a stream without drift is made from
the baseline itself, in runs of whole units, and the threshold is what gives the false alarms that are accepted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.drift.shares import l_infinity, largest_cumulative, shares_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_BATCH_CELLS = 2_000_000
SIGMA_CHUNKS = 8


@dataclass(frozen=True, kw_only=True)
class Streams:
    """What is watched, counted by resampling unit of the baseline.

    Parameters
    ----------
    counts
        (units, cells of all streams) how many rows of each unit fall in each cell; units in the order of time.
    bounds
        (streams + 1,) where each stream's cells begin.
    ordered
        (streams,) whether its cells have an order: then its distance is the largest difference of cumulative shares
        (Kolmogorov–Smirnov on the cells), else of a single share (L∞).
    """

    counts: npt.NDArray[np.float32]
    bounds: Integers
    ordered: npt.NDArray[np.bool_]

    def distances(self, baseline: npt.ArrayLike, chunks: npt.ArrayLike) -> Floats:
        """Return the distance of each stream, (…, streams), between counts (…, cells) of baseline and chunks."""
        one, other = np.asarray(baseline, dtype=np.float64), np.asarray(chunks, dtype=np.float64)
        found = []
        for index, is_ordered in enumerate(self.ordered):
            part = slice(self.bounds[index], self.bounds[index + 1])
            distance = largest_cumulative if is_ordered else l_infinity
            found.append(distance(shares_of(one[..., part]), shares_of(other[..., part])))
        return np.stack(found, axis=-1)


def null_distances(
    streams: Streams, *, chunk_units: Integers, baseline_units: int, draws: int, run_units: int = 1, seed: int = 0,
    cancel: Cancel | None = None,
) -> Floats:  # fmt: skip
    """Return distances of streams without drift, shape (draws, chunks, streams).

    In each draw a baseline and then chunks of the given sizes are drawn from the units with replacement, and all chunks
    are compared with that one baseline: what they share with it, and columns that move together, stay as they are.

    Units that follow each other may be alike (weather lasts for days). Drawing runs of them (the circular block
    bootstrap, Politis & Romano 1992) keeps that, but a chunk of one run is one of few, which says nothing of rare
    extremes. So runs only say by how much the mean and the spread of each stream's distances grow (`widening`), and the
    distances of single units are moved and stretched to these.

    Parameters
    ----------
    streams
        The counts to draw from.
    chunk_units
        (chunks,) how many units each chunk has.
    baseline_units
        How many units the real baseline has: more than `streams.counts` holds where that is a sample.
    draws
        How many streams are made.
    run_units
        How many consecutive units a run has.
    seed
        Same seed, same draws.
    cancel
        Looked at between batches.
    """
    sizes = [baseline_units, *(int(n) for n in chunk_units)]
    single = _drawn(streams, sizes, draws, run=1, seed=seed, cancel=cancel)
    if run_units == 1:
        return single
    runs = _drawn(streams, sizes, max(50, draws // 2), run=run_units, seed=seed + 1, cancel=cancel)
    fits = len(streams.counts) / run_units
    centre = np.nanmean(single, axis=0)
    moved, widened = (
        widening(_ratio(each(runs), each(single)), runs=fits) for each in (_typical_distance, _typical_spread)
    )
    return np.asarray(widened * (single - centre) + moved * centre)


def _typical_distance(drawn: Floats) -> Floats:
    return np.asarray(np.nanmean(drawn, axis=(0, 1)))


def _typical_spread(drawn: Floats) -> Floats:
    """Return the spread of each stream's distances about their mean in a chunk of that size, (streams,)."""
    return np.asarray(np.sqrt(np.nanmean(np.nanvar(drawn, axis=0), axis=0)))


def _ratio(after: Floats, before: Floats) -> Floats:
    return np.divide(after, before, out=np.ones(len(before)), where=before > 0)


def widening(factors: Floats, *, runs: float) -> Floats:
    """Return by how much runs of units enlarge each stream's distances, (streams,), 1 at least, a standard error included.

    Runs drawn from k runs vary by √(1 - 1/k) less than those of the world do; that is given back. A factor from k runs has a relative standard error of 1/√(2k), and the largest distance over many streams picks those
    whose factor came out too small. So factors are drawn together as far as they differ by no more than that (empirical
    Bayes, Efron & Morris 1975), and what then remains of the error is added.

    Parameters
    ----------
    factors
        (streams,) mean distance drawn in runs, over that of single units.
    runs
        How many runs the baseline holds.

    Examples
    --------
    >>> widening(np.array([1.4, 1.6]), runs=51).round(3).tolist()
    [1.622, 1.622]
    """
    grown = factors / np.sqrt(1 - 1 / max(runs, 2))
    centre = float(grown.mean())
    noise = centre**2 / (2 * max(runs - 1, 1))
    between = max(float(grown.var(ddof=1)) - noise, 0.0) if len(factors) > 1 else 0.0
    kept = between / (between + noise) if noise > 0 else 1.0
    error = np.sqrt(noise * kept + noise * (1 - kept) / len(factors)) / centre
    return np.asarray(np.maximum((centre + kept * (grown - centre)) * (1 + error), 1.0))


def _drawn(streams: Streams, sizes: list[int], draws: int, *, run: int, seed: int, cancel: Cancel | None) -> Floats:
    """Return distances (draws, chunks, streams) of chunks from a baseline, sizes[0], both drawn in runs."""
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH_CELLS // (len(sizes) * len(streams.counts)))
    parts = []
    for start in range(0, draws, batch):
        check_cancel(cancel)
        weights = np.stack(list(_weights(rng, sizes, min(batch, draws - start), len(streams.counts), run)), axis=1)
        counts = weights @ streams.counts
        parts.append(streams.distances(counts[:, :1], counts[:, 1:]))
    return np.concatenate(parts)


def _weights(
    rng: np.random.Generator, sizes: list[int], draws: int, units: int, run: int
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield how often each unit comes in each draw (draws, units), for one size after the other."""
    for size in sizes:
        runs = -(-size // run)
        begin = rng.integers(0, units, (draws, runs, 1))
        drawn = ((begin + np.arange(run)) % units).reshape(draws, -1)[:, :size] + np.arange(draws)[:, None] * units
        yield np.bincount(drawn.ravel(), minlength=draws * units).reshape(draws, units).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Null:
    """The null distribution, standardised so that streams and chunks of any size can be compared.

    Parameters
    ----------
    centre, spread
        (chunks, streams) mean and standard deviation of the distance without drift.
    largest
        (draws, chunks) the largest standardised distance over streams, without drift.
    """

    centre: Floats
    spread: Floats
    largest: Floats

    def standardise(self, distances: Floats) -> Floats:
        """Return distances (…, chunks, streams) in standard deviations from what they are without drift."""
        return np.asarray((distances - self.centre) / self.spread)

    def p_value(self, largest: float) -> float:
        """Return how often a whole production without drift has as large a maximum over columns and chunks.

        The draws' own count as one more, so that p is never 0 (Phipson & Smyth 2010).
        """
        return float((1 + (self.largest.max(axis=1) >= largest).sum()) / (1 + len(self.largest)))


def null_of(distances: Floats, chunk_units: Integers) -> Null:
    """Return the standardised null distribution of distances (draws, chunks, streams).

    Chunks of equally many units share a centre and a spread. A stream that never varies, such as a constant column, is given the spread of one unit's share in the chunk.
    """
    least = 1 / np.maximum(chunk_units, 1)[:, None]
    centre, spread = np.empty(distances.shape[1:]), np.empty(distances.shape[1:])
    for size in np.unique(chunk_units):
        same = chunk_units == size
        centre[same] = distances[:, same].mean(axis=(0, 1))
        spread[same] = distances[:, same].std(axis=(0, 1))
    spread = np.where(spread > 1e-9, spread, least)
    return Null(centre=centre, spread=spread, largest=((distances - centre) / spread).max(axis=-1))


@dataclass(frozen=True, kw_only=True)
class AlarmRule:
    """A threshold on the largest standardised distance of a chunk, and how often it alarms without drift.

    Parameters
    ----------
    threshold
        In standard deviations; a chunk with a larger distance is an alarm.
    share
        Share of chunks without drift that alarm, as chosen.
    lower, upper
        The 95 % interval of that share, since the threshold comes from finitely many draws.
    """

    threshold: float
    share: float
    lower: float
    upper: float


def alarm_rule(largest: Floats, share: float) -> AlarmRule:
    """Return the threshold that a share of chunks without drift exceeds.

    The k-th largest of n independent draws is exceeded with a probability distributed as Beta(k, n - k + 1). Chunks of
    one draw share a baseline, so n is divided by the design effect: the variance of the number of alarms a draw, over
    what it would be if they were independent.

    Parameters
    ----------
    largest
        (draws, chunks) the largest standardised distance over streams, without drift.
    share
        Share of chunks that may alarm, between 0 and 1.

    Examples
    --------
    >>> rule = alarm_rule(np.random.default_rng(0).random((1000, 1)), 0.1)
    >>> round(rule.threshold, 2), round(rule.lower, 2), round(rule.upper, 2)
    (0.9, 0.08, 0.12)
    """
    count, chunks = largest.size, largest.shape[1]
    k = max(1, round(share * count))
    ordered = np.sort(largest, axis=None)
    threshold = float(ordered[-k])
    alarms = (largest >= threshold).sum(axis=1)
    expected = chunks * (k / count) * (1 - k / count)
    effect = max(1.0, float(alarms.var()) / expected if expected > 0 and len(largest) > 1 else 1.0)
    kept, of = k / effect, count / effect
    lower, upper = (float(stats.beta.ppf(tail, kept, of - kept + 1)) for tail in (0.025, 0.975))
    return AlarmRule(threshold=threshold, share=k / count, lower=lower, upper=upper)


def sigma_rule_share(distances: Floats) -> float:
    """Return how often a new chunk lies more than three standard deviations from the mean of eight reference chunks.

    "Three sigma" promises .27 %; with mean and standard deviation from eight chunks, normal and without drift, it is
    P(|t₇| > 3/√(1 + 1/8)) = 2.5 %. Drift distances aren't even normal.

    Parameters
    ----------
    distances
        (draws, 9, streams): in each draw eight reference chunks and a new one, without drift.

    Returns
    -------
    float
        Share of alarms over draws and streams.
    """
    known, new = distances[:, :SIGMA_CHUNKS], distances[:, SIGMA_CHUNKS]
    reach = 3 * known.std(axis=1, ddof=1)
    return float((np.abs(new - known.mean(axis=1)) > reach).mean())
