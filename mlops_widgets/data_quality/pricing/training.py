"""What errors cost in training: pairs of refits on the same splits, with and without them."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, part, steps
from mlops_widgets.data_quality.pricing.cases import Bounds, Case, Size
from mlops_widgets.data_quality.pricing.injections import inject
from mlops_widgets.data_quality.pricing.repairs import Repairs, makes_missing, twins_of, usual_cells
from mlops_widgets.data_quality.pricing.scales import Floats, Questioned
from mlops_widgets.data_quality.pricing.serving import size_of
from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.measures.folds.splits_variance import nadeau_bengio
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import shuffled_rows
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Integers = npt.NDArray[np.int64]

NULL = Case("sensitivity", "none", "training")
"""No damage: as large a share of the training rows as is damaged elsewhere is exchanged for others, equally good, and the
random state is another one. On average that makes no difference, so what it makes is chance."""

FEWEST_ROWS = 30
FEWEST_UNITS = 6
_TEST_SHARE = 1 / 3
_ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Positions of the rows that a refit learns from, of those it is asked about, and of spare ones for the exchange."""

    train: Integers
    test: Integers
    spare: Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What is tried on every split.

    Parameters
    ----------
    study, learner, metrics
        The study, the model as it is refitted, and what is measured.
    pool
        Labelled rows that splits are drawn from.
    repairs
        Of the errors found in the pool, one a kind.
    kinds
        Kinds of error that are put in.
    share
        How much of each, 0 to 1.
    columns
        Columns that they are put into.
    seed
        Seed of splits, refits and errors.
    """

    study: Study
    learner: EstimatorPredictor
    metrics: tuple[Metric, ...]
    pool: Table
    repairs: tuple[Repairs, ...]
    kinds: tuple[str, ...]
    share: float
    columns: tuple[str, ...]
    seed: int


@dataclass
class Marks:
    """What refits said, case by case.

    Parameters
    ----------
    losses
        Case → its losses by split, each of shape (metrics,).
    sizes
        Case → how much is wrong.
    refused
        Case → what the model raised.
    base
        Scores without a case by split, each of shape (metrics,).
    filled
        Kinds of error whose repair leaves gaps that the model doesn't take, so that they were filled.
    skipped
        Kinds that there was no time for.
    train_rows, test_rows
        Rows by split.
    """

    losses: dict[Case, list[Floats]] = field(default_factory=dict)
    sizes: dict[Case, Size] = field(default_factory=dict)
    refused: dict[Case, ModelError] = field(default_factory=dict)
    base: list[Floats] = field(default_factory=list)
    filled: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)
    train_rows: list[int] = field(default_factory=list)
    test_rows: list[int] = field(default_factory=list)

    def bounds(self, case: Case) -> Bounds | None:
        """Return the mean loss over splits with Nadeau and Bengio's interval; None with fewer than two splits."""
        values = np.array(self.losses.get(case, []))
        if len(values) < 2:
            return None
        columns = [self._bounds_of(values[:, at]) for at in range(values.shape[1])]
        loss, lower, upper = (np.array(each) for each in zip(*columns, strict=True))
        return Bounds(loss=loss, lower=lower, upper=upper)

    def _bounds_of(self, values: Floats) -> tuple[float, float, float]:
        known = values[np.isfinite(values)]
        if len(known) < 2:
            return float("nan"), float("nan"), float("nan")
        rows = round(float(np.mean(self.train_rows))), round(float(np.mean(self.test_rows)))
        return nadeau_bengio(known, n_train=rows[0], n_test=rows[1])


def draw_splits(study: Study, pool: Table, *, count: int, most_rows: int, share: float, seed: int) -> list[Split]:
    """Return splits at random, whole units: at most so many rows train, half as many test, a share of them is spare.

    Raises
    ------
    MissingInputError
        If there are too few rows, units or classes.
    """
    units = None if study.unit == "row" else study.units(pool)
    several = pool.rows if units is None else len(np.unique(units))
    if pool.rows < FEWEST_ROWS or several < FEWEST_UNITS:
        raise MissingInputError(
            f"{FEWEST_ROWS} labelled training rows of {FEWEST_UNITS} units to split",
            f"The reference has {pool.rows:,} of {several:,}. Pass more of them.",
        )
    rng, y = np.random.default_rng(seed), study.labels(pool)
    found: list[Split] = []
    for _ in range(_ATTEMPTS * count):
        if len(found) == count:
            break
        split = _cut(shuffled_rows(pool.rows, units, rng), units, most_rows=most_rows, share=share)
        if study.task == "regression" or _whole(y[split.train], y[split.test], len(study.outcome.classes)):
            found.append(split)
    if len(found) < 2:
        raise MissingInputError(
            "training rows of every class in both parts of a split", "Pass more rows of the rare class."
        )
    return found


