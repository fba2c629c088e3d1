"""Numbers that contradict the sum, difference, product or ratio that their columns keep to; ages that contradict dates."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Columns, Floats, Integers
from mlops_widgets.data_quality.detection.detectors.dates import days_of
from mlops_widgets.data_quality.detection.detectors.numbers import numbers_of
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.oddities.relations import Relation, find_relations, last_digit, on_grid

Cells = npt.NDArray[np.object_]

_MOST_COLUMNS, _MOST_DATES = 15, 4
_YEAR = 365.2425
_BINS = 20
_FOREIGN = 6.0
"""Natural logarithm by which a number of more digits than its column's is less likely."""
_WORTH_SAYING = 0.2


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect the cells of broken equations: most the one that is least at home in its column while what belongs there would be.

    Sums, differences, products and ratios of numbers, and numbers that are the days or years between two dates.
    """
    numbers = dict(list(numbers_of(columns).items())[:_MOST_COLUMNS])
    for relation in find_relations(numbers):
        yield from _broken(relation, numbers, {})
    days = dict(list(days_of(columns).items())[:_MOST_DATES])
    fewer = dict(list(numbers.items())[: _MOST_COLUMNS - _MOST_DATES])
    for unit, length in (("days", 1.0), ("years", _YEAR)) if days else ():
        dates = {f"{name} (in {unit})": name for name in days}
        every = {**fewer, **{alias: days[name] / length for alias, name in dates.items()}}
        for relation in find_relations(every):
            if relation.first not in numbers and relation.result in numbers:
                yield from _broken(relation, every, dates)


def _broken(relation: Relation, every: Mapping[str, Floats], dates: Mapping[str, str]) -> Iterator[Suspicion]:
    """Blame each column of a broken row by how much likelier the row is once that column is put right.

    `dates` says which names in the equation are columns of dates.
    """
    at = np.flatnonzero(relation.broken)
    if not len(at):
        return
    parts = [name for name in (relation.result, relation.first, relation.second) if name]
    right = {name: _put_right(relation, every, name, at) for name in parts}
    gains = np.array([_gain(every[name], every[name][at], right[name]) for name in parts])
    likely = np.exp(gains - gains.max(axis=0))
    blame = relation.held * likely / likely.sum(axis=0)
    for name, share in zip(parts, blame, strict=True):
        chosen = share >= _WORTH_SAYING
        if chosen.any():
            yield Suspicion(
                kind="dependency", column=dates.get(name, name), rows=at[chosen], confidence=share[chosen],
                reason=f"{short(relation.words, 90)} holds in {number(relation.held, 'percent', digits=1)} of the rows, and not here.",
                repair=None if name in dates else _known(right[name][chosen]),
            )  # fmt: skip


def _known(values: Floats) -> Cells:
    return np.array([each if np.isfinite(each) else None for each in values], dtype=object)


def _put_right(relation: Relation, every: Mapping[str, Floats], name: str, at: Integers) -> Floats:
    """Return what `name` would have to be for the equation to hold, NaN where it can't be told."""
    if name == relation.result:
        return relation.expected[at]
    result = every[relation.result][at] - relation.plus
    if not relation.second:
        return np.asarray(result)
    is_first = name == relation.first
    known = every[relation.second if is_first else relation.first][at]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        solved = {
            "+": result - known, "−": result + known if is_first else known - result, "×": result / known,
            "÷": result * known if is_first else known / result,
        }[relation.sign]  # fmt: skip
    return np.asarray(np.where(np.isfinite(solved), solved, np.nan))


def _gain(column: Floats, found: Floats, right: Floats) -> Floats:
    """Return how much more at home what belongs there would be than what is there; nothing of more digits than its column's is."""
    return np.asarray(
        _at_home(column, right) - _at_home(column, found) - _FOREIGN * ~on_grid(right, last_digit(column))
    )


def _at_home(column: Floats, values: Floats) -> Floats:
    """Return how usual values are in a column: the logarithm of the share of rows in their bin over the bin's width."""
    known = column[np.isfinite(column)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)))
    if len(edges) < 3:
        return np.zeros(len(values))
    spread = float(edges[-2] - edges[1]) or float(edges[-1] - edges[0])
    outside = (values < edges[1] - spread) | (values > edges[-2] + spread) | ~np.isfinite(values)
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    counts = np.histogram(known, edges)[0]
    with np.errstate(divide="ignore"):
        density = np.log(np.maximum(counts, 0.5) / len(known)) - np.log(np.diff(edges) / spread)
    return np.where(outside, -12.0, np.maximum(density[bins], -12.0))
