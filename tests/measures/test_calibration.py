"""Scores' parts were checked against model-diagnostics 1.5.0 (`scoring.decompose`), run outside the project."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.calibration import (
    Loss,
    Pooled,
    calibrated_outcomes,
    corp_test,
    curve,
    mean_difference,
    recalibration_line,
)
from mlops_widgets.measures.weighted import Floats

# fmt: off
P = np.array([.43, .29, .24, .41, .42, .15, .65, .55, .16, .36, .67, .2, .13, .41, .32, .19, .7, .07, .56, .67, .55, .23, .36, .44,
              .11, .79, .5, .49, .3, .52, .05, .42, .77, .66, .27, .44, .35, .32, .46, .22, .19, .5, .49, .22, .46, .33, .59, .57,
              .39, .51, .34, .18, .86, .39, .22, .42, .39, .21, .15, .09])
Y = np.array([1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1,
              0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0], dtype=np.float64)
W = np.array([1.07, 1.13, .55, 1.77, 1.31, 1.08, 1.32, 1.58, 1.07, 1.75, 1.88, 1.08, .71, 1.64, 1.99, .72, 1.57, 1.74, 1.88, .69, .64,
              1.98, .68, .77, 1.36, 1.17, 1.63, .79, 1.87, .83, 1.65, .6, 1.21, .55, .97, .97, 1.58, 1.18, .59, 1.99, 1.83, 1.87, .87,
              1.09, .84, .69, .55, 1.26, .68, .76, 1.79, 1.23, .78, 1.5, .9, 1.29, .92, 1.27, 1.44, 1.3])
PREDICTED = np.array([9.7, 11.5, 15.6, 11.8, 10.2, 4.9, 11.2, 4.2, 5.8, 12.6, 12.1, 9.6, 4.9, 8.9, 8., 11.9, 16.8, 10.7, 7.7, 6.5, 9.8, 9.5,
                      6.5, 10.3, 6.5, 13.3, 13.2, 13.3, 8.6, 11.5, 9.6, 8.8, 9., 6.1, 5.7, 12.4, 9.4, 10.6, 13., 4.8, 7.6, 10.5, 11.2,
                      8.9, 13.1, 10.6, 6.4, 7.2, 12.4, 11.4, 4.3, 14., 11.8, 14., 8.8, 9.1, 6.6, 17.6, 9.5, 14.8])
CAME = np.array([6.5, 9.5, 9.1, 8.7, 10.1, 1.4, 11.1, 4., 2.6, 9.1, 8.8, 7.6, 2.8, 5.5, 5.8, 7.5, 10.9, 8.5, 7.9, 2.1, 7.8, 6.3, 3.2, 9.9,
                 4.2, 13.6, 9., 11.4, 6.4, 7.7, 8.9, 6.7, 8.4, 4.8, 2.4, 9.7, 7.6, 10.4, 8.6, 3.8, 2.6, 9.7, 6.8, 3.5, 10.4, 10.7, 2.1,
                 3.6, 8.4, 6.9, 4.2, 9.6, 8., 12.4, 5.5, 8.1, 3.3, 11.7, 3.9, 15.6])
# Miscalibration, discrimination, uncertainty, score.
KNOWN = [
    ("squared", None, P, Y, (0.02941949275362324, 0.08809782608695657, 0.24000000000000005, 0.18132166666666671)),
    ("log", None, P, Y, (0.10252313531008911, 0.24190712927953445, 0.6730116670092563, 0.533627673039811)),
    ("squared", W, P, Y, (0.038632704189295514, 0.10503627650088548, 0.2479224535270596, 0.18151888121546964)),
    ("log", W, P, Y, (0.12102080000567156, 0.27612725926965304, 0.6889863134661716, 0.5338798542021901)),
    ("squared", W, PREDICTED, CAME, (7.908166038440032, 8.079640290599608, 9.625236683098805, 9.453762430939229)),
]
# fmt: on


@pytest.mark.parametrize(("loss", "weights", "forecast", "y", "known"), KNOWN)
def test_the_parts_of_a_score_are_those_of_model_diagnostics(
    loss: Loss, weights: Floats | None, forecast: Floats, y: Floats, known: tuple[float, ...]
) -> None:
    parts = Pooled(forecast, weights).parts(y, loss=loss)
    found = (parts.miscalibration, parts.discrimination, parts.uncertainty, parts.score)
    assert found == pytest.approx(known, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1), st.integers(1, 4)), min_size=2, max_size=40))
def test_a_score_is_the_sum_of_its_parts_and_none_is_negative(rows: list[tuple[int, int, int]]) -> None:
    p, y, w = (np.array(each, dtype=np.float64) for each in zip(*rows, strict=True))
    pooled = Pooled(p / 20, w)
    parts = pooled.parts(y)
    assert parts.score == pytest.approx(parts.miscalibration - parts.discrimination + parts.uncertainty, abs=1e-12)
    assert min(parts.miscalibration, parts.discrimination) >= -1e-12
    assert pooled.miscalibration(y) == pytest.approx(parts.miscalibration, abs=1e-12)


def test_weights_are_repeated_rows() -> None:
    twice = np.tile([1.0, 2.0], 30)
    repeated = np.repeat(np.arange(60), twice.astype(int))
    weighted, plain = (vars(each) for each in (Pooled(P, twice).parts(Y), Pooled(P[repeated]).parts(Y[repeated])))
    assert weighted == pytest.approx(plain)
    assert mean_difference(Y, P, weights=twice)[0] == pytest.approx((Y - P)[repeated].mean())


@cache
def _calibrated(rows: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 5, rows)
    return p, (rng.random(rows) < p).astype(np.float64)


def test_calibrated_forecasts_pass_and_shifted_ones_do_not() -> None:
    p, y = _calibrated()
    for forecast, low, high in ((p, 0.05, 1.0), (0.7 * p, 0.0, 0.02)):
        rng = np.random.default_rng(1)
        drawn = calibrated_outcomes(y, forecast, units=None, kind="probability", draws=100, rng=rng)
        p_value, chance = corp_test(Pooled(forecast), y, drawn)
        assert low < p_value <= high
        assert 0 < chance < 0.02


def test_errors_of_a_unit_change_their_sign_together() -> None:
    p, y = _calibrated()
    units = np.arange(len(y)) // 10
    for outcome in calibrated_outcomes(y, p, units=units, kind="probability", draws=3, rng=np.random.default_rng(0)):
        signs = np.sign((outcome - p) / (y - p)).reshape(-1, 10)
        assert (signs == signs[:, :1]).all()
        np.testing.assert_allclose(np.abs(outcome - p), np.abs(y - p))


def test_a_curve_rises_and_no_point_rests_on_few_rows() -> None:
    p, y = _calibrated()
    drawn = calibrated_outcomes(y, p, units=None, kind="probability", draws=100, rng=np.random.default_rng(0))
    found = curve(y, p, drawn, most_bins=40)
    assert (np.diff(found.observed) >= 0).all()
    assert (np.diff(found.forecast) > 0).all()
    assert found.rows.min() >= 5
    assert found.rows.sum() == len(y)
    inside = (found.lower <= found.observed) & (found.observed <= found.upper)
    assert inside.mean() > 0.8


@pytest.mark.parametrize(("rows", "fewest"), [(7, 5), (23, 5), (100, 20)])
def test_bins_of_few_rows_are_joined(rows: int, fewest: int) -> None:
    p, y = np.linspace(0.1, 0.9, rows), (np.arange(rows) % 2).astype(np.float64)
    found = curve(y, p, iter([y]), fewest_rows=fewest)
    assert found.rows.min() >= fewest


def test_the_mean_difference_is_the_t_interval_of_the_unit_means() -> None:
    # Equal units: the ratio estimator's error is that of the mean of unit means.
    units, gap = np.repeat(np.arange(12), 5), Y - P
    means = gap.reshape(12, 5).mean(axis=1)
    value, lower, upper = mean_difference(Y, P, units=units)
    assert value == pytest.approx(means.mean())
    assert upper - value == pytest.approx(2.200985160 * means.std(ddof=1) / np.sqrt(12))  # t(11) at .975
    assert lower == pytest.approx(2 * value - upper)


def test_the_line_is_the_logistic_regression_on_the_log_odds() -> None:
    from sklearn.linear_model import LogisticRegression

    line = recalibration_line(Y, P, kind="probability", weights=W)
    log_odds = np.log(P / (1 - P))[:, None]
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds, Y, sample_weight=W)
    assert line is not None
    assert line.slope == pytest.approx(fitted.coef_[0, 0], rel=1e-5)
    assert line.intercept == pytest.approx(fitted.intercept_[0], rel=1e-4)


def test_the_line_of_means_is_least_squares_in_any_unit() -> None:
    slope, intercept = np.polyfit(PREDICTED, CAME, 1)
    for unit in (1.0, 1e6, 1e-6):
        line = recalibration_line(unit * CAME, unit * PREDICTED, kind="mean")
        assert line is not None
        assert line.slope == pytest.approx(slope)
        assert line.intercept == pytest.approx(unit * intercept)
        corrected = intercept + slope * PREDICTED
        assert line.gap == pytest.approx(unit * np.sqrt(((corrected - PREDICTED) ** 2).mean()), rel=1e-6)


def test_the_gap_may_be_nothing_where_forecasts_are_calibrated_and_not_where_they_are_shifted() -> None:
    p, y = _calibrated()
    right, shifted = (recalibration_line(y, each, kind="probability") for each in (p, 0.6 * p))
    assert right is not None
    assert right.gap_lower == 0
    assert shifted is not None
    assert shifted.gap_lower > 0.05


def test_there_is_no_line_without_two_outcomes_or_forecasts_that_differ() -> None:
    assert recalibration_line(np.ones(60), P, kind="probability") is None
    assert recalibration_line(Y, np.full(60, 0.3), kind="probability") is None
    separated = (P > 0.4).astype(np.float64)
    assert recalibration_line(separated, P, kind="probability") is None
