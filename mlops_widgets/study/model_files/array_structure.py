"""Whether what other objects keep fits what compiled code does with it: support vectors, splines, centres, generators.

Encoders and vectorizers are here because they build sparse matrices from the numbers that they keep, and scipy believes
the column numbers of a sparse matrix.
"""

from typing import Any

import numpy as np


def sparse_problem(matrix: Any) -> str | None:  # noqa: ANN401 - any sparse matrix
    """Return what is wrong with a scipy sparse matrix, or None."""
    if matrix.format in {"csr", "csc", "bsr"}:
        try:
            matrix.check_format(full_check=True)
        except (ValueError, TypeError, IndexError, AttributeError):
            return "a sparse matrix whose indices are out of range"
    if matrix.format == "coo":
        for numbers, most in zip(matrix.coords, matrix.shape, strict=True):
            if numbers.size and (numbers.min() < 0 or numbers.max() >= most or len(numbers) != len(matrix.data)):
                return "a sparse matrix whose indices are out of range"
    return None


def support_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with the arrays that libsvm walks through, or None."""
    attributes = vars(estimator)
    if "support_vectors_" not in attributes:
        return None
    if "_impl" in attributes:
        return "another kind of support vector machine"
    counts, support = np.asarray(attributes["_n_support"]), np.asarray(attributes["support_"])
    votes = estimator._impl in {"c_svc", "nu_svc"}  # noqa: SLF001 - decides how libsvm reads the arrays
    classes = len(attributes["classes_"]) if votes else 2
    # For numbers and outliers both counts are those of all support vectors.
    counted = counts.sum() if votes else counts.max(initial=0)
    if len(counts) != classes or (counts < 0).any() or counted != len(support):
        return "other counts than support vectors"
    return _coefficients_problem(attributes, classes, len(support)) or _vectors_problem(attributes, support)


def _coefficients_problem(attributes: dict[str, Any], classes: int, total: int) -> str | None:
    pairs, coefficients = classes * (classes - 1) // 2, attributes["_dual_coef_"]
    stored = coefficients.size if isinstance(coefficients, np.ndarray) else coefficients.nnz
    if coefficients.shape != (classes - 1, total) or stored != (classes - 1) * total:
        return "other coefficients than support vectors"
    if np.shape(attributes["_intercept_"]) != (pairs,):
        return "other intercepts than classes"
    shapes = {np.shape(attributes["_probA"]), np.shape(attributes["_probB"])}
    return None if len(shapes) == 1 and shapes <= {(0,), (pairs,)} else "other probabilities than classes"


def _vectors_problem(attributes: dict[str, Any], support: Any) -> str | None:  # noqa: ANN401 - an array
    rows, width = attributes["shape_fit_"]
    if (support < 0).any() or (support >= rows).any():
        return "a support vector that is out of range"
    kernel = attributes["kernel"]
    if callable(kernel):
        return _kernel_problem(kernel)
    if kernel != "precomputed" and attributes["support_vectors_"].shape != (len(support), width):
        return "other support vectors than it says"
    return None if attributes.get("n_features_in_") == width else "support vectors for other columns"


def _kernel_problem(kernel: Any) -> str | None:  # noqa: ANN401 - any function
    """Refuse libraries' functions that give other than a number for each row that was learned from: ufuncs, scores."""
    homes = (str(getattr(kernel, "__module__", "")), type(kernel).__module__)
    if homes[0] == "sklearn.metrics.pairwise" or not any(
        home.startswith(("numpy", "scipy", "sklearn")) for home in homes
    ):
        return None
    return "a kernel that is none"


