"""Explanations beside shap, lime and shapash: honest intervals, first answer in a fresh kernel, many rows, live edits.

    python benchmarks/explain.py            # all parts
    python benchmarks/explain.py coverage   # one: coverage, fresh, rows, live, shapash

Same rows, same background, same number of permutations or samples on both sides, one thread. Times are CPU seconds of the process
(wall time of a subprocess for the fresh kernel), the best of three where a part takes less than a second.
"""

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import mlops_widgets as mw
from mlops_widgets.explainability.attribution.checks import background_answers, range_of, re_estimated
from mlops_widgets.explainability.attribution.lime_route import by_lime
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import by_predictions
from mlops_widgets.explainability.attribution.standing import StandingExplainer
from mlops_widgets.explainability.attribution.study_questions import ask_study, players_of
from mlops_widgets.explainability.attribution.tree_route import TreeRoute
from mlops_widgets.measures.attribution.shapley import Masks, draw, every_coalition, exact
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Work = Callable[[], Any]


def table(rows: int, columns: int, seed: int = 0) -> pd.DataFrame:
    """Return numbers (a quarter of them small counts) and a label that depends on some with interactions."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    x[:, ::4] = rng.integers(0, 4, size=x[:, ::4].shape)
    score = x[:, 0] + x[:, 1] * x[:, 2] + np.sin(2 * x[:, 3]) + (x[:, 4] > 1) * x[:, 5]
    names = [f"x{k}" for k in range(columns)]
    return pd.DataFrame(x, columns=names).assign(y=(score + rng.normal(size=rows) > 1).astype(int))


def study_of(model: Any, frame: pd.DataFrame) -> mw.Study:  # noqa: ANN401 - any estimator
    names = [name for name in frame.columns if name != "y"]
    half = len(frame) // 2
    model.fit(frame[names][:half], frame["y"][:half])
    return mw.load_study(model=model, reference=frame[:half], test=frame[half:], target="y", features=names)


def seconds(work: Work) -> float:
    """Return CPU seconds: of one run, or the best of three short ones."""
    times: list[float] = []
    while len(times) < 3 and sum(times) < 1.0:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def coverage() -> None:
    """How often 95 % intervals hold the exact value, over models, rows, columns and draws."""
    frame = table(900, 8)
    x, y = frame.drop(columns="y").to_numpy(), frame["y"].to_numpy()
    boosted = HistGradientBoostingClassifier(max_iter=50).fit(x, y)
    forest = RandomForestClassifier(40, max_depth=8, random_state=0).fit(x, y)
    network = MLPClassifier((20,), max_iter=300, random_state=0).fit(x, y)
    numbers = MLPRegressor(hidden_layer_sizes=(30,), max_iter=300, random_state=0).fit(x, x[:, 0] + x[:, 1] * x[:, 2])
    models: dict[str, Callable[[Floats], Floats]] = {
        "boosted, probability": lambda z: boosted.predict_proba(z)[:, 1], "boosted, log-odds": boosted.decision_function,
        "boosted, decision": lambda z: boosted.predict(z).astype(float), "forest": lambda z: forest.predict_proba(z)[:, 1],
        "network, probability": lambda z: network.predict_proba(z)[:, 1], "network, numbers": numbers.predict,
        "product of three": lambda z: z[:, 1] * z[:, 2] * z[:, 3] + z[:, 0],
    }  # fmt: skip
    print("95 % intervals that hold the exact value (players x outputs x rows x draws)")
    total: dict[int, list[tuple[bool, bool]]] = {3: [], 5: [], 10: [], 20: []}
    for name, ask in models.items():
        said = []
        for pairs, every in total.items():
            held = _held(ask, x, pairs)
            every.extend(held)
            said.append(_shares(pairs, held))
        print(f"  {name:<22} {', '.join(said)}; {len(held):,} cases each")
    print(f"  {'together':<22} {', '.join(_shares(pairs, every) for pairs, every in total.items())}")
    print("  in brackets: the pairs' own spread, not moderated, with t of pairs - 1")
    print(f"  three of twenty columns, a bare product of them: {', '.join(_few_of_many(pairs) for pairs in total)}")
    alarms = [_alarm(models["boosted, probability"], x, seed) for seed in range(100)]
    print(f"  re-estimate raised a false alarm in {sum(alarms)} of {len(alarms)} explanations (one in 1,000 is meant)")


def _held(ask: Callable[[Floats], Floats], x: Floats, pairs: int) -> list[tuple[bool, bool]]:
    """Return for each case whether our interval, and that by the raw spread, hold the exact value."""
    held: list[tuple[bool, bool]] = []
    for row in range(500, 506):
        worth = _worth(ask, x[row], x[:25])
        truth = exact(worth, 8).values
        for seed in range(60):
            drawn = draw(worth, 8, pairs=pairs, rng=np.random.default_rng([row, seed]))
            off = np.abs(drawn.shares.values - truth) - 1e-9
            raw = drawn.gains.std(axis=0, ddof=1) / np.sqrt(pairs) * student.ppf(0.975, pairs - 1)
            ours = drawn.shares.standard_error * student.ppf(0.975, pairs)
            held.extend(zip((off <= ours).ravel().tolist(), (off <= raw).ravel().tolist(), strict=True))
    return held


def _few_of_many(pairs: int) -> str:
    """Return how often intervals of three columns that interact, among twenty, hold a third of the whole."""

    def worth(masks: Masks) -> Floats:
        return np.asarray(masks[:, :3].all(axis=1, keepdims=True), dtype=np.float64)

    held = []
    for seed in range(400):
        found = draw(worth, 20, pairs=pairs, rng=np.random.default_rng(seed)).shares
        width = found.standard_error[:3] * student.ppf(0.975, pairs)
        held.append(np.abs(found.values[:3] - 1 / 3) <= width + 1e-12)
    return f"{pairs} pairs {np.mean(held):.1%}"


def _shares(pairs: int, held: list[tuple[bool, bool]]) -> str:
    ours, raw = np.mean(held, axis=0)
    return f"{pairs} pairs {ours:.1%} ({raw:.1%})"


def _worth(ask: Callable[[Floats], Floats], row: Floats, background: Floats) -> Callable[[Any], Floats]:
    masks = every_coalition(len(row))
    mixed = np.where(masks[:, None, :], row, background[None]).reshape(-1, len(row))
    known = ask(mixed).reshape(len(masks), len(background)).mean(axis=1)[:, None]
    return lambda asked: known[asked @ (1 << np.arange(len(row)))]


def _alarm(ask: Callable[[Floats], Floats], x: Floats, seed: int) -> bool:
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(8)])
    question = Question(
        predict=lambda rows: ask(rows.to_numpy())[:, None], rows=frame[500 + seed : 501 + seed].reset_index(drop=True),
        background=frame[:10], players=players_of(list(frame.columns), None), outputs=("y",), scale="probability",
        row_names=("row",), background_text="", seed=seed,
    )  # fmt: skip
    found = by_predictions(question, pairs=5)
    span = range_of(background_answers(question), found.prediction)
    return re_estimated(question, found, span).status == "failed"


_FRESH = """
import time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from sklearn.neural_network import MLPClassifier
rng = np.random.default_rng(0)
x = pd.DataFrame(rng.normal(size=(400, 20)), columns=[f"x{{k}}" for k in range(20)])
model = MLPClassifier((20,), max_iter=50, random_state=0).fit(x, (x["x0"] * x["x1"] > 0).astype(int))
predict = lambda rows: model.predict_proba(pd.DataFrame(rows, columns=x.columns))[:, 1]
start = time.perf_counter()
{work}
print(time.perf_counter() - start)
"""


def fresh() -> None:
    """From the import to the first explanation of a network of 20 columns, in a process of its own."""
    ours = "import mlops_widgets as mw; mw.explainability.explain_function(predict, x[:100], x[100:101], method='shap', pairs=10)"
    theirs = (
        "import shap; shap.PermutationExplainer(predict, shap.maskers.Independent(x[:100], max_samples=100), seed=0)"
        "(x[100:101], max_evals=10 * 41)"
    )
    took = {}
    for name, work in {"ours": ours, "shap": theirs}.items():
        runs = [
            float(
                subprocess.run(
                    [sys.executable, "-c", _FRESH.format(work=work)], capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(2)
        ]
        took[name] = min(runs)
    print(f"First explanation in a fresh kernel, import included: {took['ours']:.2f} s; shap's {took['shap']:.2f} s")


def rows() -> None:
    """One hundred rows: LIME, trees, permutations."""
    import shap

    frame = table(4000, 20)
    print("100 rows, 20 columns, background 100 (CPU seconds)")
    boosted = study_of(HistGradientBoostingClassifier(max_iter=100), frame)
    question = ask_study(boosted, list(range(100)), output="probability")
    ours = seconds(partial(by_lime, question))
    theirs = _lime_loop(boosted, 20) * 5
    print(f"  LIME, 5,000 samples: {ours:.2f}; lime itself {theirs:.1f} (20 rows x 5): {theirs / ours:.0f} times")
    for name, model in _trees().items():
        study = study_of(model, frame)
        asked = ask_study(study, list(range(100)))
        ours = seconds(partial(TreeRoute(), asked))
        data = asked.rows, asked.background
        theirs = seconds(partial(_shap_trees, study.model.model, *data))  # type: ignore[attr-defined]  # these studies hold estimators
        print(f"  trees, {name}: {ours:.2f}; shap.TreeExplainer {theirs:.2f}: {theirs / ours:.1f} times")
    network = study_of(MLPClassifier((20,), max_iter=60, random_state=0), frame)
    asked = ask_study(network, list(range(10)))
    ours = seconds(partial(by_predictions, asked, pairs=10))
    ask = network.model.model.predict_proba  # type: ignore[attr-defined]  # these studies hold estimators
    names = list(asked.background.columns)
    explainer = shap.PermutationExplainer(
        lambda z: ask(pd.DataFrame(z, columns=names))[:, 1],
        shap.maskers.Independent(asked.background, max_samples=100),
        seed=0,
    )
    explainer(asked.rows[:1], max_evals=410)
    theirs = seconds(lambda: explainer(asked.rows, max_evals=410, silent=True))
    print(
        f"  10 rows of a network, 10 pairs: {ours:.2f}; shap.PermutationExplainer (warm) {theirs:.2f}: {theirs / ours:.1f} times"
    )


def _trees() -> dict[str, Any]:
    import lightgbm
    import xgboost

    return {
        "hist boosting": HistGradientBoostingClassifier(max_iter=100),
        "xgboost": xgboost.XGBClassifier(n_estimators=100, max_depth=4, n_jobs=1),
        "lightgbm": lightgbm.LGBMClassifier(n_estimators=100, verbose=-1, n_jobs=1),
        "random forest": RandomForestClassifier(100, max_depth=8, random_state=0),
    }  # fmt: skip


def _shap_trees(model: Any, rows: pd.DataFrame, background: pd.DataFrame) -> None:  # noqa: ANN401 - any estimator
    import shap

    explainer = shap.TreeExplainer(model, background, feature_perturbation="interventional")
    explainer.shap_values(rows, check_additivity=False)


def _lime_loop(study: mw.Study, count: int) -> float:
    from lime.lime_tabular import LimeTabularExplainer

    names = list(study.model.features)
    learned, asked = study.need("reference").pandas()[names], study.need("test").pandas()[names]
    ask = study.model.model.predict_proba  # type: ignore[attr-defined]  # these studies hold estimators

    def loop() -> None:
        explainer = LimeTabularExplainer(
            learned.to_numpy(), feature_names=names, discretize_continuous=True, random_state=0
        )
        for row in asked.to_numpy()[:count]:
            explainer.explain_instance(
                row, lambda z: ask(pd.DataFrame(z, columns=names)), num_features=10, num_samples=5000
            )

    start = time.process_time()
    loop()
    return time.process_time() - start


def live() -> None:
    """From an edited cell to both explanations, with a standing explainer."""
    frame = table(3000, 20)
    words = frame.assign(word=np.random.default_rng(0).choice(list("abcd"), len(frame)))
    columns = make_column_transformer((OneHotEncoder(), ["word"]), remainder=StandardScaler())
    studies = {
        "hist boosting, 20 columns": study_of(HistGradientBoostingClassifier(max_iter=100), frame),
        "forest, 20 columns": study_of(RandomForestClassifier(100, max_depth=8, random_state=0), frame),
        "logistic pipeline, 21 columns": study_of(make_pipeline(columns, LogisticRegression(max_iter=500)), words),
        "network, 20 columns": study_of(MLPClassifier((20,), max_iter=60, random_state=0), frame),
        **{name: mw.sample(name) for name in ("loans", "flights", "census")},
    }
    print("One edited cell, Shapley values and LIME (CPU ms: median, 95 %)")
    for name, study in studies.items():
        start = time.process_time()
        ready = StandingExplainer(study)
        setup = time.process_time() - start
        coarse = _edits(study, partial(ready.explain, pairs=2))
        said = f"{coarse[0]:.0f}, {coarse[1]:.0f}"
        if not ready.exact:
            full = _edits(study, ready.explain)
            said += f" with 2 pairs; {full[0]:.0f}, {full[1]:.0f} with 10"
        print(f"  {name:<30} {said}; {'read' if ready.exact else 'asked'}, setup {setup:.2f} s CPU")


def _edits(study: mw.Study, explain: Callable[[pd.DataFrame], Any]) -> tuple[float, float]:
    names = list(study.model.features)
    test = study.need("test").pandas()[names]
    rng, took = np.random.default_rng(0), []
    row = test.iloc[[0]].copy()
    explain(row)
    for _ in range(40):
        column = names[int(rng.integers(len(names)))]
        row = row.assign(**{column: test[column].iloc[[int(rng.integers(len(test)))]].to_numpy()})
        start = time.process_time()
        explain(row)
        took.append((time.process_time() - start) * 1000)
    return float(np.median(took)), float(np.percentile(took, 95))


def shapash() -> None:
    """shapash compiles 100 rows of a boosted model, where it is installed."""
    if find_spec("shapash") is None:
        print("shapash isn't installed here: skipped (pip install shapash, in an environment of its own)")
        return
    from shapash import SmartExplainer  # type: ignore[import-not-found]  # not among our dependencies

    study = study_of(_trees()["xgboost"], table(4000, 20))
    question = ask_study(study, list(range(100)))
    model = study.model.model  # type: ignore[attr-defined]  # these studies hold estimators
    theirs = seconds(lambda: SmartExplainer(model=model).compile(x=question.rows))
    ours = seconds(lambda: mw.explainability.explain(study, list(range(100)), method="shap"))
    print(f"100 rows of xgboost: {ours:.2f} s with checks; shapash's compile {theirs:.2f} s (tree-path values)")


PARTS = {"coverage": coverage, "fresh": fresh, "rows": rows, "live": live, "shapash": shapash}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with one_thread():
        for wanted in sys.argv[1:] or PARTS:
            PARTS[wanted]()
