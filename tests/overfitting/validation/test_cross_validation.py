"""Cross-validation schemes side by side."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Finding, NoResult, Result
from mlops_widgets.errors import CancelledError, InputError, ModelError, UnknownNameError
from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult, cross_validate
from mlops_widgets.overfitting.validation.folds.plan import plan_folds, training_rows
from mlops_widgets.overfitting.validation.split_findings import of_time

X = ["x0", "x1", "x2"]


def rows(n: int = 400, *, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=X)
    return frame.assign(y=(rng.random(n) < 1 / (1 + np.exp(-1.5 * frame["x0"]))).astype(int))


def load(frame: pd.DataFrame, model: Any, **options: Any) -> Any:
    features = options.pop("features", X)
    return mw.load_study(
        model=model.fit(frame[features], frame["y"]), reference=frame, target="y", features=features, **options
    )


def measured(study: Any, **options: Any) -> CrossValidationResult:
    result = cross_validate(study, **options)
    assert isinstance(result, CrossValidationResult), result
    return result


def finding(result: Result, code: str) -> Finding:
    return next(each for each in result.findings if each.code == code)


@pytest.fixture(scope="module")
def full() -> CrossValidationResult:
    """A study with test, time and entity."""
    rng = np.random.default_rng(1)
    frame = rows(600).assign(
        when=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 100, 600)), unit="D"),
        customer=rng.integers(0, 150, 600),
    )
    test = rows(300, seed=2).assign(when=pd.Timestamp("2024-06-01"), customer=range(1000, 1300))
    return measured(load(frame, GaussianNB(), test=test, time="when", entity="customer"))


def test_every_scheme_is_listed_and_the_inapplicable_one_says_why(full: CrossValidationResult) -> None:
    assert [scheme.name for scheme in full.schemes] == ["random", "stratified", "repeated", "grouped", "time", "nested"]
    assert {scheme.status for scheme in full.schemes[:5]} == {"measured"}
    nested = full.scheme("nested")
    assert (nested.status, nested.missing) == ("not_applicable", "the model isn't tuned by a search")
    assert list(full.frame().index) == [scheme.name for scheme in full.schemes]


def test_time_comes_before_entity_in_what_is_recommended(full: CrossValidationResult) -> None:
    assert full.recommended.name == "time"
    assert "later" in full.reason
    assert full.headline.startswith("Time-ordered cross-validation says .")
    assert "the shuffled one says" in full.headline
    assert "the test says" in full.headline


def test_random_folds_have_another_interval_than_ordered_ones(full: CrossValidationResult) -> None:
    assert all("Nadeau" in full.scheme(name).method for name in ("random", "stratified", "repeated"))
    assert all("bootstrap of" in full.scheme(name).method for name in ("grouped", "time"))


def test_a_deterministic_model_is_reproduced_by_its_training_rows(full: CrossValidationResult) -> None:
    found = finding(full, "OV-CV-04")
    assert found.status == "passed"
    assert full.refit is not None
    assert full.refit.agreement == 1.0


def test_the_result_survives_json(full: CrossValidationResult) -> None:
    plain = json.loads(json.dumps(full.to_dict(), allow_nan=False))
    assert Result.from_dict(plain).to_dict() == full.to_dict()


def test_the_card_has_a_dot_a_measured_scheme_and_a_table_row_a_scheme(full: CrossValidationResult) -> None:
    card = card_of(full)
    assert next(row.label for row in card.charts[0].rows) == "time-ordered"
    assert [row.role for row in card.charts[0].rows] == ["accent", *["reference"] * 4]
    assert max(row.n for row in card.charts[0].rows) == full.rows
    assert len(card.table.rows) == 6
    assert any("not applicable: the model isn't tuned by a search" in row for row in card.table.rows)
    assert card.charts[0].marks


def test_without_time_and_entity_the_repeated_scheme_is_recommended() -> None:
    result = measured(load(rows(), GaussianNB()))
    assert result.recommended.name == "repeated"
    assert finding(result, "OV-CV-02").status == "not_applicable"
    assert "time column" in finding(result, "OV-CV-02").claim
    assert "entity column" in finding(result, "OV-CV-03").claim


def test_fold_scores_equal_scikit_learns_on_the_same_folds() -> None:
    frame = rows()
    study = load(frame, LogisticRegression())
    plan = plan_folds(study, training_rows(study, max_fit_rows=1000, seed=3), folds=5, repeats=2, seed=3)
    ours = measured(study, repeats=2, seed=3)
    splits = [(split.train, split.test) for split in plan.repeats[0]]
    theirs = cross_val_score(LogisticRegression(), frame[X], frame["y"], cv=splits, scoring="roc_auc")
    np.testing.assert_allclose(ours.scheme("stratified").scores, theirs, atol=1e-12)


def test_the_same_seed_gives_the_same_result_and_another_another() -> None:
    study = load(rows(200), GaussianNB())
    options: dict[str, Any] = {"schemes": ("random", "repeated"), "repeats": 2}
    first, again, other = (measured(study, seed=seed, **options) for seed in (0, 0, 1))
    assert first.to_dict() == again.to_dict()
    assert first.scheme("random").scores != other.scheme("random").scores


def test_copies_of_an_entity_on_both_sides_are_called_optimism() -> None:
    base = rows(120)
    frame = base.loc[base.index.repeat(4)].reset_index(drop=True).assign(customer=np.repeat(np.arange(120), 4))
    frame[X] += np.random.default_rng(0).normal(scale=0.01, size=(480, 3))
    result = measured(load(frame, DecisionTreeClassifier(random_state=0), entity="customer"))
    found = finding(result, "OV-CV-03")
    assert result.recommended.name == "grouped"
    assert found.status == "failed"
    assert found.cost is not None
    assert found.cost > 0.1
    assert "customer" in found.claim


def test_products_whose_risk_only_later_rows_tell_are_what_knowing_other_times_is_worth() -> None:
    rng = np.random.default_rng(0)
    day = np.sort(rng.integers(0, 100, 2400))
    product = (day / 100 * 40 + rng.integers(0, 8, 2400)).astype(int)
    chance = 1 / (1 + np.exp(-rng.choice([-3.0, 3.0], 60)[product]))
    frame = pd.DataFrame({"product": product.astype(str), "y": (rng.random(2400) < chance).astype(int)})
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["product"]))
    model = make_pipeline(encode, LogisticRegression())
    result = measured(load(frame, model, time="when", features=["product"]), schemes=("time",))
    found = finding(result, "OV-CV-02")
    assert found.status == "failed"
    assert found.claim.startswith("Knowing the test's own time and later is worth .")
    assert result.time is not None
    assert found.cost == result.time.value == pytest.approx(result.time.flattering - result.time.honest)


def test_shuffling_that_scores_worse_says_that_rows_of_other_times_mislead(full: CrossValidationResult) -> None:
    assert full.time is not None
    worse = replace(full, time=replace(full.time, value=-0.1, lower=-0.12, upper=-0.08))
    found = of_time(load(rows(50), GaussianNB()), worse)
    assert found.status == "warning"
    assert found.claim.startswith("Rows of other times mislead this model")
    assert ".10 [.08, .12] ROC AUC better" in found.claim


def test_a_model_trained_on_other_rows_is_not_what_the_training_rows_produce() -> None:
    frame, other = rows(400), rows(400, seed=5)
    other["y"] = 1 - other["y"]
    model = LogisticRegression().fit(other[X], other["y"])
    study = mw.load_study(model=model, reference=frame, test=rows(300, seed=6), target="y")
    found = finding(measured(study, schemes=("random",)), "OV-CV-04")
    assert found.status == "failed"
    assert "isn't what your training rows produce" in found.claim
    assert found.cost is not None


def test_a_stochastic_learner_may_differ_as_much_as_two_of_its_refits() -> None:
    frame = rows(500)
    model = RandomForestClassifier(30, max_depth=4, random_state=7).fit(frame[X], frame["y"])
    model.set_params(random_state=None)
    study = mw.load_study(model=model, reference=frame, test=rows(400, seed=8), target="y")
    result = measured(study, schemes=("random",), folds=2)
    assert result.refit is not None
    assert result.refit.difference is not None
    assert result.refit.reseeded
    assert finding(result, "OV-CV-04").status == "passed"


def test_learners_of_much_chance_are_not_taken_for_another_model() -> None:
    statuses = []
    for seed in range(12):
        frame = rows(300, seed=seed)
        model = ExtraTreeClassifier(min_samples_leaf=5, random_state=seed + 100).fit(frame[X], frame["y"])
        model.set_params(random_state=None)
        study = mw.load_study(model=model, reference=frame, test=rows(2000, seed=seed + 50), target="y")
        found = measured(study, schemes=("random",), folds=2, seed=seed).refit
        assert found is not None
        statuses.append(found.status)
    assert sum(status in {"failed", "warning"} for status in statuses) <= 2, statuses


def test_a_search_is_tuned_again_in_every_outer_fold() -> None:
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 3, 8]}, cv=3, scoring="roc_auc")
    study = load(rows(200), search)
    result = measured(study, repeats=2)
    assert result.recommended.name == "nested"
    assert result.headline.startswith("Nested cross-validation says")
    assert result.tuning is not None
    assert result.tuning.flattering == study.model.model.best_score_
    assert finding(result, "OV-CV-05").status in {"passed", "failed", "not_enough_data"}


def test_a_search_by_another_metric_is_not_compared() -> None:
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 3]}, cv=3, scoring="accuracy")
    result = measured(load(rows(200), search), schemes=("nested",))
    assert result.tuning is None
    assert finding(result, "OV-CV-05").status == "not_applicable"
    assert "another metric" in finding(result, "OV-CV-05").claim
    assert finding(result, "OV-CV-05").action.endswith("give the search scoring='roc_auc'.")


def test_the_sign_of_a_scorer_is_turned_back() -> None:
    frame = rows(150)
    frame["y"] = frame["x0"] * 3 + np.random.default_rng(0).normal(size=150)
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 10.0]}, cv=3, scoring="neg_root_mean_squared_error")
    result = measured(load(frame, search, metric="rmse"), schemes=("nested",))
    assert result.tuning is not None
    assert result.tuning.flattering == pytest.approx(1.0, abs=0.3)


def test_regression_with_dates_texts_and_gaps_runs_through_its_pipeline() -> None:
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame(
        {
            "area": rng.normal(100, 30, n), "town": rng.choice(["North", "South", "É"], n),
            "sold": pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 300, n)), unit="D"),
        }
    )  # fmt: skip
    frame["y"] = 3 * frame["area"] + 50 * (frame["town"] == "North") + rng.normal(0, 20, n)
    frame.loc[::7, "area"] = np.nan
    frame.loc[::50, "y"] = np.nan
    columns = make_column_transformer((SimpleImputer(), ["area"]), (OneHotEncoder(handle_unknown="ignore"), ["town"]))
    known = frame.dropna(subset=["y"])
    model = make_pipeline(columns, Ridge()).fit(known[["area", "town"]], known["y"])
    study = mw.load_study(model=model, reference=frame, target="y", time="sold", features=["area", "town"])
    result = measured(study)
    assert result.rows == n - 6
    assert result.scheme("stratified").status == "not_applicable"
    assert "number" in result.scheme("stratified").missing
    assert result.scheme("random").scores == result.scheme("repeated").scores[:5]
    assert result.recommended.name == "time"
    assert result.metric == "rmse"
    assert finding(result, "OV-CV-04").status == "passed"


def test_three_classes_with_text_labels_and_300_rows_are_enough_to_run() -> None:
    frame = rows(300)
    frame["y"] = np.select([frame["x0"] < -0.5, frame["x0"] < 0.7], ["low", "middle"], "high")
    result = measured(load(frame, GaussianNB()), repeats=2)
    assert result.recommended.value > 0.7
    assert len(result.scheme("stratified").scores) == 5


def test_a_rare_class_lowers_the_number_of_folds() -> None:
    frame = rows(200)
    frame["y"] = (np.arange(200) % 67 == 0).astype(int)
    result = measured(load(frame, GaussianNB()), schemes=("random", "stratified"))
    assert len(result.scheme("stratified").scores) == 3
    assert finding(result, "OV-CV-01").status == "not_enough_data"


def test_a_function_can_not_be_refitted() -> None:
    study = mw.load_study(
        predict_proba=lambda frame: np.full(len(frame), 0.4), reference=rows(), target="y", features=X
    )
    result = cross_validate(study)
    assert isinstance(result, NoResult)
    assert result.missing == "model that can be refitted"


def test_logged_scores_can_not_be_refitted() -> None:
    study = mw.load_study(reference=rows().assign(score=0.3), target="y", scores="score")
    result = cross_validate(study)
    assert isinstance(result, NoResult)
    assert result.missing == "model that can be refitted"


def test_a_missing_reference_is_named_with_its_remedy() -> None:
    frame = rows()
    study = mw.load_study(model=GaussianNB().fit(frame[X], frame["y"]), test=frame, target="y")
    result = cross_validate(study)
    assert isinstance(result, NoResult)
    assert result.missing == "reference table"
    assert "reference=" in result.findings[0].action


def test_one_class_and_a_handful_of_rows_are_named() -> None:
    frame = rows()
    model = GaussianNB().fit(frame[X], frame["y"])
    few = cross_validate(mw.load_study(model=model, reference=frame[:6], target="y"))
    one = cross_validate(mw.load_study(model=model, reference=frame[frame["y"] == 1], target="y"))
    assert isinstance(few, NoResult)
    assert isinstance(one, NoResult)
    assert "labels" in one.missing


def test_too_many_rows_are_sampled_by_whole_entities_and_it_is_said() -> None:
    frame = rows(600).assign(customer=np.repeat(np.arange(150), 4))
    study = load(frame, GaussianNB(), entity="customer")
    taken = training_rows(study, max_fit_rows=200, seed=0)
    assert set(np.bincount(taken.units)) == {4}
    result = measured(study, max_fit_rows=200, repeats=2)
    assert result.rows == 200
    assert result.sampled
    assert "sample" in result.method
    assert finding(result, "OV-CV-04").status == "not_run"
    assert finding(result, "OV-CV-04").action == "Set max_fit_rows=600 to compare on the whole reference."


def test_two_moments_are_enough_to_ask_what_other_times_are_worth() -> None:
    frame = rows(400).assign(when=np.repeat(["2015-01-01", "2018-01-01"], 200))
    found = finding(measured(load(frame, GaussianNB(), time="when")), "OV-CV-02")
    assert found.status in {"passed", "not_enough_data"}
    assert isinstance(found.evidence["value"], float)
    assert abs(found.evidence["value"]) < 0.1


def test_what_rows_of_one_day_share_is_found_where_days_differ_and_nothing_lasts() -> None:
    rng = np.random.default_rng(0)
    day = np.repeat(np.arange(60), 40)
    weather = rng.choice([-2, 2], 60)[day]  # nothing tells it but the day's own number
    frame = pd.DataFrame({"day_code": rng.permutation(60)[day], "x": rng.normal(size=2400)})
    frame["y"] = (weather + rng.normal(size=2400) > 0).astype(int)
    frame["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    model = DecisionTreeClassifier(min_samples_leaf=3, random_state=0)
    result = measured(load(frame, model, time="when", features=["day_code", "x"]), schemes=("time",))
    assert finding(result, "OV-CV-02").status == "failed"
    assert result.time is not None
    assert result.time.flattering - result.time.honest > 0.2


def test_a_model_that_raises_is_a_failed_finding() -> None:
    class Fussy(GaussianNB):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            if len(y) < 300:
                raise ValueError("too few rows for me")
            return super().fit(X, y)

    result = cross_validate(load(rows(320), Fussy()))
    assert isinstance(result, NoResult)
    assert result.findings[0].status == "failed"
    assert "Fussy raised ValueError" in result.headline
    assert "too few rows for me" not in result.headline  # a model's own words may quote a cell
    assert isinstance(ModelError("x"), RuntimeError)


def test_progress_ends_at_one_and_cancel_stops_between_fits() -> None:
    study = load(rows(100), GaussianNB())
    seen: list[float] = []
    measured(study, repeats=2, progress=lambda share, _: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    calls: list[int] = []

    def cancel() -> bool:
        calls.append(1)
        return len(calls) > 3

    with pytest.raises(CancelledError):
        cross_validate(study, cancel=cancel)
    assert len(calls) == 4


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"folds": 1}, InputError, "folds=1"),
        ({"repeats": 0}, InputError, "repeats=0"),
        ({"max_fit_rows": 3}, InputError, "max_fit_rows=3"),
        ({"margin": 0.0}, InputError, "margin=0.0"),
        ({"margin": float("inf")}, InputError, "margin=inf"),
        ({"seed": -1}, InputError, "seed=-1"),
        ({"schemes": ()}, InputError, "empty"),
        ({"schemes": ("timed",)}, UnknownNameError, "Did you mean 'time'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        cross_validate(load(rows(50), GaussianNB()), **options)


def test_a_model_fitted_with_weights_is_what_its_training_rows_produce() -> None:
    frame = rows().assign(
        w=lambda f: np.where(f["x1"] > 0, 0.2, 4.5), y=lambda f: np.where(f["x1"] > 0, 1 - f["y"], f["y"])
    )
    test = rows(2000, seed=3).assign(w=1.5)
    model = LogisticRegression().fit(frame[X], frame["y"], sample_weight=frame["w"])
    study = mw.load_study(model=model, reference=frame, test=test, target="y", weights="w")
    result = measured(study, schemes=("random",), folds=2)
    assert finding(result, "OV-CV-04").status == "passed"
    assert "Row weights count in scores and in refits." in result.method


def test_where_refits_cannot_take_the_weights_the_model_is_not_compared_with_them() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    frame = rows().assign(w=0.5)
    model = KNeighborsClassifier().fit(frame[X], frame["y"])
    result = measured(
        mw.load_study(model=model, reference=frame, target="y", weights="w"), schemes=("random",), folds=2
    )
    assert finding(result, "OV-CV-04").status == "not_applicable"
    assert "refits can't take the row weights" in finding(result, "OV-CV-04").claim
    assert "its fit takes none" in result.method


def test_the_studys_margin_counts_in_every_strategy() -> None:
    frame, test = rows(), rows(300, seed=4)
    study = load(frame, GaussianNB(), test=test, production=test, margin=0.123)
    live = mw.overfitting.compare_live(study, folds=2, draws=100)
    assert measured(study, schemes=("random",), folds=2).margin == live.margin == 0.123  # type: ignore[union-attr]
    tournament = mw.overfitting.run_tournament(study, n_models=2, test_rows=(50,))
    assert finding(tournament, "OV-TO-01").evidence["margin"] == 0.123
