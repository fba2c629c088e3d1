"""Recovery: what a fresh model does where the truth is known, and what is said where it can't be known."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.recovery.contenders import value_metric
from mlops_widgets.lifecycle.recovery.cuts import best_cut
from mlops_widgets.lifecycle.recovery.naive import learn_naive
from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult, decide, measure_recovery
from mlops_widgets.lifecycle.recovery.windows import cut_windows
from mlops_widgets.lifecycle.stream import stream_of
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

ROWS, COLUMNS = 2400, ["a", "b"]


def frame_of(strength: float, *, rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Return rows over a year whose signal has `strength` from the middle on, 1 before."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    now = np.where(np.arange(rows) < rows // 2, 1.0, strength)
    y = (rng.random(rows) < 1 / (1 + np.exp(-2 * (x[:, 0] - x[:, 1]) * now))).astype(int)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) * 360 // rows, unit="D")
    return pd.DataFrame(x, columns=COLUMNS).assign(y=y, day=day)


@cache
def study_of(strength: float, *, timed: bool = True) -> Study:
    """Return a study whose model learned from the first third."""
    frame = frame_of(strength)
    model = LogisticRegression().fit(frame[COLUMNS][: ROWS // 3], frame["y"][: ROWS // 3])
    return load_study(
        model=model, reference=frame[: ROWS // 3], test=frame[ROWS // 3 : ROWS // 2], production=frame[ROWS // 2 :],
        target="y", features=COLUMNS, time="day" if timed else None,
    )  # fmt: skip


@cache
def recovery_of(strength: float, *, timed: bool = True) -> RecoveryResult:
    """Return the recovery of such a study."""
    result = measure_recovery(study_of(strength, timed=timed), margin=0.1, draws=100)
    assert isinstance(result, RecoveryResult)
    return result


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize(("strength", "verdict"), [(1.0, "not needed"), (0.0, "exhausted"), (-1.0, "recoverable")])
def test_the_truth_is_found_with_time_and_without(strength: float, verdict: str, timed: bool) -> None:
    assert recovery_of(strength, timed=timed).verdict == verdict


def test_a_turned_model_lies_below_the_floor_and_a_fresh_one_above() -> None:
    result = recovery_of(-1.0)
    assert result.today is not None
    assert result.fresh is not None
    assert result.today.upper < 0 < result.fresh.lower
    assert result.recoverable
    assert result.history == "newest third"


def test_the_gain_over_the_naive_score_is_the_auc_less_half() -> None:
    result = measure_recovery(study_of(1.0), origins=1, draws=100)
    assert isinstance(result, RecoveryResult)
    study = study_of(1.0)
    stream = stream_of(study, in_order=True)
    (window,) = cut_windows(stream, origins=1, classes=2)
    output = study.output(stream.table)[window.test]
    assert result.today is not None
    assert result.today.value == pytest.approx(
        get_metric("roc_auc", "binary")(stream.y[window.test], output) - 0.5 - 0.03
    )


def test_no_fresh_model_learns_from_a_label_that_had_not_arrived() -> None:
    frame = frame_of(1.0).assign(known=lambda rows: rows["day"] + pd.Timedelta(days=60))
    model = LogisticRegression().fit(frame[COLUMNS][:800], frame["y"][:800])
    study = load_study(
        model=model,
        reference=frame[:800],
        production=frame[800:],
        target="y",
        features=COLUMNS,
        time="day",
        label_time="known",
    )
    stream = stream_of(study, in_order=True)
    for window in cut_windows(stream, origins=2, classes=2):
        arrived = stream.table["known"].to_numpy()[window.train]
        assert arrived.max() <= np.datetime64(int(stream.chunks.starts[window.chunk]), "ms")
        assert stream.of_row[window.test].min() >= window.chunk
        assert not set(window.train) & set(window.test)


def test_a_floor_of_the_users_own_is_the_one_that_counts() -> None:
    result = measure_recovery(study_of(1.0), floor=0.99, draws=100)
    assert isinstance(result, RecoveryResult)
    assert result.verdict == "exhausted"
    assert result.floor_name == "the floor given"


def test_a_plain_model_that_does_as_well_replaces_a_tree() -> None:
    frame = frame_of(-1.0)
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(frame[COLUMNS][:800], frame["y"][:800])
    study = load_study(
        model=model, reference=frame[:800], production=frame[1200:], target="y", features=COLUMNS, time="day"
    )
    result = measure_recovery(study, draws=100)
    assert isinstance(result, RecoveryResult)
    assert result.verdict == "a simpler model does as well"
    assert {finding.code for finding in result.findings} == {"LC-RC-01", "LC-RC-02"}


def test_money_is_judged_where_asked() -> None:
    study = load_study(
        model=LogisticRegression().fit(frame_of(-1.0)[COLUMNS][:800], frame_of(-1.0)["y"][:800]), reference=frame_of(-1.0)[:800], production=frame_of(-1.0)[1200:], target="y", features=COLUMNS,
        time="day", values={"tp": 1.0, "fp": -1.0},
    )  # fmt: skip
    result = measure_recovery(study, measure="value", draws=100)
    assert isinstance(result, RecoveryResult)
    assert result.verdict == "recoverable"
    assert result.unit == "value a row"


@cache
def priced(strength: float, cut: float | None = None) -> RecoveryResult:
    """Return the recovery by value where a miss costs far more than a false alarm, so that half is a bad threshold."""
    frame = frame_of(strength)
    study = load_study(
        model=LogisticRegression().fit(frame[COLUMNS][:800], frame["y"][:800]), reference=frame[:800], test=frame[800:1200],
        production=frame[1200:], target="y", time="day", values={"tp": 2, "fp": -12, "fn": 0, "tn": 0}, decision_threshold=cut,
    )  # fmt: skip
    result = measure_recovery(study, measure="value", draws=100, origins=1)
    assert isinstance(result, RecoveryResult)
    return result


def test_a_threshold_that_nobody_chose_is_told_from_a_model_that_is_spent() -> None:
    # deciding positively pays where p > 12 / 14: half is far too low once the signal is weaker
    result = priced(0.6)
    assert result.today is not None
    assert result.recut_gain is not None
    assert result.today.upper < 0 < result.recut_gain.lower
    assert (result.verdict, result.reason) == ("recoverable", "threshold")
    assert result.threshold > 0.8
    assert "chosen on earlier rows" in result.headline
    assert "choose_threshold" in result.findings[0].action


def test_a_threshold_mends_no_model_whose_signal_is_gone() -> None:
    result = priced(0.0)
    assert result.reason == ""
    assert result.verdict in {"exhausted", "not enough data"}


def test_a_stated_threshold_is_read_first_and_another_one_second() -> None:
    assert priced(0.6, 0.5).reason == "threshold"
    good = priced(1.0, 0.86)
    assert good.verdict == "not needed"
    assert np.isnan(good.fresh_threshold)


def test_the_best_cut_is_what_brute_force_finds() -> None:
    rng = np.random.default_rng(0)
    scores, gain = np.arange(40) / 40, rng.normal(size=40)
    totals = {cut: gain[scores >= cut].sum() for cut in scores[1:]}
    assert best_cut(scores, gain) == max(totals, key=lambda cut: totals[cut])
    assert np.isnan(best_cut(np.ones(9), np.ones(9)))


def test_a_number_is_measured_against_the_mean() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(900, 2))
    frame = pd.DataFrame(x, columns=COLUMNS).assign(y=x[:, 0] * 3 + rng.normal(size=900))
    model = DecisionTreeRegressor(max_depth=4, random_state=0).fit(frame[COLUMNS][:300], frame["y"][:300])
    result = measure_recovery(
        load_study(model=model, reference=frame[:300], production=frame[300:], target="y"), draws=100
    )
    assert isinstance(result, RecoveryResult)
    assert result.verdict == "not needed"
    assert result.plain is not None


def test_the_best_constant_for_absolute_errors_is_the_median() -> None:
    frame = pd.DataFrame({"a": np.arange(60.0), "y": np.tile([0.0, 0.0, 9.0], 20)})
    study = load_study(model=LinearRegression().fit(frame[["a"]], frame["y"]), test=frame, target="y")
    assert learn_naive(study, get_metric("mae", "regression"), frame["y"].to_numpy()).name == "the median"
    assert learn_naive(study, get_metric("rmse", "regression"), frame["y"].to_numpy()).name == "the mean"


def test_values_are_a_metric_of_which_more_is_better() -> None:
    metric = value_metric()
    assert metric(np.zeros(2), np.array([1.0, 3.0])) == 2
    assert metric.gain(3.0, 2.0) == 1


def test_few_rows_are_not_enough_data() -> None:
    frame = frame_of(1.0, rows=90)
    model = LogisticRegression().fit(frame[COLUMNS], frame["y"])
    result = measure_recovery(
        load_study(model=model, reference=frame[:45], production=frame[45:], target="y", features=COLUMNS), draws=100
    )
    assert isinstance(result, RecoveryResult)
    assert result.verdict == "not enough data"
    assert result.status == "not_enough_data"


def test_a_model_without_refit_is_told_so_by_name() -> None:
    frame = frame_of(1.0)
    study = load_study(
        predict_proba=lambda rows: 1 / (1 + np.exp(-rows["a"])), test=frame, target="y", features=COLUMNS
    )
    result = measure_recovery(study)
    assert isinstance(result, NoResult)
    assert result.missing == "model that can be refitted"


def above(lower: float, upper: float) -> Estimate:
    """Return an estimate with these ends."""
    return Estimate(value=(lower + upper) / 2, lower=lower, upper=upper, level=0.95, rows=9, units=9, events=9)


@pytest.mark.parametrize(
    ("today", "fresh", "verdict"),
    [
        ((0.1, 0.2), (-0.2, -0.1), "not needed"), ((-0.1, 0.1), (-0.1, 0.1), "not enough data"), ((-0.1, 0.1), (0.1, 0.2), "recoverable"),
        ((-0.2, -0.1), (-0.1, 0.1), "not enough data"), ((-0.1, 0.1), (-0.2, -0.1), "not enough data"),
    ],
)  # fmt: skip
def test_an_interval_that_holds_the_floor_settles_nothing(
    today: tuple[float, float], fresh: tuple[float, float], verdict: str
) -> None:
    assert decide(above(*today), above(*fresh), None, None, 0.03) == verdict


@pytest.mark.parametrize("options", [{"floor": float("nan")}, {"measure": "money"}, {"margin": 0}, {"draws": 5}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        measure_recovery(study_of(1.0), **options)  # type: ignore[arg-type]  # that is the test
