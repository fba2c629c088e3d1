"""What corrected scores, calibration tests and threshold ranges promise, on data whose truth is known.

Candidates with known accuracies, calibrated and shifted probabilities, and calibrated scores whose cheapest threshold
follows from the prices: how often the intervals hold the truth, and how often a test raises a false alarm.

Run: python benchmarks/selection_and_calibration.py [seeds]
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from scipy import special

from mlops_widgets.measures.calibration import Pooled, calibrated_outcomes, corp_test, recalibration_line
from mlops_widgets.measures.contests.selection import Answers
from mlops_widgets.measures.contests.winners import correct_selection, expected_maximum, maximum_quantile, spread_limit
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.measures.thresholds import count_mistakes, honest_gain, plausible, threshold_grid

ACCURACY = get_metric("accuracy", "binary")
Rng = np.random.Generator


def share(name: str, hits: list[bool]) -> str:
    return f"{name} {np.mean(hits):.1%}"


def selection(seeds: int, *, k: int, rows: int, spread: float, shared: float) -> None:
    """k candidates of true accuracy about .7; a share of their mistakes is common to all."""
    held: list[bool] = []
    likely: list[bool] = []
    narrowed: list[bool] = []
    bound: list[float] = []
    optimism: list[tuple[float, float, float]] = []
    means: list[tuple[float, float, float]] = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        true = 0.7 + spread * rng.uniform(-1, 1, k)
        common = rng.random(rows)
        dice = np.where(rng.random((k, rows)) < shared, common, rng.random((k, rows)))
        outputs = (dice < true[:, None]).astype(np.float64)  # 1 is right: the outcome is 1 throughout
        y = np.ones(rows)
        found = correct_selection(ACCURACY, Answers(y=y, outputs=outputs), draws=100, seed=seed)
        luck = found.naive - true[found.index]
        error = np.sqrt(found.naive * (1 - found.naive) / rows)
        # What the rows do to all candidates alike is no luck of picking.
        picked = luck - float(np.mean(found.scores - true))
        held.append(found.lower <= true[found.index] <= found.upper)
        optimism.append((picked, found.optimism_lower, found.optimism_upper))
        likely.append(luck <= error * maximum_quantile(k))
        narrowed.append(luck <= min(error, spread_limit(found.scores)) * maximum_quantile(k))
        bound.append(error * expected_maximum(k))
        means.append((found.naive, found.value, true[found.index]))
    naive, value, truth = np.mean(means, axis=0)
    picked, lower, upper = np.array(optimism).T
    print(
        f"selection, k={k}, {rows} rows, spread {spread}, shared {shared:.0%}: naive {naive:.3f}, corrected {value:.3f}, "
        f"truth {truth:.3f}; mean luck {naive - truth:.3f}, bound {np.mean(bound):.3f}; "
        + ", ".join([
            share("interval holds the winner's truth", held), share("mean luck of picking in its interval", list((lower <= picked.mean()) & (picked.mean() <= upper))),
            share("below the 95 % bound", likely), share("below it narrowed by scores", narrowed),
        ])
    )  # fmt: skip


def calibration(seeds: int, *, rows: int, a_unit: int, shift: float) -> None:
    """Probabilities from a beta distribution; rows of a unit share a shock whose mean effect is nothing."""
    alarms: list[bool] = []
    gaps: list[bool] = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        p, y, units = unit_outcomes(rng, rows=rows, a_unit=a_unit)
        forecast = special.expit(special.logit(p) - shift)
        true_gap = float(np.sqrt(np.mean((forecast - p) ** 2)))
        drawn = calibrated_outcomes(y, forecast, units=units, kind="probability", draws=200, rng=rng)
        alarms.append(corp_test(Pooled(forecast), y, drawn)[0] < 0.05)
        line = recalibration_line(y, forecast, kind="probability", units=units)
        gaps.append(line is not None and line.gap_lower <= true_gap <= line.gap_upper)
    what = "rows" if a_unit == 1 else f"rows in units of {a_unit}"
    print(
        f"calibration, {rows} {what}, shift {shift}: {share('alarms at 5 %', alarms)}, {share('region holds the gap', gaps)}"
    )


def unit_outcomes(rng: Rng, *, rows: int, a_unit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    p = rng.beta(2, 4, rows)
    if a_unit == 1:
        return p, (rng.random(rows) < p).astype(np.float64), None
    units = np.arange(rows) // a_unit
    level = np.repeat(rng.beta(2, 4, rows // a_unit), a_unit)
    same = np.repeat(rng.random(rows // a_unit), a_unit)
    dice = np.where(rng.random(rows) < 0.5, same, rng.random(rows))  # uniform for each row, shared within units
    return level, (dice < level).astype(np.float64), units


def thresholds(seeds: int, *, rows: int, price: float, shape: tuple[float, float] = (2, 3)) -> None:
    """Calibrated scores: the cheapest threshold is 1 / (1 + price) (Elkan 2001)."""
    truth = 1 / (1 + price)
    fresh_p = np.random.default_rng(10_000).beta(*shape, 200_000)
    held: list[bool] = []
    percentile: list[bool] = []
    gains: list[bool] = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        p = rng.beta(*shape, rows)
        y, one = (rng.random(rows) < p).astype(np.float64), np.ones(rows)
        grid = threshold_grid(p, present=0.5)
        counted = count_mistakes(p, y, grid, prices=(one, one), weights=one, units=None, draws=200, seed=seed)
        low, high = plausible(counted, 1, price)
        held.append(low <= truth <= high)
        drawn = grid[(counted.drawn_positive + price * counted.drawn_negative).argmin(axis=1)]
        percentile.append(np.quantile(drawn, 0.025) <= truth <= np.quantile(drawn, 0.975))
        present = int(np.abs(grid - 0.5).argmin())
        best = grid[counted.best(1, price)]
        saved = true_cost(fresh_p, 0.5, price) - true_cost(fresh_p, best, price)
        _, lower, upper = honest_gain(counted, 1, price, present=present)
        gains.append(lower <= saved <= upper)
    print(
        f"thresholds, {rows} rows, price {price}, scores beta{shape}: {share('range holds the cheapest', held)} "
        f"({share('percentiles of the draws', percentile)}), {share('saving in its interval', gains)}"
    )


def true_cost(p: np.ndarray, threshold: float, price: float) -> float:
    positive = p >= threshold
    return float(np.where(positive, 1 - p, price * p).mean())


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{seeds} seeds each, 95 % aimed at")
    runs: list[Callable[[], None]] = [
        lambda: selection(seeds, k=20, rows=200, spread=0.0, shared=0.0),
        lambda: selection(seeds, k=20, rows=200, spread=0.0, shared=0.7),
        lambda: selection(seeds, k=20, rows=1000, spread=0.03, shared=0.5),
        lambda: calibration(seeds, rows=200, a_unit=1, shift=0.0),
        lambda: calibration(seeds, rows=2000, a_unit=1, shift=0.0),
        lambda: calibration(seeds, rows=2000, a_unit=10, shift=0.0),
        lambda: calibration(seeds, rows=2000, a_unit=1, shift=0.3),
        lambda: calibration(seeds, rows=2000, a_unit=10, shift=0.3),
        lambda: thresholds(seeds, rows=300, price=1.0),
        lambda: thresholds(seeds, rows=2000, price=1.0),
        lambda: thresholds(seeds, rows=2000, price=5.0),
        lambda: thresholds(seeds, rows=300, price=5.0, shape=(0.5, 0.5)),
        lambda: thresholds(seeds, rows=300, price=9.0, shape=(1, 9)),
    ]
    for run in runs:
        start = time.process_time()
        run()
        print(f"    {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
