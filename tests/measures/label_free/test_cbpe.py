"""Reference numbers: NannyML 0.13.1 (numpy 2.4.6, pandas 3.1.1, scikit-learn 1.9.1), in nannyml_cbpe.json."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlops_widgets.measures.label_free.cbpe import Expected, chances, draw_outcomes
from mlops_widgets.measures.label_free.recalibration import calibrate, calibration_error, fit_isotonic, gates_for
from mlops_widgets.measures.metrics import METRICS
from tests.measures.label_free.label_free_inputs import quasi_random, reference_cases

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "nannyml_cbpe.json").read_text())
CASES = {case[0]: case for case in reference_cases(REFERENCE)}
MULTICLASS = {"f1": "f1_macro", "precision": "precision_macro", "recall": "balanced_accuracy"}


@pytest.mark.parametrize("name", REFERENCE["given"])
def test_given_calibrated_probabilities_a_metric_equals_nannymls(name: str) -> None:
    p, scores = quasi_random(500, 2), quasi_random(500, 3)
    metric = METRICS[name]
    output = scores if metric.needs == "scores" else (scores >= 0.4).astype(float)
    assert_allclose(Expected(metric, output, classes=2).value(chances(p)), REFERENCE["given"][name], atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_gate_calibration_and_every_metric_of_every_chunk_equal_nannymls(name: str) -> None:
    _, scores, y, production, expected = CASES[name]
    gates = gates_for(scores, y, proper=True)
    needed = expected["needs_calibration"]
    assert [gate.recalibrate for gate in gates] == (needed if isinstance(needed, list) else [needed])
    calibration, classes = calibrate(scores, y, gates), 2 if scores.ndim == 1 else scores.shape[1]
    for key in sorted(set(expected) - {"needs_calibration"}):
        metric = METRICS[MULTICLASS.get(key, key) if classes > 2 else key]
        for part, value in zip(np.split(production, 4), expected[key], strict=True):
            said = (part >= 0.5).astype(float) if part.ndim == 1 else part.argmax(axis=1).astype(float)
            output = said if metric.needs == "predictions" else part
            found = Expected(metric, output, classes=classes).value(calibration.chances(part))
            assert_allclose(found, value, atol=1e-6, err_msg=key)


def test_expected_accuracy_is_the_mean_over_every_possible_outcome() -> None:
    p, said = np.array([0.9, 0.6, 0.2]), np.array([1.0, 1.0, 0.0])
    mean = sum(
        np.prod(np.where(np.array(y) == 1, p, 1 - p)) * np.mean(np.array(y) == said) for y in product((0, 1), repeat=3)
    )
    assert_allclose(Expected(METRICS["accuracy"], said, classes=2).value(chances(p)), mean)


def test_certain_probabilities_give_the_metric_itself() -> None:
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 2, 80).astype(float), np.round(rng.random(80), 1)
    for name in ("roc_auc", "average_precision", "log_loss", "ks"):
        metric = METRICS[name]
        assert_allclose(Expected(metric, scores, classes=2).value(chances(y)), metric(y, scores), rtol=1e-12)


def test_weights_count_as_repeated_rows() -> None:
    p, scores, twice = np.array([0.2, 0.7, 0.6]), np.array([0.1, 0.5, 0.9]), [0, 1, 1, 2]
    weighted = Expected(METRICS["roc_auc"], scores, classes=2, weights=np.array([1.0, 2.0, 1.0])).value(chances(p))
    assert_allclose(weighted, Expected(METRICS["roc_auc"], scores[twice], classes=2).value(chances(p[twice])))
    counts = Expected(METRICS["roc_auc"], scores, classes=2).weighted(chances(p), np.array([[1.0, 2.0, 1.0]]))
    assert_allclose(counts, weighted, rtol=1e-6)


def test_drawn_outcomes_scatter_as_poisson_binomial_ones() -> None:
    p = np.linspace(0.05, 0.95, 200)
    drawn = draw_outcomes(chances(p), draws=4000, rng=np.random.default_rng(1))
    assert (drawn.sum(axis=1) == 1).all()
    hits = drawn[:, 1].sum(axis=1)
    assert_allclose(hits.mean(), p.sum(), rtol=0.005)
    assert_allclose(hits.var(), (p * (1 - p)).sum(), rtol=0.07)  # three standard errors of a variance of 4,000 draws


def test_drawn_classes_come_as_often_as_said() -> None:
    drawn = draw_outcomes(np.array([[0.2] * 5000, [0.5] * 5000, [0.3] * 5000]), draws=4, rng=np.random.default_rng(2))
    assert_allclose(drawn.mean(axis=(0, 2)), [0.2, 0.5, 0.3], atol=0.01)


def test_calibration_error_of_two_bins_by_hand() -> None:
    # Four rows make two bins: |.15 - 0| and |.85 - .5|, each of half of the rows.
    assert_allclose(calibration_error(np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.8, 0.9])), 0.25)


def test_isotonic_maps_pool_what_falls_and_are_level_beyond_the_ends() -> None:
    rule = fit_isotonic(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]))
    assert_allclose(rule(np.array([0.0, 1.5, 2.5, 9.0])), [0.5, 0.5, 0.75, 1.0])


def test_few_rows_one_class_and_perfect_ranks_need_no_calibration() -> None:
    scores = np.linspace(0.01, 0.99, 100)
    for rows, y in ((slice(0, 10), np.arange(10) % 2), (slice(None), np.zeros(100)), (slice(None), scores > 0.5)):
        gate = gates_for(scores[rows], np.asarray(y, dtype=float), proper=True)[0]
        assert not gate.recalibrate
        assert np.isnan(gate.before)


def test_scores_that_are_no_probabilities_are_always_mapped() -> None:
    assert gates_for(np.array([-3.0, 2.0]), np.array([0.0, 1.0]), proper=False)[0].recalibrate


def test_classes_mapped_to_nothing_are_equally_likely() -> None:
    scores = np.array([[0.1, 0.2], [0.9, 0.8]])
    zero = fit_isotonic(np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    from mlops_widgets.measures.label_free.recalibration import Calibration

    assert_allclose(Calibration(maps=(zero, zero)).chances(scores), 0.5)