def _whole(train: Floats, test: Floats, classes: int) -> bool:
    return len(np.unique(train)) == classes and len(np.unique(test)) > 1


def _cut(order: Integers, units: Integers | None, *, most_rows: int, share: float) -> Split:
    """Cut an order of rows, those of one unit side by side, where a unit ends."""
    train = min(most_rows, round(len(order) * (1 - _TEST_SHARE) / (1 + share)))
    goals = np.cumsum([train, max(1, round(share * train)), max(1, train // 2)])
    ends = np.arange(1, len(order) + 1) if units is None else _edges(units[order])
    one, two, three = (int(ends[np.abs(ends - goal).argmin()]) for goal in goals)
    one = max(one, int(ends[0]))
    return Split(
        train=np.sort(order[:one]), spare=np.sort(order[one:two]), test=np.sort(order[two : max(three, two + 1)])
    )


def _edges(units: Integers) -> Integers:
    return np.append(np.flatnonzero(units[1:] != units[:-1]) + 1, len(units))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Until when may be fitted: a clock in seconds, and its reading at which nothing new begins."""

    clock: Callable[[], float]
    ends: float

    def affords(self, took: float) -> int:
        """Return how many fits that take so long there is still time for."""
        left = self.ends - self.clock()
        return max(0, int(left / took)) if took > 0 else sys.maxsize


def examine(
    lesson: Lesson, splits: Sequence[Split], *, budget: Budget, progress: Progress | None, cancel: Cancel | None
) -> Marks:
    """Return what the refits of every split say.

    The first fit tells how many cases there is time for on all splits; the others are left out, the errors found last.
    Splits that would begin too late are left out too, but for two.
    """
    marks, twins = Marks(), _twins(lesson)
    for number, split in enumerate(splits):
        if number >= 2 and budget.clock() > budget.ends:
            break
        began = budget.clock()
        sitting = _Sitting(lesson, split, number, marks, twins)
        if number == 0:
            lesson = _affordable(lesson, marks, budget.affords(budget.clock() - began) // len(splits) - 1)
            sitting.lesson = lesson
        sitting.run(part(progress, number / len(splits), (number + 1) / len(splits)), cancel)
    return marks


def _affordable(lesson: Lesson, marks: Marks, most: int) -> Lesson:
    """Return what there is time for: so many cases a split beside the exchange, one at least."""
    most = max(most, 1)
    repairs = lesson.repairs[:most]
    kinds = lesson.kinds[: max(0, most - len(repairs))]
    marks.skipped += [each.kind for each in lesson.repairs[len(repairs) :]] + list(lesson.kinds[len(kinds) :])
    return replace(lesson, repairs=repairs, kinds=kinds)


def _twins(lesson: Lesson) -> dict[str, Integers]:
    features = lesson.study.model.features
    return {each.kind: twins_of(lesson.pool, features, each.dropped) for each in lesson.repairs if len(each.dropped)}


class _Sitting:
    """One split: the refit on its rows as they are, and what each case makes of it."""

    def __init__(self, lesson: Lesson, split: Split, number: int, marks: Marks, twins: Mapping[str, Integers]) -> None:
        self.lesson, self.split, self.marks, self._twins = lesson, split, marks, twins
        self._seed = lesson.seed + number
        self._train = lesson.pool.take(split.train)
        self._asked = Questioned(study=lesson.study, table=lesson.pool.take(split.test), metrics=lesson.metrics)
        self._answers = self._asked.answers(lesson.learner.refit(self._train, seed=self._seed))
        self._base = self._asked.scores(self._answers)

    def run(self, progress: Progress | None, cancel: Cancel | None) -> None:
        """Refit for every case that the model took so far."""
        self.marks.base.append(self._base)
        self.marks.train_rows.append(len(self.split.train))
        self.marks.test_rows.append(len(self.split.test))
        jobs: list[Callable[[], None]] = [partial(self._repair, repairs) for repairs in self.lesson.repairs]
        jobs += [self._exchange, *(partial(self._put_in, kind) for kind in self.lesson.kinds)]
        for job in steps(jobs, "refit", progress, cancel):
            job()

    def _note(self, case: Case, losses: Floats) -> None:
        self.marks.losses.setdefault(case, []).append(losses)

    def _gains(self, better: Floats, worse: Floats) -> Floats:
        return np.array([
            float(metric.gain(one, other)) for metric, one, other in zip(self.lesson.metrics, better, worse, strict=True)
        ])  # fmt: skip

    def _exchange(self) -> None:
        """Refit with another random state on rows of which some are exchanged for spare ones."""
        train, spare = self.split.train, self.split.spare
        rng = np.random.default_rng(self._seed)
        units = None if self.lesson.study.unit == "row" else self.lesson.study.units(self._train)
        kept = np.sort(shuffled_rows(len(train), units, rng)[min(len(spare), len(train) // 2) :])
        table = self.lesson.pool.take(np.concatenate([train[kept], spare]))
        model = self.lesson.learner.refit(table, seed=self._seed + 7919)
        self._note(NULL, self._gains(self._base, self._asked.scores(self._asked.answers(model))))

    def _put_in(self, kind: str) -> None:
        lesson, case = self.lesson, Case("sensitivity", kind, "training")
        if case in self.marks.refused:
            return
        done = inject(lesson.study, self._train, kind, lesson.share, columns=lesson.columns, seed=self._seed)
        if done is None:
            return
        self.marks.sizes[case] = Size(hit=done.hit, share=done.share)
        try:
            model = lesson.learner.refit(done.table, seed=self._seed)
            scores = self._asked.scores(self._asked.answers(model))
        except ModelError as error:
            self.marks.refused[case] = error
            return
        self._note(case, self._gains(self._base, scores))

    def _repair(self, repairs: Repairs) -> None:
        case = Case("cost", repairs.kind, "training")
        self.marks.sizes[case] = self.marks.sizes[self._both(repairs)] = size_of(repairs, self.lesson.pool)
        if case in self.marks.refused:
            return
        kept = self._apart(repairs)
        base = self._asked.scores(self._answers, kept)
        try:
            alone, both = self._repaired(repairs, kept)
        except ModelError as error:
            self.marks.refused[case] = error
            return
        self._note(case, self._gains(alone, base))
        self._note(self._both(repairs), self._gains(both, base))

    def _both(self, repairs: Repairs) -> Case:
        return Case("cost", repairs.kind, "both")

    def _repaired(self, repairs: Repairs, kept: npt.NDArray[np.bool_] | None) -> tuple[Floats, Floats]:
        """Return the scores of a refit on repaired rows: on rows as they are, and repaired; gaps filled if it takes none."""
        if repairs.kind not in self.marks.filled:
            try:
                return self._relearned(repairs, kept, fill=None)
            except ModelError:
                if not makes_missing(repairs):
                    raise
                self.marks.filled.add(repairs.kind)
        return self._relearned(repairs, kept, fill=usual_cells(self._train, repairs.columns))

    def _relearned(
        self, repairs: Repairs, kept: npt.NDArray[np.bool_] | None, *, fill: Mapping[str, Any] | None
    ) -> tuple[Floats, Floats]:
        target = self.lesson.study.outcome.target
        learned = repairs.taken(self.split.train).applied(self._train, target=target, fill=fill)
        model = self.lesson.learner.refit(learned, seed=self._seed)
        asked = repairs.taken(self.split.test).applied(self._asked.table, target=target, fill=fill, learning=False)
        alone = self._asked.scores(self._asked.answers(model), kept)
        return alone, self._asked.scores(self._asked.answers(model, asked), kept)

    def _apart(self, repairs: Repairs) -> npt.NDArray[np.bool_] | None:
        """Return which rows asked about have no twin among those learned from; None for kinds of cells.

        A model that has met a row's twin scores too well on it, so taking the twin out would look like a loss.
        """
        if repairs.kind not in self._twins:
            return None
        pairs = np.concatenate([
            np.column_stack([repairs.dropped, self._twins[repairs.kind]]),
            np.column_stack([self._twins[repairs.kind], repairs.dropped]),
        ])  # fmt: skip
        met = pairs[np.isin(pairs[:, 1], self.split.train), 0]
        return ~np.isin(self.split.test, met)
