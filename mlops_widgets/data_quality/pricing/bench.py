"""The user's model on the bench: its rows with the errors that were found, without them, and with more."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import find_errors
from mlops_widgets.data_quality.pricing.cases import Case, Judge, Size
from mlops_widgets.data_quality.pricing.injections import SERVING, hit_columns, inject
from mlops_widgets.data_quality.pricing.prices import Noise, Price
from mlops_widgets.data_quality.pricing.repairs import Repairs, repairs_of
from mlops_widgets.data_quality.pricing.scales import Floats, Questioned, metrics_of
from mlops_widgets.data_quality.pricing.serving import Served, repaired_rows, serving_prices
from mlops_widgets.data_quality.pricing.training import NULL, Budget, Lesson, Marks, Split, draw_splits, examine
from mlops_widgets.errors import FitError, InputError, MissingInputError
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Integers = npt.NDArray[np.int64]

MOST_COLUMNS = 50
"""Most columns that errors are put into; of more, so many at random."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is told: see `price_issues`."""

    kinds: tuple[str, ...]
    training_kinds: tuple[str, ...]
    share: float
    splits: int
    max_fit_rows: int
    max_test_rows: int
    margin: float | None
    draws: int
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ServingBill:
    """What came of serve time: prices, the rows, their score as they are, kinds without a column, cells beyond repair."""

    prices: list[Price]
    asked: Questioned
    score: float
    unrepaired: int
    placed: frozenset[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingBill:
    """What came of training: prices, noise, splits and their rows, kinds left out for time; or why not."""

    prices: list[Price] = field(default_factory=list)
    noise: tuple[Noise, ...] = ()
    splits: int = 0
    train_rows: int = 0
    test_rows: int = 0
    pool_rows: int = 0
    why_not: str = ""
    skipped: tuple[str, ...] = ()
    unrepaired: int = 0
    placed: frozenset[str] = frozenset()


def price_serving(study: Study, options: Options, *, progress: Progress | None, cancel: Cancel | None) -> ServingBill:
    """Return what errors cost the user's own model on rows of the test, else of production, else of the reference.

    Raises
    ------
    MissingInputError
        If no labelled rows have a value of the metric.
    """
    metrics = metrics_of(study)
    asked = _asked(study, metrics, options)
    columns = hit_columns(study, asked.table, MOST_COLUMNS, seed=options.seed)
    repairs = repairs_found(study, asked.table, cancel=cancel)
    learned = study.reference or asked.table
    target = study.outcome.target
    several = [
        repaired_rows(each, asked.table, target=target, learned=learned) for each in repairs if _felt(each, target)
    ]
    for kind in (kind for kind in options.kinds if kind in SERVING):
        done = inject(study, asked.table, kind, options.share, columns=columns, seed=options.seed)
        if done is not None:
            size = Size(hit=done.hit, share=done.share)
            several.append(Served(case=Case("sensitivity", kind, "serving"), size=size, table=done.table))
    values = asked.scores(asked.answers(study.model))
    judge = Judge(study=study, metrics=metrics, values=values, margin=options.margin, rows=asked.table.rows)
    prices = serving_prices(
        asked, study.model, several, judge, draws=options.draws, seed=options.seed, progress=progress, cancel=cancel
    )
    return ServingBill(
        prices=prices, asked=asked, score=float(values[0]), unrepaired=sum(each.unrepaired for each in repairs),
        placed=frozenset(served.case.kind for served in several if served.case.question == "sensitivity"),
    )  # fmt: skip


def _felt(repairs: Repairs, target: str) -> bool:
    """Say whether a model that is only asked can feel the repairs: not those of labels, nor rows that are left out."""
    return any(name != target for name in repairs.columns)


def _asked(study: Study, metrics: tuple[Metric, ...], options: Options) -> Questioned:
    for table in (study.test, study.production, study.reference):
        if table is None or study.outcome.target not in table:
            continue
        known = np.flatnonzero(~np.isnan(study.labels(table)))
        if not len(known):
            continue
        rows = table.take(known[_sampled(study, table.take(known), options)])
        asked = Questioned(study=study, table=rows, metrics=metrics)
        if np.isfinite(asked.scores(asked.answers(study.model))[0]):
            return asked
    raise MissingInputError(
        f"labelled rows on which {study.metric.label} has a value", "Pass test= with labels of every class."
    )


def _sampled(study: Study, table: Table, options: Options) -> Integers:
    rng = np.random.default_rng(options.seed)
    if table.rows <= options.max_test_rows:
        return np.arange(table.rows)
    if study.unit == "row":
        return np.sort(rng.choice(table.rows, options.max_test_rows, replace=False))
    return whole_units(study.units(table), options.max_test_rows, rng)


def repairs_found(
    study: Study, table: Table, errors: ErrorsResult | None = None, *, cancel: Cancel | None = None
) -> tuple[Repairs, ...]:
    """Return the repairs of a table by the errors given for it, else by those that are found in it.

    Raises
    ------
    InputError
        If the errors given are of another table.
    """
    found = find_errors(table, roles=study.roles, cancel=cancel) if errors is None else errors
    if not isinstance(found, ErrorsResult):
        return ()
    if found.table_rows != table.rows or set(found.columns) != set(table.columns):
        raise InputError(
            f"errors= is of a table of {found.table_rows:,} rows and {len(found.columns):,} columns; {table.name} has "
            f"{table.rows:,} and {len(table.columns):,}. Pass find_errors(study), or leave errors= out."
        )
    if len(found.cell_rows) and not len(found.repairs):
        raise InputError(
            "errors= was read from a file, which holds no repairs. Pass find_errors(study) of this session."
        )
    return repairs_of(found, study)


def price_training(
    study: Study, options: Options, errors: ErrorsResult | None, *, budget: Budget, progress: Progress | None,
    cancel: Cancel | None,
) -> TrainingBill:  # fmt: skip
    """Return what errors cost a clone that learns from them, and what no damage makes; or why that can't be measured."""
    try:
        lesson, splits = _lesson(study, options, errors, cancel)
    except MissingInputError as error:
        return TrainingBill(why_not=f"No {error.missing}. {error.remedy}")
    try:
        marks = examine(lesson, splits, budget=budget, progress=part(progress, 0.1, 1.0), cancel=cancel)
    except FitError as error:
        return TrainingBill(why_not=f"A refit failed: {error.claim}")
    judge = Judge(
        study=study, metrics=lesson.metrics, values=_means(marks.base), margin=options.margin, rows=lesson.pool.rows
    )
    prices = [price for case in marks.sizes for price in _priced(marks, case, judge)]
    return TrainingBill(
        prices=prices, noise=_noise(marks, lesson.metrics), splits=len(marks.base), pool_rows=lesson.pool.rows,
        train_rows=round(float(np.mean(marks.train_rows))), test_rows=round(float(np.mean(marks.test_rows))),
        unrepaired=sum(each.unrepaired for each in lesson.repairs), skipped=tuple(marks.skipped),
        placed=frozenset(case.kind for case in marks.sizes if case.question == "sensitivity"),
    )  # fmt: skip


def _lesson(
    study: Study, options: Options, errors: ErrorsResult | None, cancel: Cancel | None
) -> tuple[Lesson, list[Split]]:
    study.model.need("refit")
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor):
        raise TypeError(f"{type(learner).__name__} says that it can be refitted, but holds no estimator.")
    table = study.need("reference")
    known = np.flatnonzero(~np.isnan(study.labels(table)))
    pool = table.take(known)
    splits = draw_splits(
        study, pool, count=options.splits, most_rows=options.max_fit_rows, share=options.share, seed=options.seed
    )
    repairs = tuple(each.taken(known) for each in repairs_found(study, table, errors, cancel=cancel))
    lesson = Lesson(
        study=study, learner=chosen_model(learner), metrics=metrics_of(study), pool=pool, kinds=options.training_kinds,
        repairs=tuple(each for each in repairs if each.hit), share=options.share, seed=options.seed,
        columns=hit_columns(study, pool, MOST_COLUMNS, seed=options.seed),
    )  # fmt: skip
    return lesson, splits


def _means(scores: list[Floats]) -> Floats:
    stacked = np.array(scores)
    known = np.isfinite(stacked)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def _priced(marks: Marks, case: Case, judge: Judge) -> list[Price]:
    size, bounds = marks.sizes[case], marks.bounds(case)
    if case in marks.refused:
        return judge.refused(case, size, marks.refused[case])
    return [] if bounds is None else judge.prices(case, size, bounds, splits=len(marks.losses[case]))


def _noise(marks: Marks, metrics: tuple[Metric, ...]) -> tuple[Noise, ...]:
    bounds = marks.bounds(NULL)
    if bounds is None:
        return ()
    return tuple(
        Noise(
            metric=metric.name, metric_label=metric.label, loss=float(bounds.loss[at]), lower=float(bounds.lower[at]),
            upper=float(bounds.upper[at]), splits=len(marks.losses[NULL]),
        )
        for at, metric in enumerate(metrics)
    )  # fmt: skip
