"""The registry: what it keeps of a model, which way versions go, and that every decision can be read again."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.codec import to_plain
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError, WrongTypeError
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.registry.entries import ModelMetric, RuleEntry
from mlops_widgets.governance.registry.gate import GateRefused
from mlops_widgets.governance.registry.registry import Registry
from mlops_widgets.records import open_records
from mlops_widgets.study.model_files.door import load_model
from tests.governance.registry.small_models import (
    ADA,
    BO,
    OWNED,
    REASON,
    SIGNED,
    STRICT,
    promote,
    registry_in,
    rows,
    study,
)


def test_a_version_holds_digest_signature_lineage_and_metrics_with_rows_and_interval(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    told = registry.register(name="loans", author=ADA, study=study(), note="First.", lineage={"commit": "abc"})
    assert (told.id, told.stage, told.author, told.note) == ("loans/1", "none", ADA, "First.")
    assert told.digest == sha256(registry.file("loans", 1).read_bytes()).hexdigest()
    assert told.signature is not None
    assert dict(told.signature.inputs) == {"a": "float64", "b": "float64"}
    assert (told.signature.task, told.signature.classes) == ("binary", 2)
    assert told.lineage["fingerprint"] == study().fingerprint
    assert told.lineage["commit"] == "abc"
    assert told.tables == {"test": study().need("test").fingerprint}
    metric = told.metrics[0]
    assert (metric.name, metric.table, metric.n) == ("roc_auc", "test", 120)
    assert metric.lower < metric.value < metric.upper
    assert metric.value == pytest.approx(study().measure(study().need("test")).score)
    assert Registry(tmp_path).version("loans", 1) == told


def test_equal_models_are_one_version_and_another_name_may_have_it_too(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(InputError, match="loans/1 already, by Ada King"):
        registry.register(study().model.model, name="loans", author=BO)  # type: ignore[attr-defined]  # an EstimatorPredictor
    assert registry.register(study().model.model, name="offers", author=BO).id == "offers/1"  # type: ignore[attr-defined]  # as above
    assert registry.names == ("loans", "offers")
    assert len(list((tmp_path / "models").iterdir())) == 1


def test_a_file_is_kept_byte_by_byte_and_opened_only_by_load(tmp_path: Path) -> None:
    first = registry_in(tmp_path / "one", 1.0)
    file = first.file("loans", 1)
    second = Registry(tmp_path / "two")
    told = second.register(str(file), name="copied", author=ADA)
    assert told.digest == first.version("loans", 1).digest
    frame = rows()[["a", "b"]]
    assert np.array_equal(second.load("copied", 1).predict_proba(frame), load_model(file).predict_proba(frame))


def test_what_is_kept_of_a_study_is_refused_for_another_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="don't belong together"):
        Registry(tmp_path).register(study(1.0).model.model, name="loans", author=ADA, study=study(0.01))  # type: ignore[attr-defined]  # an EstimatorPredictor


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"author": ""}, InputError, "names nobody"),
        ({"author": "TBD"}, InputError, "names nobody"),
        ({"author": "Аda King"}, InputError, "several alphabets"),
        ({"name": "a/b"}, InputError, "without a slash"),
        ({"name": ""}, InputError, "without a slash"),
        ({"parents": [7]}, UnknownNameError, "no such model"),
        ({"metrics": [0.5]}, WrongTypeError, "ModelMetric"),
        ({"draws": 1}, InputError, "draws=1"),
        ({"aliases": "champion"}, WrongTypeError, "list of texts"),
    ],
)
def test_what_says_nothing_is_refused(
    tmp_path: Path, given: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Registry(tmp_path).register(LogisticRegression(), **{"name": "loans", "author": ADA, **given})  # type: ignore[arg-type]  # wrong on purpose
    assert not open_records(tmp_path / "registry.db").read()


def test_a_function_and_logged_answers_cannot_be_kept(tmp_path: Path) -> None:
    called = mw.load_study(model=lambda frame: np.zeros(len(frame)), test=rows(), target="y")
    logged = mw.load_study(test=rows().assign(p=0.5), scores="p", target="y")
    for each in (called, logged):
        with pytest.raises(InputError, match="none that a file can keep"):
            Registry(tmp_path).register(name="loans", author=ADA, study=each)


def test_a_regression_is_registered_and_promoted_too(tmp_path: Path) -> None:
    frame = rows()[["a", "b"]].assign(y=rows().a * 2 + 1)
    made = mw.load_study(model=LinearRegression().fit(frame[["a"]], frame.y), test=frame[["a", "y"]], target="y")
    registry = Registry(tmp_path)
    told = registry.register(name="loans", author=ADA, study=made)
    assert told.signature is not None
    assert (told.signature.task, told.signature.classes) == ("regression", 0)
    assert promote(registry, study=made).outcome == "passed"


def test_the_gate_promotes_what_meets_every_requirement_and_keeps_the_audit(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    move = promote(registry)
    assert (move.outcome, move.before, move.to, move.by, move.reason, move.identity) == (
        "passed",
        "none",
        "production",
        BO,
        REASON,
        "bytes",
    )
    assert (move.met, move.asked) == (2, 2)
    assert registry.stage("loans", 1) == "production"
    assert registry.current("loans") == registry.version("loans", 1)
    assert registry.current("loans", "staging") is None
    audit = registry.audit(move.number)
    assert audit.passed
    assert audit.fingerprint == study().fingerprint
    assert digest(audit.to_dict()) == move.audit_digest
    assert audit.policy_digest == digest(to_plain(OWNED))


def test_a_refusal_names_every_requirement_that_is_not_met_and_is_recorded(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(GateRefused) as refused:
        promote(registry, policy=STRICT, sign_offs=(), approver="ada KING")
    told = refused.value
    assert len(told.reasons) == 3
    assert "made this version" in told.reasons[0]
    assert told.reasons[1].startswith("T-1")
    assert "mw.overfitting.find_leaks(study)" in told.reasons[2]
    assert told.audit is not None
    assert told.audit.met == 1
    move = registry.history("loans")[-1]
    assert (move.number, move.outcome, move.reasons) == (told.number, "refused", told.reasons)
    assert registry.stage("loans", 1) == "none"
    assert registry.verify().is_intact


def test_one_version_is_in_production_and_the_one_before_is_archived(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0, 0.1)
    promote(registry, 1, 1.0)
    promote(registry, 2, 0.1)
    assert [each.stage for each in registry.versions("loans")] == ["archived", "production"]


def test_only_up_is_a_promotion_and_only_down_a_demotion(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    promote(registry)
    with pytest.raises(GateRefused, match="no promotion"):
        promote(registry, to="staging")
    with pytest.raises(InputError, match="Pass a lower one"):
        registry.demote("loans", 1, to="production", by=BO, reason="No.")
    assert registry.demote("loans", 1, to="staging", by=ADA, reason="It drifts.").outcome == "passed"
    assert registry.stage("loans", 1) == "staging"


def test_rolling_back_needs_no_gate_and_only_what_came_through_it_before_comes_back(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0, 0.1, 10.0)
    promote(registry, 1, 1.0)
    promote(registry, 2, 0.1)
    with pytest.raises(InputError, match="never came there through the gate"):
        registry.roll_back("loans", to=3, by=ADA, reason="Try.")
    with pytest.raises(InputError, match="is there"):
        registry.roll_back("loans", to=2, by=ADA, reason="Try.")
    assert registry.roll_back("loans", to=1, by=ADA, reason="Version 2 errs.").outcome == "passed"
    assert [each.stage for each in registry.versions("loans")] == ["production", "archived", "none"]
    assert "put back by Ada King" in registry.show("loans").headline
    registry.demote("loans", 1, by=ADA, reason="Both err.")
    assert registry.current("loans") is None


def test_a_set_policy_is_the_one_that_counts_and_by_default_the_one_that_is_taken(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    registry.require(STRICT, to="production", by=CY_AND_ADA, reason="Our rule.")
    with pytest.raises(GateRefused, match=r"isn't the one that .* set for stage production, 'strict'"):
        promote(registry, policy=OWNED)
    with pytest.raises(GateRefused) as refused:
        promote(registry, policy=None)
    assert [each[:3] for each in refused.value.reasons] == ["T-3"]
    registry.require(OWNED, to="production", by=BO, reason="Enough for this one.", name="loans")
    assert promote(registry, policy=None).policy == "owned"
    assert registry.show("loans").policies["production"].startswith("owned, 2 requirements; set by Bo Lee")


CY_AND_ADA = "Cy Roth and Ada King"


def test_whoever_signed_the_approval_approves(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    first = mw.governance.audit(study(), OWNED, sign_offs=SIGNED, registry=registry)
    other = mw.governance.sign_off(
        "T-9", by="Di Moor", role="approver", on="2026-01-30", statement="Yes.", evidence=first
    )
    with pytest.raises(GateRefused, match="the approval in sign_offs= is by 'Di Moor'"):
        promote(registry, sign_offs=(*SIGNED, other))
    assert promote(registry, sign_offs=(*SIGNED, other), approver="Moor, Di").outcome == "passed"


def test_an_independent_approval_of_the_evidence_opens_the_gate_of_the_audit(tmp_path: Path) -> None:
    from mlops_widgets.governance.policies.policy import Policy
    from mlops_widgets.governance.policies.requirement import Check, Requirement

    approved = Requirement(
        id="T-8", title="Approved.", check=Check(kind="sign_off", role="approver", on="evidence", independent=True)
    )
    policy = Policy(name="approved", requirements=(*OWNED.requirements, approved))
    registry = registry_in(tmp_path, 1.0)
    seen = mw.governance.audit(study(), policy, sign_offs=SIGNED, registry=registry)
    approval = mw.governance.sign_off("T-8", by=BO, role="approver", on="2026-01-30", statement="Yes.", evidence=seen)
    assert promote(registry, policy=policy, sign_offs=(*SIGNED, approval)).met == 3


def test_auditing_again_moves_nothing_and_is_in_the_history(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    promote(registry)
    told = registry.review(
        "loans", 1, study=study(), policy=STRICT, by=ADA, reason="Half a year is over.", sign_offs=SIGNED
    )
    assert told is not None
    assert not told.passed
    last = registry.history("loans")[-1]
    assert (last.action, last.outcome, last.met, last.asked) == ("audit", "refused", 2, 3)
    assert registry.stage("loans", 1) == "production"


def test_models_that_a_pipeline_registered_are_versions_without_an_author(tmp_path: Path) -> None:
    content = registry_in(tmp_path / "other", 1.0).file("loans", 1).read_bytes()
    name = sha256(content).hexdigest()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{name}.skops").write_bytes(content)
    records = open_records(tmp_path / "records.db")
    payload = {
        "pipeline": "loans",
        "digest": name,
        "file": f"{name}.skops",
        "lineage": {"rows": 120, "until": "2026-01"},
        "measured": {},
    }
    records.append("model", payload)
    records.append("pipeline", {"event": "run started"})
    registry = Registry(tmp_path / "records.db")
    told = registry.version("loans", 1)
    assert (told.author, told.stage, dict(told.lineage)) == ("", "none", {"rows": "120", "until": "2026-01"})
    with pytest.raises(GateRefused, match="Nobody is known to have made loans/1"):
        promote(registry)
    claimed = registry.register(registry.file("loans", 1), name="loans", author=ADA, study=study())
    assert (claimed.version, claimed.author, claimed.lineage["rows"]) == (1, ADA, "120")
    assert promote(registry).outcome == "passed"
    assert registry.verify().is_intact


def test_a_study_loaded_from_the_versions_own_file_is_that_version(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    loaded = mw.load_study(model=registry.file("loans", 1), test=rows(), target="y", name="small")
    assert promote(registry, study=loaded).outcome == "passed"


def test_a_version_is_also_known_by_its_answers_to_all_rows(tmp_path: Path) -> None:
    import skops.io

    frame = rows()
    twice = LogisticRegression(C=1.0, verbose=0, max_iter=101).fit(frame[["a", "b"]], frame.y)
    path = tmp_path / "same.skops"
    skops.io.dump(twice, path)
    registry = Registry(tmp_path / "registry")
    registry.register(path, name="loans", author=ADA)
    assert promote(registry).identity == "answers to 120 rows"


def test_statements_are_kept_with_who_and_when_and_the_last_one_counts(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    registry.describe("loans", owner=BO, use="Offers", by=ADA, on="2026-02-01")
    registry.describe("loans", use="Limits", by=BO, on="2026-03-01")
    said = registry.show("loans").said
    assert (said["owner"].words, said["owner"].by, said["use"].words, said["use"].on) == (
        BO,
        ADA,
        "Limits",
        "2026-03-01",
    )
    with pytest.raises(InputError, match="Nothing was said"):
        registry.describe("loans", by=ADA)
    with pytest.raises(UnknownNameError, match="Did you mean 'loans'"):
        registry.describe("loan", use="x", by=ADA)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"to": "prod"}, UnknownNameError, "to='prod'"),
        ({"to": "archived"}, UnknownNameError, "to='archived'"),
        ({"version": 2}, UnknownNameError, "versions 1 to 1"),
        ({"version": True}, UnknownNameError, "versions 1 to 1"),
        ({"reason": " "}, InputError, "reason=''"),
        ({"approver": "nobody"}, InputError, "names nobody"),
        ({"study": "small"}, WrongTypeError, "study= is str"),
        ({"policy": "small team"}, WrongTypeError, "policy= is str"),
    ],
)
def test_a_wrong_argument_is_no_refusal_and_leaves_no_record(
    tmp_path: Path, given: dict[str, object], error: type[Exception], message: str
) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(error, match=message):
        promote(registry, **given)  # type: ignore[arg-type]  # wrong on purpose
    assert registry.history("loans") == ()


def test_numbers_from_elsewhere_and_parents_are_kept(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    told = registry.register(
        LogisticRegression(C=3),
        name="loans",
        author=ADA,
        parents=[1, "loans/1"],
        metrics=[ModelMetric(name="auc", value=0.7)],
        tags={"k": "v"},
    )
    again = Registry(tmp_path).version("loans", 2)
    assert again.parents == ("loans/1", "loans/1")
    assert again.tags == told.tags == {"k": "v"}
    assert np.isnan(again.metrics[0].lower)


def test_show_says_who_made_and_who_approved_and_that_no_policy_is_set(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    assert registry.show("loans").status == "not_run"
    promote(registry)
    told = registry.show("loans")
    assert "made by Ada King, approved by Bo Lee on 2026-01-31 with 2 of 2 requirements of “owned” met" in told.headline
    assert {each.code: each.status for each in told.findings}["GV-RG-04"] == "warning"
    assert isinstance(told.frame(), pd.DataFrame)
    assert told.history().outcome.tolist() == ["passed"]


def test_times_are_those_of_the_clock(tmp_path: Path) -> None:
    registry = Registry(tmp_path, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    assert registry.register(LogisticRegression(), name="loans", author=ADA).at.startswith("2026-05-01")


@pytest.mark.parametrize(
    "metric",
    [
        {"name": "acc", "value": "high"}, {"name": 5, "value": 1.0}, {"name": "", "value": 1.0}, {"name": "acc", "value": True},
        {"name": "acc", "value": 0.5, "lower": 0.6, "upper": 0.4}, {"name": "acc", "value": 0.5, "n": -1}, {"name": "acc", "value": 0.5, "n": 1.5},
    ],
)  # fmt: skip
def test_a_metric_that_cannot_be_read_back_is_never_recorded(metric: dict[str, Any], tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with pytest.raises(MlopsWidgetsError):
        registry.register(LogisticRegression(), name="loans", author=ADA, metrics=[ModelMetric(**metric)])
    with pytest.raises(MlopsWidgetsError):
        registry.register(LogisticRegression(), name="loans", author=ADA, parents=["loans/²"])
    assert registry.records.read() == []


def test_whoever_made_a_version_sets_no_policy_for_it(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(InputError, match="sets no policy"):
        registry.require(STRICT, to="production", by="King, Ada", reason=REASON, name="loans")
    registry.require(STRICT, to="production", by=BO, reason=REASON, name="loans")
    told = to_plain(STRICT)
    entry = RuleEntry(name="loans", stage="production", policy=told, digest=digest(told), by=ADA, reason=REASON)
    registry.records.append("gate policy", to_plain(entry))
    assert "sets no policy" in registry.state().ignored[-1].why
    rule = registry.state().rule("loans", "production")
    assert rule is not None
    assert rule.by == BO
