"""A route that reads the model is believed only where it agrees with the user's own predict; fakes are handed in."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mlops_widgets.errors import CancelledError, ModelError
from mlops_widgets.explainability.attribution.checks import additivity, background_answers, re_estimated, rounding_of
from mlops_widgets.explainability.attribution.explain_findings import as_explanation
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.router import route
from mlops_widgets.explainability.attribution.routes import Answer, Declined, affordable, by_predictions, plan_of
from tests.explainability.attribution.lime_questions import ask

Floats = npt.NDArray[np.float64]


def product(frame: pd.DataFrame) -> Floats:
    return np.asarray(frame["a"] * frame["b"] * frame["c"] + frame["d"])


def question(predict: object = product, columns: int = 4, rows: int = 2) -> Question:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(24, columns)), columns=list("abcdefghijklmno"[:columns]))
    return ask(predict, data[:20], data[20 : 20 + rows].reset_index(drop=True))  # type: ignore[arg-type]


def closed(asked: Question) -> Answer:
    return replace(by_predictions(asked), route="closed")


def off_by(values: float = 0.0, base: float = 0.0, swap: bool = False) -> object:
    def wrong(asked: Question) -> Answer:
        found = closed(asked)
        shared = found.values[:, ::-1] if swap else found.values + values
        return replace(found, values=shared, base=found.base + base)

    return wrong


def test_a_route_that_agrees_is_taken() -> None:
    asked = question()
    routed = route(asked, routes=(lambda _: Declined("It is no line."), closed))
    assert routed.route is closed
    assert routed.answer.route == "closed"
    assert routed.answer.declined == ("It is no line.",)
    assert [check.name for check in routed.checks] == ["additivity", "sharing out"]
    assert {check.status for check in routed.checks} == {"passed"}


@pytest.mark.parametrize(
    ("wrong", "failed"),
    [
        (off_by(values=0.01), "additivity"),
        (off_by(values=-0.0025, base=0.01), "additivity"),  # sums to the prediction, from a wrong baseline
        (off_by(swap=True), "sharing out"),  # adds up, to the wrong columns
    ],
)
def test_a_route_that_disagrees_is_refused_and_the_model_asked(wrong: object, failed: str) -> None:
    asked = question()
    routed = route(asked, routes=(wrong,))  # type: ignore[arg-type]
    assert routed.route is None
    assert routed.answer.route == "exact"
    np.testing.assert_allclose(routed.answer.values, by_predictions(asked).values)
    refusal = next(check for check in routed.checks if check.name == f"closed route, {failed}")
    assert refusal.status == "not_applicable"
    assert "was refused" in routed.answer.method
    told = as_explanation(asked, routed.answer, routed.checks)
    assert told.status == "passed"
    assert any(finding.code == "EX-AT-07" for finding in told.findings)


def test_rounding_is_told_from_a_wrong_sum() -> None:
    asked = question()
    found, answers = closed(asked), background_answers(asked)
    assert additivity(asked, found, answers).value < 1e-12
    span = np.ptp(np.concatenate([answers, found.prediction]))
    nearly = replace(found, values=found.values + 0.2e-4 * span)
    assert additivity(asked, nearly, answers).status == "passed"
    assert additivity(asked, replace(found, values=found.values + 0.3e-4 * span), answers).status == "failed"


def test_log_odds_are_known_no_better_than_the_probability_they_come_from() -> None:
    asked = replace(question(), scale="log-odds")
    double, single = np.array([[0.3], [12.0]]), np.float32(1 / (1 + np.exp(-np.array([[0.3], [12.0]]))))
    from_single = np.log(single.astype(float)) - np.log1p(-single.astype(float))
    assert rounding_of(asked, double).max() < 1e-9
    assert 0.01 < rounding_of(asked, from_single).max() < 0.1
    assert rounding_of(replace(asked, scale="probability"), double).max() == 0


def test_a_model_that_looks_at_its_neighbours_is_found_out() -> None:
    asked = question(lambda frame: frame["a"] - frame["a"].mean() + frame["b"] * frame["c"])
    told = as_explanation(asked, (routed := route(asked)).answer, routed.checks)
    assert told.status == "failed"
    assert told.headline.startswith("Do not rely on this explanation: the model answers the same rows otherwise")


def test_a_model_that_draws_lots_is_found_out() -> None:
    rng = np.random.default_rng(0)
    asked = question(lambda frame: frame["a"] + rng.normal(size=len(frame)), columns=10)
    checks = {check.name: check.status for check in route(asked).checks}
    assert checks["repeatability"] == "failed"


def test_intervals_that_are_too_narrow_fail_the_second_estimate() -> None:
    asked = question(
        lambda frame: np.tanh(frame.to_numpy().sum(axis=1)) + frame["a"] * frame["b"] * frame["c"], columns=10
    )
    found = by_predictions(asked, pairs=5)
    span = np.ptp(background_answers(asked), axis=0)
    assert re_estimated(asked, found, span).status == "passed"
    moved = replace(found, values=found.values + 0.2, standard_error=found.standard_error / 50)
    assert re_estimated(asked, moved, span).status == "failed"


def test_many_columns_get_standard_errors_and_few_get_exact_values() -> None:
    assert plan_of(question(columns=8)).exact
    many = by_predictions(question(product, columns=12))
    assert (many.route, many.exact, many.pairs) == ("permutation", False, 10)
    few = by_predictions(question())
    assert (few.route, few.exact, few.standard_error.max()) == ("exact", True, 0)


def test_a_budget_decides_how_much_is_asked_and_the_method_says_whether_it_was_kept() -> None:
    assert plan_of(question(columns=10), budget_seconds=1e9).exact
    small = plan_of(question(columns=14), budget_seconds=1e-9)
    assert small.pairs == 3
    assert "though they take longer than 1e-09 s" in small.why
    assert "the most, in less than" in affordable(question(columns=14), 1e9, 1.0).why


@pytest.mark.parametrize(("columns", "rows", "budget"), [(12, 1, 600), (12, 3, 600), (5, 2, 150)])
def test_what_is_asked_and_checked_stays_within_the_budget(columns: int, rows: int, budget: int) -> None:
    asked = question(lambda frame: np.tanh(frame.to_numpy().sum(axis=1)), columns=columns, rows=rows)
    seen: list[int] = []

    def counted(frame: pd.DataFrame) -> Floats:
        seen.append(len(frame))
        return asked.predict(frame)

    plan = affordable(asked, budget, seconds_each=1.0)
    assert plan.exact == (columns == 5)
    route(replace(asked, predict=counted), pairs=plan.pairs or None)
    coalitions = sum(seen) / len(asked.background)
    assert 0.5 * budget <= coalitions <= budget


def test_wide_intervals_are_a_warning() -> None:
    asked = question(lambda frame: frame.to_numpy()[:, :9].prod(axis=1), columns=10)
    routed = route(asked, pairs=2)
    told = as_explanation(asked, routed.answer, routed.checks)
    assert {finding.code: finding.status for finding in told.findings}["EX-AT-06"] == "warning"


def test_answers_that_are_no_numbers_are_an_error_of_the_model() -> None:
    with pytest.raises(ModelError, match="aren't finite numbers for 20 of"):
        route(question(lambda frame: np.where(np.arange(len(frame)) < 20, np.nan, 1.0)))


def test_asking_can_be_stopped() -> None:
    with pytest.raises(CancelledError):
        route(question(columns=12), cancel=lambda: True)
