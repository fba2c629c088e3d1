"""Numbers in another unit: a second cluster a factor away, in the column itself or in what other columns leave open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.words import number, p_words, short
from mlops_widgets.data_quality.detection.columns import Booleans, Columns, Floats
from mlops_widgets.data_quality.detection.suspicions import Suspicion
from mlops_widgets.measures.oddities.expectations import expect
from mlops_widgets.measures.oddities.scales import CONVERSIONS, Shift, find_conversion, find_shift

_FEWEST_ROWS, _FEWEST_DISTINCT = 30, 10
_MOST_COLUMNS = 60
_LEARNED = 4000
_INPUTS = 6
_RELATED = 0.3
_NARROWER = 0.75
_LARGE = 5.0
_TELLS_APART = 0.9
_MANY = 0.3
"""Share of rows from which a second cluster is rather a second sort of thing than a slip."""


@dataclass(frozen=True)
class _Cluster:
    """Rows of a column that a factor would bring to the others, and whether other columns were needed to see it."""

    name: str
    rows: "np.typing.NDArray[np.int64]"
    shift: Shift
    conditional: bool


def suspect_units(columns: Columns, numbers: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """Suspect numbers that are others times a factor."""
    usable = {name: cells for name, cells in numbers.items() if _usable(cells)}
    clusters = [cluster for name in usable for cluster in _in_itself(name, usable[name])]
    found = {cluster.name for cluster in clusters}
    if len(usable) <= _MOST_COLUMNS:
        related = _Related(columns, usable)
        clusters += [
            each for name in usable if name not in found for each in _given_others(name, usable[name], related)
        ]
    for cluster in clusters:
        natural = _other_column_tells(cluster, usable, [each for each in clusters if each.name != cluster.name])
        yield _suspicion(cluster, usable[cluster.name], natural=natural)
    found = {cluster.name for cluster in clusters}
    for name in usable:
        if name not in found:
            yield from _temperatures(name, numbers[name])


def _usable(cells: Floats) -> bool:
    known = cells[np.isfinite(cells)]
    return len(known) >= _FEWEST_ROWS and len(np.unique(known)) >= _FEWEST_DISTINCT


def _in_itself(name: str, cells: Floats) -> Iterator[_Cluster]:
    rows = np.flatnonzero(cells > 0)
    if len(rows) < _FEWEST_ROWS:
        return
    logs = np.log(cells[rows])
    for upwards in (True, False):
        shift = find_shift(logs, upwards=upwards)
        if shift is not None:
            yield _Cluster(name, rows[shift.far], shift, conditional=False)


class _Related:
    """The other numbers that go with each, on a logarithmic scale where they can, and how closely."""

    def __init__(self, columns: Columns, numbers: Mapping[str, Floats]) -> None:
        rows = columns.rows
        every = np.random.default_rng(0).permutation(rows)[:_LEARNED] if rows > _LEARNED else np.arange(rows)
        self.learn = np.sort(every)
        self.names = list(numbers)
        scaled = [_scaled(numbers[name]) for name in self.names]
        self.matrix = np.column_stack(scaled) if scaled else np.zeros((rows, 0))
        with np.errstate(invalid="ignore", divide="ignore"):
            self.together = np.nan_to_num(np.atleast_2d(np.corrcoef(self.matrix[self.learn], rowvar=False)))

    def inputs(self, name: str) -> Floats:
        """Return the columns that go with `name` most closely, (n, up to six)."""
        strength = np.abs(self.together[self.names.index(name)])
        strength[self.names.index(name)] = 0.0
        best = np.argsort(-strength, kind="stable")[:_INPUTS]
        return np.asarray(self.matrix[:, best[strength[best] > _RELATED]])


def _scaled(cells: Floats) -> Floats:
    """Return numbers as ranks' companions: logarithms where all are positive, without gaps, clipped at robust spreads."""
    known = cells[np.isfinite(cells)]
    values = np.log(np.where(cells > 0, cells, np.nan)) if (known > 0).all() else cells
    middle, low, high = np.nanquantile(values, [0.5, 0.01, 0.99])
    filled = np.where(np.isfinite(values), values, middle)
    return np.asarray(np.clip(filled, low, high))


