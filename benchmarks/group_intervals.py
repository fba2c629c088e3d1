"""How often assess_fairness errs: its intervals together, and its verdict on groups that are treated alike; and how fast its draws are.

Run: `python benchmarks/group_intervals.py [seeds]`.
"""

import sys
import time

import numpy as np
import pandas as pd

from mlops_widgets.governance import FairnessResult, assess_fairness
from mlops_widgets.measures.group_rates import below_by_chance, count_cells, draw_cells, rate_of, smallest_ratio
from mlops_widgets.study.loading import load_study

SHAPES = {
    "two groups of 500 and 100, rate .5": ((500, 100), (0.5, 0.5)),
    "six groups of 100, rate .5": ((100,) * 6, (0.5,) * 6),
    "six groups, 2,000 to 20, rate .3": ((2000, 500, 200, 100, 50, 20), (0.3,) * 6),
    "three groups of 300, rates .6 .5 .4": ((300,) * 3, (0.6, 0.5, 0.4)),
    "two groups of 1,000 and 60, rate .05": ((1000, 60), (0.05, 0.05)),
}


def drawn(sizes: tuple[int, ...], rates: tuple[float, ...], seed: int, rows_a_unit: int) -> FairnessResult:
    """Return the comparison on rows drawn by these rates; rows of a unit are decided alike."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    decided = (rng.random(len(group)) < np.asarray(rates)[group]).astype(int)
    frame = pd.DataFrame({"g": [f"g{each}" for each in group], "decided": decided, "y": rng.integers(0, 2, len(group)), "who": np.arange(len(group))})  # fmt: skip
    frame = pd.concat([frame] * rows_a_unit, ignore_index=True)
    study = load_study(
        predictions="decided", test=frame, target="y", groups="g", positive=1, favourable=1, entity="who" if rows_a_unit > 1 else None
    )  # fmt: skip
    result = assess_fairness(study, reference_group="g0", draws=100)
    if not isinstance(result, FairnessResult):
        raise TypeError(result.headline)
    return result


def judge(name: str, seeds: int, rows_a_unit: int = 1) -> None:
    """Print how often all intervals of ratios and of differences hold the truth, and which verdicts came."""
    sizes, rates = SHAPES[name]
    ratios = differences = failed = passed = low = 0
    for seed in range(seeds):
        result = drawn(sizes, rates, seed, rows_a_unit)
        lines = result.compared("selection_rate")
        true = {f"g{at}": rate for at, rate in enumerate(rates)}
        ratios += all(
            a <= true[line.group] / rates[0] <= b for line in lines for _, a, b in [line.ratios["selection_rate"]]
        )
        differences += all(a <= true[line.group] - rates[0] <= b for line in lines for _, a, b in [line.differences["selection_rate"]])  # fmt: skip
        failed += result.findings[0].status == "failed"
        passed += result.findings[0].status == "passed"
        low += result.worst_ratio["g"][0] < 0.8
    shares = (each / seeds for each in (ratios, differences, failed, passed, low))
    print(f"{name}, {rows_a_unit} row(s) a unit:", "all ratios hold {:.3f}, all differences {:.3f}; failed {:.3f}, passed {:.3f}; lowest ratio below .80 {:.3f}".format(*shares))  # fmt: skip


def race() -> None:
    """Print how long 1,000 draws of ten groups take, and 500 of fairlearn's on the same 500 rows and measures."""
    from fairlearn import metrics

    rng = np.random.default_rng(0)
    groups, truth, selected = rng.integers(0, 10, 5000), rng.integers(0, 2, 5000).astype(float), rng.random(5000) < 0.4
    cells = count_cells(groups, truth, selected, n_groups=10)
    start = time.perf_counter()
    smallest_ratio(rate_of(draw_cells(cells, draws=1000, seed=0), "selection_rate"))
    print(f"1,000 draws of ten groups: {1000 * (time.perf_counter() - start):.1f} ms")
    few = slice(0, 500)
    start = time.perf_counter()
    own = draw_cells(count_cells(groups[few] % 3, truth[few], selected[few], n_groups=3), draws=500, seed=0)
    rate_of(own, "selection_rate"), rate_of(own, "true_positive_rate")
    ours = time.perf_counter() - start
    start = time.perf_counter()
    metrics.MetricFrame(
        metrics={"selection_rate": metrics.selection_rate, "true_positive_rate": metrics.true_positive_rate}, y_true=truth[few],
        y_pred=selected[few].astype(int), sensitive_features=groups[few] % 3, n_boot=500, ci_quantiles=[0.025, 0.975], random_state=0,
    )  # fmt: skip
    theirs = time.perf_counter() - start
    print(
        f"500 draws, two rates, three groups, 500 rows: {1000 * ours:.1f} ms, fairlearn {theirs:.2f} s, {theirs / ours:,.0f} times"
    )


def main() -> None:
    """Print all of it."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for name in SHAPES:
        judge(name, seeds)
    judge("two groups of 500 and 100, rate .5", seeds // 3, rows_a_unit=4)
    print(
        f"six equal groups of 100 at rate .5 fall below .80 by chance in {below_by_chance([100] * 6, 0.5, draws=200_000):.3f}"
    )
    race()


if __name__ == "__main__":
    main()
