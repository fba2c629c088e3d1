"""Recourse against closed forms: the nearest change of linear models, constraints, rules, plausibility, and none found."""

from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.explainability.stakeholders.recourse.find_recourse import find_recourse
from mlops_widgets.explainability.stakeholders.recourse.moves import unit_of
from mlops_widgets.explainability.stakeholders.recourse.recourse_result import RecourseResult
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import AWKWARD, study_of

NAMES = ("a", "b", "c")
WEIGHTS = np.array([1.0, -2.0, 0.5])
QUICK: dict[str, Any] = {"draws": 0, "refits": 0, "most_rows": 1500}


@cache
def rows(count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(count, 3)) * [1.0, 2.0, 3.0], columns=list(NAMES)).round(3)
    return frame.assign(y=(rng.random(count) < 0.5).astype(int))


def linear(frame: pd.DataFrame) -> Any:
    """Give probabilities whose log-odds are a - 2 b + c / 2 - 3, so that nearly everybody is below one half."""
    odds = frame[list(NAMES)].to_numpy(dtype=float) @ WEIGHTS - 3
    p = 1 / (1 + np.exp(-odds))
    return np.column_stack([1 - p, p])


def study(answer: Callable[[pd.DataFrame], Any] = linear, table: pd.DataFrame | None = None, **more: Any) -> Study:
    frame = rows() if table is None else table
    features = [str(column) for column in frame if column != "y"]
    return load_study(
        predict_proba=answer,
        reference=frame,
        test=frame[:20],
        target="y",
        features=features,
        decision_threshold=0.5,
        **more,
    )


def found(of: Study, row: Any, *args: Any, **options: Any) -> RecourseResult:
    result = find_recourse(of, row, *args, **{**QUICK, **options})
    assert isinstance(result, RecourseResult)
    return result


def changed(result: RecourseResult, place: int = 0) -> dict[str, float]:
    return {change.column: change.after_number for change in result.proposals[place].chosen}


@pytest.mark.parametrize("row", [0, 7])
def test_of_a_linear_model_the_nearest_change_is_the_closed_form(row: int) -> None:
    own = rows()[list(NAMES)].to_numpy()[row]
    short = 3 - own @ WEIGHTS
    steps = {name: {"step": 0.001, "lower": -50, "upper": 50} for name in NAMES}
    result = found(study(), row, steps)
    if short <= 0:
        result = found(study(), row, steps, wanted=0)
    units = np.array([unit_of(rows()[name].to_numpy()) for name in NAMES])
    best = int(np.argmin(1 / np.abs(WEIGHTS) / units))
    first = result.proposals[0]
    nearest = abs(short) / abs(WEIGHTS[best]) / units[best]
    assert [change.column for change in first.changes] == [NAMES[best]]
    assert nearest <= first.cost <= nearest + 2 * 0.001 / units[best]


def test_of_a_linear_model_with_ranges_the_nearest_change_is_the_linear_program() -> None:
    row = {"a": 0.0, "b": 0.0, "c": 0.0}
    limits = {
        "a": {"lower": 0, "upper": 1, "step": 0.01}, "b": {"lower": -0.5, "upper": 0, "step": 0.01}, "c": "immutable",
    }  # fmt: skip
    units = {name: unit_of(rows()[name].to_numpy()) for name in NAMES}
    # 2 are needed (3 less the 1 that wanted= leaves): b gives 2 a unit of its own, a gives 1, and b ends at -0.5, which gives 1.
    wanted = (1 / (1 + np.exp(1.0)), None)
    result = found(study(), row, limits, wanted=wanted)
    assert changed(result) == pytest.approx({"a": 1.0, "b": -0.5}, abs=0.011)
    assert result.proposals[0].cost == pytest.approx(1 / units["a"] + 0.5 / units["b"], abs=0.02)


