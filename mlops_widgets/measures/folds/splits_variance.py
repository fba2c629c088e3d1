"""The uncertainty of a cross-validated score over random splits, whose training sets overlap."""

import numpy as np
from scipy import stats

from mlops_widgets.errors import InputError
from mlops_widgets.measures.weighted import Numbers


def nadeau_bengio(scores: Numbers, *, n_train: int, n_test: int, level: float = 0.95) -> tuple[float, float, float]:
    """Return mean score over random splits with the bounds of its corrected interval.

    Scores of splits that share training rows vary less than scores of fresh data would: the variance of their mean is
    (1/J + n_test/n_train) s² rather than s²/J (Nadeau & Bengio 2003, section 4.2), with J - 1 degrees of freedom;
    Bouckaert & Frank (2004) use the same for repeated k-fold, with J = folds × repeats. Only for random, stratified
    and repeated splits: splits by time or by group differ by more than chance, and this says nothing about that.

    Parameters
    ----------
    scores
        (J,) one score a split, or their differences between two models on the same splits.
    n_train, n_test
        Rows (or groups) a split trained on and was tested on, on average.
    level
        Coverage aimed at.

    Returns
    -------
    mean, lower, upper

    Raises
    ------
    InputError
        If there are fewer than two splits.

    Examples
    --------
    >>> nadeau_bengio(np.array([0.8, 0.9]), n_train=50, n_test=50)[0]
    0.8500000000000001
    """
    values = np.asarray(scores, dtype=np.float64)
    splits = len(values)
    if splits < 2:
        raise InputError(f"{splits} score(s): an interval over splits needs at least 2.")
    error = float(np.sqrt((1 / splits + n_test / n_train) * values.var(ddof=1)))
    mean, step = float(values.mean()), float(stats.t.ppf(0.5 + level / 2, splits - 1)) * error
    return mean, mean - step, mean + step
