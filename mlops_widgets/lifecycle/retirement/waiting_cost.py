"""What keeping a model cost, against the best constant answer, from any chunk on."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.lifecycle.retirement.history import Look, histories, means, running_costs
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult, Waiting
from mlops_widgets.lifecycle.retirement.spans import Span
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_Z = 1.96


def edge_of(look: Look) -> Span:
    """Return how much more a row would have gained with the best constant answer than with the model, which costs something to run."""
    if look.study.values is None:
        skill = histories(look, [("skill", "")])["skill", ""]
        return replace(skill, value=-skill.value)
    by_value = replace(look.contest, by_value=True)
    stream = look.contest.stream
    constant = by_value.constant(stream.table, stream.y, look.learned)[0]
    more = constant - look.study.row_values(stream.table)
    return _mean_span(look, more + running_costs(look, more))


def edge_unit(study: Study, running_cost: float) -> str:
    """Return the edge's unit in words."""
    if study.values is None:
        return study.metric.label
    return "value, running cost included" if running_cost else "value"


def _mean_span(look: Look, numbers: Floats) -> Span:
    measure = means(look, numbers)
    return Span.of_estimates([measure(rows) for rows in look.chunks], None, magnitude=False)


def waiting_of(result: RetirementResult) -> Waiting | None:
    """Return what not acting cost from the first chunk on at which a rule that acts would have fired."""
    acting = [
        (each.first, each.name)
        for each, rule in zip(result.outcomes, result.policy.rules, strict=True)
        if rule.action != "warn" and each.first >= 0
    ]
    if not acting:
        return None
    chunk, name = min(acting)
    value, error, rows = cost_since(result.edge, result.edge_error, result.edge_rows, chunk, total=result.edge_total)
    return Waiting(
        rule=name, chunk=chunk, value=value, lower=value - _Z * error, upper=value + _Z * error, rows=rows, unit=result.edge_unit
    )  # fmt: skip


def cost_since(edge: Floats, errors: Floats, rows: Integers, chunk: int, *, total: bool) -> tuple[float, float, int]:
    """Return what waiting from a chunk on cost, its standard error, and the rows: a total, or the mean a row.

    Examples
    --------
    >>> cost_since(np.array([0.0, 2.0, 4.0]), np.zeros(3), np.array([10, 10, 30]), 1, total=False)
    (3.5, 0.0, 40)
    """
    kept = np.arange(len(edge)) >= chunk
    kept &= ~np.isnan(edge) & ~np.isnan(errors)
    counts = rows[kept].astype(np.float64)
    count = int(counts.sum())
    if not count:
        return float("nan"), float("nan"), 0
    shares = counts if total else counts / count
    return float((shares * edge[kept]).sum()), float(np.sqrt(((shares * errors[kept]) ** 2).sum())), count
