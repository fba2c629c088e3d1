"""Which columns of a study act together."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError
from tests.awkward import study_of


def _answer(frame: pd.DataFrame) -> Any:
    return frame["a"] + frame["a"] * frame["b"] + frame["c"] ** 2 + 0.1 * frame["d"]


def _run(study: mw.Study, *args: Any, **options: Any) -> mw.explainability.InteractionsResult:
    found = mw.explainability.find_interactions(study, *args, **options)
    assert isinstance(found, mw.explainability.InteractionsResult)
    return found


@cache
def _study() -> mw.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(500, 4)), columns=list("abcd")).assign(y=0.0)
    frame["y"] = _answer(frame)
    return mw.load_study(predict=_answer, test=frame, target="y", features=list("abcd"))


@cache
def _found() -> mw.explainability.InteractionsResult:
    return _run(_study(), max_rows=400, partners_each=6, top=3)


def test_the_pair_that_acts_together_is_found_and_the_others_are_zero() -> None:
    first, *others = _found().pairs
    assert {first.first, first.second} == {"a", "b"}
    assert abs(first.share - 1 / 4) < 0.12  # of Var(a) + Var(ab) + Var(c²) + .01
    assert all(pair.share == 0 for pair in others)
    assert _found().status == "warning"


def test_columns_that_were_not_paired_are_named_with_what_they_move() -> None:
    assert _found().left_out == ("d",)
    assert _found().left_out_share < 0.02
    assert _found().findings[-1].code == "EX-IN-03"


def test_the_grid_shows_the_joint_part() -> None:
    surface = _found().surfaces[0]
    joint = np.array(surface.joint)
    x, y = (
        np.array([float(label.replace("−", "-")) for label in each])
        for each in (surface.first_labels, surface.second_labels)
    )
    there = ~np.isnan(joint)
    assert np.corrcoef(joint[there], np.outer(x, y)[there])[0, 1] > 0.98
    assert len(_found().surfaces) == 1


def test_a_model_that_adds_has_no_interactions() -> None:
    study = study_of("regression_pipeline")
    found = _run(study, max_rows=40)
    assert found.status == "passed"
    assert all(pair.share < 1e-9 for pair in found.pairs)


@pytest.mark.parametrize("name", ["three_classes", "odd_names", "callable_only", "categories_with_gaps"])
def test_awkward_studies_are_searched(name: str) -> None:
    found = _run(study_of(name), max_rows=30, top=2)
    assert len(found.pairs) == 1


def test_one_column_makes_no_pair() -> None:
    found = mw.explainability.find_interactions(study_of("ten_rows_a_customer"), max_rows=30)
    assert found.status == "not_applicable"


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match=r"margin_share=1\.5"):
        mw.explainability.find_interactions(_study(), margin_share=1.5)
    assert mw.explainability.find_interactions(study_of("logged_predictions")).status == "not_applicable"
