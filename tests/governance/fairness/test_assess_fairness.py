"""Groups compared: equal to fairlearn, to worked examples, and honest where there is little to compare."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.governance import FairnessResult, assess_fairness
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.group_rates import RATES
from tests.awkward import study_of

COLUMNS = ["attribute", "group", "n", *RATES, "impact_ratio"]


def logged(frame: pd.DataFrame, **arguments: Any) -> mw.Study:
    given: dict[str, Any] = {"predictions": "decided", "test": frame, "target": "y", "groups": "g", "positive": 1}
    return mw.load_study(**(given | arguments))


def result_of(study: mw.Study, **options: Any) -> FairnessResult:
    result = assess_fairness(study, **({"draws": 200} | options))
    assert isinstance(result, FairnessResult), result.headline
    return result


def counted(groups: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Return rows of which so many of each group were decided 1, of so many; outcomes alternate."""
    parts = [pd.DataFrame({"g": name, "decided": [1] * yes + [0] * (n - yes)}) for name, (yes, n) in groups.items()]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(y=np.arange(len(frame)) % 2)


def codes(result: FairnessResult) -> dict[str, Any]:
    return {finding.code: finding for finding in result.findings}


def test_rates_are_fairlearns() -> None:
    """fairlearn 0.15.0, MetricFrame on the same frozen predictions."""
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score, precision_score

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": rng.choice(list("abc"), 600, p=[0.6, 0.3, 0.1]), "y": rng.integers(0, 2, 600)})
    frame["decided"] = (rng.random(600) < 0.3 + 0.3 * frame["y"] + 0.1 * (frame["g"] == "a")).astype(int)
    theirs = metrics.MetricFrame(
        metrics={
            "selection_rate": metrics.selection_rate, "true_positive_rate": metrics.true_positive_rate,
            "false_positive_rate": metrics.false_positive_rate, "precision": precision_score, "accuracy": accuracy_score,
        },
        y_true=frame["y"], y_pred=frame["decided"], sensitive_features=frame["g"],
    )  # fmt: skip
    result = result_of(logged(frame))
    ours = result.frame().set_index("group")[list(RATES)]
    pd.testing.assert_frame_equal(ours.loc[list("abc")], theirs.by_group.astype(float), check_names=False)
    lowest = metrics.demographic_parity_ratio(frame["y"], frame["decided"], sensitive_features=frame["g"])
    assert result.worst_ratio["g"][0] == pytest.approx(lowest)


def test_new_yorks_worked_example_of_sexes() -> None:
    """6 RCNY § 5-301: 667 of 1,390 men and 555 of 1,181 women are selected; the impact ratio is .979."""
    result = result_of(logged(counted({"Male": (667, 1390), "Female": (555, 1181)})), reference_group="Male")
    table = result.frame().set_index("group")
    assert table["selection_rate"].round(2).to_dict() == {"Male": 0.48, "Female": 0.47}
    assert table["impact_ratio"].round(3).to_dict()["Female"] == 0.979
    assert codes(result)["GV-FA-02"].status == "passed"


def test_new_yorks_worked_example_of_races() -> None:
    """6 RCNY § 5-301, second table: seven categories against the one that is selected most."""
    example = {
        "Hispanic": (205, 408), "White": (412, 797), "Black": (170, 390), "Pacific Islander": (52, 119), "Asian": (302, 616),
        "Native American": (18, 41), "two or more": (96, 213),
    }  # fmt: skip
    result = result_of(logged(counted(example)), reference_group="White")
    ratios = result.frame().set_index("group")["impact_ratio"].round(2).to_dict()
    assert ratios == {
        "Hispanic": 0.97, "White": 1.0, "Black": 0.84, "Pacific Islander": 0.85, "Asian": 0.95, "Native American": 0.85, "two or more": 0.87,
    }  # fmt: skip
    assert codes(result)["GV-FA-02"].evidence["groups_below"] == 0