def test_a_weight_makes_another_change_the_nearest() -> None:
    dear = {"b": {"cost": 100.0}, "a": {"lower": -50, "upper": 50}, "c": {"lower": -50, "upper": 50}}
    assert "b" in changed(found(study(), {"a": 0.0, "b": 0.0, "c": 0.0}))
    assert "b" not in changed(found(study(), {"a": 0.0, "b": 0.0, "c": 0.0}, dear))


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        ("immutable", lambda new: False), ("increase", lambda new: new > 0), ("decrease", lambda new: new < 0),
        ({"lower": -1.5, "upper": -1.25}, lambda new: -1.5 <= new <= -1.25),
        ({"step": 0.25, "lower": -9}, lambda new: new % 0.25 == 0), ({"allowed": [-4, 3]}, lambda new: new in {-4, 3}),
    ],
)  # fmt: skip
def test_constraints_hold_in_every_proposal(spec: Any, holds: Callable[[float], bool]) -> None:
    row = {"a": 0.0, "b": 0.0, "c": 0.0}
    result = found(study(), row, {"b": spec}, most_proposals=20)
    new = [change.after_number for each in result.proposals for change in each.changes if change.column == "b"]
    assert result.proposals
    assert all(holds(value) for value in new)
    assert new or spec in {"immutable", "increase"}


def test_every_proposal_is_verified_minimal_and_undominated() -> None:
    def bumpy(frame: pd.DataFrame) -> Any:
        a, b, c = (frame[name].to_numpy(dtype=float) for name in NAMES)
        p = 1 / (1 + np.exp(-np.sin(2 * a) * 2 - np.abs(b) + (c > 1) * 1.5 + 0.5))
        return np.column_stack([1 - p, p])

    row = {"a": 0.0, "b": 0.0, "c": 2.0}
    result = found(study(bumpy), row, most_proposals=10)
    assert len(result.proposals) > 1
    for each in result.proposals:
        new = {change.column: change.after_number for change in each.changes}
        frame = pd.DataFrame([{**row, **new}])
        assert bumpy(frame)[0, 1] >= 0.5
        for size in range(1, len(new)):
            for part in combinations(new, size):
                partly = pd.DataFrame([{**row, **{name: new[name] for name in part}}])
                assert bumpy(partly)[0, 1] < 0.5
    sets = [frozenset(change.column for change in each.changes) for each in result.proposals]
    assert len(set(sets)) == len(sets)


def test_two_columns_that_only_work_together_are_found() -> None:
    def both(frame: pd.DataFrame) -> Any:
        yes = ((frame["a"] > 1) & (frame["c"] > 2)).to_numpy(dtype=float) * 0.8 + 0.1
        return np.column_stack([1 - yes, yes])

    result = found(study(both), {"a": 0.0, "b": 0.0, "c": 0.0})
    assert set(changed(result)) == {"a", "c"}
    assert changed(result)["a"] == pytest.approx(1, abs=0.06)


def test_a_row_that_is_there_already_needs_no_change() -> None:
    result = found(study(), {"a": 0.0, "b": -9.0, "c": 0.0}, wanted=1)
    assert (result.reached, result.proposals, result.status) == (True, (), "passed")


def ratio_rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    income, debt = np.exp(rng.normal(3, 0.5, 300)).round(2), np.exp(rng.normal(2, 0.5, 300)).round(2)
    frame = pd.DataFrame({"income": income, "debt": debt, "age": rng.integers(20, 70, 300)})
    return frame.assign(ratio=(debt / income).round(4), y=rng.integers(0, 2, 300))


def by_ratio(frame: pd.DataFrame) -> Any:
    p = 1 / (1 + np.exp(-6 * (0.4 - frame["ratio"].to_numpy(dtype=float))))
    return np.column_stack([1 - p, p])


RATIO_ROW = {"income": 20.0, "debt": 12.0, "age": 40, "ratio": 0.6}


@pytest.mark.parametrize("rule", ["debt / income", lambda row: row["debt"] / row["income"]])
def test_a_column_that_follows_is_worked_out_again(rule: Any) -> None:
    result = found(study(by_ratio, ratio_rows()), RATIO_ROW, rules={"ratio": rule})
    assert result.proposals
    for each in result.proposals:
        new = {**RATIO_ROW, **{change.column: change.after_number for change in each.changes}}
        assert new["ratio"] == pytest.approx(new["debt"] / new["income"])
        assert new["ratio"] <= 0.4
        assert {change.column for change in each.chosen} <= {"income", "debt"}
    assert any(finding.code == "EX-RE-02" and finding.status == "passed" for finding in result.findings)
    assert "and so ratio" in result.headline


