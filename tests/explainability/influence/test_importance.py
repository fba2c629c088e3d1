"""Which columns matter: known models, groups, disagreement, tables without labels."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import mlops_widgets as mw
from tests.awkward import study_of

Result = mw.explainability.ImportanceResult


def _answer(frame: pd.DataFrame) -> Any:
    return 3 * frame["strong"] + frame["one"] + frame["twin"] + 2 * frame["noise"]


def _run(study: mw.Study, *args: Any, **options: Any) -> mw.explainability.ImportanceResult:
    found = mw.explainability.measure_importance(study, *args, **options)
    assert isinstance(found, mw.explainability.ImportanceResult)
    return found


@cache
def _frame(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    one = rng.normal(size=rows)
    frame = pd.DataFrame({
        "strong": rng.normal(size=rows), "one": one, "twin": one + 0.1 * rng.normal(size=rows), "noise": rng.normal(size=rows),
        "idle": rng.normal(size=rows),
    })  # fmt: skip
    # The outcome doesn't follow "noise", which the model leans on.
    return frame.assign(y=3 * frame["strong"] + frame["one"] + frame["twin"] + rng.normal(size=rows))


@cache
def _found() -> Result:
    study = mw.load_study(
        predict=_answer, test=_frame(), target="y", features=["strong", "one", "twin", "noise", "idle"]
    )
    return _run(study, explained_rows=60, draws=60, repeats=2)


def test_contributions_of_a_linear_model_are_its_closed_form() -> None:
    # Shapley values are w_j (x_j - mean of the background), so mean |SHAP| of a normal column is about w sqrt(2 / pi).
    assert abs(_found().of("strong").moved - 3 * np.sqrt(2 / np.pi)) < 0.6
    assert _found().entries[0].name == "strong"


def test_columns_that_go_together_are_one_entry_with_the_single_numbers_beside_it() -> None:
    found = _found()
    assert {entry.name for entry in found.entries} == {"strong", "one + twin", "noise", "idle"}
    assert [single.name for single in found.singles] == ["one", "twin"]
    assert found.closest[0][0] == "one + twin"
    assert found.closest[0][1] > 0.95
    together = found.of("one + twin")
    assert together.loss > found.of("one").loss + found.of("twin").loss
    assert any(f.code == "EX-IM-05" and f.status == "warning" for f in found.findings)


def test_a_column_the_model_does_not_take_into_account_is_named() -> None:
    found = _found()
    assert not found.of("idle").used
    assert found.of("idle").loss == 0
    unused = next(f for f in found.findings if f.code == "EX-IM-02")
    assert unused.status == "warning"
    assert "idle" in unused.claim


def test_a_column_that_moves_the_answers_and_not_the_score_is_named() -> None:
    found = _found()
    assert found.of("noise").share > 0.1
    assert abs(found.of("noise").loss) < 0.1 * found.of("strong").loss
    told = next(f for f in found.findings if f.code == "EX-IM-03")
    assert told.status == "warning"
    assert "noise makes" in told.claim


def test_shares_sum_to_one_and_lie_in_their_intervals() -> None:
    assert np.isclose(sum(entry.share for entry in _found().entries), 1)
    assert all(e.share_lower <= e.share <= e.share_upper for e in _found().entries)


def test_columns_whose_intervals_overlap_are_told_apart_where_their_difference_is_certain() -> None:
    # Both move the same rows far, so their intervals overlap by half; in every row the first moves a fifth more.
    rng = np.random.default_rng(0)
    x = rng.standard_t(3, size=200)
    frame = pd.DataFrame({"more": x, "less": x * rng.choice([-1, 1], 200), "even": x * rng.choice([-1, 1], 200)})
    for weight, rivals in ((1.0, ()), (1.19, ("less",))):
        answer = 1.2 * frame["more"] + weight * frame["less"] + 0.1 * frame["even"] + 0.2 * rng.normal(size=200)
        study = mw.load_study(model=LinearRegression().fit(frame, answer), test=frame.assign(y=answer), target="y")
        found = _run(study, draws=50, repeats=1)
        assert found.entries[1].moved_upper > found.entries[0].moved_lower
        assert found.rivals == rivals
        assert ("too close" in found.findings[0].claim) == bool(rivals)


def test_the_swarm_holds_ranks_and_no_row_can_be_followed_through_it() -> None:
    found = _found()
    assert found.effects.shape == found.ranks.shape == (5, 60)
    assert (np.diff(found.effects, axis=1) >= 0).all()
    assert (found.ranks.min(), found.ranks.max()) == (0, 1)
    assert np.corrcoef(found.effects[0], found.ranks[0])[0, 1] > 0.9


def test_the_mean_contribution_along_a_linear_column_rises() -> None:
    along = next(each for each in _found().dependences if each.column == "strong")
    assert (np.diff(along.mean) > 0).all()
    assert sum(along.counts) == 60


def test_without_labels_only_the_answers_can_be_looked_at() -> None:
    study = mw.load_study(
        predict=_answer, reference=_frame(), test=_frame().drop(columns="y"), target="y",
        features=["strong", "one", "twin", "noise", "idle"],
    )  # fmt: skip
    found = _run(study, table="test", explained_rows=20, draws=50)
    assert np.isnan(found.of("strong").loss)
    assert found.of("strong").share > 0.3
    assert [f.status for f in found.findings if f.code == "EX-IM-03"] == ["not_applicable"]


@pytest.mark.parametrize(
    "name",
    ["regression_pipeline", "three_classes", "odd_names", "ten_rows_a_customer"],
)
def test_awkward_studies_have_an_importance(name: str) -> None:
    found = _run(study_of(name), explained_rows=20, max_rows=60, repeats=1, draws=50)
    assert isinstance(found, Result)
    assert {column for entry in found.entries for column in entry.columns} == set(study_of(name).model.features)


def test_a_model_that_always_says_the_same_is_driven_by_nothing() -> None:
    study = mw.load_study(predict=_nothing, test=_frame(), target="y", features=["strong", "noise"])
    found = _run(study, explained_rows=20, draws=50)
    assert found.status == "warning"
    assert "same answer" in found.headline


def _nothing(frame: pd.DataFrame) -> Any:
    return np.ones(len(frame))
