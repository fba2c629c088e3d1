"""The metric at the stations of a model's life: train, out-of-fold, tests, production, and production over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, check_cancel, part, steps
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.fold_means import FoldOutput, paired_mean, unit_mean
from mlops_widgets.measures.intervals import Estimate, estimate_of, harm
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_EVENTS, FEWEST_UNITS = 10, 5
"""A chunk with fewer rows, or units, that decide the metric gets no score: its interval would span most of the range."""
_MOST_CHUNKS = (26, 13, 6, 3)


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
        Why a table has no estimate: its name → the missing input.
    """

    estimates: Mapping[str, Estimate]
    memorised: Estimate | None
    later: Measured | None
    first: Measured
    problems: Mapping[str, MissingInputError]

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
    learned, memorised = _learned(study, settings)
    estimates = dict(learned)
    for name, rows in measured.items():
        check_cancel(settings.cancel)
        estimates[name] = estimate_rows(study, rows, settings)
    later = measured.get("production")
    first = next(iter(measured.values()))
    return Stages(estimates=estimates, memorised=memorised, later=later, first=first, problems=problems)


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
        rows.metric(rows.y, rows.output, _weights(study, rows))
    except InputError as error:
        # in our words: those of the user's own metric may quote a cell, and this becomes a finding
        raise MissingInputError(
            f"{study.metric.label} in {table.name}",
            f"There, {study.metric.undefined}. Pass more rows there, or another metric=.",
        ) from error
    return rows


def resampler(study: Study, units: Integers, settings: Settings, *, extra: int = 0) -> Resampler:
    """Return the study's resampler for rows of these units; `extra` gives independent draws."""
    return Resampler(None if study.unit == "row" else units, draws=settings.draws, seed=settings.seed + extra)


def _weights(study: Study, rows: Measured) -> Floats | None:
    return None if study.roles.weights is None else rows.weights


def estimate_rows(study: Study, rows: Measured, settings: Settings, *, level: float = 0.95) -> Estimate:
    """Return the metric on these rows with its interval, by the study's resampling unit."""
    return _estimates(study, rows, settings, (level,))[0]


def _estimates(study: Study, rows: Measured, settings: Settings, levels: tuple[float, ...]) -> list[Estimate]:
    """Return the metric on these rows with its interval at each level, all from the same draws."""
    scored, weights = (rows.metric, rows.y, rows.output), _weights(study, rows)
    drawing = resampler(study, rows.units, settings)
    draws = drawing.draws({"it": scored}, sample_weights=weights, cancel=settings.cancel)["it"]
    return [estimate_of(scored, draws, drawing, level=level, sample_weights=weights) for level in levels]


def _learned(study: Study, settings: Settings) -> tuple[dict[str, Estimate], Estimate | None]:
    if study.reference is None:
        return {}, None
    try:
        train = _measurable(study, sample_units(study, study.reference, settings))
    except MissingInputError:
        return {}, None
    if "refit" not in study.model.can:
        return {"train": estimate_rows(study, train, settings)}, None
    return _out_of_fold(study, train, settings)


def sample_units(study: Study, table: Table, settings: Settings) -> Table:
    """Return at most `settings.max_fit_rows` rows of `table`: whole units drawn at random, in the original order."""
    if table.rows <= settings.max_fit_rows:
        return table
    units = study.units(table)
    drawn = np.random.default_rng(settings.seed).permutation(int(units.max()) + 1)
    fits = np.cumsum(np.bincount(units)[drawn]) <= settings.max_fit_rows
    fits[0] = True  # one unit larger than that is taken all the same
    return table.take(np.flatnonzero(np.isin(units, drawn[fits])))


def _out_of_fold(study: Study, train: Measured, settings: Settings) -> tuple[dict[str, Estimate], Estimate | None]:
    """Score each fold's rows by the fitted model (which saw them) and by a refit (which didn't); average over folds.

    Scores of different refits share no scale, so a metric is computed within folds, never across.
    """
    fold = _folds(study, train, settings)
    seen, unseen = [], []
    for index in steps(range(settings.folds), "refit", part(settings.progress, 0.0, 0.9), settings.cancel):
        inside = np.flatnonzero(fold == index)
        refitted = study.learner.refit(train.table.take(train.rows[fold != index]))
        rows = train.take(fold == index)
        answers = study.output(train.table.take(rows.rows), train.metric, refitted)
        weights, learned = _weights(study, rows), train.n - rows.n
        seen.append(FoldOutput(inside, rows.y, rows.output, weights, learned))
        unseen.append(FoldOutput(inside, rows.y, answers, weights, learned))
    return _average(train, seen, unseen, settings)


