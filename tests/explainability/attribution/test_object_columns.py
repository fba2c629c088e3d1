"""What the model is asked about has the types of the user's own columns."""

from typing import Any

import numpy as np
import pandas as pd

import mlops_widgets as mw


def test_a_column_of_objects_reaches_the_model_as_it_is() -> None:
    """Pandas makes text of objects that are all texts or None, and NaN of the None."""
    seen: set[tuple[str, str]] = set()

    def strict(rows: pd.DataFrame) -> Any:
        gaps = {type(cell).__name__ for cell in rows["why"] if not isinstance(cell, str)}
        seen.update((str(rows["why"].dtype), gap) for gap in gaps)
        return rows["a"].to_numpy() + np.array([cell is None for cell in rows["why"]])

    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)})
    rows["why"] = pd.Series(rng.choice(np.array(["x", "y", None], dtype=object), 80), dtype=object)
    rows["y"] = rows["a"]
    study = mw.load_study(predict=strict, task="regression", reference=rows[:50], test=rows[50:], target="y")
    mw.explainability.explain(study, [0, 1], background=8, samples=200)
    mw.explainability.measure_effects(study, draws=50)
    assert seen == {("object", "NoneType")}
