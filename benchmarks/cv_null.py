"""How often cross-validation calls leakage or drift where there is none, and finds it where it was planted.

Null: independent rows with a date or an entity drawn at random, so that no split should matter. Planted: products that
come and go, whose risk only rows of their own time tell; a slope that turns evenly; entities whose rows are near copies
with the same outcome. Counted are verdicts ("failed" against the default margin) and, sterner, intervals that lie wholly
above 0.

False alarms have a budget, power has none: it depends on the size planted. A slope that turns evenly is the known blind
spot: rows of other times help in some folds and harm in others, so most of it cancels in the mean over folds.

    python benchmarks/cv_null.py [seeds]
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import mlops_widgets as mw
from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult

COLUMNS = ["x0", "x1", "x2", "x3"]
ROWS = 1000


def iid(rng: np.random.Generator, rows: int = ROWS) -> pd.DataFrame:
    x = rng.normal(size=(rows, 4))
    y = rng.random(rows) < 1 / (1 + np.exp(-(x[:, 0] - 0.7 * x[:, 1])))
    return pd.DataFrame(x, columns=COLUMNS).assign(y=y.astype(int))


def dated(rng: np.random.Generator, *, arrivals: bool = False, turn: bool = False) -> pd.DataFrame:
    """Rows on 200 days at random.

    With `arrivals` products come and go, and the risk of a new one must be learned; with `turn` the slope of x0 goes
    evenly from 2 to -2.
    """
    day = np.sort(rng.integers(0, 200, ROWS))
    frame = iid(rng)
    if arrivals:
        risk = rng.choice([-3.0, 3.0], 60)
        product = (day / 200 * 40 + rng.integers(0, 8, ROWS)).astype(int)
        y = rng.random(ROWS) < 1 / (1 + np.exp(-(frame["x0"] + risk[product])))
        frame = frame.assign(y=y.astype(int)).join(pd.get_dummies(product, prefix="p", dtype=float))
    if turn:
        y = rng.random(ROWS) < 1 / (1 + np.exp(-(2 * (1 - 2 * day / 199) * frame["x0"] - 0.7 * frame["x1"])))
        frame = frame.assign(y=y.astype(int))
    return frame.assign(when=pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D"))


def owned(rng: np.random.Generator, *, copies: bool) -> pd.DataFrame:
    """Rows of 200 customers; with `copies` the five of one are alike and share the outcome."""
    if not copies:
        return iid(rng).assign(customer=rng.integers(0, 200, ROWS))
    base = iid(rng, ROWS // 5)
    frame = base.loc[base.index.repeat(5)].reset_index(drop=True)
    frame[COLUMNS] += rng.normal(scale=0.05, size=(ROWS, 4))
    return frame.assign(customer=np.repeat(np.arange(ROWS // 5), 5))


def run_time(seed: int, *, arrivals: bool = False, turn: bool = False, **roles: str) -> CrossValidationResult:
    frame = dated(np.random.default_rng(seed), arrivals=arrivals, turn=turn)
    columns = [column for column in frame if column not in {"y", "when"}]
    model = LogisticRegression().fit(frame[columns], frame["y"])
    study = mw.load_study(model=model, reference=frame, target="y", time="when", **roles)  # type: ignore[arg-type]
    return checked(mw.overfitting.cross_validate(study, schemes=("time",), seed=seed))


def run_group(seed: int, *, copies: bool) -> CrossValidationResult:
    frame = owned(np.random.default_rng(seed), copies=copies)
    model = DecisionTreeClassifier(min_samples_leaf=3, random_state=0).fit(frame[COLUMNS], frame["y"])
    study = mw.load_study(model=model, reference=frame, target="y", entity="customer")
    return checked(mw.overfitting.cross_validate(study, schemes=("grouped", "repeated"), seed=seed))


def checked(result: object) -> CrossValidationResult:
    assert isinstance(result, CrossValidationResult), result
    return result


def rates(name: str, run: Callable[[int], CrossValidationResult], which: str, seeds: int) -> float:
    found = [getattr(run(seed), which) for seed in range(seeds)]
    failed = float(np.mean([gap.verdict.status == "failed" for gap in found]))
    above = float(np.mean([gap.lower > 0 for gap in found]))
    below = float(np.mean([gap.upper < 0 for gap in found]))
    value = np.array([gap.value for gap in found])
    width = np.mean([(gap.upper - gap.lower) / 2 for gap in found])
    print(
        f"{name:34s} failed {failed:5.1%}  interval above 0 {above:5.1%}  below 0 {below:5.1%}  "
        f"mean {value.mean():+.4f} (sd {value.std():.4f}), half width {width:.4f}", flush=True,
    )  # fmt: skip
    return failed


def main(seeds: int) -> None:
    start = time.process_time()
    null = [
        rates("null, dates at random", run_time, "time", seeds),
        rates("null, rows as units", lambda s: run_time(s, unit="row"), "time", seeds),
        rates("null, customers at random", lambda s: run_group(s, copies=False), "group", seeds),
    ]
    rates("planted, products come and go", lambda s: run_time(s, arrivals=True), "time", seeds // 2)
    rates("planted, slope turns evenly", lambda s: run_time(s, turn=True), "time", seeds // 2)
    rates("planted, near copies by customer", lambda s: run_group(s, copies=True), "group", seeds // 2)
    print(f"{seeds} seeds of {ROWS:,} rows; {time.process_time() - start:.0f} s of processor time")
    assert max(null) <= 0.05, "more than 5 % false alarms"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
