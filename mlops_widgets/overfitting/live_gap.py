"""What the offline score promised and what production kept, step by step and over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import interval as span
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.verdicts import Verdict, judge
from mlops_widgets.overfitting.stages import (
    Settings,
    Stages,
    Timeline,
    harm_between,
    measure_stages,
    measure_timeline,
)
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
class Step:
    """How much worse the metric got from one stage to the next: `harm` is positive where it got worse."""

    name: str
    before: str
    after: str
    harm: float
    lower: float
    upper: float
    paired: bool


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
        The stations in order, and what was lost between them ("memorised", "offline", "live").
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
    didn't keep. Stages that the study can't give are left out.

    Parameters
    ----------
    study
        Needs a labelled test or production table; more tables, and a model that can be refitted, give more stages.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0. By default 0.03, or 5 % of the test
        score for metrics with units of their own.
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
        the expected score. Intervals are bootstrap intervals by the study's resampling unit (Efron 1979; Field &
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
    if (margin is not None and margin <= 0) or folds < 2 or draws < 100:
        raise InputError(f"margin={margin}, folds={folds}, draws={draws}. Needed: margin above 0, folds ≥ 2, draws ≥ 100.")
    settings = Settings(
        folds=folds, draws=draws, max_fit_rows=max_fit_rows, seed=seed, progress=progress, cancel=cancel
    )
    stages = measure_stages(study, settings)
    timeline = measure_timeline(study, stages, settings)
    chain = _chain(study, stages)
    promised = stages.estimates[stages.offline or next(iter(stages.estimates))].value
    limit = margin or study.metric.default_margin(promised) or 0.02
    findings = (
        _live_finding(study, stages, chain, limit),
        *_offline_finding(study, stages, chain, limit),
        *_timeline_finding(stages, timeline, limit, chain),
        *_expected_finding(study, stages),
    )
    method = (
        f"Bootstrap by {study.unit_name}, {draws:,} draws, 95 % intervals; train and out-of-fold paired on the same rows, "
        f"other steps between independent samples; margin {number(limit)}"
    )
    known = timeline.estimates
    return LiveGapResult(
        findings=findings, rows=sum(e.rows for name, e in stages.estimates.items() if name != "train"), seed=seed,
        method=method, reference="Efron 1979; Field & Welsh 2007; Newcombe 1998, method 10",
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        margin=limit, stages=tuple(_stage(name, e) for name, e in stages.estimates.items()), steps=chain,
        expected=study.expected, synthetic=study.synthetic,
        chunk_labels=timeline.labels, chunk_starts=timeline.starts, chunk_rows=timeline.rows,
        chunk_values=np.array([e.value if e else np.nan for e in known], dtype=np.float64),
        chunk_lower=np.array([e.lower if e else np.nan for e in known], dtype=np.float64),
        chunk_upper=np.array([e.upper if e else np.nan for e in known], dtype=np.float64),
        chunks_by=timeline.by, chunks_are_dates=timeline.are_dates,
    )  # fmt: skip


_STAGE_LABELS: Mapping[str, str] = {
    "train": "train (rows it learned from)", "out_of_fold": "out-of-fold (same rows, unseen)",
    "test": "test", "production": "production",
}  # fmt: skip


def _stage(name: str, e: Estimate) -> Stage:
    return Stage(name=name, label=_STAGE_LABELS.get(name, f"test: {name}"), value=e.value, lower=e.lower, upper=e.upper,
                 rows=e.rows, events=e.events)  # fmt: skip


def _called(name: str) -> str:
    """Return a stage's name inside a sentence."""
    words = {"train": "the rows it learned from", "out_of_fold": "unseen folds", "production": "production",
             "test": "the test"}  # fmt: skip
    return words.get(name, f"the test {name!r}")


def _chain(study: Study, stages: Stages) -> tuple[Step, ...]:
    """Return the steps between neighbouring stages; of several tests the first is on the way."""
    path = [name for name in ("train", "out_of_fold", stages.offline, "production") if name in stages.estimates and name]
    chain = []
    for before, after in zip(path, path[1:], strict=False):
        paired = (before, after) == ("train", "out_of_fold")
        harm = harm_between(study, stages.estimates[before], stages.estimates[after])
        if paired and stages.memorised is not None:
            harm = stages.memorised
        name = {"production": "live", "out_of_fold": "memorised"}.get(after, "offline")
        chain.append(Step(name=name, before=before, after=after, harm=harm.value, lower=harm.lower,
                          upper=harm.upper, paired=paired))  # fmt: skip
    return tuple(chain)


def _find(chain: tuple[Step, ...], name: str, before: tuple[str, ...]) -> Step | None:
    return next((step for step in chain if step.name == name and step.before in before), None)


def _quoted(e: Estimate) -> str:
    return written(e.value, e.lower, e.upper)


