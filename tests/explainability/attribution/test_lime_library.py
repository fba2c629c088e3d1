"""The library lime 0.2.0.1 itself, and its own type of explanation, on tables as users have them."""

import gc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.lime_library import as_lime, by_lime_library
from mlops_widgets.explainability.attribution.lime_route import LimeAnswer, by_lime
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Declined
from tests.explainability.attribution.lime_questions import ask, mixed

KNOWN = mixed()[["city", "kind", "member", "since", "code"]].assign(amount=np.arange(400.0))
KNOWN["city"] = KNOWN["city"].fillna("Oslo")


def _model(frame: pd.DataFrame) -> Any:
    late = frame["since"] > pd.Timestamp("2022-01-01")
    return (frame["city"] == "Rome") * 2.0 + late + (frame["amount"] > 200) * 3.0 - frame["member"].astype(bool)


def _answer(question: Question, **options: Any) -> LimeAnswer:
    found = by_lime_library(question, **options)
    assert isinstance(found, LimeAnswer)
    return found


def test_on_numbers_it_is_lime_called_by_hand() -> None:
    from lime.lime_tabular import LimeTabularExplainer

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
    found = _answer(ask(lambda rows: rows["a"] * 2 + np.sin(rows["b"]), frame, frame[5:7]), samples=500, seed=4)
    for row in range(2):
        state = np.random.RandomState(4)
        explainer = LimeTabularExplainer(
            frame.to_numpy(), mode="regression", random_state=state, feature_selection="none"
        )
        told = explainer.explain_instance(
            frame.to_numpy()[5 + row], lambda x: x[:, 0] * 2 + np.sin(x[:, 1]), num_samples=500
        )
        weights = dict(told.local_exp[1])
        np.testing.assert_allclose(found.values[row, :, 0], [weights[k] for k in range(3)], atol=1e-12)
        np.testing.assert_allclose(found.fit.r2[row, 0], told.score, atol=1e-12)
        np.testing.assert_allclose(found.base[row, 0], told.intercept[1], atol=1e-12)


def test_words_dates_and_truth_values_reach_the_model_as_they_were() -> None:
    question = ask(_model, KNOWN, KNOWN[KNOWN["city"] == "Rome"][:1])
    found, ours = _answer(question), by_lime(question)
    assert isinstance(ours, LimeAnswer)
    assert found.fit.conditions[0][0] == "city=Rome"
    np.testing.assert_allclose(found.values[0, [0, 2, 4, 5], 0], ours.values[0, [0, 2, 4, 5], 0], atol=0.1)
    assert np.isnan(found.standard_error).all()


def test_each_output_keeps_its_own_r2_and_a_row_its_answer() -> None:
    two = ask(lambda rows: np.column_stack([rows["amount"] > 200, _model(rows)]), KNOWN, KNOWN[:2], outputs=2)
    both = _answer(two, samples=300)
    one = _answer(ask(_model, KNOWN, KNOWN[1:2]), samples=300)
    assert both.fit.r2[1, 0] != both.fit.r2[1, 1]
    np.testing.assert_allclose(both.fit.r2[1, 1], one.fit.r2[0, 0], atol=1e-9)
    np.testing.assert_allclose(both.values[1, :, 1], one.values[0, :, 0], atol=1e-9)


def test_uncut_numbers_give_a_linear_model_its_slope_times_the_distance() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 3)) * [1, 5, 9], columns=list("abc"))
    found = _answer(ask(lambda rows: rows["a"] - 2 * rows["b"], frame, frame[:1]), discretizer="none")
    deviations = frame.iloc[0] / frame.std(ddof=0)
    np.testing.assert_allclose(found.fit.interpretable[0] + (frame.mean() / frame.std(ddof=0)), deviations, atol=1e-9)
    np.testing.assert_allclose(
        found.fit.weights[0, :2, 0], [frame["a"].std(ddof=0), -2 * frame["b"].std(ddof=0)], rtol=0.01
    )


@pytest.mark.parametrize(
    ("training", "rows", "more", "why"),
    [
        (mixed(), mixed()[:1], {}, "has missing cells in training"),
        (
            KNOWN,
            KNOWN[:1].assign(city="Paris"),
            {},
            "city is missing in an explained row, or holds what training doesn't",
        ),
        (KNOWN, KNOWN[:1].assign(amount=np.nan), {}, "amount is missing"),
        (KNOWN, KNOWN[:1], {"players": {"all": tuple(KNOWN.columns)}}, "no groups of columns"),
    ],
)
def test_what_lime_cannot_take_is_declined_with_the_reason(
    training: pd.DataFrame, rows: pd.DataFrame, more: dict[str, Any], why: str
) -> None:
    found = by_lime_library(ask(lambda frame: np.zeros(len(frame)), training, rows, **more))
    assert isinstance(found, Declined)
    assert why in found.why


def test_a_model_without_an_answer_is_declined() -> None:
    found = by_lime_library(ask(lambda frame: np.where(frame["amount"] > 200, np.nan, 1.0), KNOWN, KNOWN[:1]))
    assert isinstance(found, Declined)
    assert "no finite answer" in found.why


def test_entropy_is_refused() -> None:
    with pytest.raises(InputError, match="entropy needs labels"):
        by_lime_library(ask(_model, KNOWN, KNOWN[:1]), discretizer="entropy")  # type: ignore[arg-type]


def _explanation(question: Question, answer: LimeAnswer) -> Explanation:
    n, p, _ = answer.values.shape
    return Explanation(
        findings=(), rows=n, engine="lime", route="lime", exact=False, scale=question.scale, columns=tuple(question.players),
        outputs=question.outputs, row_names=question.row_names, cells=(("cell",) * p,) * n, numbers=np.full((n, p), np.nan),
        values=answer.values, standard_error=answer.standard_error, base=answer.base, prediction=answer.prediction,
        pairs=answer.pairs, evaluations=answer.evaluations, background_rows=n, baseline_text="",
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # as_html leaves lime's script open
def test_as_limes_own_type_the_lists_hold_our_weights_and_conditions() -> None:
    question = ask(_model, KNOWN, KNOWN[:2])
    answer = by_lime(question, samples=300)
    assert isinstance(answer, LimeAnswer)
    told = as_lime(_explanation(question, answer), answer.fit, 1)
    assert told.mode == "regression"
    assert dict(told.as_list()) == dict(zip(answer.fit.conditions[1], answer.values[1, :, 0].tolist(), strict=True))
    assert [abs(weight) for _, weight in told.as_map()[1]] == sorted(np.abs(answer.values[1, :, 0]), reverse=True)
    assert told.score == answer.fit.r2[1, 0]
    assert "city" in told.as_html()
    gc.collect()


@pytest.mark.parametrize(("outputs", "scale", "labels"), [(1, "probability", [1]), (2, "log-odds", [0, 1])])
def test_probabilities_and_classes_are_a_classification_to_lime(outputs: int, scale: str, labels: list[int]) -> None:
    question = ask(
        lambda rows: np.tile((rows["amount"] / 400).to_numpy()[:, None], (1, outputs)), KNOWN, KNOWN[:1],
        outputs=outputs, scale=scale,
    )  # fmt: skip
    answer = by_lime(question, samples=100)
    assert isinstance(answer, LimeAnswer)
    told = as_lime(_explanation(question, answer), answer.fit)
    assert told.available_labels() == labels
    assert len(told.as_list(label=1)) == 6
    assert len(told.class_names) == len(told.predict_proba) == 2
