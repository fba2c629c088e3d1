"""Which of the changes found are proposed: like rows that exist, firm, near, and different from each other."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.explainability.stakeholders.recourse.case import Case
from mlops_widgets.explainability.stakeholders.recourse.firming import FIRM_SHARE, firmed
from mlops_widgets.explainability.stakeholders.recourse.likeness import Likeness, enough_like, rows_like
from mlops_widgets.explainability.stakeholders.recourse.search import diverse, undominated

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """Proposals as arrays, the first the cheapest: codes (n, moves), the others (n,) as the fields of `Proposal`."""

    codes: Floats
    cost: Floats
    distance: Floats
    like_rows: Integers
    plausible: Flags
    holding_share: Floats


def choose(case: Case, codes: Floats, likeness: Likeness, *, own_distance: float, most: int, draws: int) -> Chosen:
    """Return the proposals: of the best kind only, where plausible counts before firm.

    Parameters
    ----------
    case
        The row.
    codes
        (n, moves) rows that reach what is wanted, the cheapest first.
    likeness
        How far rows of the reference lie from each other.
    own_distance
        How far the row itself lies from them: a change needn't bring an unusual row among the others.
    most
        Most proposals.
    draws
        Noisy copies that each is tried on.
    """
    asker = case.asker
    plausible = _judged(case, codes, likeness, own_distance)[2]
    pool = np.flatnonzero(plausible) if plausible.any() else np.arange(len(codes))
    pool = pool[diverse(codes[pool], asker.cost(codes[pool]), 2 * most)]
    codes, holding = firmed(asker, codes[pool], draws=draws, rng=case.rng)
    order = np.argsort(asker.cost(codes), kind="stable")
    codes, holding = codes[order], holding[order]
    distance, like, plausible = _judged(case, codes, likeness, own_distance)
    tier = 2 * ~plausible + (holding < FIRM_SHARE)
    best = np.flatnonzero(tier == tier.min())
    best = best[undominated(codes[best], asker.moves)]
    best = best[diverse(codes[best], asker.cost(codes[best]), most)]
    return Chosen(
        codes=codes[best], cost=asker.cost(codes[best]), distance=distance[best], like_rows=like[best],
        plausible=plausible[best], holding_share=holding[best],
    )  # fmt: skip


def _judged(case: Case, codes: Floats, likeness: Likeness, own_distance: float) -> tuple[Floats, Integers, Flags]:
    """Return the distance of each row to the reference, how many rows there have its new values, and whether both will do."""
    distance = likeness.distances(case.asker.frame(codes))
    like = np.array([rows_like(case.asker, row, case.reference) for row in codes], dtype=np.int64)
    enough = np.array([enough_like(int(count), len(case.reference)) for count in like])
    return distance, like, (distance <= max(likeness.limit, own_distance) + 1e-9) & enough
