"""Production chunk by chunk: the realised metric, the drift of columns and answers, and alarms at a stated rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.monitoring.drift_findings import Reviewed, find
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult
from mlops_widgets.overfitting.monitoring.performance import Performance, measure_performance
from mlops_widgets.study.over_time.drift import Drift, calibrate, chunks_a_year, measure_drift
from mlops_widgets.study.over_time.maturity import measure_maturity
from mlops_widgets.study.over_time.stages import Settings
from mlops_widgets.study.over_time.streams import BINS, Part, choose_baseline, count_units, watch
from mlops_widgets.study.study import Study
from mlops_widgets.study.timeline import Chunks

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_DRIFT_CHUNKS = (26, 13, 6, 3)


@dataclass(frozen=True, kw_only=True)
class DriftReviewResult(Result):
    """Production over time: metric, drift and alarms.

    Parameters
    ----------
    metric_label, greater_is_better
        The study's metric.
    margin
        The largest loss that doesn't matter, in the metric's unit; NaN without labels.
    baseline, baseline_value
        What production is compared with, and the metric there with nothing to compare: NaN.
    columns, kinds
        What is watched, and whether its values are "numbers" or "categories"; the model's output comes last.
    chunk_labels, chunk_starts, chunk_rows, chunks_by, chunks_are_dates
        Production cut along time; as in `LiveGapResult`.
    matured
        (chunks,) share of rows whose label has arrived.
    values, lower, upper
        (chunks,) the realised metric of mature chunks with a 95 % interval; NaN elsewhere.
    distances
        (columns, chunks) largest difference of cumulative shares (numbers, binned Kolmogorov–Smirnov) or of a single
        share (categories, L∞) from the baseline.
    standardised
        (columns, chunks) the same in standard deviations from what it is without drift; NaN in chunks too small to judge.
    threshold
        Alarm from here on, in these standard deviations.
    alarms
        (columns, chunks) 1 where there is one.
    population_stability, jensen_shannon, hellinger, wasserstein
        (columns, chunks) on the same cells: PSI (natural logarithm, empty cells as .0001), Jensen–Shannon distance in base
        2, Hellinger distance; and Wasserstein's distance by the baseline's standard deviation, NaN of categories.
    false_alarms, false_alarms_lower, false_alarms_upper
        Expected chunks a year (without a calendar: per chunk) that alarm without drift, with its 95 % interval.
    chunks_a_year
        How many chunks a year has; NaN without a calendar.
    sigma_alarms, sigma_promise
        Alarms of single columns a year (or per chunk) without drift by three standard deviations of eight reference
        chunks, measured on these columns; and what that rule's .27 % would be.
    p_value
        How often a whole production without drift has as large a maximum over columns and chunks.
    synthetic
        Whether the data were made up.
    """

    metric_label: str
    greater_is_better: bool
    margin: float
    baseline: str
    baseline_value: float
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    chunk_labels: tuple[str, ...]
    chunk_starts: Floats
    chunk_rows: Integers
    chunks_by: str
    chunks_are_dates: bool
    matured: Floats
    values: Floats
    lower: Floats
    upper: Floats
    distances: Floats
    standardised: Floats
    threshold: float
    alarms: Integers
    population_stability: Floats
    jensen_shannon: Floats
    hellinger: Floats
    wasserstein: Floats
    false_alarms: float
    false_alarms_lower: float
    false_alarms_upper: float
    chunks_a_year: float
    sigma_alarms: float
    sigma_promise: float
    p_value: float
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a column and chunk: every distance, and whether it is an alarm."""
        import pandas as pd

        count = len(self.columns)
        starts = pd.to_datetime(self.chunk_starts, unit="ms") if self.chunks_are_dates else self.chunk_starts
        measures = {
            "distance": self.distances, "standardised": self.standardised, "alarm": self.alarms,
            "population_stability": self.population_stability, "jensen_shannon": self.jensen_shannon,
            "hellinger": self.hellinger, "wasserstein": self.wasserstein,
        }  # fmt: skip
        return pd.DataFrame({
            "chunk": np.tile(np.array(self.chunk_labels, dtype=object), count), "start": np.tile(starts, count),
            "rows": np.tile(self.chunk_rows, count),
            "column": np.repeat(np.array(self.columns, dtype=object), len(self.chunk_labels)),
            "kind": np.repeat(np.array(self.kinds, dtype=object), len(self.chunk_labels)),
            **{name: values.ravel() for name, values in measures.items()},
        })  # fmt: skip

    def chunks(self) -> "pd.DataFrame":
        """Return one row a chunk: rows, share of labels, the metric with its interval, and how many columns alarm."""
        import pandas as pd

        starts = pd.to_datetime(self.chunk_starts, unit="ms") if self.chunks_are_dates else self.chunk_starts
        return pd.DataFrame({
            "chunk": self.chunk_labels, "start": starts, "rows": self.chunk_rows, "matured": self.matured,
            "value": self.values, "lower": self.lower, "upper": self.upper, "alarms": self.alarms.sum(axis=0),
        })  # fmt: skip


