"""explain_change: known parts of made-up worlds are told apart, and what can't be told is said."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.monitoring.change import ChangeResult, explain_change
from mlops_widgets.overfitting.monitoring.likeness import Columns, _trees, likeness
from tests.awkward import AWKWARD, plain, study_of

FAST: dict[str, Any] = {"draws": 100, "max_rows": 2000}


def world(rows: int, *, hard: float = 0.2, flipped: bool = False, seed: int = 0) -> pd.DataFrame:
    """Rows of two kinds, easy and hard to predict; `flipped` turns the sign of what decides the hard ones."""
    rng = np.random.default_rng(seed)
    kind, x = rng.random(rows) < hard, rng.normal(size=rows)
    sign = np.where(kind & flipped, -1, 1)
    y = rng.random(rows) < 1 / (1 + np.exp(-np.where(kind, 0.8, 4.0) * sign * x))
    return pd.DataFrame({"kind": np.where(kind, "hard", "easy"), "x": x, "y": y.astype(int)})


def studied(production: pd.DataFrame, **more: Any) -> mw.Study:
    learned = world(2000)
    model = LogisticRegression().fit(learned[["x"]].to_numpy(), learned["y"])
    return mw.load_study(
        predict_proba=lambda frame: model.predict_proba(frame[["x"]].to_numpy()), features=["x", "kind"],
        test=world(2000, seed=1), production=production, target="y", **{"metric": "accuracy", **more},
    )  # fmt: skip


@cache
def covariate() -> ChangeResult:
    return explained(studied(world(2000, hard=0.8, seed=2)))


@cache
def concept() -> ChangeResult:
    return explained(studied(world(2000, flipped=True, seed=2)))


def explained(study: mw.Study, **options: Any) -> ChangeResult:
    result = explain_change(study, **{**FAST, **options})
    assert isinstance(result, ChangeResult)
    return result


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_is_explained_or_says_what_it_lacks(name: str) -> None:
    result = explain_change(study_of(name), draws=100)
    assert result.findings
    if isinstance(result, NoResult):
        assert result.missing == "column to explain by"
        assert name in {"logged_predictions", "late_labels"}
    else:
        assert isinstance(result, ChangeResult)
        assert result.covariate.value + result.remainder.value == pytest.approx(result.total.value)


def test_another_mix_is_the_covariate_part() -> None:
    result = covariate()
    assert result.told
    assert result.covariate.lower > 0.05
    assert abs(result.remainder.value) < 0.03
    assert result.columns[0].column == "kind"
    assert result.suggestion == "collect"


def test_a_flipped_sign_is_the_remainder_and_its_segment_is_found() -> None:
    result = concept()
    assert result.told
    assert abs(result.covariate.value) < 0.02
    assert result.remainder.lower > 0.03
    assert result.segments[0].rule == "kind is hard"
    assert result.segments[0].confirmed
    assert result.suggestion == "retrain_recent"


def test_rows_that_the_test_has_none_of_cannot_be_split() -> None:
    result = explained(studied(world(2000, seed=2).assign(x=lambda f: f["x"] + 6)))
    assert not result.told
    assert result.findings[1].status == "warning"
    assert "can't be told" in result.headline


def test_a_refit_on_recent_rows_is_measured_on_later_ones() -> None:
    learned, later = world(1500), world(1500, seed=2).assign(x=lambda f: -f["x"])
    model = LogisticRegression().fit(learned[["x"]], learned["y"])
    study = mw.load_study(model=model, reference=learned, test=world(1500, seed=1), production=later, target="y")
    result = explained(study)
    gains = {each.name: each for each in result.refits}
    assert gains["recent"].rows == 750
    assert gains["recent"].lower > 0.5
    assert result.suggestion == "retrain_recent"
    assert result.findings[-1].status == "failed"
    assert gains["older"].rows == 750
    assert gains["older"].upper < 0.1
    assert "better for being recent" in result.findings[-1].claim


def test_a_gain_from_more_rows_is_not_put_down_to_newer_ones() -> None:
    few, learned, later = world(40, seed=3), world(1500), world(3000, seed=2)
    noise = {f"n{i}": (lambda f, i=i: np.random.default_rng(i).normal(size=len(f))) for i in range(15)}
    names = ["x", *noise]
    model = LogisticRegression(C=1e4, max_iter=500).fit(few.assign(**noise)[names], few["y"])
    study = mw.load_study(model=model, features=names, reference=learned.assign(**noise), test=world(800, seed=1).assign(**noise),
                          production=later.assign(**noise), target="y", margin=0.02)  # fmt: skip
    result = explained(study)
    recent, _, older = result.refits
    assert recent.lower > 0
    assert older.rows == recent.rows
    assert "a gain would come from more rows" in result.findings[-1].claim


def shift_of(bend: bool) -> tuple[float, float]:
    """Return the correlation of the score with the true log odds, and of boosted trees alone, on rows unseen by either."""
    rng = np.random.default_rng(0)
    x, later = rng.normal(size=(2000, 5)), np.repeat([False, True], 1000)
    if bend:  # as many rows at either end as before in the middle: no straight line sees that
        x[later, 0] = rng.choice([-1.5, 1.5], 1000) + 0.5 * rng.normal(size=1000)
        truth = np.log(np.exp(-2 * (x[:, 0] - 1.5) ** 2) + np.exp(-2 * (x[:, 0] + 1.5) ** 2)) + x[:, 0] ** 2 / 2
    else:
        x[later, :2] += 0.7
        truth = 0.7 * (x[:, 0] + x[:, 1])  # of N(.7, 1) to N(0, 1), but for a constant
    columns, units = Columns(x, np.zeros(5, dtype=np.bool_)), np.arange(2000)
    score = likeness(columns, later, units=units, seed=0)
    half = rng.permutation(2000) < 1000
    trees = _trees(columns, later, half, ~half, seed=0)
    return float(np.corrcoef(score, truth)[0, 1]), float(np.corrcoef(trees, truth[~half])[0, 1])


def test_a_plain_shift_is_seen_more_clearly_than_by_trees_and_a_bend_as_well() -> None:
    plain_shift, by_trees = shift_of(bend=False)
    assert plain_shift > 0.97
    assert by_trees < 0.95
    assert shift_of(bend=True)[0] > 0.8


def test_a_refit_that_gains_nothing_is_said_not_to_help() -> None:
    result = explained(plain(4000).study)
    assert result.suggestion == "keep"
    assert result.findings[-1].code == "OV-EX-05"
    assert result.findings[-1].status == "passed"


def test_a_function_cannot_be_refitted_and_refits_can_be_left_out() -> None:
    assert covariate().findings[-1].status == "not_applicable"
    assert explained(plain(400).study, retrain=False).findings[-1].status == "not_run"


def test_the_frame_holds_parts_columns_segments_and_refits() -> None:
    frame = explained(plain(2000).study).frame()
    assert list(frame["name"][:3]) == ["total", "covariate", "remainder"]
    assert set(frame["kind"]) == {"part", "column", "segment", "refit gain"}


def test_a_metric_that_takes_no_weights_is_split_by_repeating_rows() -> None:
    def hits(y_true: Any, y_pred: Any) -> float:
        return float(np.mean(np.asarray(y_true) == np.asarray(y_pred)))

    production = world(1000, hard=0.8, seed=2)
    study, own = studied(production), studied(production, metric=(hits, "higher is better"))
    result, built_in = explained(own), explained(study)
    assert result.covariate.value == pytest.approx(built_in.covariate.value, abs=0.01)


@pytest.mark.parametrize(("option", "value"), [("margin", -1.0), ("max_rows", 5), ("draws", 5), ("seed", -1)])
def test_an_option_out_of_range_is_named(option: str, value: float) -> None:
    with pytest.raises(InputError, match=option):
        explain_change(plain(200).study, **{option: value})  # type: ignore[arg-type]  # wrong on purpose


def test_without_a_test_the_missing_table_is_named() -> None:
    arguments = {k: v for k, v in plain(200).arguments.items() if k != "test"}
    result = explain_change(mw.load_study(**arguments))
    assert isinstance(result, NoResult)
    assert result.missing == "test table"


def test_production_that_is_much_better_is_not_called_within_the_margin() -> None:
    result = explained(studied(world(2000, hard=0.0, seed=5), margin=0.01), draws=100, retrain=False)
    assert result.total.upper < -0.01
    assert "It got better by more than the margin of .01" in result.headline
    assert result.findings[0].action == "Keep the model: it got better."
