"""The conformance kit: each check fails on its own fault and passes on what is sound."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.errors import CheckFailedError
from mlops_widgets.study.study import Study
from mlops_widgets.testing.bench import Bench, different_rows
from mlops_widgets.testing.kit import CHECKS, _run
from tests.awkward import AWKWARD
from tests.testing.faults import (
    FAULTS,
    DecidesByAnother,
    FillsGaps,
    InSinglePrecision,
    Moody,
    Overwrites,
    Sound,
    of_a_function,
    study_of,
)

EXPECTED_WARNINGS = {
    "regression_pipeline": {"CK-13", "CK-14"},  # its encoder was told to ignore what it never saw
    "callable_only": {"CK-13"},  # `missing > 0` is false
    "categories_with_gaps": {"CK-14"},  # takes a new level for a missing cell
}


def look(code: str, study: Study) -> Any:
    return _run(code, CHECKS[code], Bench(study=study), in_time=True, answering=True)


@pytest.fixture(scope="module")
def sound() -> Study:
    return study_of(expected=0.8, margin=0.2)


@pytest.mark.parametrize(
    ("code", "status", "make"), FAULTS, ids=[f"{code}-{k}" for k, (code, _, _) in enumerate(FAULTS)]
)
def test_a_check_finds_its_fault_and_says_what_to_do(code: str, status: str, make: Callable[[], Study]) -> None:
    finding = look(code, make())
    assert finding.status == status, finding
    assert finding.action


@pytest.mark.parametrize("code", [code for code in CHECKS if code != "CK-21"])
def test_a_check_passes_on_a_sound_study(code: str, sound: Study) -> None:
    finding = look(code, sound)
    assert finding.status == "passed", finding


def test_a_study_whose_model_needs_no_trust_is_saved_and_opened_again() -> None:
    assert look("CK-21", AWKWARD["plain"]().study).status == "passed"


def test_a_model_of_the_users_own_types_is_not_opened_without_their_word(sound: Study) -> None:
    finding = look("CK-21", sound)
    assert finding.status == "not_applicable"
    assert "needs trust=(" in finding.action


@pytest.mark.parametrize("scale", [1.0, 1e-5, 1e-8])
def test_a_fault_is_found_whatever_the_scale_of_the_answers(scale: float) -> None:
    rng = np.random.default_rng(0)
    moody = of_a_function(lambda X: scale * (X["a"] + rng.normal(size=len(X))).to_numpy(), scale)
    by_batch = of_a_function(lambda X: scale * (X["a"] - X["a"].mean()).to_numpy(), scale)
    assert look("CK-03", moody).status == look("CK-04", by_batch).status == "failed"
    assert look("CK-03", of_a_function(lambda X: scale * X["a"].to_numpy(), scale)).status == "passed"


def test_probabilities_in_single_precision_add_up_as_far_as_it_goes() -> None:
    assert look("CK-07", study_of(InSinglePrecision())).status == "passed"


def test_what_single_precision_rounds_away_is_no_difference() -> None:
    rng = np.random.default_rng(0)

    def rounding(X: Any) -> Any:
        answer = 1e5 * X["a"].to_numpy(dtype=np.float32)
        return answer * (1 + np.finfo(np.float32).eps * rng.choice([-1, 0, 1], len(X))).astype(np.float32)

    assert {look(code, of_a_function(rounding, 1e5)).status for code in ("CK-03", "CK-04", "CK-05")} == {"passed"}


def test_labels_that_are_large_numbers_are_compared_one_by_one() -> None:
    assert different_rows(np.array([100_000, 100_001]), np.array([100_000, 100_002])) == 1
    assert different_rows(np.array([100_000.0, 100_001]), np.array([100_000.0, 100_002])) == 0


def test_a_function_that_passes_gaps_on_is_told_where() -> None:
    finding = look("CK-13", of_a_function(lambda X: X["a"].to_numpy()))
    assert "answers are missing in the same rows: a" in finding.claim, finding


def test_every_check_has_a_fault() -> None:
    assert {code for code, _, _ in FAULTS} == set(CHECKS)


@pytest.mark.parametrize("name", AWKWARD)
def test_models_of_other_kinds_fail_nothing(name: str) -> None:
    result = mw.testing.check_study(AWKWARD[name]().study)
    bad = {f.code for f in result.findings[1:] if f.status not in {"passed", "not_applicable"}}
    assert bad == EXPECTED_WARNINGS.get(name, set()), result


def test_a_model_that_raises_fails_once_and_is_asked_nothing_more() -> None:
    class Broken(Sound):
        def predict_proba(self, X: Any) -> Any:
            raise RuntimeError("a secret cell")

    study = study_of()
    broken = study.model.with_model(Broken())  # type: ignore[attr-defined]
    result = mw.testing.check_study(replace(study, model=broken))
    assert [f.code for f in result.findings if f.status == "failed"][1:] == ["CK-02"]
    assert result.finding("CK-09").status == "not_run"
    assert "secret" not in str(result)


def test_the_same_seed_gives_the_same_result() -> None:
    assert (
        mw.testing.check_study(study_of(Overwrites())).to_dict()
        == mw.testing.check_study(study_of(Overwrites())).to_dict()
    )


def test_the_headline_counts_and_names_the_first_fault() -> None:
    result = mw.testing.check_study(study_of(DecidesByAnother()))
    assert result.status == "failed"
    assert result.headline.startswith("1 of ")
    assert "predicts another class than its scores say" in result.headline


def test_entities_in_both_tables_of_which_only_a_part_is_kept_are_the_least_there_are() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 2))
    frame = pd.DataFrame(rows, columns=["a", "b"]).assign(y=rows[:, 0] > 0, cust=np.arange(2000) // 4)
    model = LogisticRegression().fit(frame[["a", "b"]], frame["y"])
    said: dict[int, str] = {}
    for test, most in ((frame[1::2], 2000), (frame[1::2], 500), (frame[1::2].assign(cust=-1), 500)):
        study = mw.load_study(model=model, reference=frame[::2], test=test, target="y", entity="cust", max_rows=most)
        finding = mw.testing.check_study(study).finding("CK-23")
        said[len(said)] = finding.claim
        assert finding.status == ("passed" if len(said) == 3 else "warning")
    assert said[0] == "500 of the test's 500 'cust' are in the reference too."
    assert re.fullmatch(
        r"At least \d+ of the test's 250 'cust' are in the reference too, of which 500 of 1,000 rows were kept.",
        said[1],
    )
    assert said[2] == "None of the test's 1 'cust' is in the reference, of which 500 of 1,000 rows were kept."


def test_what_does_not_fit_the_budget_is_not_run() -> None:
    ticks = count()
    result = mw.testing.check_study(study_of(), budget_seconds=3, clock=lambda: float(next(ticks)))
    assert [result.finding(code).status for code in ("CK-03", "CK-23")] == ["passed", "not_run"]
    assert "weren't run" in result.headline


def test_assert_study_raises_an_assertion_error_that_says_what_to_do() -> None:
    with pytest.raises(AssertionError, match=r"CK-03 .*\n +→ Fix the seed") as raised:
        mw.testing.assert_study(study_of(Moody()))
    assert isinstance(raised.value, CheckFailedError)


def test_assert_study_lets_warnings_pass_unless_told() -> None:
    assert mw.testing.assert_study(study_of(FillsGaps())).status == "warning"
    with pytest.raises(AssertionError, match="CK-13"):
        mw.testing.assert_study(study_of(FillsGaps()), fail_on="warning")
    with pytest.raises(ValueError, match=r"fail_on='failled'. Allowed: failed, warning"):
        mw.testing.assert_study(study_of(), fail_on="failled")  # type: ignore[arg-type]  # the point


def test_something_else_than_a_study_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match=r"takes a Study, not DataFrame: pass mw.load_study"):
        mw.testing.check_study(study_of().need("test").pandas())  # type: ignore[arg-type]


def test_a_code_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"code='CK-99'. Codes: CK-01, CK-02"):
        mw.testing.check_study(study_of()).finding("CK-99")


@pytest.mark.parametrize(("argument", "value"), [("seed", -1), ("seed", "a"), ("budget_seconds", 0)])
def test_a_seed_or_budget_that_can_not_be_used_is_named(argument: str, value: Any, sound: Study) -> None:
    with pytest.raises(ValueError, match=f"{argument}={value!r}. Pass"):
        mw.testing.check_study(sound, **{argument: value})


def test_without_time_for_any_check_nothing_is_claimed(sound: Study) -> None:
    ticks = count(step=10)
    result = mw.testing.check_study(sound, budget_seconds=1, clock=lambda: float(next(ticks)))
    assert (result.status, result.headline) == ("not_run", "Nothing is known of this study. 22 weren't run.")
