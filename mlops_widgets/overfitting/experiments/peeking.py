"""What looking early does to a test: the false alarms of a p-value read again and again, measured on your outcomes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import estimate, number
from mlops_widgets.errors import InputError
from mlops_widgets.measures.experiments.confidence_sequences import boundary
from mlops_widgets.measures.experiments.looks import even_looks, watch
from mlops_widgets.measures.proportions import wilson
from mlops_widgets.overfitting.experiments.baselines import Baseline, read_baseline

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_LOOKS = 200
_PATHS = 30
_BATCHES = 10
_MOST_STEPS = 60
_MOST_DRAWS = 40_000_000  # of the user's outcomes: a second's work


@dataclass(frozen=True, kw_only=True)
class PeekingResult(Result):
    """False alarms of experiments without any effect, by how often they are looked at.

    Parameters
    ----------
    alpha
        Level of each single look.
    looks
        The most looks, evenly spread over the experiment.
    rows_per_arm, experiments
        Rows of each arm at the end, and how many experiments without an effect were simulated on the outcomes.
    source
        What the outcomes are.
    counts
        (m,) numbers of looks: 1 to `looks`, or as many of these as were computed.
    alarms, sequence_alarms
        (m,) chance of a false alarm within so many looks, by p-value and by confidence sequence; for normal outcomes.
    simulated, simulated_lower, simulated_upper, simulated_sequence
        (m,) the p-value's share in the simulated experiments with its 95 % interval, and the confidence sequence's.
    paths
        (paths × looks,) z statistics of the first 30 experiments at each look, flattened.
    sequence_boundary
        (looks,) how far z may be by the confidence sequence at each look.
    """

    alpha: float
    looks: int
    rows_per_arm: int
    experiments: int
    source: str
    counts: Integers
    alarms: Floats
    sequence_alarms: Floats
    simulated: Floats
    simulated_lower: Floats
    simulated_upper: Floats
    simulated_sequence: Floats
    paths: Floats
    sequence_boundary: Floats

    def frame(self) -> "pd.DataFrame":
        """Return one row a number of looks: false alarms by p-value and by confidence sequence, computed and simulated."""
        import pandas as pd

        return pd.DataFrame({
            "looks": self.counts, "p_value": self.alarms, "confidence_sequence": self.sequence_alarms,
            "simulated": self.simulated, "lower": self.simulated_lower, "upper": self.simulated_upper,
            "simulated_sequence": self.simulated_sequence,
        })  # fmt: skip


def simulate_peeking(
    baseline: Any = 0.1,  # noqa: ANN401 - a number, outcomes or a study
    *,
    deviation: float | None = None,
    looks: int = 100,
    rows_per_arm: int = 10_000,
    alpha: float = 0.05,
    experiments: int = 2000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PeekingResult:
    """Find out how often a test without any effect looks significant if one looks more than once.

    A p-value below .05 is a false alarm in 5 % of tests that are read once. Read ten times, one of the ten is below in
    19 %. The confidence sequence beside it is made to be looked at.

    Parameters
    ----------
    baseline
        What the outcomes are like: as in `plan_ab_test`. Both arms draw from them, so there is no effect.
    deviation
        Standard deviation, with a mean given as a number.
    looks
        The most looks, evenly spread, 2 to 200.
    rows_per_arm
        Rows of each arm at the last look, as many as looks or more.
    alpha
        Level of each look, above 0 and at most .5.
    experiments
        How many experiments are simulated, 100 to 20,000; of outcomes that aren't 0/1 fewer where that needs more than 40
        million draws.
    seed
        Seed of the simulation.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    PeekingResult
        Findings: OV-PK-01 false alarms of the p-value, OV-PK-02 of the confidence sequence, OV-PK-03 whether your outcomes
        behave as computed.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.simulate_peeking(0.1, looks=10, experiments=200)
    >>> [round(float(result.alarms[k - 1]), 3) for k in (1, 5, 10)]
    [0.05, 0.142, 0.193]
    """
    start = read_baseline(baseline, deviation)
    _check(looks, rows_per_arm, alpha, experiments, seed)
    if start.outcome.kind == "mean" and start.outcomes is not None:
        experiments = min(experiments, max(100, _MOST_DRAWS // (2 * rows_per_arm)))
    counts = np.unique(np.round(np.geomspace(1, looks, _MOST_STEPS)).astype(np.int64)) if looks > _MOST_STEPS else None
    counts = np.arange(1, looks + 1) if counts is None else counts
    critical = float(stats.norm.isf(alpha / 2))
    alarms = watch(np.full(looks, critical), even_looks(looks)).crossed()[counts - 1]
    sequence = boundary(even_looks(looks), tuned_rows=1.0, alpha=alpha)
    sequence_alarms = np.maximum(watch(sequence, even_looks(looks)).crossed()[counts - 1], 0.0)  # no chance is -4e-16
    z = _simulate(
        start, looks=looks, rows=rows_per_arm, experiments=experiments, seed=seed, progress=progress, cancel=cancel
    )
    hits = np.array([_within(z, critical, int(k)) for k in counts])
    lower, upper = wilson(hits, np.full(len(hits), experiments))
    simulated_sequence = np.array([(_first_alarm(z, sequence) < k).mean() for k in counts])
    return PeekingResult(
        findings=_findings(
            counts, alarms=alarms, sequence=sequence_alarms, hits=hits, bounds=(lower, upper), simulated=simulated_sequence,
            alpha=alpha, experiments=experiments, start=start,
        ),
        rows=start.rows, seed=seed, reference="Armitage, McPherson & Rowe 1969; Waudby-Smith et al. 2024",
        method=(
            f"False alarms by numerical integration, two-sided alpha {alpha:g} at each even look; {experiments:,} experiments "
            f"without effect simulated from {_source(start)}, {rows_per_arm:,} rows an arm, k looks spread over all of them; "
            "confidence sequence narrowest at the last row, looked at up to its k-th look"
        ),
        alpha=alpha, looks=looks, rows_per_arm=rows_per_arm, experiments=experiments, source=_source(start),
        counts=counts, alarms=alarms, sequence_alarms=sequence_alarms, simulated=hits / experiments,
        simulated_lower=lower, simulated_upper=upper, simulated_sequence=simulated_sequence,
        paths=z[:_PATHS].ravel(), sequence_boundary=sequence,
    )  # fmt: skip


def _check(looks: int, rows_per_arm: int, alpha: float, experiments: int, seed: int) -> None:
    wrong = {
        f"looks={looks}. Pass 2 to {MOST_LOOKS}.": not 2 <= looks <= MOST_LOOKS,
        f"rows_per_arm={rows_per_arm}. Pass as many as looks ({looks}) or more, at most 200,000.": not looks <= rows_per_arm <= 200_000,
        f"alpha={alpha}. Pass the level of each look, above 0 and at most .5.": not 0 < alpha <= 0.5,
        f"experiments={experiments}. Pass 100 to 20,000.": not 100 <= experiments <= 20_000,
        f"seed={seed}. Pass 0 or more.": seed < 0,
    }  # fmt: skip
    for message, found in wrong.items():
        if found:
            raise InputError(message)


def _simulate(
    start: Baseline,
    *,
    looks: int,
    rows: int,
    experiments: int,
    seed: int,
    progress: Progress | None,
    cancel: Cancel | None,
) -> Floats:
    """Return z (experiments, looks) of experiments whose arms both draw from the baseline's outcomes."""
    rng = np.random.default_rng(seed)
    ends = np.round(even_looks(looks) * rows).astype(np.int64)
    sizes = ends - np.concatenate([[0], ends[:-1]])
    parts = [part for part in np.array_split(np.arange(experiments), _BATCHES) if len(part)]
    z = [_batch(start, sizes, len(part), rng) for part in steps(parts, "batch", progress, cancel)]
    return np.concatenate(z)


