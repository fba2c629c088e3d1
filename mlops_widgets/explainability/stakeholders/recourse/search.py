"""The search: a grid over one to three columns in few calls of the model, the nearest of each set refined and stripped.

Codes are as of `Move`: an array (n, moves), NaN where a column stays as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Progress, tell
from mlops_widgets.explainability.stakeholders.recourse.changed_rows import Asker
from mlops_widgets.explainability.stakeholders.recourse.moves import Move

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_FEWEST_VALUES = 4
_MOST_VALUES = 14
_MOST_REFINED = 60
_HALVINGS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """What was tried and what reached.

    Parameters
    ----------
    found
        (n, moves) new values that reach what is wanted, minimal, the cheapest first.
    cost, shown
        (n,) what each costs, and the model's number for it.
    tried
        Changed rows that the model was asked about.
    miss, miss_shown
        (moves,) the values that came nearest of those that don't reach, and the model's number for them; NaN where unknown.
    columns
        How many columns were tried together, at each number of changes: the first is all by themselves.
    """

    found: Floats
    cost: Floats
    shown: Floats
    tried: int
    miss: Floats
    miss_shown: float
    columns: tuple[int, ...]


class _Log:
    """Every row asked about: counts them, and keeps the nearest miss."""

    def __init__(self, asker: Asker) -> None:
        self.asker, self.tried = asker, 0
        self.miss, self.miss_short, self.miss_shown = np.full(len(asker.moves), np.nan), np.inf, np.nan

    def reached(self, codes: Floats) -> tuple[Flags, Floats, Floats]:
        """Return which rows reach, how far each falls short, and the model's number."""
        answers = self.asker.ask(codes)
        self.tried += len(codes)
        short = np.where(answers.reached | np.isnan(answers.shortfall), np.inf, answers.shortfall)
        if len(codes) and short.min() < self.miss_short:
            place = int(short.argmin())
            self.miss, self.miss_short, self.miss_shown = codes[place], float(short[place]), float(answers.shown[place])
        return answers.reached, answers.shortfall, answers.shown


def search(
    asker: Asker,
    *,
    most_changes: int,
    most_rows: int,
    must: frozenset[int] = frozenset(),
    progress: Progress | None = None,
) -> Search:
    """Return the nearest changes that reach what is wanted.

    Parameters
    ----------
    asker
        The row and its moves.
    most_changes
        Most columns changed at once, 1 to 3.
    most_rows
        Most rows of the grid; columns that do little alone are left out of larger sets, and their values thinned, to keep it.
    must
        Places of moves of which one at least must change; empty: any.
    progress
        Callback.
    """
    log = _Log(asker)
    valid, use = [], []
    values = [move.codes for move in asker.moves]
    order = np.arange(len(asker.moves))
    spent = 0
    for size in range(1, min(most_changes, len(asker.moves)) + 1):
        left = max(0, most_rows - spent) // (most_changes - size + 1)
        columns, few = _fitting(values, order, size, left, must)
        tell(progress, (size - 1) / most_changes, f"Trying {size} {'change' if size == 1 else 'changes'}")
        codes = _grid(columns, few, size, len(asker.moves), must if size > 1 else frozenset())
        reached, short, _ = log.reached(codes)
        spent += len(codes)
        use.append(len(columns))
        reached &= ~np.isnan(codes[:, sorted(must)]).all(axis=1) if must else True
        valid.append(_cheapest(codes[reached], asker))
        if size == 1:
            order, values = _by_effect(codes, short, asker.moves)
    return _finished(np.concatenate([np.zeros((0, len(asker.moves))), *valid]), log, tuple(use))


def _fitting(
    values: Sequence[Floats], order: Integers, size: int, rows: int, must: frozenset[int]
) -> tuple[list[int], dict[int, Floats]]:
    """Return which columns are tried in sets of `size`, the strongest first, and the values of each, so that the rows fit."""
    if size == 1:
        return [int(k) for k in order], {int(k): values[k] for k in order}
    ranked = sorted((int(k) for k in order), key=lambda k: k not in must)
    for count in range(len(ranked), size - 1, -1):
        each = int((rows / comb(count, size)) ** (1 / size))
        if each >= _FEWEST_VALUES or count == size:
            kept = ranked[:count]
            return kept, {k: _thinned(values[k], min(max(each, 2), _MOST_VALUES)) for k in kept}
    return [], {}


def _thinned(codes: Floats, count: int) -> Floats:
    """Return values spread evenly over the ranks of those given, both ends among them."""
    if len(codes) <= count:
        return codes
    return codes[np.unique(np.round(np.linspace(0, len(codes) - 1, count)).astype(np.int64))]


def _grid(columns: Sequence[int], values: dict[int, Floats], size: int, width: int, must: frozenset[int]) -> Floats:
    """Return every combination of new values of every set of columns."""
    blocks = [np.zeros((0, width))]
    for chosen in combinations(columns, size):
        if must and not must & set(chosen):
            continue
        mesh = np.array(list(product(*(values[k] for k in chosen))), dtype=np.float64)
        block = np.full((len(mesh), width), np.nan)
        block[:, list(chosen)] = mesh
        blocks.append(block)
    return np.concatenate(blocks)


