"""How often the retirement rules and the recovery verdict err, on made-up studies whose truth is known.

Nothing changes: the default policy should keep the model. The signal dies: exhausted. Its weights turn round: recoverable.

    python -m benchmarks.retirement_rules
"""

from collections import Counter
from time import process_time

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_widgets.core.result import NoResult
from mlops_widgets.lifecycle.recovery.recovery import measure_recovery
from mlops_widgets.lifecycle.retirement.evaluate import evaluate_retirement
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.loans import NUMBERS, make_loans
from mlops_widgets.study.study import Study

SEEDS = 100
DAYS = 480


def made_up(kind: str, rows: int, seed: int) -> Study:
    """Return a study of three columns over sixteen months; from the eighth month on it is `kind`: same, dead or turned."""
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, DAYS, rows))
    x = rng.normal(size=(rows, 3))
    later = day >= DAYS // 2
    weights = {"same": 1.0, "dead": 0.0, "turned": -1.0}[kind]
    strength = np.where(later, weights, 1.0)
    y = (rng.random(rows) < 1 / (1 + np.exp(-(x @ [1.0, -0.8, 0.5]) * strength))).astype(int)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(
        y=y, day=pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    )
    return split(frame, ["a", "b", "c"], "y", "day")


def loans(seed: int) -> Study:
    """Return the loan desk without any change, a third of its rows."""
    table = make_loans(rows=8000, seed=seed).table
    return split(table, list(NUMBERS), "defaulted", "applied_on")


def split(frame: pd.DataFrame, features: list[str], target: str, time: str) -> Study:
    """Return a study: a third to learn from, a sixth as the test, the rest as production."""
    first, second = len(frame) // 3, len(frame) // 2
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[features][:first], frame[target][:first])
    return load_study(
        model=model,
        reference=frame[:first],
        test=frame[first:second],
        production=frame[second:],
        target=target,
        time=time,
        features=features,
    )


def main() -> None:
    """Print how often each verdict is given."""
    started = process_time()
    verdicts: Counter[str] = Counter()
    expected = []
    for seed in range(SEEDS):
        result = evaluate_retirement(loans(seed), draws=100, seed=seed)
        if isinstance(result, NoResult):
            raise SystemExit(str(result))
        verdicts[result.verdict] += 1
        expected.append(result.false_alarm)
    print(
        f"default policy, loans without drift, {SEEDS} seeds: {dict(verdicts)}; stated false alarms {np.mean(expected):.4f}"
    )
    for kind, rows in (("same", 4000), ("turned", 4000), ("dead", 4000), ("dead", 20_000)):
        found = Counter(
            getattr(measure_recovery(made_up(kind, rows, seed), draws=100, seed=seed), "verdict", "none")
            for seed in range(SEEDS)
        )
        print(f"recovery, {kind}, {rows} rows, {SEEDS} seeds: {dict(found)}")
    print(f"{process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()
