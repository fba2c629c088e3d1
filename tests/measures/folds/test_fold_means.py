"""Means over folds and what shuffled folds know."""

import numpy as np
import pytest

from mlops_widgets.measures.folds.fold_means import FoldOutput, fold_scores, paired_mean, random_mean, unit_mean
from mlops_widgets.measures.folds.shuffling import cells, knowing_other_times, knowing_the_entity
from mlops_widgets.measures.folds.splits_variance import nadeau_bengio
from mlops_widgets.measures.metrics import METRICS, get_metric
from mlops_widgets.measures.optimism import optimism_of

AUC = get_metric("roc_auc", "binary")


def folds(count: int = 5, size: int = 60, *, seed: int = 0, noise: float = 1.0) -> list[FoldOutput]:
    rng = np.random.default_rng(seed)
    y = np.tile([0.0, 1.0], size // 2)
    return [
        FoldOutput(np.arange(i * size, (i + 1) * size), y, y + noise * rng.normal(size=size), None, (count - 1) * size)
        for i in range(count)
    ]


def test_random_mean_is_nadeau_and_bengio_on_the_fold_scores() -> None:
    found = random_mean(AUC, folds())
    assert found == pytest.approx(nadeau_bengio(fold_scores(AUC, folds()), n_train=240, n_test=60))


def test_nadeau_and_bengio_on_a_fixed_score_vector_by_hand() -> None:
    scores = np.array([0.70, 0.72, 0.74, 0.76, 0.78])
    mean, lower, upper = nadeau_bengio(scores, n_train=80, n_test=20)
    half = 2.7764451 * np.sqrt((1 / 5 + 20 / 80) * 0.001)  # t(0.975, 4), s² = 0.001
    assert (mean, lower, upper) == pytest.approx((0.74, 0.74 - half, 0.74 + half), abs=1e-6)


def test_random_mean_stays_within_the_metrics_range() -> None:
    value, lower, upper = random_mean(AUC, folds(noise=0.35))
    assert lower < value < 1
    assert upper <= 1


def test_folds_that_are_all_right_still_have_an_interval() -> None:
    value, lower, upper = random_mean(AUC, folds(noise=0.0))
    assert (value, upper) == (1.0, 1.0)
    assert 0.9 < lower < 1


def test_a_fold_of_one_class_is_left_out() -> None:
    good = folds()
    bad = FoldOutput(np.arange(900, 910), np.zeros(10), np.arange(10.0), None, 240)
    assert unit_mean(AUC, [*good, bad], np.arange(1000), seed=0).value == pytest.approx(fold_scores(AUC, good).mean())


def test_the_mean_over_folds_is_not_the_metric_of_pooled_scores() -> None:
    shifted = [FoldOutput(f.rows, f.y, f.output + 10 * i, None, 240) for i, f in enumerate(folds())]
    kept = unit_mean(AUC, shifted, np.arange(300), seed=0)
    plain = unit_mean(AUC, folds(), np.arange(300), seed=0)
    assert (kept.value, kept.lower, kept.upper) == pytest.approx((plain.value, plain.lower, plain.upper), abs=1e-6)


def test_copies_of_a_unit_widen_the_interval() -> None:
    rows = unit_mean(AUC, folds(size=100), np.arange(500), seed=0)
    units = unit_mean(AUC, folds(size=100), np.arange(500) // 10, seed=0)
    assert units.units == 50
    assert rows.units == 500
    assert units.upper - units.lower > 0


def test_the_paired_difference_of_a_model_with_itself_is_zero() -> None:
    found = paired_mean(AUC, folds(), folds(), np.arange(300), seed=0)
    assert found is not None
    assert found[0].value == 0
    assert found[0].lower < 0 < found[0].upper < 0.05


def test_cells_pair_the_rows_that_two_folds_share() -> None:
    a = folds(2, 60)
    b = [FoldOutput(np.arange(30, 90), np.tile([0.0, 1.0], 30), np.arange(60.0), None, 60)]
    pairs = cells(a, b)
    assert [list(x.rows) for x, _ in pairs] == [list(range(30, 60)), list(range(60, 90))]
    assert all(np.array_equal(x.y, z.y) for x, z in pairs)


def test_training_sets_of_other_sizes_are_not_compared() -> None:
    small = [FoldOutput(f.rows, f.y, f.output, None, f.train_rows // 2) for f in folds()]
    assert cells(small, folds()) == []
    assert knowing_the_entity(AUC, small, [folds(), folds(seed=1)], np.arange(300), seed=0) is None


def test_better_twins_are_optimism_whichever_way_the_metric_points() -> None:
    honest, flattering = (
        folds(noise=2.0),
        [[f, g] for f, g in zip(folds(noise=0.5), folds(noise=0.5, seed=1), strict=True)],
    )
    for name in ("roc_auc", "log_loss"):
        metric = METRICS[name]
        squash = name == "log_loss"
        past, known = _squashed(honest, squash=squash), [_squashed(each, squash=squash) for each in flattering]
        gap = knowing_other_times(metric, past, known[:4], np.arange(300), seed=0)
        found = optimism_of(metric, gap, margin=0.02)
        assert found is not None
        assert found.lower > 0
        assert found.verdict.status == "failed"


def _squashed(outputs: list[FoldOutput], *, squash: bool) -> list[FoldOutput]:
    if not squash:
        return outputs
    return [FoldOutput(f.rows, f.y, 1 / (1 + np.exp(-(f.output - 0.5) * 2)), None, f.train_rows) for f in outputs]


def test_without_a_future_or_a_second_repeat_there_is_no_gap() -> None:
    assert knowing_other_times(AUC, folds(1), [], np.arange(60), seed=0) is None
    assert knowing_the_entity(AUC, folds(), [folds()], np.arange(300), seed=0) is None
    assert optimism_of(AUC, None, margin=0.02) is None