def _worse(step: Step | Estimate) -> str:
    """Return the harm in words: ".05 worse [.03, .07]", or better where it is negative."""
    harm = step.harm if isinstance(step, Step) else step.value
    word = "worse" if harm >= 0 else "better"
    lower, upper = (step.lower, step.upper) if harm >= 0 else (-step.upper, -step.lower)
    return f"{written(abs(harm), lower, upper).split(' ')[0]} {word} {span(lower, upper)}".rstrip()


def _against(verdict: Verdict, margin: float, before: Estimate, after: Estimate, names: tuple[str, str]) -> str:
    """Return the verdict in words; where rows are missing, how many and on which side."""
    limit = number(margin)
    if verdict.status == "failed":
        return f"That is beyond the margin of {limit}."
    if verdict.status == "passed":
        return f"That is within the margin of {limit}."
    if verdict.needed is None:
        return f"The interval straddles the margin of {limit}, narrow as it is; more rows will settle it only slowly."
    return f"Too few rows to tell at a margin of {limit}: {_missing_rows(margin, before, after, names)} would do."


def _missing_rows(margin: float, before: Estimate, after: Estimate, names: tuple[str, str]) -> str:
    """Return how many rows make the interval of the difference as narrow as the margin.

    The squares of the half widths add up; the wider side is the one to enlarge, if the other alone is narrow enough.
    """
    half = [(e.upper - e.lower) / 2 for e in (before, after)]
    wide = int(half[1] > half[0])
    rows, other = (before, after)[wide].rows, half[1 - wide]
    if not np.isfinite(half[wide]):
        return "many more rows"
    if other >= margin:
        return f"about {np.hypot(*half) ** 2 / margin**2:.0f} times as many on both sides"
    needed = rows * half[wide] ** 2 / (margin**2 - other**2)
    return f"about {float(f'{needed:.2g}'):,.0f} rows of {names[wide]} (it has {rows:,})"


def _evidence(step: Step, margin: float, verdict: Verdict) -> dict[str, float | int | None]:
    return {"harm": step.harm, "lower": step.lower, "upper": step.upper, "margin": margin, "needed_rows": verdict.needed}


_LIVE_ACTIONS: Mapping[Status, str] = {
    "failed": "Report the production score instead of the test score, and find the chunk where it broke before you retrain.",
    "passed": "Keep measuring: put this comparison on a calendar, with the same margin.",
    "not_enough_data": "Wait for more labels before you promise either number; until then quote both intervals.",
}


def _live_finding(study: Study, stages: Stages, chain: tuple[Step, ...], margin: float) -> Finding:
    step = _find(chain, "live", (stages.offline or "", "out_of_fold"))
    if step is None:
        return _no_live_finding(study, stages)
    before, after = stages.estimates[step.before], stages.estimates[step.after]
    verdict = judge(step.lower, step.upper, margin=margin, n=after.rows, estimate=step.harm)
    claim = (
        f"{study.metric.label} was {_quoted(before)} on {_called(step.before)} and {_quoted(after)} in production: "
        f"{_worse(step)}. {_against(verdict, margin, before, after, (_called(step.before), 'production'))}"
    )
    cost, unit = _cost(study, stages, step)
    return Finding(code="OV-LG-01", status=verdict.status, claim=claim, action=_LIVE_ACTIONS[verdict.status], cost=cost,
                   cost_unit=unit, evidence=_evidence(step, margin, verdict))  # fmt: skip


def _cost(study: Study, stages: Stages, step: Step) -> tuple[float, str]:
    """Return what the gap costs: in the user's values over production's rows where these are known, else the harm."""
    if study.values is None or study.test is None or stages.later is None:
        return max(step.harm, 0.0), study.metric.label
    test = float(np.nanmean(study.row_values(study.test)))
    live = float(np.nanmean(study.row_values(stages.later.table)))
    return max(test - live, 0.0) * stages.later.n, "value over production's rows"


def _no_live_finding(study: Study, stages: Stages) -> Finding:
    missing = "labelled production rows" if stages.later is None else "offline score to compare with"
    order = ("production", stages.offline, "out_of_fold", "train")
    name = next(name for name in order if name in stages.estimates and name)
    claim = (
        f"{study.metric.label} is {_quoted(stages.estimates[name])} on {_called(name)}; what production keeps of it "
        f"can't be measured: no {missing}."
    )
    action = (
        "Pass later rows with their outcome as production=, or data= with split= and time=."
        if stages.later is None
        else "Pass the rows that the offline score was measured on as test=."
    )
    return Finding(code="OV-LG-01", status="not_applicable", claim=claim, action=action)


_OFFLINE_ACTIONS: Mapping[Status, str] = {
    "warning": "Find out why the test is easier than cross-validation: leaks, picked rows, or many looks at it.",
    "failed": "Find out what changed between the training rows and the test: time, source, or a tuning choice.",
    "passed": "Quote the cross-validated score; the test confirms it.",
    "not_enough_data": "Quote the cross-validated score with its interval; this test is too small to confirm it.",
}


