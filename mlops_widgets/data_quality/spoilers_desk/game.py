"""What is played on a desk: which spills, how much of each, how often; checked, and played."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.data_quality.spills import BY_NAME, SPILLS, Spill
from mlops_widgets.data_quality.spoilers_desk.play import Desk, Round, Shown
from mlops_widgets.data_quality.spoilers_desk.rounds import Rounds
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed


@dataclass(frozen=True, kw_only=True)
class Game:
    """What is played.

    Parameters
    ----------
    spills, shares
        What is spilled, and how much of it; the first share is 0.
    rounds, seed
        How often, and the seed of the first.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.
    """

    spills: tuple[Spill, ...]
    shares: tuple[float, ...]
    rounds: int
    seed: int
    progress: Progress | None = None
    cancel: Cancel | None = None

    def play(self, made: Callable[[int], Desk], spills: Sequence[Spill]) -> Rounds:
        """Play every round on a desk of its own; the pieces of work are a spill in a round."""
        draws: list[list[list[tuple[Shown, Shown]]]] = []
        for at, spill in steps(list(product(range(self.rounds), spills)), "spill", self.progress, self.cancel):
            if spill is spills[0]:
                now = Round(desk=made(at), seed=self.seed_of(at))
                draws.append([])
            draws[at].append([now.dials(spill, share) for share in self.shares])
        return Rounds(np.array(draws, dtype=np.float64))

    def seed_of(self, at: int) -> int:
        """Return the seed of a round: two games of fewer than a thousand rounds share none."""
        return self.seed * 1000 + at


def chosen_spills(names: Sequence[str] | None) -> tuple[Spill, ...]:
    """Return the spills of these names in their order, all for None; raise where there is no such spill."""
    wanted = tuple(BY_NAME) if names is None else (names,) if isinstance(names, str) else tuple(names)
    for name in wanted:
        if name not in BY_NAME:
            raise UnknownNameError(
                f"Unknown spill {str(name)[:60]!r} in spills=. Spills: {listed(BY_NAME, most=6)}.{did_you_mean(str(name), BY_NAME)}"
            )
    if not wanted:
        raise InputError(f"spills= is empty. Spills: {listed(BY_NAME, most=6)}.")
    return tuple(spill for spill in SPILLS if spill.name in wanted)


def checked_shares(shares: Sequence[float]) -> tuple[float, ...]:
    """Return the shares, rising and with 0 before them; raise where one is none."""
    given: Any = shares  # anything may have been passed
    known = isinstance(given, Sequence) and all(isinstance(share, Real) and 0 <= float(share) <= 1 for share in given)
    if not known:
        raise InputError(f"shares={given!r:.80}. Pass shares of rows, each 0 to 1, such as (0, 0.1, 0.4).")
    found = tuple(sorted({0.0, *map(float, given)}))
    if len(found) < 2:
        raise InputError(f"shares={given!r:.80}. Pass a share above 0, too: clean rows alone show nothing.")
    return found
