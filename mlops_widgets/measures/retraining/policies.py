"""Retraining policies as pure functions on a `Grid`: who serves in which chunk, decided from what was known then.

At the beginning of chunk t, with labels d chunks late, model t - d can be trained; with a deployment that takes l chunks it
serves from chunk t + l. While one is on its way nothing else is decided, and a model no newer than the one in service is never
trained. A retrain is paid for when it is decided, even where its model comes too late to serve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.retraining.grid import Floats, Grid

Integers = npt.NDArray[np.int64]
Kind = Literal["never", "every", "signal", "forecast"]
Decide = Callable[[int, int], bool]

FEWEST_FORECAST = 4
"""Chunks with labels that a trend is fitted on, at least."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What retraining costs and how long things take.

    Parameters
    ----------
    retrain_cost
        Of one retrain, in the unit of value, 0 or more.
    value_per_loss
        What one unit of summed loss is worth, above 0.
    label_delay, deploy_delay
        Whole chunks, 0 or more.
    """

    retrain_cost: float = 0.0
    value_per_loss: float = 1.0
    label_delay: int = 0
    deploy_delay: int = 0


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When to retrain.

    Parameters
    ----------
    kind
        "never"; "every" so many chunks; when a "signal" exceeds its threshold; by "forecast".
    every
        Chunks between retrains, for "every".
    signal
        Name of a signal of the grid, for "signal".
    threshold
        What the signal must exceed; for "forecast", standard errors that the slope is lowered by.
    horizon
        Chunks that a forecast looks ahead.
    gate
        Newest labelled chunks on which a challenger must beat the champion; 0 without a gate.
    window
        Index of the grid that its refits are of, where there are several.
    """

    kind: Kind = "never"
    every: int = 0
    signal: str = ""
    threshold: float = 0.0
    horizon: int = 0
    gate: int = 0
    window: int = 0

    @property
    def name(self) -> str:
        """What it is called: "every 4", "drift", "forecast", with ", gated" where it is."""
        plain = {"never": "never", "every": f"every {self.every}", "signal": self.signal, "forecast": "forecast"}
        return plain[self.kind] + (", gated" if self.gate else "")


@dataclass(frozen=True, kw_only=True)
class Path:
    """What a policy did.

    Parameters
    ----------
    serving
        (chunks,) the model that served in each chunk walked.
    costs
        (chunks,) loss of each in units of value, and the retrains decided there.
    decided
        Chunks at whose beginning a retrain was paid for.
    refused
        Those of them whose challenger the gate refused.
    installs
        (chunk from which it served, model).
    """

    serving: Integers
    costs: Floats
    decided: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    installs: tuple[tuple[int, int], ...] = ()

    @property
    def total(self) -> float:
        """Sum of losses and retrain costs."""
        return float(self.costs.sum())


def walk(grid: Grid, policy: Policy, terms: Terms, *, start: int | None = None, end: int | None = None) -> Path:
    """Return what a policy does from chunk `start` (the grid's first) up to before chunk `end`, the first model serving at first.

    Examples
    --------
    >>> sums = np.triu(np.array([[1.0, 2, 3], [0, 1, 2], [0, 0, 1]]))
    >>> grid = Grid(
    ...     sums=np.stack([np.where(sums > 0, sums, np.nan), np.zeros((3, 3))]),
    ...     counts=np.array([[1.0, 1, 1], [0, 0, 0]]),
    ... )
    >>> walk(grid, Policy(), Terms()).total, walk(grid, Policy(kind="every", every=1), Terms(retrain_cost=0.5)).total
    (6.0, 4.0)
    """
    begin = grid.first if start is None else start

    def decide(t: int, serving: int) -> bool:
        return _wants(grid, policy, terms, (t, serving, begin))

    return _walked(grid, decide, terms, begin, grid.chunks if end is None else end, gate=policy.gate)


def replay(
    grid: Grid, decided: tuple[int, ...], terms: Terms, *, start: int, end: int, losses: Floats | None = None
) -> Path:
    """Return what retraining at these chunks does, scored by `losses` (T, T) where given."""
    return _walked(grid, lambda t, _: t in decided, terms, start, end, losses=losses)