def _offline_finding(study: Study, stages: Stages, chain: tuple[Step, ...], margin: float) -> list[Finding]:
    step = _find(chain, "offline", ("out_of_fold",))
    if step is None:
        return []
    before, after = stages.estimates[step.before], stages.estimates[step.after]
    verdict = judge(step.lower, step.upper, margin=margin, n=after.rows, estimate=step.harm)
    flatters = judge(-step.upper, -step.lower, margin=margin, n=after.rows).status == "failed"
    status: Status = "warning" if flatters else verdict.status
    claim = f"Cross-validation says {_quoted(before)}, {_called(step.after)} {_quoted(after)}: {_worse(step)}. " + (
        f"The test flatters the model by more than the margin of {number(margin)}."
        if flatters
        else _against(verdict, margin, before, after, ("the training table", _called(step.after)))
    )
    cost = max(-step.harm if flatters else step.harm, 0.0)
    return [Finding(code="OV-LG-02", status=status, claim=claim, action=_OFFLINE_ACTIONS[status], cost=cost,
                    cost_unit=study.metric.label, evidence=_evidence(step, margin, verdict))]  # fmt: skip


def _timeline_finding(stages: Stages, timeline: Timeline, margin: float, chain: tuple[Step, ...]) -> list[Finding]:
    """Judge every chunk at once: failed if one lies beyond the margin; else as production as a whole, and say its power."""
    harms, live = timeline.harms, _find(chain, "live", (stages.offline or "",))
    if len(harms) < 2 or stages.offline is None or live is None:
        return []
    beyond = sum(h.lower > margin for h in harms)
    whole = judge(live.lower, live.upper, margin=margin, n=1).status
    status: Status = "failed" if beyond else "passed" if whole == "passed" else "not_enough_data"
    measured = [label for label, e in zip(timeline.labels, timeline.estimates, strict=True) if e is not None]
    worst = int(np.argmax([h.value for h in harms]))
    visible = float(np.median([(h.upper - h.lower) / 2 for h in harms])) + margin
    kind = timeline.by if timeline.by != "rows" else "stretch of rows"
    counted = f"{beyond} of {len(harms)} chunks of production (by {kind})"
    claim = (
        f"{counted} fall more than {number(margin)} below {_called(stages.offline)}; the worst, {measured[worst]}, is "
        f"{_worse(harms[worst])}."
        if beyond
        else f"{counted} are shown to fall more than {number(margin)} below {_called(stages.offline)}; one would have to "
        f"lose about {number(visible)} to be seen. The worst, {measured[worst]}, is {_worse(harms[worst])}."
    )
    evidence = {"chunks": len(harms), "beyond_margin": beyond, "worst_harm": harms[worst].value, "visible_harm": visible,
                "worst_lower": harms[worst].lower, "worst_upper": harms[worst].upper, "margin": margin}  # fmt: skip
    return [Finding(code="OV-LG-03", status=status, claim=claim, action=_timeline_action(status, measured[worst]),
                    cost=max(harms[worst].lower, 0.0), evidence=evidence)]  # fmt: skip


def _timeline_action(status: Status, worst: str) -> str:
    if status == "failed":
        return f"Look at {worst} first: what changed in the data, the label or the decisions then?"
    if status == "passed":
        return "Nothing to do; look again when the next chunk is complete."
    return "Use longer chunks or wait: single chunks are too small to judge at this margin."


def _expected_finding(study: Study, stages: Stages) -> list[Finding]:
    """Reproduce the score that the user expects on the test, to the decimals in which they stated it."""
    if study.expected is None or stages.offline is None:
        return []
    found = stages.estimates[stages.offline].value
    decimals = len(repr(float(study.expected)).partition(".")[2])
    same = abs(found - study.expected) <= 0.5 * 10.0**-decimals + 1e-12
    train = stages.estimates.get("train")
    memorised = train is not None and not same and train.lower <= study.expected <= train.upper
    digits = max(decimals, 2)
    claim = f"You expect {study.metric.label} {number(study.expected, digits=digits)}; on {_called(stages.offline)} the " + (
        f"model scores {number(found, digits=digits)}"
        + (": reproduced." if same else " (what you expect is its score on the rows it learned from)." if memorised else ".")
    )
    action = "" if same else "Settle this first: compare rows, label and metric with those behind the number you expect."
    return [Finding(code="OV-LG-04", status="passed" if same else "failed", claim=claim, action=action,
                    cost=0.0 if same else float(np.maximum(study.metric.harm(study.expected, found), 0)),
                    cost_unit=study.metric.label, evidence={"expected": study.expected, "found": found})]  # fmt: skip
