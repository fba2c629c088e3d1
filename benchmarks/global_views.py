"""How honest the intervals of the global views are: coverage of effects, permutation losses and interactions; false alarms of cohorts.

Linear and product models with known truths on normal columns. Run: `python benchmarks/global_views.py [seeds]`.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LinearRegression

import mlops_widgets as mw
from mlops_widgets.measures.attribution.interactions import partners, strength

Frame = pd.DataFrame
Floats = npt.NDArray[np.float64]


def answer(frame: Frame) -> Floats:
    """Two columns that are added, two that are multiplied, one that does nothing."""
    return np.asarray(2 * frame["a"] + frame["b"] + frame["c"] * frame["d"], dtype=np.float64)


def study(seed: int, rows: int = 500) -> mw.Study:
    """Return a study of independent normal columns whose outcome is the answer and noise."""
    rng = np.random.default_rng(seed)
    frame = Frame(rng.normal(size=(rows, 5)), columns=list("abcde"))
    frame["group"] = rng.choice(["u", "v"], rows)
    frame["y"] = answer(frame) + rng.normal(size=rows)
    return mw.load_study(predict=answer, test=frame, target="y", features=list("abcde"), metric="rmse")


def losses(seeds: int) -> str:
    """Return how often the interval of a permutation loss holds the truth."""
    # Mean squared error 1 without scrambling, 1 + 2 b² with: RMSE rises by sqrt(9) - 1 and sqrt(3) - 1.
    truths = {"a": np.sqrt(9) - 1, "b": np.sqrt(3) - 1}
    held = dict.fromkeys(truths, 0)
    for seed in range(seeds):
        found = mw.explainability.measure_importance(study(seed), explained_rows=20, repeats=4, draws=100, seed=seed)
        assert isinstance(found, mw.explainability.ImportanceResult)
        for name, truth in truths.items():
            each = found.of(name)
            held[name] += each.loss_lower <= truth <= each.loss_upper
    return ", ".join(f"{name} {count / seeds:.1%}" for name, count in held.items())


def effects(seeds: int) -> str:
    """Return how often the interval of c's local effect at its upper edge holds the truth, 0, and what shapes are said."""
    shapes: dict[str, int] = {}
    held = 0
    for seed in range(seeds):
        measured = mw.explainability.measure_effects(study(seed), ["c"], dependence_rows=5, draws=100, seed=seed)
        assert isinstance(measured, mw.explainability.EffectsResult)
        found = measured.of("c")
        shapes[str(found.shape)] = shapes.get(str(found.shape), 0) + 1
        held += found.ale_lower[-1] <= 0 <= found.ale_upper[-1]
    return f"held {held / seeds:.1%}; shapes {shapes}"


def owners(seeds: int) -> str:
    """Return how often a level curve is given a direction, or an extent above 0, where rows come in few units."""
    told = []
    for units, rows in ((20, 20), (30, 10), (60, 10)):
        directed = extended = 0
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            who = np.repeat(np.arange(units), rows)
            frame = Frame(rng.normal(size=(units, 5))[who], columns=list("abcde")).assign(who=who)
            frame["y"] = answer(frame)
            few = mw.load_study(predict=answer, test=frame, target="y", features=list("abcde"), entity="who")
            measured = mw.explainability.measure_effects(few, ["c"], dependence_rows=5, draws=100, seed=seed)
            assert isinstance(measured, mw.explainability.EffectsResult)
            directed += measured.of("c").shape not in {"flat", "not settled"}
            extended += measured.of("c").lower > 0
        told.append(f"{units} units: {directed / seeds:.1%} a direction, {extended / seeds:.1%} an extent above 0")
    return "; ".join(told)


def interactions(seeds: int) -> str:
    """Return how often the interval of the share of x0 x1 beside both holds the truth, 1/3, and of x0 x1 x2 beside x0, 0."""
    held = [0, 0]
    for seed in range(seeds):
        for k, (model, truth) in enumerate(((_product, 1 / 3), (_three, 0.0))):
            x = np.random.default_rng(seed).normal(size=(400, 3))
            partner = partners(400, each=10, rng=np.random.default_rng(seed))
            put = [_put(model, x, partner, columns) for columns in ((0, 1), (0,), (1,))]
            found = strength(put[0], (put[1], put[2]), model(x), partner=partner, units=np.arange(400))
            held[k] += found.lower <= truth <= found.upper
    return f"product {held[0] / seeds:.1%}, three at once {held[1] / seeds:.1%}"


def _product(x: Floats) -> Floats:
    return x[:, 0] + x[:, 1] + x[:, 0] * x[:, 1]


def _three(x: Floats) -> Floats:
    return x[:, 0] + x[:, 0] * x[:, 1] * x[:, 2]


def _put(
    model: Callable[[Floats], Floats], x: Floats, partner: npt.NDArray[np.int64], columns: tuple[int, ...]
) -> Floats:
    rows = x[partner].copy()
    for column in columns:
        rows[:, :, column] = x[:, column][:, None]
    return model(rows.reshape(-1, x.shape[1])).reshape(partner.shape)


def cohorts(seeds: int) -> str:
    """Return how often a difference is claimed between two groups that the model doesn't know of."""
    claimed = 0
    for seed in range(seeds):
        found = mw.explainability.compare_cohorts(study(seed), "group", explained_rows=80, draws=100, seed=seed)
        claimed += found.findings[0].status == "warning"
    return f"{claimed / seeds:.1%} false alarms"


def sorted_tables(seeds: int) -> str:
    """Return how often test and production of one kind, both sorted by the same column, are called different."""
    claimed = 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        parts = [Frame(rng.normal(size=(300, 2)), columns=["a", "b"]).sort_values("a") for _ in range(2)]
        test, production = (part.assign(y=2 * part["a"] + part["b"]) for part in parts)
        model = LinearRegression().fit(test[["a", "b"]], test["y"])
        both = mw.load_study(model=model, test=test, production=production, target="y")
        found = mw.explainability.compare_cohorts(both, draws=100, seed=seed)
        claimed += found.findings[0].status == "warning"
    return f"{claimed / seeds:.1%} false alarms"


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for check in (losses, effects, owners, interactions, cohorts, sorted_tables):
        start = time.process_time()
        print(f"{check.__name__}: {check(seeds)} ({seeds} seeds, {time.process_time() - start:.0f} s)")
