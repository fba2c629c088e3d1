"""The split of a change: known parts of a made-up world, and what it can't split."""

import numpy as np
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.measures.change import Change, Sample
from mlops_widgets.measures.metrics import get_metric

ACCURACY = get_metric("accuracy", "binary")


def rows(easy: int, hard: int, *, right_easy: float = 1.0, right_hard: float = 0.5) -> tuple[Sample, np.ndarray]:
    """Predictions that are right in given shares of two strata."""
    y = np.ones(easy + hard)
    right = np.concatenate([np.arange(easy) < right_easy * easy, np.arange(hard) < right_hard * hard])
    strata = np.repeat([0, 1], [easy, hard])
    return Sample(y=y, output=right.astype(np.float64), units=None), strata


def test_another_mix_of_the_same_strata_explains_the_whole_change() -> None:
    (before, a), (after, b) = rows(800, 200), rows(200, 800)
    split = Change(ACCURACY, before, after, draws=200, seed=0).split(a, b)
    assert (split.before, split.mixed, split.after) == pytest.approx((0.9, 0.6, 0.6))
    assert split.mix.value == pytest.approx(0.3)
    assert split.remainder.lower < 0 < split.remainder.upper


def test_what_got_worse_within_a_stratum_remains() -> None:
    (before, a), (after, b) = rows(800, 200), rows(200, 800, right_hard=0.25)
    split = Change(ACCURACY, before, after, draws=200, seed=0).split(a, b)
    assert split.mix.value == pytest.approx(0.3)
    assert split.remainder.value == pytest.approx(0.2)
    assert split.remainder.lower > 0
    assert split.total.value == pytest.approx(split.mix.value + split.remainder.value)


def test_a_stratum_without_earlier_rows_is_left_out_and_said() -> None:
    before, a = rows(100, 0)
    after, b = rows(50, 150)
    split = Change(ACCURACY, before, after, draws=100, seed=0).split(a, b)
    assert split.unsupported == 0.75
    assert split.mixed == 1.0


def test_strata_in_common_are_needed() -> None:
    (before, a), (after, b) = rows(100, 0), rows(0, 100)
    with pytest.raises(InputError, match="No stratum"):
        Change(ACCURACY, before, after, draws=100, seed=0).split(a, b)


def test_intervals_of_the_mix_hold_what_the_shares_owe_to_chance() -> None:
    # Accuracy is 1 and 0 in the strata, so the mix part is the difference of two shares: σ² = p(1−p)(1/n + 1/m).
    (before, a), (after, b) = rows(500, 500, right_hard=0.0), rows(300, 700, right_hard=0.0)
    part = Change(ACCURACY, before, after, draws=2000, seed=0).split(a, b).mix
    sigma = np.sqrt(0.25 / 1000 + 0.21 / 1000)
    assert part.value == pytest.approx(0.2)
    assert (part.upper - part.lower) / 2 == pytest.approx(1.96 * sigma, rel=0.05)


def test_whole_units_widen_the_interval() -> None:
    (before, a), (after, b) = rows(500, 500), rows(300, 700)
    units = np.arange(1000) // 10
    clustered = [Sample(y=each.y, output=each.output, units=units) for each in (before, after)]
    alone = Change(ACCURACY, before, after, draws=300, seed=0).split(a, b).total
    whole = Change(ACCURACY, *clustered, draws=300, seed=0).split(a, b).total
    assert whole.upper - whole.lower > 2 * (alone.upper - alone.lower)
