"""How often find_leaks flags clean data, and how often it finds leaks of each size.

Null: clean data of several kinds; every "failed" or "warning" is a false alarm. Power: leaks of several sizes put into
numbers of one kind. Run: `python benchmarks/leaks_null.py [seeds]`.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlops_widgets.overfitting.validation.leaks.find_leaks import LeakResult, find_leaks
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

Frame = pd.DataFrame


def numbers(rng: np.random.Generator, rows: int = 1500) -> Frame:
    """Ten numbers, three of which decide a noisy outcome."""
    x = rng.normal(size=(rows, 10))
    y = rng.random(rows) < 1 / (1 + np.exp(-x[:, :3].sum(axis=1)))
    return Frame(x, columns=[f"x{i}" for i in range(10)]).assign(y=y.astype(int))


def one_strong(rng: np.random.Generator, rows: int = 1500) -> Frame:
    """One number decides most of the outcome (ROC AUC .89 alone), the others little."""
    frame = numbers(rng, rows)
    logit = 2.5 * frame["x0"] + 0.5 * frame["x1"] + 0.5 * frame["x2"]
    return frame.assign(y=(rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int))


def coarse(rng: np.random.Generator, rows: int = 1500) -> Frame:
    """Six categories of a few levels: a large part of the rows repeats by chance."""
    x = rng.integers(0, 3, size=(rows, 6))
    y = rng.random(rows) < 1 / (1 + np.exp(-(x[:, 0] - 1) - (x[:, 1] - 1)))
    return Frame(x, columns=[f"c{i}" for i in range(6)]).astype(str).assign(y=y.astype(int))


def rare(rng: np.random.Generator, rows: int = 3000) -> Frame:
    """Four percent events, gaps that lean towards them."""
    frame = numbers(rng, rows)
    y = (rng.random(rows) < 0.04 * np.exp(0.5 * frame["x0"])).astype(int)
    return frame.assign(y=y, x5=frame["x5"].mask(rng.random(rows) < 0.1 + 0.2 * y), x6=frame["x6"].round())


def amounts(rng: np.random.Generator, rows: int = 1500) -> Frame:
    """A regression on rounded amounts that recur, so that they might be taken for names."""
    frame = numbers(rng, rows)
    amount = np.exp(9 + 0.5 * frame["x0"]).round(-2)
    return frame.assign(x0=amount, x1=rng.integers(0, 200, rows), y=amount / 2000 + frame["x2"] + rng.normal(size=rows))


def customers(rng: np.random.Generator, count: int = 150) -> Frame:
    """Ten rows a customer that share the label, kept whole by the split."""
    person = np.repeat(np.arange(count), 10)
    level = rng.normal(size=(count, 10))
    y = (level[:, 0] + rng.normal(size=count) > 0).astype(int)
    x = level[person] + 0.5 * rng.normal(size=(len(person), 10))
    return Frame(x, columns=[f"x{i}" for i in range(10)]).assign(customer=person, y=y[person])


def drifting(rng: np.random.Generator, rows: int = 2000) -> Frame:
    """Hourly rows whose columns and base rate move, whose signals weaken by half, and whose coarse columns change mix."""
    frame, time = numbers(rng, rows), np.linspace(0, 1, rows)
    x = frame.to_numpy()[:, :10] + time[:, None] * rng.normal(size=10)
    logit = x[:, :3].sum(axis=1) * (1 - 0.5 * time) + time
    mix = (rng.random((rows, 2)) < 0.2 + 0.5 * time[:, None]).astype(int)
    return Frame(x.round(1), columns=frame.columns[:-1]).assign(
        c0=mix[:, 0], c1=mix[:, 1], when=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), unit="h"),
        y=(rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int),
    )  # fmt: skip


def cancer(rng: np.random.Generator) -> Frame:
    """Breast cancer, shuffled anew."""
    frame: Frame = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "y"})
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)


def study_of(frame: Frame, *, later: bool) -> Study:
    """Split as it lies: reference, test and, if wanted, production."""
    names = [name for name in frame.columns if name not in {"y", "when", "customer"}]
    cuts = [round(len(frame) * share / 20) * 20 for share in ((0.5, 0.75) if later else (0.67, 1.0))]
    parts = {"reference": frame[: cuts[0]], "test": frame[cuts[0] : cuts[1] if later else None]}
    if later:
        parts["production"] = frame[cuts[1] :]
    tree = DecisionTreeRegressor if frame["y"].nunique() > 2 else DecisionTreeClassifier
    x = pd.get_dummies(parts["reference"][names]).fillna(0)
    model = tree(max_depth=4, random_state=0).fit(x.to_numpy(), parts["reference"]["y"])

    def predict(rows: Frame) -> np.ndarray:
        inputs = pd.get_dummies(rows[names]).reindex(columns=x.columns, fill_value=0).fillna(0)
        return np.asarray(model.predict(inputs.to_numpy()))

    roles: dict[str, Any] = {
        "time": "when" if "when" in frame else None,
        "entity": "customer" if "customer" in frame else None,
    }
    return load_study(
        predict=predict, target="y", features=names, reference=parts["reference"], test=parts["test"],
        production=parts.get("production"), **roles,
    )  # fmt: skip


def flagged(result: object) -> set[str]:
    assert isinstance(result, LeakResult)
    return {check.name for check in result.checks if check.status in {"failed", "warning"}}


def null(name: str, make: Callable[[np.random.Generator], Frame], seeds: int, *, later: bool) -> None:
    alarms: Counter[str] = Counter()
    start, runs = time.process_time(), 0
    for seed in range(seeds):
        found = flagged(find_leaks(study_of(make(np.random.default_rng(seed)), later=later), seed=seed))
        alarms.update(found)
        runs += bool(found)
    print(
        f"{name:<12} {'with' if later else 'without'} later rows: {runs / seeds:.1%} flag anything {dict(alarms)}; {time.process_time() - start:.0f} s"
    )


def copied(rng: np.random.Generator, *, share: float, jitter: float) -> Frame:
    frame = numbers(rng)
    start, end = round(len(frame) * 0.67 / 20) * 20, len(frame)
    rows = start + rng.permutation(end - start)[: round(share * (end - start))]
    twins = frame.iloc[rng.integers(0, start, len(rows))].to_numpy()
    twins[:, :-1] += jitter * rng.normal(size=(len(rows), 10))
    frame.iloc[rows] = twins
    return frame.astype({"y": int})


def told(rng: np.random.Generator, *, explains: float) -> Frame:
    frame = numbers(rng)
    y = frame["y"]
    return frame.assign(x9=y + np.sqrt((1 - explains) / explains) * y.std() * rng.normal(size=len(y)))


def shared(rng: np.random.Generator, *, share: float) -> Frame:
    """Four visits a patient, of whom a share stands on both sides."""
    frame = numbers(rng)
    people = len(frame) // 4
    person = np.repeat(np.arange(people), 4)
    level = rng.normal(size=(people, 10))
    x = level[person[: len(frame)]] + 0.1 * rng.normal(size=(len(person), 10))
    whole = Frame(x, columns=frame.columns[:-1]).assign(y=rng.integers(0, 2, people)[person], patient=person)
    mixed = np.flatnonzero(np.isin(person, rng.permutation(people)[: round(share * people)]))
    order = np.arange(len(whole))
    order[mixed] = rng.permutation(mixed)
    return whole.iloc[order].reset_index(drop=True)


def power(name: str, make: Callable[[np.random.Generator], Frame], check: str, seeds: int) -> None:
    found = sum(
        check in flagged(find_leaks(study_of(make(np.random.default_rng(seed)), later=False), seed=seed))
        for seed in range(seeds)
    )
    print(f"{name:<46} found in {found / seeds:.0%}")


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{seeds} seeds each")
    for name, make, later in (
        ("numbers", numbers, False), ("coarse", coarse, False), ("cancer", cancer, False), ("customers", customers, False),
        ("one strong", one_strong, True), ("coarse", coarse, True), ("rare events", rare, True), ("amounts", amounts, True),
        ("customers", customers, True), ("drifting", drifting, True),
    ):  # fmt: skip
        null(name, make, seeds, later=later)
    fewer = max(1, seeds // 4)
    for share in (0.01, 0.02, 0.05, 0.1, 0.3):
        power(f"{share:.0%} exact copies", partial(copied, share=share, jitter=0.0), "duplicates", fewer)
        power(
            f"{share:.0%} copies with noise of .001",
            partial(copied, share=share, jitter=0.001),
            "near_duplicates",
            fewer,
        )
    for explains in (0.3, 0.5, 0.7, 0.9, 0.97):
        power(f"a column that explains {explains:.0%}", partial(told, explains=explains), "columns", fewer)
    for share in (0.1, 0.3, 1.0):
        power(f"{share:.0%} of patients mixed over the split", partial(shared, share=share), "groups", fewer)


if __name__ == "__main__":
    main()
