"""Trees of any library as arrays: where rows go, and what they are worth there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class CategorySplit:
    """Where the codes of a category go at one node.

    Parameters
    ----------
    left, right
        Codes, whole numbers.
    other_left
        Whether codes in neither list go left.
    """

    left: Sequence[int] = ()
    right: Sequence[int] = ()
    other_left: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """One tree of m nodes; node 0 is the root.

    Parameters
    ----------
    left, right
        (m,) children, -1 at leaves; a row goes left where its cell is at most the threshold.
    feature, threshold
        (m,) what a node asks; anything at leaves.
    missing_left
        (m,) where missing cells go.
    value
        (m, outputs) what a leaf adds.
    zero_missing
        (m,) whether zeros go where missing cells go; None: nowhere.
    categories
        Node → where codes go.
    """

    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    missing_left: Bools
    value: Floats
    zero_missing: Bools | None = None
    categories: Mapping[int, CategorySplit] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """Trees whose leaves add up, their nodes in arrays (m nodes of all trees together).

    Parameters
    ----------
    roots
        (trees,) nodes.
    left, right, feature, threshold, missing_left, zero_missing, value
        As in `Tree`.
    category
        (m,) row of `goes_left`, -1 where a node compares numbers.
    codes
        (c,) codes that some node knows, ascending.
    goes_left
        (category nodes, c + 1) whether a code goes left; last, any other code.
    base
        (outputs,) what the leaves add to.
    single
        Whether cells are rounded to single precision before they are compared.
    """

    roots: Ints
    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    missing_left: Bools
    zero_missing: Bools
    value: Floats
    category: Ints
    codes: Floats
    goes_left: Bools
    base: Floats
    single: bool

    def used(self, width: int) -> Bools:
        """Return which of `width` features some tree asks about."""
        asked = np.zeros(width, dtype=bool)
        asked[self.feature[self.left >= 0]] = True
        return asked

    def decided(self, cells: Floats, nodes: Ints) -> Bools:
        """Return whether rows go left at some nodes: cells (n, features) → (n, nodes)."""
        seen = (rounded(cells) if self.single else cells)[:, self.feature[nodes]]
        missing = np.isnan(seen)
        zeros = self.zero_missing[nodes]
        if zeros.any():
            missing |= zeros & (seen == 0)
        found = np.where(missing, self.missing_left[nodes], seen <= self.threshold[nodes])
        told = np.flatnonzero(self.category[nodes] >= 0)
        if len(told):
            found[:, told] = self._by_code(seen[:, told], nodes[told])
        return found

    def _by_code(self, seen: Floats, nodes: Ints) -> Bools:
        code = np.trunc(seen)
        place = np.searchsorted(self.codes, code)
        known = self.codes[np.minimum(place, len(self.codes) - 1)] == code
        table = self.goes_left[self.category[nodes], np.where(known, place, len(self.codes))]
        return np.where(np.isnan(seen), self.missing_left[nodes], table)


def rounded(cells: Floats) -> Floats:
    """Return cells as single precision holds them."""
    with np.errstate(over="ignore"):
        return np.asarray(cells.astype(np.float32), dtype=np.float64)


def planted(trees: Sequence[Tree], *, base: Floats, single: bool) -> Forest:
    """Return trees as one forest.

    Parameters
    ----------
    trees
        Whose leaves add up.
    base
        (outputs,) what they add to.
    single
        Whether cells are rounded to single precision before they are compared.
    """
    offsets = np.cumsum([0, *(len(tree.left) for tree in trees)])
    splits = {
        int(offset) + node: split
        for tree, offset in zip(trees, offsets[:-1], strict=True)
        for node, split in tree.categories.items()
    }
    category, codes, goes_left = _category_tables(splits, int(offsets[-1]))
    return Forest(
        roots=offsets[:-1].astype(np.intp), left=_shifted([tree.left for tree in trees], offsets),
        right=_shifted([tree.right for tree in trees], offsets),
        feature=np.concatenate([tree.feature for tree in trees]).astype(np.intp),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        missing_left=np.concatenate([tree.missing_left for tree in trees]).astype(bool),
        zero_missing=np.concatenate([
            np.zeros(len(tree.left), dtype=bool) if tree.zero_missing is None else tree.zero_missing for tree in trees
        ]), value=np.concatenate([tree.value for tree in trees]), category=category, codes=codes, goes_left=goes_left,
        base=base, single=single,
    )  # fmt: skip


def _shifted(children: Sequence[Ints], offsets: Ints) -> Ints:
    moved = [np.where(each >= 0, each + offset, -1) for each, offset in zip(children, offsets[:-1], strict=True)]
    return np.concatenate(moved).astype(np.intp)


def _category_tables(splits: Mapping[int, CategorySplit], nodes: int) -> tuple[Ints, Floats, Bools]:
    category = np.full(nodes, -1, dtype=np.intp)
    known = sorted({int(code) for split in splits.values() for code in (*split.left, *split.right)})
    codes = np.array(known or [0], dtype=np.float64)
    goes_left = np.zeros((len(splits), len(codes) + 1), dtype=bool)
    for row, (node, split) in enumerate(splits.items()):
        category[node] = row
        goes_left[row] = split.other_left
        goes_left[row, np.searchsorted(codes, list(split.left)).astype(np.intp)] = True
        goes_left[row, np.searchsorted(codes, list(split.right)).astype(np.intp)] = False
    return category, codes, goes_left
