"""What errors cost at serve time: the user's own model, asked about the same rows with and without them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.data_quality.pricing.cases import Bounds, Case, Judge, Size
from mlops_widgets.data_quality.pricing.prices import Price
from mlops_widgets.data_quality.pricing.repairs import Repairs, makes_missing, usual_cells
from mlops_widgets.data_quality.pricing.scales import Floats, Questioned
from mlops_widgets.errors import ModelError
from mlops_widgets.measures.intervals import Estimate, paired_difference
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler, Scored
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.tables import Table

Answers = Mapping[str, Floats]


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """The rows in one state: a case, its size, and the table; for repairs also what is tried where the model takes no gaps."""

    case: Case
    size: Size
    table: Table
    filled: Table | None = None


def repaired_rows(repairs: Repairs, table: Table, *, target: str, learned: Table) -> Served:
    """Return the rows without one kind of error; gaps filled, where need be, by what is usual in `learned`."""
    filled = None
    if makes_missing(repairs):
        fill = usual_cells(learned, repairs.columns)
        filled = repairs.applied(table, target=target, fill=fill, learning=False)
    return Served(
        case=Case("cost", repairs.kind, "serving"), size=size_of(repairs, table), filled=filled,
        table=repairs.applied(table, target=target, learning=False),
    )  # fmt: skip


def size_of(repairs: Repairs, table: Table) -> Size:
    """Return how many cells are repaired, of all in the columns that have any."""
    cells = table.rows if len(repairs.dropped) else table.rows * len(set(repairs.columns))
    return Size(hit=repairs.hit, share=repairs.hit / cells if cells else 0.0)


def serving_prices(
    asked: Questioned, model: Predictor, several: Sequence[Served], judge: Judge, *, draws: int, seed: int,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> list[Price]:  # fmt: skip
    """Return the prices of every state of the rows, by a bootstrap of units of paired scores."""
    base = asked.answers(model)
    found: list[Price] = []
    answered: dict[int, Answers] = {}
    for index in steps(range(len(several)), "errors at serve time", progress, cancel):
        try:
            answered[index] = _answer(asked, model, several[index])
        except ModelError as error:
            found += judge.refused(several[index].case, several[index].size, error)
    bounds = _bounds(asked, base, answered, several, draws=draws, seed=seed, cancel=cancel)
    for index, each in bounds.items():
        found += judge.prices(several[index].case, several[index].size, each)
    return found


def _answer(asked: Questioned, model: Predictor, served: Served) -> Answers:
    try:
        return asked.answers(model, served.table)
    except ModelError:
        if served.filled is None:
            raise
        return asked.answers(model, served.filled)


def _bounds(
    asked: Questioned, base: Answers, answered: Mapping[int, Answers], several: Sequence[Served], *, draws: int, seed: int,
    cancel: Cancel | None,
) -> dict[int, Bounds]:  # fmt: skip
    resampler = Resampler(asked.units, draws=draws, seed=seed)
    losses: dict[int, list[tuple[float, float, float]]] = {index: [] for index in answered}
    for metric in asked.metrics:
        scored: dict[str, Scored] = {"base": (metric, asked.y, base[metric.name])}
        scored |= {str(index): (metric, asked.y, answers[metric.name]) for index, answers in answered.items()}
        drawn = resampler.draws(scored, sample_weights=asked.weights, cancel=cancel)
        estimates = {name: _estimate(each, resampler, asked.weights) for name, each in scored.items()}
        for index in answered:
            better, worse = (
                ("base", str(index)) if several[index].case.question == "sensitivity" else (str(index), "base")
            )
            losses[index].append(_loss(metric, estimates, drawn, better, worse))
    arrays = {index: np.array(each).T for index, each in losses.items()}
    return {index: Bounds(loss=each[0], lower=each[1], upper=each[2]) for index, each in arrays.items()}


def _loss(
    metric: Metric, estimates: Mapping[str, Estimate], drawn: Mapping[str, Floats], better: str, worse: str
) -> tuple[float, float, float]:
    """Return how much the one that should be better is."""
    one, other = (better, worse) if metric.greater_is_better else (worse, better)
    gap = paired_difference(metric, estimates[one], estimates[other], drawn[one], drawn[other])
    return gap.value, gap.lower, gap.upper


def _estimate(scored: Scored, resampler: Resampler, weights: Floats | None) -> Estimate:
    metric, y, output = scored
    own = np.ones(len(y)) if weights is None else weights
    return Estimate(
        value=float(metric.draws(y, output, own[None, :])[0]), lower=np.nan, upper=np.nan, level=0.95, rows=len(y),
        units=resampler.count(np.ones(len(y), dtype=np.bool_)), events=resampler.count(metric.events(y, output)),
    )  # fmt: skip