def generator_problem(generator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a random generator: numpy reads its buffer from where the state says."""
    bits = getattr(generator, "bit_generator", getattr(generator, "_bit_generator", generator))
    state = bits.state
    position, buffered = dict(state.get("state", {})).get("pos", 0), state.get("buffer_pos", 0)
    return None if 0 <= position <= 624 and 0 <= buffered <= 4 else "a position outside its buffer"


def spline_problem(spline: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a `BSpline`, or None."""
    attributes = vars(spline)
    knots = np.asarray(attributes.get("_t", attributes.get("t")))
    coefficients = np.asarray(attributes.get("_c", attributes.get("c")))
    degree = attributes.get("k")
    if not isinstance(degree, int | np.integer) or degree < 0 or knots.ndim != 1 or knots.dtype.kind != "f":
        return "a spline without knots"
    needed = len(knots) - degree - 1
    if needed < degree + 1 or coefficients.ndim < 1 or len(coefficients) < needed:
        return "a spline with fewer coefficients than its knots need"
    return None if np.isfinite(knots).all() and (np.diff(knots) >= 0).all() else "a spline whose knots aren't in order"


def centres_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with the centres of clusters, which compiled code reads one column after the other."""
    attributes = vars(estimator)
    if "cluster_centers_" not in attributes:
        return None
    width = attributes.get("n_features_in_")
    centres = [np.asarray(attributes["cluster_centers_"]), *_bisected(attributes.get("_bisecting_tree"))]
    if not isinstance(width, int | np.integer) or any(each.shape[-1:] != (width,) for each in centres):
        return "centres for other columns"
    return None if centres[0].ndim == 2 and len(centres[0]) else "no centres"


def _bisected(root: Any) -> list[Any]:  # noqa: ANN401 - untyped
    found: list[Any] = []
    left = [] if root is None else [root]
    while left and len(found) < 1_000_000:
        node = vars(left.pop())
        found.append(np.asarray(node.get("center")))
        left += [node[side] for side in ("left", "right") if node.get(side) is not None]
    return found


def vocabulary_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a vectorizer's vocabulary: its numbers become the columns of a sparse matrix."""
    words = vars(estimator).get("vocabulary_")
    if words is None:
        return None
    if not isinstance(words, dict):
        return "a vocabulary that isn't one"
    try:
        columns = np.fromiter(words.values(), dtype=np.int64, count=len(words))
    except (TypeError, ValueError, OverflowError):
        return "a vocabulary without column numbers"
    if len(columns) and (columns.min() < 0 or columns.max() >= len(columns)):
        return "a word of its vocabulary in a column that is out of range"
    return None


def hashing_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a hasher: compiled code divides by its number of columns."""
    columns = vars(estimator).get("n_features")
    return None if isinstance(columns, int | np.integer) and 0 < columns < 2**31 else "no columns to hash to"


def onehot_problem(encoder: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with a one-hot encoder, or None: category numbers become columns of a sparse matrix."""
    attributes = vars(encoder)
    if (
        "categories_" not in attributes or "_n_features_outs" not in attributes
    ):  # not fitted, or by scikit-learn before 1.1
        return None
    try:
        widths = list(attributes["_n_features_outs"])
        fits = len(widths) == len(attributes["categories_"]) and all(
            int(width) == _columns_of(attributes, i) for i, width in enumerate(widths)
        )
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return "categories that don't belong together"
    return None if fits else "a category in a column that is out of range"


def _columns_of(encoder: dict[str, Any], column: int) -> int:
    """Return how many columns one column becomes, or -1 where its numbers would point elsewhere."""
    categories = np.asarray(encoder["categories_"][column])
    if categories.dtype.kind in "iuf" and (np.diff(categories[~_missing(categories)]) <= 0).any():
        return -1
    width = len(categories)
    if encoder.get("_infrequent_enabled", False):
        rare, to = (encoder[name][column] for name in ("_infrequent_indices", "_default_to_infrequent_mappings"))
        if (rare is None) != (to is None):
            return -1
        if rare is not None and (min(rare) < 0 or max(rare) >= width or len(to) != width):
            return -1
        width -= 0 if rare is None else len(rare) - 1
        if to is not None and (min(to) < 0 or max(to) >= width):
            return -1
    dropped = encoder.get("_drop_idx_after_grouping")
    if dropped is None or dropped[column] is None:
        return width
    return width - 1 if 0 <= dropped[column] < width else -1


def _missing(values: Any) -> Any:  # noqa: ANN401 - arrays
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
