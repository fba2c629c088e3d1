"""The loan desk of the experiment: made-up applications, of which the truth is known, and two quick models."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.spills import SPILLS, Spill
from mlops_widgets.data_quality.spoilers_desk.play import Answers, Desk, Model
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.samples.loans import NUMBERS, WORDS, make_loans
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]

APPROVED_BELOW = 0.15
"""Probability of default below which a loan is approved: there a repaid 100 earns 15 and a lost one costs 85."""
_TARGET = "defaulted"
_TREES = 30


def made_up_desk(*, team_rows: int, live_rows: int, seed: int) -> Desk:
    """Return a desk of made-up loans, words as indicators."""
    table = make_loans(rows=team_rows + live_rows, seed=seed).table
    frame = pd.get_dummies(table[[*NUMBERS, *WORDS, _TARGET]], columns=list(WORDS), dtype=np.float64)
    frame = frame.astype(dict.fromkeys(NUMBERS, np.float64))
    frame = frame.iloc[np.random.default_rng(seed).permutation(len(frame))].reset_index(drop=True)
    features = tuple(name for name in frame.columns if name != _TARGET)
    hit = {
        "near_duplicates": ("income", "loan_amount"),
        "sentinel": ("credit_score",),
        "unit": ("income",),
        "bad_join": features,
    }
    auc = get_metric("roc_auc", "binary")
    return Desk(
        team=frame[:team_rows], live=frame[team_rows:].reset_index(drop=True), features=features, target=_TARGET, positive=1,
        places={spill.name: hit.get(spill.name, ()) for spill in SPILLS}, learn=lambda rows, spill: _learned(rows, features, spill),
        score=lambda rows, answers: auc(rows[_TARGET].to_numpy(dtype=np.float64), answers.output),
        decisions=_decisions, decide=_decide, model_for=lambda spill: spill.place if spill.place == "split" else "",
    )  # fmt: skip


def _learned(rows: pd.DataFrame, features: tuple[str, ...], spill: Spill) -> Model:
    """Return a logistic regression; where rows come twice, a forest, which remembers single rows."""
    model: Any
    if spill.place == "split":
        from sklearn.ensemble import ExtraTreesClassifier

        model = ExtraTreesClassifier(_TREES, random_state=0)
    else:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200, tol=1e-3))
    names = list(features)
    with one_thread():
        model.fit(rows[names].to_numpy(), rows[_TARGET].to_numpy())

    def answer(frame: pd.DataFrame) -> Answers:
        with one_thread():
            p = model.predict_proba(frame[names].to_numpy())[:, 1]
        return Answers(output=p, decided=_decide(p), probability=p)

    return answer


def _decide(probability: Floats) -> Floats:
    return np.asarray(probability < APPROVED_BELOW, dtype=np.float64)


def _decisions(rows: pd.DataFrame, answers: Answers) -> tuple[float, float, float]:
    """Return the share approved, the bad rate among them, and what 100 applications of 100 each earn."""
    approved, bad = answers.decided == 1, rows[_TARGET].to_numpy() == 1
    rate = float(bad[approved].mean()) if approved.any() else float("nan")
    return float(approved.mean()), rate, float(np.where(approved, np.where(bad, -85.0, 15.0), 0.0).mean() * 100)
