"""How often the fault bench, the baselines and the learning curve err where the truth is known.

Fault bench, null: a column that decides nothing is stuck or a thousand times too large; its answers change, at a cost
within the margin, so "failed" is a false alarm. Power: the same faults in the column that decides. Baselines: the 95 %
interval of the model's advantage over a logistic regression against that of the same two models on 100,000 rows. Learning
curve: the 95 % interval of the last doubling's gain against the mean gain of 300 other pairs of fits, on 4,000 rows each, and
how often it claims that more data would help though they don't by the margin.
Run: `python benchmarks/stress_and_curves.py [seeds]`.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from mlops_widgets.overfitting.representative.stress import StressResult, stress
from mlops_widgets.overfitting.validation.baselines import BaselineResult, compare_baselines
from mlops_widgets.overfitting.validation.learning_curve import LearningCurveResult, measure_learning_curve
from mlops_widgets.overfitting.validation.simple_models import Learning, linear
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.tables import Table

FEATURES = ["strong", "weak"]
FAULTS = ["stale", "times_1000", "nulls"]
REFITS = 300


def draw(rng: np.random.Generator, rows: int, *, weak: float = 0.15) -> pd.DataFrame:
    """Give a column that decides, one that hardly does, and a target that follows them."""
    x = rng.normal(size=(rows, 2))
    score = 1.5 * x[:, 0] + weak * x[:, 1]
    return pd.DataFrame(x, columns=FEATURES).assign(y=(rng.random(rows) < 1 / (1 + np.exp(-score))).astype(int))


def bench(seeds: int) -> None:
    """Count failed verdicts on either column."""
    failed = dict.fromkeys(FEATURES, 0)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        train = draw(rng, 1000)

        def answer(frame: pd.DataFrame) -> np.typing.NDArray[np.float64]:
            # The weak column's own effect is cut off, so that even a thousandfold one costs next to nothing.
            score = 1.5 * frame["strong"].fillna(0) + 0.15 * frame["weak"].fillna(0).clip(-2, 2)
            return np.asarray(1 / (1 + np.exp(-score.clip(-500, 500))))

        study = load_study(predict_proba=answer, features=FEATURES, reference=train, test=draw(rng, 3000), target="y")
        result = stress(study, faults=FAULTS, seed=seed)
        assert isinstance(result, StressResult)
        for name in FEATURES:
            failed[name] += any(cell.status == "failed" for cell in result.cells if cell.column == name)
    print(
        f"fault bench: failed on the column that decides in {failed['strong']} of {seeds}, on the other in {failed['weak']}"
    )


def advantages(seeds: int) -> None:
    """Count intervals of the advantage over a logistic regression that hold the truth."""
    held, population = 0, draw(np.random.default_rng(10**6), 100_000)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        train = draw(rng, 1000)
        model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(train[FEATURES], train["y"])
        study = load_study(model=model, reference=train, test=draw(rng, 1000), target="y")
        result = compare_baselines(study, seed=seed)
        assert isinstance(result, BaselineResult)
        table = study.need("reference")
        rows = Learning(
            study=study,
            table=table,
            y=study.labels(table),
            weights=np.ones(table.rows),
            units=np.arange(table.rows),
            seed=0,
        )
        its = linear(rows, FEATURES)(Table(population, name="population"))[:, 1]
        own = model.predict_proba(population[FEATURES])[:, 1]
        truth = roc_auc_score(population["y"], own) - roc_auc_score(population["y"], its)
        found = next(each for each in result.baselines if each.name == "linear")
        held += found.gain_lower <= truth <= found.gain_upper
    print(f"baselines: the interval of the advantage held the truth in {held} of {seeds}")


def doublings(seeds: int) -> None:
    """Count intervals of the last doubling's gain that hold the mean gain, and false claims that more data would help."""
    makers: dict[str, Callable[[], Any]] = {
        "15 neighbours": lambda: KNeighborsClassifier(15), "logistic": LogisticRegression,
        "tree": lambda: DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
    }  # fmt: skip
    for name, make in makers.items():
        truth = float(np.mean([_gain(make, np.random.default_rng(10**7 + seed)) for seed in range(REFITS)]))
        for rows in (4000, 400):  # parts of 400 in 4,000 are nearly independent; of 400 they are all the same rows
            held, claimed, margins = 0, 0, []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                train = draw(rng, rows)
                model = make().fit(train[FEATURES], train["y"])
                study = load_study(model=model, reference=train, test=draw(rng, 1000), target="y")
                result = measure_learning_curve(study, sizes=2, max_fit_rows=400, draws=100, seed=seed)
                assert isinstance(result, LearningCurveResult)
                held += result.gain_lower <= truth <= result.gain_upper
                claimed += result.status == "warning"
                margins.append(result.margin)
            print(
                f"learning curve, {name}, 400 of {rows:,} rows: gain {truth:.4f} (margin {np.mean(margins):.2f}); interval held it in "
                f"{held} of {seeds}, more data claimed to help in {claimed}"
            )


def _gain(make: Callable[[], Any], rng: np.random.Generator) -> float:
    train, asked = draw(rng, 400), draw(rng, 4000)
    scores = [
        roc_auc_score(
            asked["y"], make().fit(train[FEATURES][:rows], train["y"][:rows]).predict_proba(asked[FEATURES])[:, 1]
        )
        for rows in (200, 400)
    ]
    return float(scores[1] - scores[0])


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    for part in (bench, advantages, doublings):
        start = time.process_time()
        part(count)
        print(f"  {time.process_time() - start:.0f} s of CPU")
