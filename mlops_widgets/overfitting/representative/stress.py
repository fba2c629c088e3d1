"""What happens when inputs arrive broken: which faults the model refuses, and on which it fails silently."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.overfitting.representative.fault_bench import SINGLE_ROWS, FaultBench
from mlops_widgets.overfitting.representative.fault_costs import FaultCell
from mlops_widgets.overfitting.representative.faults import BY_NAME, FAULTS, Fault
from mlops_widgets.overfitting.representative.stress_findings import find
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

_SCREENED = 1 / 3
"""Share of the units on which the worst column of each fault is looked for; its cost is measured on the others."""
_FEWEST_CONFIRMING = 200
_MOST_CONFIRMING = 4000
_FEWEST_UNITS = 12
_ERROR_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class StressResult(Result):
    """Each fault in each column: refused, missing, changed or not, and what it costs.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    score
        The metric on the labelled rows without a fault; NaN without labels.
    margin
        The largest loss that doesn't matter, in the metric's unit.
    table, labelled_rows
        Where the rows come from, and how many of them have a label.
    columns
        The features tried, in the model's order.
    columns_left_out
        How many features weren't tried: those whose shuffling moves the answers least.
    affected_share
        Share of the rows that each fault befell, 0 to 1.
    moved_by
        How far an answer must move to count, in the target's unit; 0 in classification, where decisions flip.
    cells
        One a fault and place.
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    score: float
    margin: float
    table: str
    labelled_rows: int
    columns: tuple[str, ...]
    columns_left_out: int
    affected_share: float
    moved_by: float
    cells: tuple[FaultCell, ...]
    synthetic: bool = False

    def of(self, fault: str) -> tuple[FaultCell, ...]:
        """Return the cells of one fault."""
        return tuple(cell for cell in self.cells if cell.fault == fault)

    def frame(self) -> pd.DataFrame:
        """Return one row a fault and column: outcome, error, shares, loss with its interval, verdict."""
        return pd.DataFrame([vars(cell) for cell in self.cells], columns=list(FaultCell.__dataclass_fields__))


@strategy("OV-ST")
def stress(
    study: Study,
    *,
    faults: Sequence[str] | None = None,
    affected_share: float = 1.0,
    max_rows: int = 600,
    max_columns: int = 30,
    margin: float | None = None,
    draws: int = 300,
    budget_seconds: float = 20.0,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> StressResult:
    """Find out on which broken inputs the model fails silently.

    Each fault befalls one column at a time of a sample of the test, past the study's own care for columns: what the
    user's model does with it is what it would do in production. An error is the good outcome; answers that change
    without one, and cost more than the margin, are the bad one.

    Parameters
    ----------
    study
        With a model that can be asked. Labels on the test give the costs.
    faults
        Names of the faults to try; by default all of `faults.FAULTS`.
    affected_share
        Share of the rows that a fault befalls, above 0 up to 1; by default all, as when a feed breaks.
    max_rows
        Most rows asked about, 20 or more: a sample of the test (else of production, else of the reference).
    max_columns
        Most features tried; of more, those whose shuffling moves the most answers.
    margin
        The largest loss that doesn't matter, in the metric's unit; by default the study's, else the metric's.
    draws
        Bootstrap draws, 100 or more.
    budget_seconds
        What isn't tried by then is "not run"; above 0.
    seed
        Seed of rows, noise and draws.
    clock
        Gives the time in seconds.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    StressResult or NoResult
        Findings: OV-ST-01 what it fails silently on, OV-ST-02 to OV-ST-22 one a fault, OV-ST-23 columns left out.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such fault.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.stress(mw.sample("census"), faults=["nulls", "missing_column"], max_rows=100)
    >>> {cell.outcome for cell in result.of("missing_column")}
    {'raises'}
    """
    check_margin(margin)
    check_counts(max_rows=(max_rows, 20), max_columns=(max_columns, 1), draws=(draws, 100), seed=(seed, 0))
    _check_options(affected_share, budget_seconds)
    wanted = _wanted(faults)
    if not isinstance(study.model, EstimatorPredictor):
        raise MissingInputError(
            "model that can be asked", "Pass model= or predict=: logged answers can't be asked again."
        )
    ends = clock() + budget_seconds

    def stop() -> bool:
        check_cancel(cancel)
        return clock() > ends

    screened, fresh = _samples(study, max_rows=max_rows, seed=seed)
    options = _Options(affected_share=affected_share, margin=margin, draws=draws, seed=seed, stop=stop, cancel=cancel)
    bench = options.bench(study, screened)
    places = bench.places(max_columns)
    tried = bench.run(wanted, places, progress)
    part = _ERROR_SHARE if fresh is None else _ERROR_SHARE / 2
    cells = bench.billed(tried, margin=bench.margin, error_share=part, draws=draws, cancel=cancel)
    score, labelled = bench.score, 0 if bench.labels is None else len(bench.labels.rows)
    if fresh is not None and any(cell.status for cell in cells):
        confirming = options.bench(study, fresh)
        cells = _confirmed(cells, confirming, bench, options)
        score, labelled = confirming.score, labelled + (0 if confirming.labels is None else len(confirming.labels.rows))
    features = study.model.features
    result = StressResult(
        findings=(), rows=screened.rows + (0 if fresh is None else fresh.rows), seed=seed,
        method=_method(study, draws, screened, fresh), reference="Efron 1979; Field & Welsh 2007; Bonferroni's correction: Dunn 1961",
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        score=score, margin=bench.margin, table=screened.name, labelled_rows=labelled,
        columns=tuple(features[place] for place in places), columns_left_out=len(features) - len(places),
        affected_share=affected_share, moved_by=bench.moved, cells=tuple(cells), synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result, wanted, budget_seconds=budget_seconds))


