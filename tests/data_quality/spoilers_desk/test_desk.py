"""The spoiler's desk on made-up loans, where it is known what each spill must do, and on other people's studies."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.data_quality import run_spoilers_desk
from mlops_widgets.data_quality.spoilers_desk.desk import SpoilersDeskResult
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError, WrongTypeError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import study_of

TEAM, LIVE, DECIDED, RATE = range(4)


@cache
def loans() -> SpoilersDeskResult:
    return played(None, shares=(0, 0.1, 0.4), rounds=2)


def played(study: Study | None, **options: Any) -> SpoilersDeskResult:
    result = run_spoilers_desk(study, **options)
    assert isinstance(result, SpoilersDeskResult)
    return result


def at(result: SpoilersDeskResult, spill: str, share: float, dial: int, *, repaired: bool = False) -> float:
    place = (result.spills.index(spill), result.shares.index(share), int(repaired), dial)
    return float(result.values[place])


def rows(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(50, 10, count)
    return pd.DataFrame({"x": x, "noise": rng.normal(size=count), "y": (x > 50).astype(int)})


@cache
def clear_cut() -> Study:
    """A study in which one column says everything."""
    model = LogisticRegression(C=100).fit(rows(600, 0)[["x", "noise"]], rows(600, 0)["y"])
    return load_study(model=model, reference=rows(600, 0), production=rows(500, 1), target="y")


def test_near_duplicates_lift_the_teams_score_and_not_productions() -> None:
    result = loans()
    assert at(result, "near_duplicates", 0.4, TEAM) > 0.8
    assert at(result, "near_duplicates", 0.4, LIVE) < 0.72
    assert result.findings[0].status == "warning"
    assert result.findings[0].evidence["spill"] == "near_duplicates"


def test_flipped_labels_leave_the_score_and_cut_approvals_and_a_count_of_them_brings_these_back() -> None:
    result = loans()
    assert abs(at(result, "flipped_labels", 0.1, LIVE) - at(result, "flipped_labels", 0.0, LIVE)) < 0.02
    clean = at(result, "flipped_labels", 0.0, DECIDED)
    assert at(result, "flipped_labels", 0.1, DECIDED) < 0.6 * clean
    assert at(result, "flipped_labels", 0.1, DECIDED, repaired=True) == pytest.approx(clean, abs=0.1)


def test_late_outcomes_raise_approvals_and_their_bad_rate() -> None:
    result = loans()
    assert at(result, "late_labels", 0.4, DECIDED) > at(result, "late_labels", 0.0, DECIDED) + 0.1
    assert at(result, "late_labels", 0.4, RATE) > at(result, "late_labels", 0.0, RATE)


def test_spills_at_serving_dont_touch_what_the_team_sees() -> None:
    result = loans()
    for spill in ("unit", "bad_join"):
        seen = result.values[result.spills.index(spill), :, :, TEAM]
        assert (seen == seen[0, 0]).all()


def test_a_bad_join_isnt_repaired_and_another_unit_is_all_but_wholly() -> None:
    result = loans()
    join, unit = (result.values[result.spills.index(name)] for name in ("bad_join", "unit"))
    assert np.array_equal(join[:, 0], join[:, 1])
    assert at(result, "bad_join", 0.4, LIVE) < at(result, "bad_join", 0.0, LIVE) - 0.05
    assert unit[2, 1, LIVE] == pytest.approx(unit[0, 0, LIVE], abs=1e-3)


def test_dropping_the_copies_gives_back_the_clean_rows_exactly() -> None:
    of = loans().values[loans().spills.index("near_duplicates")]
    assert np.array_equal(of[2, 1], of[0, 0])


def test_a_threshold_of_15_percent_earns_what_its_loans_earn() -> None:
    result = loans()
    approved, bad, earned = (at(result, "unit", 0.0, dial) for dial in (DECIDED, RATE, 4))
    # 15 for each of 100 approved that is repaid, −85 for each that isn't; means over rounds of a product differ a little.
    assert earned == pytest.approx(100 * approved * (15 - 100 * bad), rel=0.02)


def test_labels_that_are_all_wrong_turn_productions_score_round_and_leave_the_teams() -> None:
    result = played(None, spills=["flipped_labels"], shares=(1.0,), rounds=2)
    assert at(result, "flipped_labels", 1.0, LIVE) == pytest.approx(
        1 - at(result, "flipped_labels", 0.0, LIVE), abs=0.002
    )
    assert at(result, "flipped_labels", 1.0, TEAM) == pytest.approx(at(result, "flipped_labels", 0.0, TEAM), abs=0.002)


def test_without_a_booked_outcome_there_is_nothing_to_learn() -> None:
    result = played(None, spills="late_labels", shares=(1.0,), rounds=2)
    assert np.isnan(result.values[0, 1]).all()
    assert card_of(result).view is not None


def test_a_join_that_mixes_up_every_row_leaves_chance() -> None:
    result = played(clear_cut(), spills=["bad_join"], shares=(1.0,), rounds=2)
    assert at(result, "bad_join", 0.0, LIVE) > 0.99
    assert at(result, "bad_join", 1.0, LIVE) == pytest.approx(0.5, abs=0.08)
    assert result.left_out == ()


def test_ones_own_desk_hits_the_column_that_moves_the_answers_most() -> None:
    result = played(clear_cut(), spills=["sentinel"], shares=(0.2,), rounds=2)
    assert result.columns == ("x",)
    assert not result.synthetic


def test_the_share_of_decisions_is_of_the_live_rows() -> None:
    result = played(clear_cut(), spills=["unit"], shares=(0.2,), rounds=2)
    share = rows(500, 1)["y"].mean()
    assert at(result, "unit", 0.0, DECIDED) == pytest.approx(share, abs=0.03)
    assert at(result, "unit", 0.0, RATE) > 0.95


def test_in_regression_the_mean_answer_and_the_mean_error_are_watched() -> None:
    frame = rows(400, 3).assign(y=lambda f: 2 * f["x"] + f["noise"])
    model = LinearRegression().fit(frame[["x"]], frame["y"])
    study = load_study(model=model, reference=frame, production=frame, target="y", metric="mae")
    result = played(study, shares=(0.4,), rounds=2)
    assert [dial.name for dial in result.dials] == ["team", "production", "mean", "error"]
    assert at(result, "unit", 0.0, 2) == pytest.approx(frame["y"].mean(), rel=0.05)
    assert at(result, "unit", 0.0, 3) == pytest.approx(at(result, "unit", 0.0, LIVE))
    assert "late_labels" not in result.spills
    assert result.findings[1].status == "not_applicable"
    assert result.findings[-1].code == "DQ-SD-05"


def test_a_function_can_only_be_asked() -> None:
    result = played(study_of("callable_only"), shares=(0.4,), rounds=2)
    assert result.spills == ("unit", "bad_join")
    assert all("refitted" in reason for reason in result.left_out)


def test_logged_answers_cant_be_asked() -> None:
    result = run_spoilers_desk(study_of("logged_predictions"))
    assert isinstance(result, NoResult)
    assert (result.strategy, result.missing) == ("run_spoilers_desk", "model that can be asked about other rows")


@pytest.mark.parametrize(
    "name", ["three_classes", "linear_svc", "odd_names", "bool_target", "tiny_test", "late_labels"]
)
def test_it_answers_for_awkward_studies(name: str) -> None:
    spills = ["flipped_labels", "unit"]
    result = run_spoilers_desk(study_of(name), spills=spills, shares=(0.3,), rounds=2)
    assert result.findings[0].claim
    assert isinstance(Result.from_dict(result.to_dict()), type(result))


def test_a_search_for_columns_that_cant_be_spilled_says_so() -> None:
    result = run_spoilers_desk(study_of("callable_only"), spills=["sentinel"])
    assert isinstance(result, NoResult)
    assert "refitted" in result.findings[0].action


def test_it_stops_when_asked() -> None:
    with pytest.raises(CancelledError):
        run_spoilers_desk(cancel=lambda: True)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"shares": (0.5, 1.5)}, InputError), ({"shares": (0,)}, InputError), ({"shares": 0.5}, InputError),
        ({"rounds": 1}, InputError), ({"spills": ["unti"]}, UnknownNameError), ({"spills": []}, InputError),
    ],
)  # fmt: skip
def test_wrong_options_are_named(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=f"{next(iter(options))}="):
        run_spoilers_desk(**options)


def test_a_table_is_no_study() -> None:
    with pytest.raises(WrongTypeError, match="study=DataFrame"):
        run_spoilers_desk(rows(10, 0))  # type: ignore[arg-type]  # that is the test


def test_the_first_reading_is_what_the_desk_shows_before_a_guess() -> None:
    result = loans()
    k, share = result.start
    assert result.first_reading("team") == at(result, result.spills[k], result.shares[share], TEAM)
    with pytest.raises(UnknownNameError, match="Did you mean 'production'"):
        result.first_reading("produktion")


def test_the_view_begins_with_the_headline_and_holds_every_number() -> None:
    result = loans()
    card = card_of(result)
    assert card.view is not None
    state, arrays = card.view.state, card.view.arrays
    assert state["start"] == [result.spills.index("near_duplicates"), 2]
    assert arrays["values"].shape == (6 * 3 * 2 * 5,)
    assert set(np.unique(arrays["moved"])) <= {-1.0, 0.0, 1.0}
    assert len(card.charts) == 2