def test_intersections_have_the_impact_ratios_that_counts_give() -> None:
    counts = {("F", "x"): (30, 100), ("F", "y"): (45, 90), ("M", "x"): (50, 100), ("M", "y"): (63, 90)}
    parts = [
        pd.DataFrame({"sex": sex, "race": race, "decided": [1] * chosen + [0] * (n - chosen)})
        for (sex, race), (chosen, n) in counts.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["y"] = frame["decided"]
    study = mw.load_study(test=frame, target="y", predictions="decided", groups=["sex", "race"], favourable=1)
    result = mw.governance.assess_fairness(study, reference_group={"sex": "M", "race": "y"}, draws=100)
    table = result.frame()
    both = table[table["attribute"] == "sex × race"].set_index("group")["impact_ratio"]
    assert both.round(4).to_dict() == {"F × x": 0.4286, "F × y": 0.7143, "M × x": 0.7143, "M × y": 1.0}


def test_the_agencies_example_is_adverse_by_counts_and_by_its_interval() -> None:
    """Question 12 of the agencies' answers on 29 CFR 1607: 48 of 80 against 12 of 40, half as often."""
    result = result_of(logged(counted({"white": (48, 80), "black": (12, 40)})), reference_group="white")
    found = codes(result)
    assert found["GV-FA-01"].evidence["ratio"] == pytest.approx(0.5)
    assert (found["GV-FA-01"].status, found["GV-FA-02"].status) == ("failed", "warning")
    assert "depends on the law" in found["GV-FA-02"].claim
    assert "GV-FA-11" not in found
    fewer = result_of(logged(counted({"white": (12, 20), "black": (4, 10)})), reference_group="white")
    assert fewer.status == "not_enough_data"


def test_exactly_four_fifths_is_not_adverse() -> None:
    result = result_of(logged(counted({"a": (60, 100), "b": (48, 100)})))
    assert codes(result)["GV-FA-02"].evidence["groups_below"] == 0


def test_the_frame_has_the_promised_columns() -> None:
    frame = result_of(logged(counted({"a": (60, 100), "b": (30, 100)}))).frame()
    assert list(frame.columns[: len(COLUMNS)]) == COLUMNS
    ends = [f"{name}_{end}" for name in (*RATES, "impact_ratio") for end in ("lower", "upper")]
    assert set(ends) <= set(frame.columns)
    b = frame.set_index("group").loc["b"]
    assert b["impact_ratio_lower"] < b["impact_ratio"] == pytest.approx(0.5)
    assert b["impact_ratio_upper"] < 0.8


def test_a_group_of_two_and_missing_cells_are_told_by_their_number() -> None:
    frame = counted({"a": (60, 100), "b": (30, 100), "few": (1, 2)})
    frame.loc[:29, "g"] = None
    result = result_of(logged(frame), reference_group="b")
    few = next(line for line in result.groups if line.group == "few")
    assert (few.n, few.suppressed, dict(few.rates)) == (2, True, {})
    missing = next(line for line in result.groups if line.group == "missing")
    assert (missing.n, missing.suppressed) == (30, False)
    assert "few (2)" in codes(result)["GV-FA-07"].claim
    assert result.frame().set_index("group")["selection_rate"].isna()["few"]


def test_nobody_declared_the_reference_group_and_it_says_so() -> None:
    found = codes(result_of(logged(counted({"a": (60, 100), "b": (30, 120)}))))
    assert found["GV-FA-11"].status == "warning"
    assert "g = b" in found["GV-FA-11"].claim


def test_without_outcomes_selection_alone_is_compared() -> None:
    frame = counted({"a": (60, 100), "b": (30, 100)})
    study = logged(frame, production=frame.drop(columns="y"))
    found = codes(result_of(study, table="production"))
    assert found["GV-FA-01"].status == "failed"
    assert not {"GV-FA-03", "GV-FA-04", "GV-FA-06"} & set(found)


def test_the_other_decision_may_be_the_favourable_one() -> None:
    study = logged(counted({"a": (60, 100), "b": (30, 100)}))
    result = result_of(study, favourable="negative", reference_group="a")
    assert result.frame().set_index("group")["impact_ratio"]["b"] == pytest.approx(0.7 / 0.4)


def test_rows_of_one_customer_count_as_one_customer() -> None:
    frame = counted({"a": (60, 100), "b": (30, 100)})
    often = pd.concat([frame.assign(who=frame.index)] * 5, ignore_index=True)
    alone = result_of(logged(frame), reference_group="a").frame().set_index("group").loc["b"]
    apart = result_of(logged(often), reference_group="a").frame().set_index("group").loc["b"]
    joined = result_of(logged(often, entity="who"), reference_group="a").frame().set_index("group").loc["b"]
    ends = ["impact_ratio_lower", "impact_ratio_upper"]
    assert joined[ends].to_numpy(float) == pytest.approx(alone[ends].to_numpy(float), abs=0.01)
    assert apart["impact_ratio_upper"] - apart["impact_ratio_lower"] < 0.6 * (alone[ends[1]] - alone[ends[0]])


def test_equal_weights_change_nothing() -> None:
    frame = counted({"a": (60, 100), "b": (30, 100)}).assign(w=3.0)
    alone, weighted = (result_of(logged(frame, **given)).frame().iloc[:, 3:] for given in ({}, {"weights": "w"}))
    a, b = (
        each[["selection_rate", "impact_ratio", "impact_ratio_upper"]].to_numpy(float) for each in (alone, weighted)
    )
    assert np.nan_to_num(a) == pytest.approx(np.nan_to_num(b), abs=0.01)


def test_a_regression_compares_errors() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=400), "g": rng.choice(["a", "b"], 400)})
    frame["y"] = frame["x"] + 0.5 * (frame["g"] == "b") + rng.normal(0, 0.3, 400)
    study = mw.load_study(predict=lambda rows: rows["x"].to_numpy(), test=frame, target="y", groups="g", features=["x"], task="regression")  # fmt: skip
    result = result_of(study, reference_group="a")
    assert (result.findings[0].code, result.status) == ("GV-FA-09", "warning")
    assert result.findings[0].evidence["difference"] == pytest.approx(0.5, abs=0.1)
    b = next(line for line in result.groups if line.group == "b")
    difference = b.gap_difference
    assert difference is not None
    # Welch's two-sample t of scipy would give about the same, with more degrees of freedom
    from scipy import stats

    residual = frame["y"] - frame["x"]
    theirs = stats.ttest_ind(
        residual[frame["g"] == "b"], residual[frame["g"] == "a"], equal_var=False
    ).confidence_interval()
    assert difference[1:] == pytest.approx((theirs.low, theirs.high), rel=0.01)


