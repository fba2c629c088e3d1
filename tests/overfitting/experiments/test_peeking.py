"""What looking early does, computed and simulated."""

import numpy as np
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.experiments.peeking import PeekingResult, simulate_peeking


@pytest.fixture(scope="module")
def result() -> PeekingResult:
    return simulate_peeking(0.3, looks=100, rows_per_arm=5000, experiments=2000)


def test_five_ten_and_a_hundred_looks_err_as_published(result: PeekingResult) -> None:
    # Armitage, McPherson & Rowe 1969, table 2.
    alarms = dict(zip(result.counts.tolist(), result.alarms, strict=True))
    assert [round(float(alarms[k]), 2) for k in (5, 10, 100)] == [0.14, 0.19, 0.37]


def test_the_simulation_agrees_and_the_sequence_stays_below_alpha(result: PeekingResult) -> None:
    assert result.simulated_lower[-1] < result.alarms[-1] < result.simulated_upper[-1]
    assert result.simulated[0] == pytest.approx(0.05, abs=0.015)
    assert max(result.sequence_alarms[-1], result.simulated_sequence[-1]) < 0.05


def test_rare_outcomes_are_told_apart_from_the_formula() -> None:
    found = simulate_peeking(0.0005, looks=50, rows_per_arm=1000, experiments=500)
    assert found.findings[2].status == "warning"


def test_your_own_outcomes_are_drawn() -> None:
    values = np.random.default_rng(0).normal(5, 2, 500)
    found = simulate_peeking(values, looks=5, rows_per_arm=500, experiments=400)
    assert found.rows == 500
    assert found.simulated[-1] == pytest.approx(0.142, abs=0.05)


@pytest.mark.parametrize(
    "options", [{"looks": 1}, {"rows_per_arm": 5}, {"alpha": 0.0}, {"experiments": 3}, {"seed": -1}]
)
def test_impossible_options_are_named(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(options))}="):
        simulate_peeking(**options)  # type: ignore[arg-type]  # the point of the test


def test_made_up_outcomes_are_not_called_yours(result: PeekingResult) -> None:
    assert "outcomes of a rate of 30" in result.findings[2].claim
    assert (
        "your outcomes"
        in simulate_peeking(np.arange(40.0), looks=2, rows_per_arm=50, experiments=100).findings[2].claim
    )


def test_a_chance_is_never_below_zero(result: PeekingResult) -> None:
    assert result.sequence_alarms.min() >= 0
