"""One suite over every Result type: what each of them owes its reader."""

import json
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import bundles, card_of
from mlops_widgets.core.result import Result
from mlops_widgets.governance.prediction_log.entries import entry_table
from mlops_widgets.ui import paper, pictures
from mlops_widgets.ui.card import Card

HOSTILE = "<script>window.pwned=1</script>"


@cache
def _study() -> mw.Study:
    return mw.sample("census")


@cache
def _live() -> Result:
    return mw.overfitting.compare_live(_study(), folds=2, draws=100)


@cache
def _validation() -> Result:
    return mw.overfitting.cross_validate(_study(), folds=2, repeats=1, max_fit_rows=500)


@cache
def _tournament() -> Result:
    return mw.overfitting.run_tournament(_study(), n_models=3, test_rows=(50,))


@cache
def _scorecard() -> Result:
    return mw.run_all(_study(), only=("choose_threshold",), clock=lambda: 0.0)


def _promises() -> Result:
    return mw.overfitting.compare_promises(_live(), _validation())  # type: ignore[arg-type]  # the types they are


@cache
def _leaks() -> Result:
    return mw.overfitting.find_leaks(_study(), max_rows=300)


@cache
def _coverage() -> Result:
    return mw.overfitting.measure_coverage(_study(), draws=99, max_rows=500)


@cache
def _reweighted() -> Result:
    return mw.overfitting.reweight_metric(_study(), draws=100, max_fit_rows=500)


@cache
def _slices() -> Result:
    return mw.overfitting.find_weak_slices(_study(), max_rows=1000)


@cache
def _drift_review() -> Result:
    return mw.overfitting.review_drift(_study(), draws=100)


@cache
def _profile() -> Result:
    return mw.data_quality.profile(_study())


@cache
def _change() -> Result:
    return mw.overfitting.explain_change(_study(), max_rows=800, draws=100, retrain=False)


@cache
def _decision_path() -> Result:
    from sklearn.tree import DecisionTreeClassifier

    rows = _study().need("test").pandas()
    columns, target = list(_study().model.features), _study().outcome.target
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(rows[columns], rows[target])
    return mw.explainability.read_decision_path(mw.load_study(model=tree, test=rows, target=target), row=1)


def _label_errors() -> Result:
    rng = np.random.default_rng(0)
    p = rng.beta(0.3, 0.3, 500)
    return mw.data_quality.find_label_errors((rng.random(500) < p).astype(int), probabilities=p)


@cache
def _recipe() -> Result:
    steps = (
        mw.data_quality.Step(kind="void_range", columns=("AGEP",), parameters={"lower": 20, "upper": None}),
        mw.data_quality.Step(kind="impute", columns=("AGEP",), on=False),
    )
    return mw.data_quality.CleaningRecipe(steps).preview(_study())


@cache
def _census_contract() -> "mw.data_quality.Contract":
    rules = mw.data_quality.ColumnRules(
        name="AGEP", type="integer", missing_share=0, lower=18, upper=60, tolerance=0.01
    )
    return mw.data_quality.Contract(name="census", columns=(rules,))


@cache
def _batches() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    paid = [rng.normal(50, 10, 200) for _ in range(4)]
    return {f"2024-{week:02d}": pd.DataFrame({"id": range(200), "paid": each}) for week, each in enumerate(paid, 1)}


def _retention() -> Result:
    rule = mw.data_quality.RetentionRule(pattern="*.csv", keep_days=30, why="contract", owner="Ada")
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        rows.mkdir()
        (rows / "old.csv").write_text("a\n1\n")
        os.utime(rows / "old.csv", (1_700_000_000, 1_700_000_000))
        return mw.data_quality.apply_retention(rows, [rule], now=datetime(2099, 1, 1, tzinfo=UTC))


@cache
def _retirement() -> Result:
    return mw.lifecycle.evaluate_retirement(_study(), draws=100)


def _retraining() -> Result:
    """Return the policies on eight chunks in which a model loses more as it ages."""
    age = np.subtract.outer(-np.arange(8.0), -np.arange(8.0))
    matrix = np.where(age < 0, np.nan, 1 + 0.1 * age)
    return mw.lifecycle.RetrainingResult.from_matrix(matrix, counts=np.arange(10, 18)).with_costs(retrain_cost=0.5)


