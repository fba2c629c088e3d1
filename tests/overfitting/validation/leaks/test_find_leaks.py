"""Leaks put into clean data are found, and clean data stay unflagged."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.overfitting.validation.leaks.find_leaks import LeakResult, find_leaks

X = [f"x{place}" for place in range(6)]


def clean(rows: int = 1200, *, seed: int = 0) -> pd.DataFrame:
    """Six numbers, of which two decide a noisy outcome."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, len(X)))
    y = rng.random(rows) < 1 / (1 + np.exp(-1.2 * x[:, 0] - x[:, 1]))
    return pd.DataFrame(x, columns=X).assign(y=y.astype(int))


def load(reference: pd.DataFrame, test: pd.DataFrame, *, features: Any = None, **options: Any) -> mw.Study:
    names = list(features or X)
    model = options.pop("model", LogisticRegression())
    return mw.load_study(
        model=model.fit(reference[names], reference["y"]),
        reference=reference,
        test=test,
        target="y",
        features=names,
        **options,
    )


def found(study: mw.Study, **options: Any) -> LeakResult:
    result = find_leaks(study, **options)
    assert isinstance(result, LeakResult), result
    return result


def flagged(result: LeakResult) -> set[str]:
    return {check.name for check in result.checks if check.status in {"failed", "warning"}}


@cache
def halves() -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = clean()
    return frame[:800], frame[800:].reset_index(drop=True)


@cache
def census() -> LeakResult:
    return found(mw.sample("census"))


@cache
def cancer() -> LeakResult:
    frame = load_breast_cancer(as_frame=True).frame.sample(frac=1, random_state=0)
    names = list(frame.columns[:-1])
    model = RandomForestClassifier(20, random_state=0).fit(frame[:380][names], frame[:380]["target"])
    return found(mw.load_study(model=model, reference=frame[:380], test=frame[380:], target="target"))


def test_clean_breast_cancer_is_not_flagged_though_most_columns_are_strong() -> None:
    assert flagged(cancer()) == set()
    assert cancer().check("columns").value > 0.6


def test_census_over_time_is_not_flagged_though_a_third_of_its_rows_repeat() -> None:
    assert flagged(census()) == set()
    assert census().check("duplicates").evidence["twin_share"] == pytest.approx(0.36, abs=0.01)
    assert census().status == "passed"


def test_a_forest_without_leaks_is_not_flagged() -> None:
    reference, test = halves()
    forest = RandomForestClassifier(20, random_state=0)
    assert flagged(found(load(reference, test, model=forest))) == set()


def test_the_loans_are_not_flagged_and_their_planted_columns_are() -> None:
    assert flagged(found(mw.sample("loans"), max_rows=2000)) == set()
    check = found(mw.sample("loans", post_outcome=True, artefact=True), max_rows=2000).check("columns")
    assert (check.status, set(check.columns)) == ("failed", {"support_calls", "form_version"})
    assert {check.evidence["sign_0"], check.evidence["sign_1"]} == {"collapses"}


def test_flights_are_clean_and_what_is_known_after_the_flight_is_found_by_its_gaps() -> None:
    sample = mw.sample("flights")
    names = [
        *(c for c in sample.roles.features if c not in {"carrier", "origin", "dest", "manufacturer"}),
        "dep_delay",
        "air_time",
    ]
    frames: dict[str, Any] = {
        name: table.pandas()[[*names, "late", "scheduled_departure"]].iloc[:15_000]
        for name, table in sample.tables.items()
    }
    study = mw.load_study(
        predict=lambda rows: np.zeros(len(rows), dtype=int),
        target="late",
        time="scheduled_departure",
        features=names,
        **frames,
    )
    result = found(study, max_rows=3000)
    assert result.check("gaps").status == "failed"
    assert set(result.check("gaps").columns) == {"dep_delay", "air_time"}
    assert (result.check("columns").status, result.check("columns").evidence["dominates"]) == ("passed", "dep_delay")
    assert flagged(found(sample, max_rows=3000)) == set()


@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_target_plus_noise_is_found(noise: float) -> None:
    rng = np.random.default_rng(1)
    reference, test = (part.assign(copy=part["y"] + noise * rng.normal(size=len(part))) for part in halves())
    check = found(load(reference, test, features=[*X, "copy"])).check("columns")
    assert (check.status, check.columns, check.evidence["sign_0"]) == ("failed", ("copy",), "determines")