def test_a_column_that_others_determine_isnt_changed_without_a_rule() -> None:
    result = found(study(by_ratio, ratio_rows()), RATIO_ROW)
    assert {each.column for each in result.following} >= {"ratio"}
    assert not result.proposals
    block = next(finding for finding in result.findings if finding.code == "EX-RE-05")
    assert "ratio" in block.evidence
    free = found(study(by_ratio, ratio_rows()), RATIO_ROW, rules={"ratio": False, "debt": False, "income": False})
    assert "ratio" in changed(free)


def test_a_rule_that_doesnt_give_the_rows_own_cell_is_said() -> None:
    result = found(study(by_ratio, ratio_rows()), RATIO_ROW, rules={"ratio": "debt / income / 2"})
    assert next(finding for finding in result.findings if finding.code == "EX-RE-02").status == "warning"


def test_who_somebody_is_is_held_fixed_and_blocks_by_name() -> None:
    def by_age(frame: pd.DataFrame) -> Any:
        yes = np.where(frame["age"] < -1, 0.9, 0.2)
        return np.column_stack([1 - yes, yes])

    made, row = study(by_age, rows().rename(columns={"a": "age"})), {"age": 0.0, "b": 0.0, "c": 0.0}
    result = found(made, row)
    assert {each.column: each.why for each in result.fixed} == {"age": "its name says that it tells who somebody is"}
    assert [block.column for block in result.blocks] == ["age"]
    assert result.status == "warning"
    assert result.miss_shown == pytest.approx(0.2)
    assert "age" in changed(found(made, row, {"age": "decrease"}))


def test_groups_and_labels_name_what_is_held_fixed() -> None:
    table = rows().rename(columns={"a": "AGEP"})
    named = load_study(
        predict_proba=lambda frame: linear(frame.rename(columns={"AGEP": "a"})), reference=table, test=table[:20], target="y",
        features=["AGEP", "b", "c"], groups="c", decision_threshold=0.5, labels={"features": {"AGEP": "age"}},
    )  # fmt: skip
    result = found(named, 0)
    assert {each.column for each in result.fixed} == {"AGEP", "c"}


def test_nothing_to_change_is_said() -> None:
    result = found(study(), {"a": 0.0, "b": 0.0, "c": 0.0}, dict.fromkeys(NAMES, "immutable"))
    assert "nothing may change" in result.headline
    assert {block.column for block in result.blocks} >= {"b"}


def test_a_change_that_no_row_has_is_flagged() -> None:
    rng = np.random.default_rng(2)
    base = rng.normal(size=600)
    table = pd.DataFrame({"p": base, "q": base + 0.35 * rng.normal(size=600), "y": rng.integers(0, 2, 600)}).round(3)

    def apart(frame: pd.DataFrame) -> Any:
        yes = np.where(frame["p"] - frame["q"] > 1.8, 0.9, 0.1)
        return np.column_stack([1 - yes, yes])

    result = found(study(apart, table), {"p": 0.0, "q": 0.0})
    assert result.status == "warning"
    assert not any(each.plausible for each in result.proposals)
    assert next(each for each in result.findings if each.code == "EX-RE-03").status == "warning"


def test_a_proposal_holds_in_as_many_noisy_copies_as_the_normal_distribution_says() -> None:
    only = {"a": "immutable", "c": "immutable", "b": {"allowed": [-1.6]}}
    result = found(study(), {"a": 0.0, "b": 0.0, "c": 0.0}, only, draws=4000, rules=dict.fromkeys(NAMES, False))
    del only["a"], only["c"]
    unit = unit_of(rows()["b"].to_numpy())
    # b = -1.6 gives log-odds 0.2; noise of 0.05 units in b alone, settled on the only values that there are, changes nothing.
    assert result.proposals[0].holding_share == 1
    free = found(
        study(), {"a": 0.0, "b": 0.0, "c": 0.0}, {"a": "immutable", "c": "immutable", "b": {"step": 0.001}}, draws=4000
    )
    share, new = free.proposals[0].holding_share, changed(free)["b"]
    assert share == pytest.approx(norm.cdf((-new * 2 - 3) / (0.05 * unit * 2)), abs=0.03)
    assert share >= 0.8


