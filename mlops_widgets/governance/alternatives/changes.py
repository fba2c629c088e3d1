"""What can be changed without looking at anybody's group: columns silent or coarse, parameters, seeds, weights in training."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number, short
from mlops_widgets.governance.fairness.people import Grouping, read_groupings
from mlops_widgets.study.encoding import as_words
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.row_weights import weight_argument
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, as_numbers, distinct, holds_numbers

Floats = npt.NDArray[np.float64]

_BINS = 4
_LEVELS = 10
_SEEDS = (1, 2)
_WEIGHTS = "weights of training"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing done to the model's training.

    Parameters
    ----------
    name
        What it is called, short.
    words
        What is done, a sentence's part.
    silent, coarse
        Columns that hold one cell everywhere, or few values.
    parameters
        Parameters of the estimator that are set, name and value.
    seed
        Another seed of the training, or None.
    reweighed
        Whether training rows are weighed so that group and label are independent; the group isn't looked at afterwards.
    """

    name: str
    words: str
    silent: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    parameters: tuple[tuple[str, object], ...] = ()
    seed: int | None = None
    reweighed: tuple[str, ...] = ()

    def __add__(self, other: "Change") -> "Change":
        """Return both changes as one."""
        parameters = dict(self.parameters) | dict(other.parameters)
        return Change(
            name=f"{self.name}, {other.name}", words=f"{self.words}; {other.words}",
            silent=tuple(dict.fromkeys((*self.silent, *other.silent))),
            coarse=tuple(dict.fromkeys((*self.coarse, *other.coarse))), parameters=tuple(parameters.items()),
            seed=other.seed if self.seed is None else self.seed,
            reweighed=tuple(dict.fromkeys((*self.reweighed, *other.reweighed))),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Workshop:
    """Where models are trained anew.

    Parameters
    ----------
    study
        The study.
    learner
        The model to be trained.
    rows
        Rows to learn from.
    groups
        Columns of groups among these rows.
    """

    study: Study
    learner: EstimatorPredictor
    rows: Table
    groups: tuple[str, ...]

    def train(self, change: Change) -> tuple[EstimatorPredictor, Callable[[Table], Table]]:
        """Return the model trained with a change, and what is done to rows before it is asked about them."""
        prepare = self._preparing(change)
        learner, table = self.learner, prepare(self.rows)
        if change.parameters:
            learner = learner.with_model(deepcopy(learner.model).set_params(**dict(change.parameters)))
        if change.reweighed:
            name = self._weights_name()
            table = table.replace(table.pandas().assign(**{name: self._weights(change.reweighed)}))
            learner = learner.weighted(name)
        return learner.refit(table, seed=change.seed), prepare

    def _preparing(self, change: Change) -> Callable[[Table], Table]:
        cells = {column: usual_cell(self.rows, column) for column in change.silent}
        edges = {column: coarse_values(self.rows, column) for column in change.coarse if column not in cells}

        def prepare(table: Table) -> Table:
            if not cells and not edges:
                return table
            frame = table.pandas()
            for column, cell in cells.items():
                frame[column] = cell.take(np.zeros(len(frame), dtype=np.intp)).set_axis(frame.index)
            for column, (cuts, values) in edges.items():
                frame[column] = _coarsened(table[column], cuts, values)
            return table.replace(frame)

        return prepare

    def _weights_name(self) -> str:
        name = _WEIGHTS
        while name in self.rows:
            name += "_"
        return name

    def _weights(self, columns: tuple[str, ...]) -> Floats:
        """Return weights of Kamiran & Calders (2012): expected over observed share of group and label."""
        people = read_groupings(self.study, self.rows, groups=columns, reference_group=None)
        y = self.study.labels(self.rows)
        own = self.study.weights(self.rows) if self.learner.takes_weights else np.ones(len(y))
        return own * kamiran_calders(_joined(people), y, own)


def _joined(people: Sequence[Grouping]) -> npt.NDArray[np.int64]:
    return np.unique(np.column_stack([each.codes for each in people]), axis=0, return_inverse=True)[1].ravel()


def kamiran_calders(group: npt.NDArray[np.int64], y: Floats, weights: Floats) -> Floats:
    """Return P(group) P(label) / P(group, label) of each row (n,): under it group and label are independent.

    Parameters
    ----------
    group
        (n,) codes.
    y
        (n,) labels; rows without one get 1.
    weights
        (n,) weights of the rows.

    Examples
    --------
    >>> group, y = np.array([0, 0, 0, 1]), np.array([1.0, 1.0, 0.0, 0.0])
    >>> kamiran_calders(group, y, np.ones(4)).tolist()
    [0.75, 0.75, 1.5, 0.5]
    """
    known = np.isfinite(y)
    found = np.ones(len(y))
    label = np.unique(y[known], return_inverse=True)[1].ravel()
    group, own = group[known], weights[known]
    cells = np.zeros((int(group.max(initial=0)) + 1, int(label.max(initial=0)) + 1))
    np.add.at(cells, (group, label), own)
    expected = cells.sum(axis=1, keepdims=True) * cells.sum(axis=0, keepdims=True) / cells.sum()
    found[known] = np.divide(expected, cells, out=np.ones_like(cells), where=cells > 0)[group, label]
    return found


def usual_cell(table: Table, column: str) -> "pd.Series[Any]":
    """Return the most frequent cell of a column, of the column's own type, as a column of one row."""
    words = as_words(table[column])
    often = words.mode()
    place = int((words == often.iloc[0]).to_numpy().argmax()) if len(often) else 0
    cell: pd.Series[Any] = table[column].take([place])
    return cell


def coarse_values(table: Table, column: str) -> tuple[Floats, Floats]:
    """Return cuts at the quartiles of a column of numbers, and the median of each part."""
    numbers = as_numbers(table[column])
    known = numbers[np.isfinite(numbers)]
    cuts = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS))
    part = np.searchsorted(cuts, known, side="right")
    medians = [np.median(known[part == at]) if (part == at).any() else np.nan for at in range(len(cuts) + 1)]
    return cuts, np.array(medians)


