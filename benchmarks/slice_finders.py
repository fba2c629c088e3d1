"""How often find_weak_slices flags something where there is nothing, and how often it finds what is planted.

Null: the probabilities are the true ones, so no slice is worse than promised. Errors of 10 % everywhere; errors from 2 to
45 % (a Bayes-optimal model with noise that differs); ten rows a customer that share their label, with the customer as
unit; a regression with skewed errors. Planted: a slice of two numbers where the model errs more often than the 10 % that
it promises. Run: `python benchmarks/slice_finders.py [seeds]`; where sliceline is installed, it is run on the same rows.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from mlops_widgets.overfitting.representative.weak_slices import WeakSlicesResult, find_weak_slices
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

ROWS, COLUMNS = 5000, 20
NAMES = [f"f{k}" for k in range(COLUMNS)]
SLICELINE_RUNS = 20


class Made(NamedTuple):
    """A study, and the rows of its planted slice, if any."""

    study: Study
    planted: npt.NDArray[np.bool_] | None = None


def oracle(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Say .9 for the class that a plane gives."""
    above = (frame["f0"] + frame["f1"] - frame["f2"] > 0).to_numpy()
    p = np.where(above, 0.9, 0.1)
    return np.column_stack([1 - p, p])


def uneven(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Say anything from .02 to .98: sure in some regions, unsure in others."""
    p = norm.cdf(frame["f0"] + 0.7 * frame["f1"] * frame["f2"]).clip(0.02, 0.98)
    return np.column_stack([1 - p, p])


def flipped(rng: np.random.Generator, *, error: float = 0.1, share: float = 0.0, rows: int = ROWS) -> Made:
    """The oracle errs in 10 % of the rows, and in `error` of a slice of `share`, two conditions on numbers."""
    frame = pd.DataFrame(rng.normal(size=(rows, COLUMNS)), columns=NAMES)
    side = np.sqrt(share)
    planted = ((frame["f4"] > norm.ppf(1 - side)) & (frame["f9"] < norm.ppf(side))).to_numpy() if share else None
    rate = np.full(rows, 0.1) if planted is None else np.where(planted, error, 0.1)
    frame["y"] = (oracle(frame)[:, 1] > 0.5) ^ (rng.random(rows) < rate)
    return Made(load_study(predict_proba=oracle, test=frame.astype({"y": int}), target="y", features=NAMES), planted)


def bayes(rng: np.random.Generator) -> Made:
    frame = pd.DataFrame(rng.normal(size=(ROWS, COLUMNS)), columns=NAMES)
    frame["y"] = (rng.random(ROWS) < uneven(frame)[:, 1]).astype(int)
    return Made(load_study(predict_proba=uneven, test=frame, target="y", features=NAMES))


def customers(rng: np.random.Generator) -> Made:
    """Ten rows a customer: half of the columns and the label are the customer's."""
    units = ROWS // 10
    own = np.repeat(rng.normal(size=(units, COLUMNS // 2)), 10, axis=0)
    frame = pd.DataFrame(np.hstack([own, rng.normal(size=(ROWS, COLUMNS // 2))]), columns=NAMES)
    p = oracle(frame)[::10, 1]
    frame["y"] = np.repeat((rng.random(units) < p).astype(int), 10)
    frame["customer"] = np.repeat(np.arange(units), 10)
    return Made(load_study(predict_proba=oracle, test=frame, target="y", features=NAMES, entity="customer"))


def skewed(rng: np.random.Generator) -> Made:
    frame = pd.DataFrame(rng.normal(size=(ROWS, COLUMNS)), columns=NAMES)
    frame["y"] = frame["f0"] + np.exp(rng.normal(size=ROWS)) - np.exp(0.5)
    return Made(
        load_study(predict=lambda x: x["f0"].to_numpy(), test=frame, target="y", features=NAMES, task="regression")
    )


def run(
    name: str, make: Callable[[np.random.Generator], Made], seeds: int, *, at_most: float = 1, at_least: float = 0
) -> None:
    flagged, hit, start = 0, 0, time.process_time()
    for seed in range(seeds):
        made = make(np.random.default_rng(seed))
        result = find_weak_slices(made.study, seed=seed)
        assert isinstance(result, WeakSlicesResult)
        flagged += bool(result.confirmed)
        if made.planted is not None and made.study.test is not None:
            hit += any(overlaps(result, number, made) for number in range(len(result.confirmed)))
    seconds = (time.process_time() - start) / seeds
    said = (
        f"flagged in {flagged / seeds:6.1%}"
        if not hit
        else f"found in {hit / seeds:6.1%}, flagged in {flagged / seeds:6.1%}"
    )
    print(f"{name:<52} {said}; {seconds:.2f} s a run with making the data")
    assert flagged / seeds <= at_most
    assert hit / seeds >= at_least


def overlaps(result: WeakSlicesResult, number: int, made: Made) -> bool:
    """Say whether a confirmed slice is the planted one: at least half of its rows, or half of the planted ones, are."""
    table = made.study.need("test")
    rows = np.logical_and.reduce([condition.holds(table) for condition in result.confirmed[number].conditions])
    both = (rows & made.planted).sum()
    return bool(both >= 0.5 * rows.sum() or both >= 0.5 * (made.planted.sum() if made.planted is not None else 0))


def sliceline() -> None:
    """Count the null runs in which sliceline names a slice: five quantile bins, two conditions, 100 rows, α = .95."""
    from sliceline.slicefinder import Slicefinder  # type: ignore[import-not-found]  # not a dependency

    named = 0
    for seed in range(SLICELINE_RUNS):
        study = flipped(np.random.default_rng(seed)).study
        frame = study.need("test").pandas()
        wrong = (study.model.predictions(study.need("test")) != study.labels(study.need("test"))).astype(float)
        bins = frame[NAMES].apply(lambda column: pd.qcut(column, 5, labels=False)).astype(str)
        finder = Slicefinder(alpha=0.95, k=5, max_l=2, min_sup=100, verbose=False).fit(bins.to_numpy(), wrong)
        named += len(finder.top_slices_) > 0
    print(f"sliceline on the first null: names a slice in {named} of {SLICELINE_RUNS} runs")


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{seeds} seeds each, {ROWS:,} rows × {COLUMNS} columns")
    run("null, 10 % errors everywhere", flipped, seeds, at_most=0.05)
    run("null, Bayes-optimal, errors from 2 to 50 %", bayes, seeds, at_most=0.05)
    run("null, ten rows a customer, unit customer", customers, seeds, at_most=0.05)
    run("null, regression, lognormal errors", skewed, seeds, at_most=0.05)
    run("planted: 30 % errors in 12 %", partial(flipped, error=0.3, share=0.12), seeds, at_least=0.99)
    for error, share in ((0.2, 0.1), (0.2, 0.2), (0.3, 0.05), (0.15, 0.25)):
        run(f"planted: {error:.0%} errors in {share:.0%}", partial(flipped, error=error, share=share), seeds)
    if find_spec("sliceline") is not None:
        sliceline()


if __name__ == "__main__":
    main()