@pytest.mark.parametrize(("jitter", "name"), [(0.0, "duplicates"), (0.001, "near_duplicates")])
def test_thirty_percent_copies_are_found_and_counted(jitter: float, name: str) -> None:
    rng = np.random.default_rng(2)
    reference, test = (part.copy() for part in halves())
    copied = rng.permutation(len(test))[: round(0.3 * len(test))]
    twins = reference.iloc[rng.integers(0, len(reference), len(copied))].to_numpy()
    twins[:, :-1] += jitter * rng.normal(size=(len(copied), len(X)))
    test.iloc[copied] = twins
    result = found(load(reference, test.astype({"y": int})))
    check = result.check(name)
    assert check.status == "failed"
    assert check.value == pytest.approx(0.3, abs=0.01)
    assert flagged(result) == {name}


def test_copies_made_before_a_split_at_random_are_found_too() -> None:
    whole = pd.concat([clean(900), clean(900)[:300]]).sample(frac=1, random_state=0)
    check = found(load(whole[:800], whole[800:])).check("duplicates")
    assert check.status == "failed"
    assert float(str(check.evidence["within_share"])) > 0.1
    assert check.evidence["same_label_share"] == 1.0


def patients(count: int = 300, *, seed: int = 3) -> pd.DataFrame:
    """Four visits a patient; the outcome is the patient's, and so are the numbers, with noise."""
    rng = np.random.default_rng(seed)
    person = np.repeat(rng.permutation(count), 4)
    level = rng.normal(size=(count, len(X)))
    y = rng.integers(0, 2, count)
    x = level[person] + 0.1 * rng.normal(size=(len(person), len(X)))
    return pd.DataFrame(x, columns=X).assign(y=y[person], patient=person + 7000)


def test_the_same_patients_on_both_sides_are_found_without_being_named_and_what_they_are_worth() -> None:
    frame = patients().sample(frac=1, random_state=0)
    result = found(load(frame[:800], frame[800:], model=DecisionTreeClassifier(random_state=0)))
    check = result.check("groups")
    assert (check.status, check.columns) == ("failed", ("patient",))
    assert check.lower > 0.1
    apart = patients()
    assert found(load(apart[:800], apart[800:])).check("groups").status == "passed"


def test_patients_whom_production_meets_as_often_as_the_test_are_no_leak() -> None:
    frame = patients().sample(frac=1, random_state=0)
    check = found(load(frame[:600], frame[600:900], production=frame[900:])).check("groups")
    assert (check.status, check.columns) == ("passed", ())


