import numpy as np
import pytest

from mlops_widgets.measures.influence import jackknife
from mlops_widgets.measures.metrics import custom_metric, get_metric
from mlops_widgets.measures.ranks import auc_variance

ROWS = np.arange(300)


def test_of_a_mean_it_is_the_textbook_variance() -> None:
    errors = np.random.default_rng(0).exponential(size=300)
    found = jackknife(get_metric("mae", "regression"), np.zeros(300), errors, ROWS)
    assert found.values == pytest.approx(errors - errors.mean())
    assert found.variance == pytest.approx(errors.var(ddof=1))


def test_of_roc_auc_it_is_delongs() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(300) < 0.3).astype(float)
    scores = y + rng.normal(size=300)
    found = jackknife(get_metric("roc_auc", "binary"), y, scores, ROWS)
    # Both estimate the same variance; they differ by terms of 1/n (Cortes & Mohri 2005; here 300 rows, 90 positive)
    assert found.variance / 300 == pytest.approx(float(auc_variance(y, scores[None, :])[0]), rel=0.02)


def test_units_go_out_whole_and_many_in_groups() -> None:
    rng = np.random.default_rng(2)
    shocks = np.repeat(rng.normal(size=60), 5)
    metric = get_metric("mae", "regression")
    by_unit = jackknife(metric, np.zeros(300), np.abs(shocks), ROWS // 5)
    means = np.abs(shocks[::5])
    assert by_unit.units == 60
    assert by_unit.variance == pytest.approx(means.var(ddof=1))
    grouped = jackknife(metric, np.zeros(300), np.abs(rng.normal(size=300)), ROWS, most_groups=50)
    assert (len(grouped.values), grouped.units) == (50, 300)
    assert grouped.variance == pytest.approx(1 - 2 / np.pi, rel=0.5)  # of |N(0, 1)|


def test_weights_of_two_are_rows_twice() -> None:
    errors = np.random.default_rng(3).exponential(size=20)
    metric = get_metric("mae", "regression")
    twice = jackknife(metric, np.zeros(40), np.tile(errors, 2), np.tile(np.arange(20), 2))
    weighted = jackknife(metric, np.zeros(20), errors, np.arange(20), sample_weights=np.full(20, 2.0))
    assert weighted.values == pytest.approx(twice.values)


def test_a_slow_metric_is_asked_few_times_and_one_without_a_value_has_none() -> None:
    calls = []

    def share(y: np.ndarray, said: np.ndarray) -> float:
        calls.append(len(y))
        return float((y == said).mean())

    metric = custom_metric(
        share, name="share", greater_is_better=True, needs="predictions", tasks=frozenset({"binary"})
    )
    jackknife(metric, np.zeros(300), np.zeros(300), ROWS)
    assert len(calls) == 51
    one = jackknife(get_metric("roc_auc", "binary"), np.array([1.0, 0.0]), np.array([0.2, 0.1]), np.arange(2))
    assert np.isnan(one.variance)
