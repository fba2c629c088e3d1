"""Columns that can't change on their own: the reference's rows say what they follow from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.encoding import learn_encoding, number_reader
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_EXPLAINED = 0.95
"""A column of which others explain more than this share of the variance, on rows that it wasn't learned on, follows from them."""

_MOST_ROWS = 1200
_FEWEST_ROWS = 60
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Following:
    """A column that others determine: which, the share of its variance, and the rule that recomputes it, if one was given."""

    column: str
    sources: tuple[str, ...]
    explained: float
    rule: str = ""


def find_following(
    table: Table, features: Sequence[str], asked: Iterable[str], *, apart: frozenset[str], rng: np.random.Generator
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
    rng
        Draws the sample and the halves.
    """
    some = table.take(np.sort(rng.permutation(table.rows)[:_MOST_ROWS]))
    if some.rows < _FEWEST_ROWS:
        return []
    encoding = learn_encoding(some, features)
    numbers, origin = encoding.numbers(some)
    logs = np.column_stack([_logarithms(some, name) for name in encoding.features]) if encoding.features else numbers
    learning = rng.permutation(some.rows) < some.rows // 2
    found = []
    for column in asked:
        if column not in encoding.features:
            continue
        place = encoding.features.index(column)
        others = np.array([name != column and name not in apart for name in encoding.features])
        share, weights = _best(numbers, origin, logs, place, others, learning)
        if share > MOST_EXPLAINED:
            strongest = np.argsort(-weights, kind="stable")[:_NAMED]
            sources = tuple(encoding.features[k] for k in strongest if weights[k] > 0.05 * weights.max())
            found.append(Following(column=column, sources=sources, explained=share))
    return found


def _logarithms(table: Table, column: str) -> Floats:
    """Return the logarithms of a column of positive numbers; NaN throughout of any other."""
    read = number_reader(table[column])
    values = read(table[column]) if read is not None else np.full(table.rows, np.nan)
    if np.isnan(values).any() or values.min() <= 0 or values.min() == values.max():
        return np.full(table.rows, np.nan)
    return np.log(values)


def _best(
    numbers: Floats, origin: Integers, logs: Floats, place: int, others: "npt.NDArray[np.bool_]", learning: "npt.NDArray[np.bool_]"
) -> tuple[float, Floats]:
    """Return the share explained by the best of the models, and how much each feature has to do with it."""
    from sklearn.tree import DecisionTreeRegressor

    width = len(others)
    inputs = others[origin]
    if not inputs.any():
        return 0.0, np.zeros(width)
    x, y, of = numbers[:, inputs], numbers[:, origin == place], origin[inputs]
    tries = [_linear(x, y, learning, of, width)]
    usable = others & ~np.isnan(logs).any(axis=0)
    if usable.any() and not np.isnan(logs[:, place]).any():
        tries.append(_linear(logs[:, usable], logs[:, [place]], learning, np.flatnonzero(usable), width))
    if max(share for share, _ in tries) <= MOST_EXPLAINED:
        tree = DecisionTreeRegressor(min_samples_leaf=3, random_state=0).fit(x[learning], y[learning])
        guess = tree.predict(x[~learning]).reshape(-1, y.shape[1])
        tries.append((explained_share(y[~learning], guess), _by_feature(tree.feature_importances_, of, width)))
    return max(tries, key=lambda each: each[0])


def _linear(x: Floats, y: Floats, learning: "npt.NDArray[np.bool_]", of: Integers, width: int) -> tuple[float, Floats]:
    with_one = np.column_stack([x, np.ones(len(x))])
    weights = np.linalg.lstsq(with_one[learning], y[learning], rcond=1e-9)[0]
    share = explained_share(y[~learning], with_one[~learning] @ weights)
    strength = np.abs(weights[:-1]).sum(axis=1) * x[learning].std(axis=0)
    return share, _by_feature(strength, of, width)


def _by_feature(weights: Floats, of: Integers, width: int) -> Floats:
    return np.bincount(of, weights=weights, minlength=width)


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
