from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from mlops_widgets.study.challengers import find_challenge
from mlops_widgets.study.loading import load_study


class Remembering(ClassifierMixin, BaseEstimator):
    """A model that keeps the rows that it learned from."""

    def fit(self, rows: pd.DataFrame, y: Any) -> "Remembering":
        self.classes_, self.seen_ = np.unique(y), rows["row"].to_numpy()
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        return np.full(len(rows), self.classes_[0])


def test_a_retrained_challenger_learns_only_from_labels_that_had_arrived() -> None:
    when = pd.date_range("2024-01-01", periods=800, freq="1h")
    production = pd.DataFrame({"row": np.arange(800.0), "y": np.arange(800) % 2, "when": when})
    production["known"] = when + pd.to_timedelta(np.where(np.arange(800) % 3 == 0, 30, 1), "D")
    reference = production.assign(row=-1.0, when=when - pd.Timedelta("90D"), known=when - pd.Timedelta("60D"))
    model = Remembering().fit(reference[["row"]], reference["y"])
    study = load_study(
        model=model, reference=reference, production=production, target="y", time="when", label_time="known", features=["row"],
        metric="accuracy", unit="row",
    )  # fmt: skip
    challenge = find_challenge(study, None, max_fit_rows=500)
    seen = challenge.model.model.seen_  # type: ignore[attr-defined]  # an EstimatorPredictor
    learned = seen[seen >= 0].astype(int)
    first = production["when"].iloc[400]
    assert challenge.table["row"].min() == 400
    assert set(learned) == set(np.flatnonzero((production["known"] < first) & (np.arange(800) < 400)))
    assert len(seen) == 500  # filled up from the end of the reference
