"""The metric at the stations of a model's life: train, out-of-fold, tests, production."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, check_cancel, part, steps
from mlops_widgets.errors import InputError, MissingInputError, ModelError
from mlops_widgets.measures.folds.fold_means import FoldOutput, paired_mean, unit_mean
from mlops_widgets.measures.intervals import Estimate, estimate_of, harm, paired_difference
from mlops_widgets.measures.resampling import Resampler, whole_units
from mlops_widgets.study.scoring import no_value, resampler_of, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How stages are measured: folds, draws, most rows to refit on, seed, and the caller's callbacks."""

    folds: int
    draws: int
    max_fit_rows: int
    seed: int
    progress: Progress | None = None
    cancel: Cancel | None = None


@dataclass(frozen=True, kw_only=True)
class Stages:
    """What could be measured.

    Parameters
    ----------
    estimates
        "train", "out_of_fold", each test's name, "production" → the metric there, in the order of the model's life.
    memorised
        How much worse out-of-fold is than train, paired on identical rows; None without both.
    later
        The labelled rows of production, or None.
    first
        The labelled rows of the first test, or else of production.
    problems
        Why a stage has no estimate: its name → the missing input.
    refit_error
        What a refit raised, so that there is no out-of-fold stage; else None.
    folds
        How many the out-of-fold stage has.
    pooled
        Whether out-of-fold is one score of all unseen rows; else the mean over folds of raw scores without a common
        scale, whose paired difference from train isn't the difference of the two stages.
    drawn
        How many rows of how many the reference stages rest on, where these were sampled; else None.
    """

    estimates: Mapping[str, Estimate]
    memorised: Estimate | None
    later: Measured | None
    first: Measured
    problems: Mapping[str, MissingInputError]
    refit_error: ModelError | None
    folds: int
    pooled: bool
    drawn: tuple[int, int] | None

    @property
    def offline(self) -> str | None:
        """The first test's name, or None."""
        return next((name for name in self.estimates if name not in {"train", "out_of_fold", "production"}), None)

    @property
    def promise(self) -> str:
        """The stage whose score one would quote: the first test, else unseen folds, else what there is."""
        order = (self.offline, "out_of_fold", "production", "train")
        return next(name for name in order if name is not None and name in self.estimates)


def measure_stages(study: Study, settings: Settings) -> Stages:
    """Return the metric at every stage that the study can give.

    Raises
    ------
    MissingInputError
        If neither a test nor production has labels.
    """
    measured, problems = _labelled_tables(study)
    learned = _learned(study, settings)
    estimates = dict(learned.estimates)
    for name, rows in measured.items():
        check_cancel(settings.cancel)
        estimates[name] = estimate_rows(study, rows, settings)
    later = measured.get("production")
    first = next(iter(measured.values()))
    return Stages(
        estimates=estimates, memorised=learned.memorised, later=later, first=first, problems={**learned.problems, **problems},
        refit_error=learned.refit_error, folds=settings.folds, pooled=_one_scale(study), drawn=_drawn(study, settings),
    )  # fmt: skip


def _labelled_tables(study: Study) -> tuple[dict[str, Measured], dict[str, MissingInputError]]:
    found: dict[str, Measured] = {}
    problems: dict[str, MissingInputError] = {}
    for name, table in {**study.tests, "production": study.production}.items():
        if table is None:
            continue
        try:
            found[name] = _measurable(study, table)
        except MissingInputError as error:
            problems[name] = error
    if not found:
        raise next(iter(problems.values()), MissingInputError("test table", "Pass test= or production= with labels."))
    return found, problems


def _measurable(study: Study, table: Table) -> Measured:
    """Return the labelled rows; where the metric has no value on them, such as ROC AUC on one class, say so."""
    rows = study.measure(table)
    try:
        rows.metric(rows.y, rows.output, weights_of(study, rows))
    except InputError as error:
        raise no_value(study, f"in {table.name}") from error
    return rows


def resampler(study: Study, units: Integers, settings: Settings, *, extra: int = 0) -> Resampler:
    """Return the study's resampler for rows of these units; `extra` gives independent draws."""
    return resampler_of(study, units, draws=settings.draws, seed=settings.seed + extra)


def estimate_rows(study: Study, rows: Measured, settings: Settings, *, level: float = 0.95) -> Estimate:
    """Return the metric on these rows with its interval, by the study's resampling unit."""
    return estimates_of(study, rows, settings, (level,))[0]


def estimates_of(study: Study, rows: Measured, settings: Settings, levels: tuple[float, ...]) -> list[Estimate]:
    """Return the metric on these rows with its interval at each level, all from the same draws."""
    scored, weights = (rows.metric, rows.y, rows.output), weights_of(study, rows)
    drawing = resampler(study, rows.units, settings)
    draws = drawing.draws({"it": scored}, sample_weights=weights, cancel=settings.cancel)["it"]
    return [estimate_of(scored, draws, drawing, level=level, sample_weights=weights) for level in levels]


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """The stages of the reference; the fields are those of `Stages`."""

    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    memorised: Estimate | None = None
    problems: Mapping[str, MissingInputError] = field(default_factory=dict)
    refit_error: ModelError | None = None


def _learned(study: Study, settings: Settings) -> _Learned:
    if study.reference is None:
        return _Learned()
    try:
        train = _measurable(study, sample_units(study, study.reference, settings))
    except MissingInputError as error:
        return _Learned(problems={"train": error})
    if "refit" not in study.model.can:
        return _Learned(estimates={"train": estimate_rows(study, train, settings)})
    try:
        unseen = _out_of_fold(study, train, settings)
    except ModelError as error:  # the other stages need no refit
        return _Learned(estimates={"train": estimate_rows(study, train, settings)}, refit_error=error)
    return (_pooled if _one_scale(study) else _averaged)(study, train, unseen, settings)


