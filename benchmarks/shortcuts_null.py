"""How often find_shortcuts flags models without a shortcut, and how often it confirms shortcuts of each strength.

Null: models that lean on nothing but true signals, without and with drift; every "failed" or "warning" is a false alarm.
Power: a stamp that agrees with the outcome in the archive and is random, or constant, in production; and the sample loans.
Run: `python benchmarks/shortcuts_null.py [seeds]`.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge

from mlops_widgets.explainability.trust.shortcuts import ShortcutResult, find_shortcuts
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.study import Study

Parts = dict[str, pd.DataFrame]
NAMES = ("reference", "test", "production")


def world(
    rng: np.random.Generator, *, rows: int = 1200, late: float = 0.0, weaker: float = 0.0, strong: float = 1.0
) -> Parts:
    """Eight numbers, three of which decide a noisy outcome; in production they move by `late`, and weaken by `weaker`."""
    parts, moves = {}, rng.normal(size=8)
    for name in NAMES:
        later = float(name == "production")
        x = rng.normal(size=(rows, 8)) + late * later * moves
        logit = (strong * x[:, 0] + 0.7 * x[:, 1] + 0.4 * x[:, 2]) * (1 - weaker * later)
        y = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
        parts[name] = pd.DataFrame(x, columns=[f"x{i}" for i in range(8)]).assign(y=y)
    return parts


def season(rng: np.random.Generator) -> Parts:
    """A column of small worth that holds a single value in production, as rain in a dry month."""
    parts = world(rng)
    parts["production"] = parts["production"].assign(x3=0.0)
    return parts


def amounts(rng: np.random.Generator) -> Parts:
    """A regression whose columns move in production."""
    return {name: part.assign(y=part["x0"] * 2 + part["x1"] + rng.normal(size=len(part)))
            for name, part in world(rng, late=0.5).items()}  # fmt: skip


def customers(rng: np.random.Generator) -> Parts:
    """Ten rows a customer that share the outcome."""
    parts = {}
    for number, name in enumerate(NAMES):
        person = np.repeat(np.arange(150), 10)
        level = rng.normal(size=(150, 8))
        y = (level[:, 0] + rng.normal(size=150) > 0).astype(int)
        x = level[person] + 0.5 * rng.normal(size=(1500, 8))
        parts[name] = pd.DataFrame(x, columns=[f"x{i}" for i in range(8)]).assign(
            customer=person + 1000 * number, y=y[person]
        )
    return parts


def stamped(rng: np.random.Generator, *, agrees: float, constant: bool = False) -> Parts:
    """A stamp that is the outcome in `agrees` of the archive's rows, and random or constant in production."""
    parts = world(rng)
    for name, part in parts.items():
        follows = np.where(rng.random(len(part)) < agrees, part["y"], 1 - part["y"])
        later = np.zeros(len(part), dtype=int) if constant else rng.integers(0, 2, len(part))
        parts[name] = part.assign(stamp=later if name == "production" else follows)
    return parts


def study_of(parts: Parts, *, boosted: bool) -> Study:
    features = [str(name) for name in parts["test"] if name not in {"y", "customer"}]
    binary = parts["test"]["y"].nunique() == 2
    model: Any = Ridge() if not binary else LogisticRegression()
    if boosted and binary:
        model = HistGradientBoostingClassifier(max_iter=25, random_state=0)
    model.fit(parts["reference"][features], parts["reference"]["y"])
    entity = "customer" if "customer" in parts["test"] else None
    return load_study(
        model=model, target="y", features=features, entity=entity, reference=parts["reference"], test=parts["test"],
        production=parts["production"],
    )  # fmt: skip


def search(study: Study, seed: int) -> ShortcutResult:
    found = find_shortcuts(study, explained_rows=0, draws=200, seed=seed)
    assert isinstance(found, ShortcutResult)
    return found


def told(name: str, results: Iterator[ShortcutResult], hits: Callable[[ShortcutResult], bool]) -> None:
    """Print how many results are hits, and each status."""
    start, statuses, count = time.process_time(), Counter[str](), 0
    for result in results:
        statuses[result.status] += 1
        count += hits(result)
    runs, spent = sum(statuses.values()), time.process_time() - start
    print(f"{name:34} {count:4d} of {runs:4d}   {spent / runs:.2f} s each   {dict(statuses)}", flush=True)


def alarm(result: ShortcutResult) -> bool:
    return result.status in {"failed", "warning"}


def confirmed(result: ShortcutResult, *, names: tuple[str, ...]) -> bool:
    return {column.column for column in result.of("confirmed")} == set(names)


NULLS: dict[str, Callable[[np.random.Generator], Parts]] = {
    "no drift": world, "one strong column": partial(world, strong=3.0), "columns move": partial(world, late=0.7),
    "signals weaken by a third": partial(world, late=0.3, weaker=0.33), "a dry season": season,
    "a regression that moves": amounts, "ten rows a customer": customers,
}  # fmt: skip


def main(seeds: int) -> None:
    print("False alarms")
    for name, make in NULLS.items():
        told(name, (search(study_of(make(np.random.default_rng(seed)), boosted=seed % 4 == 0), seed) for seed in range(seeds)), alarm)  # fmt: skip
    for name in ("flights", "census", "loans"):
        told(name, (search(sample(name, seed=seed), seed) for seed in range(max(1, seeds // 25))), alarm)
    print("Shortcuts confirmed, and nothing else")
    for agrees in (0.6, 0.65, 0.7, 0.8, 0.9):
        make = partial(stamped, agrees=agrees)
        studies = (
            study_of(make(np.random.default_rng(seed)), boosted=seed % 4 == 0) for seed in range(max(1, seeds // 4))
        )
        told(
            f"random stamp, agrees in {agrees:.0%}",
            (search(study, 0) for study in studies),
            partial(confirmed, names=("stamp",)),
        )
    studies = (study_of(stamped(np.random.default_rng(seed), agrees=0.8, constant=True), boosted=seed % 4 == 0) for seed in range(max(1, seeds // 4)))  # fmt: skip
    told("constant stamp, agrees in 80%", (search(study, 0) for study in studies), partial(confirmed, names=("stamp",)))
    for flags in ({"artefact": True}, {"post_outcome": True}, {"artefact": True, "post_outcome": True}):
        names = tuple({"artefact": "form_version", "post_outcome": "support_calls"}[flag] for flag in flags)
        results = (search(sample("loans", seed=seed, **flags), seed) for seed in range(max(1, seeds // 10)))
        told(f"loans, {' and '.join(names)}", results, partial(confirmed, names=names))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