def test_of_three_classes_one_is_favourable() -> None:
    study = study_of("three_classes")
    halves = study.need("test").pandas().assign(half=lambda rows: np.where(np.arange(len(rows)) % 2, "odd", "even"))
    test = replace(study, tests={"test": study.need("test").replace(halves)})
    result = assess_fairness(test, groups="half", draws=100)
    assert result.findings[0].code == "GV-FA-01"


def test_no_groups_is_said_with_the_way_out() -> None:
    study = logged(counted({"a": (6, 10)}), groups=())
    result = assess_fairness(study)
    assert isinstance(result, NoResult)
    assert (result.status, result.findings[0].action[:11]) == ("not_applicable", "Pass groups")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"groups": "gg"}, UnknownNameError, "Did you mean 'g'"),
        ({"reference_group": "c"}, UnknownNameError, "No row of test has 'c'"),
        ({"margin": 80}, InputError, "margin=80. Pass a number above 0 and below 1."),
        ({"table": "tests"}, UnknownNameError, "Did you mean 'test'"),
        ({"smallest": 1}, InputError, "smallest=1. Pass 2 or more."),
        ({"favourable": "yes"}, UnknownNameError, "favourable='yes' is no class"),
    ],
)
def test_wrong_options_say_what_is_allowed(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        assess_fairness(logged(counted({"a": (60, 100), "b": (30, 100)})), **options)
    assert words in str(caught.value)


def test_a_column_that_names_persons_is_no_group() -> None:
    frame = counted({"a": (60, 100), "b": (30, 100)}).assign(who=range(200))
    with pytest.raises(InputError, match="200 levels"):
        assess_fairness(logged(frame), groups="who")


def test_it_survives_json_and_hostile_names_are_text() -> None:
    hostile = "<script>alert(1)</script>"
    frame = counted({hostile: (60, 100), "b": (30, 100)})
    result = result_of(logged(frame))
    again = mw.Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False)))
    assert isinstance(again, FairnessResult)
    assert again.frame().equals(result.frame())
    assert hostile in {line.group for line in again.groups}


