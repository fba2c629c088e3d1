"""Every policy on the same timeline: thresholds from its first part, judged on its second part against never retraining."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mlops_widgets.measures.retraining.comparisons import FEWEST_CHUNKS, compare
from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.measures.retraining.oracle import Oracle, oracle
from mlops_widgets.measures.retraining.policies import Kind, Path, Policy, Terms, walk
from mlops_widgets.measures.retraining.thresholds import tune

Verdict = Literal["better", "worse", "not distinguishable", "same as never", "not enough data"]
EVERY = (1, 2, 4, 8, 13, 26, 52)
"""Chunks between retrains of the schedules that are judged; all others are in `totals()` and in hindsight."""
_NEVER = Policy()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is compared, and how.

    Parameters
    ----------
    terms
        Costs and delays.
    split
        Chunk from which policies are judged.
    gate
        Chunks that a challenger is compared on, in policies with a gate.
    horizon
        Chunks that forecasts look ahead.
    seed
        Of the bootstrap.
    thresholds
        Signal → thresholds to choose among, instead of those learned from the readings.
    """

    terms: Terms
    split: int
    gate: int
    horizon: int
    seed: int
    thresholds: Mapping[str, Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One policy, judged.

    Parameters
    ----------
    name, kind, window
        What it is called; its kind; the window of rows that its refits learn from.
    every, signal, threshold, gate, horizon, window_index
        Its parameters, see `Policy`.
    installs
        (chunk from which it serves, model), over the whole timeline.
    retrains, refused
        How many were paid for over the whole timeline, and how many of them the gate refused.
    total
        Losses and retrain costs over the whole timeline.
    judged_total, judged_retrains
        The same over the judged part, which each policy enters with the first model in service.
    difference, lower, upper
        That total less never's; a 95 % interval that holds for all policies at once, NaN with too few chunks.
    verdict
        What the interval says: below 0 is better.
    breakeven_cost
        Cost of one retrain at which this path, as it is, costs as much as never, on the judged part; NaN without a retrain.
    alarm_share
        Share of chunks in which the trigger would alarm if readings went on as in the first part; NaN where that isn't known.
    """

    name: str
    kind: Kind
    window: str
    every: int = 0
    signal: str = ""
    threshold: float = 0.0
    gate: int = 0
    horizon: int = 0
    window_index: int = 0
    installs: tuple[tuple[int, int], ...] = ()
    retrains: int = 0
    refused: int = 0
    total: float
    judged_total: float
    judged_retrains: int = 0
    difference: float = 0.0
    lower: float = float("nan")
    upper: float = float("nan")
    verdict: Verdict = "same as never"
    breakeven_cost: float = float("nan")
    alarm_share: float = float("nan")

    @property
    def policy(self) -> Policy:
        """The policy as `walk` takes it."""
        return Policy(kind=self.kind, every=self.every, signal=self.signal, threshold=self.threshold, gate=self.gate,
                      horizon=self.horizon, window=self.window_index)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All policies in the order of the timeline's judged cost, the oracle, and what hindsight would have picked."""

    standings: tuple[Standing, ...]
    block: int
    oracle: Oracle
    judged_oracle: float
    best: tuple[str, float]


def judge(
    grids: Sequence[Grid], windows: Sequence[str], plan: Plan, fixed: Sequence[tuple[Policy, float]] = ()
) -> Judged:
    """Return every policy judged; `fixed` are policies whose thresholds stay, each with its share of false alarms."""
    chosen = list(fixed) or chosen_policies(grids, plan)
    walks = [_both(grids[policy.window], policy, plan) for policy, _ in chosen]
    never = _both(grids[0], _NEVER, plan)
    several = len(grids) > 1
    differences = np.stack([judged.costs - never[1].costs for _, judged in walks])
    found = compare(differences, seed=plan.seed)
    standings = []
    for index, (policy, share) in enumerate(chosen):
        bounds = float(found.lower[index]), float(found.upper[index])
        window = windows[policy.window] if several else ""
        made = _standing(policy, walks[index], never[1], bounds, plan)
        name = f"{made.name} ({window})" if window and policy.kind != "never" else made.name
        standings.append(replace(made, name=name, window=window, alarm_share=share))
    best = [oracle(grid, plan.terms) for grid in grids]
    return Judged(
        standings=tuple(sorted(standings, key=lambda each: (each.judged_total, each.kind != "never"))),
        block=found.block,
        oracle=min(best, key=lambda each: each.total),
        judged_oracle=min(oracle(grid, plan.terms, start=plan.split).total for grid in grids),
        best=_hindsight(grids, plan, standings),
    )


def chosen_policies(grids: Sequence[Grid], plan: Plan) -> list[tuple[Policy, float]]:
    """Return the policies that are judged, each trigger with its threshold and its share of false alarms."""
    ahead = grids[0].chunks - plan.split
    plain = [Policy(kind="every", every=each) for each in EVERY if each < ahead]
    triggers = [Policy(kind="signal", signal=name) for name in grids[0].signals]
    if ahead >= FEWEST_CHUNKS:
        triggers.append(Policy(kind="forecast", horizon=plan.horizon))
    chosen: list[tuple[Policy, float]] = [(_NEVER, float("nan"))]
    for window, grid in enumerate(grids):
        chosen += [(replace(each, window=window), float("nan")) for each in plain]
        for gate in (0, plan.gate) if plan.gate else (0,):
            chosen += _tuned(grid, [replace(each, window=window, gate=gate) for each in triggers], plan)
        if plan.gate:
            chosen += [(replace(plain[0], window=window, gate=plan.gate), float("nan"))] if plain else []
    return chosen


def _tuned(grid: Grid, triggers: Sequence[Policy], plan: Plan) -> list[tuple[Policy, float]]:
    end = max(plan.split - plan.terms.label_delay, grid.first)
    found = [
        tune(grid, each, plan.terms, end=end, chunks=grid.chunks - plan.split, seed=plan.seed,
             given=plan.thresholds.get(each.signal or each.kind, ()))
        for each in triggers if not each.signal or each.signal in grid.signals
    ]  # fmt: skip
    return [(each.policy, each.alarm_share) for each in found if each is not None]


def _both(grid: Grid, policy: Policy, plan: Plan) -> tuple[Path, Path]:
    """Return the policy's path over the whole timeline, and over the judged part from the first model on."""
    return walk(grid, policy, plan.terms), walk(grid, policy, plan.terms, start=plan.split)


def _standing(
    policy: Policy, paths: tuple[Path, Path], never: Path, bounds: tuple[float, float], plan: Plan
) -> Standing:
    """Return a policy with its paths over the whole timeline and over the judged part."""
    whole, judged = paths
    retrains = len(judged.decided)
    saved = never.total - (judged.total - plan.terms.retrain_cost * retrains)
    return Standing(
        name=policy.name, kind=policy.kind, window="", every=policy.every, signal=policy.signal, threshold=policy.threshold,
        gate=policy.gate, horizon=policy.horizon, window_index=policy.window, installs=whole.installs, retrains=len(whole.decided),
        refused=len(whole.refused), total=whole.total, judged_total=judged.total, judged_retrains=retrains,
        difference=judged.total - never.total, lower=bounds[0], upper=bounds[1], verdict=_verdict(judged, never, *bounds),
        breakeven_cost=saved / retrains if retrains else float("nan"),
    )  # fmt: skip


def _verdict(judged: Path, never: Path, lower: float, upper: float) -> Verdict:
    if np.array_equal(judged.costs, never.costs):
        return "same as never"
    if np.isnan(lower):
        return "not enough data"
    if upper < 0:
        return "better"
    return "worse" if lower > 0 else "not distinguishable"


def _hindsight(grids: Sequence[Grid], plan: Plan, standings: Sequence[Standing]) -> tuple[str, float]:
    """Return the policy that would have cost least on the judged part, over all schedules and thresholds, seen afterwards."""
    ahead = grids[0].chunks - plan.split
    found = [(each.judged_total, each.name) for each in standings]
    for window, grid in enumerate(grids):
        schedules = [Policy(kind="every", every=each, window=window) for each in range(1, ahead)]
        triggers = [
            Policy(kind="signal", signal=name, threshold=float(each), window=window)
            for name, values in grid.signals.items()
            for each in np.unique(np.nanquantile(values, np.linspace(0, 1, 41)))
            if np.isfinite(values).any()
        ]
        for policy in schedules + triggers:
            total = walk(grid, policy, plan.terms, start=plan.split).total
            limit = f" above {policy.threshold:.3g}" if policy.kind == "signal" else ""
            found.append((total, f"{policy.name}{limit}"))
    total, name = min(found)
    return name, total