def test_refits_agree_where_the_model_is_sure_of_itself() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"x": rng.normal(size=500), "w": rng.normal(size=500)})
    table["y"] = (table["x"] > 0).astype(int)
    model = LogisticRegression().fit(table[["x", "w"]], table["y"])
    result = found(
        load_study(model=model, reference=table, test=table[:50], target="y"), {"x": -1.0, "w": 0.0}, refits=2, draws=20
    )
    assert (result.refits, result.proposals[0].refits_holding) == (2, 2)
    assert set(changed(result)) == {"x"}


def test_a_predicted_number_is_brought_into_a_range() -> None:
    table = rows().assign(y=lambda frame: frame[list(NAMES)].to_numpy() @ WEIGHTS)
    model = LinearRegression().fit(table[list(NAMES)], table["y"])
    numbers = load_study(model=model, reference=table, test=table[:20], target="y")
    unasked = find_recourse(numbers, 0)  # the chapter asks any study without a range, and reads on
    assert isinstance(unasked, NoResult)
    assert "predicts a number" in unasked.findings[0].claim
    assert "wanted=(lower, upper)" in unasked.findings[0].action
    result = found(numbers, {"a": 0.0, "b": 0.0, "c": 0.0}, wanted=(2, 3))
    assert 2 - 1e-9 <= result.proposals[0].shown <= 3 + 1e-9
    assert changed(result)["b"] == pytest.approx(-1, abs=0.06)


def test_of_several_classes_any_other_or_the_one_wanted_is_reached() -> None:
    lights = study_of("three_classes")
    own = found(lights, 0, most_changes=1)
    assert own.aim.startswith("another decision than")
    names = {name for name in lights.outcome.classes if repr(name) not in own.aim}
    for name in names:
        assert f"the decision {name!r}" in found(lights, 0, wanted=name, most_changes=1).headline


def test_words_gaps_and_dates_are_changed_as_they_are() -> None:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({
        "word": rng.choice(["x", "y", "z"], 300), "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, 300), "D"),
        "gap": np.where(rng.random(300) < 0.3, np.nan, rng.normal(size=300)), "kind": pd.Categorical(rng.choice(["p", "q"], 300)),
        "y": rng.integers(0, 2, 300),
    })  # fmt: skip

    def answer(frame: pd.DataFrame) -> Any:
        days = (frame["when"] - pd.Timestamp("2024-01-01")).dt.days.to_numpy()
        odds = (frame["word"] == "z") * 2.0 + (frame["gap"].fillna(-1) > 0) + (frame["kind"] == "q") + days / 90 - 2.5
        p = 1 / (1 + np.exp(-odds.to_numpy(dtype=float)))
        return np.column_stack([1 - p, p])

    row = {"word": "x", "when": "2024-02-01", "gap": None, "kind": "p"}
    made = study(answer, table)
    result = found(made, row, {"when": "increase"}, most_proposals=10)
    used = {change.column for each in result.proposals for change in each.changes}
    assert used >= {"word", "kind"}
    texts = {change.before for each in result.proposals for change in each.changes if change.column == "gap"}
    assert texts <= {"missing"}
    assert {each.column for each in found(made, row).fixed} == {"when"}
    dated = found(made, row, {"when": "increase"}, wanted=(0.28, None))
    assert any(change.after.endswith("2024") for each in dated.proposals for change in each.changes)


