"""Pairs of refits: the interval by hand, splits of whole units, an exchange that makes no difference on average."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.pricing.cases import Case
from mlops_widgets.data_quality.pricing.training import NULL, Marks, draw_splits
from mlops_widgets.errors import MissingInputError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.data_quality.pricing.priced import rows, study_of


def _study(frame: pd.DataFrame, **arguments: Any) -> Study:
    model = study_of(rows(50), rows(50)).model.model  # type: ignore[attr-defined]  # an EstimatorPredictor
    return load_study(model=model, reference=frame, test=frame, target="y", features=["a", "b"], **arguments)


def test_the_interval_is_nadeau_and_bengios_worked_by_hand() -> None:
    # Losses .01, .02, .06: mean .03, variance .0007. With 200 rows to learn from and 100 held out the variance of the mean is
    # (1/3 + 1/2) · .0007 = .000583333; its root is .0241523, and t with 2 degrees of freedom at 97.5 % is 4.302653.
    case = Case("cost", "unit", "training")
    marks = Marks(
        losses={case: [np.array([loss]) for loss in (0.01, 0.02, 0.06)]}, train_rows=[200] * 3, test_rows=[100] * 3
    )
    found = marks.bounds(case)
    assert found is not None
    assert found.loss[0] == pytest.approx(0.03)
    assert found.upper[0] - found.loss[0] == pytest.approx(4.302653 * 0.0241523, rel=1e-5)
    assert found.loss[0] - found.lower[0] == pytest.approx(0.103919, abs=1e-5)


def test_one_split_has_no_interval_and_splits_without_a_value_are_left_out() -> None:
    marks = Marks(losses={NULL: [np.array([0.1])]}, train_rows=[20], test_rows=[10])
    assert marks.bounds(NULL) is None
    assert marks.bounds(Case("cost", "unit", "both")) is None
    some = Marks(losses={NULL: [np.array([v]) for v in (0.1, np.nan, 0.3)]}, train_rows=[20] * 3, test_rows=[10] * 3)
    found = some.bounds(NULL)
    assert found is not None
    assert found.loss[0] == pytest.approx(0.2)


def test_splits_share_no_row_and_no_unit() -> None:
    frame = rows(300).assign(who=np.random.default_rng(0).integers(0, 40, 300))
    study = _study(frame, entity="who")
    assert study.reference is not None
    for split in draw_splits(study, study.reference, count=4, most_rows=100, share=0.1, seed=0):
        parts = (split.train, split.test, split.spare)
        assert sum(map(len, parts)) == len(np.unique(np.concatenate(parts)))
        whose = [set(frame["who"].iloc[part]) for part in parts]
        assert not (whose[0] & whose[1])
        assert not (whose[0] & whose[2])
        assert not (whose[1] & whose[2])
        assert abs(len(split.train) - 100) < 20
        assert abs(len(split.test) - 50) < 20
        assert len(split.spare) > 0


def test_splits_hold_every_class_or_say_what_is_missing() -> None:
    frame = rows(200)
    frame["y"] = (np.arange(200) < 1).astype(int)
    study = _study(frame)
    assert study.reference is not None
    with pytest.raises(MissingInputError, match="every class"):
        draw_splits(study, study.reference, count=3, most_rows=100, share=0.1, seed=0)
    few = study.reference.take(np.arange(10))
    with pytest.raises(MissingInputError, match="The reference has 10 of 10"):
        draw_splits(study, few, count=3, most_rows=100, share=0.1, seed=0)