def _pipeline() -> Result:
    """Return a run in a folder of its own, at a fixed moment and by a clock that stands still."""
    steps = {
        "drift": lambda study: {"tables": len(study.tables)},
        "decide": lambda drift: {"verdict": "keep", "why": f"{drift['tables']} tables."},
    }
    others = dict.fromkeys(("validate", "score", "review", "rows", "retrain", "compare", "gate", "register", "report"))
    with TemporaryDirectory() as folder:
        pipeline = mw.lifecycle.Pipeline(_study(), out=folder, steps={**others, **steps})
        return pipeline.run(now=datetime(2026, 3, 31, tzinfo=UTC), clock=lambda: 0.0)


def _log_verification() -> Result:
    with TemporaryDirectory() as folder:
        log = mw.governance.AuditLog(Path(folder) / "log.db")
        log.append("audit", {"n": 1}, at=datetime(2026, 3, 31, tzinfo=UTC))
        return log.verify()


def _bundle(look: Callable[[Path, Result], Result]) -> Result:
    with TemporaryDirectory() as folder:
        made = mw.governance.export_bundle(_study(), Path(folder) / "bundle")
        return look(Path(folder) / "bundle", made)


def _spoiled(folder: Path, _made: Result) -> Result:
    (folder / "sign_offs.json").write_text("{}")
    (folder / HOSTILE.replace("/", "_")).write_text("")
    return mw.governance.verify_bundle(folder)


def _logged(look: Callable[[mw.governance.PredictionLog], Result]) -> Result:
    with TemporaryDirectory() as folder:
        log = mw.governance.PredictionLog(Path(folder) / "log")
        fields = {
            "model": "ab" * 32, "ids": range(60), "scores": [0.2, 0.8] * 30, "decisions": [HOSTILE, "b"] * 30, "threshold": 0.5,
            "reasons": [[HOSTILE]] * 60, "policy_version": HOSTILE, "at": pd.date_range("2026-01-05", periods=60, freq="12h"),
        }  # fmt: skip
        log.append(entry_table(60, fields, kept={}), written=datetime(2026, 3, 31, tzinfo=UTC))
        return look(log)


def _registered(look: Callable[[mw.governance.Registry], Result]) -> Result:
    from sklearn.linear_model import LogisticRegression

    name = HOSTILE.replace("/", "\\")
    with TemporaryDirectory() as folder:
        registry = mw.governance.Registry(folder, clock=lambda: datetime(2026, 3, 31, tzinfo=UTC))
        registry.register(LogisticRegression(), name=name, author=f"Ada {HOSTILE}", note=HOSTILE)
        registry.describe(name, owner=f"Bo {HOSTILE}", use=HOSTILE, exposure="high", purpose="decides", by="Ada King")
        registry.demote(name, 1, by=f"Cy {HOSTILE}", reason=HOSTILE)
        return look(registry)


