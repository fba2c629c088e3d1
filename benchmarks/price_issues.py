"""How often price_issues sees a price where there is none, and how often its interval in training holds the true effect.

Null: the values of a column of noise change places among rows, at serve time and in training, and training rows are exchanged
for others as good; on average none of it makes a difference, so each interval beyond zero is a false alarm. Coverage: the loans
generator gives as many independent samples as wanted, so the mean effect of an error in training is known.
Run: `python benchmarks/price_issues.py [seeds]`.
"""

import sys
import time
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlops_widgets.data_quality.pricing.cases import Bounds, Case, Judge, Size
from mlops_widgets.data_quality.pricing.injections import inject
from mlops_widgets.data_quality.pricing.scales import Questioned, metrics_of
from mlops_widgets.data_quality.pricing.serving import Served, serving_prices
from mlops_widgets.data_quality.pricing.training import NULL, Budget, Lesson, draw_splits, examine
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.samples.loans import NUMBERS, make_loans
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

FEATURES = [*NUMBERS, "noise"]
MODELS: dict[str, Any] = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "tree": DecisionTreeClassifier(max_depth=5, min_samples_leaf=10, random_state=0),
}
KINDS = ("sentinel", "unit", "labels", "late_labels")
POOL_ROWS, TRAIN_ROWS, SERVING_ROWS, TRUTH_DRAWS, SHARE = 1200, 600, 600, 120, 0.1


@cache
def population() -> pd.DataFrame:
    """Loans with the missing cells of the generator filled by medians, and a column of noise."""
    table = make_loans(rows=200_000, seed=1).table
    frame = table[[*NUMBERS, "defaulted"]].fillna(table[list(NUMBERS)].median())
    return frame.assign(noise=np.random.default_rng(0).normal(size=len(frame)))


def study_of(reference: pd.DataFrame, test: pd.DataFrame, model: Any) -> Study:  # noqa: ANN401 - a pipeline or a tree
    fitted = model.fit(reference[FEATURES], reference["defaulted"])
    return load_study(model=fitted, reference=reference, test=test, target="defaulted", features=FEATURES)


def drawn(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    return population().iloc[rng.integers(0, len(population()), rows)].reset_index(drop=True)


def lesson_of(study: Study, kinds: tuple[str, ...], columns: tuple[str, ...], *, share: float, seed: int) -> Lesson:
    assert study.reference is not None
    assert isinstance(study.learner, EstimatorPredictor)
    return Lesson(
        study=study, learner=study.learner, metrics=metrics_of(study)[:2], pool=study.reference, repairs=(), kinds=kinds,
        share=share, columns=columns, seed=seed,
    )  # fmt: skip


def trained(lesson: Lesson, *, splits: int) -> dict[Case, Bounds | None]:
    cut = draw_splits(lesson.study, lesson.pool, count=splits, most_rows=TRAIN_ROWS, share=SHARE, seed=lesson.seed)
    marks = examine(lesson, cut, budget=Budget(clock=lambda: 0.0, ends=1.0), progress=None, cancel=None)
    return {case: marks.bounds(case) for case in marks.losses}


def truth(model: Any, kinds: tuple[str, ...]) -> dict[str, np.ndarray]:  # noqa: ANN401 - a pipeline or a tree
    """Return the mean effect (metrics,) of each kind on training sets of the size that refits learn from."""
    rng = np.random.default_rng(12345)
    losses: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}
    study = study_of(drawn(rng, TRAIN_ROWS), drawn(rng, 2000), model)
    metrics = metrics_of(study)[:2]
    assert isinstance(study.learner, EstimatorPredictor)
    for draw in range(TRUTH_DRAWS):
        train, test = Table(drawn(rng, TRAIN_ROWS), name="reference"), Table(drawn(rng, 2000), name="test")
        asked = Questioned(study=study, table=test, metrics=metrics)
        clean = asked.scores(asked.answers(study.learner.refit(train, seed=draw)))
        for kind in kinds:
            bad = inject(study, train, kind, SHARE, columns=NUMBERS, seed=draw)
            assert bad is not None
            scores = asked.scores(asked.answers(study.learner.refit(bad.table, seed=draw)))
            losses[kind].append(np.array([float(m.gain(a, b)) for m, a, b in zip(metrics, clean, scores, strict=True)]))
    return {kind: np.mean(each, axis=0) for kind, each in losses.items()}


def coverage(name: str, seeds: int, *, splits: int) -> None:
    model = MODELS[name]
    true, alarms = truth(model, KINDS), np.zeros((2, 2))
    inside, widths = ({kind: np.zeros(2) for kind in KINDS} for _ in range(2))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        study = study_of(drawn(rng, POOL_ROWS), drawn(rng, 100), model)
        found = trained(lesson_of(study, KINDS, NUMBERS, share=SHARE, seed=seed), splits=splits)
        for case, bounds in found.items():
            assert bounds is not None
            if case == NULL:
                alarms += [bounds.lower > 0, bounds.upper < 0]
                continue
            held = (bounds.lower <= true[case.kind]) & (true[case.kind] <= bounds.upper)
            inside[case.kind] += held
            widths[case.kind] += (bounds.upper - bounds.lower) / 2
    print(f"\n{name}, {splits} splits, {seeds} samples of {POOL_ROWS:,} rows; {TRAIN_ROWS} learned from")
    for kind in KINDS:
        for at, metric in enumerate(("ROC AUC", "log loss")):
            print(
                f"  {kind:12} {metric:9} true {true[kind][at]:+.4f}  held in {inside[kind][at] / seeds:6.1%}  "
                f"half width {widths[kind][at] / seeds:.4f}"
            )
    print(f"  exchange: a loss claimed in {alarms[0] / seeds} (ROC AUC, log loss), a gain in {alarms[1] / seeds}")


def null(name: str, seeds: int, *, splits: int) -> None:
    model, alarms, beyond = MODELS[name], np.zeros(2), np.zeros(2)
    for seed in range(seeds):
        rng = np.random.default_rng(10_000 + seed)
        study = study_of(drawn(rng, POOL_ROWS), drawn(rng, SERVING_ROWS), model)
        found = trained(lesson_of(study, ("shuffled",), ("noise",), share=0.5, seed=seed), splits=splits)
        bounds = found[Case("sensitivity", "shuffled", "training")]
        assert bounds is not None
        assert study.test is not None
        asked = Questioned(study=study, table=study.test, metrics=metrics_of(study)[:1])
        bad = inject(study, study.test, "shuffled", 0.5, columns=("noise",), seed=seed)
        assert bad is not None
        judge = Judge(study=study, metrics=asked.metrics, values=np.array([0.7]), margin=None, rows=SERVING_ROWS)
        served = Served(case=Case("sensitivity", "shuffled", "serving"), size=Size(hit=1, share=0.5), table=bad.table)
        price = serving_prices(asked, study.model, [served], judge, draws=300, seed=seed)[0]
        alarms += [bounds.lower[0] > 0, price.lower > 0]
        beyond += [bounds.lower[0] > 0.03, price.status == "failed"]
    print(
        f"  {name}: noise changes places: a loss claimed in training {alarms[0] / seeds:.1%}, at serve time {alarms[1] / seeds:.1%}; "
        f"beyond the margin of .03 {beyond[0] / seeds:.1%}, {beyond[1] / seeds:.1%}"
    )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    start = time.process_time()
    for which in MODELS:
        coverage(which, count, splits=5)
        null(which, count, splits=5)
    print(f"\n{time.process_time() - start:.0f} s of CPU")
