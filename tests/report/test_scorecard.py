import itertools
import json
from dataclasses import replace

import pytest

from mlops_widgets import overfitting
from mlops_widgets.core import display
from mlops_widgets.core.result import Result
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.report.pitfalls import PITFALLS
from mlops_widgets.report.scorecard import Scorecard, run_all, worst_first
from mlops_widgets.ui.show import portable_html
from tests.report.fakes import Clock, finding, loans, scored, taking, telling


def test_findings_are_ordered_by_status_then_cost() -> None:
    card = scored(
        finding("passed", "P"), finding("failed", "F1", 0.1), finding("failed", "F2", 0.3), finding("warning", "W"),
        finding("not_applicable", "N"),
    )  # fmt: skip
    assert [each.code for each in card.findings] == ["F2", "F1", "W", "P", "N"]
    assert card.headline == "2 of 4 checks failed; the costliest: F2 failed."
    assert card.counts["failed"] == 2


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        (["passed", "passed"], "All 2 checks passed."),
        (["passed", "warning"], "None of 2 checks failed; the first of 1 to look at: XX-AA-01 warning."),
        (["passed", "not_enough_data"], "None of 2 checks failed; these data can't settle 1 of them."),
        (["not_applicable"], "No check could run on study 'loans'."),
    ],
)
def test_the_headline_says_how_it_stands(statuses: list[str], headline: str) -> None:
    assert scored(*(finding(status) for status in statuses)).headline == headline  # type: ignore[arg-type]  # parametrised


def test_what_comes_after_the_budget_is_not_run_and_says_so() -> None:
    clock = Clock()
    card = run_all(
        loans(),
        budget_seconds=60,
        clock=clock,
        strategies=[taking(61, clock, "slow"), taking(1, clock, "late")],
    )
    assert [(run.strategy, run.status, run.seconds) for run in card.runs] == [
        ("slow", "passed", 61),
        ("late", "not_run", 0),
    ]
    assert card.findings[-1].claim == "Not run: late. The budget of 60 s was used up; raise budget_seconds=."


def test_a_strategy_is_stopped_within_when_the_budget_is_used_up() -> None:
    clock = Clock()
    card = run_all(loans(), budget_seconds=5, clock=clock, strategies=[taking(100, clock, "long", steps=100)])
    assert card.findings[0].status == "not_run"
    assert clock.now == 6


def test_a_cancel_of_the_callers_is_no_matter_of_budget() -> None:
    clock, asked = Clock(), itertools.count()
    with pytest.raises(CancelledError):
        run_all(
            loans(),
            clock=clock,
            cancel=lambda: next(asked) > 3,
            strategies=[taking(10, clock, "long", steps=100)],
        )


def test_progress_runs_once_from_0_to_1() -> None:
    clock = Clock()
    shares: list[float] = []
    strategies = [taking(1, clock, "one", steps=4), telling(finding("passed"))]
    run_all(loans(), clock=clock, strategies=strategies, progress=lambda share, _: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("only", ["two", ["two"], "fakes"])
def test_only_names_strategies_or_pitfalls(only: str | list[str]) -> None:
    strategies = [telling(finding("passed"), name="one"), telling(finding("passed"), name="two")]
    card = run_all(loans(), only=only, strategies=strategies)
    assert [run.strategy for run in card.runs][-1] == "two"
    assert len(card.runs) == (2 if only == "fakes" else 1)


def test_an_unknown_strategy_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'tell'"):
        run_all(loans(), only="tel", strategies=[telling(finding("passed"))])


def test_a_budget_must_be_over_zero() -> None:
    with pytest.raises(InputError, match="budget_seconds=0"):
        run_all(loans(), budget_seconds=0, strategies=[])


def test_a_scorecard_survives_json_without_its_results() -> None:
    card = scored(finding("failed", cost=0.2), finding("passed"))
    again = Result.from_dict(json.loads(json.dumps(card.to_dict(), allow_nan=False)))
    assert isinstance(again, Scorecard)
    assert again == card
    assert len(card.results) == 1
    assert again.results == ()


def test_every_pitfall_lists_its_strategies() -> None:
    assert tuple(PITFALLS.values()) == ("overfitting", "explainability", "data_quality", "lifecycle", "governance")
    assert set(overfitting.STRATEGIES) <= set(overfitting.__all__)


def test_the_card_leads_with_three_findings_and_is_safe() -> None:
    hostile = "</script><script>alert(1)</script>"
    card = display.card_of(scored(finding("failed", claim=hostile), *(finding("passed", f"P{n}") for n in range(5))))
    assert card.view.name == "scorecard"
    assert card.view.state["lead"] == 3
    assert card.summary == "1 failed, 5 passed."
    assert "<script>alert" not in portable_html(card)


def test_a_scorecard_draws() -> None:
    assert scored(finding("failed"), finding("passed")).figure().get_figheight() > 0


def test_costs_are_compared_only_in_the_unit_that_most_of_them_have() -> None:
    unit = {"A-1": "squared error", "A-5": ""}
    made = [finding("failed", "A-1", 5000.0), finding("failed", "A-2", 0.1), finding("failed", "A-3", 0.3),
            finding("warning", "A-4", 9.0), finding("failed", "A-5")]  # fmt: skip
    made = [replace(each, cost_unit=unit.get(each.code, "RMSE")) for each in made]
    assert [each.code for each in worst_first(made)] == ["A-3", "A-2", "A-5", "A-1", "A-4"]
