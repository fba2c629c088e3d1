"""How often A/B tests err: fixed and sequential tests under peeking, intervals of few rows, what CUPED saves.

Type I error: two equal arms, looked at 1, 10 or 100 times, and the chance that some look rejects. Coverage over time: the
chance that the confidence sequence ever misses the true difference, by the rows at which one begins to look. Skewed outcomes
in unequal arms: the same and Welch's interval, with and without the rules that leave them unread. Coverage at few rows:
Miettinen-Nurminen against Wald. CUPED: variance of the estimate with and without. Arms' sizes: false alarms and power of 50
looks. Run: `python benchmarks/ab_tests.py [experiments]`.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.experiments.confidence_sequences import FEWEST_EVENTS, FEWEST_ROWS, boundary, exact_interval
from mlops_widgets.measures.experiments.sample_ratio import ratio_p_value, sequential_ratio_p_value
from mlops_widgets.measures.experiments.unit_values import Summary, adjusted, welch
from mlops_widgets.measures.proportions import difference_interval
from mlops_widgets.overfitting.experiments.comparing import judged_always, judged_once

Floats = npt.NDArray[np.float64]
ROWS = 20_000
LEVEL = 0.05


def running(draw: Callable[[np.random.Generator], Floats], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Difference and its standard error after each pair of rows."""
    means, variances = [], []
    n = np.arange(1, ROWS + 1)
    for _ in range(2):
        values = draw(rng)
        total, square = values.cumsum(), (values**2).cumsum()
        means.append(total / n)
        variances.append((square - total**2 / n) / np.maximum(n - 1, 1))
    return means[1] - means[0], np.sqrt(np.maximum(variances[0] + variances[1], 0) / n)


def ever_missed(name: str, draw: Callable[[np.random.Generator], Floats], experiments: int) -> None:
    """Share of experiments in which z ever left its limits, by how looks are made and from which row on."""
    n: Floats = np.arange(1.0, ROWS + 1)
    begins = (20, 50, FEWEST_ROWS, 300, 1000)
    looks = {k: np.round(np.arange(1, k + 1) / k * ROWS).astype(int) - 1 for k in (1, 10, 100)}
    peeked, missed = dict.fromkeys(looks, 0), dict.fromkeys(begins, 0)
    for seed in range(experiments):
        difference, error = running(draw, np.random.default_rng(seed))
        limits = boundary(2.0 * n, tuned_rows=5000, alpha=LEVEL)
        z = np.divide(np.abs(difference), error, out=np.zeros(ROWS), where=error > 0)
        for k, at in looks.items():
            peeked[k] += bool((z[at] > stats.norm.isf(LEVEL / 2)).any())
        # Without any spread nothing is read: the interval is infinite.
        for begin in begins:
            missed[begin] += bool((z[begin - 1 :] > limits[begin - 1 :]).any())
    fixed = ", ".join(f"{k} looks {count / experiments:.1%}" for k, count in peeked.items())
    always = ", ".join(f"from {begin}: {count / experiments:.1%}" for begin, count in missed.items())
    print(f"{name:<34} p < .05 at {fixed}; sequence ever misses, {always}")
    assert missed[300] <= 0.05 * experiments + 3 * np.sqrt(0.05 * experiments)


def skewed(name: str, draw: Callable[[np.random.Generator, int], Floats], experiments: int) -> None:
    """A treatment of 10 % of the rows and no effect: how often either interval misses, if always read and as analyse_ab_test reads."""
    rows, looks = 5000, np.unique(np.geomspace(300, 5000, 25).astype(int))
    counts = dict.fromkeys(("all looks", "all looks, as read", "once", "once, as read"), 0)
    for seed in range(experiments):
        rng = np.random.default_rng(seed)
        values, treated = draw(rng, rows), rng.random(rows) < 0.1
        missed = dict.fromkeys(counts, False)
        for look in looks:
            first, other = (Summary.of(values[:look][treated[:look] == arm]) for arm in (False, True))
            if other.units < 2 or not other.variance > 0:
                continue
            error = np.sqrt(first.variance / first.units + other.variance / other.units)
            limit = float(boundary(np.array([float(look)]), tuned_rows=5000, alpha=LEVEL)[0])
            if other.units >= FEWEST_ROWS:
                missed["all looks"] |= bool(abs(other.mean - first.mean) > limit * error)
            (lower, upper), _ = judged_always(first, other, None, LEVEL, 5000)
            missed["all looks, as read"] |= lower > 0 or upper < 0
        plain, upper_plain, _ = welch(first, other)
        (lower, upper), _, _ = judged_once(first, other, None, LEVEL)
        missed |= {"once": plain > 0 or upper_plain < 0, "once, as read": lower > 0 or upper < 0}
        for kind, found in missed.items():
            counts[kind] += found
    print(f"{name}, 1 : 9, {rows:,} rows: " + ", ".join(f"{kind} {n / experiments:.1%}" for kind, n in counts.items()))