def test_who_didnt_say_which_decision_is_good_is_told_and_a_study_may_say_it() -> None:
    frame = counted({"a": (60, 100), "b": (30, 100)})
    assert codes(result_of(logged(frame)))["GV-FA-12"].status == "warning"
    said = result_of(logged(frame, favourable=0), reference_group="a")
    assert "GV-FA-12" not in codes(said)
    assert said.frame().set_index("group")["impact_ratio"]["b"] == pytest.approx(0.7 / 0.4)
    with pytest.raises(UnknownNameError, match="favourable='no'"):
        logged(frame, favourable="no")


def test_a_reference_group_that_is_left_out_fails_too() -> None:
    """The largest group is taken as reference; nothing says that it is the one that is treated well."""
    result = result_of(logged(counted({"big": (200, 1000), "small": (320, 400)}), favourable=1))
    found = codes(result)["GV-FA-01"]
    assert (found.status, found.evidence["references_below"], found.evidence["groups_below"]) == ("failed", 1, 0)
    assert "the reference group, big," in found.claim
    turned = result_of(
        logged(counted({"big": (200, 1000), "small": (320, 400)}), favourable=1), reference_group="small"
    )
    assert codes(turned)["GV-FA-01"].status == "failed"


def test_a_reference_group_of_which_nobody_is_selected_fails() -> None:
    result = result_of(logged(counted({"a": (0, 100), "b": (30, 80)})), reference_group="a")
    assert result.status == "failed"
    assert "∞" in result.findings[0].claim


def test_intersections_are_looked_at_from_both_sides() -> None:
    frame = counted({"a": (100, 500), "b": (400, 500)}).assign(
        h=lambda rows: np.where(np.arange(len(rows)) % 2, "x", "y")
    )
    found = codes(result_of(logged(frame, groups=["g", "h"]), reference_group={"g": "a", "h": "x"}))["GV-FA-08"]
    assert (found.status, found.evidence["groups_below"], found.evidence["references_below"]) == ("failed", 0, 2)


def test_where_nobody_is_selected_it_says_that_and_not_that_groups_are_small() -> None:
    result = result_of(logged(counted({"a": (0, 100), "b": (0, 80)})))
    assert result.status == "not_enough_data"
    assert "Nobody in the groups compared" in result.findings[0].claim


def test_a_rate_of_one_person_is_not_told_and_its_number_is() -> None:
    frame = counted({"a": (60, 100), "b": (5, 12)}).assign(y=0)
    frame.loc[[*range(50), len(frame) - 1], "y"] = 1
    result = result_of(logged(frame), reference_group="a")
    b = next(line for line in result.groups if line.group == "b")
    assert "true_positive_rate" not in {*b.rates, *b.differences, *b.ratios}
    assert dict(b.few) == {"true_positive_rate": 1, "precision": 5}
    assert "true positive rate of g = b (1)" in codes(result)["GV-FA-13"].claim
    assert "GV-FA-03" not in codes(result)


