"""Plans of A/B tests: two of three give the third, from numbers, outcomes or a study."""

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError
from mlops_widgets.measures.experiments.looks import even_looks
from mlops_widgets.overfitting.experiments.planning import AbPlanResult, plan_ab_test
from tests import awkward


def plan(*args: object, **options: object) -> AbPlanResult:
    found = plan_ab_test(*args, looks=5, **options)  # type: ignore[arg-type]  # options by name
    assert isinstance(found, AbPlanResult)
    return found


def test_any_two_of_effect_rows_and_power_give_the_third() -> None:
    rows = plan(0.1, effect=0.02, power=0.9)
    effect = plan(0.1, rows=rows.needed_rows, power=0.9)
    power = plan(0.1, rows=rows.needed_rows, effect=0.02)
    assert [each.solved_for for each in (rows, effect, power)] == ["rows", "effect", "power"]
    assert effect.effect == pytest.approx(0.02, rel=1e-3)
    assert power.power == pytest.approx(0.9, abs=1e-3)


def test_unequal_arms_have_their_ratio_and_need_more_rows() -> None:
    even, odd = plan(0.1, effect=0.02), plan(0.1, effect=0.02, ratio=0.25)
    assert odd.treatment_rows == pytest.approx(odd.control_rows / 4, abs=1)
    assert odd.needed_rows > even.needed_rows


def test_the_watched_test_has_the_power_of_the_plan() -> None:
    found = plan(0.3, effect=0.04)
    drift = np.sqrt(found.watched_rows / 2 * 0.04**2 / (0.3 * 0.7 + 0.34 * 0.66))
    rng = np.random.default_rng(0)
    paths = rng.normal(drift / 5, np.sqrt(1 / 5), (20_000, 5)).cumsum(axis=1) / np.sqrt(even_looks(5))
    from mlops_widgets.measures.experiments.confidence_sequences import boundary

    seen = np.abs(paths) > boundary(even_looks(5), tuned_rows=1.0)
    assert seen.any(axis=1).mean() == pytest.approx(0.8, abs=0.012)
    assert found.watched_null_rows > found.watched_mean_rows
    assert found.watched_alpha < 0.05


def test_days_follow_from_rows_and_traffic_and_too_many_fail() -> None:
    found = plan(0.1, effect=0.02, per_day=1000)
    assert found.days == 8
    late = next(each for each in plan(0.1, effect=0.02, per_day=100).findings if each.code == "OV-AP-03")
    assert late.status == "warning"
    assert "77 days" in late.claim


def test_outcomes_bring_their_own_variance() -> None:
    rng = np.random.default_rng(0)
    values = rng.gamma(2, 10, 5000)
    by_values, by_numbers = plan(values, effect=1), plan(values.mean(), deviation=values.std(ddof=1), effect=1)
    assert by_values.needed_rows == by_numbers.needed_rows
    assert plan((values > 20).astype(int), effect=0.05).kind == "share"


def test_rows_of_one_entity_count_as_one_unit() -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    level = np.repeat(rng.normal(size=400), 10)
    frame = pd.DataFrame({"y": level + 0.1 * rng.normal(size=4000), "p": 0.0, "who": np.repeat(np.arange(400), 10)})
    common = {"predictions": "p", "target": "y", "task": "regression"}
    alone = plan(mw.load_study(test=frame, **common), effect=0.2)  # type: ignore[arg-type]  # options by name
    whole = plan(mw.load_study(test=frame, entity="who", **common), effect=0.2)  # type: ignore[arg-type]  # the same
    assert whole.unit == "entity (who)"
    assert whole.needed_rows == pytest.approx(
        alone.needed_rows, rel=0.1
    )  # customers instead of rows: ten times the rows


@pytest.mark.parametrize("name", awkward.AWKWARD)
def test_every_awkward_study_is_planned(name: str) -> None:
    found = plan_ab_test(awkward.AWKWARD[name]().study, rows=1000, looks=3)
    assert isinstance(found, AbPlanResult)
    assert len(found.findings) == 4
    assert found.effect > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Pass two of"),
        ({"effect": 0.02, "lift": 0.1}, "say the same"),
        ({"effect": 0.02, "rows": 100, "power": 0.8}, "leave out the one"),
        ({"effect": 0.95}, "Rates lie between 0 and 1"),
        ({"effect": 0.0}, "other than 0"),
        ({"effect": 0.02, "power": 0.01}, "above alpha"),
        ({"effect": 0.02, "alpha": 0.7}, "alpha=0.7"),
        ({"effect": 0.02, "sides": 3}, "sides=3"),
        ({"effect": 0.02, "ratio": 0}, "ratio=0"),
        ({"effect": 0.02, "per_day": 0}, "per_day=0"),
        ({"effect": 0.02, "looks": 0}, "looks=0"),
        ({"rows": 2}, "rows=2"),
    ],
)
def test_impossible_options_are_named(options: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_ab_test(0.1, **options)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("baseline", [1.2, "0.1", None, True, [1.0] * 50, [0.1, 0.2], [np.inf] * 30])
def test_a_baseline_that_nothing_can_be_planned_with_is_refused(baseline: object) -> None:
    with pytest.raises(InputError, match="baseline="):
        plan_ab_test(baseline, effect=0.1)


def test_customers_are_not_called_rows() -> None:
    p, y = np.tile([0.2, 0.8, 0.6], 100), np.tile([0, 1, 1, 0, 1, 0], 50)
    frame = pd.DataFrame({"who": np.repeat(np.arange(100), 3), "p": p, "y": y})
    found = plan(mw.load_study(test=frame, target="y", scores="p", entity="who"))
    assert "units (" in found.headline
    assert " rows" not in found.headline
