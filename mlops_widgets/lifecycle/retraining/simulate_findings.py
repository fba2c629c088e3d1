"""What a simulation of refits says beside its policies: age, waiting, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, NoResult, Status
from mlops_widgets.core.words import digits_for, known, worse
from mlops_widgets.errors import listed
from mlops_widgets.lifecycle.retraining.matrix import Settings, Simulated
from mlops_widgets.lifecycle.retraining.row_losses import RowLoss
from mlops_widgets.lifecycle.retraining.windows import Window
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.measures.retraining.comparisons import FEWEST_CHUNKS, compare
from mlops_widgets.measures.retraining.grid import Grid

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """All that these findings are made of: the rows, the loss, and what was refitted, window by window."""

    stream: Stream
    loss: RowLoss
    windows: Sequence[Window]
    runs: tuple[Simulated, ...]
    chunks: int
    settings: Settings
    unit: str

    @property
    def noun(self) -> str:
        """What a chunk is called."""
        return self.stream.chunks.by if self.stream.chunks.are_dates else "chunk"

    def span(self, count: int) -> str:
        """Return "1 week", "3 weeks"."""
        return f"{count} {self.noun}{'' if count == 1 else 's'}"


def notes_on(made: Made, *, deploy_delay: int) -> tuple[Finding, ...]:
    """Return LC-SR-06 age, 07 waiting where anything is waited for, and 08 what was refitted and left out."""
    grid, wait = made.runs[0].grid, made.stream.delay + deploy_delay
    waiting = () if wait == 0 else (_waiting(made, grid, wait),)
    return (_age(made, grid), *waiting, _left_out(made))


def excess_by_age(grid: Grid, ages: Sequence[int]) -> tuple[Floats, float]:
    """Return (ages, chunks) what a model so many chunks older lost more than the newest one, and the rows of these chunks.

    Only chunks in which models of all ages could be scored, so that ages are compared on the same chunks.
    """
    later = np.arange(grid.first + max(ages), grid.chunks)
    lost = grid.losses
    found = np.array([lost[later - age, later] - lost[later, later] for age in ages])
    kept = np.isfinite(found).all(axis=0)
    return np.asarray(found[:, kept]), float(grid.rows[later[kept]].sum()) or 1.0


def ages_of(served: int, stride: int = 1) -> tuple[int, ...]:
    """Return ages that double, up to half the chunks served; none where that leaves too few chunks.

    Examples
    --------
    >>> ages_of(45), ages_of(13), ages_of(6)
    ((1, 2, 4, 8, 16), (1, 2, 4), ())
    """
    oldest = min(served // 2, served - FEWEST_CHUNKS)
    return tuple(stride * 2**power for power in range(12) if stride * 2**power <= oldest)


def _age(made: Made, grid: Grid) -> Finding:
    stride = made.runs[0].stride
    ages = ages_of(grid.chunks - grid.first, stride)
    excess, rows = excess_by_age(grid, ages) if ages else (np.empty((0, 0)), 1.0)
    if excess.shape[1] < FEWEST_CHUNKS:
        return Finding(
            code="LC-SR-06", status="not_enough_data", action="Cut time finer, or wait for more chunks with labels.",
            claim=f"what a model loses by age can't be told from the {made.span(grid.chunks - grid.first)} with labels after the first fit",
        )  # fmt: skip
    found = compare(excess, seed=made.settings.seed)
    value, lower, upper = (each / rows for each in (found.total, found.lower, found.upper))
    newest = "fitted just before" if stride == 1 else f"fitted in the last {made.span(stride)}"
    clear = np.flatnonzero(lower > 0)
    at = int(clear[np.argmax(value[clear])]) if len(clear) else len(ages) - 1
    status: Status = "warning" if len(clear) else "not_enough_data" if upper.max() > 0 else "passed"
    said = worse(
        float(value[at]), float(lower[at]), float(upper[at]), digits=digits_for(float(lower[at]), float(upper[at]))
    )
    monotone = bool((np.diff(value) >= 0).all())
    tail = "" if monotone or not len(clear) else "; the loss doesn't grow steadily with age"
    claim = (
        f"a model {made.span(ages[at])} old is {said} in {made.loss.name} a row than one {newest}, had labels come at once{tail}"
        if len(clear)
        else f"no age up to {made.span(ages[-1])} is distinguishable from a fresh model: at {made.span(ages[-1])} it is {said} in {made.loss.name} a row"
    )
    evidence = {f"age {age}": known(float(each)) for age, each in zip(ages, value, strict=True)}
    return Finding(
        code="LC-SR-06", status=status, claim=claim,
        evidence={**evidence, "lower": known(float(lower[at])), "upper": known(float(upper[at])), "chunks": excess.shape[1], "monotone": monotone},
        action="Look at the matrix: a loss that follows the calendar isn't age." if len(clear) else "Don't retrain because of age alone; another policy may still pay.",
        cost=float(value[at]) if len(clear) else None, cost_unit=made.loss.name if len(clear) else "",
    )  # fmt: skip


def _waiting(made: Made, grid: Grid, wait: int) -> Finding:
    enough = grid.chunks - grid.first - wait >= FEWEST_CHUNKS
    excess, rows = excess_by_age(grid, (wait,)) if enough else (np.empty((1, 0)), 1.0)
    if excess.shape[1] < FEWEST_CHUNKS:
        return Finding(
            code="LC-SR-07", status="not_enough_data", evidence={"wait": wait},
            claim=f"every refit is {made.span(wait)} behind; what that costs can't be told from so few chunks",
            action="Look again when more labels are in.",
        )  # fmt: skip
    found = compare(excess, seed=made.settings.seed)
    value, lower, upper = (float(each[0]) / rows for each in (found.total, found.lower, found.upper))
    status: Status = "warning" if lower > 0 else "passed" if upper <= 0 else "not_enough_data"
    said = worse(value, lower, upper, digits=digits_for(lower, upper))
    tail = (
        "no policy avoids that"
        if lower > 0
        else "not distinguishable from nothing"
        if status == "not_enough_data"
        else "so waiting costs nothing"
    )
    return Finding(
        code="LC-SR-07", status=status,
        claim=f"labels and deployment come {made.span(wait)} late, so the freshest model is {said} in {made.loss.name} a row: {tail}",
        evidence={"wait": wait, "excess": known(value), "lower": known(lower), "upper": known(upper), "chunks": excess.shape[1]},
        action="Get labels sooner, on a sample if need be, or act on a signal that needs none." if lower > 0 else "",
        cost=value if lower > 0 else None, cost_unit=made.loss.name if lower > 0 else "",
    )  # fmt: skip


def _left_out(made: Made) -> Finding:
    run, stream = made.runs[0], made.stream
    waiting = stream.count - made.chunks
    skipped = int((~run.grid.exists[run.grid.first :]).sum())
    parts = [f"{sum(each.fits for each in made.runs)} refits on {listed(window.name for window in made.windows)}"]
    if made.settings.seeds > 1:
        parts.append("one seed, since another gives the same model" if run.seeds == 1 else f"{run.seeds} seeds")
    if run.stride > 1:
        why = " for want of time" if run.hurried else ""
        parts.append(f"only every {run.stride} {made.noun}s{why}: policies deploy the newest there is")
    if skipped:
        parts.append(f"no model before {made.span(skipped)} with too few labels")
    parts.append("the first model is a refit too, not the study's own")
    if waiting:
        parts.append(f"the last {made.span(waiting)} still wait for labels")
    if stream.undated_rows:
        parts.append(f"{stream.undated_rows:,} rows without a time left out")
    parts += [f"no {name} trigger, since {why}" for name, why in sorted(run.left_out.items())]
    near = sum(each <= 1 for each in run.reach)
    mute = 0 < near == len(run.reach)
    if near:
        parts.append(out_of_reach(run.reach, near, made.unit))
    if run.clocks:
        parts.append(f"{listed(run.clocks, most=3)} not watched for drift: they tell the time")
    evidence = {
        "fits": sum(each.fits for each in made.runs), "seeds": run.seeds, "stride": run.stride, "skipped": skipped, "waiting": waiting,
        "undated_rows": stream.undated_rows, "delay": stream.delay, "delay_dated": stream.dated, "drift_columns": len(run.reach), "drift_out_of_reach": near,
    }  # fmt: skip
    actions = ["Pass a larger budget_seconds=, or fewer chunks."] * run.hurried
    actions += ["Don't wait for the drift trigger here: use one that reads labels, or a larger window=."] * mute
    return Finding(
        code="LC-SR-08", status="warning" if actions else "passed", claim="; ".join(parts), evidence=evidence,
        action=" ".join(actions),
    )  # fmt: skip


def out_of_reach(reach: Sequence[float], near: int, unit: str) -> str:
    """Return that drift can't fire, or not by some columns: where a whole chunk in one cell would read less than its limit."""
    if near == len(reach):
        most = int(reach[-1] * 100) / 100  # rounded down: .996 isn't 1
        return f"drift can't fire here: a column whose rows all fell in one cell would read {most:.2f} of its limit at most (by {unit})"
    return (
        f"drift can't fire by {near} of its {len(reach)} columns: they vary so much without drift (by {unit}) that even a complete "
        "change stays below the limit"
    )


def too_short(stream: Stream, first: int, last: int) -> NoResult:
    """Return that there are too few chunks with labels after the first fit."""
    noun = stream.chunks.by if stream.chunks.are_dates else "chunk"
    claim = (
        f"the timeline has {last} {noun}{'' if last == 1 else 's'} with labels, and the first model needs {first}: too few are left to "
        "tell policies apart"
    )
    finding = Finding(
        code="LC-SR-00", status="not_enough_data", claim=claim, evidence={"chunks": stream.count, "labelled": last, "first": first},
        action="Pass finer chunks=, a shorter window=, or later rows with their labels.",
    )  # fmt: skip
    return NoResult(findings=(finding,), rows=stream.table.rows, strategy="simulate_retraining")
