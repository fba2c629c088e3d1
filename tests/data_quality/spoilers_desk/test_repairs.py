"""Each repair against the damage that it is for."""

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.damage import damage
from mlops_widgets.data_quality.spoilers_desk import repairs

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({
    "income": RNG.lognormal(10, 0.4, 600).round(), "age": RNG.integers(18, 80, 600), "ratio": RNG.random(600),
})  # fmt: skip


def test_near_copies_go_and_the_first_rows_stay() -> None:
    copy = damage(FRAME, "duplicates", 0.3, columns=["income"], seed=1)
    kept = repairs.without_near_copies(copy.frame, ["income", "age", "ratio"], ["income"])
    assert kept.tolist() == [True] * 600 + [False] * 180


def test_rows_that_differ_by_more_than_a_percent_both_stay() -> None:
    frame = pd.DataFrame({"a": [1, 1, 1, 1], "b": [100.0, 100.9, 103.0, np.nan]})
    assert repairs.without_near_copies(frame, ["a"], ["b"]).tolist() == [True, False, True, True]


def test_the_median_takes_the_place_of_a_value_far_from_all_others() -> None:
    copy = damage(FRAME, "sentinel", 0.1, columns=["age"], seed=1)
    hit = copy.cells["age"].to_numpy()
    fixed = repairs.without_sentinel(copy.frame["age"])
    assert (fixed[hit] == FRAME["age"][~hit].median()).all()
    assert (fixed[~hit] == FRAME["age"][~hit]).all()


def test_a_column_whose_ends_are_usual_stays_as_it_is() -> None:
    assert repairs.without_sentinel(FRAME["age"]).equals(FRAME["age"])


def test_another_unit_is_put_back_exactly() -> None:
    copy = damage(FRAME, "unit", 0.4, columns=["income"], seed=1)
    assert np.allclose(repairs.in_one_unit(copy.frame["income"], FRAME["income"]), FRAME["income"])


@pytest.mark.parametrize(("wrong", "p"), [(0.0, 0.3), (0.1, 0.0), (0.25, 0.85), (0.4, 1.0)])
def test_what_wrong_labels_make_of_a_probability_is_turned_back(wrong: float, p: float) -> None:
    # 300 labels, all read again; a label that is wrong with probability r makes p into r + (1 − 2r) p.
    flips = round(300 * wrong)
    seen, right = pd.Series([1] * flips + [0] * (300 - flips)), pd.Series([0] * 300)
    correct = repairs.for_wrong_labels(seen, right, seed=0)
    assert correct is not None
    rate = flips / 300
    assert correct(np.array([rate + (1 - 2 * rate) * p]))[0] == pytest.approx(p, abs=1e-9)


def test_labels_of_which_half_are_wrong_cant_be_turned_back() -> None:
    assert repairs.for_wrong_labels(pd.Series([1] * 150 + [0] * 150), pd.Series([0] * 300), seed=0) is None


def test_late_outcomes_are_scaled_by_the_share_that_is_booked() -> None:
    correct = repairs.for_late_labels(0.8)
    assert correct is not None
    assert correct(np.array([0.08, 0.9])).tolist() == pytest.approx([0.1, 1.0])
    assert repairs.for_late_labels(0.0) is None