def moving(rows: int = 1600) -> pd.DataFrame:
    """A stretch of time whose level, not seen in the columns, decides the outcome."""
    rng = np.random.default_rng(4)
    time = np.arange(rows)
    level = np.where((time // 100) % 2 == 0, 1.5, -1.5)
    y = (rng.random(rows) < 1 / (1 + np.exp(-level))).astype(int)
    return pd.DataFrame(rng.normal(size=(rows, len(X))), columns=X).assign(
        y=y, x5=time, when=pd.Timestamp("2024-01-01") + pd.to_timedelta(time, unit="h")
    )


def test_a_shuffled_split_over_time_is_found_by_what_later_rows_are_worth() -> None:
    frame = moving()
    tree = DecisionTreeClassifier(min_samples_leaf=20, random_state=0)
    mixed = frame.sample(frac=1, random_state=0)
    check = found(load(mixed[:1000], mixed[1000:], model=tree, time="when")).check("order")
    assert check.status == "failed"
    assert check.evidence["pairs_reversed_share"] == pytest.approx(0.5, abs=0.05)
    assert found(load(frame[:1000], frame[1000:], model=tree, time="when")).check("order").status == "passed"
    told = load(mixed[:1000], mixed[1000:], model=tree, time="when")
    refused = found(mw.load_study(
        predict=lambda rows: rows["x5"] > 0, target="y", features=X, time="when",
        reference=told.need("reference").pandas(), test=told.need("test").pandas(),
    )).check("order")  # fmt: skip
    assert refused.status == "warning"


def test_a_date_after_the_row_is_a_warning() -> None:
    frame = moving(800).assign(
        closed=lambda f: f["when"] + pd.Timedelta(days=3), opened=lambda f: f["when"] - pd.Timedelta(days=3)
    )
    study = mw.load_study(
        predict=lambda rows: rows["x0"] > 0,
        target="y",
        features=[*X, "closed", "opened"],
        time="when",
        reference=frame[:500],
        test=frame[500:],
    )
    check = found(study).check("dates")
    assert (check.status, check.columns, check.value) == ("warning", ("closed",), 1.0)


def test_a_column_that_is_filled_only_where_the_outcome_is_known_is_found() -> None:
    reference, test = (part.copy() for part in halves())
    later = clean(300, seed=9)
    later["y"] = later["y"].where(np.arange(300) < 100)
    later["x5"] = later["x5"].where(later["y"].notna())
    study = mw.load_study(
        predict=lambda rows: rows["x0"] > 0, target="y", features=X, reference=reference, test=test, production=later
    )
    assert found(study).check("gaps").columns == ("x5",)


def test_a_missing_cell_that_only_leans_is_no_leak() -> None:
    rng = np.random.default_rng(5)
    reference, test = (
        part.assign(x5=part["x5"].mask(rng.random(len(part)) < 0.1 + 0.5 * part["y"])) for part in halves()
    )
    study = load(reference, test, model=DecisionTreeClassifier(max_depth=3))
    assert found(study).check("gaps").status == "passed"


def noise_only(rows: int = 60, columns: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    names = [f"g{place}" for place in range(columns)]
    return pd.DataFrame(rng.normal(size=(rows, columns)), columns=names).assign(y=np.arange(rows) % 2)


def selecting_first(x: pd.DataFrame, y: "pd.Series[Any]") -> float:
    chosen = SelectKBest(k=5).fit_transform(x, y)
    return float(cross_val_score(LogisticRegression(), chosen, y, cv=3, scoring="roc_auc").mean())


def selecting_inside(x: pd.DataFrame, y: "pd.Series[Any]") -> float:
    model = make_pipeline(SelectKBest(k=5), LogisticRegression())
    return float(cross_val_score(model, x, y, cv=3, scoring="roc_auc").mean())


def test_selection_before_the_split_is_found_and_inside_the_folds_it_is_not() -> None:
    frame = noise_only()
    names = list(frame.columns[:-1])
    study = load(frame, frame, features=names)
    first = find_leaks(study, fit_from_raw=selecting_first, shuffles=5)
    assert isinstance(first, LeakResult)
    check = first.check("procedure")
    assert check.status == "failed"
    assert check.lower > 0.2
    inside = find_leaks(study, fit_from_raw=selecting_inside, shuffles=8)
    assert isinstance(inside, LeakResult)
    assert inside.check("procedure").status != "failed"
    assert inside.check("procedure").lower < 0.03


def test_a_procedure_may_return_a_search_and_nothing_without_a_score() -> None:
    frame = clean(80)
    study = load(frame[:60], frame[60:])
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, scoring="roc_auc")
    check = found(study, fit_from_raw=search.fit, shuffles=3).check("procedure")
    assert check.evidence["chance"] == 0.5
    with pytest.raises(InputError, match="fitted model alone shows nothing"):
        find_leaks(study, fit_from_raw=lambda x, y: LogisticRegression().fit(x, y))


def test_a_procedure_that_raises_is_not_run_and_the_rest_is() -> None:
    def broken(x: pd.DataFrame, y: "pd.Series[Any]") -> float:
        raise ValueError(str(x.iloc[0, 0]))

    frame = clean(80)
    result = found(load(frame[:60], frame[60:]), fit_from_raw=broken)
    check = result.check("procedure")
    assert check.status == "not_run"
    assert check.missing == "fit_from_raw raised ValueError on shuffled labels."
    assert str(frame.iloc[0, 0])[:6] not in str(result.to_dict())


def test_losses_are_read_with_either_sign() -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(rng.normal(size=(120, 6)), columns=X).assign(y=rng.normal(size=120))
    study = load(frame[:80], frame[80:], model=Ridge(), metric="rmse")
    constant = float(frame["y"][:80].std(ddof=0))
    for told in (constant, -constant):
        wobble = iter(np.linspace(-0.001, 0.001, 5))
        check = found(study, fit_from_raw=lambda x, y, told=told, w=wobble: told + next(w), shuffles=5).check(
            "procedure"
        )
        assert check.status == "passed"
        assert check.value == pytest.approx(0, abs=1e-6)


def test_the_assay_says_how_small_a_leak_is_seen() -> None:
    check = census().check("duplicates")
    assert check.smallest_seen == 0.1
    assert check.largest_missed == 0.05
    assert {step.found for step in check.assay if step.size >= 0.1} == {5}
    small = clean(260)
    few = found(load(small[:200], small[200:]))
    assert few.check("duplicates").smallest_seen > found(load(*halves())).check("duplicates").smallest_seen


def test_without_a_test_or_features_each_search_names_what_it_lacks() -> None:
    frame = clean(300)
    alone = found(
        mw.load_study(
            model=LogisticRegression().fit(frame[X], frame["y"]),
            reference=frame,
            target="y",
            production=clean(300, seed=8),
        )
    )
    assert alone.check("duplicates").missing == "test table"
    assert alone.check("columns").status == "passed"
    logged = found(mw.load_study(scores="x0", test=frame[["x0", "y"]], target="y"))
    assert logged.status == "not_applicable"
    assert {check.status for check in logged.checks} == {"not_applicable"}


def test_a_column_declared_late_that_the_model_takes_is_a_leak_however_weak() -> None:
    check = found(load(*halves()), known_after=["x5"]).check("columns")
    assert (check.status, check.columns, check.evidence["sign_0"]) == ("failed", ("x5",), "declared")


def test_columns_declared_late_that_the_model_does_not_take_are_said_to_be_left_out() -> None:
    reference, test = (part.assign(after=part["y"]) for part in halves())
    result = found(load(reference, test), known_after=["after"])
    assert result.status == "passed"
    assert "The model doesn't take after" in result.headline


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"known_after": ["x9"]}, UnknownNameError, "Unknown column 'x9' in known_after=. Columns: x0"),
        ({"known_after": "x1"}, InputError, "Pass a list"),
        ({"margin": 0.0}, InputError, "margin=0.0"),
        ({"margin_share": 1.0}, InputError, "margin_share=1.0"),
        ({"shuffles": 1}, InputError, "shuffles=1. Pass 3 or more"),
        ({"cancel": lambda: True}, CancelledError, "Stopped"),
    ],
)
def test_options_out_of_range_raise(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        find_leaks(load(*halves()), **options)


def test_progress_runs_to_the_end() -> None:
    shares: list[float] = []
    found(load(*halves()), progress=lambda share, _: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_no_result_only_where_a_study_is_missing() -> None:
    with pytest.raises(InputError, match="takes a Study"):
        find_leaks(clean(10))  # type: ignore[arg-type]  # the point of the test
    assert not isinstance(census(), NoResult)


def test_rounded_measures_with_a_step_are_not_taken_for_names() -> None:
    frame = load_iris(as_frame=True).frame.rename(columns={"target": "y"}).sample(frac=1, random_state=1)
    names = list(frame.columns[:-1])
    for scale in (1, 10):  # in centimetres, and in whole millimetres
        scaled = frame.assign(**{name: (frame[name] * scale).round(1) for name in names})
        study = load(scaled[:100], scaled[100:], features=names, model=DecisionTreeClassifier(random_state=0))
        assert flagged(found(study)) == set()


def test_one_column_that_loses_what_it_knew_is_a_leak_and_all_columns_together_are_drift() -> None:
    frame, later = clean(2400), clean(800, seed=5)
    drifted = later.assign(y=np.random.default_rng(5).integers(0, 2, 800))
    turned = later.assign(x0=later["x0"].to_numpy()[::-1])
    for production, columns in ((drifted, ()), (turned, ("x0",))):
        assert found(load(frame[:2000], frame[2000:], production=production)).check("columns").columns == columns


def test_a_number_that_another_all_but_gives_is_a_warning() -> None:
    rng = np.random.default_rng(8)
    frame = clean(900).assign(y=lambda f: f["x0"] + 0.1 * rng.normal(size=900))
    check = found(load(frame[:600], frame[600:], model=Ridge())).check("columns")
    assert (check.status, check.columns) == ("warning", ("x0",))


def test_a_column_whose_values_narrow_with_the_season_is_asked_about_and_not_failed() -> None:
    rng = np.random.default_rng(0)

    def months(warmth: float, rows: int) -> pd.DataFrame:
        x = rng.normal(size=(rows, 2))
        warm = warmth * x[:, 0]
        return pd.DataFrame(
            {"warm": warm, "size": x[:, 1], "y": (warm + x[:, 1] + rng.normal(size=rows) > 0).astype(int)}
        )

    result = found(load(months(1.0, 2000), months(0.05, 1500), features=["warm", "size"]))
    columns = next(each for each in result.checks if each.name == "columns")
    assert (columns.status, columns.columns, columns.evidence["sign_0"]) == ("warning", ("warm",), "narrows")
    assert "season" in next(each for each in result.findings if each.code == "OV-LK-02").action


def test_a_search_that_misses_every_planted_leak_has_not_passed() -> None:
    frame = clean()[:140]
    checks = found(load(frame[:100], frame[100:])).checks
    blind = {check.name: check.status for check in checks if check.assay and np.isnan(check.smallest_seen)}
    assert blind
    assert set(blind.values()) == {"not_enough_data"}