def _batch(start: Baseline, sizes: Integers, count: int, rng: np.random.Generator) -> Floats:
    n = sizes.cumsum()
    sums, squares = [], []
    for _ in range(2):
        if start.outcome.kind == "share":
            added = rng.binomial(sizes, start.outcome.value, (count, len(sizes))).astype(np.float64)
            sums.append(added.cumsum(axis=1))
            squares.append(sums[-1])
        else:
            added, square = _added(start, sizes, count, rng)
            sums.append(added.cumsum(axis=1))
            squares.append(square.cumsum(axis=1))
    variances = [(square - total**2 / n) / np.maximum(n - 1, 1) for square, total in zip(squares, sums, strict=True)]
    error = np.sqrt(np.maximum(variances[0] + variances[1], 0) / n)
    return np.asarray(np.divide((sums[1] - sums[0]) / n, error, out=np.zeros_like(error), where=error > 0))


def _added(start: Baseline, sizes: Integers, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return what each look adds to the sum and the sum of squares of an arm: normal outcomes, or draws of the user's."""
    total, square = np.zeros((count, len(sizes))), np.zeros((count, len(sizes)))
    if start.outcomes is None:
        spread = start.outcome.deviation
        added = rng.normal(size=total.shape) * np.sqrt(sizes) * spread
        inner = rng.chisquare(np.maximum(sizes - 1, 1), size=total.shape) * (sizes > 1) * spread**2
        return added, inner + added**2 / sizes
    centred = start.outcomes - start.outcome.value  # sums of squares lose no digits
    for look, size in enumerate(sizes):
        picked = centred[rng.integers(0, len(centred), (count, int(size)))]
        total[:, look] = picked.sum(axis=1)
        square[:, look] = np.einsum("ij,ij->i", picked, picked)
    return total, square


def _first_alarm(z: Floats, limits: Floats) -> Integers:
    """Return (experiments,) the first look at which z is beyond its limit; as many as there are looks where none is."""
    beyond = np.abs(z) > limits
    return np.asarray(np.where(beyond.any(axis=1), beyond.argmax(axis=1), z.shape[1]))


def _within(z: Floats, critical: float, looks: int) -> int:
    """Count the experiments with an alarm if they are looked at `looks` times, evenly spread over all rows."""
    at = np.round(even_looks(looks) * z.shape[1]).astype(np.int64) - 1
    return int((np.abs(z[:, at]) > critical).any(axis=1).sum())


def _source(start: Baseline) -> str:
    """Return what the simulated outcomes are: the user's own, or made up to a number."""
    if start.units:
        return start.source
    if start.outcome.kind == "share":
        return f"outcomes of a rate of {number(start.outcome.value, 'percent')}"
    return f"normal outcomes of mean {number(start.outcome.value)}"


def _findings(
    counts: Integers, *, alarms: Floats, sequence: Floats, hits: Integers, bounds: tuple[Floats, Floats],
    simulated: Floats, alpha: float, experiments: int, start: Baseline,
) -> tuple[Finding, ...]:  # fmt: skip
    last, share = int(counts[-1]), hits / experiments
    level = number(alpha, "percent")
    some = [k for k in (5, 10) if k < last]
    named = [f"{number(float(alarms[np.searchsorted(counts, k)]), 'percent')} at {k}" for k in some if k in counts]
    named.append(f"{number(float(alarms[-1]), 'percent')} at {last} looks")
    claim = f"Read once, {level} of tests without any effect look significant; stopped at the first p below {number(alpha)}: {', '.join(named)}."
    seen = estimate(float(share[-1]), float(bounds[0][-1]), float(bounds[1][-1]), "percent")
    agrees = bool(bounds[0][-1] <= alarms[-1] <= bounds[1][-1])
    return (
        Finding(
            code="OV-PK-01", status="warning", claim=claim, evidence={"looks": last, "false_alarms": float(alarms[-1])},
            action="Fix the number of rows and read the p-value once, or watch a confidence sequence: analyse_ab_test shows both.",
        ),
        Finding(
            code="OV-PK-02", status="passed" if sequence[-1] <= alpha else "failed",
            claim=f"The confidence sequence, looked at as often, errs in {number(float(sequence[-1]), 'percent', digits=1)}.",
            evidence={"false_alarms": float(sequence[-1]), "simulated": float(simulated[-1])},
        ),
        Finding(
            code="OV-PK-03", status="passed" if agrees else "warning",
            claim=f"With {_source(start)}, {seen} of {experiments:,} simulated tests looked significant within {last} looks.",
            evidence={"simulated": float(share[-1]), "computed": float(alarms[-1])},
            action="" if agrees else "These outcomes are rare or heavy-tailed: take more rows a look before you trust a normal test.",
        ),
    )  # fmt: skip
