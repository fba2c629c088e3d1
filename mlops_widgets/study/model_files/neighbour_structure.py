"""Whether the trees and labels of nearest-neighbour models point where they may.

References
----------
scikit-learn, `neighbors/_binary_tree.pxi.tp` (queries follow `idx_array` and node ranges unchecked) and
`metrics/_pairwise_distances_reduction/_argkmin_classmode.pyx.tp` (labels index the class scores unchecked).
"""

from typing import Any

import numpy as np


def space_problem(tree: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a `KDTree` or `BallTree`, or None."""
    try:
        state = tree.__getstate__()
        data, order, nodes, bounds = (np.asarray(each) for each in state[:4])
        count, metric, weights = int(state[6]), state[11], state[12]
    except (AttributeError, TypeError, ValueError, IndexError):
        return "a neighbour tree without its state"
    rows, width = data.shape
    if not len(data) or len(order) != rows or _out_of_range(order, rows):
        return "a neighbour tree whose order of rows is out of range"
    if weights is not None and len(np.asarray(weights)) != rows:
        return "a neighbour tree with other weights than rows"
    return (
        _nodes_problem(nodes, count, rows)
        or (
            None
            if bounds.shape[1:] == (count, width) and len(bounds)
            else "a neighbour tree whose bounds have another size"
        )
        or (None if len(bounds) == (2 if "KD" in type(tree).__name__ else 1) else "a neighbour tree with other bounds")
        or metric_problem(metric, width)
    )


def _nodes_problem(nodes: Any, count: int, rows: int) -> str | None:  # noqa: ANN401 - a record array
    if count < 1 or len(nodes) != count:
        return "a neighbour tree that says it has other nodes than it holds"
    if (
        (nodes["idx_start"] < 0).any()
        or (nodes["idx_start"] > nodes["idx_end"]).any()
        or (nodes["idx_end"] > rows).any()
    ):
        return "a neighbour tree with a node whose rows are out of range"
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    return "a neighbour tree with a child that is out of range" if (2 * inner + 2 >= count).any() else None


def metric_problem(metric: Any, width: int) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a distance for this many columns: its weights are read one a column."""
    if not any(base.__name__.startswith("DistanceMetric") for base in type(metric).__mro__):
        return "a neighbour tree without a distance"
    vector, matrix = (np.asarray(each) for each in metric.__getstate__()[1:3])
    kind = type(metric).__name__
    fits = {
        "SEuclidean": vector.size == width,
        "Minkowski": vector.size in {0, width},
        "Mahalanobis": matrix.shape == (width, width),
        "Haversine": width == 2,
    }
    return None if all(fit for start, fit in fits.items() if kind.startswith(start)) else "a distance for other columns"


def labels_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with the labels of a neighbours classifier, or None."""
    attributes = vars(estimator)
    labels, classes, fitted = attributes.get("_y"), attributes.get("classes_"), attributes.get("_fit_X")
    if labels is None or classes is None or fitted is None:
        return None
    labels = np.asarray(labels)
    if labels.shape[:1] != fitted.shape[:1]:
        return "other labels than rows"
    if labels.ndim == 1 and (labels.dtype.kind not in "iu" or _out_of_range(labels, len(classes))):
        return "a label that is out of range"
    return None


def _out_of_range(numbers: Any, most: int) -> bool:  # noqa: ANN401 - an array
    return bool((numbers < 0).any() or (numbers >= most).any())
