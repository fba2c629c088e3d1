"""Regions of the later table that the earlier one hardly covers, as rules that a person can read."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.overfitting.representative.pair import Column, Pair, has_gaps
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

_MOST_RULE_LEVELS = 12
RARER = 3.0
"""A region is hardly covered where its share of the earlier table is less than a third of that of the later one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """What is asked of a row: whether its number is above a threshold, or its cell this level, or missing.

    Parameters
    ----------
    column
        Which column.
    threshold
        The number, or the code of the level; NaN asks whether the cell is missing.
    answer
        Which answer belongs to the region.
    """

    column: Column
    threshold: float
    answer: bool

    def holds(self) -> Marks:
        """Return which rows (n,) belong; a missing cell is never above a threshold, and no level."""
        values = self.column.values
        if np.isnan(self.threshold):
            said = np.isnan(values)
        else:
            said = values == self.threshold if self.column.kind == "level" else values > self.threshold
        return np.asarray(said == self.answer)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """A region: rows that give these answers."""

    questions: tuple[Question, ...]

    def holds(self, pair: Pair) -> Marks:
        """Return which rows of `pair` (n,) are in the region."""
        inside = np.ones(len(pair.later), dtype=np.bool_)
        by_name = {column.name: column for column in pair.columns}
        for each in self.questions:
            inside &= replace(each, column=by_name[each.column.name]).holds()
        return inside

    @property
    def words(self) -> str:
        """The region in words: "month = Dec and distance > 1,400"."""
        names = dict.fromkeys(each.column.name for each in self.questions)
        return " and ".join(_said([each for each in self.questions if each.column.name == name]) for name in names)


def _said(questions: list[Question]) -> str:
    column = questions[0].column
    name = column.name if len(column.name) <= 60 else column.name[:57] + "…"
    parts = [f"{name} is {'' if each.answer else 'not '}missing" for each in questions if np.isnan(each.threshold)]
    asked = [each for each in questions if not np.isnan(each.threshold)]
    if column.kind == "level":
        return " and ".join([*_levels_said(name, asked), *parts])
    above, below = [t.threshold for t in asked if t.answer], [t.threshold for t in asked if not t.answer]
    if above and below:
        parts.append(f"{column.written(max(above))} < {name} ≤ {column.written(min(below))}")
    elif above:
        parts.append(f"{name} > {column.written(max(above))}")
    elif below:
        parts.append(f"{name} ≤ {column.written(min(below))}" + (" or missing" if has_gaps(column) else ""))
    return " and ".join(parts)


def _levels_said(name: str, asked: list[Question]) -> list[str]:
    chosen = [t.column.levels[int(t.threshold)] for t in asked if t.answer]
    refused = [t.column.levels[int(t.threshold)] for t in asked if not t.answer]
    if chosen:
        return [f"{name} = {chosen[0]}"]
    return [f"{name} not {', '.join(refused)}"] if refused else []


def search_regions(pair: Pair, searched: Marks, *, depth: int = 3, seed: int = 0) -> tuple[list[Rule], list[Rule]]:
    """Return disjoint regions, and those of them that look hardly covered in the rows marked by `searched`.

    The branches of a shallow tree are followed down to the first node that looks hardly covered, else to the leaves.

    Thresholds are rounded before anything is measured, so that the rule that is read is the one that
    is confirmed.
    """
    from sklearn.tree import DecisionTreeClassifier

    asked, matrix = _questions(pair)
    later = pair.later[searched]
    least = max(10, round(0.01 * searched.sum()))
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, class_weight="balanced", random_state=seed)
    with one_thread():
        tree.fit(matrix[searched], later)
    leaves, rare = [], []
    waiting: list[tuple[int, _Path]] = [(0, ())]
    while waiting:
        node, path = waiting.pop()
        rule = _rule(path, asked)
        if path and _looks_rare(rule.holds(pair)[searched], later):
            rare.append(rule)  # the whole branch: parts of it would each be too small to confirm
            leaves.append(rule)
        elif tree.tree_.children_left[node] < 0:
            leaves += [rule] if path else []
        else:
            waiting += _branches(tree.tree_, node, path)
    return leaves, rare


def _looks_rare(inside: Marks, later: Marks) -> bool:
    ours, theirs = inside[~later].mean(), inside[later].mean()
    return bool(theirs > RARER * ours)


def _questions(pair: Pair) -> tuple[list[tuple[Column, float]], Floats]:
    """Return what each column of the tree's matrix asks, as column and level (infinite: its number), and the matrix."""
    asked: list[tuple[Column, float]] = []
    matrix: list[Any] = []
    for column in pair.columns:
        missing = np.isnan(column.values)
        if has_gaps(column):
            asked.append((column, np.nan))
            matrix.append(missing)
        if column.kind == "level":
            shown = [code for code, words in enumerate(column.levels[:_MOST_RULE_LEVELS]) if words]
            asked += [(column, float(code)) for code in shown]
            matrix += [column.values == code for code in shown]
        elif not missing.all():
            asked.append((column, np.inf))
            lowest = float(column.values[~missing].min())
            matrix.append(np.where(missing, lowest - max(1.0, abs(lowest)), column.values))
    return asked, np.column_stack([np.asarray(each, dtype=np.float64) for each in matrix]) if matrix else np.zeros(
        (len(pair.later), 1)
    )


_Path = tuple[tuple[int, float, bool], ...]


def _branches(tree: Any, node: int, path: _Path) -> list[tuple[int, _Path]]:  # noqa: ANN401 - scikit-learn's tree
    """Return the two nodes below one, with the splits on the way: column, threshold, and whether the row is above it."""
    split = int(tree.feature[node]), float(tree.threshold[node])
    return [
        (int(tree.children_right[node]), (*path, (*split, True))),
        (int(tree.children_left[node]), (*path, (*split, False))),
    ]


def _rule(path: _Path, asked: list[tuple[Column, float]]) -> Rule:
    questions = []
    for index, threshold, above in path:
        if index < len(asked):
            column, level = asked[index]
            value = _rounded(threshold, column) if np.isinf(level) else level
            questions.append(Question(column=column, threshold=value, answer=above))
    return Rule(questions=tuple(questions))


def _rounded(value: float, column: Column) -> float:
    """Return a threshold with no more digits than the column's spread needs: a hundredth of it; whole where all are."""
    present = column.values[~np.isnan(column.values)]
    if column.kind == "date" or (present == np.floor(present)).all():
        return float(np.floor(value))
    low, high = np.quantile(present, [0.01, 0.99])
    spread = float(high - low) or float(np.ptp(present))
    return round(value, 2 - int(np.floor(np.log10(spread))))
