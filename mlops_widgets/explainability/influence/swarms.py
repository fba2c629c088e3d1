"""Contributions row by row without the rows: a beeswarm by the rank of the value, and means along each column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.explainability.attribution.related_columns import as_measured
from mlops_widgets.explainability.influence.attributed import Attributed, drawn_means, ends_of
from mlops_widgets.explainability.influence.cuts import Kind, cut_column

Floats = npt.NDArray[np.float64]

MOST_COLUMNS, MOST_POINTS = 12, 150


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """Mean contribution of a column along its values.

    Parameters
    ----------
    column, output
        The column, and the output that the contributions are to.
    kind
        "number", "date" (milliseconds since 1970) or "category".
    points, labels
        (K,) where each group of rows stands on the axis, and what it is called.
    counts
        (K,) rows in each.
    mean, lower, upper
        (K,) mean contribution with its 95 % interval.
    """

    column: str
    output: str
    kind: Kind
    points: tuple[float, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    mean: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


def strongest_output(attributed: Attributed) -> int:
    """Return the output that the columns move most."""
    return int(np.abs(attributed.values).sum(axis=1).mean(axis=0).argmax())


def swarm(attributed: Attributed, columns: Sequence[str]) -> tuple[Floats, Floats]:
    """Return contributions to the strongest output and the ranks of the values behind them, (columns, points) each.

    Each column is sorted by contribution on its own, so that no row can be followed from one to the next. Ranks go from 0 to
    1; NaN for categories and missing values.
    """
    kept = np.linspace(0, len(attributed.values) - 1, min(MOST_POINTS, len(attributed.values))).round().astype(int)
    output, places = strongest_output(attributed), {name: k for k, name in enumerate(attributed.columns)}
    effects = np.stack([attributed.values[kept, places[name], output] for name in columns])
    ranks = np.stack([_ranks(attributed, name)[kept] for name in columns])
    order = np.argsort(effects, axis=1, kind="stable")
    return np.take_along_axis(effects, order, axis=1), np.take_along_axis(ranks, order, axis=1)


def _ranks(attributed: Attributed, column: str) -> Floats:
    values = as_measured(attributed.asked.rows[column])
    if values.dtype.kind != "f" or np.isnan(values).all():
        return np.full(len(values), np.nan)
    ranks = stats.rankdata(values, nan_policy="omit")
    low, high = float(np.nanmin(ranks)), float(np.nanmax(ranks))
    return (ranks - low) / (high - low) if high > low else np.where(np.isnan(ranks), np.nan, 0.5)


def dependences(
    attributed: Attributed, columns: Sequence[str], weights: Floats, *, bins: int = 8
) -> tuple[Dependence, ...]:
    """Return the mean contributions along each of these columns that can be cut."""
    output, places = strongest_output(attributed), {name: k for k, name in enumerate(attributed.columns)}
    found = []
    for name in columns:
        cut = cut_column(attributed.asked.rows[name], bins=bins, owners=attributed.asked.owners)
        if isinstance(cut, str):
            continue
        groups, labels, points = cut.groups
        means = _group_means(attributed.values[:, places[name], output], groups, len(labels), weights)
        lower, upper = ends_of(means, units=attributed.asked.count)
        counts = np.bincount(groups[groups >= 0], minlength=len(labels))
        found.append(Dependence(
            column=name, output=attributed.explanation.outputs[output], kind=cut.kind, points=tuple(points.tolist()), labels=labels,
            counts=tuple(int(count) for count in counts), mean=_plain(means[0]), lower=_plain(lower), upper=_plain(upper),
        ))  # fmt: skip
    return tuple(found)


def _group_means(values: Floats, groups: npt.NDArray[np.int64], count: int, weights: Floats) -> Floats:
    """Return each group's mean under each weighting, (b, groups)."""
    columns = [drawn_means(values[groups == k, None], weights[:, groups == k])[:, 0] for k in range(count)]
    return np.column_stack(columns)


def _plain(values: Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)
