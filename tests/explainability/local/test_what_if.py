from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.local.what_if import WhatIfResult
from tests.awkward import study_of


@cache
def _sums() -> mw.Study:
    """The probability is the logistic of a + 2 b; c does nothing."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc"))
    frame["y"] = (frame["a"] + 2 * frame["b"] + rng.normal(size=300) > 0).astype(int)

    def sure(rows: pd.DataFrame) -> Any:
        p = 1 / (1 + np.exp(-rows["a"] - 2 * rows["b"]))
        return np.column_stack([1 - p, p])

    return mw.load_study(predict_proba=sure, reference=frame[:150], test=frame[150:], target="y", features=list("abc"))


@cache
def _result() -> WhatIfResult:
    result = mw.explainability.vary_row(_sums(), row=2, lime=False, output="probability")
    assert isinstance(result, WhatIfResult)
    return result


def test_answers_are_the_models_own_along_each_column() -> None:
    result = _result()
    row = _sums().need("test").pandas().iloc[[2]]
    for place, field in enumerate(result.fields):
        for point, answer in zip(field.points, result.along(place)[:, 0], strict=True):
            moved = row.assign(**{field.column: point})
            expected = 1 / (1 + np.exp(-float(moved["a"].iloc[0]) - 2 * float(moved["b"].iloc[0])))
            assert answer == pytest.approx(expected)


def test_the_column_that_moves_most_leads_and_one_without_effect_moves_nothing() -> None:
    result = _result()
    assert result.findings[0].evidence["column"] == "b"
    assert [field.column for field in result.fields][-1] == "c"
    assert np.ptp(result.along(2)) == pytest.approx(0)


def test_columns_that_turn_the_decision_are_counted() -> None:
    result = _result()
    own = result.explanation.prediction[0, 0] >= 0.5
    turning = sum(bool(((result.along(k)[:, 0] >= 0.5) != own).any()) for k in range(3))
    assert result.findings[1].evidence["turning"] == turning
    assert result.findings[1].evidence["threshold"] == 0.5


def test_limes_kernel_width_has_a_path_through_the_explanation_itself() -> None:
    result = mw.explainability.vary_row(study_of("three_classes"), row=1)
    assert isinstance(result, WhatIfResult)
    assert result.explanation.lime is not None
    gap = np.abs(result.lime_along - result.explanation.lime.values[0]).max(axis=(1, 2))
    assert gap.min() == pytest.approx(0, abs=1e-12)
    assert len(result.widths) == len(np.unique(result.widths)) == len(gap) > 4
    state = card_of(result).view.state
    assert (state["default"], len(state["widths"][0])) == (gap.argmin(), 4)  # the width and R² of each class


@pytest.mark.parametrize("name", ["regression_pipeline", "three_classes", "callable_only", "odd_names", "linear_svc", "categories_with_gaps"])  # fmt: skip
def test_awkward_studies_are_varied_too(name: str) -> None:
    result = mw.explainability.vary_row(study_of(name), row=1, lime=False)
    assert isinstance(result, WhatIfResult)
    assert result.answers.shape == (sum(len(f.points) for f in result.fields), len(result.explanation.outputs))
    assert np.isfinite(result.answers).all()
    assert len(result.frame()) == result.answers.size


def test_logged_predictions_are_not_applicable() -> None:
    assert mw.explainability.vary_row(study_of("logged_predictions")).status == "not_applicable"


def test_several_rows_are_refused() -> None:
    with pytest.raises(InputError, match="row= holds 2 rows"):
        mw.explainability.vary_row(_sums(), _sums().need("test").pandas().head(2), lime=False)
