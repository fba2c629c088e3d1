"""Labels that come first are no sample of all: one rule says which chunks have theirs, for the review and for the estimate."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.overfitting.monitoring.drift_review import DriftReviewResult, review_drift
from mlops_widgets.overfitting.monitoring.label_free import LabelFreeResult, estimate_without_labels
from mlops_widgets.study.over_time.maturity import due_time, mature_chunks

DAY = 86_400_000.0


def loans(days: int, *, start: str, waits: int, now: str = "2099-01-01", seed: int = 0) -> pd.DataFrame:
    """Forty loans a day; a default is known after a tenth of `waits` days, a repayment after all of them, till `now`."""
    rng = np.random.default_rng(seed)
    rows = 40 * days
    when = pd.Timestamp(start) + pd.to_timedelta(np.arange(rows) // 40, unit="D")
    score = 1 / (1 + np.exp(-rng.normal(size=rows)))
    y = (rng.random(rows) < score).astype(float)
    known = pd.Series(when + pd.to_timedelta(np.where(y == 1, waits / 10, waits), unit="D"))
    arrived = known <= pd.Timestamp(now)
    return pd.DataFrame(
        {"when": when, "score": score, "y": np.where(arrived, y, np.nan), "known": known.where(arrived)}
    )


def studied(test: pd.DataFrame, production: pd.DataFrame, **more: Any) -> mw.Study:
    return mw.load_study(scores="score", test=test, production=production, target="y", time="when", **more)


def test_the_longest_wait_is_that_of_production_where_labels_got_slower() -> None:
    test = loans(30, start="2024-01-01", waits=10)
    late = loans(80, start="2024-06-01", waits=60, now="2024-08-20", seed=1)
    study = studied(test, late, label_time="known")
    due = due_time(study, study.need("production"))
    latest = float(late["known"].max().timestamp() * 1000)
    assert latest - due == pytest.approx(60 * DAY)
    result = estimate_without_labels(study, metrics=["accuracy"], chunk_rows=400, draws=50)
    assert isinstance(result, LabelFreeResult)
    assert result.tested.tolist() == [True, True, *[False] * 6]  # due on 21 June
    assert not result.refuted.any()  # chunks in which only defaults are known aren't compared


def test_early_labels_are_not_taken_for_all_though_chunks_agree_on_their_share() -> None:
    test = loans(30, start="2024-01-01", waits=10).drop(columns="known")
    early = loans(6, start="2024-06-01", waits=60, now="2024-06-20", seed=1).drop(columns="known")
    result = review_drift(studied(test, early, metric="accuracy"), draws=100)
    assert isinstance(result, DriftReviewResult)
    assert 0.4 < np.nanmin(result.matured) < np.nanmax(result.matured) < 0.7
    assert np.isnan(result.values).all()
    assert next(f.status for f in result.findings if f.code == "OV-DR-04") == "warning"


def test_review_and_estimate_show_only_chunks_that_are_due() -> None:
    test = loans(30, start="2024-01-01", waits=30)
    late = loans(100, start="2024-06-01", waits=30, now="2024-09-08", seed=1)
    study = studied(test, late, label_time="known")
    review, estimate = review_drift(study, draws=100), estimate_without_labels(study, metrics=["accuracy"], draws=50)
    assert isinstance(review, DriftReviewResult)
    assert isinstance(estimate, LabelFreeResult)
    due = due_time(study, study.need("production"))
    shown = ~np.isnan(review.values)
    assert shown.sum() >= 5
    assert not shown[review.chunk_starts > due].any()
    assert (review.matured[shown] == 1).all()
    assert estimate.tested.tolist() == (estimate.chunk_ends <= due).tolist()
    assert 0 < estimate.tested.sum() < len(estimate.tested)


def test_a_chunk_without_labels_is_never_mature_and_a_full_one_always_is() -> None:
    shares, ends = np.array([0.0, 1.0, np.nan]), np.array([0.0, 9.0, 0.0])
    for due in (5.0, -np.inf):
        assert mature_chunks(shares, ends, due=due, least_share=0.5).tolist() == [False, True, False]
