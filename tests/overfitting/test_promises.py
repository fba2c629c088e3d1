"""The promises: which offline number came close to production."""

from dataclasses import replace
from functools import cache

import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate, difference
from mlops_widgets.overfitting import CrossValidationResult, LiveGapResult, PromiseResult, compare_promises
from mlops_widgets.overfitting.monitoring.live_gap import Stage


@cache
def _results() -> tuple[LiveGapResult, CrossValidationResult]:
    study = mw.sample("census")
    live = mw.overfitting.compare_live(study, folds=2, draws=200)
    validation = mw.overfitting.cross_validate(study, folds=2, repeats=1, max_fit_rows=1500)
    assert isinstance(live, LiveGapResult)
    assert isinstance(validation, CrossValidationResult)
    return live, validation


def _promised(**production: float) -> PromiseResult:
    live, validation = _results()
    stages = tuple(replace(s, **production) if s.name == "production" else s for s in live.stages)  # type: ignore[arg-type]
    result = compare_promises(replace(live, stages=stages), validation)
    assert isinstance(result, PromiseResult)
    return result


def _estimate(stage: Stage) -> Estimate:
    return Estimate(value=stage.value, lower=stage.lower, upper=stage.upper, level=0.95, rows=1, units=1, events=1)


def test_distance_is_that_of_two_independent_samples() -> None:
    live, _ = _results()
    result = _promised()
    test, production = live.stage("test"), live.stage("production")
    assert test is not None
    assert production is not None
    gap = difference(_estimate(test), _estimate(production))
    promise = result.promise("test")
    assert promise.distance == pytest.approx(abs(gap.value))
    assert promise.distance_upper == pytest.approx(max(abs(gap.lower), abs(gap.upper)))
    assert promise.distance_lower == (0.0 if gap.lower <= 0 <= gap.upper else min(abs(gap.lower), abs(gap.upper)))


def test_every_scheme_that_was_measured_is_a_promise() -> None:
    _, validation = _results()
    names = set(_promised().frame()["name"])
    assert names == {"train", "test"} | {s.name for s in validation.schemes if s.status == "measured"}


def test_a_production_far_from_every_promise_fails() -> None:
    finding = _promised(value=0.5, lower=0.49, upper=0.51).findings[0]
    assert finding.status == "failed"
    assert finding.action.startswith("No offline number holds here")


def test_where_only_the_scheme_is_off_production_is_not_said_to_differ_from_all_rows() -> None:
    live, validation = _results()
    off = tuple(
        replace(s, value=s.value - 0.2, lower=s.lower - 0.2, upper=s.upper - 0.2) if s.recommended else s
        for s in validation.schemes
    )
    result = compare_promises(live, replace(validation, schemes=off))
    finding = result.findings[0]
    assert finding.status == "failed"
    assert "No offline number" not in finding.action
    assert finding.action.startswith("The test isn't beyond the margin")
    assert "fewer rows" in finding.action


def test_a_promise_kept_to_the_margin_passes() -> None:
    result = _promised()
    kept = result.promise(result.after)
    exact = _promised(value=kept.value, lower=kept.value, upper=kept.value)
    wide = compare_promises(*_results(), margin=0.5)
    assert exact.promise(exact.after).distance == 0
    assert wide.status == "passed"


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_that_is_no_distance_is_refused(margin: float) -> None:
    with pytest.raises(InputError, match="margin="):
        compare_promises(*_results(), margin=margin)


def test_a_test_with_a_name_of_its_own_is_called_a_test() -> None:
    live, validation = _results()
    named = tuple(replace(s, name="holdout", label="test: holdout") if s.name == "test" else s for s in live.stages)
    result = compare_promises(replace(live, stages=named), validation)
    assert "the test 'holdout' promised" in result.headline


def test_it_says_when_cross_validation_came_no_closer() -> None:
    result = _promised()
    quoted = result.promise(result.before)
    live, validation = _results()
    off = tuple(
        replace(s, value=s.value - 0.3, lower=s.lower - 0.3, upper=s.upper - 0.3) if s.recommended else s
        for s in validation.schemes
    )
    stages = tuple(
        replace(s, value=quoted.value, lower=quoted.value - 0.01, upper=quoted.value + 0.01)
        if s.name == "production"
        else s
        for s in live.stages
    )
    claim = compare_promises(replace(live, stages=stages), replace(validation, schemes=off)).headline
    assert claim.endswith("the former came no closer here.")


def test_it_says_closer_only_where_the_distances_can_be_told_apart() -> None:
    kept = _promised().promise(_promised().after).value
    told = _promised(value=0.5, lower=0.1, upper=0.9)
    assert "which came closer can't be told" in told.headline
    assert told.closer_lower < 0 < told.closer_upper
    live, validation = _results()
    stages = tuple(
        replace(s, value=kept, lower=kept - 0.001, upper=kept + 0.001) if s.name == "production"
        else replace(s, value=kept + 0.3, lower=kept + 0.29, upper=kept + 0.31) if s.name == "test" else s
        for s in live.stages
    )  # fmt: skip
    result = compare_promises(replace(live, stages=stages), validation)
    assert result.headline.endswith("the former came closer.")
    assert isinstance(result, PromiseResult)
    assert 0 < result.closer_lower < result.closer < result.closer_upper


def test_the_small_print_says_where_fold_means_are_no_scores_of_all_rows() -> None:
    live, validation = _results()
    assert "isn't an average over rows" in card_of(_promised()).small
    averaged = compare_promises(replace(live, metric="log_loss", metric_label="log loss"), validation)
    assert "isn't an average" not in averaged.method


def test_without_production_or_validation_it_names_what_is_missing() -> None:
    live, validation = _results()
    nothing = NoResult(findings=live.findings, rows=0, strategy="compare_live")
    bare = replace(live, stages=tuple(s for s in live.stages if s.name != "production"))
    for first, second, missing in (
        (nothing, validation, "production score"), (bare, validation, "production score"),
        (live, nothing, "cross-validated score"),
    ):  # fmt: skip
        result = compare_promises(first, second)
        assert isinstance(result, NoResult)
        assert result.missing == missing
        assert result.status == "not_applicable"


def test_without_a_test_the_training_score_is_what_was_quoted() -> None:
    live, validation = _results()
    bare = replace(live, stages=tuple(s for s in live.stages if s.name != "test"))
    result = compare_promises(bare, validation)
    assert isinstance(result, PromiseResult)
    assert result.before == "train"
    assert "the score on the training rows promised" in result.headline


def test_the_picture_shows_promises_and_distances() -> None:
    charts = card_of(_promised()).charts
    assert [chart.kind for chart in charts] == ["dots", "beforeafter"]
