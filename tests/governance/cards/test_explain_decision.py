"""One decision explained: of this row, of this model, with sound reasons, or with none."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance.cards.explain_decision import DECISION_FIELDS, DecisionExplanation
from mlops_widgets.study.study import Study

SAID = {"text": "A sentence of a person", "by": "Ada King", "on": "2026-03-01"}
WEIGHTS = {"a": 2.0, "b": -1.0, "c": 0.5}


def _frame(seed: int = 0, rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.normal(size=rows) for name in WEIGHTS})
    frame["y"] = (sum(w * frame[name] for name, w in WEIGHTS.items()) + rng.normal(size=rows) > 0).astype(int)
    return frame


@cache
def _study(threshold: float | None = 0.7, seed: int = 0) -> Study:
    frame = _frame(seed)
    model = LogisticRegression().fit(frame[list(WEIGHTS)], frame.y)
    return mw.load_study(
        model=model,
        reference=frame,
        test=_frame(9),
        target="y",
        decision_threshold=threshold,
        favourable=1,
        name="small",
    )


def _explained(study: Study, row: int = 5, **options: Any) -> DecisionExplanation:
    reasons = mw.explainability.explain(study, row, method="shap", output=options.pop("output", "auto"))
    found = mw.governance.explain_decision(study, row, **{"explanation": reasons, **options})
    assert isinstance(found, DecisionExplanation)
    return found


def test_the_decision_is_the_score_against_the_study_s_threshold() -> None:
    scores = _study().model.scores(_study().tables["test"])
    between = int(np.flatnonzero((scores > 0.5) & (scores < 0.7))[0])
    above = int(np.flatnonzero(scores > 0.7)[0])
    for row, code in ((between, 0), (above, 1)):
        found = _explained(_study(), row)
        assert found.decision == f"y = {code}"
        assert found.score == pytest.approx(scores[row])
        assert found.favourable == bool(code)
    assert _explained(_study(None), between).decision == "y = 1"


@pytest.mark.parametrize("output", ["auto", "probability", "log-odds"])
def test_reasons_are_those_of_the_explanation_the_strongest_first(output: str) -> None:
    found = _explained(_study(), output=output)
    row, means = _study().tables["test"].pandas().iloc[5], _study().tables["reference"].pandas().mean()
    model = _study().model.model  # type: ignore[attr-defined]  # an estimator's
    expected = dict(zip(WEIGHTS, model.coef_[0] * (row[list(WEIGHTS)] - means[list(WEIGHTS)]), strict=True))
    assert {each.column: np.sign(each.value) for each in found.reasons} == {n: np.sign(v) for n, v in expected.items()}
    sizes = [abs(each.value) for each in found.reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert found.status == "passed"


def test_at_most_so_many_reasons_are_told_for_each_side() -> None:
    found = _explained(_study(), most=1)
    assert len([each for each in found.reasons if each.value > 0]) <= 1
    assert len([each for each in found.reasons if each.value < 0]) <= 1


def test_without_an_explanation_nothing_is_made_up() -> None:
    found = mw.governance.explain_decision(_study(), 5)
    assert isinstance(found, DecisionExplanation)
    assert found.reasons == ()
    assert found.findings[0].status == "failed"
    assert "mw.explainability.explain(study, 5, table='test')" in found.findings[0].action
    assert "aren't known" in found.contents(".md").decode()


def test_an_explanation_of_another_row_or_model_is_refused() -> None:
    with pytest.raises(InputError, match="not row 5 of test"):
        mw.governance.explain_decision(_study(), 5, explanation=mw.explainability.explain(_study(), 6, method="shap"))
    frame = _frame(3).assign(y=lambda f: 1 - f.y)
    other = mw.load_study(
        model=LogisticRegression().fit(frame[list(WEIGHTS)], frame.y), reference=frame, test=_frame(9), target="y"
    )
    with pytest.raises(InputError, match="another model"):
        mw.governance.explain_decision(_study(), 5, explanation=mw.explainability.explain(other, 5, method="shap"))


def test_an_explanation_whose_check_failed_is_not_told() -> None:
    reasons: Any = mw.explainability.explain(_study(), 5, method="shap")
    bad = replace(reasons, checks=(replace(reasons.checks[0], status="failed"), *reasons.checks[1:]))
    found = mw.governance.explain_decision(_study(), 5, explanation=bad)
    assert isinstance(found, DecisionExplanation)
    assert found.reasons == ()
    assert "isn't told" in found.findings[0].claim


def test_a_reason_whose_interval_holds_zero_is_not_told() -> None:
    reasons: Any = mw.explainability.explain(_study(), 5, method="shap")
    noisy = np.full_like(np.asarray(reasons.values), 100.0)
    noisy[0, 0, 0] = 1e-9
    found = mw.governance.explain_decision(
        _study(), 5, explanation=replace(reasons, exact=False, standard_error=noisy, pairs=10)
    )
    assert isinstance(found, DecisionExplanation)
    assert [each.column for each in found.reasons] == ["a"]


def test_empty_fields_fail_and_filled_ones_pass() -> None:
    assert _explained(_study()).missing == DECISION_FIELDS
    filled = _explained(_study(), statements=dict.fromkeys(DECISION_FIELDS, SAID))
    assert filled.missing == ()
    assert {each.status for each in filled.findings} == {"passed"}


def test_a_decision_on_record_that_is_another_one_is_told() -> None:
    frame = _frame(9)
    model = LogisticRegression().fit(frame[list(WEIGHTS)], frame.y)
    frame["said"] = 1 - model.predict(frame[list(WEIGHTS)])
    study = mw.load_study(model=model, test=frame, target="y", decision="said", features=list(WEIGHTS))
    found = mw.governance.explain_decision(study, 5)
    assert isinstance(found, DecisionExplanation)
    assert found.overruled
    assert found.findings[2].code == "GV-ED-03"


def test_regression_and_several_classes_are_explained_too() -> None:
    frame = _frame()
    line = mw.load_study(
        model=LinearRegression().fit(frame[["a", "b"]], frame.c),
        test=frame,
        target="c",
        task="regression",
        features=["a", "b"],
    )
    assert "c of" in _explained(line).decision
    three = frame.assign(y=np.digitize(frame.a, [-0.5, 0.5]))
    several = mw.load_study(
        model=LogisticRegression().fit(three[["a", "b"]], three.y), test=three, target="y", features=["a", "b"]
    )
    found = _explained(several)
    assert found.decision in {"y = 0", "y = 1", "y = 2"}
    assert np.isnan(found.score)
    assert found.status == "passed"


def test_logged_answers_are_told_without_reasons() -> None:
    frame = pd.DataFrame({"score": [0.2, 0.8] * 30, "y": [0, 1] * 30})
    study = mw.load_study(test=frame, target="y", scores="score")
    found = mw.governance.explain_decision(study, 1, explanation=mw.explainability.explain(study, 1))
    assert isinstance(found, DecisionExplanation)
    assert found.reasons == ()
    assert found.decision == "y = 1"


@pytest.mark.parametrize("row", [-1, 300, 1.5, "0", True, None])
def test_a_row_that_there_is_not_is_refused(row: Any) -> None:
    with pytest.raises(InputError, match="Positions in test: 0 to 299"):
        mw.governance.explain_decision(_study(), row)


def test_other_arguments_that_cannot_be_used_are_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        mw.governance.explain_decision(_study(), 0, table="tset")
    with pytest.raises(WrongTypeError, match="explanation="):  # whose headline quotes cells of another row
        mw.governance.explain_decision(_study(), 0, explanation=mw.explainability.find_recourse(_study(), 4))
    with pytest.raises(WrongTypeError, match="explanation="):
        mw.governance.explain_decision(_study(), 0, explanation="because")  # type: ignore[arg-type]  # as a caller might
    with pytest.raises(WrongTypeError, match="explanation="):
        mw.governance.explain_decision(
            _study(), 0, explanation=mw.governance.assess_fairness(mw.sample("census"), draws=100)
        )


def test_it_says_itself_that_it_holds_cells_and_survives_json() -> None:
    found = _explained(_study())
    assert found.holds_cells
    assert Result.from_dict(found.to_dict()).to_dict() == found.to_dict()
