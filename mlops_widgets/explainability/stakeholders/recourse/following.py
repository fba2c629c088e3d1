"""Columns that can't change on their own: the reference's rows say what they follow from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.encoding import learn_encoding, number_reader
from mlops_widgets.study.tables import Table
from mlops_widgets.study.wording import Wording

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

MOST_EXPLAINED = 0.95
"""A column of which others explain more than this share of the variance, on rows that it wasn't learned on, follows from them."""

_MOST_ROWS = 1200
_FEWEST_ROWS = 60
_NAMED = 3
_NAMED_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Following:
    """A column that others determine.

    Parameters
    ----------
    column, feature
        Its name, and what it is called in sentences.
    sources
        What it follows from, as called in sentences: the three columns at most that have most to do with it.
    explained
        The share of its variance that they explain; NaN of a rule.
    rule
        The rule that works it out, where one was given.
    """

    column: str
    feature: str
    sources: tuple[str, ...]
    explained: float
    rule: str = ""


def find_following(
    table: Table,
    features: Sequence[str],
    asked: Iterable[str],
    *,
    apart: frozenset[str],
    words: Wording,
    rng: np.random.Generator,
) -> list[Following]:
    """Return which of the columns `asked` follow from the other features.

    Three models are fitted on half of a sample and judged on the other half: linear, linear in logarithms (products and
    ratios), and a tree (bands and steps). The best of them counts.

    Parameters
    ----------
    table
        The reference.
    features
        The model's columns.
    asked
        Columns to look at.
    apart
        Columns with a rule of their own: nothing follows from what is worked out.
    words
        What columns are called.
    rng
        Draws the sample and the halves.
    """
    some = table.take(np.sort(rng.permutation(table.rows)[:_MOST_ROWS]))
    if some.rows < _FEWEST_ROWS:
        return []
    encoding = learn_encoding(some, features)
    if not encoding.features:
        return []
    numbers, origin = encoding.numbers(some)
    logs = np.column_stack([_logarithms(some, name) for name in encoding.features])
    sample = _Sample(numbers=numbers, origin=origin, logs=logs, learning=rng.permutation(some.rows) < some.rows // 2)
    free = np.array([name not in apart for name in encoding.features])
    found = []
    for column in asked:
        if column not in encoding.features:
            continue
        place = encoding.features.index(column)
        share, weights = sample.best(place, free & (np.arange(len(free)) != place))
        if share > MOST_EXPLAINED:
            strongest = np.argsort(-weights, kind="stable")[:_NAMED]
            sources = tuple(
                words.feature(encoding.features[k]) for k in strongest if weights[k] > _NAMED_SHARE * weights.max()
            )
            found.append(Following(column=column, feature=words.feature(column), sources=sources, explained=share))
    return found


def _logarithms(table: Table, column: str) -> Floats:
    """Return the logarithms of a column of positive numbers; NaN throughout of any other."""
    read = number_reader(table[column])
    values = read(table[column]) if read is not None else np.full(table.rows, np.nan)
    if np.isnan(values).any() or values.min() <= 0 or values.min() == values.max():
        return np.full(table.rows, np.nan)
    return np.log(values)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sample:
    """Rows as numbers, of which feature each column tells, each feature's logarithms, and which rows are learned on."""

    numbers: Floats
    origin: Integers
    logs: Floats
    learning: Flags

    def best(self, place: int, others: Flags) -> tuple[float, Floats]:
        """Return the share of a feature's variance that others explain at best, and how much each has to do with it."""
        from sklearn.tree import DecisionTreeRegressor

        inputs, width, learning = others[self.origin], len(others), self.learning
        if not inputs.any():
            return 0.0, np.zeros(width)
        x, y, of = self.numbers[:, inputs], self.numbers[:, self.origin == place], self.origin[inputs]
        tries = [_linear(x, y, learning, of, width)]
        usable = others & ~np.isnan(self.logs).any(axis=0)
        if usable.any() and not np.isnan(self.logs[:, place]).any():
            logs = self.logs[:, usable], self.logs[:, [place]]
            tries.append(_linear(*logs, learning, np.flatnonzero(usable), width))
        if max(share for share, _ in tries) <= MOST_EXPLAINED:
            tree = DecisionTreeRegressor(min_samples_leaf=3, random_state=0).fit(x[learning], y[learning])
            guess = tree.predict(x[~learning]).reshape(-1, y.shape[1])
            tries.append((explained_share(y[~learning], guess), _by_feature(tree.feature_importances_, of, width)))
        return max(tries, key=lambda each: each[0])


def _linear(x: Floats, y: Floats, learning: Flags, of: Integers, width: int) -> tuple[float, Floats]:
    with_one = np.column_stack([x, np.ones(len(x))])
    weights = np.linalg.lstsq(with_one[learning], y[learning], rcond=1e-9)[0]
    share = explained_share(y[~learning], with_one[~learning] @ weights)
    strength = np.abs(weights[:-1]).sum(axis=1) * x[learning].std(axis=0)
    return share, _by_feature(strength, of, width)


def _by_feature(weights: Floats, of: Integers, width: int) -> Floats:
    return np.bincount(of, weights=weights, minlength=width).astype(np.float64)


def explained_share(y: Floats, guess: Floats) -> float:
    """Return the share of the variance explained, of several columns together; 0 where nothing varies.

    Examples
    --------
    >>> y = np.array([[0.0], [1.0], [2.0]])
    >>> explained_share(y, y), explained_share(y, np.ones((3, 1)))
    (1.0, 0.0)
    """
    whole = float(((y - y.mean(axis=0)) ** 2).sum())
    return 1 - float(((y - guess) ** 2).sum()) / whole if whole > 0 else 0.0
