"""Refit before every chunk, score on every later one: the losses and readings that all policies are looked up in."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.lifecycle.retraining.chunk_means import Groups, groups_of, means_of
from mlops_widgets.lifecycle.retraining.column_drift import ColumnDrift, measure_drift
from mlops_widgets.lifecycle.retraining.row_losses import (
    Answers,
    RowLoss,
    answers_of,
    expected_losses,
    losses_of,
    residuals_of,
)
from mlops_widgets.lifecycle.retraining.signals import (
    FALSE_ALARM_SHARE,
    NEEDS_LABELS,
    limit_of_off,
    misses_its_own_rows,
    off,
    reach_of,
    rising,
)
from mlops_widgets.lifecycle.retraining.windows import Window, rows_to_fit
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How refits are made.

    Parameters
    ----------
    seeds
        Refits of each model, each with another seed.
    max_fit_rows
        Most rows of a refit.
    signals
        Names of the signals that are read.
    seed
        Of halves, samples and draws.
    max_fits
        Most models of a window; where there are more chunks, only every second one, or fewer, is refitted.
    budget_seconds, clock
        Seconds that stretch these steps further; None without a limit.
    progress, cancel
        The caller's callbacks.
    """

    seeds: int
    max_fit_rows: int
    signals: tuple[str, ...]
    seed: int
    max_fits: int = 48
    budget_seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    progress: Progress | None = None
    cancel: Cancel | None = None

    @property
    def share(self) -> float:
        """Share of timelines without change in which each signal may alarm."""
        return FALSE_ALARM_SHARE / max(len(self.signals), 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """The rows of the timeline that has its labels.

    Parameters
    ----------
    rows
        Their positions in the stream, (n,), in the order of time.
    begin
        (T + 1,) where each chunk's rows begin.
    usable
        Weight of each row with a label, (n,); 0 without.
    shown
        Weight of each row, (n,).
    half
        Which half of its chunk each row is in, 0 or 1, (n,).
    groups
        Rows that vary together.
    """

    rows: Integers
    begin: Integers
    usable: Floats
    shown: Floats
    half: Integers
    groups: Groups


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulated:
    """The losses of one window, and what was met on the way.

    Parameters
    ----------
    grid
        Losses and signals.
    fits
        Refits made.
    seeds
        Seeds used: 1 where another seed gives the same model.
    left_out
        Signal → why it isn't read.
    stride
        Every how many chunks a model was refitted; it stands in for the models of the chunks until the next.
    hurried
        Whether the budget, not the most fits, made it so many.
    learned_rows
        Rows of the first model.
    clocks
        Columns not watched for drift: they tell the time.
    reach
        The largest drift reading that each watched column can give, largest last; none where drift isn't read.
    """

    grid: Grid
    fits: int
    seeds: int
    left_out: dict[str, str]
    stride: int
    hurried: bool
    learned_rows: int
    clocks: tuple[str, ...]
    reach: tuple[float, ...] = ()


def scored_rows(study: Study, stream: Stream, chunks: int, seed: int) -> Scored:
    """Return the rows of the first `chunks` chunks, cut in two halves by unit at random."""
    rows = np.flatnonzero(stream.of_row < chunks)
    of_row, units = stream.of_row[rows], stream.units[rows]
    begin = np.searchsorted(of_row, np.arange(chunks + 1))
    weights = stream.weights[rows] / (stream.weights[rows].mean() or 1.0) if study.roles.weights else np.ones(len(rows))
    priced = _priced(study, stream, rows)
    usable = np.where(stream.in_time[rows] & priced, weights, 0.0)
    groups = groups_of(of_row, units, chunks)
    return Scored(rows=rows, begin=begin, usable=usable, shown=weights, half=_halves(groups, seed), groups=groups)


def _priced(study: Study, stream: Stream, rows: Integers) -> npt.NDArray[np.bool_]:
    columns = () if study.values is None else study.values.columns
    known = [stream.table[name].iloc[rows].notna().to_numpy(dtype=np.bool_) for name in columns if name in stream.table]
    return np.asarray(np.logical_and.reduce([np.ones(len(rows), dtype=np.bool_), *known]))


def _halves(groups: Groups, seed: int) -> Integers:
    """Deal the units of each chunk to two halves at random, in turn."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(groups.chunk)), groups.chunk))
    first = np.searchsorted(groups.chunk[order], np.arange(groups.chunks))
    half = np.empty(len(order), dtype=np.int64)
    half[order] = (
        np.arange(len(order)) - first[groups.chunk[order]] + rng.integers(0, 2, groups.chunks)[groups.chunk[order]]
    ) % 2
    return half[groups.of_row]


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is simulated: a study along its stream, by one loss, refitted on one window from chunk `first` on."""

    study: Study
    stream: Stream
    loss: RowLoss
    window: Window
    first: int
    scored: Scored
    settings: Settings


@dataclass(frozen=True, kw_only=True, eq=False)
class _Refitted:
    """A refit and what it says of the later rows."""

    model: int
    start: int
    learned: Integers
    answers: Answers
    losses: Floats


class Simulation:
    """One window's refits, one after the other."""

    def __init__(self, plan: Plan) -> None:
        self._study, self._stream, self._loss, self._window = plan.study, plan.stream, plan.loss, plan.window
        self._scored, self._settings, self._first = plan.scored, plan.settings, plan.first
        self._chunks = plan.scored.groups.chunks
        shape = (self._chunks, self._chunks)
        self._sums = np.full((plan.settings.seeds, 2, *shape), np.nan)
        self._signals = {name: np.full(shape, np.nan) for name in plan.settings.signals}
        self._seeds, self._fits, self._learned_rows = plan.settings.seeds, 0, 0
        self._left_out: dict[str, str] = {}
        self._limit = 1.0

    def run(self) -> Simulated:
        """Return the losses of all refits."""
        drift = self._drift()
        models = list(range(self._first, self._chunks))
        planned = stride = -(-len(models) // self._settings.max_fits)
        began = self._settings.clock()
        for place, model in enumerate(steps(models, "refit", self._settings.progress, self._settings.cancel)):
            if place % stride == 0:
                self._one(model, drift)
            else:
                self._carry(model)
            if place == 0:
                stride = max(planned, self._stride(self._settings.clock() - began, len(models)))
        usable = {
            name: found
            for name, found in self._signals.items()
            if np.isfinite(found).any() and name not in self._left_out
        }
        for name in set(self._signals) - set(usable):
            self._left_out.setdefault(name, "too few rows in a chunk")
        sums = self._sums[: self._seeds]
        grid = Grid(
            sums=sums.mean(axis=0), counts=self._counts(), first=self._first, label_delay=self._stream.delay,
            by_seed=sums.sum(axis=1) if self._seeds > 1 else None, signals=usable,
            needs_labels=NEEDS_LABELS & frozenset(usable),
        )  # fmt: skip
        return Simulated(
            grid=grid, fits=self._fits, seeds=self._seeds, left_out=self._left_out, stride=stride, hurried=stride > planned,
            learned_rows=self._learned_rows, clocks=() if drift is None else drift.clocks,
            reach=() if "drift" not in usable or drift is None else self._reach(drift),
        )  # fmt: skip

    def _reach(self, drift: ColumnDrift) -> tuple[float, ...]:
        found = reach_of(drift, self._window.before(self._first), self._first)
        return tuple(float(each) for each in np.sort(found))

    def _drift(self) -> ColumnDrift | None:
        if "drift" not in self._signals:
            return None
        found = measure_drift(
            self._study, self._stream, learned=self._window.before(self._first), chunks=self._chunks,
            share=self._settings.share, seed=self._settings.seed, cancel=self._settings.cancel,
        )  # fmt: skip
        if found is None:
            self._left_out["drift"] = "no column to watch"
        return found

    def _stride(self, seconds: float, models: int) -> int:
        """Return every how many chunks a model can be refitted within the budget, from what the first one took."""
        budget = self._settings.budget_seconds
        return 1 if budget is None else max(1, int(np.ceil(seconds * models / budget)))

    def _carry(self, model: int) -> None:
        """Let the model before stand in for one that isn't refitted: it is the newest that could be deployed."""
        self._sums[:, :, model, model:] = self._sums[:, :, model - 1, model:]
        for readings in self._signals.values():
            readings[model, model:] = readings[model - 1, model:]

    def _one(self, model: int, drift: ColumnDrift | None) -> None:
        rows = rows_to_fit(
            self._study,
            self._stream,
            self._window,
            model,
            max_rows=self._settings.max_fit_rows,
            seed=self._settings.seed,
        )
        if not len(rows):
            return
        learned = self._stream.table.take(rows, name="the rows of a refit")
        start = int(self._scored.begin[model])
        later = self._stream.table.take(self._scored.rows[start:], name="later rows")
        before: Answers | None = None
        for seed in range(self._seeds):
            refitted = _refit(self._study, learned, seed)
            self._fits += 1
            answers = answers_of(self._study, self._loss, refitted, later)
            if seed == 1 and model == self._first and before is not None and _same(before, answers):
                self._seeds = 1
                break
            losses = self._score(model, seed, start, later, answers)
            if seed == 0:
                before = answers
                if model == self._first:
                    self._learned_rows = len(rows)
                    self._check_calibration(rows, answers_of(self._study, self._loss, refitted, learned))
                self._read(_Refitted(model=model, start=start, learned=rows, answers=answers, losses=losses), drift)

    def _score(self, model: int, seed: int, start: int, later: Table, answers: Answers) -> Floats:
        """Sum the losses of the later rows by half and chunk, and return them."""
        scored = self._scored
        y = self._stream.y[scored.rows[start:]]
        losses = losses_of(self._study, self._loss, later, y, answers)
        weights, of_row = scored.usable[start:], self._stream.of_row[scored.rows[start:]]
        place = scored.half[start:] * self._chunks + of_row
        sums = np.bincount(place, weights=np.where(weights > 0, losses, 0.0) * weights, minlength=2 * self._chunks)
        self._sums[seed, :, model, model:] = sums.reshape(2, self._chunks)[:, model:]
        return losses

    def _counts(self) -> Floats:
        of_row = self._stream.of_row[self._scored.rows]
        place = self._scored.half * self._chunks + of_row
        found = np.bincount(place, weights=self._scored.usable, minlength=2 * self._chunks)
        return np.asarray(found.reshape(2, self._chunks), dtype=np.float64)

    def _check_calibration(self, rows: Integers, answers: Answers) -> None:
        if "calibration" not in self._signals:
            return
        y = self._stream.y[rows]
        scale = float(y.std()) if self._study.task == "regression" else 1.0
        missed = misses_its_own_rows(residuals_of(self._study, y, answers), np.ones(len(rows)), scale=scale)
        if missed is not None:
            self._left_out["calibration"] = (
                f"the model misses the mean of the rows that it learned from by {missed:.2g}"
            )

    def _read(self, of: _Refitted, drift: ColumnDrift | None) -> None:
        """Fill in what the signals read of a model in every chunk."""
        scored, readings, signals = self._scored, self._chunks - self._first, self._signals
        usable, model, start = scored.usable[of.start :], of.model, of.start
        if drift is not None:
            signals["drift"][model] = drift.readings(self._window.before(model), model)
        if "performance" in signals:
            signals["performance"][model] = rising(
                means_of(of.losses, usable, scored.groups, start), model, readings, share=self._settings.share
            )
        if "calibration" in signals and "calibration" not in self._left_out:
            residuals = residuals_of(self._study, self._stream.y[scored.rows[start:]], of.answers)
            if model == self._first:
                ratio = float(usable.sum()) / readings / len(of.learned)
                self._limit = limit_of_off(
                    readings, ratio=ratio, columns=residuals.shape[1], share=self._settings.share
                )
            found = off(residuals, usable, scored.groups, start, learned=float(len(of.learned)))
            signals["calibration"][model] = found / self._limit
        expected = expected_losses(of.answers) if "label-free" in signals else None
        if expected is not None:
            means = means_of(expected, scored.shown[start:], scored.groups, start)
            signals["label-free"][model] = rising(means, model, readings, share=self._settings.share)
        elif "label-free" in signals:
            self._left_out["label-free"] = "the model gives no probabilities"


def _refit(study: Study, learned: Table, seed: int) -> Predictor:
    learner = study.learner
    if seed and isinstance(learner, EstimatorPredictor):
        return learner.refit(learned, seed=seed)
    return learner.refit(learned)


def _same(one: Answers, other: Answers) -> bool:
    pairs = ((one.said, other.said), (one.probabilities, other.probabilities))
    return all(np.array_equal(a, b) for a, b in pairs if a is not None and b is not None)
