"""A/B tests read: sizes first, then the verdict, by units and at every look."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.result import Finding
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.experiments.analysis import AbTestResult, analyse_ab_test


def finding(result: AbTestResult, code: str) -> Finding:
    return next(each for each in result.findings if each.code == code)


def table(*, lift: float = 0.0, rows: int = 4000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    treated = rng.integers(0, 2, rows)
    before = rng.normal(size=rows)
    return pd.DataFrame({
        "arm": np.where(treated, "treatment", "control"), "before": before,
        "spent": 10 + 2 * before + rng.normal(size=rows) + lift * treated,
        "bought": (rng.random(rows) < 0.3 + lift * treated).astype(int), "slow": rng.gamma(2, 50, rows) + 20 * lift * treated,
        "day": pd.Timestamp("2024-03-01") + pd.to_timedelta(np.arange(rows) % 14, unit="D"),
    })  # fmt: skip


def test_the_four_verdicts() -> None:
    def verdict(control: tuple[int, int], treatment: tuple[int, int]) -> str:
        return analyse_ab_test({"control": control, "treatment": treatment}, effect=0.02).verdict

    assert verdict((500, 5000), (700, 5000)) == "ship"
    assert verdict((700, 5000), (500, 5000)) == "don't ship"
    assert verdict((10_000, 100_000), (10_010, 100_000)) == "don't ship"
    assert verdict((50, 500), (55, 500)) == "keep running"
    assert verdict((500, 5000), (700, 6000)) == "don't read"


def test_arms_of_other_sizes_than_planned_come_first_and_nothing_else_is_read() -> None:
    found = analyse_ab_test({"control": (500, 5000), "treatment": (900, 6000)})
    assert [each.code for each in found.findings] == ["OV-AB-02", "OV-AB-01"]
    assert found.status == "failed"
    assert found.ratio_test == "exact binomial test"
    assert found.ratio_watched_p_value < found.shares[0]
    as_planned = analyse_ab_test(
        {"control": (500, 5000), "treatment": (900, 6000)}, shares={"control": 5, "treatment": 6}
    )
    assert as_planned.verdict == "ship"


def test_sizes_that_look_wrong_at_one_of_many_looks_dont_stop_the_reading() -> None:
    arms = {"control": (500, 5000), "treatment": (700, 5350)}
    watched, once = (analyse_ab_test(arms, looks=looks) for looks in ("any", "once"))
    assert watched.ratio_p_value < 0.001 < watched.ratio_watched_p_value
    assert (once.verdict, finding(once, "OV-AB-02").status) == ("don't read", "failed")
    assert (watched.verdict, finding(watched, "OV-AB-02").status) == ("ship", "warning")


def test_several_arms_share_alpha_also_at_one_look_and_further_outcomes_take_none_of_it() -> None:
    two = {"control": (500, 5000), "b": (570, 5000)}
    one, many = (
        analyse_ab_test(arms, looks="once", shares=None).primary
        for arms in (two, two | {"c": (560, 5000), "d": (500, 5000)})
    )
    assert one.p_value == many.p_value == pytest.approx(0.0235, abs=1e-3)
    assert one.lower > 0 > many.lower
    further = analyse_ab_test(table(), outcome=["bought", "spent"]).primary
    alone = analyse_ab_test(table(), outcome="bought").primary
    assert (further.lower, further.watched_lower) == (alone.lower, alone.watched_lower)


def test_the_planned_end_is_counted_in_units_of_all_arms_with_and_without_an_outcome() -> None:
    frame = table(lift=0.2, rows=3000)
    frame["arm"] = np.array(["control", "b", "c"])[np.arange(3000) % 3]
    frame.loc[::10, "bought"] = np.nan
    found = analyse_ab_test(frame, outcome="bought", looks="once", planned_rows=3000)
    assert "until the planned end" not in found.headline
    assert "until the planned end" in analyse_ab_test(frame, outcome="bought", looks="once", planned_rows=3001).headline


def test_an_outcome_that_rests_on_few_units_of_a_small_arm_isnt_read() -> None:
    rng = np.random.default_rng(1)
    arms = np.where(np.arange(3000) % 10, "control", "treatment")
    spent = (rng.random(3000) < 0.03) * rng.lognormal(3, 1.5, 3000)
    frame = pd.DataFrame({"arm": arms, "outcome": spent})
    shares = {"control": 0.9, "treatment": 0.1}
    for looks in ("any", "once"):
        found = analyse_ab_test(frame, shares=shares, looks=looks, effect=1000.0)
        assert found.verdict == "keep running"
        assert "few units" in found.findings[0].action
        assert not np.isfinite(found.primary.gained(watched=looks == "any")).any()
    bell = frame.assign(outcome=rng.normal(size=3000))
    assert np.isfinite(analyse_ab_test(bell, shares=shares, effect=1000.0).primary.watched_lower)


def test_a_p_value_that_holds_for_one_look_only_isnt_a_verdict() -> None:
    found = analyse_ab_test({"control": (500, 5000), "treatment": (575, 5000)})
    assert found.primary.p_value < 0.05
    assert found.verdict == "keep running"
    assert finding(found, "OV-AB-03").status == "warning"
    once = analyse_ab_test({"control": (500, 5000), "treatment": (575, 5000)}, looks="once", planned_rows=10_000)
    assert once.verdict == "ship"
    early = analyse_ab_test({"control": (500, 5000), "treatment": (575, 5000)}, looks="once", planned_rows=20_000)
    assert early.verdict == "keep running"


@pytest.mark.parametrize("counts", [((0, 3), (0, 2)), ((2, 2), (0, 2)), ((0, 40), (30, 30)), ((5, 100), (12, 110))])
def test_no_counts_are_too_few_to_be_read(counts: tuple[tuple[int, int], tuple[int, int]]) -> None:
    found = analyse_ab_test(dict(zip("ab", counts, strict=True)))
    assert found.primary.watched == "exact confidence sequence"
    assert found.primary.watched_lower <= found.primary.lower <= found.primary.upper <= found.primary.watched_upper
    assert len(found.findings) >= 4


def test_where_nothing_came_in_the_control_no_effect_is_refuted_by_default() -> None:
    nothing = analyse_ab_test({"control": (0, 5000), "b": (0, 5000)})
    assert nothing.verdict == "keep running"
    some = analyse_ab_test({"control": (0, 5000), "b": (40, 5000)})
    assert some.effect == pytest.approx(0.05 * 40 / 10_000)
    assert some.verdict == "ship"


def test_counts_and_rows_of_the_same_test_agree() -> None:
    frame = table(lift=0.05)
    by_arm = frame.groupby("arm")["bought"].agg(["sum", "size"])
    counts = {str(name): (int(row["sum"]), int(row["size"])) for name, row in by_arm.iterrows()}
    rows, few = analyse_ab_test(frame, outcome="bought"), analyse_ab_test(counts, outcome="bought")
    assert rows.primary == few.primary
    means = frame.groupby("arm")["spent"].agg(["mean", "std", "size"])
    summary = {str(name): (row["mean"], row["std"], int(row["size"])) for name, row in means.iterrows()}
    assert analyse_ab_test(summary).primary.upper == pytest.approx(
        analyse_ab_test(frame, outcome="spent").primary.upper
    )


def test_rows_of_one_unit_dont_count_as_many() -> None:
    rng = np.random.default_rng(0)
    units = np.arange(200)
    each = pd.DataFrame({"unit": units, "arm": np.where(units % 2, "b", "a"), "y": rng.normal(size=200)})
    repeated = pd.concat([each] * 10)
    by_unit = analyse_ab_test(repeated, outcome="y", unit="unit").primary
    assert (by_unit.lower, by_unit.upper) == pytest.approx(
        (analyse_ab_test(each, outcome="y").primary.lower, analyse_ab_test(each, outcome="y").primary.upper)
    )
    assert by_unit.units == 200
    assert analyse_ab_test(repeated, outcome="y").primary.upper < by_unit.upper


def test_what_was_known_before_narrows_the_interval() -> None:
    frame = table(lift=0.1)
    plain, less = (analyse_ab_test(frame, outcome="spent", before=name).primary for name in (None, "before"))
    assert less.gain is not None
    assert less.gain == pytest.approx(0.8, abs=0.02)
    ratio = (less.upper - less.lower) / (plain.upper - plain.lower)
    assert ratio == pytest.approx(np.sqrt(1 - less.gain), rel=0.01)


def test_a_guardrail_that_got_worse_stops_a_better_arm() -> None:
    frame = table(lift=0.3)

    def read(frame: pd.DataFrame, margin: float) -> AbTestResult:
        return analyse_ab_test(frame, outcome="bought", better={"slow": "lower"}, guardrails={"slow": margin})

    bad = read(frame.assign(slow=frame["slow"] + 30 * (frame["arm"] == "treatment")), 5.0)
    assert bad.verdict == "don't ship"
    assert finding(bad, "OV-AB-04").status == "failed"
    assert read(frame, 40.0).verdict == "ship"


def test_lower_can_be_better() -> None:
    found = analyse_ab_test({"a": (900, 5000), "b": (600, 5000)}, better="lower", effect=0.01)
    assert found.verdict == "ship"
    assert found.primary.better_chance > 0.999


def test_several_outcomes_and_arms_are_corrected() -> None:
    frame = table(rows=3000)
    frame["arm"] = np.array(["control", "one", "two"])[np.arange(3000) % 3]
    found = analyse_ab_test(frame, outcome=["bought", "spent"])
    assert len(found.comparisons) == 4
    ps = sorted(each.p_value for each in found.comparisons)
    assert min(each.adjusted_p_value for each in found.comparisons) == pytest.approx(min(1.0, 4 * ps[0]))
    assert finding(found, "OV-AB-07").evidence["comparisons"] == 3


def test_the_test_as_it_ran_is_looked_at_by_whole_days_and_ends_where_it_stands() -> None:
    found = analyse_ab_test(table(), outcome="bought", time="day")
    assert len(found.look_times) == 14
    assert found.look_units[-1] == 4000
    assert found.look_difference[-1] == pytest.approx(found.primary.difference)
    assert found.look_watched_lower[-1] == pytest.approx(found.primary.watched_lower)


def test_units_in_two_arms_are_left_out_and_said() -> None:
    frame = table(rows=2000).assign(unit=np.arange(2000) % 1900)
    found = analyse_ab_test(frame, outcome="spent", unit="unit")
    assert finding(found, "OV-AB-08").status == "warning"
    assert 0 < finding(found, "OV-AB-08").evidence["torn_units"] <= 100  # type: ignore[operator]  # a number


def test_an_outcome_missing_more_in_one_arm_is_said() -> None:
    frame = table()
    frame.loc[(frame["arm"] == "treatment") & (frame.index % 4 == 0), "spent"] = np.nan
    found = analyse_ab_test(frame, outcome="spent")
    assert finding(found, "OV-AB-08").status == "warning"


def test_files_arms_of_numbers_and_missing_cells_are_read(tmp_path: Path) -> None:
    frame = table(rows=600).assign(arm=lambda f: (f["arm"] == "treatment").astype(int))
    frame.loc[::7, "spent"] = np.nan
    path = tmp_path / "log.csv"
    frame.to_csv(path, index=False)
    found = analyse_ab_test(path, outcome="spent", time="day", before="before")
    assert found.arms == ("0", "1")
    assert found.rows == 600


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outcome": "bougth"}, "Did you mean 'bought'"),
        ({"outcome": "arm"}, "no number"),
        ({"outcome": "bought", "control": "x"}, "no arm"),
        ({"outcome": "bought", "effect": -1}, "effect=-1"),
        ({"outcome": "bought", "shares": {"a": 1}}, "shares="),
        ({"outcome": "bought", "better": "more"}, "better='more'"),
        ({"outcome": "bought", "better": {"x": "lower"}}, "no outcome"),
        ({"outcome": "bought", "guardrails": {"slow": 0}}, "guardrails="),
        ({"outcome": "bought", "looks": "daily"}, "looks='daily'"),
        ({"outcome": "bought", "alpha": 0}, "alpha=0"),
        ({"outcome": []}, "outcome="),
        ({"outcome": "bought", "arm": "day"}, "control="),
        ({"outcome": "bought", "time": "never"}, "no moment"),
    ],
)
def test_wrong_arguments_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises((InputError, KeyError), match=message):
        analyse_ab_test(table(rows=100).assign(never=None), **options)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("counts", [(5, 3), (-1, 10), (1.5, 10), (1, 0), (1.0, -2.0, 10)])
def test_impossible_counts_are_refused(counts: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="data="):
        analyse_ab_test({"control": counts, "treatment": (1, 10) if len(counts) == 2 else (1.0, 1.0, 10)})


def test_many_arms_are_counted_and_not_named() -> None:
    people = pd.DataFrame({"arm": [f"person {k}" for k in range(30)], "outcome": np.arange(30.0)})
    with pytest.raises(InputError, match=r"^The experiment has 30 arms\. 2 to 20 can be compared\.$"):
        analyse_ab_test(people)


def test_an_arm_that_cannot_be_written_as_text_is_spelled_out() -> None:
    torn = pd.Series(["control", "\udcff"] * 50, dtype=object)
    result = analyse_ab_test(pd.DataFrame({"arm": torn, "outcome": np.arange(100.0)}))
    assert result.arms == ("control", "\\udcff")