def test_a_file_of_constraints_says_the_same_as_a_map(tmp_path: Path) -> None:
    file = tmp_path / "recourse.toml"
    file.write_text(
        '[columns.debt]\nchange = "decrease"\ncost = 2\n[columns]\nincome = "increase"\n[rules]\nratio = "debt / income"\n'
    )
    told = {"debt": {"change": "decrease", "cost": 2}, "income": "increase"}
    made = study(by_ratio, ratio_rows())
    written = found(made, RATIO_ROW, file)
    assert written.to_dict() == found(made, RATIO_ROW, told, rules={"ratio": "debt / income"}).to_dict()
    assert next(each for each in written.findings if each.code == "EX-RE-06").status == "passed"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"d": "free"}, "doesn't take"), ({"a": "fixed"}, "Allowed: free"), ({"a": {"chance": "free"}}, "Did you mean 'change'"),
        ({"a": {"lower": 2, "upper": 1}}, "above upper"), ({"a": {"step": 0}}, "above 0"), ({"a": {"cost": "x"}}, "finite number"),
        ({"a": 3}, "is int"), ({"a": {"allowed": "abc"}}, "list of one"), (3, "constraints= is int"), ("nothing.toml", "no such file"),
    ],
)  # fmt: skip
def test_constraints_that_cant_be_used_are_refused(given: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        find_recourse(study(), 0, given)


def test_words_have_no_more_or_less() -> None:
    table = rows().assign(word=["x", "y"] * 200)
    made = study(linear, table)
    with pytest.raises(InputError, match="without an order"):
        find_recourse(made, 0, {"word": "increase"})
    with pytest.raises(InputError, match="no row of the reference has"):
        find_recourse(made, 0, {"word": {"allowed": ["w"]}})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"most_changes": 4}, "1, 2 or 3"), ({"most_proposals": 0}, "1 or more"), ({"wanted": 7}, "one of the classes"),
        ({"wanted": (0.9, 0.1)}, "no range"), ({"wanted": (None, None)}, "no range"), ({"wanted": ("x", 1)}, "finite numbers"),
        ({"rules": {"d": "a"}}, "doesn't take"),
    ],
)  # fmt: skip
def test_options_that_cant_be_used_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        find_recourse(study(), 0, **options)


def test_a_table_that_there_isnt_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        find_recourse(study(), 0, table="tset")


def test_two_rows_are_refused() -> None:
    with pytest.raises(InputError, match="holds 2 rows"):
        find_recourse(study(), rows().head(2))


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_kind_of_study_gets_an_answer(name: str) -> None:
    made = study_of(name)
    wanted = (0.0, None) if made.task == "regression" else None
    result = find_recourse(made, 0, wanted=wanted, most_changes=1, draws=2, refits=int(name == "plain"))
    assert isinstance(result, Result)
    assert isinstance(result, NoResult) == (name in {"logged_predictions", "late_labels"})
    assert card_of(result).headline
    if isinstance(result, RecourseResult):
        assert isinstance(Result.from_dict(result.to_dict()), RecourseResult)
        assert len(result.frame()) == sum(len(each.changes) for each in result.proposals)


def test_a_pipeline_on_words_is_asked_in_the_users_own_columns() -> None:
    table = pd.DataFrame({"w": list("abc") * 60, "y": [0, 1, 1] * 60})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(table[["w"]], table["y"])
    result = found(load_study(model=model, reference=table, test=table[:30], target="y"), {"w": "a"})
    assert result.proposals[0].changes[0].after in {"b", "c"}


def test_the_same_seed_gives_the_same_result_and_cancel_stops() -> None:
    made = study(by_ratio, ratio_rows())
    assert find_recourse(made, 3, seed=5).to_dict() == find_recourse(made, 3, seed=5).to_dict()
    with pytest.raises(CancelledError):
        find_recourse(made, RATIO_ROW, cancel=lambda: True, rules=dict.fromkeys(["ratio", "debt", "income"], False))


def test_sentences_say_what_would_change_and_that_it_neednt_change_the_outcome() -> None:
    result = found(study(), {"a": 0.0, "b": 0.0, "c": 0.0})
    assert result.sentences()[-1] == "What changes the model's answer needn't change the outcome."
    assert "instead of 0" in result.sentences()[0]


def test_a_sample_is_answered_in_its_own_words() -> None:
    result = mw.explainability.find_recourse(mw.sample("census"), 0, draws=10, refits=0, most_rows=500)
    assert isinstance(result, RecourseResult)
    assert {"age", "disability"} <= {each.feature for each in result.fixed}
