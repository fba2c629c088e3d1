"""LIME by one shared neighbourhood: known answers in closed form, honest errors, awkward rows and answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlops_widgets.core.codec import from_plain, to_plain
from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.explainability.attribution.lime_findings import lime_findings
from mlops_widgets.explainability.attribution.lime_route import (
    WIDTH_STEPS,
    LimeAnswer,
    LocalFit,
    along_widths,
    by_lime,
    default_width,
)
from mlops_widgets.explainability.attribution.neighbourhood import draw_neighbourhood
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Declined
from mlops_widgets.explainability.attribution.study_questions import players_of
from tests.explainability.attribution.lime_questions import ask, mixed

NORMAL = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 4)) * [1, 2, 3, 4], columns=list("abcd"))


def _additive(frame: pd.DataFrame) -> Any:
    return np.sin(frame["a"]) + frame["b"] ** 2 - (frame["c"] > 1) + 10


def _answer(question: Question, **options: Any) -> LimeAnswer:
    found = by_lime(question, **options)
    assert isinstance(found, LimeAnswer)
    return found


def test_of_a_sum_the_weight_is_the_rows_range_against_all_others() -> None:
    """The kernel is a product over columns that vary independently: a population fit has E[f | range] − E[f | others]."""
    question = ask(_additive, NORMAL, NORMAL[:10])
    hood = draw_neighbourhood(question, samples=50)
    levels, mine = hood.near(NORMAL).levels, hood.near(NORMAL[:10]).levels
    parts = [np.sin(NORMAL["a"]), NORMAL["b"] ** 2, -(NORMAL["c"] > 1).astype(float), 0 * NORMAL["d"]]
    expected = np.array([
        [float(part[levels[:, j] == mine[row, j]].mean() - part[levels[:, j] != mine[row, j]].mean()) for j, part in enumerate(parts)]
        for row in range(10)
    ])  # fmt: skip
    found = [_answer(question, samples=3000, seed=seed) for seed in range(12)]
    z = np.array([(each.values[:, :, 0] - expected) / each.standard_error[:, :, 0] for each in found])
    assert 0.8 < np.sqrt((z**2).mean()) < 1.2
    assert np.abs(z.mean(axis=0)).max() < 1.2  # of 12 seeds: 4 standard errors


def test_uncut_numbers_of_a_linear_model_give_its_slopes_times_the_spread() -> None:
    slopes = np.array([3.0, -2.0, 0.5, 0.0])
    found = _answer(ask(lambda frame: frame.to_numpy() @ slopes + 7, NORMAL, NORMAL[:3]), discretize=False)
    spread, middle = NORMAL.to_numpy().std(axis=0), NORMAL.to_numpy().mean(axis=0)
    np.testing.assert_allclose(found.fit.weights[:, :, 0], np.tile(slopes * spread, (3, 1)), atol=0.004)
    np.testing.assert_allclose(found.values[:, :, 0], slopes * (NORMAL[:3].to_numpy() - middle), atol=0.01)
    np.testing.assert_allclose(found.base[:, 0], middle @ slopes + 7, rtol=0.002)
    assert (found.fit.r2 > 0.9999).all()
    assert np.isnan(found.fit.alike).all()


def test_ranges_fit_a_linear_model_badly_which_r2_shows() -> None:
    found = _answer(ask(lambda frame: frame["a"], NORMAL, NORMAL[:50]))
    assert found.fit.r2.min() < 0.1
    assert found.fit.r2.max() < 0.8


def test_intercept_and_contributions_add_up_to_the_surrogates_answer_not_the_models() -> None:
    found = _answer(ask(_additive, NORMAL, NORMAL[:5]))
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.fit.local_prediction)
    np.testing.assert_allclose(found.prediction[:, 0], _additive(NORMAL[:5]))
    assert np.abs(found.prediction - found.fit.local_prediction).max() > 0.1


def test_a_row_gets_the_same_answer_alone_as_among_others_and_twice() -> None:
    among = _answer(ask(_additive, NORMAL, NORMAL[:5]))
    for _ in range(2):
        alone = _answer(ask(_additive, NORMAL, NORMAL[3:4].reset_index(drop=True)))
        np.testing.assert_array_equal(alone.values[0], among.values[3])
        np.testing.assert_array_equal(alone.fit.stability[0], among.fit.stability[3])


def test_standard_errors_are_the_spread_over_neighbourhoods() -> None:
    question = ask(_additive, NORMAL, NORMAL[:4])
    found = [_answer(question, samples=500, seed=seed) for seed in range(60)]
    spread = np.std([each.values for each in found], axis=0, ddof=1)
    told = np.sqrt(np.mean([each.standard_error**2 for each in found], axis=0))
    assert 0.9 < float((told / spread).mean()) < 1.1


@given(st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_lime_is_linear_in_the_model(seed: int) -> None:
    def parts(frame: pd.DataFrame) -> Any:
        one, two = frame["a"] ** 2, np.sin(frame["b"]) * frame["c"]
        return np.column_stack([one, two, 2 * one - two])

    first, second, both = _answer(ask(parts, NORMAL, NORMAL[:3], outputs=3), samples=300, seed=seed).values.T
    np.testing.assert_allclose(both, 2 * first - second, atol=1e-9)


def test_several_outputs_are_each_explained_as_if_alone() -> None:
    table = load_wine(as_frame=True)
    frame = table.data.set_axis([f"c{k}" for k in range(13)], axis=1)
    machine = make_pipeline(StandardScaler(), SVC(random_state=0)).fit(frame, table.target)
    question = ask(machine.decision_function, frame, frame[::60], outputs=3)
    together = _answer(question, samples=400)
    assert together.values.shape == (3, 13, 3)
    for k in range(3):
        alone = _answer(ask(lambda rows, k=k: machine.decision_function(rows)[:, k], frame, frame[::60]), samples=400)  # type: ignore[misc]
        np.testing.assert_allclose(alone.values[:, :, 0], together.values[:, :, k], atol=1e-9)
        np.testing.assert_allclose(alone.fit.r2[:, 0], together.fit.r2[:, k], atol=1e-9)


def _of_mixed(frame: pd.DataFrame) -> Any:
    return (
        (frame["city"] == "Oslo").to_numpy() * 2.0
        + frame["amount"].isna().to_numpy()
        - (frame["kind"] == "a").to_numpy()
    )


def test_words_gaps_and_categories_are_explained_as_they_are() -> None:
    training = mixed()
    row = training[(training["city"] == "Oslo") & training["amount"].isna() & (training["kind"] == "b")][:1]
    found = _answer(ask(_of_mixed, training, row.reset_index(drop=True)))
    said = dict(zip(found.fit.conditions[0], found.values[0, :, 0], strict=True))
    assert said["city = Oslo"] == pytest.approx(2, abs=0.02)
    assert said["amount is missing"] == pytest.approx(1, abs=0.02)
    assert said["kind = b"] == pytest.approx(1, abs=0.02)
    assert said["same ≤ 5"] == pytest.approx(0, abs=1e-9)


def test_a_value_that_training_does_not_hold_weighs_nothing_and_is_said() -> None:
    training = mixed()
    question = ask(_of_mixed, training, training[:1].assign(city="Paris"))
    found = _answer(question, samples=500)
    assert found.values[0, 1, 0] == 0
    assert found.fit.interpretable[0, 1] == 0
    (finding,) = [each for each in lime_findings(question, found) if each.code == "EX-LI-04"]
    assert finding.status == "warning"
    assert "city = Paris (not in training)" in finding.claim


def test_a_group_of_columns_is_one_player() -> None:
    players = players_of(list("abcd"), {"pair": ["a", "b"]})
    found = _answer(ask(lambda frame: frame["a"] * frame["b"], NORMAL, NORMAL[:2], players=players))
    assert found.values.shape == (2, 3, 1)
    assert (np.abs(found.values[:, 1:]) < 5 * found.standard_error[:, 1:]).all()


def test_samples_without_an_answer_are_left_out_and_said() -> None:
    question = ask(lambda frame: np.where(frame["a"] > 0, frame["b"], np.nan), NORMAL, NORMAL[NORMAL["a"] > 0][:2])
    found = _answer(question, samples=1000)
    assert 300 < found.fit.dropped < 700
    assert found.fit.samples + found.fit.dropped == 1000
    assert (
        "no finite answer to" in next(each for each in lime_findings(question, found) if each.code == "EX-LI-04").claim
    )


def test_a_model_that_hardly_answers_is_declined() -> None:
    found = by_lime(ask(lambda frame: np.full(len(frame), np.nan), NORMAL, NORMAL[:1]))
    assert isinstance(found, Declined)
    assert "0 of 5,000" in found.why


def test_a_row_without_an_answer_is_explained_by_its_neighbours() -> None:
    question = ask(lambda frame: np.where(frame["a"] == NORMAL["a"][0], np.nan, frame["b"]), NORMAL, NORMAL[:1])
    found = _answer(question, samples=1000)
    assert np.isnan(found.prediction).all()
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize("predict", [lambda frame: np.full(len(frame), 3.0), _additive])
def test_a_constant_model_or_a_single_training_row_leaves_nothing_to_say(predict: Any) -> None:
    training = NORMAL if predict is not _additive else NORMAL[:1]
    question = ask(predict, training, training[:1])
    found = _answer(question, samples=100)
    np.testing.assert_allclose(found.values, 0, atol=1e-9)
    assert np.isnan(found.fit.r2).all()
    assert np.isnan(found.fit.stability).all()
    first, *others = lime_findings(question, found)
    assert first.status == "not_enough_data"
    assert "EX-LI-02" not in {each.code for each in others}
    assert "don't vary" in first.claim


def test_a_kernel_too_narrow_is_not_enough_data() -> None:
    question = ask(_additive, NORMAL, NORMAL[:1])
    findings = {each.code: each for each in lime_findings(question, _answer(question, kernel_width=0.01, samples=200))}
    assert findings["EX-LI-01"].status == findings["EX-LI-03"].status == "not_enough_data"
    wide = _answer(question, kernel_width=1e9, samples=200)
    assert wide.fit.effective[0] == pytest.approx(201)
    assert "EX-LI-03" not in {each.code for each in lime_findings(question, wide)}


def test_findings_name_what_leads_with_its_interval_and_how_stable_it_is() -> None:
    question = ask(lambda frame: 5.0 * (frame["a"] > 0) + frame["b"], NORMAL, NORMAL[:1])
    first, second = lime_findings(question, _answer(question))
    assert (first.code, first.status, second.code) == ("EX-LI-01", "passed", "EX-LI-02")
    assert (
        float(str(first.evidence["lower"])) < float(str(first.evidence["value"])) < float(str(first.evidence["upper"]))
    )
    assert "row 0" in first.claim.lower()
    assert "R²" in first.claim
    alone = ask(lambda frame: frame["a"], NORMAL[["a"]], NORMAL[["a"]][:1])
    assert [each.code for each in lime_findings(alone, _answer(alone))] == ["EX-LI-01"]


def test_the_leader_of_several_is_named_by_an_interval_over_all_of_them() -> None:
    question = ask(lambda frame: 5.0 * (frame["a"] > 0) + frame["b"], NORMAL, NORMAL[:1])
    found = _answer(question)
    first, column = lime_findings(question, found)[0], int(np.abs(found.values[0, :, 0]).argmax())
    width = float(str(first.evidence["upper"])) - float(str(first.evidence["value"]))
    assert width == pytest.approx(student.ppf(1 - 0.025 / 4, 49) * found.standard_error[0, column, 0])


def test_unstable_leaders_are_a_warning() -> None:
    question = ask(lambda frame: frame.sum(axis=1) * 0 + np.cos(1e6 * frame["a"]), NORMAL, NORMAL[:1])
    (finding,) = [each for each in lime_findings(question, _answer(question, samples=200)) if each.code == "EX-LI-02"]
    assert finding.status == "warning"


def test_along_widths_each_step_is_the_answer_at_that_width() -> None:
    question = ask(_additive, NORMAL, NORMAL[:3])
    hood = draw_neighbourhood(question, samples=400)
    path = along_widths(question, hood, row=2)
    assert path.values.shape == (len(WIDTH_STEPS), 4, 1)
    assert (np.diff(path.widths) > 0).all()
    for width, values, base, r2 in zip(path.widths, path.values, path.base, path.r2, strict=True):
        found = _answer(question, neighbourhood=hood, kernel_width=float(width))
        np.testing.assert_array_equal(found.values[2], values)
        np.testing.assert_array_equal(found.base[2], base)
        np.testing.assert_array_equal(found.fit.r2[2], r2)
    assert default_width(4) in path.widths


def test_a_neighbourhood_of_another_question_is_refused() -> None:
    hood = draw_neighbourhood(ask(_additive, NORMAL, NORMAL[:1]), samples=60)
    with pytest.raises(InputError, match="other scale"):
        by_lime(ask(_additive, NORMAL, NORMAL[:1], scale="probability"), neighbourhood=hood)
    with pytest.raises(InputError, match="other columns"):
        by_lime(ask(lambda frame: frame["a"], NORMAL[["a"]], NORMAL[["a"]][:1]), neighbourhood=hood)


@pytest.mark.parametrize("width", [0, -1.0, np.nan, np.inf, True, "wide"])
def test_widths_that_cannot_be_used_are_refused(width: Any) -> None:
    with pytest.raises(InputError, match="kernel_width="):
        by_lime(ask(_additive, NORMAL, NORMAL[:1]), kernel_width=width)


def test_cancel_stops_between_rows() -> None:
    with pytest.raises(CancelledError):
        by_lime(ask(_additive, NORMAL, NORMAL[:2]), samples=60, cancel=lambda: True)


def test_the_fit_goes_to_json_and_back_and_is_frozen() -> None:
    fit = _answer(ask(_additive, NORMAL, NORMAL[:2]), samples=100).fit
    assert to_plain(from_plain(LocalFit, to_plain(fit))) == to_plain(fit)
    with pytest.raises(ValueError, match="read-only"):
        fit.weights[0, 0, 0] = 1


def test_sixty_columns_are_explained() -> None:
    wide = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 60)), columns=[f"c{k}" for k in range(60)])
    found = _answer(ask(lambda frame: 9.0 * (frame["c7"] > 0), wide, wide[:1]), samples=1000)
    assert int(np.abs(found.values[0, :, 0]).argmax()) == 7
