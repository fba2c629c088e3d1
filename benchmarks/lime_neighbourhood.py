"""Are LIME's standard errors honest, how stable are its leaders, and how much faster is one shared neighbourhood than lime?

python benchmarks/lime_neighbourhood.py [seeds]
"""

import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t
from sklearn.datasets import load_diabetes, load_wine, make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from mlops_widgets.explainability.attribution.lime_route import LimeAnswer, along_widths, by_lime
from mlops_widgets.explainability.attribution.neighbourhood import draw_neighbourhood
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.study_questions import players_of

ROWS = 20
Frame = pd.DataFrame
Predict = Callable[[Frame], Any]


def question(predict: Predict, training: Frame, rows: Frame) -> Question:
    outputs = np.asarray(predict(rows[:1])).reshape(1, -1).shape[1]
    return Question(
        predict=lambda frame: np.asarray(predict(frame), dtype=np.float64).reshape(len(frame), -1),
        rows=rows.reset_index(drop=True), background=training, players=players_of(list(training.columns), None),
        outputs=tuple(f"output {k}" for k in range(outputs)), scale="units", background_text="",
        row_names=tuple(f"row {k}" for k in range(len(rows))),
    )  # fmt: skip


def answered(asked: Question, *, samples: int, seed: int, width: float | None) -> LimeAnswer:
    found = by_lime(asked, samples=samples, seed=seed, kernel_width=width)
    assert isinstance(found, LimeAnswer)
    return found


def cases() -> dict[str, Question]:
    wine, diabetes = load_wine(as_frame=True), load_diabetes(as_frame=True)
    boosted = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(wine.data, wine.target)
    forest = RandomForestRegressor(30, random_state=0).fit(diabetes.data, diabetes.target)
    rare = Frame({"level": ["rare"] * 20 + ["often"] * 980, "x": np.random.default_rng(0).normal(size=1000)})
    return {
        "wine, boosted trees, 3 classes": question(boosted.predict_proba, wine.data, wine.data[::9][:ROWS]),
        "diabetes, random forest": question(forest.predict, diabetes.data, diabetes.data[::22][:ROWS]),
        "a value in 2 % of rows": question(lambda f: (f["level"] == "rare") * f["x"] + f["x"] ** 2, rare, rare[:ROWS]),
    }


def honesty(name: str, asked: Question, seeds: int, samples: int, width: float | None = None) -> None:
    """The truth is the mean over all neighbourhoods; its own error is taken off the spread of each around it."""
    found = [answered(asked, samples=samples, seed=seed, width=width) for seed in range(seeds)]
    values, errors = np.stack([f.values for f in found]), np.stack([f.standard_error for f in found])
    spread = values.std(axis=0, ddof=1)
    told = np.sqrt((errors**2).mean(axis=0))
    moving = spread > 1e-9 * np.abs(values).max()
    away = np.abs(values - values.mean(axis=0)) / np.sqrt(1 - 1 / seeds)
    covered = (away <= t.ppf(0.975, found[0].pairs - 1) * errors)[:, moving].mean()
    leaders = np.argsort(-np.abs(values), axis=2)[:, :, : found[0].fit.top]
    own = np.argsort(-np.abs(values.mean(axis=0)), axis=1)[:, : found[0].fit.top]
    same = (np.sort(leaders, axis=2) == np.sort(own, axis=1)).all(axis=2).mean()
    stability = np.nanmean([f.fit.stability for f in found])
    print(
        f"{name:<32} {samples:>5} samples, width {found[0].fit.kernel_width:4.2f}: reported/true SE "
        f"{(told / spread)[moving].mean():.2f} (worst {(told / spread)[moving].min():.2f}), 95 % intervals cover {covered:.1%} "
        f"of {moving.sum() * seeds:,}; same leaders {same:.0%}, reported {stability:.0%}"
    )


def timed(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def speed() -> None:
    from lime.lime_tabular import LimeTabularExplainer

    x, y = make_classification(2000, 20, n_informative=8, random_state=0)
    frame = Frame(x, columns=[f"c{k}" for k in range(20)])
    for name, model in (
        ("logistic regression", LogisticRegression(max_iter=500).fit(x, y)),
        ("HGB, 100 trees", HistGradientBoostingClassifier(max_iter=100, random_state=0).fit(x, y)),
    ):
        asked = question(lambda f, m=model: m.predict_proba(f.to_numpy())[:, 1], frame, frame[:100])  # type: ignore[misc]  # mypy can't type a lambda's default
        one = question(asked.predict, frame, frame[:1])
        hood = draw_neighbourhood(asked)
        setup = timed(partial(draw_neighbourhood, asked), 5)
        hundred = timed(partial(by_lime, asked, neighbourhood=hood), 3)
        edit = timed(partial(by_lime, one, neighbourhood=hood), 20)
        widths = timed(partial(along_widths, one, hood), 10)
        explainer = LimeTabularExplainer(x, random_state=0)
        theirs = [timed(partial(explainer.explain_instance, x[k], model.predict_proba), 1) for k in range(20)]
        print(
            f"20 columns, {name}: setup {setup * 1e3:.0f} ms, 100 rows {hundred * 1e3:.0f} ms, an edited row {edit * 1e3:.1f} ms, "
            f"8 widths {widths * 1e3:.1f} ms; lime {np.mean(theirs) * 1e3:.0f} ms a row: {100 * np.mean(theirs) / (setup + hundred):.0f} "
            "times as long for 100 rows"
        )


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    warnings.simplefilter("error")
    for name, asked in cases().items():
        honesty(name, asked, seeds, 1000)
        honesty(name, asked, seeds, 5000)
    honesty("diabetes, random forest", cases()["diabetes, random forest"], seeds, 1000, width=0.8)
    speed()


if __name__ == "__main__":
    main()