def _given_others(name: str, cells: Floats, related: _Related) -> Iterator[_Cluster]:
    rows = np.flatnonzero(cells > 0)
    inputs = related.inputs(name)
    if len(rows) < max(_FEWEST_ROWS, 10 * inputs.shape[1]) or not inputs.shape[1]:
        return
    logs = np.log(cells[rows])
    learn = np.flatnonzero(np.isin(rows, related.learn))
    left = logs - expect(logs, inputs[rows], learn=learn)
    if _spread(left) > _NARROWER * _spread(logs):
        return
    for upwards in (True, False):
        shift = find_shift(left, upwards=upwards)
        if shift is not None:
            yield _Cluster(name, rows[shift.far], shift, conditional=True)


def _spread(values: Floats) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _other_column_tells(cluster: _Cluster, numbers: Mapping[str, Floats], clusters: list[_Cluster]) -> bool:
    """Say whether another column tells the rows apart too, which no slip in this column could do.

    A column whose own numbers are off in the same rows doesn't count: whole records may be in another unit.
    """
    off_too = {each.name for each in clusters if len(np.intersect1d(each.rows, cluster.rows)) > len(cluster.rows) / 2}
    for name, cells in numbers.items():
        if name == cluster.name or name in off_too:
            continue
        if _told_apart(cells, cluster.rows) >= _TELLS_APART:
            return True
    return False


def _told_apart(cells: Floats, rows: "np.typing.NDArray[np.int64]") -> float:
    """Return the area under the curve, whichever way round, with which the numbers tell the rows from the others."""
    member: Booleans = np.zeros(len(cells), dtype=np.bool_)
    member[rows] = True
    known = np.isfinite(cells)
    others, mine = np.sort(cells[known & ~member]), cells[known & member]
    if len(others) < 2 or len(mine) < 2:
        return 0.5
    below = (np.searchsorted(others, mine, side="left") + np.searchsorted(others, mine, side="right")) / 2
    area = float(below.mean() / len(others))
    return max(area, 1 - area)


def _suspicion(cluster: _Cluster, cells: Floats, *, natural: bool) -> Suspicion:
    shift = cluster.shift
    times = f"×{shift.factor:g}" if shift.factor >= 1 else f"÷{1 / shift.factor:g}"
    unit = f" ({shift.unit})" if shift.unit else ""
    given = " given what other columns say" if cluster.conditional else ""
    reason = (
        f"{len(cluster.rows):,} rows of {short(cluster.name)} form a second cluster{given}, the others {times}{unit}, factor "
        f"{number(shift.lower, digits=4)} to {number(shift.upper, digits=4)}; {p_words(shift.p_value)} under any one tail."
    )
    if natural:
        reason += " Another column tells the same rows apart, so they may be of another sort."
    return Suspicion(
        kind="unit", column=cluster.name, rows=cluster.rows,
        confidence=np.full(len(cluster.rows), _confidence(cluster, natural=natural or len(cluster.rows) > _MANY * len(cells))), reason=reason,
        repair=(cells[cluster.rows] / shift.factor).astype(object) if shift.unit else None,
    )  # fmt: skip


def _confidence(cluster: _Cluster, *, natural: bool) -> float:
    factor = max(cluster.shift.factor, 1 / cluster.shift.factor)
    if natural:
        return 0.4
    if not cluster.shift.unit:
        return 0.45
    if factor >= _LARGE:
        return 0.9
    return 0.8 if cluster.conditional else 0.45


def _temperatures(name: str, cells: Floats) -> Iterator[Suspicion]:
    known = np.flatnonzero(np.isfinite(cells))
    found = find_conversion(cells[known])
    if found is None:
        return
    scale, which, p_value = found
    times, plus = CONVERSIONS[scale]
    rows = known[which]
    yield Suspicion(
        kind="unit", column=name, rows=rows, confidence=np.full(len(rows), 0.7),
        reason=f"{len(rows):,} rows of {short(name)} form a second cluster where the others would lie in another scale of "
        f"temperature ({scale}); {p_words(p_value)} under any one tail.",
        repair=((cells[rows] - plus) / times).astype(object),
    )  # fmt: skip