def _average(
    train: Measured, seen: list[FoldOutput], unseen: list[FoldOutput], settings: Settings
) -> tuple[dict[str, Estimate], Estimate | None]:
    """Return the mean over folds with seen and with unseen rows, and how much worse the latter is.

    Units are drawn for all folds at once: within folds of one or two entities they would hardly vary.
    """
    metric, seed, cancel = train.metric, settings.seed + 1, settings.cancel
    ahead, behind = (seen, unseen) if metric.greater_is_better else (unseen, seen)
    found = paired_mean(metric, ahead, behind, train.units, seed=seed, draws=settings.draws, cancel=cancel)
    if found is None:
        return {}, None
    both = {"train": seen, "out_of_fold": unseen}
    return {
        name: unit_mean(metric, folds, train.units, seed=seed, draws=settings.draws, cancel=cancel)
        for name, folds in both.items()
    }, found[0]


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


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Production chunk by chunk.

    Parameters
    ----------
    labels, starts, rows, by, are_dates
        The chunks, in order; see `Chunks`.
    estimates
        The metric in each with its 95 % interval; None where a chunk has too few events.
    harms
        How much worse each measured chunk is than the promise, with intervals that hold for all chunks at once
        (Bonferroni); empty without a promise.
    """

    labels: tuple[str, ...] = ()
    starts: Floats
    rows: Integers
    by: str = "rows"
    are_dates: bool = False
    estimates: tuple[Estimate | None, ...] = ()
    harms: tuple[Estimate, ...] = ()


def measure_timeline(study: Study, stages: Stages, settings: Settings) -> Timeline:
    """Return production along time against the first test's score."""
    later = stages.later
    if later is None:
        return Timeline(starts=np.empty(0), rows=np.empty(0, dtype=np.int64))
    chunks, cut, large = _chunks(study, later)
    enough = [rows for rows, is_large in zip(cut, large, strict=True) if is_large]
    level = 1 - 0.05 / max(len(enough), 1)
    promise = None if stages.offline is None else estimate_rows(study, stages.first, settings, level=level)
    estimates: list[Estimate | None] = []
    harms: list[Estimate] = []
    progress = part(settings.progress, 0.9, 1.0)
    for rows, is_large in zip(steps(cut, "chunk", progress, settings.cancel), large, strict=True):
        alone, among = _estimates(study, rows, settings, (0.95, level)) if is_large else (None, None)
        estimates.append(alone)
        if promise is not None and among is not None:
            harms.append(harm(study.metric, promise, among))
    return Timeline(
        labels=chunks.labels, starts=chunks.starts, by=chunks.by, are_dates=chunks.are_dates, harms=tuple(harms),
        rows=np.array([rows.n for rows in cut], dtype=np.int64), estimates=tuple(estimates),
    )  # fmt: skip


def _chunks(study: Study, later: Measured) -> tuple[Chunks, list[Measured], list[bool]]:
    """Return the finest chunks of which most are large enough, else the coarsest; their rows; and which are.

    A day is one unit where days are resampled: such a production is cut into weeks or months.
    """
    for most in _MOST_CHUNKS:
        chunks = study.chunks(later.table, most=most)
        of_row = chunks.of_row[later.rows]
        cut = [later.take(of_row == index) for index in range(len(chunks.labels))]
        large = [_enough(study, rows) for rows in cut]
        if 2 * sum(large) >= sum(rows.n > 0 for rows in cut):
            break
    return chunks, cut, large


def _enough(study: Study, rows: Measured) -> bool:
    if rows.n == 0:
        return False
    try:
        rows.metric(rows.y, rows.output, _weights(study, rows))
    except InputError:  # the metric has no value there: one class only
        return False
    deciding = rows.metric.events(rows.y, rows.output)
    return int(deciding.sum()) >= FEWEST_EVENTS and len(np.unique(rows.units[deciding])) >= FEWEST_UNITS