@strategy("OV-DR")
def review_drift(
    study: Study,
    *,
    live: LiveGapResult | NoResult | None = None,
    baseline: Part | None = None,
    columns: Sequence[str] = (),
    false_alarms_a_year: float = 1.0,
    least_share: float = 0.05,
    matured_share: float = 0.9,
    margin: float | None = None,
    draws: int = 400,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> DriftReviewResult:
    """Find out chunk by chunk whether the metric fell, what drifted, and which alarms mean something.

    Works on logs without a model, and without labels: then only drift is reviewed.

    Parameters
    ----------
    study
        Needs production, and a test (or a reference) to compare it with.
    live
        What `compare_live` gave for this study, so that the metric over time isn't measured twice.
    baseline
        "test" or "reference"; by default the first test, which made the promise, else the reference.
    columns
        What to watch instead of the model's features (at most the first 40 of them). Columns that tell the time are
        left out unless they are named.
    false_alarms_a_year
        Accepted chunks a year that alarm without drift, above 0. At most one chunk in ten alarms so, and without a
        calendar one in twenty.
    least_share
        Smallest difference of a share that is worth an alarm, from 0 to 1: with many rows any difference is significant.
    matured_share
        A chunk's metric is shown if its share of labels is at least this part of the test's, from 0 to 1; where labels
        are dated (`label_time=`), if all that come were due.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0; by default the study's.
    draws
        Productions without drift that are made, 100 or more.
    seed
        Seed of draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    DriftReviewResult or NoResult
        Findings: OV-DR-01 the realised metric over mature chunks, OV-DR-02 drift of inputs and answers, tested once for
        all columns and chunks, OV-DR-03 the alarm rule and its false alarms, OV-DR-04 labels that haven't arrived,
        OV-DR-05 columns not watched.

    Raises
    ------
    InputError
        If an option is out of its range, or `live` is of another study.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.review_drift(mw.sample("census"), draws=100)
    >>> result.status, result.chunk_labels, int(result.alarms.sum())
    ('passed', ('2017', '2018'), 0)
    """
    check_margin(margin)
    check_counts(draws=(draws, 100), seed=(seed, 0))
    _check_options(false_alarms_a_year, least_share=least_share, matured_share=matured_share)
    table = choose_baseline(study, baseline)
    settings = Settings(folds=2, draws=draws, max_fit_rows=1, seed=seed, progress=part(progress, 0, 0.6), cancel=cancel)
    measured = measure_performance(study, settings, live=None if isinstance(live, NoResult) else live)
    chunks = _chunks(study, measured)
    maturity = measure_maturity(study, chunks, matured_share=matured_share)
    performance = None if measured is None else measured.among(maturity.mature)
    seen = watch(study, table, chunks, columns)
    units = count_units(study, seen, chunks, seed=seed)
    null, rule, sigma = calibrate(units, chunks, seed=seed, draws=draws, accepted=false_alarms_a_year, cancel=cancel)
    drift = measure_drift(seen, units, chunks, null=null, rule=rule, least_share=least_share)
    tell(progress, 1.0, "drift of columns")
    limit = float("nan") if performance is None else study.accepted_loss(performance.promise.value, margin)
    a_year = chunks_a_year(chunks)
    reviewed = Reviewed(
        study=study, chunks=chunks, performance=performance, margin=limit, maturity=maturity, watch=seen, units=units,
        rule=rule, null=null, alarms=drift.alarms, standardised=drift.standardised, distances=drift.distances,
        chunks_a_year=a_year, sigma_share=sigma, accepted=false_alarms_a_year, p_value=drift.p_value, least_share=least_share,
    )  # fmt: skip
    return _result(reviewed, drift, seed=seed, draws=draws)


def _check_options(accepted: float, **shares: float) -> None:
    if not 0 < accepted < np.inf:
        raise InputError(f"false_alarms_a_year={accepted}. Pass a number above 0, such as 1 or 0.5.")
    for option, value in shares.items():
        if not 0 <= value <= 1:
            raise InputError(f"{option}={value}. Pass a share from 0 to 1.")


def _chunks(study: Study, performance: Performance | None) -> Chunks:
    """Return production's chunks: those that the metric was measured in, else the finest that have rows enough."""
    production = study.need("production")
    for most in _DRIFT_CHUNKS:
        chunks = study.chunks(production, most=most)
        if performance is not None:
            if chunks.labels == performance.labels:
                return chunks
            continue
        rows = np.bincount(chunks.of_row[chunks.of_row >= 0], minlength=len(chunks.labels))
        if np.median(rows) >= 100:
            return chunks
    if performance is not None:
        raise InputError("live= is of another study: its chunks of production differ. Pass compare_live(study).")
    return chunks


def _result(r: Reviewed, drift: Drift, *, seed: int, draws: int) -> DriftReviewResult:
    study, chunks = r.study, r.chunks
    a_year = 1.0 if np.isnan(r.chunks_a_year) else r.chunks_a_year
    nothing = np.full(len(chunks.labels), np.nan)
    performance = r.performance
    rows = np.bincount(chunks.of_row[chunks.of_row >= 0], minlength=len(chunks.labels))
    looks = len(r.watch.watched) * a_year
    measures = {name: value for name, value in vars(drift).items() if name != "p_value"}
    return DriftReviewResult(
        findings=find(r), rows=r.watch.baseline.rows + study.need("production").rows, seed=seed,
        method=_method(r, draws), reference="Politis & Romano 1992; Efron & Morris 1975; Phipson & Smyth 2010; Kaplan & Meier 1958",
        metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better, margin=r.margin,
        baseline=r.watch.baseline.name, baseline_value=float("nan") if performance is None else performance.promise.value,
        columns=tuple(each.name for each in r.watch.watched),
        kinds=tuple("numbers" if each.cells.ordered else "categories" for each in r.watch.watched),
        chunk_labels=chunks.labels, chunk_starts=chunks.starts, chunk_rows=rows, chunks_by=chunks.by,
        chunks_are_dates=chunks.are_dates, matured=r.maturity.shares,
        values=nothing if performance is None else performance.column("value"),
        lower=nothing if performance is None else performance.column("lower"),
        upper=nothing if performance is None else performance.column("upper"),
        threshold=r.rule.threshold, **measures, false_alarms=r.rule.share * a_year, false_alarms_lower=r.rule.lower * a_year,
        false_alarms_upper=r.rule.upper * a_year, chunks_a_year=r.chunks_a_year, sigma_alarms=r.sigma_share * looks,
        sigma_promise=0.0027 * looks, p_value=drift.p_value, synthetic=study.synthetic,
    )  # fmt: skip


def _method(r: Reviewed, draws: int) -> str:
    unit, run = r.study.unit_name, r.units.run
    runs = f", spread widened by what runs of {run} of these vary more" if run > 1 else ""
    cells = (
        f"Distances of shares on {BINS} quantile bins of {r.watch.baseline.name} (numbers, cumulative: binned "
        "Kolmogorov–Smirnov) or on its categories (L∞); missing and unseen values have cells of their own"
    )
    alarms = (
        f"alarms from the largest standardised distance over columns and chunks in {draws:,} productions without drift, "
        f"drawn from {r.watch.baseline.name} by {unit}{runs}, and a difference of at least {r.least_share:g} of the rows"
    )
    parts = [cells, alarms]
    if r.performance is not None:
        parts.append("metric with 95 % intervals, judged over all mature chunks at once (Bonferroni)")
    if r.study.roles.weights:
        parts.append("row weights count in the metric, not in drift")
    return "; ".join(parts)