def _by_effect(codes: Floats, short: Floats, moves: Sequence[Move]) -> tuple[Integers, list[Floats]]:
    """Return columns by how near they come alone, and their values: categories by that too, amounts by their size."""
    best = np.full(len(moves), np.inf)
    values = []
    for place, move in enumerate(moves):
        mine = ~np.isnan(codes[:, place])
        falls = np.where(np.isnan(short[mine]), np.inf, short[mine])
        best[place] = falls.min() if len(falls) else np.inf
        at = codes[mine, place]
        values.append(np.sort(at) if move.ordered else at[np.argsort(falls, kind="stable")])
    return np.argsort(best, kind="stable"), values


def _cheapest(codes: Floats, asker: Asker) -> Floats:
    """Return the cheapest rows: the two best of every set of columns, of the sets that cost least."""
    cost = asker.cost(codes)
    order = np.argsort(cost, kind="stable")
    taken: dict[bytes, int] = {}
    kept = []
    for place in order:
        key = (~np.isnan(codes[place])).tobytes()
        if taken.get(key, 0) < 2:
            taken[key] = taken.get(key, 0) + 1
            kept.append(place)
        if len(kept) == _MOST_REFINED:
            break
    return codes[kept]


def _finished(codes: Floats, log: _Log, columns: tuple[int, ...]) -> Search:
    """Return the rows refined, stripped of changes that aren't needed, and without those that another is at least as near as."""
    refined = codes
    for _ in range(min(2, int((~np.isnan(codes)).sum(axis=1).max(initial=0)))):
        refined = np.unique(np.concatenate([refined, _refined(refined, log)]), axis=0)
        refined = _cheapest(refined, log.asker)
    stripped = _stripped(refined, log)
    reached, _, shown = log.reached(stripped)
    stripped, shown = stripped[reached], shown[reached]
    cost = log.asker.cost(stripped)
    order = np.argsort(cost, kind="stable")
    kept = undominated(stripped[order], log.asker.moves)
    order = order[kept]
    return Search(
        found=stripped[order], cost=cost[order], shown=shown[order], tried=log.tried, miss=log.miss, miss_shown=log.miss_shown,
        columns=columns,
    )  # fmt: skip


def _refined(codes: Floats, log: _Log) -> Floats:
    """Return each row with one of its amounts drawn back towards the row's own, as near as still reaches (by halving)."""
    moves = log.asker.moves
    pairs = [
        (row, place)
        for row, place in zip(*np.nonzero(~np.isnan(codes)), strict=True)
        if moves[place].ordered and not np.isnan(moves[place].own)
    ]
    if not pairs:
        return codes[:0]
    rows, places = (np.array(each) for each in zip(*pairs, strict=True))
    at = np.arange(len(rows))
    far = codes[rows]
    best, low, high = far.copy(), np.zeros(len(rows)), np.ones(len(rows))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        trial = far.copy()
        for place in np.unique(places):
            mine = places == place
            trial[mine, place] = moves[place].near(middle[mine], far[mine, place])
        reached, _, _ = log.reached(trial)
        best[reached] = trial[reached]
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    same = best[at, places] == np.array([moves[place].own for place in places])
    return np.asarray(best[~same])


def _stripped(codes: Floats, log: _Log) -> Floats:
    """Return each row, or the smallest part of its changes that reaches by itself."""
    parts = [
        (row, part)
        for row in range(len(codes))
        for part in proper_parts(np.flatnonzero(~np.isnan(codes[row])).tolist())
    ]
    if not parts:
        return codes
    trial = np.full((len(parts), codes.shape[1]), np.nan)
    for place, (row, part) in enumerate(parts):
        trial[place, list(part)] = codes[row, list(part)]
    reached, _, _ = log.reached(trial)
    cost = log.asker.cost(trial)
    result = codes.copy()
    for row in range(len(codes)):
        mine = [k for k, (owner, _) in enumerate(parts) if owner == row and reached[k]]
        if mine:
            result[row] = trial[min(mine, key=lambda k: (len(parts[k][1]), cost[k]))]
    return np.unique(result, axis=0)


def proper_parts(places: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Return every part of some changes that leaves one out or more, the smallest first."""
    for size in range(1, len(places)):
        yield from combinations(places, size)


def undominated(codes: Floats, moves: Sequence[Move]) -> list[int]:
    """Return which rows, given the cheapest first, no other is at least as near as in every column."""
    far = np.column_stack([
        np.where(np.isnan(codes[:, place]), 0.0, move.cost(codes[:, place])) for place, move in enumerate(moves)
    ]) if moves else np.zeros(codes.shape)  # fmt: skip
    kept: list[int] = []
    for row in range(len(codes)):
        if not any(np.all(far[other] <= far[row] + 1e-12) for other in kept):
            kept.append(row)
    return kept


def diverse(codes: Floats, cost: Floats, most: int) -> list[int]:
    """Return which rows to propose: the cheapest, then whichever is cheap and shares few of its columns with those before.

    Of the rows that change the same columns only the first is. A row's cost is counted once more for the share of its columns that it has in common with the most similar one taken.
    """
    sets = [frozenset(np.flatnonzero(~np.isnan(row)).tolist()) for row in codes]
    taken: list[int] = []
    rest = sorted({each: k for k, each in reversed(list(enumerate(sets)))}.values())
    while rest and len(taken) < most:
        before = [sets[k] for k in taken]
        taken.append(min(rest, key=lambda k: (cost[k] * (1 + _overlap(sets[k], before)), k)))
        rest.remove(taken[-1])
    return taken


def _overlap(columns: frozenset[int], taken: Sequence[frozenset[int]]) -> float:
    return max((len(columns & other) / len(columns | other) for other in taken), default=0.0)
