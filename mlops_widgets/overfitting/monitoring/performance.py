"""The realised metric over chunks of production, measured here or taken from what `compare_live` measured."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult
from mlops_widgets.study.over_time.chunk_scores import measure_timeline
from mlops_widgets.study.over_time.stages import Settings, measure_stages
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Performance:
    """The metric that was promised, and the realised one chunk by chunk.

    Parameters
    ----------
    promise, promise_name
        The metric on the first test with its 95 % interval, and what that table is called.
    labels
        What the chunks are called.
    estimates
        The metric of each chunk with its 95 % interval; None where it has too few events or isn't mature.
    whole
        The metric on all of production's labelled rows; None where a chunk isn't mature.
    metric
        The metric.
    """

    promise: Estimate
    promise_name: str
    labels: tuple[str, ...]
    estimates: tuple[Estimate | None, ...]
    whole: Estimate | None
    metric: Metric

    def among(self, mature: npt.NDArray[np.bool_]) -> "Performance":
        """Return the same with immature chunks left out."""
        kept = tuple(each if ripe else None for each, ripe in zip(self.estimates, mature, strict=True))
        return replace(self, estimates=kept, whole=self.whole if mature.all() else None)

    def column(self, name: str) -> Floats:
        """Return the value, lower or upper end of each chunk, (chunks,), NaN where there is none."""
        return np.array([np.nan if each is None else getattr(each, name) for each in self.estimates], dtype=np.float64)

    @property
    def harms(self) -> dict[int, Estimate]:
        """How much worse each measured chunk is than the promise; the intervals hold for all chunks at once.

        Bonferroni: the half widths are those of 95 % times the ratio of the normal quantiles.
        """
        known = {index: each for index, each in enumerate(self.estimates) if each is not None}
        ratio = float(stats.norm.ppf(1 - 0.025 / max(len(known), 1)) / stats.norm.ppf(0.975))
        return {index: harm(self.metric, _wider(self.promise, ratio), _wider(e, ratio)) for index, e in known.items()}


def _wider(e: Estimate, ratio: float) -> Estimate:
    return replace(e, lower=e.value - ratio * (e.value - e.lower), upper=e.value + ratio * (e.upper - e.value))


def measure_performance(study: Study, settings: Settings, *, live: LiveGapResult | None) -> Performance | None:
    """Return the metric over time, from `live` where that is given; None without labels on both sides.

    Raises
    ------
    InputError
        If `live` isn't the answer of `compare_live` to this study.
    """
    if live is not None:
        return _from_live(study, live)
    try:
        # Refits of the reference say nothing about production over time.
        stages = measure_stages(replace(study, reference=None), settings)
    except MissingInputError:
        return None
    if stages.later is None or stages.offline is None:
        return None
    timeline = measure_timeline(study, stages, settings)
    return Performance(promise=stages.estimates[stages.offline], promise_name=stages.offline, labels=timeline.labels,
                       estimates=timeline.estimates,
                       whole=stages.estimates["production"], metric=study.metric)  # fmt: skip


def _from_live(study: Study, live: LiveGapResult) -> Performance | None:
    if not isinstance(live, LiveGapResult):
        raise InputError(f"live={type(live).__name__}. Pass what compare_live(study) returned, or leave it out.")
    if live.metric != study.metric.name:
        raise InputError(f"live= is of another study: its metric is {live.metric}, not {study.metric.name}.")
    promise = next((s for s in live.stages if s.name not in {"train", "out_of_fold", "production"}), None)
    if promise is None or not len(live.chunk_labels):
        return None
    whole = live.stage("production")
    chunks = zip(live.chunk_values, live.chunk_lower, live.chunk_upper, live.chunk_rows, strict=True)
    return Performance(
        promise=_estimate(promise.value, promise.lower, promise.upper, promise.rows), promise_name=promise.name,
        labels=live.chunk_labels, metric=study.metric,
        whole=None if whole is None else _estimate(whole.value, whole.lower, whole.upper, whole.rows),
        estimates=tuple(None if np.isnan(v) else _estimate(float(v), float(a), float(b), int(n)) for v, a, b, n in chunks),
    )  # fmt: skip


def _estimate(value: float, lower: float, upper: float, rows: int) -> Estimate:
    return Estimate(value=value, lower=lower, upper=upper, level=0.95, rows=rows, units=rows, events=rows)
