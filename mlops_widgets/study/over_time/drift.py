"""Drift of what is watched, chunk by chunk, and the alarm that a stated number of chunks without drift would raise."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.measures.drift.alarms import (
    SIGMA_CHUNKS,
    AlarmRule,
    Null,
    alarm_rule,
    null_distances,
    null_of,
    sigma_rule_share,
)
from mlops_widgets.measures.drift.samples import SortedReference, sorted_chunks
from mlops_widgets.measures.drift.shares import hellinger, jensen_shannon, psi, shares_of
from mlops_widgets.study.over_time.streams import Units, Watch
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_A_YEAR: Mapping[str, float] = {"year": 1, "quarter": 4, "month": 12, "week": 52.18, "day": 365.25, "hour": 8766}
_MOST_OFTEN, _WITHOUT_CALENDAR = 0.1, 0.05
_FEWEST_ROWS = 30
_SIGMA_DRAWS = 200


def chunks_a_year(chunks: Chunks) -> float:
    """Return how many chunks a year has; NaN without a calendar."""
    return _A_YEAR[chunks.by] if chunks.are_dates else float("nan")


def calibrate(
    units: Units, chunks: Chunks, *, seed: int, draws: int, accepted: float, cancel: Cancel | None
) -> tuple[Null, AlarmRule, float]:
    """Return the null distribution, the rule chosen from it, and how often three sigma alarms on the same streams."""
    a_year = chunks_a_year(chunks)
    share = _WITHOUT_CALENDAR if np.isnan(a_year) else min(accepted / a_year, _MOST_OFTEN)
    null, rule = rule_for(units, share, seed=seed, draws=draws, cancel=cancel)
    typical = np.full(SIGMA_CHUNKS + 1, max(1, int(np.median(units.chunks[units.chunks > 0]))))
    again = null_distances(units.streams, chunk_units=typical, baseline_units=units.baseline, draws=_SIGMA_DRAWS,
                           run_units=units.run, seed=seed + 1, cancel=cancel)  # fmt: skip
    return null, rule, sigma_rule_share(again)


def rule_for(units: Units, share: float, *, seed: int, draws: int, cancel: Cancel | None) -> tuple[Null, AlarmRule]:
    """Return the null distribution, and the rule by which this share of chunks without drift alarms."""
    drawn = null_distances(units.streams, chunk_units=units.chunks, baseline_units=units.baseline, draws=draws,
                           run_units=units.run, seed=seed, cancel=cancel)  # fmt: skip
    null = null_of(drawn, units.chunks)
    return null, alarm_rule(null.largest[:, units.chunks > 0], share)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """(columns, chunks) what `DriftReviewResult` holds under these names, and the p-value of all."""

    distances: Floats
    standardised: Floats
    alarms: Integers
    population_stability: Floats
    jensen_shannon: Floats
    hellinger: Floats
    wasserstein: Floats
    p_value: float


def measure_drift(
    seen: Watch, units: Units, chunks: Chunks, *, null: Null, rule: AlarmRule, least_share: float
) -> Drift:
    """Return every distance of every chunk from the baseline, and which are alarms; chunks of few rows are none."""
    counts = seen.counts(chunks)
    distances = units.streams.distances(
        np.concatenate([before for before, _ in counts]), np.hstack([after for _, after in counts])
    )
    standardised = null.standardise(distances)
    rows = np.bincount(chunks.of_row[chunks.of_row >= 0], minlength=len(chunks.labels))
    small = rows < _FEWEST_ROWS
    standardised[small] = np.nan
    shares = [(shares_of(before), shares_of(after)) for before, after in counts]
    judged = standardised[~small]
    return Drift(
        distances=distances.T, standardised=standardised.T,
        alarms=((standardised >= rule.threshold) & (distances >= least_share)).T.astype(np.int64),
        population_stability=np.array([psi(p, q) for p, q in shares]),
        jensen_shannon=np.array([jensen_shannon(p, q) for p, q in shares]),
        hellinger=np.array([hellinger(p, q) for p, q in shares]),
        wasserstein=_wasserstein(seen, chunks),
        p_value=null.p_value(float(judged.max())) if judged.size else float("nan"),
    )  # fmt: skip


def _wasserstein(seen: Watch, chunks: Chunks) -> Floats:
    found = np.full((len(seen.watched), len(chunks.labels)), np.nan)
    for index, each in enumerate(seen.watched):
        if each.cells.ordered:
            reference = SortedReference(each.before)
            parts = sorted_chunks(each.after, chunks.of_row, len(chunks.labels))
            found[index] = [reference.wasserstein(part, scale="reference sd") for part in parts]
    return found
