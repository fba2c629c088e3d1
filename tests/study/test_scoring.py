from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.intervals import measure
from mlops_widgets.study import scoring
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study


def _study(*, entity: str | None = None, weights: str | None = None) -> Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"s": rng.random(200), "who": np.arange(200) // 4, "w": rng.random(200) + 0.5})
    frame["y"] = (rng.random(200) < frame["s"]).astype(int)
    return load_study(test=frame, target="y", scores="s", task="binary", entity=entity, weights=weights)


def test_a_score_is_drawn_by_unit_and_under_weights() -> None:
    study = _study(entity="who", weights="w")
    rows = study.measure(study.need("test"))
    found = scoring.estimate_score(study, rows, draws=200, seed=1)
    drawing = scoring.resampler_of(study, rows.units, draws=200, seed=1)
    assert not drawing.independent_rows
    scored = {"it": (rows.metric, rows.y, rows.output)}
    assert found == measure(scored, drawing, sample_weights=rows.weights)["it"]
    assert found.value == pytest.approx(scoring.score_of(rows))


def test_without_units_and_weights_rows_are_independent_and_count_alike() -> None:
    study = _study()
    rows = study.measure(study.need("test"))
    assert scoring.resampler_of(study, rows.units, draws=10, seed=0).independent_rows
    assert scoring.weights_of(study, rows) is None


def test_a_model_compared_with_itself_differs_by_nothing() -> None:
    study = _study()
    rows = study.measure(study.need("test"))
    one, other, difference = scoring.compare_scores(study, rows, rows, draws=200, seed=0)
    assert one == other
    assert difference.value == 0.0
    assert difference.lower < 0.0 < difference.upper  # no difference on these rows isn't none on all


def test_a_comparison_turned_round_is_the_same_with_the_other_sign() -> None:
    study = _study()
    rows = study.measure(study.need("test"))
    worse = replace(rows, output=np.random.default_rng(1).random(rows.n))
    one, other, difference = scoring.compare_scores(study, rows, worse, draws=200, seed=0)
    assert difference.value == pytest.approx(one.value - other.value)
    back = scoring.compare_scores(study, worse, rows, draws=200, seed=0)[2]
    assert (back.value, back.lower, back.upper) == pytest.approx(
        (-difference.value, -difference.upper, -difference.lower)
    )


def test_only_rows_that_both_answer_are_kept() -> None:
    study = _study()
    rows = study.measure(study.need("test"))
    a, b = scoring.on_common_rows(rows.take(np.arange(100)), rows.take(np.arange(50, 150)))
    assert a.rows.tolist() == b.rows.tolist() == list(range(50, 100))


def test_no_value_names_the_metric_and_the_place() -> None:
    error = scoring.no_value(_study(), "on unseen folds")
    assert isinstance(error, MissingInputError)
    assert error.missing == "ROC AUC on unseen folds"
