"""Power and rows of two-sample tests: statsmodels' numbers, and the twin in the browser."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import InputError
from mlops_widgets.measures.experiments.power import Design, Outcome, Sides, control_rows_for, detectable_effect, power

FIXTURE = json.loads((Path(__file__).parents[2] / "js/fixtures/power.json").read_text(encoding="utf-8"))
TENTH = Outcome(kind="share", value=0.1)
UNIT = Outcome(kind="mean", value=0.0)


@pytest.mark.parametrize(
    ("effect", "baseline", "treated", "control_per_treated", "alpha", "sides", "expected"),
    [
        (0.02, 0.1, 3800, 1.0, 0.05, 2, 0.7957914019486315),
        (0.02, 0.1, 3800, 0.5, 0.01, 1, 0.46687755460562486),
        (0.05, 0.5, 300, 2.0, 0.1, 2, 0.4099293866344618),
        (-0.004, 0.02, 9000, 1.0, 0.05, 2, 0.5232755628313198),
    ],
)
def test_power_of_shares_is_that_of_statsmodels(
    *,
    effect: float,
    baseline: float,
    treated: int,
    control_per_treated: float,
    alpha: float,
    sides: Sides,
    expected: float,
) -> None:
    # statsmodels 0.15.0: power_proportions_2indep(effect, baseline, treated, ratio=control_per_treated, alpha, …)
    design = Design(alpha=alpha, sides=sides, ratio=1 / control_per_treated)
    found = power(effect, treated * control_per_treated, Outcome(kind="share", value=baseline), design)
    assert found == pytest.approx(expected, abs=1e-12)


def test_rows_of_shares_are_those_of_statsmodels() -> None:
    # statsmodels 0.15.0: samplesize_proportions_2indep_onetail(.02, .1, .8) ignores the wrong tail, here below 1e-6.
    assert control_rows_for(0.02, 0.8, TENTH, Design()) == pytest.approx(3840.8474824362734, rel=1e-5)


def test_rows_by_the_arcsine_formula_are_those_of_normal_ind_power() -> None:
    # statsmodels 0.15.0: NormalIndPower().solve_power(proportion_effectsize(.12, .10), …)
    arcsine = Outcome(kind="share", value=0.1, formula="arcsine")
    assert control_rows_for(0.02, 0.8, arcsine, Design()) == pytest.approx(3834.595739884031, rel=1e-8)
    one_sided = Design(alpha=0.01, sides=1, ratio=0.5)
    assert control_rows_for(0.02, 0.9, arcsine, one_sided) == pytest.approx(9539.224772656464, rel=1e-8)


@pytest.mark.parametrize(
    ("effect", "alpha", "aim", "ratio", "sides", "expected"),
    [
        (0.2, 0.05, 0.8, 1.0, 2, 393.4056930002526),
        (0.5, 0.05, 0.9, 2.0, 2, 63.691614060374),
        (0.1, 0.01, 0.8, 1.0, 1, 2008.5591910172911),
        (1.2, 0.05, 0.8, 1.0, 2, 11.94225767945852),
    ],
)
def test_rows_of_means_are_those_of_t_test_ind_power(
    *, effect: float, alpha: float, aim: float, ratio: float, sides: Sides, expected: float
) -> None:
    # statsmodels 0.15.0: TTestIndPower().solve_power(effect, alpha=, power=, ratio=, alternative=)
    found = control_rows_for(effect, aim, UNIT, Design(alpha=alpha, sides=sides, ratio=ratio))
    assert found == pytest.approx(expected, rel=1e-6)


def test_power_and_effect_of_means_are_those_of_t_test_ind_power() -> None:
    # statsmodels 0.15.0: TTestIndPower().power(.3, 50, .05, ratio=1.5); .solve_power(nobs1=400, alpha=.05, power=.8)
    assert power(0.3, 50, UNIT, Design(ratio=1.5)) == pytest.approx(0.3710072133837509, abs=1e-9)
    assert detectable_effect(400, 0.8, UNIT, Design(), most=9.0) == pytest.approx(0.19834055280270843, rel=1e-6)


def test_the_normal_end_of_the_t_formula_meets_it() -> None:
    below, above = (power(0.004, rows, UNIT, Design()) for rows in (499_999, 500_003))
    assert below == pytest.approx(above, abs=5e-6)


def test_without_an_effect_power_is_alpha() -> None:
    assert power(0.0, 1000, TENTH, Design(alpha=0.03)) == pytest.approx(0.03)
    assert power(0.0, 1000, UNIT, Design(alpha=0.03, sides=1)) == pytest.approx(0.03)


def test_no_experiment_sees_next_to_nothing() -> None:
    with pytest.raises(InputError, match="no experiment of up to 1e\\+13 rows"):
        control_rows_for(1e-9, 0.8, TENTH, Design())
    assert detectable_effect(2, 0.99, TENTH, Design(), most=0.2) is None


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["name"])
def test_python_agrees_with_the_fixture_that_the_browser_is_held_to(case: dict) -> None:  # type: ignore[type-arg]  # JSON
    outcome, design = Outcome(**case["outcome"]), Design(**case["design"])
    assert power(case["effect"], case["control_rows"], outcome, design) == pytest.approx(case["power"], abs=1e-10)
    assert control_rows_for(case["effect"], case["aim"], outcome, design) == pytest.approx(case["needed"], rel=1e-7)


@settings(derandomize=True, deadline=None, max_examples=12)
@given(share=st.floats(0.01, 0.9), lift=st.floats(0.02, 0.5), ratio=st.floats(0.2, 5), sides=st.sampled_from((1, 2)))
def test_rows_give_the_power_they_were_asked_for(share: float, lift: float, ratio: float, sides: Sides) -> None:
    outcome, design = Outcome(kind="share", value=share), Design(sides=sides, ratio=ratio)
    effect = min(lift * share, 0.99 - share)
    rows = control_rows_for(effect, 0.8, outcome, design)
    assert power(effect, rows, outcome, design) == pytest.approx(0.8, abs=1e-6)
    assert power(effect, 1.1 * rows, outcome, design) > 0.8