def sample_units(study: Study, table: Table, settings: Settings) -> Table:
    """Return at most `settings.max_fit_rows` rows of `table`: whole units drawn at random, in the original order."""
    if table.rows <= settings.max_fit_rows:
        return table
    return table.take(whole_units(study.units(table), settings.max_fit_rows, np.random.default_rng(settings.seed)))


def _drawn(study: Study, settings: Settings) -> tuple[int, int] | None:
    if study.reference is None or study.reference.rows <= settings.max_fit_rows:
        return None
    return sample_units(study, study.reference, settings).rows, study.reference.rows


def _one_scale(study: Study) -> bool:
    """Say whether answers of different refits can be ranked together: all can but raw decision scores."""
    return study.metric.needs != "scores" or "probabilities" in study.model.can


def _out_of_fold(study: Study, train: Measured, settings: Settings) -> list[FoldOutput]:
    """Return what is said of every row by a refit that didn't learn from it."""
    fold = _folds(study, train, settings)
    folds = []
    for index in steps(range(settings.folds), "refit", part(settings.progress, 0.0, 0.9), settings.cancel):
        inside = np.flatnonzero(fold == index)
        refitted = study.learner.refit(train.table.take(train.rows[fold != index]))
        rows = train.take(inside)
        answers = study.output(train.table.take(rows.rows), train.metric, refitted)
        folds.append(FoldOutput(inside, rows.y, answers, weights_of(study, rows), train.n - rows.n))
    return folds


def _pooled(study: Study, train: Measured, unseen: list[FoldOutput], settings: Settings) -> _Learned:
    """Return the metric on all rows by each of the two answers, and how much worse the unseen ones are, paired."""
    metric, weights = train.metric, weights_of(study, train)
    output = np.empty(train.output.shape)
    for each in unseen:
        output[each.rows] = each.output
    scored = {"train": (metric, train.y, train.output), "out_of_fold": (metric, train.y, output)}
    drawing = resampler(study, train.units, settings)
    draws = drawing.draws(scored, sample_weights=weights, cancel=settings.cancel)
    found = {"train": estimate_of(scored["train"], draws["train"], drawing, sample_weights=weights)}
    try:
        found["out_of_fold"] = estimate_of(scored["out_of_fold"], draws["out_of_fold"], drawing, sample_weights=weights)
    except InputError:  # no value there, such as precision where no refit calls a row positive
        return _Learned(estimates=found, problems={"out_of_fold": no_value(study, "on unseen folds")})
    a, b = ("train", "out_of_fold") if metric.greater_is_better else ("out_of_fold", "train")
    lost = paired_difference(metric, found[a], found[b], draws[a], draws[b])
    return _Learned(estimates=found, memorised=lost)


def _averaged(study: Study, train: Measured, unseen: list[FoldOutput], settings: Settings) -> _Learned:
    """Return train on all rows, out-of-fold as the mean over folds, and the mean difference within folds.

    Raw scores of different refits share no scale: such a metric is computed within folds, never across. Units are
    drawn for all folds at once: within folds of one or two entities they would hardly vary.
    """
    metric, seed, cancel = train.metric, settings.seed + 1, settings.cancel
    found = {"train": estimate_rows(study, train, settings)}
    seen = [replace(each, output=train.output[each.rows]) for each in unseen]
    ahead, behind = (seen, unseen) if metric.greater_is_better else (unseen, seen)
    paired = paired_mean(metric, ahead, behind, train.units, seed=seed, draws=settings.draws, cancel=cancel)
    if paired is None:
        return _Learned(estimates=found, problems={"out_of_fold": no_value(study, "on unseen folds")})
    found["out_of_fold"] = unit_mean(metric, unseen, train.units, seed=seed, draws=settings.draws, cancel=cancel)
    return _Learned(estimates=found, memorised=paired[0])


def _folds(study: Study, train: Measured, settings: Settings) -> Integers:
    """Deal whole units to folds at random, units of equal mean label in turn, so that folds are alike."""
    if settings.folds > len(np.unique(train.units)):
        raise InputError(f"folds={settings.folds}, but the reference has {len(np.unique(train.units))} {study.unit}s.")
    rng = np.random.default_rng(settings.seed)
    count = int(train.units.max()) + 1
    label = np.bincount(train.units, weights=train.y, minlength=count) / np.bincount(train.units, minlength=count)
    order = np.lexsort((rng.random(count), label))
    fold = np.empty(count, dtype=np.int64)
    fold[order] = np.arange(count) % settings.folds
    return fold[train.units]


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


def chain_of(study: Study, stages: Stages) -> tuple[Step, ...]:
    """Return the steps between neighbouring stages; of several tests the first is on the way."""
    path = [
        name for name in ("train", "out_of_fold", stages.offline, "production") if name in stages.estimates and name
    ]
    chain = []
    for before, after in pairwise(path):
        paired = (before, after) == ("train", "out_of_fold")
        lost = harm(study.metric, stages.estimates[before], stages.estimates[after])
        if paired and stages.memorised is not None:
            lost = stages.memorised
        name = {"production": "live", "out_of_fold": "memorised"}.get(after, "offline")
        chain.append(Step(name=name, before=before, after=after, harm=lost.value, lower=lost.lower,
                          upper=lost.upper, paired=paired))  # fmt: skip
    return tuple(chain)