MAKERS: dict[str, Callable[[], Result]] = {
    "InventoryResult": lambda: _registered(mw.governance.inventory),
    "RegistryResult": lambda: _registered(lambda registry: registry.show(registry.names[0])),
    "RegistryVerification": lambda: _registered(lambda registry: registry.verify()),
    "PredictionLogCheck": lambda: _logged(lambda log: log.verify()),
    "PredictionRetention": lambda: _logged(
        lambda log: mw.governance.retain_predictions(log, keep_days=200, now=datetime(2027, 1, 1, tzinfo=UTC))
    ),
    "UsageResult": lambda: _logged(mw.governance.review_usage),
    "AlternativesResult": lambda: mw.governance.find_alternatives(
        _study(), groups="DIS", most_candidates=1, max_rows=600, max_fit_rows=400, draws=100
    ),
    "EqualAccuracyResult": lambda: mw.governance.run_equal_accuracy(seeds=2, rows=2000),
    "PipelineResult": _pipeline,
    "ComparisonResult": lambda: mw.lifecycle.compare_models(_study(), "plain", draws=100, max_rows=1000),
    "RetrainingSchedule": lambda: mw.lifecycle.schedule_retraining(
        _study(), mw.lifecycle.RetrainingResult.from_matrix([[1.0, 2.0], [0.0, 1.0]])
    ),
    "GreenDashboardResult": lambda: mw.lifecycle.run_green_dashboard(desks=2, rows=4800),
    "ReviewResult": lambda: mw.lifecycle.review_performance(_study(), chunks="year", draws=100),
    "Bundle": lambda: _bundle(lambda _folder, made: made),
    "BundleVerification": lambda: _bundle(_spoiled),
    "AuditResult": lambda: mw.governance.audit(_study()),
    "EthicsResult": lambda: mw.governance.check_ethics(
        _study(),
        {
            "study": _study().fingerprint,
            "A1": {"answer": "yes", "text": HOSTILE, "by": f"Ada {HOSTILE}", "on": "2026-03-31"},
        },
    ),
    "Datasheet": lambda: mw.governance.write_datasheet(_study()),
    "DecisionExplanation": lambda: mw.governance.explain_decision(
        _study(), 1, explanation=mw.explainability.explain(_study(), 1, method="shap")
    ),
    "ChangeLog": lambda: _registered(lambda registry: mw.governance.describe_changes(registry, registry.names[0])),
    "ModelCard": lambda: mw.governance.write_model_card(_study(), draws=50),
    "WaitingResult": lambda: mw.lifecycle.price_waiting(_study(), origins=1),
    "RecoveryResult": lambda: mw.lifecycle.measure_recovery(_study(), origins=1, draws=100),
    "RetirementResult": _retirement,
    "DecisionRecord": lambda: mw.lifecycle.record_decision(_retirement(), decided_by="Ada King"),  # type: ignore[arg-type]  # the type it is
    "Runbook": lambda: mw.lifecycle.write_runbook(
        mw.lifecycle.record_decision(_retirement(), decided_by="Ada King", decision="retire", reason="It is replaced.")  # type: ignore[arg-type]  # the type it is
    ),
    "RetrainingResult": _retraining,
    "FairnessResult": lambda: mw.governance.assess_fairness(mw.sample("census"), groups="SEX", draws=100),
    "LogVerification": _log_verification,
    "BatchAuditResult": lambda: mw.data_quality.audit_batches(_batches(), learn="nothing"),
    "PipelineCheckResult": lambda: mw.data_quality.check_pipeline(_batches(), keys="id", totals="paid"),
    "RetentionResult": _retention,
    "PersonalDataResult": lambda: mw.data_quality.find_personal_data(_study()),
    "DataRecord": lambda: mw.data_quality.record_data(_study(), owner="Ada King", said_on="2026-03-31"),
    "RecordComparison": lambda: mw.data_quality.record_data(_study()).compare(_study(), table="test"),  # type: ignore[union-attr]
    "ContractDescription": lambda: _census_contract().describe(),
    "EditedContract": lambda: mw.data_quality.ContractEditor(_census_contract(), _study()).run(),
    "ContractDiff": lambda: mw.data_quality.compare_contracts(
        _census_contract(), _census_contract().set_column("AGEP", upper=99)
    ),
    "ValidationResult": lambda: mw.data_quality.validate(_study(), _census_contract()),
    "RecipeResult": _recipe,
    "LabelErrorsResult": _label_errors,
    "ErrorsResult": lambda: mw.data_quality.find_errors(
        _study(), max_rows=500, kinds=["duplicate", "outlier", "constant"]
    ),
    "SpoilersDeskResult": lambda: mw.data_quality.run_spoilers_desk(
        spills=["flipped_labels", "unit"], shares=(0.1,), rounds=2
    ),
    "NoticeResult": lambda: mw.data_quality.notice_spills(_study(), max_rows=100),
    "PriceResult": lambda: mw.data_quality.price_issues(
        _study(), kinds=["sentinel", "labels"], splits=3, max_fit_rows=100, max_test_rows=200, draws=100
    ),
    "AccountResult": lambda: mw.explainability.account_for(
        mw.explainability.measure_importance(_study(), explained_rows=40, max_rows=200, repeats=1, draws=100),
        mw.explainability.document_model(_study(), explained_rows=20, draws=50),
    ),
    "CohortResult": lambda: mw.explainability.compare_cohorts(_study(), "DIS", explained_rows=40, draws=100),
    "DecisionPathResult": _decision_path,
    "Explanation": lambda: mw.explainability.explain(_study(), [0, 1], samples=100, background=10),
    "WhatIfResult": lambda: mw.explainability.vary_row(_study(), row=1, lime=False),
    "EffectsResult": lambda: mw.explainability.measure_effects(_study(), max_rows=200, dependence_rows=30, draws=50),
    "ManipulationAudit": lambda: mw.explainability.audit_manipulation(_study(), max_rows=60, explained_rows=0),
    "MethodComparison": lambda: mw.explainability.compare_methods(_study(), explained_rows=8, samples=300),
    "TrustResult": lambda: mw.explainability.rate_trust(_study(), 3, samples=300, background=30),
    "ImportanceResult": lambda: mw.explainability.measure_importance(
        _study(), explained_rows=30, max_rows=200, repeats=1, draws=50
    ),
    "ModelDocument": lambda: mw.explainability.document_model(_study(), explained_rows=20, draws=50),
    "InteractionsResult": lambda: mw.explainability.find_interactions(_study(), top=3, max_rows=40),
    "RecourseResult": lambda: mw.explainability.find_recourse(_study(), 0, most_rows=200, draws=5, refits=0),
    "AbPlanResult": lambda: mw.overfitting.plan_ab_test(0.1, lift=0.2, per_day=500, looks=5),
    "AbTestResult": lambda: mw.overfitting.analyse_ab_test({"control": (40, 500), "treatment": (60, 520)}),
    "RolloutResult": lambda: mw.overfitting.replay_rollout(
        _study(), "plain", max_rows=1000, max_fit_rows=500, draws=100, simulations=200
    ),
    "PeekingResult": lambda: mw.overfitting.simulate_peeking(0.2, looks=8, rows_per_arm=800, experiments=100),
    "DriftReviewResult": _drift_review,
    "ChangeResult": _change,
    "LabelFreeResult": lambda: mw.overfitting.estimate_without_labels(_study(), metrics=["accuracy"], draws=50),
    "LiveGapResult": _live,
    "CoverageResult": _coverage,
    "ReweightResult": _reweighted,
    "CrossValidationResult": _validation,
    "LeakResult": _leaks,
    "TournamentResult": _tournament,
    "WeakSlicesResult": _slices,
    "PromiseResult": _promises,
    "StressResult": lambda: mw.overfitting.stress(
        _study(), faults=["nulls", "reordered", "missing_column"], max_rows=60, draws=100
    ),
    "BaselineResult": lambda: mw.overfitting.compare_baselines(_study(), max_fit_rows=300, draws=100),
    "LearningCurveResult": lambda: mw.overfitting.measure_learning_curve(
        _study(), sizes=2, repeats=2, max_fit_rows=100, max_test_rows=200, draws=100
    ),
    "ValidationCurveResult": lambda: mw.overfitting.measure_validation_curve(
        _study(), values=[3, 31], folds=2, max_fit_rows=200, draws=100
    ),
    "Profile": _profile,
    "ProfileDiff": lambda: mw.data_quality.compare_profiles(_profile(), mw.data_quality.profile(_study().test)),  # type: ignore[arg-type]
    "Scorecard": _scorecard,
    "CalibrationResult": lambda: mw.overfitting.measure_calibration(_study(), draws=100),
    "SelectionBiasResult": lambda: mw.overfitting.estimate_selection_bias(_study(), n_candidates=50, draws=100),
    "ThresholdResult": lambda: mw.overfitting.choose_threshold(_study(), draws=100),
    "StudyDescription": lambda: _study().describe(),
    "StakeholderReport": lambda: mw.explainability.write_stakeholder_report(_study(), 3, background=10),
    "NoResult": lambda: mw.overfitting.compare_promises(_study().describe(), _validation()),  # type: ignore[arg-type]
    "ExerciseResult": lambda: mw.exercise("OV-4", mw.sample("census"), answer=3000, results=(_live(),)),
    "GuessResult": lambda: mw.Guess("How much?", guess=0.4).compare(0.6, label="it"),
    "Takeaways": lambda: mw.open_chapter(study=_study()).takeaways(_live(), _validation()),
    "AssessmentResult": lambda: mw.assess(label_delay="no", production_score="yes", top_columns="don't know"),
    "CheckResult": lambda: mw.testing.check_study(_study()),
    "ShortcutResult": lambda: mw.explainability.find_shortcuts(
        _study(), max_rows=100, max_fit_rows=100, explained_rows=0, draws=100
    ),
    "PerfectModelResult": lambda: mw.explainability.run_perfect_model(explained_rows=20, draws=100),
    "ChapterCommands": lambda: mw.open_chapter(study="census").command(1),
}
ONCE = {name: make if hasattr(make, "cache_info") else cache(make) for name, make in MAKERS.items()}
"""Each maker with a memory: nine tests look at one result."""
every_result = pytest.mark.parametrize("make", ONCE.values(), ids=ONCE)


