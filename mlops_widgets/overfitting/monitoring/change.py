"""Why the metric changed between test and production: other rows, another world, where, and whether to retrain."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.change import Change, Part, Split
from mlops_widgets.measures.drift.shares import l_infinity, largest_cumulative
from mlops_widgets.measures.importance import effective_rows, unsupported_share
from mlops_widgets.overfitting.monitoring.change_findings import Explained, Overlap, find, suggest
from mlops_widgets.overfitting.monitoring.change_pair import STRATA, Pair, pair_of, sample_of
from mlops_widgets.overfitting.monitoring.change_segments import find_segments
from mlops_widgets.overfitting.monitoring.retraining import try_retraining
from mlops_widgets.study.over_time.stages import Settings
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_MOST_COLUMNS = 12


@dataclass(frozen=True, kw_only=True)
class ColumnPart:
    """What the change of one column's mix alone does to the metric (positive: worse), others moving along with it.

    `distance` is how far its shares moved, `distance_left` how far they still are once the test is reweighted.
    """

    column: str
    harm: float
    lower: float
    upper: float
    distance: float
    distance_left: float


@dataclass(frozen=True, kw_only=True)
class SegmentPart:
    """A slice of production whose loss rose more than that of other rows, the mix held fixed; `confirmed` on other rows."""

    rule: str
    rows: int
    rise: float
    lower: float
    upper: float
    p_value: float
    confirmed: bool


@dataclass(frozen=True, kw_only=True)
class RefitGain:
    """What a refit gains on the later half of production.

    It learned from "recent" rows, from "all" up to the middle of production, or, as a control, from as many "older" rows
    as there are recent ones.
    """

    name: str
    rows: int
    gain: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class ChangeResult(Result):
    """The change of a metric from test to production, split into what other rows explain and the remainder.

    Parameters
    ----------
    metric_label, greater_is_better, margin
        The study's metric, and the largest loss that doesn't matter.
    before, reweighted, after
        The metric on the test, on the test in production's mix, and in production.
    total, covariate, remainder
        How much worse it got, and the two parts that add up to it: (value, lower, upper).
    columns
        What each column's mix alone does, the largest harm first.
    segments, loss
        Slices with the largest remainder, and the loss that they were compared by.
    refits
        What refits gain, the control last.
    effective_rows, unsupported, distance_left
        How many equally weighted test rows carry as much as the reweighted ones; the share of production where the test
        has hardly a row; the largest distance of a column's shares that reweighting leaves.
    told
        Whether overlap is good enough to tell the two parts apart.
    suggestion, reason
        What to do about the model: "keep", "retrain_recent", "retrain_all", "collect" or "wait"; and why.
    synthetic
        Whether the data were made up.
    """

    metric_label: str
    greater_is_better: bool
    margin: float
    before: float
    reweighted: float
    after: float
    total: Part
    covariate: Part
    remainder: Part
    columns: tuple[ColumnPart, ...]
    segments: tuple[SegmentPart, ...]
    loss: str
    refits: tuple[RefitGain, ...]
    effective_rows: float
    unsupported: float
    distance_left: float
    told: bool
    suggestion: str
    reason: str
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a part: the total, covariate part and remainder, each column, segment and refit."""
        import pandas as pd

        parts = {"total": self.total, "covariate": self.covariate, "remainder": self.remainder}
        rows = [("part", name, p.value, p.lower, p.upper) for name, p in parts.items()]
        rows += [("column", c.column, c.harm, c.lower, c.upper) for c in self.columns]
        rows += [("segment", s.rule, s.rise, s.lower, s.upper) for s in self.segments]
        rows += [("refit gain", g.name, g.gain, g.lower, g.upper) for g in self.refits]
        return pd.DataFrame(rows, columns=["kind", "name", "value", "lower", "upper"])


