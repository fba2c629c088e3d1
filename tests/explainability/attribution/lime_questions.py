"""Questions to functions of frames, and a table with a column of every kind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.study_questions import players_of


def ask(
    predict: Callable[[pd.DataFrame], Any], training: pd.DataFrame, rows: pd.DataFrame, *, outputs: int = 1, **more: Any
) -> Question:
    """Return a question about rows of a function."""
    return Question(**{
        "predict": lambda frame: np.asarray(predict(frame), dtype=np.float64).reshape(len(frame), -1), "rows": rows,
        "background": training, "players": players_of(list(training.columns), None),
        "outputs": tuple(f"output {k}" for k in range(outputs)), "scale": "units", "background_text": "",
        "row_names": tuple(f"row {k}" for k in range(len(rows))), **more,
    })  # fmt: skip


def mixed(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "amount": np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(8, 1, rows)),
        "city": pd.Series(rng.choice(np.array(["Oslo", "Rome", "Lima", None]), rows), dtype="str"),
        "kind": pd.Categorical(rng.choice(["a", "b"], rows)), "member": rng.random(rows) < 0.5,
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D"),
        "code": rng.choice(np.array([0, 0, 0, 1, 7]), rows), "empty": np.nan, "same": 5,
        "word": [f"word {k}" for k in range(rows)],
    })  # fmt: skip