@pytest.fixture(scope="module", autouse=True)
def drawn_once() -> Iterator[None]:
    """Draw equal cards once: several tests look at each picture, and nothing here takes longer than drawing.

    Letters go into PDF files as curves: whole fonts take half the time of printing, and `ui/test_article.py` reads them back.
    """
    drawn: dict[bytes, pictures.Picture] = {}
    draw = pictures.picture

    def draw_once(card: Card) -> pictures.Picture:
        key = pickle.dumps(card)
        if key not in drawn:
            drawn[key] = draw(card)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "picture", draw_once)
        patch.setattr(paper, "FONT_TYPE", 3)
        yield


class Page(HTMLParser):
    """What a page would run or load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts = 0
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.loads += [value or "" for name, value in attrs if name in {"src", "href"} or name.startswith("on")]


def test_every_public_result_type_is_in_this_suite() -> None:
    for module in walk_packages(mw.__path__, "mlops_widgets."):
        import_module(module.name)
    public = {kind.__name__ for kind in Result.types.values() if kind.__module__.startswith("mlops_widgets.")}
    assert public == set(MAKERS)


@every_result
def test_the_result_is_what_it_is_called(make: Callable[[], Result], request: pytest.FixtureRequest) -> None:
    assert type(make()).__name__ == request.node.callspec.id


@every_result
def test_no_claim_begins_with_a_column_whose_name_its_capital_would_change(make: Callable[[], Result]) -> None:
    reference = _study().reference
    assert reference is not None
    columns = [str(column).lower() for column in reference.columns]
    assert [f.claim for f in make().findings if f.claim.split(maxsplit=1)[0].strip(",:").lower() in columns] == []


@every_result
def test_a_result_is_frozen_to_its_arrays(make: Callable[[], Result]) -> None:
    result = make()
    with pytest.raises(FrozenInstanceError):
        result.rows = 1  # type: ignore[misc]  # the point of the test
    arrays = [getattr(result, each.name) for each in fields(result)]
    assert not any(array.flags.writeable for array in arrays if isinstance(array, np.ndarray))


@every_result
def test_a_result_survives_json(make: Callable[[], Result]) -> None:
    result = make()
    text = json.dumps(result.to_dict(), allow_nan=False)
    back = Result.from_dict(json.loads(text))
    assert type(back) is type(result)
    assert back.to_dict() == result.to_dict()
    assert str(back) == str(result)


@every_result
def test_the_same_seed_gives_the_same_result(make: Callable[[], Result]) -> None:
    afresh = unwrap(make)
    assert afresh is not make
    assert afresh().to_dict() == make().to_dict()


@every_result
def test_a_result_draws_and_stays_as_it_is(make: Callable[[], Result]) -> None:
    result = make()
    before = json.dumps(result.to_dict())
    assert isinstance(card_of(result), Card)
    assert result.figure().axes is not None
    assert json.dumps(result.to_dict()) == before


@every_result
def test_outputs_are_a_picture_with_words_and_a_page_that_loads_nothing(make: Callable[[], Result]) -> None:
    first, second = bundles(make())
    assert set(first) >= {"image/png", "text/plain", "application/vnd.mlops-widgets.result+json"}
    assert len(first["text/plain"]) > 10
    page = Page(second["text/html"])
    assert page.scripts == 1
    assert page.loads == []


@every_result
def test_the_frame_has_a_row_for_each_thing_measured(make: Callable[[], Result]) -> None:
    frame = make().frame()
    assert len(frame.columns) > 0


@every_result
def test_a_result_saves_as_numbers_picture_and_page(
    make: Callable[[], Result], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    for suffix, start in ((".json", b"{"), (".png", b"\x89PNG"), (".html", b"<!doctype html>"), (".pdf", b"%PDF")):
        assert make().save(folder / f"it{suffix}").read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"\.json, \.png, \.html(, \.md)? or \.pdf"):
        make().save(folder / "it.xlsx")


def test_hostile_names_stay_words_in_every_output() -> None:
    frame = _study().need("test").pandas().rename(columns={"AGEP": HOSTILE}).astype({"employed": str})
    frame["employed"] = frame["employed"].map({"0": "no", "1": HOSTILE})
    frame = frame.assign(score=np.linspace(0, 1, len(frame)))
    study = mw.load_study(test=frame, target="employed", scores="score", positive=HOSTILE, name=HOSTILE, groups=HOSTILE)
    for result in (
        study.describe(),
        mw.overfitting.compare_live(study),
        mw.overfitting.run_tournament(study, n_models=3),
    ):
        page = bundles(result)[1]["text/html"]
        assert HOSTILE not in page
        assert Page(page).scripts == 1
