"""What the offline score promised and what production kept, step by step and over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.overfitting.monitoring.gap_findings import (
    expected_finding,
    live_finding,
    missing_findings,
    offline_finding,
    timeline_finding,
)
from mlops_widgets.study.over_time.chunk_scores import measure_timeline
from mlops_widgets.study.over_time.stages import Settings, Stages, Step, chain_of, measure_stages
from mlops_widgets.study.row_weights import weighting
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The metric at one station of the model's life, with its 95 % interval.

    `name` is "train", "out_of_fold", "production" or a test's name; `rows` and `events` say what it rests on.
    """

    name: str
    label: str
    value: float
    lower: float
    upper: float
    rows: int
    events: int


@dataclass(frozen=True, kw_only=True)
class LiveGapResult(Result):
    """The decomposition of the gap between train and production, and production over time.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    margin
        The largest loss that doesn't matter, in the metric's unit.
    stages, steps
        The stations in order, and what was lost between them ("memorised", "offline", "live"). The steps add up to the
        whole loss, except where the metric takes raw decision scores (`method` says so).
    expected
        The score that the user expected on the test, or None.
    chunk_labels, chunk_starts, chunk_rows, chunk_values, chunk_lower, chunk_upper
        Production cut along time: what each chunk is called, where it begins (milliseconds since 1970 where
        `chunks_are_dates`), its labelled rows, its score with a 95 % interval; NaN where it has too few events.
    chunks_by
        "month", "week", …, or "rows".
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    expected: float | None
    chunk_labels: tuple[str, ...]
    chunk_starts: Floats
    chunk_rows: Integers
    chunk_values: Floats
    chunk_lower: Floats
    chunk_upper: Floats
    chunks_by: str
    chunks_are_dates: bool
    synthetic: bool

    def stage(self, name: str) -> Stage | None:
        """Return the stage of this name, or None."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def frame(self) -> "pd.DataFrame":
        """Return one row a stage: value, interval, rows, events, and the harm of the step that leads to it."""
        import pandas as pd

        into = {step.after: step for step in self.steps}
        columns = {"harm": "harm", "harm_lower": "lower", "harm_upper": "upper"}
        return pd.DataFrame([
            vars(stage) | {name: getattr(into.get(stage.name), field, np.nan) for name, field in columns.items()}
            for stage in self.stages
        ])  # fmt: skip

    def chunks(self) -> "pd.DataFrame":
        """Return one row a chunk of production: label, start, rows, value and interval."""
        import pandas as pd

        starts = pd.to_datetime(self.chunk_starts, unit="ms") if self.chunks_are_dates else self.chunk_starts
        return pd.DataFrame({
            "chunk": self.chunk_labels, "start": starts, "rows": self.chunk_rows, "value": self.chunk_values,
            "lower": self.chunk_lower, "upper": self.chunk_upper,
        })  # fmt: skip


