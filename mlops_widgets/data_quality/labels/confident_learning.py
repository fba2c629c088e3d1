"""cleanlab, imported in this module alone."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def suspicions(labels: Integers, probabilities: Floats) -> Floats:
    """Return how suspicious each label is, 0 to 1, shape (n,): one minus cleanlab's self-confidence.

    Parameters
    ----------
    labels
        Class of each row, shape (n,).
    probabilities
        Out-of-fold probabilities, shape (n, classes).
    """
    from cleanlab.rank import get_label_quality_scores

    quality = get_label_quality_scores(labels, probabilities, method="self_confidence")
    return np.asarray(1 - quality, dtype=np.float64)


def issues(labels: Integers, probabilities: Floats) -> npt.NDArray[np.bool_]:
    """Return the labels that cleanlab's default filter calls wrong, shape (n,); none where a class has no label.

    Parameters
    ----------
    labels
        Class of each row, shape (n,).
    probabilities
        Out-of-fold probabilities, shape (n, classes).
    """
    if len(np.unique(labels)) < probabilities.shape[1]:
        return np.zeros(len(labels), dtype=np.bool_)
    from cleanlab.filter import find_label_issues

    return np.asarray(find_label_issues(labels, probabilities, n_jobs=1), dtype=np.bool_)
