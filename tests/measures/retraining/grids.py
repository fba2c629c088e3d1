"""Small random grids, and what a policy does on them told another way."""

from typing import Any

import numpy as np

from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.measures.retraining.policies import Policy, Terms

Installs = list[tuple[int, int]]


def random_grid(seed: int, *, most: int = 9, halves: bool = True) -> Grid:
    """Return a grid in which models may be missing, chunks empty, and losses fall or rise with age."""
    rng = np.random.default_rng(seed)
    chunks = int(rng.integers(1, most + 1))
    first = int(rng.integers(0, chunks))
    age = np.arange(chunks)[None, :] - np.arange(chunks)[:, None]
    read = (age >= 0) & (np.arange(chunks) >= first)[:, None]
    read &= ((rng.random(chunks) > 0.2) | (np.arange(chunks) == first))[:, None]
    counts = rng.integers(0, 5, (2, chunks)).astype(float)
    if not halves:
        counts[1] = 0
    mean = rng.normal(0.3, 1, (chunks, chunks)) + rng.normal(0, 0.3) * age
    sums = np.where(read, counts[:, None, :] * (mean + rng.normal(0, 0.5, (2, chunks, chunks))), np.nan)
    signals = {name: np.where(read & (rng.random(read.shape) > 0.1), rng.random(read.shape), np.nan) for name in "ab"}
    return Grid(
        sums=sums, counts=counts, first=first, label_delay=int(rng.integers(0, 4)), signals=signals, needs_labels=frozenset("b"),
    )  # fmt: skip


def random_terms(seed: int) -> Terms:
    """Return costs and delays."""
    rng = np.random.default_rng(seed)
    return Terms(
        retrain_cost=float(rng.choice([0, 0.3, 2])), value_per_loss=float(rng.choice([1, 2.5])),
        label_delay=int(rng.integers(0, 4)), deploy_delay=int(rng.integers(0, 4)),
    )  # fmt: skip


def owner(installs: Installs, t: int) -> int:
    """Return who serves in chunk t."""
    return max((each for each in installs if each[0] <= t), key=lambda each: (each[0], each[1]))[1]


def told(grid: Grid, policy: Policy, terms: Terms, start: int) -> tuple[float, list[int], list[int], Installs]:
    """Return total, decisions, refusals and installs, by looking everything up in a record of installs."""
    installs: Installs = [(-1, grid.first)]
    decided: list[int] = []
    refused: list[int] = []
    missing = np.isnan(grid.sums.sum(axis=0)).all(axis=1)
    for t in range(start + 1, grid.chunks):
        new, serving = t - terms.label_delay, owner(installs, t)
        if any(at > t for at, _ in installs) or new <= serving or missing[new]:
            continue
        if policy.gate and new - policy.gate <= serving:
            continue
        if not asked(grid, policy, terms, (t, serving, start)):
            continue
        decided.append(t)
        if policy.gate and not wins(grid, new, serving, policy.gate):
            refused.append(t)
        else:
            installs.append((t + terms.deploy_delay, new))
    cells = np.nan_to_num(grid.sums.sum(axis=0))
    lost = [cells[owner(installs, t), t] for t in range(start, grid.chunks)]
    total = terms.value_per_loss * float(np.sum(lost)) + terms.retrain_cost * len(decided)
    served = [(at, model) for at, model in installs[1:] if at < grid.chunks]
    return total, decided, refused, served


def wins(grid: Grid, new: int, serving: int, gate: int) -> bool:
    """Say whether the model trained `gate` chunks before lost less in the chunks since."""
    sums = grid.sums.sum(axis=0)
    if np.isnan(sums[new - gate]).all():
        return False
    return float(np.nansum(sums[new - gate, new - gate : new])) < float(np.nansum(sums[serving, new - gate : new]))


def asked(grid: Grid, policy: Policy, terms: Terms, at: tuple[int, int, int]) -> bool:
    """Say whether a policy asks for a retrain."""
    t, serving, start = at
    if policy.kind == "every":
        return t in range(start, 1000, policy.every)
    if policy.kind == "signal":
        last = t - 1 - (terms.label_delay if policy.signal in grid.needs_labels else 0)
        return last >= serving and bool(grid.signals[policy.signal][serving][last] > policy.threshold)
    if policy.kind == "forecast":
        return rises_enough(grid, policy, terms, t, serving)
    return False


def rises_enough(grid: Grid, policy: Policy, terms: Terms, t: int, serving: int) -> bool:
    """Say whether the forecast saves more than a retrain costs, by the normal equations of a weighted line."""
    rows = grid.counts.sum(axis=0)
    known = [j for j in range(serving, t - terms.label_delay) if rows[j] > 0]
    if len(known) < 4:
        return False
    w = np.diag(rows[known])
    x: Any = np.stack([np.ones(len(known)), np.array(known) - serving], axis=1)
    y = grid.sums.sum(axis=0)[serving, known] / rows[known]
    inverse = np.linalg.inv(x.T @ w @ x)
    beta = inverse @ x.T @ w @ y
    noise = float((y - x @ beta) @ w @ (y - x @ beta)) / (len(known) - 2)
    slope = beta[1] - policy.threshold * np.sqrt(noise * inverse[1, 1])
    ages = [j - serving for j in range(t + terms.deploy_delay, t + terms.deploy_delay + policy.horizon)]
    return bool(slope * sum(ages) * rows[known].mean() * terms.value_per_loss > terms.retrain_cost)
