"""The made-up desk: its months, its model, its drift, and that nobody sees a label before it arrived."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlops_widgets.lifecycle.green_dashboard.made_up import GAIN, LIVE, LOSS, MadeUpDesk, answers, learn, make_desk
from mlops_widgets.lifecycle.green_dashboard.policies import FIRST, POLICIES, play
from mlops_widgets.measures.drift.shares import psi
from mlops_widgets.study.samples.loans import MONTHS


@pytest.fixture(scope="module")
def desk() -> MadeUpDesk:
    """Return a small desk with a shock."""
    return make_desk(rows=9600, shock=True, seed=1)


def first_model(desk: MadeUpDesk) -> np.ndarray:
    """Return the model that goes live."""
    rows = desk.rows(0, 6)
    return learn(desk.inputs[rows], desk.y[rows])


def test_the_months_of_the_desk_are_those_that_the_generator_drew(desk: MadeUpDesk) -> None:
    drawn = np.sort(np.random.default_rng(1).integers(0, MONTHS, 9600))
    assert np.diff(desk.bounds).tolist() == np.bincount(drawn).tolist()


def test_the_model_is_scikit_learns_logistic_regression_on_standardised_columns() -> None:
    # scikit-learn 1.9.1: C=1 is a ridge of 1 on every slope
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)) * [1, 10, 0.1]
    y = (x[:, 0] + rng.normal(size=400) > 0.5).astype(float)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=500).fit((x - centre) / spread, y)
    expected = theirs.predict_proba((x - centre) / spread)[:, 1]
    assert answers(learn(x, y), x) == pytest.approx(expected, abs=1e-6)


def test_money_is_a_tenth_gained_and_six_tenths_lost_of_what_is_approved(desk: MadeUpDesk) -> None:
    rows = slice(0, 4)
    small = replace(desk, y=np.array([0.0, 1, 0, 1]), amount=np.full(4, 100.0))
    assert small.earned(np.array([0.1, 0.19, 0.2, 0.5]), rows).tolist() == [100 * GAIN, -100 * LOSS, 0, 0]


def test_drift_is_the_largest_index_over_columns(desk: MadeUpDesk) -> None:
    before, now = desk.rows(0, 6), desk.rows(20, 21)
    broker = (
        8 + 1 + 0
    )  # columns: eight numbers, the area's second level, then the channel's second: "broker" comes second of three
    shares = [[1 - desk.inputs[rows, broker].mean(), desk.inputs[rows, broker].mean()] for rows in (before, now)]
    assert desk.shift(20, range(6)) >= float(psi(*shares)) - 1e-9
    assert desk.shift(20, range(6)) > 0.1 > desk.shift(12, range(6))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_no_policy_sees_a_label_before_it_arrived(desk: MadeUpDesk, policy: object) -> None:
    poisoned_from = 16
    y = desk.y.copy()
    y[desk.rows(poisoned_from, MONTHS)] = 1 - y[desk.rows(poisoned_from, MONTHS)]
    poisoned = replace(desk, y=y)
    first = first_model(desk)
    clean, dirty = (play(each, policy, first) for each in (desk, poisoned))  # type: ignore[arg-type]
    until = poisoned_from + 3  # at whose beginning the labels of the month before the poison are the newest known
    assert [m for m in clean.retrained if m <= until] == [m for m in dirty.retrained if m <= until]
    shown = until - FIRST + 1
    assert clean.dials[2, :shown].tolist() == dirty.dials[2, :shown].tolist()  # what the model in service predicts
    assert min(clean.retrained, default=LIVE + 1) > LIVE