@strategy("OV-LG")
def compare_live(
    study: Study,
    *,
    margin: float | None = None,
    folds: int = 5,
    draws: int = 1000,
    max_fit_rows: int = 20_000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LiveGapResult:
    """Find out how much of the score was memorised, lost on the test, and lost in production.

    Train → out-of-fold shows what the model memorised: no harm by itself, but no promise either. Out-of-fold → test
    shows shift, leaks or selection before launch; test → production what the offline score promised and production
    didn't keep. Stages that can't be measured are left out, and the result says why.

    Parameters
    ----------
    study
        Needs a labelled test or production table; more tables, and a model that can be refitted, give more stages.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0. By default the study's, else
        that of `Metric.default_margin` at the test score.
    folds
        Folds of the out-of-fold stage, 2 or more; units stay whole.
    draws
        Bootstrap draws, 100 or more.
    max_fit_rows
        Most reference rows used for train and out-of-fold; more are sampled by unit.
    seed
        Seed of folds and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    LiveGapResult or NoResult
        Findings: OV-LG-01 test → production, OV-LG-02 out-of-fold → test, OV-LG-03 production over time, OV-LG-04
        the expected score, OV-LG-05 a refit that raised, OV-LG-06 stages without a score; failed ones first. Intervals are bootstrap intervals by the study's resampling unit (Efron 1979; Field &
        Welsh 2007 for clusters); differences of independent samples are Newcombe's (1998, method 10).

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.compare_live(mw.sample("census"))
    >>> result.status, [stage.name for stage in result.stages]
    ('passed', ['train', 'out_of_fold', 'test', 'production'])
    """
    check_margin(margin)
    check_counts(folds=(folds, 2), draws=(draws, 100), max_fit_rows=(max_fit_rows, 10), seed=(seed, 0))
    settings = Settings(
        folds=folds, draws=draws, max_fit_rows=max_fit_rows, seed=seed, progress=progress, cancel=cancel
    )
    stages = measure_stages(study, settings)
    timeline = measure_timeline(study, stages, settings)
    chain = chain_of(study, stages)
    limit = study.accepted_loss(stages.estimates[stages.promise].value, margin)
    found = (
        live_finding(study, stages, chain, limit),
        *offline_finding(study, stages, chain, limit),
        *timeline_finding(study, stages, timeline, limit, chain),
        *expected_finding(study, stages),
        *missing_findings(study, stages, chain),
    )
    # A production that keeps up with a broken test is no good news: what failed leads.
    findings = tuple(sorted(found, key=lambda finding: finding.status != "failed"))
    known = timeline.estimates
    return LiveGapResult(
        findings=findings, rows=sum(e.rows for name, e in stages.estimates.items() if name != "train"), seed=seed,
        method=_method(study, stages, draws=draws, margin=limit), reference="Efron 1979; Field & Welsh 2007; Newcombe 1998, method 10",
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        margin=limit, stages=tuple(_stage(name, e, stages) for name, e in stages.estimates.items()), steps=chain,
        expected=study.expected, synthetic=study.synthetic,
        chunk_labels=timeline.labels, chunk_starts=timeline.starts, chunk_rows=timeline.rows,
        chunk_values=np.array([e.value if e else np.nan for e in known], dtype=np.float64),
        chunk_lower=np.array([e.lower if e else np.nan for e in known], dtype=np.float64),
        chunk_upper=np.array([e.upper if e else np.nan for e in known], dtype=np.float64),
        chunks_by=timeline.by, chunks_are_dates=timeline.are_dates,
    )  # fmt: skip


_STAGE_LABELS: Mapping[str, str] = {
    "train": "train (rows it learned from)", "out_of_fold": "out-of-fold (unseen rows)",
    "test": "test", "production": "production",
}  # fmt: skip


def _stage(name: str, e: Estimate, stages: Stages) -> Stage:
    label = _STAGE_LABELS.get(name, f"test: {name}")
    if name == "train" and stages.drawn is not None:
        label = "train ({:,} of {:,} rows)".format(*stages.drawn)
    return Stage(name=name, label=label, value=e.value, lower=e.lower, upper=e.upper, rows=e.rows, events=e.events)


def _method(study: Study, stages: Stages, *, draws: int, margin: float) -> str:
    parts = [f"Bootstrap by {study.unit_name}, {draws:,} draws, 95 % intervals"]
    if "out_of_fold" in stages.estimates:
        parts[0] += "; train and out-of-fold paired on the same rows, other steps between independent samples"
        how = (
            "answers of all refits pooled"
            if stages.pooled
            else "means over folds, since raw scores of refits share no scale; train → out-of-fold is the mean difference "
            "within folds, so the steps needn't add up"
        )
        parts.append(f"Out-of-fold: {how}")
    else:
        parts[0] += "; steps between independent samples"
        if "train" in stages.estimates and "refit" not in study.model.can:
            parts.append("No out-of-fold stage: the model can't be refitted")
    parts[0] += f"; margin {number(margin)}"
    if study.metric.biased_small:
        parts.append(f"{study.metric.label} is biased upward on few rows; compare it at equal sizes")
    if study.roles.weights and "out_of_fold" in stages.estimates:
        parts.append(weighting(study))
    return ". ".join(parts)