def _walked(
    grid: Grid, decide: Decide, terms: Terms, start: int, end: int, *, gate: int = 0, losses: Floats | None = None
) -> Path:
    lost = grid.losses if losses is None else losses
    serving, pending = grid.first, (-1, -1)
    served: list[int] = []
    decided: list[int] = []
    refused: list[int] = []
    installs: list[tuple[int, int]] = []
    for t in range(start, end):
        candidate = t - terms.label_delay
        if pending[0] == t:
            serving = pending[1]
            installs.append(pending)
        able = pending[0] <= t and t > start and trainable(grid, candidate, serving)
        if able and judgeable(candidate, serving, gate) and decide(t, serving):
            decided.append(t)
            if gate and not beats(grid, candidate, serving, gate):
                refused.append(t)
            elif terms.deploy_delay:
                pending = (t + terms.deploy_delay, candidate)
            else:
                serving = candidate
                installs.append((t, candidate))
        served.append(serving)
    at = np.array(served, dtype=np.int64)
    costs = lost[at, np.arange(start, start + len(at))] * terms.value_per_loss
    costs[np.array(decided, dtype=np.int64) - start] += terms.retrain_cost
    return Path(serving=at, costs=costs, decided=tuple(decided), refused=tuple(refused), installs=tuple(installs))


def trainable(grid: Grid, candidate: int, serving: int) -> bool:
    """Say whether a model is newer than the one in service and can be trained at all."""
    return serving < candidate < grid.chunks and bool(grid.exists[candidate])


def judgeable(candidate: int, serving: int, gate: int) -> bool:
    """Say whether a challenger's twin, trained `gate` chunks earlier, is newer than the champion.

    Else the champion has learned from the rows on which both would be compared, or is the twin.
    """
    return not gate or candidate - gate > serving


def beats(grid: Grid, candidate: int, serving: int, gate: int) -> bool:
    """Say whether the twin of a challenger beats the champion on the newest `gate` chunks whose labels have arrived.

    The challenger has learned from these chunks, so that it can't be judged on them; its twin, trained just before them, can.
    """
    twin = candidate - gate
    if not grid.exists[twin]:
        return False
    newest = slice(twin, candidate)
    return bool(grid.losses[twin, newest].sum() < grid.losses[serving, newest].sum())


def _wants(grid: Grid, policy: Policy, terms: Terms, at: tuple[int, int, int]) -> bool:
    t, serving, start = at
    if policy.kind == "every":
        return (t - start) % policy.every == 0
    if policy.kind == "signal":
        return _exceeds(grid, policy, t - terms.label_delay if policy.signal in grid.needs_labels else t, serving)
    if policy.kind == "forecast":
        return forecast_gain(grid, policy, terms, t, serving) > terms.retrain_cost
    return False


def _exceeds(grid: Grid, policy: Policy, known: int, serving: int) -> bool:
    """Say whether the newest reading of the model in service exceeds the threshold; chunks before `known` have been read."""
    if known <= serving:
        return False
    return bool(grid.signals[policy.signal][serving, known - 1] > policy.threshold)


def forecast_gain(grid: Grid, policy: Policy, terms: Terms, t: int, serving: int) -> float:
    """Return what a retrain is expected to save over the horizon, at the lower end of the slope; -inf where too few labels came.

    The loss a row of the model in service is a weighted line over its age, fitted to the chunks whose labels have arrived. What
    it has risen since age 0 is the excess over a model as good as this one was when it was new. The slope is lowered by
    `threshold` standard errors.
    """
    known = t - terms.label_delay
    begin = t + terms.deploy_delay - serving
    return trend_gain(grid.losses[serving, serving:known], grid.rows[serving:known], policy, terms, begin=begin)


def trend_gain(lost: Floats, rows: Floats, policy: Policy, terms: Terms, *, begin: int) -> float:
    """Return `forecast_gain` of one model's losses by age, shape (ages,); the horizon begins at age `begin`."""
    kept = rows > 0
    if kept.sum() < FEWEST_FORECAST:
        return -np.inf
    weights, ages = rows[kept], np.flatnonzero(kept).astype(np.float64)
    slope, error = _slope(ages, lost[kept] / weights, weights)
    ahead = policy.horizon * begin + policy.horizon * (policy.horizon - 1) / 2
    return float((slope - policy.threshold * error) * ahead * weights.mean() * terms.value_per_loss)


def _slope(x: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    """Return the weighted least-squares slope and its standard error, n - 2 degrees of freedom."""
    share = weights / weights.sum()
    dx, dy = x - share @ x, y - share @ y
    spread = float(weights @ dx**2)
    slope = float(weights @ (dx * dy)) / spread
    noise = float(weights @ (dy - slope * dx) ** 2) / (len(x) - 2)
    return slope, float(np.sqrt(noise / spread))