def combined(share: float, experiments: int) -> None:
    """The two sequences of 0/1 outcomes together, as analyse_ab_test uses them: every row a look."""
    n: Floats = np.arange(2.0, 4001)
    missed = exact_missed = 0
    for seed in range(experiments):
        rng = np.random.default_rng(seed)
        x = (rng.random((2, 4000)) < share).cumsum(axis=1)[:, 1:].astype(float)
        at = np.unique(np.geomspace(1, len(n), 150).astype(int)) - 1
        pairs = [(each[at], n[at]) for each in x]
        lower, upper = exact_interval(pairs[0], pairs[1], alpha=0.2 * LEVEL)
        early = (lower > 0) | (upper < 0)
        plain_lower, plain_upper = exact_interval(pairs[0], pairs[1], alpha=LEVEL)
        p = x / n
        error = np.sqrt((p * (1 - p)).sum(axis=0) / (n - 1))
        z = np.divide(np.abs(p[1] - p[0]), error, out=np.zeros(len(n)), where=error > 0)
        fine = (n >= FEWEST_ROWS) & (np.minimum(x, n - x).min(axis=0) >= FEWEST_EVENTS)
        late = (z > boundary(2.0 * n, tuned_rows=5000, alpha=0.8 * LEVEL)) & fine
        missed += bool((early & ~fine[at]).any() or late.any())
        exact_missed += bool(((plain_lower > 0) | (plain_upper < 0)).any())
    print(
        f"share {share:<6} 4,000 rows an arm: both sequences ever miss {missed / experiments:.1%}, exact alone at .05 {exact_missed / experiments:.1%}"
    )
    assert missed <= 0.05 * experiments + 3 * np.sqrt(0.05 * experiments)


def few_rows() -> None:
    """Exact coverage: every pair of counts, weighted by its chance."""
    for rows in (10, 30, 100):
        x0, x1 = (each.ravel().astype(float) for each in np.meshgrid(np.arange(rows + 1), np.arange(rows + 1)))
        n = np.full(len(x0), float(rows))
        lower, upper = difference_interval((x0, n), (x1, n))
        spread = 1.96 * np.sqrt((x0 / n * (1 - x0 / n) + x1 / n * (1 - x1 / n)) / n)
        covered, wald = [], []
        for p0, p1 in ((0.02, 0.02), (0.1, 0.2), (0.5, 0.5), (0.9, 0.97), (0.05, 0.5)):
            chance = stats.binom.pmf(x0, rows, p0) * stats.binom.pmf(x1, rows, p1)
            covered.append((chance * ((lower <= p1 - p0 + 1e-12) & (p1 - p0 - 1e-12 <= upper))).sum())
            wald.append((chance * (np.abs((x1 - x0) / n - (p1 - p0)) <= spread + 1e-12)).sum())
        print(
            f"{rows:>4} rows an arm: score interval holds {min(covered):.1%} to {max(covered):.1%}, Wald {min(wald):.1%} to {max(wald):.1%}"
        )


def cuped(experiments: int) -> None:
    for correlation in (0.0, 0.5, 0.8):
        plain: list[float] = []
        less: list[float] = []
        held = 0
        for seed in range(experiments):
            rng = np.random.default_rng(seed)
            arms = rng.integers(0, 2, 1000)
            before = rng.normal(size=1000)
            values = correlation * before + np.sqrt(1 - correlation**2) * rng.normal(size=1000) + 0.1 * arms
            other, _ = adjusted(values, before, arms)
            for found, each in ((plain, values), (less, other)):
                found.append(float(each[arms == 1].mean() - each[arms == 0].mean()))
            lower, upper, _ = welch(Summary.of(other[arms == 0]), Summary.of(other[arms == 1]))
            held += lower <= 0.1 <= upper
        gain = 1 - np.var(less) / np.var(plain)
        print(
            f"CUPED, correlation {correlation}: variance {gain:.0%} less (expected {correlation**2:.0%}), interval holds {held / experiments:.1%}"
        )


def ratios(experiments: int) -> None:
    looks = np.linspace(100, ROWS, 50).astype(int)
    for share in (0.5, 0.52):
        daily = sequential = 0  # a share of .52 is 400 rows too many of 20,000
        for seed in range(experiments):
            first = (np.random.default_rng(seed).random(ROWS) < share).cumsum()[looks - 1]
            counts = np.column_stack([first, looks - first])
            daily += any(ratio_p_value(each, np.full(2, 0.5))[0] < 0.01 for each in counts)
            sequential += sequential_ratio_p_value(counts, np.full(2, 0.5)) < 0.01
        print(
            f"sample ratio, true share {share}, 50 looks at .01: exact test each time {daily / experiments:.1%}, sequential {sequential / experiments:.1%}"
        )


def main() -> None:
    experiments = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    start = time.process_time()
    print(f"{experiments} experiments each, {ROWS:,} rows an arm, alpha .05, sequence narrowest at 5,000 rows")
    ever_missed("normal outcomes", lambda rng: rng.normal(size=ROWS), experiments)
    ever_missed("share .5", lambda rng: (rng.random(ROWS) < 0.5).astype(float), experiments)
    ever_missed("share .05", lambda rng: (rng.random(ROWS) < 0.05).astype(float), experiments)
    ever_missed("lognormal outcomes (σ 1)", lambda rng: rng.lognormal(size=ROWS), experiments)
    ever_missed("Student's t, 3 degrees of freedom", lambda rng: rng.standard_t(3, ROWS), experiments)
    skewed("normal outcomes", lambda rng, n: rng.normal(size=n), experiments)
    skewed("exponential outcomes", lambda rng, n: rng.exponential(size=n), experiments)
    skewed(
        "3 % of lognormal(3, 1.5), else 0",
        lambda rng, n: (rng.random(n) < 0.03) * rng.lognormal(3, 1.5, n),
        experiments,
    )
    for share in (0.01, 0.1, 0.5):
        combined(share, experiments)
    few_rows()
    cuped(experiments)
    ratios(experiments)
    print(f"{time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