@strategy("OV-EX")
def explain_change(
    study: Study,
    *,
    margin: float | None = None,
    max_rows: int = 20_000,
    draws: int = 200,
    retrain: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ChangeResult:
    """Find out why the metric changed from test to production, and whether retraining would help.

    Parameters
    ----------
    study
        Needs a labelled test and a labelled production with the columns that the model takes.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0; by default the study's.
    max_rows
        Most rows of either table; more are sampled by unit. 100 or more.
    draws
        Bootstrap draws, 100 or more.
    retrain
        Whether to try refits, where the model can be refitted.
    seed
        Seed of samples, folds, halves and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ChangeResult or NoResult
        Findings: OV-EX-01 the change and its parts, OV-EX-02 whether test and production overlap enough to tell these
        apart, OV-EX-03 single columns, OV-EX-04 the worst segment of the remainder, OV-EX-05 whether to retrain.
        The remainder is concept drift only as far as the columns hold all that matters: what no column holds is in it.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.explain_change(mw.sample("census"), max_rows=2000, draws=100, retrain=False)
    >>> result.told, abs(result.covariate.value + result.remainder.value - result.total.value) < 1e-12
    (True, True)
    """
    check_margin(margin)
    check_counts(max_rows=(max_rows, 100), draws=(draws, 100), seed=(seed, 0))
    settings = Settings(folds=2, draws=draws, max_fit_rows=max_rows, seed=seed, cancel=cancel)
    say = progress or (lambda _share, _text: None)
    pair = pair_of(study, settings, cancel=cancel)
    say(0.3, "test and production told apart")
    change = Change(study.metric, sample_of(study, pair.before), sample_of(study, pair.after), draws=draws, seed=seed)
    try:
        split = change.split(*pair.strata, cancel=cancel)
    except InputError as error:
        raise MissingInputError(
            "test rows like those of production", f"{error} Pass a test that overlaps with production."
        ) from error
    overlap, columns = _overlap(pair, split), _columns(study, pair, split, change, cancel)
    say(0.6, "columns")
    segments = find_segments(study, pair, split.weights, seed=seed)
    check_cancel(cancel)
    say(0.7, "segments")
    retraining = try_retraining(study, settings) if retrain else None
    say(1.0, "refits")
    limit = study.accepted_loss(split.before, margin)
    explained = Explained(
        study=study, margin=limit, split=split, overlap=overlap, columns=columns, segments=segments, retraining=retraining,
        rows=(pair.before.n, pair.after.n),
    )  # fmt: skip
    return _result(explained, draws=draws, seed=seed)


def _distances(pair: Pair, weights: Floats) -> Floats:
    """Return how far each column's shares in production lie from those of the test under these weights, (columns,)."""
    found = []
    for index, column in enumerate(pair.columns):
        size = column.cells.count + 2
        one = np.bincount(pair.cells[0][:, index], weights=weights, minlength=size)
        other = np.bincount(pair.cells[1][:, index], weights=pair.after.weights, minlength=size)
        distance = largest_cumulative if column.cells.ordered else l_infinity
        found.append(float(distance(one / one.sum(), other / other.sum())))
    return np.array(found)


def _overlap(pair: Pair, split: Split) -> Overlap:
    unsupported = unsupported_share(pair.scores[0], pair.scores[1])
    return Overlap(
        effective_rows=effective_rows(split.weights), unsupported=max(split.unsupported, unsupported),
        distances=_distances(pair, pair.before.weights), left=_distances(pair, split.weights), rows=pair.before.n,
        later=pair.after.n,
    )  # fmt: skip


def _columns(
    study: Study, pair: Pair, split: Split, change: Change, cancel: Cancel | None
) -> tuple[tuple[str, Part, float, float], ...]:
    """Return what each of the columns that moved most does by its own mix, the largest harm first."""
    moved, left = _distances(pair, pair.before.weights), _distances(pair, split.weights)
    found = []
    for index in np.argsort(-moved, kind="stable")[: 3 if study.metric.slow else _MOST_COLUMNS]:
        try:
            alone = change.split(pair.cells[0][:, index], pair.cells[1][:, index], cancel=cancel)
        except InputError:  # no value in that column's mix
            continue
        found.append((pair.columns[index].name, alone.mix, float(moved[index]), float(left[index])))
    return tuple(sorted(found, key=lambda each: -each[1].value))


def _result(e: Explained, *, draws: int, seed: int) -> ChangeResult:
    suggestion, reason = suggest(e)
    study, split = e.study, e.split
    retraining = e.retraining
    older = () if retraining is None or retraining.older is None else (retraining.older,)
    refits = () if retraining is None else (*retraining.tried, *older)
    return ChangeResult(
        findings=find(e), rows=sum(e.rows), seed=seed, method=_method(e, draws),
        reference="Zhang et al. 2023 (arXiv 2210.10769); Rosenbaum & Rubin 1984; Holt & Smith 1979; Holm 1979",
        metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better, margin=e.margin,
        before=split.before, reweighted=split.mixed, after=split.after, total=split.total, covariate=split.mix,
        remainder=split.remainder,
        columns=tuple(
            ColumnPart(column=name, harm=part.value, lower=part.lower, upper=part.upper, distance=moved, distance_left=left)
            for name, part, moved, left in e.columns
        ),
        segments=tuple(SegmentPart(**vars(each), confirmed=each.p_value < 0.05) for each in e.segments.found),
        loss=e.segments.loss,
        refits=tuple(
            RefitGain(name=each.name, rows=each.rows, gain=each.gain.value, lower=each.gain.lower, upper=each.gain.upper)
            for each in refits
        ),
        effective_rows=e.overlap.effective_rows, unsupported=e.overlap.unsupported,
        distance_left=float(e.overlap.left.max()), told=e.overlap.told, suggestion=suggestion, reason=reason,
        synthetic=study.synthetic,
    )  # fmt: skip


def _method(e: Explained, draws: int) -> str:
    by_strata = (
        f"Test reweighted to production by {STRATA} strata of a propensity score (boosted trees, "
        f"logistic regression or their mean, by log loss, cross-fitted by {e.study.unit_name}); 95 % intervals from {draws:,} bootstrap draws of either table by unit that "
        "redraw the strata's shares but not the strata"
    )
    parts = (
        by_strata,
        "columns by post-stratification on their own cells, one at a time",
        "segments searched on one half of the units, confirmed on the other",
        "refits learn up to the middle of production and are tested after it; where one gains, as many older rows are the control",
    )
    return "; ".join(parts)