def _check_options(affected_share: float, budget_seconds: float) -> None:
    if not 0 < affected_share <= 1:
        raise InputError(
            f"affected_share={affected_share}. Pass the share of rows that a fault befalls, above 0 up to 1."
        )
    if not budget_seconds > 0:
        raise InputError(f"budget_seconds={budget_seconds}. Pass seconds above 0.")


def _wanted(faults: Sequence[str] | None) -> tuple[Fault, ...]:
    names = [faults] if isinstance(faults, str) else BY_NAME if faults is None else faults
    for name in names:
        if name not in BY_NAME:
            raise UnknownNameError(
                f"Unknown fault {name!r} in faults=. Faults: {listed(BY_NAME, most=30)}.{did_you_mean(name, BY_NAME)}"
            )
    if not names:
        raise InputError(f"faults= is empty. Faults: {listed(BY_NAME, most=30)}.")
    return tuple(fault for fault in FAULTS if fault.name in names)


@dataclass(frozen=True, kw_only=True)
class _Options:
    """What both benches are built with."""

    affected_share: float
    margin: float | None
    draws: int
    seed: int
    stop: Callable[[], bool]
    cancel: Cancel | None

    def bench(self, study: Study, table: Table) -> FaultBench:
        """Return a bench on these rows."""
        return FaultBench(study, table, self.affected_share, margin=self.margin, seed=self.seed, stop=self.stop)


def _confirmed(cells: list[FaultCell], fresh: FaultBench, screened: FaultBench, options: _Options) -> list[FaultCell]:
    """Return the cells, of each fault the worst one measured again on fresh rows: chosen as the worst, it looks too bad."""
    worst: dict[str, int] = {}
    for index, cell in enumerate(cells):
        before = worst.get(cell.fault)
        if cell.status and (before is None or _harm(cell) > _harm(cells[before])):
            worst[cell.fault] = index
    tried = {index: fresh.again(cells[index]) for index in worst.values()}
    answered = {index: each for index, each in tried.items() if each is not None and each[0].outcome != "not_run"}
    again = fresh.billed(
        list(answered.values()), margin=screened.margin, error_share=_ERROR_SHARE / 2, draws=options.draws, cancel=options.cancel
    )  # fmt: skip
    found = list(cells)
    for index, cell in zip(answered, again, strict=True):
        found[index] = replace(cell, confirmed=True)
    return found


def _harm(cell: FaultCell) -> tuple[float, float]:
    return (-np.inf if np.isnan(cell.loss) else cell.loss), cell.changed_share


def _samples(study: Study, *, max_rows: int, seed: int) -> tuple[Table, Table | None]:
    """Return rows to try everything on and fresh ones, of other units, to confirm on; the latter None where few are left.

    Rows of the test, else of production, else of the reference; those that have a label, where any do.
    """
    tables = [table for table in (study.test, study.production, study.reference) if table is not None]
    table = next((each for each in tables if _has_labels(study, each)), tables[0])
    labelled = _has_labels(study, table)
    known = np.flatnonzero(~np.isnan(study.labels(table))) if labelled else np.arange(table.rows)
    rng = np.random.default_rng(seed)
    units = study.units(table)[known] if study.unit != "row" else known
    every = rng.permutation(np.unique(units))
    first = np.isin(units, every[: max(1, round(_SCREENED * len(every)))])
    if labelled and len(every) >= _FEWEST_UNITS and int((~first).sum()) >= _FEWEST_CONFIRMING:
        fresh = rng.choice(known[~first], min(int((~first).sum()), _MOST_CONFIRMING), replace=False)
        pool, rest = known[first], table.take(np.sort(fresh))
    else:
        pool, rest = known, None
    return table.take(np.sort(rng.choice(pool, min(len(pool), max_rows), replace=False))), rest


def _has_labels(study: Study, table: Table) -> bool:
    return study.outcome.target in table and not np.isnan(study.labels(table)).all()


def _method(study: Study, draws: int, screened: Table, fresh: Table | None) -> str:
    how = f"All faults on {screened.rows:,} rows of {screened.name}"
    if fresh is not None:
        how += f", the worst column of each again on {fresh.rows:,} fresh ones of other units, which give its numbers"
    return (
        f"One fault at a time, in one column at a time; the model is called past the study's care for columns. {how}. "
        f"Losses are paired on the same rows, bootstrap by {study.unit_name}, {draws:,} draws, 95 % intervals; verdicts by wider "
        f"ones that hold all at once (Bonferroni). Rows one at a time: {SINGLE_ROWS} of them"
    )  # fmt: skip
