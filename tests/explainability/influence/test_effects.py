"""The effects of a study's columns: known models, scikit-learn's partial dependence, awkward tables."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence

import mlops_widgets as mw
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.explainability.influence.asked_rows import asked_of
from mlops_widgets.explainability.influence.curves import Bench
from tests.awkward import study_of

Effects = mw.explainability.EffectsResult


def _answer(frame: pd.DataFrame) -> Any:
    colour = frame["colour"].map({"red": 1.0, "green": 2.0, "blue": 0.0}).to_numpy(dtype=float)
    return 2 * frame["rising"].to_numpy() - frame["hill"].to_numpy() ** 2 + colour


def _run(study: mw.Study, *args: Any, **options: Any) -> mw.explainability.EffectsResult:
    found = mw.explainability.measure_effects(study, *args, **options)
    assert isinstance(found, mw.explainability.EffectsResult)
    return found


@cache
def _study(rows: int = 400, unit: str | None = None) -> mw.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "rising": rng.normal(size=rows), "hill": rng.normal(size=rows), "idle": rng.normal(size=rows),
        "constant": 1.0, "colour": rng.choice(["red", "green", "blue"], rows), "who": np.arange(rows) // 4,
    })  # fmt: skip
    frame["y"] = _answer(frame) + rng.normal(size=rows)
    features = ["rising", "hill", "idle", "constant", "colour"]
    return mw.load_study(predict=_answer, test=frame, target="y", features=features, entity=unit)


@cache
def _effects() -> Effects:
    return _run(_study(), draws=60)


def test_an_additive_model_gives_back_each_part_exactly() -> None:
    curve = _effects().of("hill")
    part = -(np.array(curve.points) ** 2)
    np.testing.assert_allclose(np.diff(curve.ale), np.diff(part), atol=1e-4)
    np.testing.assert_allclose(np.diff(curve.pd), np.diff(part), atol=1e-4)
    assert curve.apart < 1e-4
    assert all(
        lower <= value <= upper for lower, value, upper in zip(curve.pd_lower, curve.pd, curve.pd_upper, strict=True)
    )


def test_shapes_and_directions_are_said() -> None:
    found = {curve.column: curve.shape for curve in _effects().curves}
    assert found == {"rising": "rises", "hill": "rises then falls", "idle": "flat", "colour": ""}
    colour = _effects().of("colour")
    assert (colour.labels[colour.high], colour.labels[colour.low]) == ("green", "blue")
    assert np.isclose(colour.size, 2.0)


def test_a_constant_column_is_named_with_the_reason() -> None:
    assert _effects().skipped == ("constant: no two values that five rows hold",)
    assert [f.code for f in _effects().findings if f.status == "not_run"] == ["EX-EF-05"]


def test_partial_dependence_is_scikit_learns_by_brute_force() -> None:
    # sklearn.inspection.partial_dependence(kind="average", method="brute") on the same grid and rows
    from tests.awkward import plain

    made = plain(200)
    study = made.study
    asked = asked_of(study, None, most_rows=30, output="probability", seed=0)
    rows = np.arange(len(asked.positions))
    bench = Bench(asked=asked, dependent=rows, weights=np.ones((3, len(rows))), margins=np.ones(1), bins=4)
    curves = bench.curves("a")
    assert not isinstance(curves, str)
    theirs = partial_dependence(
        made.estimator, asked.rows, ["a"], kind="average", method="brute", custom_values={"a": np.array(curves[0].points)},
        response_method="predict_proba",
    )  # fmt: skip
    np.testing.assert_allclose(curves[0].pd, theirs["average"][0], rtol=1e-5)


def test_no_row_is_given_away() -> None:
    frame = _study().need("test").pandas()
    for curve in _effects().curves:
        if curve.kind == "number":
            assert not set(curve.points) & set(frame[curve.column])
            assert (frame[curve.column] <= curve.points[0]).sum() >= 5
            assert (frame[curve.column] > curve.points[-1]).sum() >= 5
    ends = [line[-1] for line in _effects().of("rising").ice]
    assert ends == sorted(ends) or len({round(end, 6) for end in ends}) == 1


def test_five_rows_of_one_owner_name_no_category() -> None:
    rows = 200
    frame = pd.DataFrame({
        "kind": ["rare"] * 8 + ["common", "usual"] * 96, "who": [0] * 8 + list(range(1, 193)), "x": np.arange(rows) * 1.0,
    })  # fmt: skip
    frame["y"] = frame["x"]
    study = mw.load_study(predict=_first, test=frame, target="y", features=["kind", "x"], entity="who")
    found = _run(study, draws=50)
    assert "rare" not in found.of("kind").labels
    assert found.of("kind").left_out_share == pytest.approx(0.04)


def _first(frame: pd.DataFrame) -> Any:
    return frame["x"] + (frame["kind"] == "common")


@pytest.mark.parametrize(
    "name",
    [
        "regression_pipeline",
        "three_classes",
        "callable_only",
        "odd_names",
        "linear_svc",
        "categories_with_gaps",
        "tiny_test",
    ],
)
def test_awkward_studies_have_effects(name: str) -> None:
    found = _run(study_of(name), max_rows=100, dependence_rows=10, draws=50)
    assert isinstance(found, Effects)
    assert all(np.isfinite(curve.ale).all() for curve in found.curves)
    assert len({curve.output for curve in found.curves}) == (3 if name == "three_classes" else 1)


def test_dates_are_cut_at_whole_days() -> None:
    curve = _run(study_of("regression_pipeline"), "sold_on", draws=50).of("sold_on")
    assert curve.kind == "date"
    assert all(label.endswith(" 2024") for label in curve.labels)
    assert all(moment % 86_400_000 == 0 for moment in curve.points)


def test_logged_answers_have_no_effects() -> None:
    found = mw.explainability.measure_effects(study_of("logged_predictions"))
    assert found.status == "not_applicable"


def test_wrong_options_are_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match=r"columns= names risng.*Did you mean 'rising'"):
        mw.explainability.measure_effects(_study(), ["risng"])
    with pytest.raises(UnknownNameError, match="table="):
        mw.explainability.measure_effects(_study(), table="tets")
    with pytest.raises(InputError, match="bins=1"):
        mw.explainability.measure_effects(_study(), bins=1)


def test_of_several_outputs_each_column_shows_the_one_that_it_moves_most() -> None:
    found = _run(study_of("three_classes"), max_rows=100, dependence_rows=10, draws=50)
    sizes = [curve.size for curve in found.strongest]
    assert sizes == sorted(sizes, reverse=True)
    for curve in found.strongest:
        assert curve.size == max(each.size for each in found.curves if each.column == curve.column)


def test_twenty_customers_with_ten_rows_each_give_a_level_curve_no_direction() -> None:
    # In ten bins of two customers each 74 of 100 level curves were given a direction or a turn.
    directed = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        who = np.repeat(np.arange(20), 10)
        frame = pd.DataFrame(rng.normal(size=(20, 2))[who], columns=["one", "other"]).assign(
            who=who, y=np.arange(200.0)
        )
        study = mw.load_study(
            predict=lambda rows: rows["one"] * rows["other"],
            features=["one", "other"],
            test=frame,
            target="y",
            entity="who",
        )
        found = mw.explainability.measure_effects(study, ["one"], dependence_rows=5, draws=50, seed=seed)
        assert isinstance(found, mw.explainability.EffectsResult)
        directed += found.of("one").shape not in {"flat", "not settled"}
    assert directed <= 2
