"""Arms compared stage by stage: where their shares change over time, so does everything else, and a pooled mean confuses the two."""

from collections.abc import Sequence

import numpy as np

from mlops_widgets.measures.experiments.sample_ratio import ratio_p_value, sequential_ratio_p_value
from mlops_widgets.measures.experiments.unit_values import Integers, Summary
from mlops_widgets.measures.weighted import Floats


def stratified(values: Floats, arms: Integers, stages: Integers, units: Integers, *, count: int) -> tuple[Summary, ...]:
    """Return mean and variance of each arm, its stages weighted alike in all arms (post-stratification: Miratrix et al. 2013).

    Weights follow the harmonic mean of the arms' sizes in a stage, which tells most; a stage that lacks an arm tells nothing and
    has none. A unit's values of several stages count as one in the variance (cluster-robust: Liang & Zeger 1986).

    Parameters
    ----------
    values
        (n,) one value of a unit in a stage.
    arms, stages, units
        (n,) its arm, stage and unit, as codes.
    count
        How many arms there are.

    Examples
    --------
    >>> ones, none = np.ones(2), np.zeros(2, dtype=np.int64)
    >>> [each.mean for each in stratified(np.array([1.0, 3.0]), np.array([0, 1]), none, np.arange(2), count=2)]
    [1.0, 3.0]
    """
    total = int(stages.max(initial=0)) + 1
    sizes = np.array([np.bincount(stages[arms == arm], minlength=total) for arm in range(count)])
    shared = np.asarray((sizes > 0).all(axis=0))
    if not shared.any():
        return tuple(Summary.of(np.zeros(0)) for _ in range(count))
    weights = np.where(shared, 1 / (1 / np.maximum(sizes, 1)).sum(axis=0), 0.0)
    weights /= weights.sum()
    found = []
    for arm in range(count):
        here = (arms == arm) & shared[stages]
        means = np.bincount(stages[here], weights=values[here], minlength=total) / np.maximum(sizes[arm], 1)
        pulls = (weights / np.maximum(sizes[arm], 1))[stages[here]] * (values[here] - means[stages[here]])
        owners = np.unique(units[here], return_inverse=True)[1]
        each = np.bincount(owners, weights=pulls)
        found.append(Summary.of(np.asarray(float(weights @ means) + len(each) * each, dtype=np.float64)))
    return tuple(found)


def ratio_by_stage(looks: Sequence[Integers], shares: Floats) -> tuple[float, float, str]:
    """Return the p-values of the planned shares where these change from stage to stage, and the name of the test.

    Each stage is tested by itself; the smallest p-value times their number holds for all (Bonferroni).

    Parameters
    ----------
    looks
        (stages, arms) units so far, at each look; the last is the whole experiment.
    shares
        (stages, arms) planned shares, each stage's summing to 1; 0 of an arm that isn't served.

    Returns
    -------
    once, watched, name
        P-value of one look at the end, one that holds at all looks, and the first one's test.

    Examples
    --------
    >>> once, watched, _ = ratio_by_stage([np.array([[990, 10], [750, 250]])], np.array([[0.99, 0.01], [0.75, 0.25]]))
    >>> once, watched
    (1.0, 1.0)
    """
    seen = np.array(looks)
    once, watched, names = [1.0], [1.0], ["no test"]
    for stage, planned in enumerate(shares):
        counts = seen[:, stage]
        served = planned > 0
        if counts[-1][~served].any():
            return 0.0, 0.0, "a unit in an arm that nobody should be in"
        if served.sum() < 2 or not counts[-1].any():
            continue
        p, name = ratio_p_value(counts[-1][served], planned[served])
        once.append(p)
        names.append(name)
        watched.append(sequential_ratio_p_value(counts[:, served], planned[served]))
    tested = max(len(once) - 1, 1)
    return min(1.0, tested * min(once)), min(1.0, tested * min(watched)), f"{names[-1]}, by stage"
