"""Numbers that contradict the sum, difference, product or ratio that their columns keep to; ages that contradict dates."""

from collections.abc import Iterator, Mapping

import numpy as np

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Columns, Floats
from mlops_widgets.data_quality.detection.detectors.dates import days_of
from mlops_widgets.data_quality.detection.detectors.numbers import numbers_of
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.oddities.relations import Relation, find_relations

_MOST_COLUMNS = 15
_YEAR = 365.2425
_BINS = 20
_CULPRIT, _OTHERS = 0.75, 0.35
_CLEARLY = 2.0
"""By how much likelier (natural logarithm) one culprit must be than the next, to be named."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect the cell of a broken equation that is least at home in its column, where putting it right brings it home."""
    numbers = dict(list(numbers_of(columns).items())[:_MOST_COLUMNS])
    years = {f"year of {name}": np.floor(days / _YEAR) + 1970 for name, days in days_of(columns).items()}
    for relation in find_relations({**numbers, **years}):
        yield from _broken(relation, numbers)


def _broken(relation: Relation, numbers: Mapping[str, Floats]) -> Iterator[Suspicion]:
    at = np.flatnonzero(relation.broken)
    if not len(at):
        return
    parts = [name for name in (relation.result, relation.first, relation.second) if name in numbers]
    right = {name: _put_right(relation, numbers, name, at) for name in parts}
    gains = np.array(
        [_at_home(numbers[name], right[name]) - _at_home(numbers[name], numbers[name][at]) for name in parts]
    )
    order = np.sort(gains, axis=0)
    clear = order[-1] - order[-2] >= _CLEARLY if len(parts) > 1 else np.ones(len(at), dtype=np.bool_)
    for place, name in enumerate(parts):
        culprit = clear & (gains[place] == order[-1])
        for chosen, confidence in ((culprit, _CULPRIT * relation.held), (~clear, _OTHERS)):
            if chosen.any():
                yield _suspicion(relation, name, at[chosen], confidence, right[name][chosen])


def _suspicion(
    relation: Relation, name: str, rows: "np.typing.NDArray[np.int64]", confidence: float, repair: Floats
) -> Suspicion:
    held = number(relation.held, "percent", digits=1)
    words = short(relation.words, 90)
    return Suspicion(
        kind="dependency", column=name, rows=rows, confidence=np.full(len(rows), confidence),
        reason=f"{words} holds in {held} of the rows, and not here.",
        repair=np.array([each if np.isfinite(each) else None for each in repair], dtype=object),
    )  # fmt: skip


def _put_right(
    relation: Relation, numbers: Mapping[str, Floats], name: str, at: "np.typing.NDArray[np.int64]"
) -> Floats:
    """Return what `name` would have to be for the equation to hold, NaN where it can't be told."""
    if name == relation.result:
        return relation.expected[at]
    result = numbers[relation.result][at] - relation.plus
    if not relation.second:
        return np.asarray(result)
    other = relation.second if name == relation.first else relation.first
    known = numbers[other][at] if other in numbers else _undone(relation, numbers, name, at)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        solved = {
            "+": result - known,
            "−": result + known if name == relation.first else known - result,
            "×": result / known,
            "÷": result * known if name == relation.first else known / result,
        }[relation.sign]
    return np.asarray(np.where(np.isfinite(solved), solved, np.nan))


def _undone(relation: Relation, numbers: Mapping[str, Floats], name: str, at: "np.typing.NDArray[np.int64]") -> Floats:
    """Return the side of the equation that is no column of numbers, such as the year of a date."""
    given, own = relation.expected[at] - relation.plus, numbers[name][at]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        solved = {
            "+": given - own, "−": own - given if name == relation.first else given + own, "×": given / own,
            "÷": own / given if name == relation.first else given * own,
        }[relation.sign]  # fmt: skip
    return np.asarray(solved)


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
