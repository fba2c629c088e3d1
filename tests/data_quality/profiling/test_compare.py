"""Comparing profiles: known distances, few false alarms, and changes found, without the rows."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mlops_widgets.data_quality import Profile, ProfileDiff, compare_profiles, profile
from mlops_widgets.data_quality.profiling.column_change import newcombe
from mlops_widgets.errors import InputError, WrongTypeError


def _frame(seed: int, rows: int = 8000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "n": rng.normal(size=rows), "pay": np.exp(rng.normal(7, 1, rows)), "town": rng.choice(["Oslo", "Voss", "Bodø"], rows),
        "code": [f"A{k:05}" for k in rng.integers(0, 90_000, rows)], "gap": np.where(rng.random(rows) < 0.1, np.nan, 1.0),
        "flag": rng.random(rows) < 0.2,
    })  # fmt: skip


@cache
def _profile(seed: int) -> Profile:
    found = profile(_frame(seed))
    assert isinstance(found, Profile)
    return found


def _diff(frame: pd.DataFrame) -> ProfileDiff:
    other = profile(frame)
    assert isinstance(other, Profile)
    return compare_profiles(_profile(0), Profile.from_dict(json.loads(json.dumps(other.to_dict()))))


def _of(result: ProfileDiff, column: str) -> str:
    return next(each.status for each in result.columns if each.column == column)


def test_two_batches_of_one_source_pass() -> None:
    found = compare_profiles(_profile(0), _profile(1))
    assert found.status == "passed"
    assert all(each.p_adjusted > 0.01 for each in found.columns)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("n", lambda d: d.assign(n=d["n"] + 0.5)), ("pay", lambda d: d.assign(pay=d["pay"] * 100)),
        ("town", lambda d: d.assign(town=d["town"].replace("Oslo", "Christiania"))),
        ("code", lambda d: d.assign(code=d["code"].str.lower())), ("gap", lambda d: d.assign(gap=d["gap"].where(d["n"] > 0))),
        ("flag", lambda d: d.assign(flag=d["n"] > 0)),
    ],
)  # fmt: skip
def test_a_change_is_found_in_its_column_alone(column: str, change: object) -> None:
    found = _diff(change(_frame(1)))  # type: ignore[operator]  # a function of a frame
    assert [each.column for each in found.columns if each.status == "failed"] == [column]
    assert found.columns[0].column == column


def test_the_distance_is_kolmogorov_and_smirnovs_within_its_bounds() -> None:
    shifted = _frame(2).assign(n=lambda d: d["n"] * 1.3 + 0.2)
    change = next(each for each in _diff(shifted).columns if each.column == "n")
    true = stats.ks_2samp(_frame(0)["n"], shifted["n"], method="asymp")
    assert true.statistic - 0.02 < change.distance <= true.statistic + 1e-12
    assert change.lower <= true.statistic <= change.upper
    assert change.p >= true.pvalue or change.p < 1e-10


def test_new_and_gone_values_are_named() -> None:
    change = _diff(_frame(1).assign(town=lambda d: d["town"].replace("Oslo", "Christiania"))).columns[0]
    assert (change.new, change.gone) == (("Christiania",), ("Oslo",))


def test_columns_that_came_went_or_changed_kind_are_said() -> None:
    found = _diff(_frame(1).drop(columns="gap").assign(n="x", extra=1))
    claim = next(each.claim for each in found.findings if each.code == "DQ-PR-21")
    assert (found.removed, found.added) == (("gap",), ("extra",))
    assert "n (number, now text)" in claim
    assert found.status == "failed"


def test_few_rows_are_not_judged() -> None:
    found = _diff(_frame(1, rows=60).assign(n=lambda d: d["n"] + 0.1))
    assert found.status == "not_enough_data"
    assert [each.code for each in found.findings] == ["DQ-PR-20", "DQ-PR-23"]


def test_newcombes_published_interval_is_reproduced() -> None:
    lower, upper = newcombe(
        (np.array([3]), 10), (np.array([9]), 10), level=0.95
    )  # Newcombe 1998, table II, case (b), method 10
    assert [round(float(lower[0]), 4), round(float(upper[0]), 4)] == [0.1705, 0.8090]


def test_what_is_no_profile_is_refused() -> None:
    with pytest.raises(WrongTypeError, match="two profiles, not DataFrame"):
        compare_profiles(_profile(0), _frame(0))  # type: ignore[arg-type]  # the point
    with pytest.raises(InputError, match="margin=0"):
        compare_profiles(_profile(0), _profile(1), margin=0)
    with pytest.raises(InputError, match="share no column"):
        compare_profiles(_profile(0), profile(pd.DataFrame({"z": [1]})))  # type: ignore[arg-type]  # a profile
