"""A sound model, and the same with one fault each: what the conformance kit must tell apart."""

import threading
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from mlops_widgets.study.loading import load_study
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from tests.awkward import plain

FEATURES = ["a", "b", "n", "town"]
TOWNS = ("Oslo", "Bergen", "Bodø")


def frame(rows: int, *, seed: int = 0, start: str = "2024-01-01", first: int = 0) -> pd.DataFrame:
    """Numbers, a whole number, a text, a date, a customer of two rows each, and labels."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, rows))
    return pd.DataFrame({
        "a": a, "b": b, "n": rng.integers(0, 4, rows), "town": rng.choice(TOWNS, rows),
        "day": pd.date_range(start, periods=rows, freq="h"), "customer": first + np.arange(rows) // 2,
        "y": (a + rng.normal(size=rows) > 0).astype(int),
    })  # fmt: skip


class Sound(ClassifierMixin, BaseEstimator):
    """Answers from its four columns by name, and refuses what it didn't learn."""

    def __init__(self) -> None:
        self.classes_ = np.array([0, 1])
        self.feature_names_in_ = np.array(FEATURES, dtype=object)

    def fit(self, X: pd.DataFrame, y: Any) -> "Sound":
        return self

    def check(self, X: pd.DataFrame) -> None:
        if not len(X) or X[FEATURES].isna().any(axis=None) or not set(X["town"]) <= set(TOWNS):
            raise ValueError("no rows, a missing cell, or a town never seen")

    def score_rows(self, X: pd.DataFrame) -> Any:
        return 2 * X["a"].to_numpy() + 0.1 * X["n"].to_numpy() + (X["town"] == "Oslo").to_numpy()

    def predict_proba(self, X: pd.DataFrame) -> Any:
        self.check(X)
        p = 1 / (1 + np.exp(-self.score_rows(X)))
        return np.column_stack([1 - p, p])

    def predict(self, X: pd.DataFrame) -> Any:
        return self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]


class Gappy(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        return np.where(X[["a"]].to_numpy() < -1, np.nan, super().predict_proba(X))


class Moody(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)

    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) + self.rng.normal(size=len(X))


class ScalesByBatch(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) - X["a"].mean()


class SortsByIndex(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X.sort_index())


class OneThreadOnly(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.owner = threading.get_ident()

    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) * (1 if threading.get_ident() == self.owner else -1)


