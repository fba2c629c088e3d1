"""How retraining policies look: losses of every model over time, what each policy costs against never, and sliders over both."""

import math
from dataclasses import asdict

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known, number, short
from mlops_widgets.lifecycle.retraining.policy_findings import amount
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.standings import Standing
from mlops_widgets.measures.retraining.grid import Floats, Grid
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, HeatMap, Mark, Role, Table, View
from mlops_widgets.ui.figures import small_print

_MOST_ROWS, _MOST_COLUMNS, _MOST_POLICIES = 14, 20, 12
_MOST_SIZE = 80
_LONGEST = 34
_ROLES: dict[str, Role] = {"better": "good", "worse": "bad"}


@register
def card_of_retraining(result: RetrainingResult) -> Card:
    """Return losses by model and chunk, policies ranked by what they cost against never, and the live view of both."""
    first = result.findings[0]
    unit = result.value_unit or result.loss_name
    delays = f"labels after {result.assumed_label_delay}, deployment {result.deploy_delay} {result.by}s; a retrain costs {number(result.retrain_cost)} {unit}"
    return Card(
        headline=first.claim, status=first.status, charts=(_heat_map(result), _ranking(result)), view=_view(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result, delays),
        reference=result.reference,
    )  # fmt: skip


def _heat_map(result: RetrainingResult) -> Chart:
    """Show what each model loses a row above the first one's in the same chunk; long timelines in groups of chunks."""
    grid = result.grids()[0]
    served = grid.chunks - grid.first
    excess = _excess(grid)
    step, wide = math.ceil(served / _MOST_ROWS), math.ceil(served / _MOST_COLUMNS)
    models = range(0, served, step)
    groups = range(0, served, wide)
    cells = np.array([[_mean(excess[model, group : group + wide]) for group in groups] for model in models])
    labels = [short(each, 12) for each in result.chunk_labels[grid.first :]]
    return HeatMap(
        values=cells, rows=tuple(labels[model] for model in models), columns=tuple(labels[group] for group in groups), centre=0.0,
        axis=Axis(label=f"{result.loss_name} a row, above the first model's"), row_title="trained before", column_title="serving in",
        title="What a newer model loses against the first one, in the same chunk",
    )  # fmt: skip


def _excess(grid: Grid) -> Floats:
    """Return (served, served) loss a row of each model above the first one's."""
    losses = grid.losses[grid.first :, grid.first :]
    rows = grid.rows[grid.first :]
    return np.asarray(np.divide(losses - losses[0], rows, out=np.full_like(losses, np.nan), where=rows > 0))


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _ranking(result: RetrainingResult) -> Chart:
    others = [each for each in result.policies if each.kind != "never"][:_MOST_POLICIES]
    oracle = Estimate(
        label="oracle, in hindsight" if result.oracle_is_hindsight else "oracle, scored on other rows", value=result.judged_oracle - result.judged_never, role="truth",
    )  # fmt: skip
    return Dots(
        rows=(oracle, *(_row(each) for each in others)), marks=(Mark(value=0.0, label="never retraining"),),
        axis=Axis(label=f"{result.value_unit or result.loss_name} more than never"),
        title=f"Cost against never retraining, from {short(result.chunk_labels[result.split], 20) if others else 'the first chunk'} on",
    )  # fmt: skip


def _row(each: Standing) -> Estimate:
    has_ends = math.isfinite(each.lower) and math.isfinite(each.upper)
    return Estimate(
        label=short(each.name, _LONGEST), value=each.difference, lower=each.lower if has_ends else None,
        upper=each.upper if has_ends else None, role=_ROLES.get(each.verdict, "muted"), note=each.verdict,
    )  # fmt: skip


def _table(result: RetrainingResult) -> Table:
    a_year = result.chunks_a_year if math.isfinite(result.chunks_a_year) else 100.0
    rows = tuple(
        (
            short(each.name, 40), number(each.judged_retrains, "integer"), amount(result, each.judged_total), amount(result, each.difference),
            each.verdict, amount(result, each.breakeven_cost) if math.isfinite(each.breakeven_cost) else "–",
            number(each.alarm_share * a_year) if math.isfinite(each.alarm_share) else "–",
        )
        for each in result.policies
    )  # fmt: skip
    alarms = "alarms a year as before" if math.isfinite(result.chunks_a_year) else "alarms in 100 chunks as before"
    columns = ("policy", "retrains", "cost", "against never", "verdict", "breakeven cost of a retrain", alarms)
    hindsight = (
        f"“{result.best_name}” would have cost {amount(result, result.best_total)}: picked in hindsight, so no promise"
    )
    return Table(columns=columns, rows=rows, caption=hindsight)


def _view(result: RetrainingResult) -> View | None:
    """Return the sliders; None for a timeline too long to be walked within a frame."""
    grids = result.grids()
    first, size = grids[0].first, grids[0].chunks - grids[0].first
    if not 2 <= size <= _MOST_SIZE:
        return None
    signals = list(grids[0].signals)
    arrays = {
        "losses": np.concatenate([_triangle(grid.losses, first) for grid in grids]), "rows": grids[0].rows[first:],
        **{f"signal{at}": np.concatenate([_triangle(grid.signals[name], first) for grid in grids]) for at, name in enumerate(signals)},
    }  # fmt: skip
    if grids[0].has_halves:
        arrays["half"] = np.concatenate([_triangle(_zero_filled(grid), first) for grid in grids])
        arrays["counts"] = np.ascontiguousarray(grids[0].counts[:, first:]).ravel()
    keys = ("name", "kind", "every", "signal", "threshold", "gate", "horizon")
    standings = [asdict(each) for each in result.policies]
    breakeven = [each.breakeven_cost for each in result.policies if math.isfinite(each.breakeven_cost)]
    start = {
        "cost": result.retrain_cost,
        "value": result.value_per_loss,
        "labels": result.assumed_label_delay,
        "deploy": result.deploy_delay,
    }
    chosen = next((at for at, each in enumerate(result.policies) if each.kind != "never"), 0)
    state = {
        "labels": [short(each, 20) for each in result.chunk_labels[first:]], "by": short(result.by, 12),
        "unit": result.value_unit or ("" if result.loss_name == "loss" else result.loss_name), "loss": result.loss_name,
        "split": result.split - first, "measured": result.label_delay, "most": _round_up(max([2 * result.retrain_cost, *breakeven, 1e-9])),
        "start": start, "windows": len(grids), "signals": signals, "late": sorted(grids[0].needs_labels), "halves": grids[0].has_halves,
        "policies": [{key: each[key] for key in keys} | {"window": each["window_index"]} for each in standings], "chosen": chosen,
        "ends": [[known(each.lower), known(each.upper)] for each in result.policies],
    }  # fmt: skip
    return View(name="retraining", state=state, arrays=arrays)


def _triangle(square: Floats, first: int) -> Floats:
    part = square[first:, first:]
    return np.asarray(part[np.triu_indices(len(part))])


def _zero_filled(grid: Grid) -> Floats:
    """Return the losses on the first half, 0 where a model met a chunk without labels there."""
    return np.where(np.isnan(grid.losses), np.nan, np.nan_to_num(grid.sums[0]))


def _round_up(value: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is no smaller: the end of a slider."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in (1.0, 2.0, 5.0, 10.0) if each * power >= value * (1 - 1e-9))
