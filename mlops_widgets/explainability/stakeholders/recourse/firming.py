"""Proposals taken a little further until they hold although values are a little off: at the very edge nobody can rely on one."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.explainability.stakeholders.recourse.changed_rows import Asker
from mlops_widgets.explainability.stakeholders.recourse.robustness import holding_share
from mlops_widgets.explainability.stakeholders.recourse.search import proper_parts

Floats = npt.NDArray[np.float64]

FIRM_SHARE = 0.8
"""Share of noisy copies that must hold."""

_FURTHER = (1.1, 1.25, 1.5, 2.0, 3.0)


def firmed(asker: Asker, codes: Floats, *, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return each row (n, moves) as it is or the least of some steps further at which it is firm, and the share that holds.

    A row of which a part is firm by itself gives way to that part.

    Parameters
    ----------
    asker
        The row, its moves and the model.
    codes
        Rows that reach what is wanted.
    draws
        Noisy copies of each; 0: the rows stay as they are.
    rng
        Draws the noise.
    """
    share = holding_share(asker, codes, draws=draws, rng=rng)
    if not draws:
        return codes, share
    codes = codes.copy()
    fragile = np.flatnonzero(share < FIRM_SHARE)
    trial = np.concatenate([codes[:0], *(_further(asker, codes[fragile], by) for by in _FURTHER)])
    firm = _firm_shares(asker, trial, draws, rng).reshape(len(_FURTHER), len(fragile))
    for place, row in enumerate(fragile):
        steps = np.flatnonzero(firm[:, place] >= FIRM_SHARE)
        if len(steps):
            codes[row], share[row] = trial[int(steps[0]) * len(fragile) + place], firm[steps[0], place]
    return _without_needless(asker, codes, share, draws, rng)


def _firm_shares(asker: Asker, codes: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return the share of noisy copies that hold, 0 where the row itself doesn't reach."""
    if not len(codes):
        return np.zeros(0)
    reached = asker.ask(codes).reached
    share = np.zeros(len(codes))
    share[reached] = holding_share(asker, codes[reached], draws=draws, rng=rng)
    return share


def _further(asker: Asker, codes: Floats, by: float) -> Floats:
    """Return rows whose amounts are moved `by` times as far, within their range."""
    moved = codes.copy()
    for place, move in enumerate(asker.moves):
        changed = ~np.isnan(codes[:, place])
        if not move.ordered or np.isnan(move.own) or not changed.any():
            continue
        far = move.own + by * (codes[changed, place] - move.own)
        moved[changed, place] = np.clip(move.outward(far), move.codes.min(), move.codes.max())
    return moved


def _without_needless(
    asker: Asker, codes: Floats, share: Floats, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    parts = [
        (row, part)
        for row in range(len(codes))
        if share[row] >= FIRM_SHARE
        for part in proper_parts(np.flatnonzero(~np.isnan(codes[row])).tolist())
    ]
    trial = np.full((len(parts), codes.shape[1]), np.nan)
    for place, (row, part) in enumerate(parts):
        trial[place, list(part)] = codes[row, list(part)]
    firm = _firm_shares(asker, trial, draws, rng)
    cost = asker.cost(trial)
    for row in range(len(codes)):
        mine = [k for k, (owner, _) in enumerate(parts) if owner == row and firm[k] >= FIRM_SHARE]
        if mine:
            best = min(mine, key=lambda k: (len(parts[k][1]), cost[k]))
            codes[row], share[row] = trial[best], firm[best]
    return codes, share
