"""Robust regression, against the equation that defines it."""

import numpy as np
import pytest

from mlops_widgets.measures.oddities.expectations import expect


def test_the_fit_solves_huber_s_equation() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    y = 2 + x @ [1.0, -3.0] + rng.standard_t(2, 400)
    middle = np.median(x, axis=0)
    clipped = np.clip((x - middle) / (1.4826 * np.median(np.abs(x - middle), axis=0)), -4, 4)
    residual = y - expect(y, x, learn=np.arange(400))
    scale = 1.4826 * np.median(np.abs(residual))
    score = np.clip(residual / scale, -1.345, 1.345)
    np.testing.assert_allclose(np.column_stack([np.ones(400), clipped]).T @ score / 400, 0, atol=2e-3)


def test_wrong_numbers_and_wrong_inputs_don_t_bend_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 1))
    y = 5 * x[:, 0] + 0.1 * rng.normal(size=600)
    right = 5 * x[:, 0]
    dirty, spoilt = y.copy(), x.copy()
    dirty[:60] += 7.0
    spoilt[60:90] = 1e6
    found = expect(dirty, spoilt, learn=np.arange(600))
    assert np.abs(found - right)[90:].max() < 0.6


def test_it_moves_with_the_unit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 2))
    y = x[:, 0] + rng.normal(size=100)
    one, other = (expect(each, x, learn=np.arange(100)) for each in (y, 1000 * y + 7))
    np.testing.assert_allclose(other, 1000 * one + 7, rtol=1e-6)


def test_missing_inputs_count_as_the_middle() -> None:
    y = np.arange(50.0)
    assert expect(y, np.full((50, 1), np.nan), learn=np.arange(50)) == pytest.approx(np.median(y), abs=1)