def _coarsened(column: "pd.Series[Any]", cuts: Floats, values: Floats) -> Floats:
    numbers = as_numbers(column)
    return np.where(np.isfinite(numbers), values[np.searchsorted(cuts, numbers, side="right")], np.nan)


def list_changes(workshop: Workshop, *, drop: bool, most: int) -> list[Change]:
    """Return single changes, of each kind the most promising first.

    Columns are tried in the order of how much they tell of the groups (Cramér's V with their levels or tenths).
    """
    features = by_proxy(workshop)
    found = [_seeded(seed) for seed in _SEEDS]
    found += _reweighed(workshop)
    found += _regularised(workshop.learner)
    columns = [
        Change(name=f"without {short(each)}", words=f"{short(each)} holds one value everywhere", silent=(each,))
        for each in features
        if drop
    ]
    coarse = [
        Change(name=f"coarse {short(each)}", words=f"{short(each)} in {_BINS} parts", coarse=(each,))
        for each in features
        if holds_numbers(workshop.rows[each]) and distinct(workshop.rows[each]) > 2 * _BINS
    ]
    room = max(0, most - len(found))
    few = coarse[: room // 4]
    return (found + columns[: room - len(few)] + few)[:most]


def _seeded(seed: int) -> Change:
    return Change(name=f"seed {seed}", words=f"trained anew with seed {seed}", seed=seed)


def _reweighed(workshop: Workshop) -> list[Change]:
    if not workshop.groups or weight_argument(workshop.learner.model) is None:
        return []
    words = "training rows weighed so that group and label are independent; decisions don't look at the group"
    return [Change(name="reweighed", words=words, reweighed=workshop.groups)]


_STRONGER: dict[str, Callable[[float], float]] = {
    "C": lambda c: c / 10, "alpha": lambda a: max(10 * a, 1e-3), "l2_regularization": lambda a: max(10 * a, 10.0),
    "reg_lambda": lambda a: max(10 * a, 10.0), "min_samples_leaf": lambda a: max(5 * a, 50),
    "max_depth": lambda a: max(1, min(a, 5) - 2), "max_leaf_nodes": lambda a: max(2, a // 4),
}  # fmt: skip
"""Parameters that hold an estimator back, and a stronger value."""
_WHOLE = frozenset({"max_depth", "max_leaf_nodes"})
_UNSET = {"max_depth": 5.0}
"""What an endless parameter counts as."""


def _regularised(learner: EstimatorPredictor) -> list[Change]:
    """Return one change for each parameter that the model has; those of two steps of a pipeline are told apart by path."""
    found = []
    for path, value in sorted(learner.model.get_params().items()):
        name = path.rpartition("__")[2]
        given = _UNSET.get(name) if value is None else value
        if name not in _STRONGER or isinstance(given, bool | str) or not isinstance(given, int | float):
            continue
        stronger = _STRONGER[name](given)
        new = int(stronger) if name in _WHOLE or (isinstance(given, int) and name == "min_samples_leaf") else stronger
        if new != value:
            words = f"{name} {_said(new)} in the place of {_said(value)}"
            found.append(Change(name=f"{name} {_said(new)}", words=words, parameters=((path, new),)))
    return found


def _said(value: float | None) -> str:
    if value is None:
        return "none"
    return number(value, "integer") if isinstance(value, int) else number(value)


def by_proxy(workshop: Workshop) -> list[str]:
    """Return the model's columns, the one that tells most of the groups first; one that never changes is left out."""
    people = read_groupings(workshop.study, workshop.rows, groups=workshop.groups, reference_group=None) if workshop.groups else ()  # fmt: skip
    table = workshop.rows
    parts = {each: _parts(table[each]) for each in workshop.learner.features}
    strength = {
        name: max((cramers_v(codes, each.codes) for each in people), default=0.0)
        for name, codes in parts.items()
        if codes.max(initial=0) > 0
    }
    return sorted(strength, key=lambda name: -strength[name])


def _parts(column: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    """Return codes of a column's most frequent levels, or of the tenths of its numbers."""
    if holds_numbers(column) and distinct(column) > _LEVELS:
        numbers = as_numbers(column)
        cuts = np.unique(np.nanquantile(numbers, np.arange(1, 10) / 10))
        return np.searchsorted(cuts, np.nan_to_num(numbers, nan=np.inf), side="right").astype(np.int64)
    words = as_words(column).fillna("")
    often = words.value_counts().index[:_LEVELS]
    return np.asarray(pd.Index(often).get_indexer(words.to_numpy()), dtype=np.int64) + 1 if len(often) > 1 else np.zeros(len(words), dtype=np.int64)  # fmt: skip


def cramers_v(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> float:
    """Return Cramér's V (1946, p. 282) of two columns of codes, 0 to 1.

    Examples
    --------
    >>> cramers_v(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    1.0
    """
    a, b = (np.unique(each, return_inverse=True)[1].ravel() for each in (a, b))
    table = np.zeros((int(a.max(initial=0)) + 1, int(b.max(initial=0)) + 1))
    np.add.at(table, (a, b), 1)
    least = min(table.shape) - 1
    if least < 1:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum() / least))