def test_the_lowest_ratios_interval_has_the_level_asked_for() -> None:
    study = logged(counted({"a": (60, 100), "b": (30, 100)}))
    _, low, high = result_of(study, level=0.5).worst_ratio["g"]
    _, lowest, highest = result_of(study, level=0.99).worst_ratio["g"]
    assert lowest < low < 0.5 < high < highest


def test_chance_is_that_of_customers_and_not_of_their_rows() -> None:
    frame = counted({"a": (25, 50), "b": (25, 50)})
    often = pd.concat([frame.assign(who=frame.index)] * 20, ignore_index=True)
    alone, joined = result_of(logged(frame)).by_chance["g"], result_of(logged(often, entity="who")).by_chance["g"]
    assert result_of(logged(often)).by_chance["g"] < 0.001
    assert joined == pytest.approx(alone, abs=0.03)


def _regression(weights: str | None) -> tuple[mw.Study, pd.DataFrame]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.normal(size=400), "g": rng.choice(["a", "b"], 400), "w": rng.choice([1.0, 3.0], 400)}
    )
    frame["y"] = frame["x"] + 0.5 * ((frame["g"] == "b") & (frame["w"] == 3)) + rng.normal(0, 0.3, 400)
    study = mw.load_study(
        predict=lambda rows: rows["x"].to_numpy(), test=frame, target="y", groups="g", features=["x"], task="regression", weights=weights
    )  # fmt: skip
    return study, frame


def test_errors_are_weighted_as_rows_that_stand_for_several_are() -> None:
    """A weighted mean and its linearised error, against numpy's average and the textbook's sum over rows."""
    from scipy import stats

    study, frame = _regression("w")
    line = next(each for each in result_of(study, reference_group="a").groups if each.group == "b")
    rows = frame[frame["g"] == "b"]
    residual, weights = (rows["y"] - rows["x"]).to_numpy(), rows["w"].to_numpy()
    mean = np.average(residual, weights=weights)
    error = np.sqrt(((weights * (residual - mean)) ** 2).sum() * len(rows) / (len(rows) - 1)) / weights.sum()
    half = stats.t.ppf(0.975, len(rows) - 1) * error
    assert line.gap == pytest.approx((mean, mean - half, mean + half))
    assert line.error is not None
    assert line.error[0] == pytest.approx(np.average(np.abs(residual), weights=weights))


def test_unweighted_means_are_those_of_clustered_mean() -> None:
    study, frame = _regression(None)
    line = next(each for each in result_of(study, reference_group="a").groups if each.group == "b")
    rows = frame[frame["g"] == "b"]
    assert line.gap == pytest.approx(clustered_mean((rows["y"] - rows["x"]).to_numpy(), np.arange(len(rows))))


@pytest.mark.parametrize("option", [{"favourable": "positive"}, {"decision_threshold": 0.5}])
def test_a_regression_takes_no_option_of_decisions(option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="with a regression, which decides nothing"):
        assess_fairness(_regression(None)[0], **option)


def test_a_level_called_missing_is_not_joined_with_missing_cells() -> None:
    frame = counted({"a": (60, 100), "missing": (30, 100)})
    frame.loc[:19, "g"] = None
    lines = {line.group: line.n for line in result_of(logged(frame)).groups}
    assert lines == {"a": 80, "missing": 100, "missing (no value)": 20}


def test_progress_is_told_up_to_the_end() -> None:
    told: list[float] = []
    result_of(logged(counted({"a": (60, 100), "b": (30, 100)})), progress=lambda share, _text: told.append(share))
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_the_chart_shows_every_ratio_that_it_names() -> None:
    from mlops_widgets.governance.figures.fairness import card_of_fairness
    from mlops_widgets.ui.card import Dots

    chart = card_of_fairness(result_of(logged(counted({"big": (200, 1000), "small": (320, 400)})))).charts[0]
    assert isinstance(chart, Dots)
    assert [row.role for row in chart.rows] == ["bad"]
    assert chart.axis.upper is not None
    assert all(row.value <= chart.axis.upper for row in chart.rows)
