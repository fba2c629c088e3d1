"""Ratios and accuracies: by hand, by fairlearn, and under resamples."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_ratio

from mlops_widgets.governance.alternatives.alternatives_result import verdict_of
from mlops_widgets.governance.alternatives.disparity import Drawn, draw_disparity
from mlops_widgets.governance.fairness.people import Grouping
from mlops_widgets.governance.unequal_people.equal_accuracy_result import gate
from mlops_widgets.measures.resampling import Resampler

FIXTURE = json.loads((Path(__file__).parents[2] / "js/fixtures/disparity.json").read_text(encoding="utf-8"))


def _people(codes: np.ndarray, *, column: str = "g", reference: int = 0) -> Grouping:
    levels = tuple(f"level {each}" for each in range(int(codes.max()) + 1))
    return Grouping(column=column, levels=levels, codes=codes, reference=reference, declared=True)


def _drawn(selected: list[np.ndarray], truth: np.ndarray, *people: Grouping, smallest: int = 1) -> Drawn:
    drawing = Resampler(draws=200, seed=0)
    return draw_disparity(selected, truth, people, weights=None, drawing=drawing, smallest=smallest)


def test_the_ratio_is_the_one_counted_by_hand() -> None:
    codes = np.repeat([0, 1], [80, 40])
    selected = np.concatenate([np.arange(80) < 48, np.arange(40) < 12])  # the EEOC's 60 % against 30 %
    found = _drawn([selected], selected.astype(float), _people(codes))
    assert found.ratio[0] == pytest.approx(0.5)
    assert found.accuracy[0] == 1.0
    assert found.worst == (("g", "level 1"),)


def test_the_ratio_is_fairlearns_for_two_groups() -> None:
    # fairlearn 0.15.0
    rng = np.random.default_rng(0)
    codes, selected = rng.integers(0, 2, 500), rng.random(500) < 0.4
    found = _drawn([selected], selected.astype(float), _people(codes))
    theirs = demographic_parity_ratio(selected, selected, sensitive_features=codes)
    assert found.ratio[0] == pytest.approx(theirs, rel=1e-6)


def test_a_group_selected_more_often_than_the_reference_counts_as_unequal_too() -> None:
    codes = np.repeat([0, 1], 50)
    selected = np.concatenate([np.arange(50) < 20, np.arange(50) < 40])
    assert _drawn([selected], np.ones(100), _people(codes)).ratio[0] == pytest.approx(0.5)


def test_the_worst_group_of_all_columns_is_named_and_small_ones_are_left_out() -> None:
    codes, other = np.repeat([0, 1, 2], [60, 50, 3]), np.tile([0, 1], 57)[:113]
    selected = np.concatenate([np.arange(60) < 30, np.arange(50) < 20, np.zeros(3, dtype=bool)])
    found = _drawn([selected], np.ones(113), _people(codes), _people(other, column="h"), smallest=10)
    assert found.ratio[0] == pytest.approx(0.8)
    assert found.worst[0] == ("g", "level 1")


def test_no_comparable_groups_have_no_ratio() -> None:
    found = _drawn([np.ones(20, dtype=bool)], np.ones(20), _people(np.repeat([0, 1], [18, 2])), smallest=5)
    assert math.isnan(found.ratio[0])
    assert found.accuracy[0] == 1.0


def test_equal_rules_gain_nothing_and_lose_nothing() -> None:
    rng = np.random.default_rng(1)
    selected, codes = rng.random(300) < 0.5, rng.integers(0, 2, 300)
    found = _drawn([selected, selected.copy()], rng.integers(0, 2, 300).astype(float), _people(codes))
    assert found.ratio_gain(1) == (0.0, 0.0, 0.0)
    assert found.accuracy_loss(1) == (0.0, 0.0, 0.0)


def test_the_interval_of_a_ratio_is_that_of_the_log_method_at_many_rows() -> None:
    # Katz et al. 1978: standard error of the logarithm, by hand
    codes = np.repeat([0, 1], 2000)
    selected = np.concatenate([np.arange(2000) < 1000, np.arange(2000) < 800])
    found = draw_disparity(
        [selected], np.ones(4000), [_people(codes)], weights=None, drawing=Resampler(draws=1000, seed=0), smallest=1
    )
    _, lower, upper = found.ratio_span(0)
    half = 1.96 * math.sqrt(1 / 1000 - 1 / 2000 + 1 / 800 - 1 / 2000) * 0.8
    assert (upper - lower) / 2 == pytest.approx(half, rel=0.08)


def test_rows_without_a_label_count_for_the_ratio_alone() -> None:
    codes = np.repeat([0, 1], 50)
    truth = np.where(np.arange(100) % 2 == 0, np.nan, 1.0)
    selected = np.arange(100) % 2 == 1
    found = _drawn([selected], truth, _people(codes))
    assert found.accuracy[0] == 1.0
    assert found.ratio[0] == pytest.approx(1.0)


def test_weights_count() -> None:
    codes, selected = np.repeat([0, 1], 50), np.concatenate([np.arange(50) < 25, np.arange(50) < 25])
    weights = np.where(selected & (codes == 1), 3.0, 1.0)
    found = draw_disparity([selected], np.ones(100), [_people(codes)], weights=weights, drawing=Resampler(draws=100), smallest=1)  # fmt: skip
    assert found.ratio[0] == pytest.approx(0.5 / 0.75)


def _number(end: float | None) -> float:
    return math.nan if end is None else end


@pytest.mark.parametrize("case", FIXTURE["verdicts"])
def test_verdicts_are_those_of_the_browser(case: dict[str, Any]) -> None:
    lower, upper = (_number(end) for end in case["gain"])
    assert verdict_of((lower, upper), case["least_gain"], [(a, b, c) for a, b, c in case["losses"]]) == case["verdict"]


@pytest.mark.parametrize("case", FIXTURE["gates"])
def test_gates_are_those_of_the_browser(case: dict[str, Any]) -> None:
    assert gate(_number(case["lower"]), _number(case["upper"]), case["limit"]) == case["status"]