class RawScores(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        return super().predict_proba(X) * 2


class SumsToMore(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        return super().predict_proba(X) * [1.0, 0.5]


class DecidesByAnother(Sound):
    def predict(self, X: pd.DataFrame) -> Any:
        return (X["b"].to_numpy() > 0).astype(int)


class PredictsWords(Sound):
    def predict(self, X: pd.DataFrame) -> Any:
        return np.where(super().predict(X) > 0, "good", "bad")


class DecidesByBatch(Sound):
    """Sound probabilities; the class is judged by the batch's own median."""

    def predict(self, X: pd.DataFrame) -> Any:
        p = self.predict_proba(X)[:, 1]
        return (p > np.median(p)).astype(int)


class DecidesByIndex(Sound):
    def predict(self, X: pd.DataFrame) -> Any:
        return super().predict(X.sort_index())


class DecidesByDice(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)

    def predict(self, X: pd.DataFrame) -> Any:
        return self.rng.integers(0, 2, len(X))


class OverwritesInPredict(Sound):
    def predict(self, X: pd.DataFrame) -> Any:
        answer = super().predict(X)
        X["a"] = 0.0
        return answer


class ForgetsAfter64(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        scores = super().score_rows(X)
        scores[64:] = 0.0
        return scores


class ClipsByBatch(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X.assign(a=X["a"].clip(*np.quantile(X["a"], [0.01, 0.99]))))


class RareByBatch(Sound):
    """Probabilities near 1e-6 that hang on the batch."""

    def predict_proba(self, X: pd.DataFrame) -> Any:
        p = 1e-6 * np.exp(X["a"] - X["a"].mean()).to_numpy()
        return np.column_stack([1 - p, p])


class SumsToAWhiskerMore(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        return super().predict_proba(X) * 1.0005


class BelowNothing(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        p = super().predict_proba(X)[:, 1] - 0.0005
        p = np.where(p < 0.05, -0.0005, p)
        return np.column_stack([1 - p, p])


class InSinglePrecision(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        answer = super().predict_proba(X).astype(np.float32)
        return answer * np.float32(1.0001)


class Overwrites(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        answer = super().predict_proba(X)
        X["a"] = 0.0
        return answer


class ByPosition(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return 2 * pd.to_numeric(X.iloc[:, 0], errors="coerce").fillna(0).to_numpy()


class LastColumn(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) * X.shape[1]


class AlwaysAnswers(Sound):
    def predict_proba(self, X: pd.DataFrame) -> Any:
        return super().predict_proba(X) if len(X) else np.array([[0.5, 0.5]])


class FillsGaps(Sound):
    def check(self, X: pd.DataFrame) -> None:
        if not len(X) or not set(X["town"].dropna()) <= set(TOWNS):
            raise ValueError("no rows, or a town never seen")

    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X.fillna({"a": 0.0, "n": 0, "town": "Oslo"}))


class PassesGapsOn(FillsGaps):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return Sound.score_rows(self, X)


class TakesAnyTown(Sound):
    def check(self, X: pd.DataFrame) -> None:
        if not len(X) or X[FEATURES].isna().any(axis=None):
            raise ValueError("no rows, or a missing cell")


class NoTownNoAnswer(TakesAnyTown):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) + X["town"].map(dict.fromkeys(TOWNS, 0.0)).to_numpy(dtype=float)


class LooksUpText(Sound):
    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) + X["n"].map(str).map({"1": 3.0}).fillna(0).to_numpy()


class WantsIntegers(Sound):
    def check(self, X: pd.DataFrame) -> None:
        super().check(X)
        if X["n"].dtype.kind != "i":
            raise TypeError("n isn't whole")


class SharesState(Sound):
    weight = 1.0

    def fit(self, X: pd.DataFrame, y: Any) -> "Sound":
        type(self).weight += 1.0
        return self

    def score_rows(self, X: pd.DataFrame) -> Any:
        return super().score_rows(X) * type(self).weight


class CantLearn(Sound):
    def fit(self, X: pd.DataFrame, y: Any) -> "Sound":
        raise RuntimeError("no")


class ByTable(EstimatorPredictor):
    """Hands the model the table's own columns in the table's own order."""

    def inputs(self, table: Table, *, learning: bool = False) -> Any:
        return table.pandas()


def study_of(model: Any = None, **more: Any) -> Study:
    """Return a study of three tables around `model`."""
    tables = {
        "reference": frame(120, seed=1), "test": frame(80, seed=2, start="2024-02-01", first=1000),
        "production": frame(80, seed=3, start="2024-03-01", first=2000),
    }  # fmt: skip
    arguments = {
        "target": "y",
        "time": "day",
        "entity": "customer",
        "features": FEATURES,
        "unit": "row",
        **tables,
        **more,
    }
    return load_study(model=Sound() if model is None else model, **arguments)


def of_a_function(predict: Callable[[pd.DataFrame], Any], scale: float = 1.0) -> Study:
    """Return a study of a number, answered by a function."""
    reference, test = (each.assign(y=each["a"] * scale) for each in (frame(80, seed=1), frame(80, seed=2)))
    return load_study(predict=predict, target="y", features=["a", "b"], reference=reference, test=test)


def careless() -> Study:
    study = study_of(expected=0.8, margin=0.5)
    model = ByTable(ByPosition(), outcome=study.outcome, features=study.model.features)
    return replace(study, model=model)


def of_another_model() -> Study:
    study = study_of()
    return replace(study, outcome=replace(study.outcome, classes=(0, "late")))


def without_a_class() -> Study:
    model = Sound()
    model.classes_ = np.array([0, 1, 2])
    study = study_of()
    return replace(study, outcome=replace(study.outcome, classes=(0, 1, 2), task="multiclass"))


def with_a_stale_fingerprint() -> Study:
    study = study_of()
    vars(study.need("test"))["fingerprint"] = "0123456789abcdef"
    return study


class Misremembers(Study):
    """Saves itself with another seed."""

    def save(self, path: Any = "study.toml", *, overwrite: bool = False) -> Any:
        whole = {each.name: getattr(self, each.name) for each in fields(self)}
        return Study(**{**whole, "recipe": {**self.recipe, "seed": 7}}).save(path, overwrite=overwrite)


def that_misremembers() -> Study:
    study = plain(100).study
    return Misremembers(**{each.name: getattr(study, each.name) for each in fields(study)})


def with_unread_times() -> Study:
    day = frame(80, seed=2)["day"].astype(str)
    day[:20] = "soon"
    return study_of(test=frame(80, seed=2, first=1000).assign(day=day))


FAULTS: list[tuple[str, str, Callable[[], Study]]] = [
    ("CK-02", "failed", lambda: study_of(Gappy())),
    ("CK-03", "failed", lambda: study_of(Moody())),
    ("CK-04", "failed", lambda: study_of(ScalesByBatch())),
    ("CK-03", "failed", lambda: study_of(DecidesByDice())),
    ("CK-04", "failed", lambda: study_of(DecidesByBatch())),
    ("CK-04", "failed", lambda: study_of(ForgetsAfter64())),
    ("CK-04", "failed", lambda: study_of(ClipsByBatch())),
    ("CK-04", "failed", lambda: study_of(RareByBatch())),
    ("CK-05", "failed", lambda: study_of(SortsByIndex())),
    ("CK-05", "failed", lambda: study_of(DecidesByIndex())),
    ("CK-06", "failed", lambda: study_of(OneThreadOnly())),
    ("CK-07", "failed", lambda: study_of(RawScores())),
    ("CK-07", "failed", lambda: study_of(SumsToMore())),
    ("CK-07", "failed", lambda: study_of(SumsToAWhiskerMore())),
    ("CK-07", "failed", lambda: study_of(BelowNothing())),
    ("CK-08", "failed", lambda: study_of(DecidesByAnother())),
    ("CK-08", "failed", lambda: study_of(PredictsWords())),
    ("CK-09", "failed", lambda: study_of(Overwrites())),
    ("CK-09", "failed", lambda: study_of(OverwritesInPredict())),
    ("CK-10", "failed", careless),
    ("CK-11", "warning", lambda: study_of(ByPosition())),
    ("CK-11", "warning", lambda: study_of(LastColumn())),
    ("CK-12", "failed", lambda: study_of(AlwaysAnswers())),
    ("CK-13", "warning", lambda: study_of(FillsGaps())),
    ("CK-13", "failed", lambda: study_of(PassesGapsOn())),
    ("CK-13", "warning", lambda: of_a_function(lambda X: X["a"].to_numpy())),
    ("CK-13", "failed", lambda: of_a_function(lambda X: (X["a"] - X["a"].mean(skipna=False)).to_numpy())),
    ("CK-14", "warning", lambda: study_of(TakesAnyTown())),
    ("CK-14", "failed", lambda: study_of(NoTownNoAnswer())),
    ("CK-15", "failed", lambda: study_of(LooksUpText())),
    ("CK-15", "warning", lambda: study_of(WantsIntegers())),
    ("CK-16", "failed", lambda: study_of(SharesState())),
    ("CK-16", "failed", lambda: study_of(CantLearn())),
    ("CK-17", "failed", of_another_model),
    ("CK-17", "warning", without_a_class),
    ("CK-18", "failed", lambda: study_of(expected=0.99)),
    ("CK-19", "failed", lambda: study_of(Moody())),
    ("CK-20", "failed", with_a_stale_fingerprint),
    ("CK-21", "failed", that_misremembers),
    ("CK-22", "failed", lambda: study_of(reference=frame(120, seed=1, start="2025-01-01"))),
    ("CK-22", "warning", with_unread_times),
    ("CK-23", "warning", lambda: study_of(test=frame(80, seed=2, start="2024-02-01"))),
]
"""Code of the check → what it must say → the study with the fault."""
